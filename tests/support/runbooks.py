"""Small runbooks and accounts that tests write down as text."""

from __future__ import annotations

import csv
from pathlib import Path

from backup_slr.errors import BadInput
from backup_slr.runbook import busy_account, runbook_file
from backup_slr.runbook.experiment import Study

BOOKS = Path("simulations/runbooks")
ACCOUNTS = Path("simulations/accounts")

MEMORYLESS_ACCOUNT = """
title = "Two vaults"
[account]
role = "present"
vaults = [
  { region = "us-east-1", name = "Default", points = 3 },
  { region = "us-east-1", name = "archive", points = 2 },
]
[calls]
takes = { exponential = 0.5 }
throttled = 0.1
[collisions]
chance = 0.5
[lists]
stale = 0.1
[deletion]
takes = { exponential = 2 }
[[schedule]]
every = { exponential = 10 }
takes = { exponential = 5 }
succeeds = 0
[[others]]
do = "list_resources"
every = { exponential = 30 }
"""
MEMORYLESS_BOOK = """
title = "Now and then"
deadline = 60
[retry]
wait = { exponential = 3 }
[[step]]
each = "vault"
[[step.step]]
do = "delete_recovery_point"
each = "recovery-point"
until = "empty"
[[step.step]]
do = "delete_backup_vault"
[[step]]
do = "delete_service_linked_role"
poll = { exponential = 1 }
"""
# A job that never ends, so that every deletion collides with the same probability, and one vault.
STORM_ACCOUNT = """
title = "Always in use"
[account]
role = "present"
vaults = [
  {{ region = "us-east-1", name = "archive", points = {points} }},
  {{ region = "eu-west-1", name = "elsewhere", points = 0, job = true }},
]
[calls]
takes = {takes}
[collisions]
chance = {chance}
"""
STORM_BOOK = """
title = "Delete every point"
deadline = 1e9
[retry]
wait = 5
[[step]]
each = "vault"
regions = ["us-east-1"]
[[step.step]]
do = "delete_recovery_point"
each = "recovery-point"
"""


def rows_of(file: Path) -> list[dict[str, str]]:
    """The rows of a file that ``run --csv`` wrote."""
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def written(folder: Path, name: str, text: str) -> str:
    """A file with this text; its name."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def study(folder: Path, *books: str, environment: str = MEMORYLESS_ACCOUNT, runs: int = 200, **rest: object) -> Study:
    """A study of runbooks and an account given as text; seed 1 unless `rest` says another."""
    loaded = tuple(
        runbook_file.load(written(folder, f"book{i}.toml", text)) for i, text in enumerate(books or (MEMORYLESS_BOOK,))
    )
    said = {"seed": 1, **rest}
    return Study(loaded, busy_account.load(written(folder, "account.toml", environment)), runs=runs, **said)  # type: ignore[arg-type]


def gallery(book: str, environment: str, runs: int = 100, **rest: object) -> Study:
    """A study of a runbook and an account of the gallery."""
    said = {"seed": 1, **rest}
    account = busy_account.load(ACCOUNTS / f"{environment}.toml")
    books = (runbook_file.load(BOOKS / f"{book}.toml", lifecycle=account.lifecycle),)
    return Study(books, account, runs=runs, **said)  # type: ignore[arg-type]


def fits(book: str, environment: str) -> bool:
    """Whether a runbook of the gallery has only steps that the account knows."""
    account = busy_account.load(ACCOUNTS / f"{environment}.toml")
    try:
        runbook_file.load(BOOKS / f"{book}.toml", lifecycle=account.lifecycle)
    except BadInput:
        return False
    return True
