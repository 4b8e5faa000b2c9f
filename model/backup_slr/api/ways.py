"""Shortest ways from one account: to a state that an expression describes, or to one where a request is done.

The account is explored as it is, with all its places and without symmetry, so that every step can be taken in it. New
places appear only under names that the account knows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod

from backup_slr.engine.check.engine import Settings
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.check.transitions import Transition, transitions_of
from backup_slr.engine.check.witness import Seeker
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.simplify import Facts, assume, conj, negate
from backup_slr.engine.core.formula import FALSE, Formula, elements_at
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope, Start, State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Count, Enum, usual
from backup_slr.report.names import Names

MOST_STATES, MOST_SECONDS = 300_000, 5.0
MOST_LISTING = 15.0
"""The most seconds for listing the transitions of an account, before its states are searched."""
MOST_PLACES = 100
"""An account with more places is not searched: listing its transitions would take too long."""


@dataclass(frozen=True)
class WayStep:
    """One request of a way, by names; inputs with their usual values are omitted."""

    action: str
    place: str
    inputs: Mapping[str, str | bool] = field(default_factory=dict[str, "str | bool"])


@dataclass(frozen=True)
class Way:
    """The result of a search.

    `verdict` is ``"reached"``, ``"never"`` (no state at all is such), ``"unreachable"`` (from this account, within its
    places and with counts of at most one more than its largest) or ``"inconclusive"`` (a limit was reached first: of
    states, or of places or of time if none was explored). Every way has `at_least` this number of steps.
    """

    verdict: str
    steps: tuple[WayStep, ...] = ()
    explored: int = 0
    at_least: int = 0

    @property
    def shortest(self) -> bool:
        """Whether the way was found, and none has fewer steps."""
        return self.verdict == "reached" and len(self.steps) == self.at_least


def way_to(machine: Machine, names: Names, state: State, wanted: Formula, most: int = MOST_STATES) -> Way:
    """A way from a state to one that satisfies a formula: the shortest one, if the limits permit.

    An interruption is raised again, because half a search says nothing.
    """
    if wanted == FALSE:
        return Way("never")
    if prod(machine.scope.sizes.values()) > MOST_PLACES:
        return Way("inconclusive")
    values = machine.layout.nonzero(state)
    counts = {v.name for v in machine.model.state if isinstance(v, Count)}
    largest = 1 + max((n for (name, _), n in values.items() if name in counts), default=0)
    scope = Scope(machine.scope.sizes, dict.fromkeys(machine.scope.bounds, largest), Start(values, names.below))
    try:
        relation = tuple(_listed(machine.model, scope))
    except TimeoutError:
        return Way("inconclusive")
    seeker = Seeker(machine.model, scope, wanted, settings=Settings(symmetry=False), relation=relation)
    limits = Limits(most, MOST_SECONDS)
    found = seeker.guided(limits)
    if not found.decided and found.explored.stopped != "interrupted":
        found = seeker.exhaustive(limits, known=found)
    if found.explored.stopped == "interrupted":
        raise KeyboardInterrupt
    rules = {rule.action: rule for rule in machine.model.rules}
    requests = [step.request for step in found.trace.steps] if found.trace is not None else []
    steps = tuple(by_names(rules[request.action], request, names) for request in requests)
    return Way(found.verdict, steps, found.explored.count, found.at_least)


def _listed(model: Model, scope: Scope) -> Iterator[Transition]:
    """The transitions; a `TimeoutError` if there are too many to list."""
    until = time.monotonic() + MOST_LISTING
    for rule in model.rules:
        for transition in transitions_of(rule, scope):
            if time.monotonic() > until:
                raise TimeoutError
            yield transition


def way_to_done(machine: Machine, names: Names, state: State, rule: Rule, request: Request) -> Way:
    """A way from a state to one in which a request is done; see `way_to`."""
    ground = Ground(machine.scope, elements_at(rule.place, request.place))
    facts: list[Formula] = []
    for variable in rule.inputs:
        value = request.inputs.get(variable.name, usual(variable))
        if isinstance(variable, Enum):
            facts.append(variable.is_(variable.values[value]))
        else:
            facts.append(variable if value else negate(variable))
    known = Facts.of(conj(facts))
    return way_to(machine, names, state, conj(assume(ground(guard.condition), known) for guard in rule.guards))


def by_names(rule: Rule, request: Request, names: Names) -> WayStep:
    """A request by names."""
    inputs: dict[str, str | bool] = {}
    for variable in rule.inputs:
        value = request.inputs.get(variable.name, usual(variable))
        if value != usual(variable) or (isinstance(variable, Enum) and variable.required):
            inputs[variable.name] = variable.values[value] if isinstance(variable, Enum) else bool(value)
    return WayStep(rule.action, "/".join(names.parts(request.place)), inputs)
