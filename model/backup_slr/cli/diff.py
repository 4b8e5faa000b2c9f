"""``backup-slr diff OLD NEW``: two tables of rules compared by what they answer."""

from __future__ import annotations

import argparse
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

from backup_slr.cli import progress
from backup_slr.cli.findings import hand_over, place_of
from backup_slr.cli.options import UsageError, assumed, left_out, limits, reading_options, the_scope, too_large
from backup_slr.cli.output import note, write_json, write_lines
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.diff.across import Prove, compare_tables
from backup_slr.engine.prove import available
from backup_slr.engine.serialize.ours import load
from backup_slr.errors import BadInput, MissingTool, install, quoted
from backup_slr.lifecycle import SMALL_SCOPES, lifecycle
from backup_slr.report.diff import (
    comparison_document,
    comparison_findings,
    comparison_lines,
    comparison_markdown,
)

EXIT = {"equivalent": 0, "different": 1, "inconclusive": 5}
NOW = "now"
"""Stands for the table of this very program."""


def diff(args: argparse.Namespace) -> int:
    """Compare two tables, and tell for each action that differs the shortest way to see it."""
    scopes = _scopes(args)
    old, new = (noted(name, args) for name in (args.old, args.new))
    try:
        found = compare_tables(old, new, scopes, limits(args), progress.progress(), _alike(args.timeout))
    except ValueError as error:
        raise BadInput(str(error), f"{args.old} and {args.new}") from None
    finally:
        progress.clear()
    form = "json" if args.json else args.format or "text"
    if form == "json":
        write_json(comparison_document(found, args.old, args.new), args.output)
    else:
        lines = comparison_markdown if form == "md" else comparison_lines
        write_lines(lines(found, args.old, args.new), args.output)
    findings = comparison_findings(found)
    hand_over(
        (replace(f, file=p[0], line=p[1]) for f in findings for p in [place_of(f'"{f.subject}",', "rules")]), args
    )
    if found.stopped == "interrupted":
        note("interrupted: what was found so far is what you see")
        return 130
    return EXIT[found.verdict]


def _scopes(args: argparse.Namespace) -> list[Scope]:
    """The scope that the options name, or several small ones."""
    named = (args.regions, args.vaults, args.points)
    if named == (None, None, None):
        sizes = SMALL_SCOPES
    else:
        regions, vaults, points = (usual if n is None else n for n, usual in zip(named, (2, 2, 1), strict=True))
        sizes = ((regions, vaults, points),)
    found: list[Scope] = []
    for args.regions, args.vaults, args.points in sizes:
        if too_large(args):
            raise UsageError(f"{args.regions} Regions of {args.vaults} vaults are too many to begin with")
        found.append(the_scope(args))
    return found


def _alike(seconds: float | None) -> Prove | None:
    if not available():
        note(f"z3 is not installed: only these scopes are known; for every size: {install('prove')}")
        return None
    from backup_slr.engine.prove.alike import Alike

    return Alike(None if seconds is None else time.monotonic() + seconds)


def model_of(name: str, args: argparse.Namespace) -> Model:
    """The model that a name means under the readings that the options name; it may bring options of its own.

    >>> from argparse import Namespace
    >>> model = model_of("now --assume efs-vault=never", Namespace(assume=[], without=[]))
    >>> dict(model.assumed)["efs-vault"]
    'never'
    """
    table = noted(name, args)
    return table.assuming()


def noted(name: str, args: argparse.Namespace) -> Model:
    """The table that a name means, with the readings that somebody asked for noted as `assumed`."""
    own = argparse.Namespace(table=name, assume=[], without=[])
    if " --" in name and not os.path.isfile(name):
        from backup_slr.cli.commands import Parser

        parser = Parser(prog="backup-slr diff", add_help=False)
        parser.add_argument("table")
        reading_options(parser)
        try:
            own = parser.parse_args(shlex.split(name))
        except ValueError as error:
            raise UsageError(f"{quoted(name)}: {error}") from None
    table = table_of(own.table)
    said = assumed([*args.assume, *own.assume], table)
    table = table.noting(said)
    try:
        return table.without(left_out(dict.fromkeys([*args.without, *own.without]), table))
    except KeyError as error:
        raise BadInput(f"has no {error}", own.table) from None


def table_of(name: str) -> Model:
    """The table that a name means: that of a file, of a git revision, or of this program (``now``).

    Raises
    ------
    BadInput
        When it is neither, or its table cannot be used.
    """
    if name == NOW:
        return lifecycle()
    if os.path.isfile(name) or name.endswith(".json"):
        return load(name, every_action=False)
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
            return replace(load(str(file), every_action=False), assumed=())
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
