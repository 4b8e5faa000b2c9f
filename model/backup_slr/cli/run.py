"""``backup-slr run``: simulate runbooks many times in an account, with exact results where they exist."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shlex import quote
from types import ModuleType
from typing import Any

from backup_slr.api.answers import Answer
from backup_slr.api.starting import load_busy_account
from backup_slr.cli.bounds import because
from backup_slr.cli.command_options import RunOptions
from backup_slr.cli.files import together
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.render import note, write, write_answer, write_bytes
from backup_slr.cli.run_progress import code_of, gather, study_of, why
from backup_slr.cli.sweep import sweep
from backup_slr.engine.check.exploration import Exhausted
from backup_slr.errors import BadInput, MissingTool, quoted
from backup_slr.runbook import MAX_STATES, MAX_STEPS, cloudtrail, to_scenario
from backup_slr.runbook.experiment import Chunk, Study, dispatch_of, recorded
from backup_slr.runbook.markov.markov_chain import NoAnswer
from backup_slr.runbook.markov.solve import Exact, exact
from backup_slr.runbook.runbook_file import load
from backup_slr.runbook.study_document import RunbookResult, results_of, study_document
from backup_slr.runbook.study_report import study_lines
from backup_slr.scenario.examples import example
from backup_slr.scenario.toml_source import is_folder

PICTURES = (".svg", ".png")
ONE = ("scenario_out", "cloudtrail", "plot_timeline", "report")
"""Options that write a file about one run."""
FILES = ("scenario_out", "cloudtrail", "plot_timeline", "csv", "plot", "plot_calls", "report")
"""Options that write a file in addition to the result."""


def option_name(name: str) -> str:
    """Return the name of the option for a field."""
    return f"--{name.replace('_', '-')}"


def run(options: RunOptions) -> Answer | int:
    """Simulate runbooks, report the results, and write the requested files."""
    options = replace(options, runbooks=tuple(file for name in options.runbooks for file in _files(name)))
    _check(options)
    model, environment = options.model, load_busy_account(options.account, options.model.lifecycle)
    table = environment.lifecycle.model
    environment = environment.assuming(model.assumed(table), tuple(model.left_out(table)))
    if options.fleet is not None and environment.fleet is None:
        raise BadInput("no [fleet]: describe how accounts differ, e.g. vault = 0.8 (its probability)", options.account)
    if options.sweep is not None:
        return sweep(options, environment)
    study = study_of(
        options,
        [load(str(example(Path(file))), lifecycle=environment.lifecycle) for file in options.runbooks],
        environment,
    )
    study.check()
    chunk, stopped = gather(study, options)
    if chunk is None:
        note(why(stopped, " before any run was done"))
        return code_of(stopped)
    found = results_of(study, chunk, _exact_answers(study, options, stopped))
    # Files come first, because the reader of stdout may stop early. If one cannot be written, stdout gets the results.
    unwritten: BaseException | None = None
    try:
        with together():
            _write_files(study, chunk, found, options)
    except (BadInput, MissingTool, Exhausted) as error:
        unwritten = error
    finally:
        about = study, found, chunk.number
        write_answer(
            Answer(lambda: study_lines(*about, options.verbose), lambda: study_document(*about)), "run", options.output
        )
    if stopped is not None:
        how = (
            f"the same command continues from {options.resume}"
            if options.resume
            else "use --resume FILE to save finished runs"
        )
        note(f"{why(stopped)}; these are the first {chunk.number:,} of {study.total:,} runs; {how}")
    if unwritten is not None and str(unwritten) != str(stopped):
        note(f"error: {because() if isinstance(unwritten, Exhausted) else unwritten}")
    return code_of(stopped or unwritten)


def _files(name: str) -> list[str]:
    """Return a file; of a folder, all runbooks in it."""
    folder = example(Path(name))
    if not is_folder(folder):
        return [name]
    found = [str(Path(name) / file.name) for file in sorted(folder.glob("*.toml"))]
    if not found:
        raise BadInput("a folder without runbooks (*.toml)", name)
    return found


def _exact_answers(study: Study, options: RunOptions, stopped: BaseException | None) -> list[Exact | NoAnswer]:
    """Return the exact results of each runbook, as long as time is left."""
    found: list[Exact | NoAnswer] = []
    try:
        if not isinstance(stopped, Exhausted):
            found += (exactly(study, i, options.max_states) for i in range(len(study.books)))
    except Exhausted:
        pass
    return found + [NoAnswer("no time was left")] * (len(study.books) - len(found))


def _check(options: RunOptions) -> None:
    if options.run is not None and not any(getattr(options, name) for name in ONE):
        raise UsageError(f"--run goes with {', '.join(map(option_name, ONE))}")
    if options.goal is not None and options.sweep is None:
        raise UsageError("--goal goes with --sweep")
    if options.executor == "dask" and options.scheduler is None:
        raise UsageError("--executor dask needs --scheduler ADDRESS, e.g. tcp://127.0.0.1:8786")
    if options.scheduler is not None and options.executor != "dask":
        raise UsageError("--scheduler goes with --executor dask")
    for name in ("plot", "plot_calls", "plot_timeline"):
        file = getattr(options, name)
        if file is not None and Path(file).suffix.lower() not in PICTURES:
            raise UsageError(f"{option_name(name)}: a file that ends in {' or '.join(PICTURES)}, not {file!r}")
    _check_files(options)
    names = [Path(file).stem for file in options.runbooks]
    if len(set(names)) < len(names):
        raise UsageError("two runbooks have the same name; use different names")
    if options.sweep is not None:
        if len(names) != 1:
            raise UsageError("--sweep goes with one runbook")
        for name in (*FILES, "resume"):
            if getattr(options, name):
                raise UsageError(f"--sweep and {option_name(name)} do not go together")


def _check_files(options: RunOptions) -> None:
    """Check that every output goes to a different file, none overwrites an input, and stdout gets one output."""
    taken: dict[str, str] = {}
    for option, name in (
        *(("RUNBOOK", file) for file in options.runbooks),
        ("--account", options.account),
        ("--rules", options.model.rules),
        ("--output", options.output.output),
        *((option_name(name), getattr(options, name)) for name in (*FILES, "resume")),
    ):
        if name is None:
            continue
        if not name:
            raise UsageError(f"{option}: the name of a file cannot be empty")
        if name == "-":
            if option in ("--scenario-out", "--cloudtrail", "--report") and options.output.output not in (None, "-"):
                name = "/dev/stdout"
            elif option != "--output":
                raise UsageError(f"{option}: name a file; stdout has the result")
        file = os.path.realpath(name)
        if option.startswith("--") and file in taken and not file.startswith("/dev/null"):
            raise UsageError(f"{option} and {taken[file]} cannot both be {quoted(name)}")
        taken[file] = option


def exactly(study: Study, number: int, most: int) -> Exact | NoAnswer:
    """Return the exact results of a runbook, or why there are none."""
    if study.fleet is not None:
        return NoAnswer("the account differs from run to run")
    try:
        return exact(dispatch_of(study, number), study.limits(study.books[number]), most)
    except NoAnswer as why:
        return why


def _picture(target: str, draw: Callable[[ModuleType], Any]) -> None:
    """Import the plots, draw, and write the picture."""
    from backup_slr.runbook import plots

    write_bytes(plots.picture(draw(plots), Path(target).suffix.lower()[1:]), target)


def _write_files(study: Study, chunk: Chunk, found: list[RunbookResult], options: RunOptions) -> None:
    """Write the files about all runs, then those about one run, which may take too many steps."""
    names = study.environment.names
    if options.plot:
        _picture(options.plot, lambda plots: plots.curves(study, found))
    if options.plot_calls:
        _picture(options.plot_calls, lambda plots: plots.calls(found))
    if not any(getattr(options, name) for name in ONE):
        return
    number = options.run or 0
    one = recorded(study, 0, number)
    title = f"{study.books[0].title}: run {number} of seed {study.seed}"
    if options.scenario_out:
        write((to_scenario.scenario_text(one, title, names),), options.scenario_out)
    if options.cloudtrail:
        write((cloudtrail.log_text(one, names),), options.cloudtrail)
    if options.plot_timeline:
        _picture(options.plot_timeline, lambda plots: plots.timeline(one, names, title))
    if options.report:
        from backup_slr.runbook import html

        write((html.page(study, found, one, title, chunk.number, command_line(options)),), options.report)


def command_line(options: RunOptions) -> str:
    """Return the command line that reproduces the results."""
    parts = ["backup-slr run", *map(quote, options.runbooks), "--account", quote(options.account)]
    usual = {"max_states": MAX_STATES, "max_steps": MAX_STEPS}
    for name in ("runs", "seed", "deadline", "fleet", "run", "max_states", "max_steps"):
        value = getattr(options, name)
        if value is not None and value != usual.get(name):
            parts.append(f"{option_name(name)} {value}")
    parts += ["--stays-gone"] if options.stays_gone else []
    parts += [f"--rules {quote(options.model.rules)}"] if options.model.rules is not None else []
    parts += [f"--with {quote(names)}" for names in options.model.with_]
    parts += [f"--edition {quote(name)}" for name in options.model.edition]
    parts += [f"--assume {quote(value)}" for value in options.model.assume]
    parts += [f"--without {quote(value)}" for value in options.model.without]
    if options.report:
        parts += ["--report", quote(options.report)]
    return " ".join(parts)
