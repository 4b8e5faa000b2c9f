"""A vocabulary with one variable of each kind at each depth, and random scopes, states and requests for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations, product
from math import prod
from random import Random

from hypothesis import settings
from hypothesis import strategies as st

from backup_slr.engine.check.engine import Settings
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import TRUE, Element, Formula, Index, Param, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
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
    Enum("color", ("red", "blue", "gray"), per=(ROOM,)),
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
NO = Refusal("no", "it cannot be", None)
REFUSALS = tuple(Refusal(name, f"it is {name}", None) for name in ("too-late", "too-dear", "too-far"))
ENGINES = [Settings(engine, symmetry) for engine in ("python", "numpy") for symmetry in (True, False)]  # type: ignore[arg-type]
COUNTS = tuple(v.name for v in VARIABLES if isinstance(v, Count))


# ---------------------------------------------------------------- scopes, states, requests


def scopes(most: int = 3, unbounded: bool = False) -> st.SearchStrategy[Scope]:
    """Usually several elements of a sort; every count has a bound, unless `unbounded` allows none."""
    sizes = st.sampled_from([size for size in (2, 1, 3, 4) if size <= most])
    bounds = st.sampled_from((2, 1, 3, None) if unbounded else (2, 1, 3))
    return st.builds(
        Scope,
        sizes=st.fixed_dictionaries({"room": sizes, "shelf": sizes}),
        bounds=st.fixed_dictionaries(dict.fromkeys(COUNTS, bounds)),
    )


@dataclass
class Dice:
    """Random choices for one example of many states and requests; Hypothesis draws only the seed."""

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
    """The same random choices for the same example."""
    return st.integers(0, 2**32 - 1).map(Dice)


def values_of(variable: Flag | Enum) -> int:
    """The number of values of an input."""
    return len(variable.values) if isinstance(variable, Enum) else 2


def few_variables() -> st.SearchStrategy[tuple[Variable, ...]]:
    """A few of the variables, so that parts of a model often read what others write."""
    return st.sampled_from([few for n in (3, 2) for few in combinations(VARIABLES, n)])


# ---------------------------------------------------------------- formulas about a variable


def placed(variable: Variable, within: tuple[Param, ...]) -> list[Variable]:
    """The variable with every valid index, given these parameters."""
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


# ---------------------------------------------------------------- rules and models


def model_of(variables: tuple[Variable, ...], *of: Rule, sorts: tuple[Sort, ...] = (ROOM, SHELF)) -> Model:
    """A model without properties."""
    return Model("toy", sorts, variables, of, ())


SMALL_SCOPES = [
    Scope({"room": rooms, "shelf": shelves}, dict.fromkeys(COUNTS, bound))
    for rooms, shelves, bound in product((1, 2), (1, 2), (1, 2))
]


def conceivable(variables: tuple[Variable, ...], scope: Scope) -> int:
    """The number of states of the right types."""
    layout = Layout(model_of(variables), scope)
    return prod(layout.values(v) or 1 for v, _ in layout.cells)


@cache
def small_vocabularies(most: int) -> tuple[tuple[tuple[Variable, ...], Scope], ...]:
    """All choices of up to three variables and of a scope with at most `most` states."""
    chosen = [few for n in (1, 2, 3) for few in combinations(VARIABLES, n)]
    return tuple((few, here) for few in chosen for here in SMALL_SCOPES if 4 <= conceivable(few, here) <= most)


def rule(
    action: str, guard: Formula, *effects: Effect, place: tuple[Param, ...] = (), inputs: tuple[Flag | Enum, ...] = ()
) -> Rule:
    """A rule with one guard."""
    return Rule(action, action, "person", (), (), place, inputs, (Guard(guard, NO, "C"),), effects)


def asking(kind: str, formula: Formula, **more: object) -> Property:
    """A property of that kind."""
    return Property(kind, "it_is_so", "It is so", formula, (), **more)  # type: ignore[arg-type]


def wind(variables: tuple[Variable, ...], name: str) -> Rule:
    """Advance a variable at a place to its next value."""
    variable = next(v for v in variables if v.name == name)
    place = PLACES[len(variable.per)]
    here = variable[place] if place else variable
    when = here.has_room() if isinstance(here, Count) else TRUE
    return Rule(
        "wind", "wind", "service", (), (), place=place, effects=(Effect(here, 1, "CLAUSE-1", when),)
    )  # fmt: skip
