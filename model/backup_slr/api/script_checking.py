"""Checks of scripts: a clean-up script is run against every schedule of the environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from backup_slr.script_check.schedule_search import ScriptRun, judged, search
from backup_slr.script_check.schedule_text import read_schedule
from backup_slr.script_check.script_report import ScriptCheck, run_lines, script_document, script_lines
from backup_slr.script_check.script_scenario import script_scenario


@dataclass(frozen=True)
class ScriptAnswer(Answer):
    """The result of a checked script.

    Attributes
    ----------
    copes
        Whether every schedule within the bounds was run and ended well.
    schedules
        How many were run.
    verdicts
        How many runs ended in which way.
    """

    copes: bool = False
    schedules: int = 0
    verdicts: Mapping[str, int] = field(default_factory=dict[str, int])
    check: ScriptCheck | None = field(default=None, repr=False)

    def scenario(self) -> str:
        """The shortest failing run as a scenario that `simulate` runs.

        Raises
        ------
        BadInput
            When no run fails.
        """
        if self.check is None or not self.check.failing:
            raise BadInput("no schedule fails: there is no scenario")
        run = self.check.failing[0]
        return script_scenario(self.check.graph, run, f"{self.check.script}: {run.verdict.value}")


def check_script(
    script: str | Path,
    account: str | Path | Account | EmulatedAws | None = None,
    *,
    arguments: Sequence[str] = (),
    events: int = 2,
    stays_gone: bool = False,
    replay: str | None = None,
    calls: int = 400,
    schedules: int = 100_000,
    assume: Mapping[str, str] | None = None,
    extensions: Iterable[str] = (),
    lifecycle: Lifecycle = BACKUP,
) -> ScriptAnswer:
    """Run a script against every schedule of the environment with at most some events.

    Before each call of the script the environment may act: a job starts or ends, a deletion collides, a list shows the
    state before the last change, another person uses the console. While the script sleeps, jobs and tasks end.

    Parameters
    ----------
    script, arguments
        A Python program that uses boto3 or botocore; it is run in this process.
    account
        The account in which it starts; see `aws`.
    events
        The largest number of events in a schedule.
    stays_gone
        Whether the role must not exist at the end; otherwise it may have been created again.
    replay
        Run only this schedule, as an earlier result printed it.
    calls
        A run with more calls does not end.
    schedules
        The largest number of runs.
    assume, extensions, lifecycle
        The rules, as for `load`.

    Raises
    ------
    BadInput
        When the script cannot be read, or is not deterministic.
    """
    from backup_slr.script_check.python_runner import PythonRunner

    runner = PythonRunner(Path(script), arguments)
    made = account
    if not isinstance(made, EmulatedAws):
        made = emulated(made, assume=assume, extensions=extensions, lifecycle=lifecycle)
    graph = AccountGraph(made.account().emulated)
    schedule = () if replay is None else read_schedule(replay, made.lifecycle)
    first, second = (ScriptRun(graph, schedule, {}, 0, calls) for _ in range(2))
    ending = runner.run(first)
    runner.run(second)
    if first.history != second.history:
        raise BadInput(f"{script}: is not deterministic: two runs with the same answers made different calls")
    if replay is not None:
        run = judged(first, ending)
        return ScriptAnswer(lambda: run_lines(run), lambda: {"schema_version": 1}, code=0)
    check = ScriptCheck(str(script), events, search(graph, runner, events, calls, schedules), graph, stays_gone)
    return ScriptAnswer(
        lambda: script_lines(check),
        lambda: script_document(check),
        code=check.code,
        copes=check.code == 0,
        schedules=check.result.schedules,
        verdicts={verdict.value: number for verdict, number in check.result.verdicts.items()},
        check=check,
    )
