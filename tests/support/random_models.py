"""Random small models, formulas and properties, drawn by `Random`: fast enough for many cases per second.

The vocabulary is that of `strategies`. Parameters have few names, so that quantifiers shadow each other, effects shadow
the place of their rule, and fairness often binds the names that the property itself binds.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

from backup_slr.engine.core.formula import (
    FALSE,
    TRUE,
    After,
    And,
    Does,
    Ends,
    Every,
    Formula,
    Implies,
    Not,
    Or,
    Param,
    Same,
    Some,
    Unchanged,
)
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Fair, Guard, Property, PropertyKind, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Effect, Variable
from support.strategies import (
    HALL,
    INPUTS,
    OVER,
    PLACES,
    REFUSALS,
    ROOM,
    TOP,
    a,
    a2,
    about,
    b,
    b2,
    model_of,
    placed,
    small_vocabularies,
    values_of,
    wind,
)

T = TypeVar("T")
EACH: tuple[tuple[Param, ...], ...] = ((), (a,), (b,), (a, b), (a2,), (a2, b2))


class Maker:
    """Draws models, formulas and properties."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.random.random() < probability

    def one(self, of: Sequence[T]) -> T:
        """One of these."""
        return self.random.choice(of)

    # ------------------------------------------------------------ formulas

    def formula(
        self,
        variables: Sequence[Variable],
        within: tuple[Param, ...] = (),
        depth: int = 2,
        steps: Sequence[Rule] = (),
    ) -> Formula:
        """A formula in which these parameters may occur; with `steps` (the rules of the model) perhaps about a step."""
        if depth <= 0 or self.chance(0.25):
            return self._leaf(variables, within, steps)

        def inner(more: tuple[Param, ...] = ()) -> Formula:
            return self.formula(variables, tuple(dict.fromkeys((*within, *more))), depth - 1, steps)

        shape = self.random.randrange(8)
        if shape < 3:
            over = self.one(OVER)
            return self.one((Every, Some))(over, inner(over))
        if shape == 3:
            return Not(inner())
        if shape == 4:
            return Implies(inner(), inner())
        if shape == 5 and steps:
            return After(self.formula(variables, within, depth - 1))
        return self.one((And, Or))(tuple(inner() for _ in range(self.random.randint(1, 3))))

    def _leaf(self, variables: Sequence[Variable], within: tuple[Param, ...], steps: Sequence[Rule]) -> Formula:
        if steps and self.chance(0.6):
            shape = self.random.randrange(4)
            if shape == 0:
                return After(self._leaf([v for v in variables if v.kind == "state"], within, ()))
            if shape == 1:
                names = [v.name for v in variables if v.kind == "state"]
                return Unchanged(tuple(self.random.sample(names, self.random.randint(1, len(names)))))
            if shape == 2:
                return Ends(self.one((("done",), ("refused",), ("failed",), ("done", "failed"), (REFUSALS[0].id,))))
            return self.does(within, steps)
        if within and self.chance(0.1):
            param = self.one(within)
            return Same(param, HALL if param.sort == ROOM else TOP)
        if self.chance(0.05):
            return self.one((TRUE, FALSE))
        variable = self.one(variables)
        options = placed(variable, within)
        free = [v for v in options if any(isinstance(index, Param) for index in v.at)]
        return self.one(about(self.one(free if free and self.chance(0.8) else options)))

    def does(self, within: tuple[Param, ...], steps: Sequence[Rule]) -> Formula:
        """A step is one of some actions, perhaps at a place that parameters name."""
        actions = self.random.sample(list(steps), self.random.randint(1, min(2, len(steps))))
        longest = min(len(rule.place) for rule in actions)
        at = (
            self.one([HALL, *[p for p in within if p.sort == ROOM] * 3]),
            self.one([TOP, *[p for p in within if p.sort != ROOM] * 3]),
        )
        return Does(tuple(rule.action for rule in actions), at[: self.one((0, longest, longest))])

    # ------------------------------------------------------------ models

    def model(self, most: int = 60, actions: int = 2) -> tuple[Model, Scope]:
        """A model without properties, and a scope with a limited number of conceivable states."""
        variables, scope = self.one(small_vocabularies(most))
        names = ("act", "bend", "call", "dig")[: self.random.randint(1, actions)]
        return model_of(
            variables, wind(variables, self.one(variables).name), *(self.rule(variables, name) for name in names)
        ), scope

    def rule(self, variables: Sequence[Variable], action: str) -> Rule:
        """A rule that reads and writes these state variables, at a random place, with random inputs."""
        place = self.one((*PLACES, (a2,), (a2, b)))
        read = tuple(i for i in INPUTS if self.chance(0.3))
        known = (*variables, *read)
        guards = tuple(
            Guard(self.formula(known, place, 1), self.one(REFUSALS), "CLAUSE-1", fails=self.chance(0.3))
            for _ in range(self.one((0, 1, 1, 2)))
        )
        return Rule(
            action,
            f"do {action}",
            "person",
            (),
            ("CLAUSE-1",),
            place=place,
            inputs=read,
            guards=guards,
            effects=self._effects(known, place, self.random.randint(1, 3)),
            on_failure=self._effects(known, place, self.random.randint(0, 1)),
        )

    def _effects(self, variables: Sequence[Variable], place: tuple[Param, ...], number: int) -> tuple[Effect, ...]:
        found: list[Effect] = []
        for _ in range(number):
            each = self.one(((), (), (a,), (a2,), (b2,), (a, b)))
            within = tuple(dict.fromkeys((*place, *each)))
            variable = self.one(placed(self.one([v for v in variables if v.kind == "state"]), within))
            when = TRUE if self.chance(0.5) else self.formula(variables, within, 1)
            value = self.one((1, -1)) if isinstance(variable, Count) else self.random.randrange(values_of(variable))
            found.append(Effect(variable, value, "CLAUSE-1", when, each))
        return tuple(found)

    # ------------------------------------------------------------ properties

    def property(self, model: Model, kind: PropertyKind) -> Property:
        """A property of that kind of a model."""
        rules, known = model.rules, (*model.state, *INPUTS)
        each = self.one(EACH)
        state = self.formula(model.state, each)
        if kind in ("always", "possible"):
            return Property(kind, "it_is_so", "It is so", state, (), each=each)
        step = self.formula(known, each, 2, rules)
        if kind == "step":
            return Property(kind, "it_is_so", "It is so", step, (), each=each)
        formula = self.one((state, step))
        if kind == "sometimes" and self.chance(0.5):
            return Property(kind, "it_is_so", "It is so", formula, (), each=each)
        earlier, meanwhile = self.formula(model.state, each, 1), TRUE
        if self.chance(0.7):
            meanwhile = self.does(each, rules)
            if self.chance(0.5):
                meanwhile = Not(meanwhile)
            if self.chance(0.5):
                meanwhile = self.one((And, Or))((meanwhile, self.formula(known, each, 1, rules)))
        if kind == "sometimes":
            return Property(kind, "it_is_so", "It is so", formula, (), earlier, meanwhile, each=each)
        if self.chance(0.3):
            earlier = self.one((TRUE, self.does(each, rules) & Ends(("done",))))
        fair = tuple(self.fair(each, rules, known) for _ in range(self.random.randint(0, 3)))
        return Property(kind, "it_is_so", "It is so", formula, (), earlier, meanwhile, fair, each)

    def fair(self, each: tuple[Param, ...], rules: Sequence[Rule], known: Sequence[Variable]) -> Fair:
        """A fairness at its own places, which often have the names of those of the property."""
        own = each if self.chance(0.5) else self.one(EACH)
        within = tuple(dict.fromkeys((*each, *own)))
        steps = self.does(within, rules)
        if self.chance(0.6):
            steps &= Ends(("done",))
        if self.chance(0.3):
            steps &= self.formula(known, within, 1, rules)
        return Fair(self.one(("weak", "strong")), steps, "it is not postponed forever", own)


# ---------------------------------------------------------------- for Hypothesis

SEEDS = st.integers(0, 2**32 - 1)
"""Objects made from a seed are drawn much faster than part by part, but do not shrink."""


def random_models(most: int = 100, actions: int = 2) -> st.SearchStrategy[tuple[Model, Scope]]:
    """Models without properties."""
    return SEEDS.map(lambda seed: Maker(Random(seed)).model(most, actions))


def formulas(
    variables: Sequence[Variable], within: tuple[Param, ...] = (), depth: int = 3, steps: Sequence[Rule] = ()
) -> st.SearchStrategy[Formula]:
    """Formulas about a state or (with `steps`, the rules of a model) a step, and about inputs among the variables."""
    return SEEDS.map(lambda seed: Maker(Random(seed)).formula(variables, within, depth, steps))


def rules(variables: Sequence[Variable]) -> st.SearchStrategy[Rule]:
    """Rules of the action ``act`` that read and write these state variables."""
    return SEEDS.map(lambda seed: Maker(Random(seed)).rule(variables, "act"))
