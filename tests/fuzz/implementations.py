"""Implementations with an injected fault: the fixed suite finds it, and random requests report nothing else.

An implementation is the built-in rule set, run by the interpreter, with one fault. It shows its whole account, so the
judge need not follow it: from every request in every state that the interpreter reaches, it computes whether the fault
can show, and after how many requests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from random import Random

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from support.naive import Naive

from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.report.names import example_names
from backup_slr.scenario.account_codec import account_at
from backup_slr.testing import Diverged, Parameters, Reply, Tour, follow, machine_for, suite
from backup_slr.testing.adapter import parameters_of

DOSE = 6
SCOPE, NAMES = scope(1, 2, 1), example_names(BACKUP, BACKUP.scope(1, 2, 1))
MODEL = lifecycle().assuming()
TEARDOWN = ("delete_service_linked_role", "finish_deletion_task")
ACTIONS = (
    ("set_up_cross_account_backup", "turn_off_cross_account_backup", *TEARDOWN),
    ("create_service_linked_role", "edit_description", *TEARDOWN),
    ("create_service_linked_role", "create_backup_vault", "delete_backup_vault", *TEARDOWN),
    (
        "list_resources",
        "perform_efs_automatic_backup",
        "turn_off_efs_automatic_backup",
        "delete_backup_vault",
        *TEARDOWN,
    ),
    (
        "list_resources",
        "create_backup_vault",
        "start_job",
        "finish_job",
        "delete_recovery_point",
        "delete_backup_vault",
        *TEARDOWN,
    ),
)
"""Actions through which an account can be emptied again, so that there is a tour."""
LOOK = settings(
    max_examples=60,
    stateful_step_count=12,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
Answer = tuple[str, "str | None", State]
"""The outcome, the refusal, the state afterwards; the outcomes *raises* and *nothing* are those of faults."""


@dataclass
class Judge:
    """Every request in every state that some actions reach, with its distance and the answer of the interpreter."""

    actions: tuple[str, ...]
    near: dict[State, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plain = Naive(MODEL, SCOPE)
        self.requests = [q for q in self.plain.requests if q.action in self.actions]
        todo = [self.plain.layout.initial]
        self.near[todo[0]] = 0
        for state in todo:
            for request in self.requests:
                after = right(state, key(request))[2]
                if after not in self.near:
                    self.near[after] = self.near[state] + 1
                    todo.append(after)

    def nearest(self, fault: Callable[[State, Request], Answer], pair: tuple[str, str | None] | None) -> int | None:
        """The fewest requests that show a fault; if given, where the rules answer an action in a certain way."""
        return min(
            (
                number + 1
                for state, number in self.near.items()
                for request in self.requests
                if (pair is None or (request.action, right(state, key(request))[1]) == pair)
                and fault(state, request) != right(state, key(request))
            ),
            default=None,
        )


Key = tuple[str, tuple[int, ...], tuple[tuple[str, int], ...]]


def key(request: Request) -> Key:
    return request.action, request.place, tuple(request.inputs.items())


@lru_cache(None)
def right(state: State, asked: Key) -> Answer:
    """The answer of the interpreter."""
    action, place, inputs = asked
    taken = Naive(MODEL, SCOPE).taken(state, Request(action, place, dict(inputs)))
    return taken.outcome, taken.because, taken.after


@cache
def judge(number: int) -> Judge:
    return Judge(ACTIONS[number])


@cache
def tours(number: int) -> list[Tour]:
    return suite(actions=judge(number).actions)


class Planted:
    """An implementation that answers with a function of the state."""

    def __init__(self, fault: Callable[[State, Request], Answer]) -> None:
        self.fault = fault
        self.asked = {words(q): q for q in Naive(MODEL, SCOPE).requests}

    def reset(self) -> None:
        self.state = Naive(MODEL, SCOPE).layout.initial

    def perform(self, action: str, parameters: Parameters) -> Reply:
        request = self.asked[action, tuple(sorted(parameters.items()))]
        outcome, because, self.state = self.fault(self.state, request)
        if outcome == "raises":
            raise RuntimeError("out of order")
        return None if outcome == "nothing" else Reply(outcome, because)  # type: ignore[return-value]

    def observe(self) -> dict[str, object]:
        return account_at(Naive(MODEL, SCOPE).layout, self.state, NAMES)


def words(request: Request) -> tuple[object, ...]:
    said = parameters_of(request, MODEL.rule(request.action), NAMES)
    return request.action, tuple(sorted(said.items()))


def planted(random: Random, actions: tuple[str, ...]) -> Callable[[State, Request], Answer]:
    """A fault in the answer to one action, perhaps only for one value of some variable."""
    rule = MODEL.rule(random.choice(actions))
    layout = Naive(MODEL, SCOPE).layout
    ends = rule.outcomes()
    cell = random.randrange(layout.width)
    values = layout.values(layout.cells[cell][0]) or 2
    wanted, written = random.randrange(values), random.randrange(values)
    sometimes = random.random() < 0.5
    cause = random.choice(ends)
    other = random.choice([refusal for r in MODEL.rules for _, refusal in r.outcomes() if refusal])
    kind = random.choice(["outcome", "guard", "effect", "more", "reason", "raises", "nothing", "none"])
    parts = [e.variable.name for e in rule.effects] if kind == "effect" else [g.otherwise.id for g in rule.guards]
    changed = Naive(MODEL.without([(rule.action, random.choice(parts))]) if parts else MODEL, SCOPE)

    def fault(state: State, request: Request) -> Answer:
        outcome, because, after = found = right(state, key(request))
        if request.action != rule.action or (sometimes and state[cell] != wanted):
            return found
        if kind in ("guard", "effect"):
            taken = changed.taken(state, request)
            return taken.outcome, taken.because, taken.after
        if (outcome, because) != cause or kind == "none":
            return found
        if kind == "outcome":
            return {"done": "refused", "refused": "failed", "failed": "done"}[outcome], because, after
        if kind == "more" and not hidden(layout, cell, after):
            return outcome, because, (*after[:cell], written, *after[cell + 1 :])
        if kind == "reason":
            return outcome, other, after
        return found if kind == "more" else (kind, None, after)

    return fault


def hidden(layout: Layout, cell: int, state: State) -> bool:
    """Whether no account shows the variable, such as the number of recovery points of a vault that does not exist."""
    variable, place = layout.cells[cell]
    return variable.name == "points" and not state[layout.cell("vault", place)]


def trial(random: Random) -> str | None:
    """Try one implementation; return how the judge and the report differ."""
    number = random.randrange(len(ACTIONS))
    actions, right_here = judge(number).actions, judge(number)
    fault = planted(random, actions)
    if random.random() < 0.1:
        return flaky(random, actions)
    shows = right_here.nearest(fault, None)
    found = any(suite_finds(fault, tour) for tour in tours(number))
    if found != (shows is not None):
        return f"{actions}: the suite {'reports' if found else 'misses'} a fault that needs {shows} requests"
    try:
        beside = machine_for(lambda: Planted(fault), regions=1, vaults=2, points=1, actions=actions)
        run_state_machine_as_test(seed(random.randrange(2**32))(beside), settings=LOOK)
    except Diverged as error:
        return reported(error, fault, right_here)
    return None


def suite_finds(fault: Callable[[State, Request], Answer], tour: Tour) -> bool:
    try:
        return follow(Planted(fault), Machine(MODEL, SCOPE), NAMES, tour.requests) is not None
    except (RuntimeError, TypeError):
        return True


def reported(error: Diverged, fault: Callable[[State, Request], Answer], judge: Judge) -> str | None:
    """The error in a report: it is missing, not minimal, or wrong."""
    if error.args[0].startswith("flaky"):
        return f"called flaky: {error}"
    asked = list(error.requests)
    pair = ends_in(asked, fault)
    if pair is None or pair != error.divergence.pair:
        return f"no such divergence: {error}"
    for i in range(len(asked)):
        if ends_in([*asked[:i], *asked[i + 1 :]], fault) == pair:
            return f"request {i + 1} can be left out: {error}"
    fewest = judge.nearest(fault, pair)
    if fewest != len(asked) and "may do" not in error.args[0]:
        return f"{fewest} requests do: {error}"
    return None


def ends_in(asked: list[Request], fault: Callable[[State, Request], Answer]) -> tuple[str, str | None] | None:
    """The action and the right answer of the last request, if it is the first that shows the fault."""
    state = Naive(MODEL, SCOPE).layout.initial
    for number, request in enumerate(asked, 1):
        answer = right(state, key(request))
        if fault(state, request) != answer:
            return (request.action, answer[1]) if number == len(asked) else None
        state = answer[2]
    return None


def flaky(random: Random, actions: tuple[str, ...]) -> str | None:
    """An implementation with wrong answers at regular intervals is reported as flaky, or with one of its answers."""
    every, asked = random.randint(5, 40), 0

    def fault(state: State, request: Request) -> Answer:
        nonlocal asked
        asked += 1
        outcome, because, after = right(state, key(request))
        return (outcome, "throttled", after) if asked % every == 0 else (outcome, because, after)

    try:
        beside = machine_for(lambda: Planted(fault), regions=1, vaults=2, points=1, actions=actions)
        run_state_machine_as_test(seed(random.randrange(2**32))(beside), settings=LOOK)
    except Diverged as error:
        return None if "throttled" in error.args[0] else f"says nothing of what was answered: {error}"
    return f"{asked} requests, each {every}th answered wrongly, and nothing reported"
