"""[account] and [finally] of a scenario file: the same keys, checked and turned into data."""

from __future__ import annotations

from typing import Any

from backup_slr.errors import printable, quoted
from backup_slr.lifecycle.vocabulary import description, role
from backup_slr.scenario.scenario import AccountSaid, VaultSaid
from backup_slr.scenario.source import LARGEST_NUMBER, Source

END = ("role", "description", "cross-account", "efs-automatic-backup", "vaults")
START = (*END, "regions")
VAULT = ("region", "name", "points", "job")


def account(source: Source, value: Any, path: str) -> AccountSaid:
    """What a table says of an account; `path` is its name, ``account`` or ``finally``.

    Raises
    ------
    BadInput
        When it cannot be meant.
    """
    table = source.table(value, path)
    source.keys(table, START if path == "account" else END, path, of=f"[{path}]")
    said = AccountSaid(
        _role(source, table, path),
        source.one_of(table["description"], description.values, "description", path, "description")
        if "description" in table
        else None,
        source.truth(table["cross-account"], path, "cross-account") if "cross-account" in table else None,
        _regions(source, table, path, "efs-automatic-backup"),
        _vaults(source, table, path) if "vaults" in table else None,
        _regions(source, table, path, "regions") or (),
    )
    if said.description == "edited" and said.role in (None, "absent") and path == "account":
        source.fail('a role that is absent has no description of its own: say role = "present"', path, "description")
    return said


def _role(source: Source, table: dict[str, Any], path: str) -> str | None:
    if "role" not in table:
        return None
    if table["role"] == "deleting" and path == "account":
        source.fail("an account starts with the role absent or present; ask for its deletion in a step", path, "role")
    return source.one_of(table["role"], role.values, "role", path, "role")


def _regions(source: Source, table: dict[str, Any], path: str, key: str) -> tuple[str, ...] | None:
    if key not in table:
        return None
    found: dict[str, None] = {}
    for i, value in enumerate(source.array(table[key], path, key)):
        name = source.string(value, path, key, i)
        if not name:
            source.fail("the name of a Region cannot be empty", path, key, i)
        if name in found:
            source.fail(f"{quoted(name)} is named twice", path, key, i)
        found[name] = None
    return tuple(found)


def _vaults(source: Source, table: dict[str, Any], path: str) -> tuple[VaultSaid, ...]:
    found: dict[tuple[str, str], VaultSaid] = {}
    for i, value in enumerate(source.array(table["vaults"], path, "vaults")):
        here = (path, "vaults", i)
        said = source.table(value, *here)
        source.keys(said, VAULT, *here, of="a vault")
        for key in ("region", "name"):
            if key not in said:
                source.fail(f"a vault needs a {key}", *here)
            if not source.string(said[key], *here, key):
                source.fail(f"the {key} of a vault cannot be empty", *here, key)
        vault = VaultSaid(
            said["region"],
            said["name"],
            source.whole(said["points"], 0, LARGEST_NUMBER, *here, "points") if "points" in said else None,
            source.truth(said["job"], *here, "job") if "job" in said else None,
        )
        if (vault.region, vault.name) in found:
            source.fail(f"two vaults called {quoted(vault.name)} in {printable(vault.region)}", *here)
        found[vault.region, vault.name] = vault
    return tuple(found.values())
