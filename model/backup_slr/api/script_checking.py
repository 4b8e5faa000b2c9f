"""Checks of scripts: a clean-up script is run against every schedule of the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backup_slr.api.account import Account
from backup_slr.api.answers import Answer
from backup_slr.api.emulated import emulated
from backup_slr.endpoint.emulated_aws import EmulatedAws
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP
from backup_slr.script_check.account_graph import AccountGraph
from backup_slr.script_check.environment_walk import EnvironmentWalk
from backup_slr.script_check.host_pool import HostPool
from backup_slr.script_check.schedule_search import ScheduleSearch
from backup_slr.script_check.schedule_text import read_schedule
from backup_slr.script_check.script_kind import host_of
from backup_slr.script_check.script_report import (
    ScriptCheck,
    by_severity,
    good_verdicts,
    replay_document,
    run_lines,
    script_document,
    script_lines,
    script_markdown,
)
from backup_slr.script_check.script_scenario import script_scenario
from backup_slr.script_check.script_verdict import JudgedRun

JOBS = min(2, os.cpu_count() or 1)


@dataclass(frozen=True)
class ScriptAnswer(Answer):
    """The result of a checked script.

    Attributes
    ----------
    copes
        Whether every schedule within the bounds was run and ended well.
    schedules
        How many were followed.
    verdicts
        How many runs ended in which way.
    failing
        The shortest failing run of each verdict, the shortest first.
    """

    copes: bool = False
    schedules: int = 0
    verdicts: Mapping[str, int] = field(default_factory=dict[str, int])
    failing: Sequence[JudgedRun] = field(default=(), repr=False)
    written: Callable[[JudgedRun], str] = field(default=lambda run: "", repr=False)

    def scenario(self) -> str:
        """The shortest failing run as a scenario that `simulate` runs; with `replay`, the run itself.

        Raises
        ------
        BadInput
            When no run fails.
        """
        if not self.failing:
            raise BadInput("no schedule fails: there is no scenario")
        return self.written(self.failing[0])


def check_script(
    script: str | Path,
    account: str | Path | Account | EmulatedAws | None = None,
    *,
    arguments: Sequence[str] = (),
    events: int = 2,
    stays_gone: bool = False,
    throttling: bool = False,
    page: int | None = None,
    replay: str | None = None,
    calls: int = 400,
    schedules: int = 1_000_000,
    seconds: float = 30,
    jobs: int = JOBS,
    progress: Callable[[int, int], None] = lambda schedules, runs: None,
    assume: Mapping[str, str] | None = None,
    extensions: Iterable[str] = (),
    lifecycle: Lifecycle = BACKUP,
) -> ScriptAnswer:
    """Run a script against every schedule of the environment with at most some events.

    Before each call of the script the environment may act: a job starts or ends, a deletion collides, a task ends, a
    list shows the state before the last change, another person uses the console. While the script sleeps, running jobs
    and tasks end. If it ends with exit code 0 before the goal is reached, the environment may act until then.

    The script runs as the user runs it: it can change files. It reaches no account of AWS.

    Parameters
    ----------
    script, arguments
        A Python program, which runs in a process of its own with the clock of the model; or another program that can
        be executed and uses ``AWS_ENDPOINT_URL``.
    account
        The account in which it starts; see `aws`.
    events
        The largest number of events in a schedule.
    stays_gone
        Whether the role must not exist at the end; a role that was deleted may be created again by default. The
        environment then acts after the last call of every run that reports success.
    throttling
        Whether calls can be throttled: one attempt, or each until the client gives up.
    page
        The largest number of elements on a page of a list, as AWS may send fewer than a client asks for; None: as the
        client asks.
    replay
        Run only this schedule, as an earlier result printed it.
    calls
        A run with more calls does not end.
    schedules
        The largest number of schedules.
    seconds
        A run without a call or a wait for this time does not end.
    jobs
        The number of processes that run the script.
    progress
        Called with the numbers of schedules and of runs.
    assume, extensions, lifecycle
        The rules, as for `load`.

    Raises
    ------
    BadInput
        When the script cannot be run, or is not deterministic.
    MissingTool
        When a library of the extra ``serve`` is not installed.

    Notes
    -----
    The threads of a Python script run in turns: each until it calls AWS, waits or ends. Other orders of their calls are
    not tried. Several processes at once have no fixed order, and are reported as not deterministic. Programs that a
    Python script starts reach no account. A program that is neither Python nor a shell script waits in real time, or
    sixty times as fast where libfaketime is installed (not if it is linked statically); its clock starts at the time of
    the model and goes on by itself, and the environment does not know that it waits. The report says so.

    Examples
    --------
    >>> import tempfile
    >>> script = Path(tempfile.mkdtemp()) / "forgets.py"
    >>> _ = script.write_text('import boto3; boto3.client("iam").get_role(RoleName="AWSServiceRoleForBackup")')
    >>> check_script(script, events=0, jobs=1).verdicts
    {'gone-but-fails': 1}
    """
    module, command, note = host_of(Path(script), arguments)
    made = account
    if not isinstance(made, EmulatedAws):
        made = emulated(made, assume=assume, extensions=extensions, lifecycle=lifecycle)
    schedule = None if replay is None else read_schedule(replay, made.lifecycle)
    throttled = throttling or any(event.kind.startswith("throttle") for _, event in schedule or ())
    graph = AccountGraph(made.account().emulated, throttling=throttled, page=page)
    walk, good = EnvironmentWalk(graph, stays_gone), good_verdicts(stays_gone)

    def written(run: JudgedRun) -> str:
        return script_scenario(graph, run, f"{Path(script).name}: {run.verdict.value}")

    with HostPool(module, command, jobs, seconds) as pool:
        search = ScheduleSearch(walk, pool, calls, progress)
        search.deterministic()
        if schedule is not None:
            run = search.trace(schedule)
            return ScriptAnswer(
                lambda: (*run_lines(run), *filter(None, [note])),
                lambda: replay_document(str(script), run, run.verdict in good),
                code=0 if run.verdict in good else 1,
                copes=run.verdict in good,
                schedules=1,
                verdicts={run.verdict.value: 1},
                failing=(run,),
                written=written,
            )
        result = search.all(events, schedules)
        bad = [(verdict, len(first)) for verdict, first in result.first.items() if verdict not in good]
        failing = [search.trace(result.first[verdict]) for verdict in by_severity(bad)]
    check = ScriptCheck(str(script), events, result, failing, stays_gone, note)
    return ScriptAnswer(
        lambda: script_lines(check),
        lambda: script_document(check) | ({"scenario": written(failing[0])} if failing else {}),
        lambda: script_markdown(check),
        code=check.code,
        copes=check.code == 0,
        schedules=result.schedules,
        verdicts={verdict.value: number for verdict, number in result.verdicts.items()},
        failing=failing,
        written=written,
    )
