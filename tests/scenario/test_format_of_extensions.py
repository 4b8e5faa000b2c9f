"""The table of the keys of extensions in FORMAT.md is that of the extensions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from backup_slr.engine.core.variable import Count, Enum, Flag, usual
from backup_slr.engine.spec.extension import Extension
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.extensions import EXTENSIONS
from backup_slr.scenario.account_codec import account_format, key_of
from backup_slr.scenario.scenario_file import parse

FORMAT = (Path(__file__).parent.parent.parent / "simulations" / "FORMAT.md").read_text(encoding="utf-8")
INPUTS = {i.name for rule in BACKUP.model.rules for i in rule.inputs}
HEAD = "| extension | where | key | values, the default first | meaning |\n|---|---|---|---|---|\n"


def values(variable: Flag | Enum | Count) -> str:
    match variable:
        case Flag():
            return "`true`, `false`" if variable.kind != "state" and usual(variable) else "`false`, `true`"
        case Enum():
            listed = ", ".join(f'`"{value}"`' for value in variable.values)
            return f"{listed}; required" if variable.required else listed
        case Count():
            return "a number, 0"


def meaning(variable: Flag | Enum | Count) -> str:
    match variable:
        case Flag():
            return f"`true`: {variable.reads[0]}"
        case Enum():
            return "; ".join(variable.reads)
        case Count():
            return variable.reads


def where(one: Extension, variable: Flag | Enum | Count) -> str:
    form = account_format((*BACKUP.model.state, *one.state))
    if variable in form.lists:
        return "`[account]`: the Regions where it is `true`"
    return next((f"each of `{table.key}`" for table in form.tables if variable in table.variables), "`[account]`")


def rows(one: Extension) -> Iterator[str]:
    steps = {i.name: i for part in (*one.rules, *one.effects) for i in part.inputs if i.name not in INPUTS}
    for variable, place, key in (
        *((v, where(one, v), key_of(v)) for v in one.state),
        *((i, "`[[step]]`", i.name) for i in steps.values()),
    ):
        yield f"| `{one.name}` | {place} | `{key}` | {values(variable)} | {meaning(variable)} |"


def test_the_keys_of_extensions_are_in_the_format() -> None:
    table = HEAD + "".join(f"{row}\n" for one in EXTENSIONS for row in rows(one))
    assert table in FORMAT, f"simulations/FORMAT.md should have\n{table}"


def test_every_key_and_value_of_an_account_in_the_table_can_be_read() -> None:
    for one in EXTENSIONS:
        for v in one.state:
            settings: tuple[str, ...] = ("0", "2") if isinstance(v, Count) else ("true", "false")
            if isinstance(v, Enum):
                settings = tuple(f'"{value}"' for value in v.values)
            for setting in settings:
                place = where(one, v)
                vault = 'vaults = [{ region = "us-east-1", name = "a", KEY }]' if place.startswith("each") else "KEY"
                said = f"{key_of(v)} = {['us-east-1'] if 'Regions' in place else setting}".replace("'", '"')
                text = (
                    f'title = "x"\nwith = ["{one.name}"]\n[account]\nrole = "present"\n{vault.replace("KEY", said)}\n'
                )
                assert parse(text + '[[step]]\ndo = "list_resources"\n', lifecycle=BACKUP).account
