"""``backup-slr diff OLD NEW``: two tables of rules compared by what they answer."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from backup_slr.api.answers import Answer
from backup_slr.cli.command_options import DiffOptions, TableOptions
from backup_slr.cli.options import DEFAULT_SCOPE, LIFECYCLE, ReadingOptions, ScopeOptions
from backup_slr.cli.parameters import Parser, UsageError
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note
from backup_slr.cli.sarif import place_of
from backup_slr.engine.core.model import Model
from backup_slr.engine.diff.table_diff import Prove, diff_tables
from backup_slr.engine.prove import available
from backup_slr.engine.serialize.compatibility import load
from backup_slr.errors import BadInput, MissingTool, install, quoted
from backup_slr.lifecycle import BACKUP
from backup_slr.report import diff as reports
from backup_slr.report.sarif import Finding

EXIT = {"equivalent": 0, "different": 1, "inconclusive": 5}
NOW = "now"
"""Stands for the table of this very program."""


def diff(options: DiffOptions) -> Answer:
    """Compare two tables, and find for each action that differs the shortest way to see it."""
    asked = _scopes(options.scope)
    names = options.old, options.new
    old, new = (table_of(name, options.readings) for name in names)
    limits = options.bounds.limits(options.scope)
    try:
        with ProgressBar() as bar:
            scopes = [each.scope for each in asked]
            found = diff_tables(old, new, scopes, limits, bar.explored, _alike(options.bounds.timeout))
    except ValueError as error:
        raise BadInput(str(error), f"{options.old} and {options.new}") from None
    interrupted = found.stopped == "interrupted"
    return Answer(
        lambda: reports.comparison_lines(LIFECYCLE, found, *names),
        lambda: reports.comparison_document(LIFECYCLE, found, *names),
        lambda: reports.comparison_markdown(LIFECYCLE, found, *names),
        lambda: map(_placed, reports.comparison_findings(LIFECYCLE, found)),
        note="interrupted: what was found so far is what you see" if interrupted else "",
        code=130 if interrupted else EXIT[found.verdict],
    )


def _placed(finding: Finding) -> Finding:
    file, line = place_of(f'"{finding.subject}",', "rules")
    return replace(finding, file=file, line=line)


def _scopes(asked: ScopeOptions) -> list[ScopeOptions]:
    """The scope that the options name, or several small ones."""
    none = set(asked.numbers.values()) == {None}
    found = [asked.filled(numbers) for numbers in (LIFECYCLE.small_scopes if none else (DEFAULT_SCOPE,))]
    for each in found:
        if each.too_large():
            raise UsageError(f"{' '.join(each.arguments())}: too many places to begin with")
    return found


def _alike(seconds: float | None) -> Prove | None:
    if not available():
        note(f"z3 is not installed: only these scopes are known; for every size: {install('prove')}")
        return None
    from backup_slr.engine.prove.equivalence import RuleEquivalence

    return RuleEquivalence(None if seconds is None else time.monotonic() + seconds)


def table_of(name: str, readings: ReadingOptions) -> Model:
    """The table that a name means, with all of its readings, where those that were asked for are noted.

    The name may bring options of its own.

    >>> model = table_of("now --assume efs-vault=never", ReadingOptions()).assuming()
    >>> dict(model.assumed)["efs-vault"]
    'never'
    """
    if " --" in name and not os.path.isfile(name):
        try:
            own = Parser("backup-slr diff", TableOptions).options_of(shlex.split(name))
        except (ValueError, UsageError) as error:
            raise UsageError(f"{quoted(name)}: {error}") from None
        name = own.name
        readings = ReadingOptions(readings.assume + own.readings.assume, readings.without + own.readings.without)
    table = _named(name)
    try:
        return readings.applied_to(table)
    except KeyError as error:
        raise BadInput(f"has no {error}", name) from None


def _named(name: str) -> Model:
    """The table that a name means: that of a file, of a git revision, or of this program (``now``).

    Raises
    ------
    BadInput
        When it is neither, or its table cannot be used.
    """
    if name == NOW:
        return LIFECYCLE.model
    if os.path.isfile(name) or name.endswith(".json"):
        return load(name, BACKUP, every_action=False)
    return _of_revision(name)


def _of_revision(revision: str) -> Model:
    """The table of the program as it was at a revision: it prints its rules itself, in a folder of its own."""
    top = _git("rev-parse", "--show-toplevel", why=f"{quoted(revision)} is no file, and here is no git repository")
    folder = top.decode().strip()
    missing = f"{quoted(revision)} is neither a file nor a revision of {folder}"
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", why=missing)
    archive = _git("-C", folder, "archive", commit.decode().strip(), "model", why=f"{quoted(revision)} has no model/")
    with tempfile.TemporaryDirectory() as there:
        with tarfile.open(fileobj=BytesIO(archive)) as files:
            files.extractall(there, filter="data")
        printed = subprocess.run(
            [sys.executable, "-m", "backup_slr", "rules", "--json"],
            cwd=there,
            env={**os.environ, "PYTHONPATH": str(Path(there) / "model"), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            check=False,
        )
        if printed.returncode:
            said = printed.stderr.decode(errors="replace").strip().splitlines()
            raise BadInput(
                f"the program of that revision prints no rules: {(said or ['it says nothing'])[-1]}", revision
            )
        file = Path(there) / "rules.json"
        file.write_bytes(printed.stdout)
        try:
            # What it notes as assumed are the defaults: nobody asked for any reading.
            return replace(load(str(file), BACKUP, every_action=False), assumed=())
        except BadInput as error:
            raise BadInput(str(error).removeprefix(f"{file}: "), revision) from None


def _git(*arguments: str, why: str) -> bytes:
    try:
        found = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise MissingTool("git is not installed; a revision needs it, a file does not") from None
    except ValueError as error:
        raise BadInput(f"{why}: {error}") from None
    if found.returncode:
        raise BadInput(f"{why}; 'backup-slr rules --json -o FILE' makes a file")
    return found.stdout
