"""Random small models, formulas and states, over a vocabulary that has one variable of each kind at each depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import combinations, product
from math import prod
from random import Random

from hypothesis import settings
from hypothesis import strategies as st

from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import (
    FALSE,
    TRUE,
    After,
    And,
    Does,
    Element,
    Ends,
    Every,
    Formula,
    Implies,
    Index,
    Not,
    Or,
    Param,
    Same,
    Some,
    Sort,
    Unchanged,
)
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Refusal, Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.variable import AtMost, Count, Effect, Enum, Flag, HasRoom, Is, Variable

settings.register_profile("slow machines too", deadline=None, max_examples=60)
settings.load_profile("slow machines too")

ROOM = Sort("room", special=("hall",))
SHELF = Sort("shelf", special=("top",))
HALL, TOP = ROOM.element("hall"), SHELF.element("top")
a, a2 = Param("a", ROOM), Param("a2", ROOM)
b, b2 = Param("b", SHELF), Param("b2", SHELF)
PLACES: tuple[tuple[Param, ...], ...] = ((), (a,), (a, b))
OVER = ((a,), (b,), (a, b), (a2,), (b2,), (a2, b2))

VARIABLES: tuple[Variable, ...] = (
    Flag("lit"),
    Enum("mood", ("calm", "busy", "wild")),
    Count("coins"),
    Flag("open", per=(ROOM,)),
    Enum("colour", ("red", "blue", "grey"), per=(ROOM,)),
    Count("chairs", per=(ROOM,)),
    Flag("full", per=(ROOM, SHELF)),
    Enum("shape", ("flat", "round"), per=(ROOM, SHELF)),
    Count("books", per=(ROOM, SHELF)),
)
INPUTS: tuple[Flag | Enum, ...] = (
    Flag("asked", kind="parameter", default=True),
    Flag("lucky", kind="choice"),
    Enum("how", ("by hand", "by post", "by wire"), kind="parameter"),
)
REFUSALS = tuple(Refusal(name, f"it is {name}", None) for name in ("too-late", "too-dear", "too-far"))
COUNTS = tuple(v.name for v in VARIABLES if isinstance(v, Count))


# ---------------------------------------------------------------- scopes, states, requests


def scopes(most: int = 3, unbounded: bool = False) -> st.SearchStrategy[Scope]:
    """Mostly more than one element of a sort; every count has a bound, unless `unbounded` lets some go without."""
    sizes = st.sampled_from([size for size in (2, 1, 3, 4) if size <= most])
    bounds = st.sampled_from((2, 1, 3, None) if unbounded else (2, 1, 3))
    return st.builds(
        Scope,
        sizes=st.fixed_dictionaries({"room": sizes, "shelf": sizes}),
        bounds=st.fixed_dictionaries(dict.fromkeys(COUNTS, bounds)),
    )


@dataclass
class Dice:
    """Throws for one example: it looks at many states and requests, and Hypothesis draws the seed alone."""

    seed: int

    @cached_property
    def random(self) -> Random:
        return Random(self.seed)

    def state(self, layout: Layout) -> State:
        """Any state of the right types, reachable or not."""
        return tuple(self.random.randrange(layout.values(variable) or 5) for variable, _ in layout.cells)

    def inputs(self, of: Sequence[Flag | Enum] = INPUTS) -> dict[str, int]:
        """A value of each of these inputs."""
        return {i.name: self.random.randrange(values_of(i)) for i in of}

    def place(self, scope: Scope, over: Sequence[Param]) -> dict[Param, Element]:
        """Elements for these parameters."""
        return {p: Element(p.sort, self.random.randrange(scope.size(p.sort))) for p in over}


def dice() -> st.SearchStrategy[Dice]:
    """Throws that are the same for the same example."""
    return st.integers(0, 2**32 - 1).map(Dice)


def values_of(variable: Flag | Enum) -> int:
    """How many values an input has."""
    return len(variable.values) if isinstance(variable, Enum) else 2


def few_variables() -> st.SearchStrategy[tuple[Variable, ...]]:
    """Some of the variables: few, so that what one part of a model writes another one reads."""
    return st.sampled_from([few for n in (3, 2) for few in combinations(VARIABLES, n)])


# ---------------------------------------------------------------- formulas


def placed(variable: Variable, within: tuple[Param, ...]) -> list[Variable]:
    """The variable with every index that makes sense where these parameters stand for something."""
    options: list[list[Index]] = [
        [*(p for p in within if p.sort == sort), sort.element(sort.special[0])] for sort in variable.per
    ]
    return [variable[index] for index in product(*options)] if options else [variable]


def about(variable: Variable) -> list[Formula]:
    match variable:
        case Flag():
            return [variable]
        case Enum():
            return [Is(variable, value) for value in range(len(variable.values))]
        case Count():
            return [HasRoom(variable), *(AtMost(variable, number) for number in range(3))]


def _leaves(variables: tuple[Variable, ...], within: tuple[Param, ...]) -> st.SearchStrategy[Formula]:
    """What mentions a parameter is likelier than what does not, and literals are rare."""
    groups = [[leaf for v in placed(variable, within) for leaf in about(v)] for variable in variables]
    groups += [g for g, variable in zip(groups, variables, strict=True) if within and variable.per]
    groups.append([*(Same(p, {ROOM: HALL, SHELF: TOP}[p.sort]) for p in within), TRUE, FALSE])
    return st.sampled_from(groups).flatmap(st.sampled_from)


@cache
def formulas(
    variables: tuple[Variable, ...], within: tuple[Param, ...] = (), depth: int = 3
) -> st.SearchStrategy[Formula]:
    """Formulas about a state and, if they are among the variables, inputs; `within`: parameters that may occur."""
    leaf = _leaves(variables, within)
    if depth == 0:
        return leaf
    bound = st.sampled_from(OVER).flatmap(
        lambda over: _bound(over, formulas(variables, tuple(dict.fromkeys((*within, *over))), depth - 1))
    )
    return leaf | _connected(formulas(variables, within, depth - 1)) | bound | bound


@cache
def step_formulas(
    variables: tuple[Variable, ...],
    actions: tuple[tuple[str, int], ...],
    within: tuple[Param, ...] = (),
    depth: int = 2,
) -> st.SearchStrategy[Formula]:
    """Formulas about a step; `actions` are those of the model, each with the length of its place."""
    if depth == 0:
        state = formulas(variables, within, 1)
        kept = [v.name for v in variables if v.kind == "state"]
        names = st.lists(st.sampled_from(kept), min_size=1, max_size=3).map(tuple)
        ends = st.lists(st.sampled_from(("done", "refused", "failed", "too-late", "too-dear")), max_size=2).map(tuple)
        after = state.map(After)
        return state | after | after | st.builds(Unchanged, names) | _does(actions, within) | st.builds(Ends, ends)
    smaller = step_formulas(variables, actions, within, depth - 1)
    bound = st.sampled_from(OVER).flatmap(
        lambda over: _bound(over, step_formulas(variables, actions, tuple(dict.fromkeys((*within, *over))), depth - 1))
    )
    return smaller | bound | _connected(smaller)


def _does(actions: tuple[tuple[str, int], ...], within: tuple[Param, ...]) -> st.SearchStrategy[Formula]:
    options: list[Formula] = []
    for length in range(max(n for _, n in actions) + 1):
        long_enough = [name for name, n in actions if n >= length]
        rooms = [p for p in within if p.sort == ROOM] + [HALL]
        shelves = [p for p in within if p.sort == SHELF] + [TOP]
        for at in product(*(rooms, shelves)[:length]):
            options += [Does(names, at) for n in (1, 2) for names in combinations(long_enough, n)]
    return st.sampled_from(options)


def _bound(over: tuple[Param, ...], body: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    return body.map(partial(Every, over)) | body.map(partial(Some, over))


def _connected(smaller: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    several = st.lists(smaller, min_size=1, max_size=3).map(tuple)
    return smaller.map(Not) | several.map(And) | several.map(Or) | st.builds(Implies, smaller, smaller)


# ---------------------------------------------------------------- rules and models


@st.composite
def _effects(
    draw: st.DrawFn, variables: tuple[Variable, ...], place: tuple[Param, ...], most: int
) -> tuple[Effect, ...]:
    """Effects that keep every count in its range: each is guarded by the room that it needs."""
    state = tuple(v for v in variables if v.kind == "state")
    found: list[Effect] = []
    for _ in range(draw(st.integers(0, most))):
        each = draw(st.sampled_from(((), (), (a2,), (b2,), (a2, b2))))
        within = (*place, *each)
        variable = draw(st.sampled_from([v for s in state for v in placed(s, within)]))
        when = draw(st.just(TRUE) | formulas(variables, within, 1))
        if isinstance(variable, Count):
            value = draw(st.sampled_from((1, -1)))
            when &= variable.has_room() if value > 0 else ~variable.is_zero()
        else:
            value = draw(st.integers(0, values_of(variable) - 1))
        found.append(Effect(variable, value, "CLAUSE-1", when, each))
    return tuple(found)


@st.composite
def rules(draw: st.DrawFn, variables: tuple[Variable, ...], action: str = "act", depth: int = 2) -> Rule:
    """A rule that reads and writes these state variables, at a random place, with random inputs."""
    place = draw(st.sampled_from(PLACES))
    read = tuple(i for i in INPUTS if draw(st.booleans()))
    known = (*variables, *read)
    guards = st.builds(
        Guard, formulas(known, place, depth), st.sampled_from(REFUSALS), st.just("CLAUSE-1"), fails=st.booleans()
    )
    return Rule(
        action,
        f"do {action}",
        "person",
        (),
        ("CLAUSE-1",),
        place=place,
        inputs=read,
        guards=tuple(draw(st.lists(guards, max_size=3))),
        effects=draw(_effects(known, place, 4)),
        on_failure=draw(_effects(known, place, 2)),
    )


def model_of(variables: tuple[Variable, ...], *of: Rule, sorts: tuple[Sort, ...] = (ROOM, SHELF)) -> Model:
    """A model without properties."""
    return Model("toy", sorts, variables, of, ())


def _fits(variables: tuple[Variable, ...], scope: Scope, most: int) -> bool:
    layout = Layout(model_of(variables), scope)
    return 4 <= prod(layout.values(v) or 0 for v, _ in layout.cells) <= most


@cache
def small_vocabularies(most: int) -> tuple[tuple[tuple[Variable, ...], Scope], ...]:
    """All choices of up to three variables and of a scope in which there are at most so many states."""
    every = [
        Scope({"room": rooms, "shelf": shelves}, dict.fromkeys(COUNTS, bound))
        for rooms, shelves, bound in product((1, 2), (1, 2), (1, 2))
    ]
    chosen = [few for n in (1, 2, 3) for few in combinations(VARIABLES, n)]
    return tuple((few, scope) for few in chosen for scope in every if _fits(few, scope, most))


@st.composite
def small_models(draw: st.DrawFn, most: int = 100, actions: int = 2) -> tuple[Model, Scope]:
    """A model and a scope in which it has at most so many states.

    Besides up to so many random actions it has one, `wind`, that always changes something at first.
    """
    variables, scope = draw(st.sampled_from(small_vocabularies(most)))
    first = draw(st.sampled_from(variables)).name
    names = ("act", "bend", "call", "dig")[: draw(st.integers(1, actions))]
    return model_of(variables, wind(variables, first), *(draw(rules(variables, name, 1)) for name in names)), scope


def wind(variables: tuple[Variable, ...], name: str) -> Rule:
    """Put a variable one further, at a place."""
    variable = next(v for v in variables if v.name == name)
    place = PLACES[len(variable.per)]
    here = variable[place] if place else variable
    when = here.has_room() if isinstance(here, Count) else TRUE
    return Rule(
        "wind", "wind", "service", (), (), place=place, effects=(Effect(here, 1, "CLAUSE-1", when),)
    )  # fmt: skip
