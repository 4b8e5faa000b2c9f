"""``backup-slr diff OLD NEW``: compare the behavior of two rule sets."""

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
from math import prod
from pathlib import Path

from backup_slr.api.answers import Answer, diff_answer
from backup_slr.api.assumed_model import MOST_CHECKED
from backup_slr.api.starting import load_account
from backup_slr.cli.command_options import DiffOptions, TableOptions
from backup_slr.cli.command_parser import Parser
from backup_slr.cli.model_options import LIFECYCLE, ReadingOptions
from backup_slr.cli.options import ScopeOptions
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.diff.table_diff import Prove, diff_tables
from backup_slr.engine.prove import available
from backup_slr.engine.serialize.compatibility import load
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, MissingTool, install, quoted
from backup_slr.lifecycle import BACKUP
from backup_slr.report.scopes import scope_options_text
from backup_slr.scenario.explored_account import ExploredAccount, explored_scope
from backup_slr.scenario.starting_account import StartingAccount

NOW = "now"
"""The name of the built-in rules."""


def diff(options: DiffOptions) -> Answer:
    """Compare two rule sets, and find the shortest sequence of requests that shows each difference."""
    start = _start(options)
    readings = options.readings if start is None else options.readings.joined(_of_account(start, options.readings))
    names = options.old, options.new
    old, new = (table_of(name, readings) for name in names)
    account = None if start is None else _explored(start, old, options.scope)
    scopes = _scopes(options.scope) if account is None else [account.scope]
    prove = _alike(options.bounds.timeout) if account is None or not account.violated else None
    limits = options.bounds.limits(options.scope)
    try:
        with ProgressBar() as bar:
            found = diff_tables(old, new, scopes, limits, bar.explored, prove)
    except ValueError as error:
        raise BadInput(str(error), f"{options.old} and {options.new}") from None
    answer = diff_answer(LIFECYCLE if start is None else start.lifecycle, found, *names)
    if account is None:
        return answer
    return replace(
        answer,
        text=lambda: [*account.lines(), *answer.text()],
        document=lambda: {**answer.document(), "account": account.document()},
        note="\n".join(filter(None, (*account.notes(), answer.note))),
    )


def _start(options: DiffOptions) -> StartingAccount | None:
    """Return the account from which rule sets are compared, if one is given."""
    if options.account is None:
        return None
    return load_account(options.account, options.readings.extended(LIFECYCLE))


def _of_account(start: StartingAccount, readings: ReadingOptions) -> ReadingOptions:
    """Return the extensions and values of assumptions of an account that options do not name."""
    given = {item.partition("=")[0] for item in readings.assume}
    more = tuple(name for name in start.lifecycle.composed_of if name not in readings.names)
    return ReadingOptions(
        more, (), tuple(f"{name}={value}" for name, value in start.assume.items() if name not in given)
    )


def _explored(start: StartingAccount, table: Model, asked: ScopeOptions) -> ExploredAccount:
    """Return the account and its scope. Raises `UsageError` when the scope has too many places."""
    lifecycle = start.lifecycle.having(table.assuming())
    try:
        found = ExploredAccount(start, lifecycle, explored_scope(start, lifecycle, asked.given))
    except ValueError as error:
        raise UsageError(str(error)) from None
    if prod(found.scope.sizes.values()) > MOST_CHECKED:
        raise UsageError(f"{scope_options_text(lifecycle, found.scope)}: the account has too many kinds of places")
    return found


def _scopes(asked: ScopeOptions) -> list[Scope]:
    """Return the scope that the options name, or several small ones."""
    if not asked.given:
        return [LIFECYCLE.scope(*numbers) for numbers in LIFECYCLE.small_scopes]
    if asked.too_large():
        raise UsageError(f"{scope_options_text(LIFECYCLE, asked.scope)}: too large; reduce the numbers")
    return [asked.scope]


def _alike(seconds: float | None) -> Prove | None:
    if not available():
        how = install(library="z3-solver")
        note(f"z3 is not installed, so the result is only for these scopes; for every size: {how}")
        return None
    from backup_slr.engine.prove.equivalence import RuleEquivalence

    return RuleEquivalence(None if seconds is None else time.monotonic() + seconds)


def table_of(name: str, readings: ReadingOptions) -> Model:
    """Return the rule set of a name, with the requested assumptions noted.

    The name may include options.

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
        readings = readings.joined(own.readings)
    return readings.applied_to(_named(name, readings).model)


def _named(name: str, readings: ReadingOptions) -> Lifecycle:
    """Return the rule set of a name, composed: a file, a git revision, or the built-in rules (``now``).

    Raises `BadInput` when it is none of these, or the rules cannot be used.
    """
    if name == NOW:
        return readings.extended(LIFECYCLE)
    if os.path.isfile(name) or name.endswith(".json"):
        return readings.extended(load(name, BACKUP, every_action=False))
    if name in {edition.name for edition in BACKUP.editions}:
        raise BadInput(f"{quoted(name)} is an edition of the page, not a rule set: write 'now --edition {name}'")
    return _of_revision(name, readings.names)


def _of_revision(revision: str, extensions: list[str]) -> Lifecycle:
    """Return the rules of a revision: its program runs in a temporary folder and prints them.

    It composes them with its own extensions, which may differ from today's as its rules may.
    """
    top = _git("rev-parse", "--show-toplevel", why=f"{quoted(revision)} is not a file, and no git repository is here")
    folder = top.decode().strip()
    missing = f"{quoted(revision)} is neither a file nor a revision of {folder}"
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", why=missing)
    archive = _git("-C", folder, "archive", commit.decode().strip(), "model", why=f"{quoted(revision)} has no model/")
    with tempfile.TemporaryDirectory() as there:
        with tarfile.open(fileobj=BytesIO(archive)) as files:
            files.extractall(there, filter="data")
        printed = subprocess.run(
            [sys.executable, "-m", "backup_slr", "rules", "--json", *(f"--with={name}" for name in extensions)],
            cwd=there,
            env={**os.environ, "PYTHONPATH": str(Path(there) / "model"), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            check=False,
        )
        if printed.returncode:
            said = printed.stderr.decode(errors="replace").strip().splitlines()
            raise BadInput(
                f"the program of that revision prints no rules: {(said or ['it prints nothing'])[-1]}", revision
            )
        file = Path(there) / "rules.json"
        file.write_bytes(printed.stdout)
        try:
            # The assumptions noted in the file are only the defaults.
            found = load(str(file), BACKUP, every_action=False)
            return found.having(replace(found.model, assumed=()))
        except BadInput as error:
            raise BadInput(str(error).removeprefix(f"{file}: "), revision) from None


def _git(*arguments: str, why: str) -> bytes:
    try:
        found = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise MissingTool("git is not installed; comparing revisions needs it, comparing files does not") from None
    except ValueError as error:
        raise BadInput(f"{why}: {error}") from None
    if found.returncode:
        raise BadInput(f"{why}; 'backup-slr rules --json -o FILE' makes a file")
    return found.stdout
