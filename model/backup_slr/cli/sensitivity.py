"""``backup-slr check --all-assumptions``: the properties that depend on an assumption."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from math import prod

from backup_slr.api.answers import Answer, exit_code
from backup_slr.api.assumed_model import MOST_CHECKED
from backup_slr.api.checkable_model import TOO_LARGE
from backup_slr.api.telling import place_of
from backup_slr.cli.bounds import because
from backup_slr.cli.command_options import CheckOptions
from backup_slr.cli.model_options import LIFECYCLE
from backup_slr.cli.options import SMALLEST_SCOPE
from backup_slr.cli.parameters import blaming
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note
from backup_slr.engine.check.sensitivity import Sensitivity, Variation, readings
from backup_slr.engine.check.workers import LOST
from backup_slr.engine.spec.stated_property import stated_formulas
from backup_slr.report.sarif import Finding
from backup_slr.report.scopes import too_small_lines
from backup_slr.report.sensitivity import SensitivityReport, sensitivity_document, sensitivity_lines
from backup_slr.report.trace_text import asked_and_answered


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
        findings=lambda: _findings(answer),
        note=why,
        code=code or exit_code(answer.verdict),
    )


def _findings(answer: SensitivityReport) -> Iterator[Finding]:
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
