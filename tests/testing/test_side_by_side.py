"""Long random runs of a large account: rules and oracle side by side, and what must hold all along."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from oracle import VALUES
from support.beside import Assumed, Pair, Size, asked_of_oracle, outcome, requests, settled
from support.naive import Naive

from backup_slr.engine.compile.interpreter import holds
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.trace import Taken
from backup_slr.lifecycle import lifecycle, scope

SIZES: list[Size] = [(3, 5, 4), (2, 3, None), (3, 5, None)]
ASSUMED = st.fixed_dictionaries({}, optional={name: st.sampled_from(values[1:]) for name, values in VALUES.items()})
ALWAYS: list[Property] = [p for p in lifecycle().properties if p.kind == "always"]
STEP: list[Property] = [p for p in lifecycle().properties if p.kind == "step"]
ACTIONS = [r.action for r in lifecycle().rules]


class SideBySide(RuleBasedStateMachine):
    """An account of the rules and one of the oracle, to which the same happens."""

    @initialize(assumed=st.just({}) | ASSUMED, size=st.sampled_from(SIZES))
    def begin(self, assumed: dict[str, str], size: Size) -> None:
        self.assumed: Assumed = tuple(sorted(assumed.items()))
        self.pair = Pair(size, self.assumed)
        self.naive = Naive(settled(self.assumed), scope(*size))
        self.asked = requests(size)
        self.state = self.pair.machine.initial
        assert self.pair.account.snapshot() == self.pair.snapshot(self.state)
        self.judge_state()

    @rule(data=st.data())
    def anything_at_all(self, data: st.DataObject) -> None:
        action = data.draw(st.sampled_from(ACTIONS))
        self.perform(data.draw(st.sampled_from([q for q in self.asked if q.action == action])))

    @rule(data=st.data())
    def something_that_changes_the_account(self, data: st.DataObject) -> None:
        step = self.pair.machine.step
        by_action: dict[str, list[Request]] = {}
        for request in self.asked:
            if step(self.state, request).state != self.state:
                by_action.setdefault(request.action, []).append(request)
        self.perform(data.draw(st.sampled_from(by_action[data.draw(st.sampled_from(sorted(by_action)))])))

    @precondition(lambda self: self.state[self.pair.layout.cell("role")] == 1)
    @rule(data=st.data(), succeeds=st.booleans())
    def backups_run_in_vaults_that_are_there(self, data: st.DataObject, succeeds: bool) -> None:
        cells = [place for variable, place in self.pair.layout.cells if variable.name == "vault"]
        places = [place for place in cells if self.state[self.pair.layout.cell("vault", place)]]
        if places:
            place = data.draw(st.sampled_from(places))
            self.perform(Request("start_job", place))
            self.perform(Request("finish_job", place, {"succeeds": int(succeeds)}))

    def perform(self, request: Request) -> None:
        """The same request to both."""
        before, step = self.state, self.pair.machine.step(self.state, request)
        said = self.pair.account.perform(request.action, *request.place, **asked_of_oracle(request))  # type: ignore[arg-type]
        assert outcome(step) == said
        assert self.pair.snapshot(step.state) == self.pair.account.snapshot()
        self.state = step.state
        self.judge_state()
        self.judge_step(Taken(request, step.outcome, step.guard, before, step.state))

    def judge_state(self) -> None:
        """Every *always* holds under the defaults."""
        if not self.assumed:
            here = self.naive.of_state(self.state, {})
            assert [p.id for p in ALWAYS if not holds(p.formula, here)] == []

    def judge_step(self, taken: Taken) -> None:
        """Every *step* holds under the defaults."""
        if not self.assumed:
            here = self.naive.of_step(taken, {})
            assert [p.id for p in STEP if not holds(p.formula, here)] == []


@pytest.mark.parametrize("dose", [12, pytest.param(80, marks=pytest.mark.slow)])
def test_rules_and_oracle_go_side_by_side(dose: int) -> None:
    run_state_machine_as_test(SideBySide, settings=settings(max_examples=dose, stateful_step_count=30))


def test_the_properties_that_are_checked_along_the_way_are_about_one_account() -> None:
    """None is judged at each place separately, so that one question answers it."""
    assert len(ALWAYS) >= 4
    assert len(STEP) >= 28
    assert not any(p.each or p.needs for p in (*ALWAYS, *STEP))
