"""``backup-slr check``: every reachable state explored, every property judged, every clause counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from backup_slr.api.answers import Answer
from backup_slr.cli.command_options import CheckOptions
from backup_slr.cli.options import DEFAULT_SCOPE, LIFECYCLE, SMALLEST_SCOPE, ScopeOptions
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note
from backup_slr.cli.sarif import place_of
from backup_slr.cli.sensitivity import all_assumptions, known_properties
from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.engine import conceivable, most_memory
from backup_slr.engine.check.exploration import Explored, Limits, Space
from backup_slr.engine.check.memory import MIB
from backup_slr.engine.check.results import EVERY_OUTCOME, Report
from backup_slr.engine.core.model import Model
from backup_slr.errors import BadInput
from backup_slr.report import check as reports
from backup_slr.report.coverage import Covered, coverage
from backup_slr.report.names import example_names
from backup_slr.report.sarif import Finding
from backup_slr.report.trace_text import asked_and_answered
from backup_slr.scenario.toml_source import is_folder

TOO_LARGE = "a scope of so many vaults or recovery points is too large to begin with; nothing is known of it"
SAFETY = ("always", "step", "sometimes")
EXIT = {"holds": 0, "violated": 1, "inconclusive": 5}


def scenario_files(folder: str | None) -> list[Path]:
    """The scenarios of a folder (None: those of ``simulations``, if it is there).

    Raises
    ------
    BadInput
        When a folder that was named is none.
    """
    path = Path("simulations" if folder is None else folder)
    if is_folder(path):
        return sorted(path.glob("*.toml"))
    if folder is not None:
        raise BadInput("is no folder of scenarios", folder)
    return []


def scenario_clauses(folder: str | None, table: Model | None = None) -> dict[str, tuple[str, ...]]:
    """The clauses that each scenario of a folder names; a file that cannot be read is skipped with a note."""
    found: dict[str, tuple[str, ...]] = {}
    for file in scenario_files(folder):
        try:
            from backup_slr.scenario.scenario_file import load

            found[file.stem] = load(file, table).clauses
        except BadInput as error:
            note(f"passed over: {error}")
    return found


def check(options: CheckOptions) -> Answer | int:
    """Explore everything, judge every property, and report clause by clause what reaches it."""
    asked = options.scope.filled(SMALLEST_SCOPE if options.all_assumptions else DEFAULT_SCOPE)
    if options.all_assumptions:
        return all_assumptions(options, asked)
    model = options.model.model
    only = _judged(options, model)
    covered = coverage(LIFECYCLE, model, scenario_clauses(options.scenarios, options.model.table))
    report = _report(options, asked, model, only)
    without = options.model.parts
    interrupted = report.stopped == "interrupted"
    return Answer(
        lambda: _lines(report, covered, options, asked),
        lambda: reports.check_document(LIFECYCLE, report, covered, without),
        findings=lambda: _findings(report),
        note="interrupted: what was found so far is what you see" if interrupted else "",
        code=130 if interrupted else EXIT[report.verdict],
    )


def _judged(options: CheckOptions, model: Model) -> tuple[str, ...]:
    """The names of the properties that are judged; nothing stands for all of them."""
    ids = known_properties(options.property, model)
    if not options.safety:
        return options.property
    kinds = {p.id for p in (*model.properties, EVERY_OUTCOME) if p.kind in SAFETY}
    only = tuple(name for name in ids if name in kinds and name in (options.property or ids))
    if not only:
        raise UsageError("--safety: none of the properties asked for is one of safety")
    return only


def _report(options: CheckOptions, asked: ScopeOptions, model: Model, only: tuple[str, ...]) -> Report:
    if asked.too_large():
        note(TOO_LARGE)
        return Report(model, asked.scope, Explored([[0]], stopped="states"), (), (), None, 0.0)
    limits = options.bounds.limits(asked)
    judge = Checker(model, asked.scope, options.engine.settings)
    _warn_of_size(judge.space, options, limits)
    with ProgressBar() as bar:
        return judge.check(limits, bar.explored, only, bar.judging)


def _warn_of_size(space: Space, options: CheckOptions, limits: Limits) -> None:
    """Warn beforehand if the states may take more memory than there is."""
    need, there = most_memory(space, options.engine.settings), limits.memory
    if there is not None and need > there:
        note(
            f"a scope of up to {count_text(conceivable(space))} states: if all were reached, they would take "
            f"{size_text(need)} of memory, and {size_text(there)} may be used (--max-memory); it goes as far as it can"
        )


def size_text(size: int) -> str:
    """An amount of memory in words."""
    if size < 10_000 * MIB:
        return f"{size / MIB:,.0f} MiB"
    return f"{count_text(size // (1024 * MIB))} GiB"


def count_text(number: int) -> str:
    """A number in digits, or by its power of ten if those would be too many."""
    return f"{number:,}" if number < 10**12 else f"10^{len(str(number)) - 1}"


def _findings(report: Report) -> Iterator[Finding]:
    for j in report.results:
        if j.verdict == "violated":
            sentence = j.property.sentence
            yield Finding(
                j.property.id,
                f"Violated: {sentence}.",
                f"{sentence}.",
                j.trace.steps[-1].request.action if j.trace and j.trace.steps else "",
                "error",
                *place_of(f'"{sentence}"', "properties/invariants", "properties/responses", "properties/behaviors"),
                clauses=j.property.clauses,
                trace=asked_and_answered(j.trace, example_names(LIFECYCLE, report.scope)) if j.trace else (),
            )


def _lines(report: Report, covered: list[Covered], options: CheckOptions, asked: ScopeOptions) -> Iterator[str]:
    yield f"verdict      {report.verdict}"
    if options.model.rules is not None:
        yield f"rules        {options.model.rules}"
    yield from reports.summary_lines(LIFECYCLE, report, options.model.parts)
    if report.outcomes:
        yield from reports.way_lines(report)
    yield ""
    yield "properties"
    yield from reports.property_lines(report)
    again = " ".join(["backup-slr check", *asked.arguments(), *options.model.arguments()])
    ids = [j.property.id for j in report.results]
    yield from reports.failure_lines(LIFECYCLE, report, {name: f"{again} --property {name}" for name in ids})
    if not options.property:
        yield ""
        yield "clauses, and what reaches them"
        yield from reports.clause_lines(covered)
