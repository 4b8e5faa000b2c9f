"""An account that is served and collected is the account: ``why`` gives the same answer about both."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from support import slow

from backup_slr.api.emulated import InProcessAws
from backup_slr.api.role_model import RoleModel
from backup_slr.api.starting import load_account
from backup_slr.engine.core.variable import Enum
from backup_slr.inventory.boto_sender import BotoSender
from backup_slr.inventory.collector import Collector
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.inventory import INVENTORY
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import Observation, StartingAccount

pytest.importorskip("boto3")
US, EU = "us-east-1", "eu-west-1"
NOW = datetime.now(UTC)
EXTENSIONS = ("access-policy", "retention", "policy-lockout", "vault-lock", "legal-hold", "deleting", "copies")
VALUES = ("lock", "held", "kept_forever", "deletion_denied", "point_status", "job", "copying", "lockout")
NEEDS_POINTS = ("held", "kept_forever", "point_status")


def account(seed: int) -> StartingAccount:
    """A random account, with dates for what only time brings, or without."""
    draw = Random(seed)
    lifecycle = BACKUP.extended(*EXTENSIONS)
    known = {variable.name: variable for variable in lifecycle.model.state}
    entries, dates = list[EntrySpec](), {}
    for number in range(draw.randint(0, 3)):
        place, values = (draw.choice((US, EU)), f"vault-{number}"), {"points": draw.randint(0, 2)}
        for name in VALUES:
            variable = known[name]
            most = len(variable.values) - 1 if isinstance(variable, Enum) else 1
            if draw.random() < 0.3 and (values["points"] or name not in NEEDS_POINTS):
                values[name] = draw.randint(1, most)
        if values.get("point_status") == 1:
            values["points"] = 1  # the emulated AWS shows all recovery points of such a vault as DELETING
        lock = known["lock"].values.index  # type: ignore[union-attr]
        if values.get("lock") == lock("air_gapped"):
            values.pop("kept_forever", None)
        if values.get("lockout"):
            values.pop("deletion_denied", None)
        if values["points"] and not values.get("kept_forever") and draw.random() < 0.7:
            dates["retention_ends", place] = NOW + timedelta(days=draw.randint(1, 500))
        if values.get("lock") == lock("grace") and draw.random() < 0.7:
            dates["grace_time_ends", place] = NOW + timedelta(days=draw.randint(1, 500))
        entries.append(EntrySpec(place, values))
    spec = AccountSpec(
        {"role": 1, "cross_account": draw.randint(0, 1)},
        tables={"vault": tuple(entries)},
        paths=tuple((entry.place, ()) for entry in entries),
    )
    return StartingAccount("", lifecycle, spec, observation=Observation("111122223333", (NOW, NOW), dates))


def collected(start: StartingAccount, folder: Path) -> StartingAccount:
    """The account as it is read from the emulated AWS."""
    role = RoleModel(start.lifecycle, {}, start=start)
    with InProcessAws(role.emulated, fast=True):
        lines = [json.dumps(entry, default=str) for entry in Collector(INVENTORY, BotoSender(), (US, EU)).entries()]
    file = folder / "inventory.json"
    file.write_text("\n".join(lines))
    return load_account(file)


@pytest.mark.parametrize("seed", [*range(4), *slow(*range(4, 40))])
def test_why_says_the_same_about_an_account_and_about_what_is_collected_from_it(seed: int, tmp_path: Path) -> None:
    start = account(seed)
    again = collected(start, tmp_path)
    model = RoleModel(start.lifecycle, {})
    one, other = (model.why(replace(a, lifecycle=start.lifecycle)).document() for a in (start, again))
    keys = ("verdict", "requests", "not_before") if one["not_before"] else ("verdict", "requests")
    for key in keys:
        assert one[key] == other[key], (key, start.spec, again.spec)
