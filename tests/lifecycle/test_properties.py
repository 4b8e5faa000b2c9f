"""The properties of the lifecycle: they hold, and the judge says so of the right models only."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from support.beside import Size, settled
from support.naive import Naive
from support.verdicts import PlainJudge, Waiting

from backup_slr.engine.check.checker import Checker, PropertyResult
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.check.results import EVERY_OUTCOME
from backup_slr.engine.compile.analysis import inputs_in
from backup_slr.engine.compile.interpreter import holds
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.trace import Taken
from backup_slr.lifecycle import lifecycle, scope

SMALL: Size = (1, 2, 1)
Part = tuple[str, str]
SAFETY: list[Property] = [p for p in lifecycle().properties if p.kind in ("always", "step")]
GUARDS: list[Part] = [
    (rule.action, refusal)
    for rule in settled().rules
    for refusal in dict.fromkeys(guard.otherwise.id for guard in rule.guards)
]
IN_RANGE: Part = ("delete_recovery_point", "no-recovery-points")  # without it a count goes below zero
PLAINLY = [
    ("perform_efs_automatic_backup", "not-permitted"),
    ("delete_backup_vault", "default-vault-in-console"),
    ("edit_description", "no-such-role"),
    ("start_job", "no-such-role"),
    ("finish_job", "no-running-job"),
    ("finish_deletion_task", "resources-remain"),
    ("finish_deletion_task", "service-using-role"),
]


def name(part: Part | None) -> str:
    return " without ".join(part) if part else "nothing left out"


# ---------------------------------------------------------------- the plain way, at a bearable pace


class Safety:
    """Which *always* and *step* properties the steps of a rule violate, each step looked at once over all models."""

    def __init__(self) -> None:
        self.known: dict[tuple[object, ...], bool] = {}
        self.of_rule: dict[tuple[Part | str, State], tuple[frozenset[str], frozenset[State]]] = {}
        self.groups: dict[tuple[str, ...], list[Property]] = defaultdict(list)
        for asked in SAFETY:
            if asked.kind == "step":
                self.groups[tuple(sorted(inputs_in(asked.formula)))].append(asked)

    def shortest(self, without: Part | None) -> dict[str, int]:
        """For each property that is violated the number of steps of the shortest violation."""
        naive = plain(without)
        found: dict[str, int] = {}
        level, seen, number = [naive.layout.initial], {naive.layout.initial}, 0
        while level:
            following: dict[State, None] = {}
            for state in level:
                for asked in SAFETY:
                    if asked.kind == "always" and not self.judged(asked, naive, state):
                        found.setdefault(asked.id, number)
                for rule in naive.model.rules:
                    violated, after = self.steps(without, rule.action, state)
                    for name in violated:
                        found.setdefault(name, number + 1)
                    following |= dict.fromkeys(after - seen)
            level, number = list(following), number + 1
            seen |= following.keys()
        return found

    def judged(self, asked: Property, naive: Naive, state: State) -> bool:
        key = (asked.id, state)
        if key not in self.known:
            self.known[key] = holds(asked.formula, naive.of_state(state, {}))
        return self.known[key]

    def steps(self, without: Part | None, action: str, state: State) -> tuple[frozenset[str], frozenset[State]]:
        """What the steps of an action violate, and where they lead; rules that are whole have that in common."""
        key = (without if without and without[0] == action else action, state)
        if key not in self.of_rule:
            naive = plain(without)
            taken = [naive.taken(state, request) for request in naive.requests if request.action == action]
            self.of_rule[key] = frozenset(self.violated(naive, taken)), frozenset(t.after for t in taken)
        return self.of_rule[key]

    def violated(self, naive: Naive, steps: list[Taken]) -> Iterator[str]:
        """Steps that differ only in inputs that a property does not mention are one step to it."""
        for mentioned, asked in self.groups.items():
            for t in steps:
                inputs = tuple(t.request.inputs.get(name) for name in mentioned)
                step = (mentioned, inputs, t.request.action, t.request.place, t.outcome, t.because, t.before, t.after)
                if step not in self.known:
                    here = naive.of_step(t, {})
                    wrong = [p.id for p in asked if not holds(p.formula, here)]
                    self.known[step] = not wrong
                    yield from wrong
                elif not self.known[step]:
                    here = naive.of_step(t, {})
                    yield from (p.id for p in asked if not holds(p.formula, here))


@cache
def plain(without: Part | None) -> Naive:
    model = settled().without([without]) if without else settled()
    return Naive(model, scope(*SMALL), quick=True)


@pytest.fixture(scope="module")
def safety() -> Safety:
    return Safety()


# ---------------------------------------------------------------- they hold


@pytest.mark.parametrize("size", [SMALL, (2, 2, 1), pytest.param((1, 3, 2), marks=pytest.mark.slow)], ids=str)
def test_every_property_holds(size: Size) -> None:
    report = Checker(settled(), scope(*size)).check()
    wrong = {judgement.property.id: judgement.verdict for judgement in report.results if judgement.verdict != "holds"}
    needs = {p.id for p in settled().properties if any(scope(*size).size(s) < n for s, n in least(p))}
    assert wrong == dict.fromkeys(needs, "out of scope")
    assert report.verdict == "holds"
    assert report.explored.complete


def least(asked: Property) -> list[tuple[object, int]]:
    """What a property needs, by sort."""
    sorts = {sort.name: sort for sort in lifecycle().sorts}
    return [(sorts[name], number) for name, number in asked.needs]


def test_every_way_in_which_an_action_can_end_has_a_trace_that_ends_so() -> None:
    judge = Checker(settled(), scope(*SMALL))
    ways = judge.check().outcomes
    listed = [(rule.action, *way) for rule in settled().rules for way in rule.outcomes()]
    assert [(way.rule.action, way.outcome, way.because) for way in ways] == listed
    open_in = Counter(
        way for steps in plain(None).steps.values() for way in {(t.request.action, t.outcome, t.because) for t in steps}
    )
    for way in ways:
        assert way.trace is not None
        last = way.trace.steps[-1]
        assert (last.request.action, last.outcome, last.because) == (way.rule.action, way.outcome, way.because)
        assert way.states == open_in[way.rule.action, way.outcome, way.because]


# ---------------------------------------------------------------- and are not held to hold where they do not


@cache
def judgements(without: Part | None, limits: Limits = Limits()) -> dict[str, PropertyResult]:  # noqa: B008
    """What the judge says of the *always* and *step* properties."""
    naive = plain(without)
    judge = Checker(naive.model, naive.scope)
    judge.explored = judge.space.explore(limits)
    return {asked.id: judge.judge(asked) for asked in SAFETY}


@pytest.mark.parametrize("without", [None, *PLAINLY], ids=name)
@pytest.mark.slow
def test_the_judge_agrees_with_looking_at_every_state_and_every_request(without: Part | None, safety: Safety) -> None:
    """The same properties are violated, by shortest traces of the same length."""
    found = judgements(without)
    shortest = {id_: len(j.trace.steps) for id_, j in found.items() if j.trace}
    assert shortest == safety.shortest(without)
    assert {j.verdict for id_, j in found.items() if id_ in shortest} <= {"violated"}
    assert {j.verdict for id_, j in found.items() if id_ not in shortest} == {"holds"}
    assert bool(shortest) is (without is not None)


@pytest.mark.parametrize("without", [part for part in GUARDS if part != IN_RANGE], ids=name)
def test_a_counterexample_replays_and_violates_its_property(without: Part) -> None:
    """Whichever guard is left out, if that violates anything."""
    judge = PlainJudge(plain(without))
    for judgement in judgements(without).values():
        assert (judgement.trace is not None) is (judgement.verdict == "violated")
        if judgement.trace is not None:
            assert judge.replays(judgement.trace)
            assert judge.shows(judgement.property, judgement.trace)


def test_a_counterexample_replays_where_a_count_is_no_longer_kept_in_its_range() -> None:
    judge = PlainJudge(plain(IN_RANGE))
    found = judgements(IN_RANGE, Limits(states=5000))
    shown = [judgement for judgement in found.values() if judgement.trace is not None]
    assert [j.property.id for j in shown if not judge.shows(j.property, j.trace)] == []


EVENTUALLY = [p for p in lifecycle().properties if p.kind == "eventually"]


@pytest.mark.parametrize("asked", EVENTUALLY, ids=lambda p: p.id)
def test_what_comes_in_the_end_does_not_come_without_fairness(asked: Property) -> None:
    """Each of them needs somebody to do something; the lasso that shows it is a run that never gets there."""
    naive = Naive(settled(), scope(*SMALL), quick=True)
    judge = Checker(naive.model, naive.scope)
    judge.explored = judge.space.explore()
    for number in range(len(asked.fair)):
        fewer = replace(asked, fair=asked.fair[:number] + asked.fair[number + 1 :])
        judgement = judge.judge(fewer)
        if judgement.trace is not None:
            reasons = [
                Waiting(naive, fewer, place).why_not(judgement.trace) for place in naive.scope.places(asked.each)
            ]
            assert "" in reasons
    idle = judge.judge(replace(asked, fair=()))
    assert idle.verdict == "violated"


def test_ids_are_short_and_never_change() -> None:
    """Commands, files, records and other people's scripts name properties by them."""
    recorded = (Path(__file__).parent.parent / "golden" / "property_ids.txt").read_text().split()
    known = {p.id: p for named in lifecycle().properties for p in (named, *named.by)} | {
        EVERY_OUTCOME.id: EVERY_OUTCOME
    }
    assert set(recorded) <= set(known), "an id was renamed or is gone"
    assert set(known) <= set(recorded), "a new id is not recorded"
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) and len(name) <= 50 for name in known)
