"""The clocks of actions of the service that schedules do not define, and the probabilities of choices.

Extensions and rules files add such actions. Their usual times are data of the lifecycle; `[clocks]` and `[chances]` of
an account file replace them. An action without a clock never happens, and the report of a study names it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from msgspec import UNSET

from backup_slr.engine.compile.simplify import negate
from backup_slr.engine.core.formula import And, Every, Formula, Implies, Literal, Not, Or, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Enum, Flag, Is, usual
from backup_slr.engine.serialize.validation import value_of
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.processes import Environment, wrong_sum
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.runbook.distributions import Duration, Exponential, Fixed
from backup_slr.runbook.quantities import QuantitySource

NEVER = Fixed(float("inf"))


@dataclass(frozen=True)
class ServiceClocks:
    """For each action its clock (None: it never happens), and the probabilities of choices."""

    clocks: Mapping[str, Duration | None] = field(default_factory=dict[str, "Duration | None"])
    chances: Mapping[str, float] = field(default_factory=dict[str, float])
    values: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, "Mapping[str, float]"])
    """The probability of each value, for choices that are not flags."""
    dates: Mapping[tuple[str, tuple[int, ...]], float] = field(default_factory=dict[tuple[str, tuple[int, ...]], float])
    """For actions and places: the minutes before which the action does not happen there (infinite: never)."""
    only: Mapping[str, Formula] = field(default_factory=dict[str, Formula])
    """The choices that are drawn only where a formula about the place holds."""

    @cached_property
    def running(self) -> dict[str, Duration]:
        """The actions that happen."""
        return {action: clock for action, clock in self.clocks.items() if clock is not None}

    @cached_property
    def timed(self) -> dict[str, Duration]:
        """The actions that happen; those that happen only at a date have no other time."""
        dated = {action for action, _ in self.dates}
        return {action: clock or NEVER for action, clock in self.clocks.items() if clock or action in dated}

    @cached_property
    def shares(self) -> dict[str, tuple[float, ...]]:
        """The probabilities of the values of each choice, by their numbers."""
        flags = {name: (1 - chance, chance) for name, chance in self.chances.items()}
        return flags | {name: tuple(values.values()) for name, values in self.values.items()}

    def of(self, rule: Rule) -> dict[str, tuple[float, ...]]:
        """The probabilities of the values of the choices of an action."""
        return {i.name: self.shares[i.name] for i in rule.inputs if i.kind == "choice" and i.name in self.shares}

    def lines(self, happening: Collection[str] | None = None) -> Iterator[tuple[str, str]]:
        """A heading and a text for each kind of clocks and choices; of the actions, only of those that can happen."""
        told = [action for action in self.clocks if happening is None or action in happening]
        if running := [action for action in told if action in self.running]:
            yield "time brings", "; ".join(f"{action} ({self.running[action].says})" for action in running)
        if never := [action for action in told if action not in self.timed]:
            yield "never", f"{', '.join(never)} (no time in [clocks])"
        said = [f"{name} {chance * 100:g} %" for name, chance in self.chances.items()]
        for name, values in self.values.items():
            some = [(value, share) for value, share in values.items() if share]
            told = " or ".join(f"{value} {share * 100:g} %" for value, share in some)
            said.append(f"{name} {told if len(some) > 1 else f'always {some[0][0]}'}")
        if said:
            yield "choices", ", ".join(said)


def environment_of(lifecycle: Lifecycle) -> Environment:
    """The environment of a lifecycle with the activity of its extensions."""
    return lifecycle.environment or ENVIRONMENT


def clocked(lifecycle: Lifecycle) -> tuple[Rule, ...]:
    """The actions of the service whose times neither a schedule nor the deletion task defines."""
    scheduled = environment_of(lifecycle).scheduled
    return tuple(rule for rule in lifecycle.model.rules if rule.by == "service" and rule.action not in scheduled)


def drawn_choices(lifecycle: Lifecycle) -> dict[str, Flag | Enum]:
    """The choices that neither a schedule nor `[collisions]` draws."""
    environment = environment_of(lifecycle)
    known = {(environment.process.finish, environment.process.succeeds.name)}
    return {
        i.name: i
        for rule in lifecycle.model.rules
        for i in rule.inputs
        if i.kind == "choice" and i.name != environment.collides.name and (rule.action, i.name) not in known
    }


def can_happen(model: Model, values: Mapping[str, Iterable[int]], made: Iterable[str]) -> set[str]:
    """These actions, and those of the service that can happen between them: no other can.

    The opposite is not shown, because places and combinations of values are not told apart.

    Parameters
    ----------
    model
        The rules, under settled assumptions.
    values
        The values that each variable has at the start, at whichever place.
    made
        The actions that people perform, and those that the environment schedules.
    """
    reached, found = {name: set(some) for name, some in values.items()}, set(made)
    while True:
        before = len(found), sum(map(len, reached.values()))
        for rule in model.rules:
            needed = [guard.condition for guard in rule.guards if not guard.fails]
            if rule.by == "service" and all(_can_hold(one, reached) for one in needed):
                found.add(rule.action)
            for effect in (*rule.effects, *rule.on_failure) if rule.action in found else ():
                if _can_hold(effect.when, reached):
                    reached.setdefault(effect.variable.name, {0}).add(effect.value)
        if before == (len(found), sum(map(len, reached.values()))):
            return found


def _can_hold(formula: Formula, reached: Mapping[str, set[int]]) -> bool:
    """Whether a formula can hold where each variable has one of these values, whatever else is the case."""
    match formula:
        case Literal(value):
            return value
        case And(parts):
            return all(_can_hold(part, reached) for part in parts)
        case Or(parts):
            return any(_can_hold(part, reached) for part in parts)
        case Implies(premise, conclusion):
            return _can_hold(negate(premise), reached) or _can_hold(conclusion, reached)
        case Some(_, body):
            return _can_hold(body, reached)
        case Is(variable, value) if variable.kind == "state":
            return value in reached.get(variable.name, {0})
        case Flag() if formula.kind == "state":
            return 1 in reached.get(formula.name, {0})
        case Not(body) if isinstance(body, And | Or | Not | Implies | Every | Some | Literal):
            return _can_hold(negate(body), reached)
        case _:
            return True


def usual_clocks(lifecycle: Lifecycle) -> ServiceClocks:
    """The usual clocks and probabilities."""
    added = environment_of(lifecycle).added
    said: Any = added.chances
    minutes = {rule.action: added.clocks.get(rule.action) for rule in clocked(lifecycle)}
    choices = drawn_choices(lifecycle)
    return ServiceClocks(
        {action: None if mean is None else Exponential(mean) for action, mean in minutes.items()},
        {name: said.get(name, float(usual(c))) for name, c in choices.items() if isinstance(c, Flag)},
        {
            name: {value: said.get(name, {c.values[0]: 1.0}).get(value, 0.0) for value in c.values}
            for name, c in choices.items()
            if isinstance(c, Enum)
        },
        only=added.only,
    )


def read_clocks(lifecycle: Lifecycle, clocks: Any, chances: Any, source: QuantitySource) -> ServiceClocks:
    """The clocks and probabilities of an account file, and the usual ones for the rest."""
    found = usual_clocks(lifecycle)
    times = {action: given for action in found.clocks if (given := getattr(clocks, action)) is not UNSET}
    shares = {name: given for name in found.chances if (given := getattr(chances, name)) is not UNSET}
    values = dict(found.values)
    for name, usual_shares in found.values.items():
        if (table := getattr(chances, name)) is not UNSET:
            said = {value: given for value in usual_shares if (given := value_of(table, value)) is not UNSET}
            each = {value: source.chance(share, "chances", name, value) for value, share in said.items()}
            if complaint := wrong_sum(name, each):
                source.fail(complaint, "chances", name)
            values[name] = {value: each.get(value, 0.0) for value in usual_shares}
    return ServiceClocks(
        {**found.clocks, **{action: source.duration(given, "clocks", action) for action, given in times.items()}},
        {**found.chances, **{name: source.chance(given, "chances", name) for name, given in shares.items()}},
        values,
        only=found.only,
    )
