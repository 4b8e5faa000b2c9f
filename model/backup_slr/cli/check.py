"""``backup-slr check``: check properties in every reachable state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from backup_slr.api.answers import Answer
from backup_slr.cli.command_options import CheckOptions
from backup_slr.cli.listings import properties_listed
from backup_slr.cli.parameters import blaming
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note
from backup_slr.cli.sensitivity import all_assumptions
from backup_slr.cli.size_note import note_of_size
from backup_slr.engine.spec.stated_property import stated_formulas
from backup_slr.errors import BadInput, Incompatible
from backup_slr.scenario.toml_source import is_folder

if TYPE_CHECKING:
    from backup_slr.engine.spec.lifecycle import Lifecycle
    from backup_slr.scenario.spec import Scenario


def scenario_files(folder: str | None) -> list[Path]:
    """The scenarios of a folder (None: those of ``simulations``, if it exists).

    Raises
    ------
    BadInput
        When the named folder does not exist.
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
    with ProgressBar() as bar, blaming("--property"):
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
