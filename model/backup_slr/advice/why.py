"""Why the role of an account cannot be deleted: the verdict, the obstacles, and what the answer depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.advice.clearing import AlikePlaces, Clearing
from backup_slr.advice.obstacles import AccountObstacle, Deadline, deadlines, obstacles, permanent
from backup_slr.advice.place_graph import Move, Ways
from backup_slr.advice.running import OtherEnd, Running, other_ends, running
from backup_slr.advice.walk import Walk, WalkedStep
from backup_slr.engine.check.combinations import read_by
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Variable
from backup_slr.report.unblock import takes_away
from backup_slr.scenario.starting_account import Observation, Place, Remark, StartingAccount

Verdict: TypeAlias = Exactly["deleted", "now", "after-steps", "not-before", "never", "undecided"]


@dataclass(frozen=True)
class Trigger:
    """An action that sets the role to present again in the account after its deletion, with the clauses that say so."""

    rule: Rule
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class StillOn:
    """A variable that a trigger sets, and that the way to the goal leaves set; with the action that clears it."""

    variable: Variable
    value: int
    places: tuple[Place, ...]
    cleared_by: Rule | None


@dataclass(frozen=True)
class Returning:
    """An action that creates an obstacle, and the action that prevents it, if there is one."""

    move: Move
    prevented_by: Rule | None


@dataclass(frozen=True)
class OtherAnswer:
    """The answer under another value of an assumption."""

    assumption: str
    value: str
    why: Why


@dataclass(frozen=True)
class Why:
    """The answer about one account under settled rules.

    `now` is the time of the question, with which dates are compared. `keep` are places from which no request
    takes anything away. `table` are the rules under all values of the assumptions.

    >>> from backup_slr.lifecycle import BACKUP
    >>> from backup_slr.scenario.spec import AccountSpec, EntrySpec
    >>> vault = EntrySpec(("eu-west-1", "archive"), {"points": 5})
    >>> spec = AccountSpec({"role": 1}, tables={"vault": (vault,)}, paths=((vault.place, ()),))
    >>> why = asked(StartingAccount("", BACKUP, spec))
    >>> why.verdict, why.requests, [(o.what, o.remover) for o in why.obstacles]
    ('after-steps', 7, [('5 recovery points', 'you'), ('the vault exists', 'you')])
    """

    start: StartingAccount
    model: Model
    now: datetime
    keep: tuple[Place, ...] = ()
    _shared: Ways = field(default_factory=Ways, repr=False, compare=False)
    missing: list[str] = field(default_factory=list[str], init=False, repr=False, compare=False)
    """The parts that are not known because of an interruption, in words (`advice.unfinished`)."""
    differing: list[OtherAnswer] = field(default_factory=list[OtherAnswer], init=False, repr=False, compare=False)

    @cached_property
    def clearing(self) -> Clearing:
        """How each place is cleared."""
        return Clearing(self.start, self.model, self._shared, self.keep)

    @cached_property
    def walk(self) -> Walk:
        """The steps, performed on the model."""
        return Walk(self.clearing)

    # ---------------------------------------------------------------- the verdict

    @cached_property
    def verdict(self) -> Verdict:
        """Whether the role can be deleted, and when."""
        clearing = self.clearing
        if clearing.own_path == ():
            return "deleted"
        if clearing.own_path is None or any(map(clearing.never, clearing.blocking)):
            return "never"
        if any(clearing.path(group) is None for group in clearing.blocking) or not self.walk.reached:
            return "undecided"
        if not clearing.blocking and not self.walk.detours:
            return "now"
        waits = (o for o in self.obstacles if o.remover == "time")
        return "not-before" if any(o.until is None or o.until > self.now for o in waits) else "after-steps"

    @property
    def observation(self) -> Observation | None:
        """The circumstances in which the account was observed."""
        return self.start.observation

    @property
    def at_least(self) -> bool:
        """Whether something in the account is unknown or not represented, so that there may be more obstacles."""
        return self.observation is not None and bool(self.observation.unknown or self.unrepresented)

    @property
    def unrepresented(self) -> list[Remark]:
        """What was found that may block the goal, and the model does not represent."""
        remarks = self.observation.not_modeled if self.observation and self.verdict != "deleted" else ()
        return [remark for remark in remarks if not remark.harmless]

    @property
    def deletable(self) -> bool:
        """Whether it is certain that the role can be deleted now, or does not exist."""
        return self.verdict in ("deleted", "now") and not self.at_least

    @cached_property
    def date(self) -> datetime | None:
        """The date before which no caller can delete the role, as far as it is known; None if no date is known."""
        dates = [date for o in self.obstacles if o.remover == "time" for date in o.dates.values()]
        return max(dates, default=None)

    @property
    def date_is_known(self) -> bool:
        """Whether the date covers everything that waits for time."""
        return all(o.until is not None for o in self.obstacles if o.remover == "time")

    # ---------------------------------------------------------------- obstacles

    @cached_property
    def obstacles(self) -> list[AccountObstacle]:
        """The obstacles that can be removed, in an order in which they can."""
        return obstacles(self.clearing)

    @cached_property
    def permanent(self) -> list[list[AccountObstacle]]:
        """What keeps the places for which no way was found."""
        return permanent(self.clearing)

    @cached_property
    def kept(self) -> list[Place]:
        """The places to keep that block the goal."""
        return [place for group in self.clearing.blocking for place in group.places if place in self.clearing.keep]

    @cached_property
    def deadlines(self) -> list[Deadline]:
        """The events after which the way is longer."""
        return deadlines(self.clearing)

    @cached_property
    def other_ends(self) -> list[OtherEnd]:
        """The ends of the service's work on which the way must not rely."""
        return other_ends(self.clearing)

    @cached_property
    def running(self) -> list[Running]:
        """The work that blocks nothing, and with which requests may collide until it ends."""
        return running(self.clearing, self.obstacles)

    @property
    def detours(self) -> list[WalkedStep]:
        """The steps of the walk where the order of the places matters."""
        return self.walk.detours if self.verdict in ("after-steps", "not-before") else []

    @property
    def requests(self) -> int:
        """The number of requests by people, with those for the role itself."""
        own = sum(step.move.rule.by == "person" for step in self.clearing.own_path or ())
        return own + sum(o.requests for o in self.obstacles if o.rule and o.rule.by == "person")

    # ---------------------------------------------------------------- afterwards

    @cached_property
    def triggers(self) -> list[Trigger]:
        """What can set the role to present again after its deletion."""
        goal, walk = self.clearing.goal, self.walk
        cell, there = walk.machine.layout.cell(goal.variable.name), goal.number("there")
        gone = list(walk.end if walk.reached else walk.start)
        gone[cell] = goal.number("gone")
        end, found = tuple(gone), list[Trigger]()
        for rule in self.model.rules:
            brings = [e for e in rule.effects if e.variable.name == goal.variable.name and e.value == there]
            requests = (
                Request(rule.action, tuple(e.index for e in at.values()))
                for at in (walk.machine.scope.places(rule.place) if brings else ())
            )
            if any(walk.machine.step(end, request).state[cell] == there for request in requests):
                found.append(Trigger(rule, tuple(dict.fromkeys(e.clause for e in brings))))
        return found

    @cached_property
    def still_on(self) -> list[StillOn]:
        """The features that triggers turn on, and that stay on: what a trigger takes away is none."""
        names = {e.variable.name for t in self.triggers for e in t.rule.effects if not takes_away(e)}
        names.discard(self.clearing.goal.variable.name)
        ends = {e.variable.name for o in self.obstacles if o.rule for e in o.rule.effects}
        found: dict[tuple[str, int], list[Place]] = {}
        for group in self.clearing.groups:
            for variable, value in zip(group.graph.variables, group.values, strict=True):
                exists = variable.per and variable.name == variable.per[-1].name
                if value and not exists and variable.name in names - ends:
                    found.setdefault((variable.name, value), []).extend(group.places)
        variables = {v.name: v for v in self.model.state}
        return [
            StillOn(variables[name], value, tuple(places), self._clears(name))
            for (name, value), places in found.items()
        ]

    def _clears(self, name: str) -> Rule | None:
        return next((r for r in self.model.rules for e in r.effects if e.variable.name == name and takes_away(e)), None)

    @cached_property
    def returning(self) -> list[Returning]:
        """The actions that create an obstacle where one was removed or none is, or that the service adds to one."""
        found: dict[str, Returning] = {}
        for group in self.clearing.groups:
            path, graph = self.clearing.path(group), group.graph
            if path is None or not graph.place:
                continue
            for _, move, after in graph.every_step(path[-1].after if path else group.values, group.banned):
                if not self.clearing.clear(graph, after):
                    found.setdefault(move.rule.action, Returning(move, None))
            for _, move, after in graph.every_step(group.values, group.banned) if path else ():
                if move.rule.by == "service" and move.rule.action not in self.clearing.lifecycle.only_time:
                    longer = self.clearing.path(group, after)
                    if move.rule.action not in found and longer is not None and len(longer) > len(path):
                        found[move.rule.action] = Returning(move, self._prevents(group, move.rule))
        return list(found.values())

    def _prevents(self, group: AlikePlaces, rule: Rule) -> Rule | None:
        """The action of a person, not on the way anyway, after which the service no longer does something."""
        on_the_way = {step.move.rule for step in self.clearing.path(group) or ()}
        for _, move, after in group.graph.every_step(group.values, group.banned):
            still = (other.rule for _, other, _ in group.graph.every_step(after, group.banned))
            if move.rule.by == "person" and move.rule not in on_the_way and rule not in still:
                return move.rule
        return None

    # ---------------------------------------------------------------- assumptions

    @cached_property
    def others(self) -> list[OtherAnswer]:
        """The values of assumptions under which the answer is another one."""
        table, chosen = self.start.lifecycle.model, dict(self.model.assumed)
        read = read_by(*(table.rule(action) for action in self._involved()))
        for assumption in table.assumptions:
            for value in assumption.values:
                if assumption.name in read and value != chosen[assumption.name]:
                    other = replace(self, model=table.assuming(chosen | {assumption.name: value}))
                    if self.differs(other):
                        self.differing.append(OtherAnswer(assumption.name, value, other))
        return self.differing

    def differs(self, other: Why) -> bool:
        """Whether another answer has another verdict, date or obstacle, or relies on other ends of work."""
        if (self.verdict, self.date, self.kept, self.other_ends, self._removed()) != (
            other.verdict,
            other.date,
            other.kept,
            other.other_ends,
            other._removed(),
        ):
            return True
        return bool(self.permanent or other.permanent) and self._kept() != other._kept()

    def _removed(self) -> set[object]:
        return {(o.rule and o.rule.action, o.remover, frozenset(o.places)) for o in self.obstacles}

    def _kept(self) -> set[object]:
        return {(o.variable.name, o.value) for several in self.permanent for o in several}

    def _involved(self) -> Iterator[str]:
        """The actions on the way, and those that would remove what nothing removes."""
        yield from (step.move.rule.action for step in self.clearing.own_path or ())
        yield from (rule.action for final in self.clearing.finals for rule in final.rules)
        yield from (o.rule.action for o in self.obstacles if o.rule)
        yield from (o.refused.rule.action for several in self.permanent for o in several if o.refused)


def asked(
    start: StartingAccount,
    assume: Mapping[str, str] | None = None,
    now: datetime | None = None,
    keep: Sequence[Place] = (),
) -> Why:
    """Ask about an account under the values of assumptions that it states, others that are given, else the defaults."""
    model = start.lifecycle.model.assuming({**start.assume, **(assume or {})})
    return Why(start, model, now or datetime.now(UTC), tuple(keep))
