"""The proof of a plan: every run of it on the model, whatever the environment chooses within bounds, reaches the goal.

A run performs the steps in their order, each until it has its result or is refused, and begins again when the goal is
not reached at the end. After the steps that stop new work it waits until no work of the service is running. A request
may collide with work of the service, work may start where the account leaves that possible and end at any time, and the
deletion task fails where the rules say so, and may fail for an unknown reason. The other choices of the environment,
which extensions add, have their unusual values a few times. All of these runs are enumerated. Unusual values after
which the goal is not reached are left out one by one, and named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_cases import PlanCase, existing, open_values, settled_cases
from backup_slr.advice.plan_runs import HAPPENS, MOST_WORKING, Bounds, Chosen, PlanRuns, TooManyRuns
from backup_slr.advice.plan_sources import begins_of_work, ends_of_work
from backup_slr.advice.wants import Spot
from backup_slr.engine.compile.analysis import variables_in
from backup_slr.engine.core.variable import numbers_of, usual
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import counted

BOUNDS: tuple[Bounds, ...] = ((2, 1, 1, 2), (1, 1, 1, 1), (1, 0, 1, 1), (0, 0, 0, 1), (0, 0, 0, 0))
"""Collisions, jobs that start, tasks that fail for no known reason, and other unusual choices of the environment.

The largest bounds for which a proof is quick enough are used.
"""
EVENTS = ("a request collides", "a new job starts", "the task fails for no known reason")
"""The events of the first bounds in words."""
MOST, MOST_SEEN = 150_000, 25_000
"""About the number of situations that a proof may have, as estimated, and the number that is then really looked at."""


@dataclass(frozen=True)
class PlanProof:
    """What was proved.

    Attributes
    ----------
    places
        The number of innermost places of the reduced account.
    combinations
        The number of combinations of values of assumptions under which every run reaches the goal.
    refuted
        Combinations under which some run does not, though the plan has all steps for them.
    collisions, starts, failures, choices
        The bounds.
    varied, excluded
        The unusual choices that are among these runs, and those after which a run may not reach the goal.
    causes
        The events without any one of which the plan would be proved.
    situations
        The number of situations that were looked at.
    ordered
        Whether more was running than ends in every order.
    interrupted
        Whether the proof was interrupted, so that nothing was proved.
    """

    places: int
    combinations: int
    refuted: tuple[dict[str, str], ...]
    collisions: int
    starts: int
    failures: int
    choices: int
    situations: int
    varied: tuple[Chosen, ...] = ()
    excluded: tuple[Chosen, ...] = ()
    causes: tuple[str, ...] = ()
    ordered: bool = False
    interrupted: bool = False

    @property
    def waited(self) -> bool:
        """Whether work of others begins in these runs, whose end the plan awaits before it is begun again."""
        return any(value == HAPPENS for _, value in self.varied)

    def says(
        self, noun: str, goal: str, others: bool = False, varied: Sequence[str] = (), excluded: Sequence[str] = ()
    ) -> str:
        """What was proved, in a sentence or two.

        `others`: the plan does not reach the goal under further combinations. `varied` and `excluded` are the unusual
        choices in words.
        """
        size = f"the account reduced to {counted(self.places, noun)}"
        if self.interrupted:
            return "Nothing was proved: the proof was interrupted."
        if not self.combinations and not self.refuted:
            return "Nothing was proved: the plan does not reach the goal."
        parts = [counted(self.collisions, "collision"), counted(self.starts, "new job")]
        parts.append(counted(self.failures, "failed task"))
        if varied and self.choices:
            parts.append(f"{counted(self.choices, 'unusual event')} ({'; '.join(varied)})")
        within = f"at most {', '.join(parts[:-1])} and {parts[-1]}"
        if self.refuted:
            under = "; ".join(
                ", ".join(f"{k}={v}" for k, v in one.items()) or "every value" for one in self.refuted[:3]
            )
            some = f"if {' or '.join(self.causes)}," if self.causes else f"with {within},"
            return f"Not proved on {size}: {some} it is not certain that {goal} at the end (under {under})."
        every = f"all {self.combinations} {'other ' * others}combinations of"
        every = every if self.combinations > 1 else "these values of the"
        missing = f" Not covered: {'; '.join(excluded)}. If that happens, read the account again and make a new plan."
        unless = missing if excluded else ""
        if self.waited:
            unless = f" In these runs the plan is begun again only after such work has ended.{unless}"
        if self.ordered:
            turn = f"more than {MOST_WORKING} things that run at once end in turn, with success, while the plan waits"
            unless = f" In these runs {turn}.{unless}"
        return f"Proved on {size}: under {every} assumptions, and with {within}, {goal} at the end.{unless}"


def proved(plan: StepPlan) -> PlanProof:
    """Enumerate the runs of a plan.

    >>> from backup_slr.advice.plan import planned
    >>> from backup_slr.lifecycle import BACKUP
    >>> from backup_slr.scenario.spec import AccountSpec
    >>> from backup_slr.scenario.starting_account import StartingAccount
    >>> proved(planned(StartingAccount("", BACKUP, AccountSpec({"role": 1})))).refuted
    ()
    """
    lifecycle, start = plan.start.lifecycle, plan.start
    environment = lifecycle.environment
    if not plan.reached:
        return PlanProof(0, 0, (), 0, 0, 0, 0, 0)
    rules = [step.rule for step in plan.steps]
    if environment:
        rules += [lifecycle.model.rule(n) for n in (environment.process.start, environment.process.finish)]
    spec = plan.spec
    open_ = open_values(lifecycle, start.assume, rules, plan.names, spec)
    blocked = plan.fails_under()
    cases = [
        case
        for case in settled_cases(lifecycle, start.assume, open_, plan.names, spec)
        if not any(part.items() <= case.assume.items() for part in blocked)
    ]
    if not cases:
        return PlanProof(0, 0, (), 0, 0, 0, 0, 0)
    innermost = len(lifecycle.sorts)
    places = sorted(spot for spot in existing(cases[0]) if len(spot) == innermost)
    known = BOUNDS if environment else ((0, 0, 0, 0),)
    chosen = [one for one in unusual_choices(lifecycle) if one[1] == HAPPENS or one[0] in _choices_read(cases)]
    # Work that others begin counts more than a second collision, and less than one collision and a new job.
    usual = [one for one in chosen if one[1] != HAPPENS]
    tries = [
        (bounds, varied) for part in (known[:-1][:2], known[2:-1]) for varied in (chosen, usual) for bounds in part
    ]
    for bounds, varied in tries:
        times = _times(plan, len(places), bounds) if varied == chosen else 1
        if _size(plan, len(places), bounds) * len(cases) * times <= MOST:
            with suppress(TooManyRuns):
                return _proved_within(plan, cases, places, bounds, varied, chosen, MOST_SEEN)
    return _proved_within(plan, cases, places, known[-1], [], chosen, None)


def _choices_read(cases: Sequence[PlanCase]) -> frozenset[str]:
    """The inputs that some rule reads under the assumptions of some case: others change nothing."""
    models = {id(case.machine.model): case.machine.model for case in cases}
    rules = {rule for model in models.values() for rule in model.rules}
    formulas = [
        formula
        for rule in rules
        for formula in (
            *(guard.condition for guard in rule.guards),
            *(effect.happens for effect in (*rule.effects, *rule.on_failure)),
        )
    ]
    return frozenset(variable.name for formula in formulas for variable in variables_in(formula))


def _proved_within(
    plan: StepPlan,
    cases: list[PlanCase],
    places: list[Spot],
    bounds: Bounds,
    varied: Sequence[Chosen],
    chosen: Sequence[Chosen],
    limit: int | None,
) -> PlanProof:
    """Enumerate the runs within bounds; raise `TooManyRuns` if there are more situations than the limit.

    `chosen` are all unusual choices that make a difference, `varied` those that are tried.
    """
    situations, ordered = 0, False

    def refuted(varied: Sequence[Chosen], within: Bounds = bounds) -> Iterator[dict[str, str]]:
        nonlocal situations, ordered
        for case in cases:
            walk = PlanRuns(plan, case, places, within, frozenset(varied))
            if not walk.ends(None if limit is None else limit - situations):
                yield dict(case.assume)
            situations += walk.situations
            ordered |= walk.ordered

    varied = varied if bounds[-1] else []
    wrong = tuple(islice(refuted(varied), 1 if varied else None))
    if wrong and varied:
        tried, varied, wrong = varied, list[Chosen](), tuple(refuted(()))
        for one in () if wrong else tried:
            if next(refuted([*varied, one]), None) is None:
                varied.append(one)
    causes: list[str] = []
    for i, event in enumerate(EVENTS if wrong else ()):
        first, second, third, _ = (0 if i == number else bound for number, bound in enumerate(bounds))
        if bounds[i] and next(refuted((), (first, second, third, 0)), None) is None:
            causes.append(event)
    left = [one for one in chosen if one not in varied]
    # What comes with time is no part of the runs.
    late = [(deadline.rule.action, HAPPENS) for deadline in plan.why.deadlines]
    excluded = () if wrong else tuple(dict.fromkeys([*left, *late]))
    reached = len(cases) - len(wrong)
    return PlanProof(len(places), reached, wrong, *bounds, situations, tuple(varied), excluded, tuple(causes), ordered)


def unusual_choices(lifecycle: Lifecycle) -> list[Chosen]:
    """The choices of the environment that have no bound of their own, each with its unusual values.

    With them are the actions that others cause at no usual time.
    """
    environment = lifecycle.environment
    own = {environment.collides.name, environment.process.succeeds.name} if environment else set[str]()
    found = {
        (i.name, value): None
        for rule in lifecycle.model.rules
        for i in rule.inputs
        if i.kind == "choice" and i.name not in own
        for value in numbers_of(i)
        if value != usual(i)
    }
    return [*found, *((rule.action, HAPPENS) for rule in begins_of_work(lifecycle))]


def _size(plan: StepPlan, places: int, bounds: tuple[int, ...]) -> int:
    collisions, starts, failures, choices = bounds
    lifecycle = plan.start.lifecycle
    layout, first = plan.cases[0].machine.layout, plan.cases[0].state
    running = lifecycle.environment and lifecycle.environment.process.running.name
    work = sum(bool(value) for (v, _), value in zip(layout.cells, first, strict=True) if v.name == running)
    results = 2**work if work <= MOST_WORKING else 1
    large = max(1, places // 100)  # a step takes the longer, the larger the account is
    times = large * results * (collisions + 1) * (failures + 1) * (choices + 1 if unusual_choices(lifecycle) else 1)
    # Work that runs ends at any time before the plan waits for it, or only then.
    moments = len(plan.steps) + 1 + (plan.settled if work <= MOST_WORKING else 1) * work
    return moments * times * (1 + 6 * places * (starts + bool(ends_of_work(lifecycle))))


def _times(plan: StepPlan, places: int, bounds: Bounds) -> int:
    """By how much actions that others cause multiply the situations; each has an end at any time."""
    return int((1 + places * len(begins_of_work(plan.start.lifecycle))) ** bounds[-1])
