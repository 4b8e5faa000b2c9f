"""The search finds what an enumeration of all schedules without a tree and without pruning finds."""

from __future__ import annotations

from typing import Any

import pytest
from support.script_programs import InProcessPool, Program, Stopped, endless, execute, naive, stubborn, waiting

from backup_slr.api.emulated import emulated
from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse
from backup_slr.script_check.account_graph import AccountGraph, EnvironmentEvent, Schedule
from backup_slr.script_check.environment_walk import EnvironmentWalk
from backup_slr.script_check.schedule_search import ScheduleSearch, SearchResult
from backup_slr.script_check.schedule_text import read_schedule, schedule_text
from backup_slr.script_check.script_scenario import script_scenario
from backup_slr.script_check.script_verdict import ScriptVerdict, verdict_of

MOST = 25
ACCOUNTS = {
    "a vault": 'role = "present"\nvaults = [{ region = "us-east-1", name = "Default", points = 1 }]',
    "two vaults": (
        'role = "present"\nvaults = [{ region = "us-east-1", name = "a" },\n'
        '{ region = "us-east-1", name = "b", points = 1, job = true }]'
    ),
    "no vault": 'role = "present"',
    "no role": 'role = "absent"',
}


def graph_of(tmp_path: Any, account: str, throttling: bool = False) -> AccountGraph:
    file = tmp_path / "account.toml"
    file.write_text(f'title = "an account"\n[account]\n{ACCOUNTS[account]}\n')
    return AccountGraph(emulated(file).account().emulated, throttling=throttling)


class Plain:
    """One run under a schedule, from its start, without a tree: written again, to compare."""

    def __init__(self, graph: AccountGraph, program: Program, schedule: Schedule, stays_gone: bool) -> None:
        self.graph, self.schedule, self.calls = graph, schedule, 0
        self.state = self.earlier = graph.start
        self.reached = self.silenced = False
        self.options: list[tuple[EnvironmentEvent, ...]] = []
        ending = execute(program, self.answer, self.sleep)
        for _, event in self.due():
            self.go(graph.take(self.state, event))
        open_end = not ending.endless and ending.code == 0 and (stays_gone or not graph.at_goal(self.state))
        self.options.append(graph.acts(self.state) if open_end else ())
        self.go(graph.wait(self.state, 0))
        self.verdict = verdict_of(ending, graph.at_goal(self.state), self.reached)

    def due(self) -> Schedule:
        return tuple((at, event) for at, event in self.schedule if at == self.calls)

    def go(self, state: int) -> None:
        if state != self.state:
            self.state, self.earlier = state, self.state
            self.reached |= self.graph.at_goal(state)

    def sleep(self, seconds: float) -> None:
        self.go(self.graph.wait(self.state, seconds))

    def answer(self, request: HttpRequest) -> HttpResponse:
        if self.calls >= MOST:
            raise Stopped
        call = self.graph.read(request)
        about: EnvironmentEvent | None = None
        for _, event in self.due():
            if event.kind == "act":
                self.go(self.graph.take(self.state, event))
            else:
                about = event
        self.options.append(() if about else self.graph.events(self.state, self.earlier, call))
        late = about is not None and about.kind == "lag"
        answer, after = self.graph.answer(self.earlier if late else self.state, call, None if late else about)
        if not late:
            self.go(after)
        self.calls += 1
        return answer.response


def enumerated(graph: AccountGraph, program: Program, events: int, stays_gone: bool) -> dict[ScriptVerdict, int]:
    """For each verdict, the fewest events; every schedule is run."""
    fewest: dict[ScriptVerdict, int] = {}
    level: list[Schedule] = [()]
    for number in range(events + 1):
        following: list[Schedule] = []
        for schedule in level:
            run = Plain(graph, program, schedule, stays_gone)
            fewest.setdefault(run.verdict, number)
            first = schedule[-1][0] if schedule else 0
            for at in range(first, len(run.options)):
                following += [(*schedule, (at, event)) for event in run.options[at]]
        level = following
    return fewest


def searched(
    graph: AccountGraph, program: Program, events: int, stays_gone: bool
) -> tuple[ScheduleSearch, SearchResult]:
    walk = EnvironmentWalk(graph, stays_gone)
    search = ScheduleSearch(walk, InProcessPool(program).as_pool(), MOST)
    return search, search.all(events)


@pytest.mark.slow
@pytest.mark.parametrize("program", [naive, waiting, stubborn, endless])
@pytest.mark.parametrize(
    ("account", "stays_gone", "throttling", "events"),
    [
        ("a vault", False, False, 1),
        ("two vaults", True, False, 1),
        ("no vault", True, True, 1),
        ("no role", False, True, 1),
        ("no vault", False, False, 2),
        ("a vault", False, False, 2),
    ],
)
def test_an_enumeration_of_all_schedules_finds_the_same(
    tmp_path: Any, account: str, stays_gone: bool, throttling: bool, program: Program, events: int
) -> None:
    expected = enumerated(graph_of(tmp_path, account, throttling), program, events, stays_gone)
    search, found = searched(graph_of(tmp_path, account, throttling), program, events, stays_gone)
    assert {verdict: len(schedule) for verdict, schedule in found.first.items()} == expected
    assert found.complete
    assert found.schedules == found.pruned + sum(found.verdicts.values())
    for verdict, schedule in found.first.items():
        assert search.trace(schedule).verdict is verdict


def test_a_limit_of_schedules_is_reported(tmp_path: Any) -> None:
    search = ScheduleSearch(EnvironmentWalk(graph_of(tmp_path, "a vault")), InProcessPool(naive).as_pool(), MOST)
    assert not search.all(2, schedules=10).complete


def test_a_task_that_nobody_awaits_can_fail_after_the_last_call(tmp_path: Any) -> None:
    search, _ = searched(graph_of(tmp_path, "no vault"), naive, 0, False)
    schedule = read_schedule("2: list_resources via=console", search.walk.graph.account.lifecycle)
    run = search.trace(schedule)
    assert run.verdict is ScriptVerdict.SAYS_DONE
    assert (len(run.calls), run.last) == (2, (schedule[0][1],))
    run = search.trace(
        read_schedule("2: list_resources via=console; 2: finish_deletion_task", search.walk.graph.account.lifecycle)
    )
    assert run.last[1].told == "finish_deletion_task (fails: resources-remain)"


def test_a_schedule_can_be_written_and_read(tmp_path: Any) -> None:
    graph = graph_of(tmp_path, "two vaults", throttling=True)
    search, found = searched(graph, stubborn, 1, False)
    for schedule in found.first.values():
        assert read_schedule(schedule_text(schedule), graph.account.lifecycle) == schedule
        assert 'title = "a run"' in script_scenario(graph, search.trace(schedule), "a run")


def test_an_event_that_cannot_happen_is_reported(tmp_path: Any) -> None:
    search, _ = searched(graph_of(tmp_path, "no vault"), naive, 0, False)
    with pytest.raises(Exception, match="cannot happen before call 0"):
        search.trace(((0, EnvironmentEvent("lag")),))
    with pytest.raises(Exception, match="the script ends after 2 calls: no event before 9"):
        search.trace(((9, EnvironmentEvent("lag")),))


def test_a_script_that_is_not_deterministic_is_reported(tmp_path: Any) -> None:
    turns = iter(range(100))

    def fickle(sleep: Any) -> int:
        naive(sleep)
        if next(turns) % 2:
            sleep(60)
        return naive(sleep)

    graph = graph_of(tmp_path, "a vault")
    search = ScheduleSearch(EnvironmentWalk(graph), InProcessPool(fickle).as_pool(), MOST)
    with pytest.raises(Exception, match=r"after the same answers to its first \d calls.*a wait of 60 s"):
        search.all(2)
