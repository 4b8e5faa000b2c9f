"""``backup-slr check``: check properties in every reachable state."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from backup_slr.api.answers import Answer, exit_code
from backup_slr.api.assumed_model import MOST_CHECKED
from backup_slr.api.checkable_model import TOO_LARGE
from backup_slr.api.telling import place_of
from backup_slr.cli.bounds import because
from backup_slr.cli.command_options import CheckOptions
from backup_slr.cli.listings import properties_listed
from backup_slr.cli.model_options import LIFECYCLE
from backup_slr.cli.options import SMALLEST_SCOPE
from backup_slr.cli.parameters import blaming
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note
from backup_slr.cli.size_note import note_of_size
from backup_slr.engine.check.sensitivity import Sensitivity, Variation, readings
from backup_slr.engine.check.workers import LOST
from backup_slr.engine.spec.stated_property import stated_formulas
from backup_slr.errors import BadInput, Incompatible
from backup_slr.report.sarif import Finding
from backup_slr.report.scopes import too_small_lines
from backup_slr.report.sensitivity import SensitivityReport, sensitivity_document, sensitivity_lines
from backup_slr.report.trace_text import asked_and_answered
from backup_slr.scenario.toml_source import is_folder

if TYPE_CHECKING:
    from backup_slr.engine.spec.lifecycle import Lifecycle
    from backup_slr.scenario.spec import Scenario


def scenario_files(folder: str | None) -> list[Path]:
    """The scenarios of a folder (None: those of ``simulations``, if it exists).

    Raises `BadInput` when the named folder does not exist.
    """
    path = Path("simulations" if folder is None else folder)
    if is_folder(path):
        return sorted(path.glob("*.toml"))
    if folder is not None:
        raise BadInput("not a folder of scenarios", folder)
    return []


def scenarios(folder: str | None, lifecycle: Lifecycle) -> Iterator[Scenario]:
    """The scenarios of a folder; a file that cannot be read is skipped with a note."""
    from backup_slr.scenario.scenario_file import load

    for file in scenario_files(folder):
        try:
            yield load(str(file), lifecycle)
        except Incompatible:
            continue  # it is about other extensions
        except BadInput as error:
            note(f"skipped {error}")


def scenario_clauses(folder: str | None, lifecycle: Lifecycle) -> dict[str, tuple[str, ...]]:
    """The clauses that each scenario of a folder cites."""
    return {Path(scenario.file).stem: scenario.clauses for scenario in scenarios(folder, lifecycle)}


def check(options: CheckOptions) -> Answer | int:
    """Check properties in every reachable state."""
    if options.list:
        return properties_listed(options.model.model)
    if options.all_assumptions:
        return all_assumptions(options)
    limits = options.bounds.limits(options.scope)
    role, names = options.stated.added_to(options.model.role, options.property)
    # Without a table of clauses, nothing shows the scenarios, and reading them takes as long as a small check.
    shown = options.clauses or options.scenarios or options.output.form != "text"
    cited = scenario_clauses(options.scenarios, options.model.lifecycle) if shown else {}
    formulas = partial(stated_formulas, role.model.properties)
    with ProgressBar() as bar, blaming("--property" if options.property else "--safety"):
        answer = role.check(
            *names,
            engine=options.engine.settings,
            safety=options.safety,
            scenarios=cited,
            limits=limits,
            progress=bar.explored,
            judging=bar.judging,
            exploring=partial(note_of_size, role, ("check",), formulas, options.engine.settings, limits),
            **options.scope.given,
        )
    lines = partial(answer.lines, verbose=options.verbose, clauses=options.clauses)
    return replace(answer, text=lines)


# ---------------------------------------------------------------- all assumptions


def all_assumptions(options: CheckOptions) -> Answer | int:
    """Check every property under every value of every assumption, alone and in pairs."""
    role, names = options.stated.added_to(options.model.every_reading, options.property)
    with blaming("--property"):
        only = role.property_ids(names)
    formulas = stated_formulas(role.table.properties, only)
    smallest = dict(zip(options.scope.numbers, SMALLEST_SCOPE, strict=True))
    asked = role.scope_for(formulas, options.scope.given, smallest)
    for line in too_small_lines(LIFECYCLE, asked, formulas):
        note(line)
    if prod(asked.sizes.values()) > MOST_CHECKED:
        note(TOO_LARGE)
        return 5
    sensitivity = Sensitivity(role.table, asked, options.bounds.limits(options.scope), only)
    combinations = readings(role.table)
    began = time.monotonic()
    found: list[Variation] = []
    code, why = 0, ""
    try:
        with ProgressBar("combinations", len(combinations)) as bar:
            for one in bar.over(sensitivity.judge_all(combinations)):
                found.append(one)
    except KeyboardInterrupt:
        code, why = 130, f"{because()}; showing partial results"
    except BrokenProcessPool:
        code, why = 5, f"{LOST}: {len(found):,} of {len(combinations):,} combinations were checked"
    answer = SensitivityReport(
        options.model.lifecycle,
        sensitivity,
        found,
        combinations,
        options.model.parts,
        time.monotonic() - began,
        code == 130,
    )
    return Answer(
        lambda: sensitivity_lines(answer),
        lambda: sensitivity_document(answer),
        findings=lambda: _dependences(answer),
        note=why,
        code=code or exit_code(answer.verdict),
    )


def _dependences(answer: SensitivityReport) -> Iterator[Finding]:
    """Each dependency, as a note: a property that depends on an assumption is not an error."""
    for d in answer.alone:
        name, value = d.taken[0]
        sentence = d.property.sentence
        yield Finding(
            d.property.id,
            f"Depends on an assumption: {d.verdict} under {name}={value}. {sentence}.",
            f"{sentence}.",
            f"{name}={value}",
            "note",
            *place_of(f'"{name}"', "assumptions"),
            clauses=d.property.clauses,
            trace=asked_and_answered(d.trace, answer.names) if d.trace else (),
        )
