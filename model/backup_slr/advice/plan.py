"""A plan: steps from an account to the goal of its lifecycle, in an order that works under every open assumption.

The order is found backward from the goal: a guard that does not hold wants variables to have other values, requests
bring them, and these have guards too. What only time brings becomes a step that waits. The search runs on the account
under all values of the open assumptions at once, one place for all of a kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

from backup_slr.advice.wants import Spot, Want, wants, ways
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import FALSE, TRUE, Element, Formula
from backup_slr.engine.core.rule import Guard, Refusal, Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Effect, Enum, Flag
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import Names
from backup_slr.report.unblock import leaves, takes_away
from backup_slr.scenario.reduced_account import reduced
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import Place, StartingAccount

SPARE = "backup-slr-temporary"
"""The name of a place that a plan creates, where the goal needs one more for a while."""
KEPT = " kept"
STOPS = 99
"""The rank of the steps that come first."""


@dataclass(frozen=True)
class PlanStep:
    """An action at a place of the reduced account, repeated until `want` is met; or a wait until the service acts."""

    rule: Rule
    place: Spot
    want: Want

    @property
    def waits(self) -> bool:
        """Whether nobody can request it."""
        return self.rule.by == "service"


@dataclass(frozen=True)
class Remains:
    """What no step can change: the guard that then refuses the action, and the assumptions under which it does."""

    rule: Rule
    place: Spot
    guard: Guard
    wants: tuple[Want, ...]
    cases: frozenset[int]
    depth: int = 0


@dataclass
class PlanCase:
    """The account under one value of each open assumption."""

    assume: Mapping[str, str]
    machine: Machine
    state: State
    names: Names

    def here(self, rule: Rule, place: Spot) -> Situation:
        """The situation of an action at a place."""
        stands = {param: Element(param.sort, i) for param, i in zip(rule.place, place, strict=True)}
        return Situation(self.machine.layout, self.state, stands)


@dataclass(frozen=True)
class StepPlan:
    """The steps of a plan, and what remains.

    Attributes
    ----------
    start
        The account.
    spec, names, stands_for
        The reduced account, the names of its places, and the places of the account that each stands for.
    stop
        Whether the first step is `Environment.stop`, which is no action of the model.
    steps, settled
        The steps in their order, and the number of those that stop new work: after them, running work must end.
    cases
        The reduced account under each combination of the values of the open assumptions, at the beginning.
    open
        The values of these assumptions.
    blocked, remains
        The cases in which the goal is not reached, and what no step can change there.
    """

    start: StartingAccount
    spec: AccountSpec
    names: Names
    stands_for: Mapping[Place, tuple[Place, ...]]
    stop: bool
    steps: tuple[PlanStep, ...]
    settled: int
    cases: tuple[PlanCase, ...]
    open: Mapping[str, tuple[str, ...]]
    blocked: frozenset[int]
    remains: tuple[Remains, ...]

    @property
    def reached(self) -> bool:
        """Whether the goal is reached under some value of every open assumption."""
        return len(self.blocked) < len(self.cases)

    def places(self, step: PlanStep) -> tuple[Place, ...]:
        """The places of the account at which a step happens, by name."""
        return self.expanded(step.place)

    def expanded(self, place: Spot) -> tuple[Place, ...]:
        """The places of the account for which a place of the reduced one stands."""
        names = self.names.parts(place)
        if names in self.stands_for:
            return self.stands_for[names]
        return tuple((*outer, names[-1]) for outer in self.stands_for.get(names[:-1], (names[:-1],)))

    def fails_under(self) -> list[dict[str, str]]:
        """The smallest combinations of values of assumptions under which the plan cannot reach the goal."""
        return conditions([case.assume for case in self.cases], self.blocked, self.open)


def conditions(
    cases: Sequence[Mapping[str, str]], bad: frozenset[int], open_: Mapping[str, Sequence[str]]
) -> list[dict[str, str]]:
    """The smallest partial assignments of which every completion is bad.

    >>> cases = [{"a": a, "b": b} for a in "01" for b in "01"]
    >>> conditions(cases, frozenset({1, 3}), {"a": "01", "b": "01"})
    [{'b': '1'}]
    """
    found: list[dict[str, str]] = []
    for size in range(1, len(open_) + 1):
        for names in combinations(open_, size):
            for values in product(*(open_[name] for name in names)):
                part = dict(zip(names, values, strict=True))
                if any(other.items() <= part.items() for other in found):
                    continue
                fits = {i for i, case in enumerate(cases) if part.items() <= case.items()}
                if fits and fits <= bad:
                    found.append(part)
    return found


def planned(start: StartingAccount, keep: Sequence[Place] = ()) -> StepPlan:
    """Return the plan for an account, without the places to keep.

    Examples
    --------
    >>> from backup_slr.lifecycle import BACKUP
    >>> vaults = (EntrySpec(("eu-west-1", "a"), {"points": 9}), EntrySpec(("eu-west-1", "b"), {"points": 7}))
    >>> spec = AccountSpec({"role": 1}, tables={"vault": vaults}, paths=tuple((v.place, ()) for v in vaults))
    >>> plan = planned(StartingAccount("", BACKUP, spec))
    >>> [step.rule.action for step in plan.steps]
    ['delete_recovery_point', 'delete_backup_vault', 'delete_service_linked_role', 'finish_deletion_task']
    >>> plan.places(plan.steps[0])
    (('eu-west-1', 'a'), ('eu-west-1', 'b'))
    """
    lifecycle = start.lifecycle
    small = reduced(_marked(start, keep))
    account = small.account
    spec = _unmarked(account.spec)
    inner = len(lifecycle.sorts)
    paths = [*spec.places(), *(e.place for entries in spec.tables.values() for e in entries)]
    spare = {(*path[: inner - 1], SPARE) for path in paths if len(path) >= inner - 1 and lifecycle.sorts[-1].special}
    names = Names.of(lifecycle.sorts, [*paths, *sorted(spare)])
    kept = frozenset(names.numbers(*place) for place in _standing(small.stands_for, keep))
    rules = _roots(lifecycle)
    while True:
        open_ = open_values(lifecycle, start.assume, rules, names, spec)
        search = _Search(lifecycle, settled_cases(lifecycle, start.assume, open_, names, spec), kept)
        steps = search.steps()
        more = dict.fromkeys([*rules, *(lifecycle.model.rule(step.rule.action) for step in steps)])
        if len(more) == len(rules):
            break
        rules = tuple(more)
    cases = tuple(settled_cases(lifecycle, start.assume, open_, names, spec))
    return StepPlan(
        start=start,
        spec=spec,
        names=names,
        stands_for=small.stands_for,
        stop=search.stop,
        steps=steps,
        settled=search.settled,
        cases=cases,
        open=open_,
        blocked=search.blocked,
        remains=tuple(search.remains),
    )


def _marked(start: StartingAccount, keep: Sequence[Place]) -> StartingAccount:
    """Let the places to keep be of kinds of their own."""
    tables = {
        sort: tuple(EntrySpec(e.place, {**e.values, KEPT: 1}) if e.place in keep else e for e in entries)
        for sort, entries in start.spec.tables.items()
    }
    spec = AccountSpec(start.spec.values, start.spec.lists, tables, start.spec.elements, start.spec.paths)
    return StartingAccount(start.file, start.lifecycle, spec, start.assume, start.observation)


def _unmarked(spec: AccountSpec) -> AccountSpec:
    tables = {
        sort: tuple(EntrySpec(e.place, {n: v for n, v in e.values.items() if n != KEPT}) for e in entries)
        for sort, entries in spec.tables.items()
    }
    return AccountSpec(spec.values, spec.lists, tables, spec.elements, spec.paths)


def _standing(stands_for: Mapping[Place, tuple[Place, ...]], keep: Sequence[Place]) -> Iterator[Place]:
    for place, originals in stands_for.items():
        if any(kept in originals for kept in keep):
            yield place


def _roots(lifecycle: Lifecycle) -> tuple[Rule, ...]:
    """The actions that a plan always has to do with: those that reach the goal, and the work of the service."""
    environment = lifecycle.environment
    names = {environment.process.finish, environment.task.begins} if environment else set[str]()
    goal = lifecycle.goal
    gone = Want(goal.variable, (), goal.variable.values.index(goal.gone), True)
    reach = [rule for rule, _ in ways(lifecycle.model.rules, gone)]
    return tuple(dict.fromkeys([*reach, *(rule for rule in lifecycle.model.rules if rule.action in names)]))


def settled_cases(
    lifecycle: Lifecycle,
    given: Mapping[str, str],
    open_: Mapping[str, tuple[str, ...]],
    names: Names,
    spec: AccountSpec,
) -> list[PlanCase]:
    """The account under each combination of these values of assumptions."""
    found: list[PlanCase] = []
    for values in product(*open_.values()):
        assume = dict(zip(open_, values, strict=True))
        model = lifecycle.model.assuming({**given, **assume})
        machine = Machine(model, names.unbounded(model))
        account = StartingAccount("", lifecycle, spec, given)
        account.__dict__["names"] = names
        found.append(PlanCase(assume, machine, account.state(machine), names))
    return found


def open_values(
    lifecycle: Lifecycle, given: Mapping[str, str], rules: Sequence[Rule], names: Names, spec: AccountSpec
) -> dict[str, tuple[str, ...]]:
    """The assumptions that are not given and on which one of these actions depends at a place of the account."""
    known = {**dict(lifecycle.model.assumed), **given}
    (case,) = settled_cases(lifecycle, given, {}, names, spec)
    there = existing(case)
    read: set[str] = set()
    for rule in rules:
        for place in (p for p in case.machine.scope.places(rule.place)):
            spot = tuple(e.index for e in place.values())
            if spot in there or not spot:
                ground = Ground(case.machine.scope, place, {})
                parts: list[tuple[object, Formula, Formula]] = [(g, g.condition, TRUE) for g in rule.guards]
                parts += [(e, e.when, FALSE) for e in (*rule.effects, *rule.on_failure) if not e.each]
                for part, formula, idle in parts:
                    under = {reading.assumption for reading in part.under} - known.keys()  # type: ignore[attr-defined]
                    if under - read and ground(formula) != idle:
                        read |= under
    return {a.name: tuple(a.values) for a in lifecycle.model.assumptions if a.name in read}


def _brings_work(effect: Effect) -> bool:
    """Whether an effect adds something, rather than taking it away."""
    return not isinstance(effect.variable, Enum) and effect.value > 0


def existing(case: PlanCase) -> frozenset[Spot]:
    """The places of the account where anything is."""
    cells = zip(case.machine.layout.cells, case.state, strict=True)
    return frozenset(place[:n] for (_, place), value in cells if value for n in range(len(place) + 1))


class _Search:
    """The search backward from the goal, in all cases at once."""

    def __init__(self, lifecycle: Lifecycle, cases: list[PlanCase], kept: frozenset[Spot]) -> None:
        self.lifecycle, self.cases, self.kept = lifecycle, cases, kept
        self.model = lifecycle.model
        self.there = existing(cases[0]) if cases else frozenset[Spot]()
        self.found: list[tuple[int, PlanStep]] = []
        self.stack: list[Want] = []
        self.failed: dict[Want, set[int]] = {}
        self.remains: list[Remains] = []
        self.blocked = frozenset[int]()
        self.stop = False
        self.settled = 0

    def steps(self) -> tuple[PlanStep, ...]:
        """The steps in their order."""
        goal = self.lifecycle.goal
        self._stops()
        want = Want(goal.variable, (), goal.variable.values.index(goal.gone), True)
        self.remains.clear()
        self._achieve(want)
        met = {i for i, case in enumerate(self.cases) if want.met(case.machine.layout, case.state)}
        self.blocked = frozenset(range(len(self.cases))) - met
        self.remains = self._causes(met)
        self._empty_first()
        first: dict[tuple[int, str], int] = {}
        for number, (level, step) in enumerate(self.found):
            first.setdefault((level, step.rule.action), number)
        order = sorted(self.found, key=lambda one: (-one[0], first[one[0], one[1].rule.action]))
        seen: dict[tuple[str, Spot, Want], PlanStep] = {}
        for _, step in order:
            seen.setdefault((step.rule.action, step.place, step.want), step)
        # A wait for running work is no step of its own: every run waits after what stops new work.
        finish = self.lifecycle.environment.process.finish if self.lifecycle.environment else ""
        self.settled = sum(level == STOPS for level, step in self.found if step in seen.values())
        return tuple(step for step in seen.values() if step.rule.action != finish)

    def _empty_first(self) -> None:
        """Empty also what is empty now, before it is deleted: work that still runs may fill it."""
        environment = self.lifecycle.environment
        if environment is None:
            return
        number, removal = environment.contents.number, self.model.rule(environment.contents.removal)
        emptied = {step.place for _, step in self.found if step.want.variable.name == number.name}
        added = [
            (level, PlanStep(removal, step.place, Want(number, step.place, 0, True)))
            for level, step in self.found
            if step.want.variable.name == environment.items.there.name and not step.want.adds
            if step.place in self.there - emptied
        ]
        self.found = added + self.found

    def _causes(self, met: set[int]) -> list[Remains]:
        """What remains where the goal is not reached, without what only follows from something else that remains."""
        joined: dict[tuple[str, Spot, Guard], Remains] = {}
        for one in self.remains:
            key = (one.rule.action, one.place, one.guard)
            before = joined[key].cases if key in joined else frozenset[int]()
            if one.cases - met:
                joined[key] = replace(one, cases=before | (one.cases - met))
        outer: dict[Spot, int] = {}
        for one in joined.values():
            outer[one.place] = min(one.depth, outer.get(one.place, one.depth))
        causes = [one for one in joined.values() if one.place and one.depth == outer[one.place]]
        left = frozenset(range(len(self.cases))) - met - frozenset[int]().union(*(one.cases for one in causes))
        goal = self.lifecycle.goal.variable.name
        others: dict[tuple[Refusal, tuple[Want, ...]], Remains] = {}
        for one in joined.values():
            if not one.place and one.cases & left and not any(want.variable.name == goal for want in one.wants):
                key = (one.guard.otherwise, one.wants)
                before = others[key].cases if key in others else frozenset[int]()
                others[key] = replace(one, cases=before | one.cases)
        return [*causes, *others.values()]

    # ---------------------------------------------------------------- what comes first

    def _stops(self) -> None:
        """Stop what brings new work or the role back, then wait for the work that runs."""
        environment, case = self.lifecycle.environment, self.cases[0]
        brought = self._sources()
        starts = {environment.process.start} if environment else set[str]()
        self.stop = environment is not None and not any(action in starts for action, _ in brought)
        for _, flag in brought:
            for variable, place in case.machine.layout.cells:
                want = Want(variable, place, 1, not flag[1])
                here = variable.name == flag[0] and (place in self.there or not place)
                if here and self._unmet(want, range(len(self.cases))):
                    self._achieve(want, STOPS)
        if environment:
            running = environment.process.running
            for variable, place in case.machine.layout.cells:
                if variable.name == running.name and case.state[case.machine.layout.cell(variable.name, place)]:
                    self._achieve(Want(variable, place, 1, False), STOPS - 1)

    def _sources(self) -> dict[tuple[str, tuple[str, bool]], tuple[str, tuple[str, bool]]]:
        """Flags that make the service start work, or that were turned on together with the role; and their bad value.

        What the plan deletes anyway is none of them.
        """
        goal, rules = self.lifecycle.goal, self.model.rules
        there = goal.variable.values.index(goal.there)
        content = {e.variable.name for rule in rules if rule.by == "person" for e in rule.effects if takes_away(e)}
        content &= {
            leaf[0].name
            for rule in rules
            if any(e.variable == goal.variable and e.value != there for e in rule.effects)
            for guard in rule.guards
            for leaf in leaves(guard.condition)
            if len(leaf) == 3
        }
        found: dict[tuple[str, tuple[str, bool]], tuple[str, tuple[str, bool]]] = {}
        for rule in rules:
            flags: set[tuple[str, bool]] = set()
            if any(e.variable == goal.variable and e.value == there for e in rule.effects):
                flags |= {(e.variable.name, bool(e.value)) for e in rule.effects if isinstance(e.variable, Flag)}
            if rule.by == "service" and any(map(_brings_work, rule.effects)):
                for guard in rule.guards:
                    flags |= {
                        (o[0].name, o[2]) for o in leaves(guard.condition) if len(o) == 3 and isinstance(o[0], Flag)
                    }
            for name, on in sorted(flags):
                turned = any(
                    e.variable.name == name and bool(e.value) != on
                    for other in rules
                    if other.by == "person"
                    for e in other.effects
                )
                kind = next((v.kind for v in self.model.state if v.name == name), "")
                if turned and kind == "state" and name not in content:
                    found[rule.action, (name, on)] = (rule.action, (name, on))
        return found

    # ---------------------------------------------------------------- the search

    def _achieve(self, want: Want, depth: int | None = None) -> bool:
        """Find steps that bring what is wanted in at least one case in which it is not met; whether there are any."""
        need = self._unmet(want, range(len(self.cases)))
        if not need:
            return True
        if want in self.stack or (want.place in self.kept and not want.adds):
            return False
        if (
            want.adds
            and want.place not in self.there
            and self.cases[0].names.part(want.place, len(want.place) - 1) != SPARE
        ):
            return False
        level = len(self.stack) if depth is None else depth
        self.stack.append(want)
        try:
            for rule, place in ways(self.model.rules, want):
                before = (
                    [case.state for case in self.cases],
                    len(self.found),
                    {w: set(c) for w, c in self.failed.items()},
                )
                ready = self._ready(rule, place, want, need)
                if ready and self._perform(rule, place, want, ready):
                    self.found.append((level, PlanStep(rule, place, want)))
                    return True
                for case, state in zip(self.cases, before[0], strict=True):
                    case.state = state
                del self.found[before[1] :]
                self.failed = before[2]
            return False
        finally:
            self.stack.pop()

    def _unmet(self, want: Want, cases: Sequence[int]) -> list[int]:
        return [i for i in cases if not want.met(self.cases[i].machine.layout, self.cases[i].state)]

    def _ready(self, rule: Rule, place: Spot, want: Want, need: list[int]) -> list[int]:
        """The cases in which the guards of an action hold, after steps that were found for that."""
        left = list(need)
        while left:
            left = self._unmet(want, left)
            missing = self._missing(rule, place, left)
            if missing is None:
                break
            guard, cases, choices = missing
            for choice in choices:
                if self._achieve(choice):
                    still = self._unmet(choice, cases)
                    self.failed.setdefault(choice, set()).update(still)
                    break
                self.failed.setdefault(choice, set()).update(cases)
            if not choices:
                wanted = tuple(w for part in self._parts(rule, place, guard, cases[0]) for w in part)
                self.remains.append(Remains(rule, place, guard, wanted, frozenset(cases), len(self.stack)))
                left = [i for i in left if i not in cases]
        return left

    def _missing(self, rule: Rule, place: Spot, cases: list[int]) -> tuple[Guard, list[int], list[Want]] | None:
        """A guard that does not hold, where, and what may help; the one about the goal itself is the last."""
        later: tuple[Guard, list[int], list[Want]] | None = None
        for guard in rule.guards:
            failing = [i for i in cases if self._fails(rule, place, guard, i)]
            if not failing:
                continue
            first = failing[0]
            for part in self._parts(rule, place, guard, first):
                choices = [want for want in part if first not in self.failed.get(want, ())]
                if choices:
                    same = [i for i in failing if choices[0] in self._all(rule, place, guard, i)]
                    if any(want.variable.name == self.lifecycle.goal.variable.name for want in choices):
                        later = later or (guard, same, choices)
                        break
                    return guard, same, choices
            else:
                return guard, [first], []
        return later

    def _fails(self, rule: Rule, place: Spot, guard: Guard, i: int) -> bool:
        case = self.cases[i]
        own = case.machine.model.rule(rule.action).guards
        plain = [g for g in own if g.condition == guard.condition and g.otherwise == guard.otherwise]
        return bool(plain) and not holds(guard.condition, case.here(rule, place))

    def _parts(self, rule: Rule, place: Spot, guard: Guard, i: int) -> Iterator[list[Want]]:
        yield from wants(guard.condition, self.cases[i].here(rule, place))

    def _all(self, rule: Rule, place: Spot, guard: Guard, i: int) -> set[Want]:
        return {want for part in self._parts(rule, place, guard, i) for want in part}

    def _perform(self, rule: Rule, place: Spot, want: Want, cases: list[int]) -> bool:
        """Repeat an action until what is wanted is met; whether that works in some case."""
        met = False
        for i in cases:
            case = self.cases[i]
            while not want.met(case.machine.layout, case.state):
                step = case.machine.step(case.state, Request(rule.action, place))
                if step.state == case.state:
                    break
                case.state = step.state
            met |= want.met(case.machine.layout, case.state)
        return met
