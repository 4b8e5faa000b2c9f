"""``backup-slr simulate``: run scenario files step by step and check what they expect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

from backup_slr.api.answers import Answer
from backup_slr.cli.bounds import because
from backup_slr.cli.command_options import SimulateOptions
from backup_slr.cli.files import together
from backup_slr.cli.listings import scenarios_listed
from backup_slr.cli.model_options import ModelOptions
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.render import note, write
from backup_slr.engine.core.model import parts_of
from backup_slr.errors import BadInput
from backup_slr.scenario import expected_failures
from backup_slr.scenario.examples import example
from backup_slr.scenario.explored_account import impossible_text, violated
from backup_slr.scenario.player import ScenarioRun, play
from backup_slr.scenario.run_report import checked_text, final_line, recorded, run_document, run_lines, trace_file
from backup_slr.scenario.scenario_file import load
from backup_slr.scenario.toml_source import is_folder


def simulate(options: SimulateOptions) -> Answer | int:
    """Run scenario files; a bad file does not stop the others."""
    if options.list:
        return scenarios_listed(options.files)
    if not options.files:
        raise UsageError("name scenario files or folders; 'backup-slr simulate --list' shows the examples")
    reject_unknown_parts(options.model)
    runs: list[ScenarioRun] = []
    bad = 0
    stopped = False
    for file in files_of(options.files):
        try:
            runs.append(play_file(file, options.model))
            if options.recorded:
                runs[-1].misses += _drifted(runs[-1])
        except BadInput as error:
            note(f"error: {error}")
            bad += 1
        except KeyboardInterrupt:
            note(f"{because()} in {file}; showing the runs before it")
            stopped = True
            break
    if bad and not (runs or stopped):
        return 3
    if options.record:
        _record(runs, stopped)
    return Answer(
        lambda: _lines(runs, options.quiet),
        lambda: {"schema_version": 1, "scenarios": [run_document(run) for run in runs]},
        code=130 if stopped else 3 if bad else int(not all(run.passed for run in runs)),
    )


def _record(runs: list[ScenarioRun], stopped: bool) -> None:
    """Write all runs next to their scenarios, or none."""
    if stopped:
        note("no run was recorded")
        return
    with together():
        for run in runs:
            write((recorded(run),), str(trace_file(run)))
    for run in runs:
        note(f"recorded {trace_file(run)}")


def files_of(names: Iterable[str]) -> Iterator[Path]:
    """Iterate over files; a folder stands for its scenarios, and those of its folder ``broken``."""
    for name in names:
        path = example(Path(name))
        found = [*sorted(path.glob("*.toml")), *sorted(path.glob("broken/*.toml"))] if is_folder(path) else []
        yield from found or [path]


def reject_unknown_parts(options: ModelOptions) -> None:
    """Reject values and parts that no file could use, before any is read: a scenario may name extensions with more.

    Raises `UsageError` when they exist neither in the rules nor with the extensions.
    """
    try:
        options.applied_to(options.table)
    except UsageError:
        names = ("all", *(one.name for one in options.lifecycle.extensions))
        if not any(_fits(replace(options, with_=(name,))) for name in names):
            raise


def _fits(options: ModelOptions) -> bool:
    try:
        options.applied_to(options.table)
    except UsageError:
        return False
    return True


def play_file(file: Path, options: ModelOptions) -> ScenarioRun:
    """Load and run one file; options of the command line add to those of the file.

    Raises `BadInput` when the file cannot be read, or a part to remove does not exist.
    """
    scenario = load(file, options.lifecycle)
    table = scenario.lifecycle.model
    assume, without = options.assumed(table), options.left_out(table)
    scenario = replace(
        scenario, assume={**scenario.assume, **assume}, without=tuple(dict.fromkeys([*scenario.without, *without]))
    )
    model = table.assuming(scenario.assume)
    for action, part in scenario.without:
        if part not in parts_of(model.rule(action)):
            raise BadInput(
                f"{action}/{part} cannot be removed: it exists only under other values of the assumptions", str(file)
            )
    run = play(scenario, model.without(scenario.without))
    run.misses += expected_failures.misses(run)
    _warn(run)
    return run


def _drifted(run: ScenarioRun) -> Iterator[str]:
    file = trace_file(run)
    try:
        before = file.read_text(encoding="utf-8")
    except OSError:
        yield f"{file} does not exist: record it with 'backup-slr simulate --record'"
        return
    after = recorded(run)
    if before != after:
        lines = unified_diff(before.splitlines(), after.splitlines(), "recorded", "now", lineterm="", n=1)
        yield "the run differs from its recording:\n" + "\n".join(f"    {line}" for line in lines)


def _warn(run: ScenarioRun) -> None:
    """Warn if a scenario starts in an unreachable state; it runs anyway."""
    for sentence in violated(run.machine.model, run.machine, run.initial):
        note(impossible_text(run.scenario.file, sentence))


def _lines(runs: list[ScenarioRun], quiet: bool) -> Iterator[str]:
    for run in runs:
        if not quiet or not run.passed:
            yield from run_lines(run)
            yield f"  {final_line(run)}"
        yield f"{'PASS' if run.passed else 'FAIL'} {run.scenario.file}: {checked_text(run)}"
        if not quiet:
            yield ""
    failed = sum(not run.passed for run in runs)
    if len(runs) > 1:
        yield f"{len(runs) - failed} passed, {failed} failed"
