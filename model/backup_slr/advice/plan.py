"""A plan: steps from an account to the goal of its lifecycle, in an order that works under every open assumption.

The order is found backward from the goal: a guard that does not hold wants variables to have other values, requests
bring them, and these have guards too. What only time brings becomes a step that waits. The search runs on the account
under all values of the open assumptions at once, one place for all of a kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import combinations, product

from backup_slr.advice.clearing import contents
from backup_slr.advice.plan_cases import MOST_COUNTED, PlanCase, open_values, settled_cases
from backup_slr.advice.plan_order import PlanOrder
from backup_slr.advice.plan_search import SPARE
from backup_slr.advice.plan_step import PlanStep, Remains
from backup_slr.advice.wants import Spot, Want, ways
from backup_slr.advice.why import Why, asked
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import Names, example_names
from backup_slr.scenario.reduced_account import reduced
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import Place, StartingAccount

KEPT = " kept"


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
        Whether `Environment.stop`, which is no action of the model, comes after the urgent steps.
    steps, urgent, settled
        The steps in their order; the number of those that time makes impossible, which come first; and of these with
        those that stop new work: after them, running work must end.
    cases
        The reduced account under each combination of the values of the open assumptions, at the beginning.
    open
        The values of these assumptions.
    blocked, remains
        The cases in which the goal is not reached, and what no step can change there.
    keep
        The places that the plan leaves as they are.
    now
        The time with which dates are compared; None: that of the clock.
    interrupted
        Whether the search was interrupted: the steps are then those under the default values of the open assumptions,
        or, if `reached` is false, those that were found by then.
    """

    start: StartingAccount
    spec: AccountSpec
    names: Names
    stands_for: Mapping[Place, tuple[Place, ...]]
    stop: bool
    steps: tuple[PlanStep, ...]
    urgent: int
    settled: int
    cases: tuple[PlanCase, ...]
    open: Mapping[str, tuple[str, ...]]
    blocked: frozenset[int]
    remains: tuple[Remains, ...]
    keep: tuple[Place, ...] = ()
    interrupted: bool = False
    now: datetime | None = None

    @property
    def reached(self) -> bool:
        """Whether the goal is reached under some value of every open assumption."""
        return len(self.blocked) < len(self.cases)

    @property
    def needless(self) -> bool:
        """Whether the goal is reached already."""
        goal = self.start.lifecycle.goal
        return self.start.spec.values.get(goal.variable.name, 0) == goal.number("gone")

    @cached_property
    def why(self) -> Why:
        """What blocks the goal in the account, under the assumptions that it states."""
        return asked(self.start, now=self.now, keep=self.keep)

    @cached_property
    def contents(self) -> Mapping[Place, Mapping[str, int]]:
        """The values of each place of the account."""
        return contents(self.start)

    @cached_property
    def left(self) -> Mapping[int, tuple[int, int]]:
        """The number that each step is about at one place, by its identity: at the beginning, and when it begins."""
        case = self.cases[next((i for i in range(len(self.cases)) if i not in self.blocked), 0)]
        found, state = dict[int, tuple[int, int]](), case.state
        for step in self.steps:
            cell = case.machine.layout.cell(step.want.variable.name, step.want.place)
            found[id(step)] = case.state[cell], state[cell]
            state = step.performed(case.machine, state)
        return found

    def places(self, step: PlanStep) -> tuple[Place, ...]:
        """The places of the account at which a step happens, by name."""
        return self.expanded(step.place)

    def expanded(self, place: Spot) -> tuple[Place, ...]:
        """The places of the account for which a place of the reduced one stands."""
        names = self.names.parts(place)
        if names in self.stands_for:
            return self.stands_for[names]
        return tuple((*outer, names[-1]) for outer in self.stands_for.get(names[:-1], (names[:-1],)))

    @property
    def reached_by_default(self) -> bool:
        """Whether the goal is reached under the default values of the open assumptions."""
        defaults = {a.name: a.default for a in self.start.lifecycle.model.assumptions}
        usual = [i for i, case in enumerate(self.cases) if all(defaults[n] == v for n, v in case.assume.items())]
        return not self.blocked.intersection(usual)

    def works_under(self) -> list[dict[str, str]]:
        """The smallest combinations of values of assumptions under which the plan reaches the goal."""
        return conditions(
            [case.assume for case in self.cases], frozenset(range(len(self.cases))) - self.blocked, self.open
        )

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


def planned(start: StartingAccount, keep: Sequence[Place] = (), now: datetime | None = None) -> StepPlan:
    """Return the plan for an account, without the places to keep; dates are compared with `now`.

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
    small = reduced(_marked(start, keep), count=MOST_COUNTED)
    account = small.account
    spec = _unmarked(account.spec)
    inner = len(lifecycle.sorts)
    paths = [*spec.places(), *(e.place for entries in spec.tables.values() for e in entries)]
    spare = {(*path[: inner - 1], SPARE) for path in paths if len(path) >= inner - 1 and lifecycle.sorts[-1].special}
    names = Names.of(lifecycle.sorts, [*paths, *sorted(spare)])
    kept = frozenset(names.numbers(*place) for place in _standing(small.stands_for, keep))
    search, open_, interrupted = _searched(start, names, spec, kept)
    cases = tuple(settled_cases(lifecycle, start.assume, open_, names, spec))
    return StepPlan(
        start=start,
        spec=spec,
        names=names,
        stands_for=small.stands_for,
        stop=search.stop,
        steps=search.steps,
        urgent=search.urgent,
        settled=search.settled,
        cases=cases,
        open=open_,
        blocked=search.blocked,
        remains=tuple(search.remains) if search.complete else (),
        keep=tuple(keep),
        interrupted=interrupted,
        now=now,
    )


def _searched(
    start: StartingAccount, names: Names, spec: AccountSpec, kept: frozenset[Spot]
) -> tuple[PlanOrder, dict[str, tuple[str, ...]], bool]:
    """The last search that ended, the values of the assumptions that were open in it, and whether it is not the last.

    The first one is without open assumptions: it is quick and usually finds the actions.
    """
    lifecycle, interrupted = start.lifecycle, False
    rules, open_ = dict.fromkeys(_roots(lifecycle)), dict[str, tuple[str, ...]]()
    tried: list[tuple[PlanOrder, dict[str, tuple[str, ...]]]] = []
    try:
        while not tried or open_ != tried[-1][1]:
            search = PlanOrder(lifecycle, settled_cases(lifecycle, start.assume, open_, names, spec), kept)
            tried.append((search, open_))
            search.search()
            rules |= dict.fromkeys(lifecycle.model.rule(step.rule.action) for step in search.steps)
            open_ = open_values(lifecycle, start.assume, tuple(rules), names, spec)
    except KeyboardInterrupt:
        if not tried:
            raise
        interrupted = True
    search, open_ = next((one for one in reversed(tried) if one[0].complete), tried[0])
    return search, open_, interrupted


def _marked(start: StartingAccount, keep: Sequence[Place]) -> StartingAccount:
    """Let the places to keep be of kinds of their own."""
    tables = {
        sort: tuple(EntrySpec(e.place, {**e.values, KEPT: 1}) if e.place in keep else e for e in entries)
        for sort, entries in start.spec.tables.items()
    }
    return replace(start, spec=replace(start.spec, tables=tables))


def _unmarked(spec: AccountSpec) -> AccountSpec:
    tables = {
        sort: tuple(EntrySpec(e.place, {n: v for n, v in e.values.items() if n != KEPT}) for e in entries)
        for sort, entries in spec.tables.items()
    }
    return replace(spec, tables=tables)


def _standing(stands_for: Mapping[Place, tuple[Place, ...]], keep: Sequence[Place]) -> Iterator[Place]:
    for place, originals in stands_for.items():
        if any(kept in originals for kept in keep):
            yield place


def _roots(lifecycle: Lifecycle) -> tuple[Rule, ...]:
    """The actions that a plan always has to do with: those that reach the goal, and the work of the service."""
    environment = lifecycle.environment
    names = {environment.process.finish, environment.task.begins} if environment else set[str]()
    goal = lifecycle.goal
    gone = Want.of(goal)
    reach = [rule for rule, _ in ways(lifecycle.model.rules, gone)]
    return tuple(dict.fromkeys([*reach, *(rule for rule in lifecycle.model.rules if rule.action in names)]))


def full_account(lifecycle: Lifecycle) -> StartingAccount:
    """The account for plans of no account in particular: one place of each kind, where everything exists and is on.

    No work of the service is running.

    >>> from backup_slr.lifecycle import BACKUP
    >>> [entry.place[-1] for entry in full_account(BACKUP).spec.tables["vault"]]
    ['Default', 'aws/efs/automatic-backup-vault', 'vault-1']
    """
    goal, sorts = lifecycle.goal, lifecycle.sorts
    service = (e for rule in lifecycle.model.rules if rule.by == "service" for e in rule.effects)
    ended = {e.variable.name for e in service if isinstance(e.variable, Flag) and not e.value}
    on = [v for v in lifecycle.model.state if v.name not in ended and v != goal.variable]
    names = example_names(lifecycle, Scope({sort.name: len(sort.special) + 1 for sort in sorts}, {}))
    values = {goal.variable.name: goal.number("there")} | {v.name: 1 for v in on if not v.per}
    lists: dict[str, tuple[str, ...]] = {}
    tables: dict[str, tuple[EntrySpec, ...]] = {}
    for depth in range(1, len(sorts) + 1):
        inner = {v.name: 1 for v in on if len(v.per) == depth}
        sort = sorts[depth - 1].name
        if depth < len(sorts):
            lists |= dict.fromkeys(inner, tuple(path[-1] for path in names.paths(depth)))
        else:
            own = {name: value for name, value in inner.items() if name != sort}
            tables[sort] = tuple(EntrySpec(path, own) for path in names.paths(depth))
    paths = tuple((entry.place, ()) for entries in tables.values() for entry in entries)
    return StartingAccount("", lifecycle, AccountSpec(values, lists, tables, paths=paths))
