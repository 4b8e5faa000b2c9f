"""A file that is no inventory, or half of one: one message, and never a traceback."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.aws_account import AT, FakeAccount
from support.second_role import CLUSTERS

from backup_slr.api.starting import load_account
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP

US = "us-east-1"
EXAMPLES = Path(__file__).parent.parent.parent / "simulations" / "inventories"
SMALL = (EXAMPLES / "small.json").read_text()
GOOD = (EXAMPLES / "locks-and-holds.json").read_bytes()
FIRST = SMALL.splitlines()[0]
OTHER = json.dumps({**json.loads(FIRST), "output": {"Account": "999999999999"}, "operation": "get-caller-identity"})


def vaults(output: object) -> str:
    line = {"region": US, "service": "backup", "operation": "list-backup-vaults", "at": AT, "output": output}
    return f'{json.dumps(line)}\n{{"end": true}}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", 'cut off: its last line is not {"end": true}; collect it again'),
        (SMALL.removesuffix('{"end":true}\n'), 'cut off: its last line is not {"end": true}'),
        (SMALL[:3000], "cut off: its last line is not complete"),
        (f'{SMALL}{{"end":true}}', "something follows the end"),
        (f"{SMALL}{SMALL}", "something follows the end"),
        (SMALL.replace('{"end":true}', f'{OTHER}\n{{"end":true}}'), "two accounts are mixed"),
        (SMALL.replace("iam::111122223333:role/aws", "iam::444455556666:role/aws", 1), "two accounts are mixed"),
        ('{"Reservations": []}', "an object without operation"),
        ('{"BackupVaultList": []}', "save answers of the AWS CLI as FOLDER/REGION/OPERATION.json"),
        ("role = 1", "the name of an account in TOML ends in .toml"),
        (SMALL.replace('"exit":0', '"exit":NaN'), "not an inventory"),
        ("[1]", "not an inventory"),
        ("hello", "no JSON"),
        ("title = 'a'", "no JSON"),
        ("\udcff", "not a text file in UTF-8"),
        ("[" * 100_000, "not an inventory"),
        ('{"end": true}', "without calls"),
        (FIRST.replace(AT, "yesterday"), "at is 'yesterday'"),
        (vaults({"Reservations": []}), "not an answer of list-backup-vaults: Object missing required field"),
        (vaults([]), "not an answer of list-backup-vaults: Expected `object`"),
        (vaults({"BackupVaultList": [{"BackupVaultName": 5}]}), "BackupVaultName is '5', not a name"),
        (vaults({"BackupVaultList": [{"BackupVaultName": "v", "Locked": {}}]}), "got `object`"),
        (
            vaults({"BackupVaultList": [{"BackupVaultName": "v", "NumberOfRecoveryPoints": -1}]}),
            "NumberOfRecoveryPoints is '-1', not a number",
        ),
        (vaults({"BackupVaultList": [{"BackupVaultName": "a\0b"}]}), "not a name"),
        (
            vaults({"BackupVaultList": [{"BackupVaultName": "v", "NumberOfRecoveryPoints": 10**30}]}),
            "not an answer of list-backup-vaults",
        ),
        (
            vaults({"BackupVaultList": [{"BackupVaultName": "v", "Locked": True, "LockDate": "soon"}]}),
            "LockDate is 'soon', not a date",
        ),
    ],
)
def test_a_file_that_is_no_inventory(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "inventory.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadInput) as wrong:
        load_account(file)
    assert str(wrong.value).startswith(str(file))
    assert told in str(wrong.value)


@pytest.mark.parametrize("percent", range(0, 100, 5))
def test_a_truncated_inventory_is_cut_off(percent: int, tmp_path: Path) -> None:
    file = tmp_path / "inventory.json"
    file.write_bytes(GOOD[: len(GOOD) * percent // 100])
    with pytest.raises(BadInput, match="cut off"):
        load_account(file)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_encodings_with_a_mark(encoding: str, tmp_path: Path) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (tmp_path / "small.json").write_bytes(f"{mark}{SMALL}".encode(encoding))
    assert load_account(tmp_path / "small.json").spec == load_account(EXAMPLES / "small.json").spec


def test_an_inventory_from_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = Thread(target=(tmp_path / "pipe").write_text, args=(SMALL,), daemon=True)
    writer.start()
    assert load_account(tmp_path / "pipe").spec == load_account(EXAMPLES / "small.json").spec


def test_an_inventory_from_the_future_is_reported() -> None:
    observation = load_account(EXAMPLES / "small.json", now=datetime(2026, 1, 1, tzinfo=UTC)).observation
    assert observation is not None
    assert any("from the future (2026-11-20)" in remark.says for remark in observation.unknown)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for name in ("nowhere.json", "a\0b"):
        with pytest.raises(BadInput, match="cannot be read"):
            load_account(tmp_path / name)
    with pytest.raises(BadInput, match="a folder without answers"):
        load_account(tmp_path)


def test_a_message_names_the_line(tmp_path: Path) -> None:
    lines = SMALL.splitlines()
    lines[6] = "{]"
    (tmp_path / "inventory.json").write_text("\n".join(lines))
    with pytest.raises(BadInput, match=r"inventory\.json:7: not an inventory"):
        load_account(tmp_path / "inventory.json")


def test_objects_may_be_spread_over_lines(tmp_path: Path) -> None:
    spread = "\n\n".join(json.dumps(json.loads(line), indent=2) for line in SMALL.splitlines())
    (tmp_path / "spread.json").write_text(f"\ufeff{spread}")
    assert load_account(tmp_path / "spread.json").spec == load_account(EXAMPLES / "small.json").spec


def test_a_call_that_is_not_in_the_table_is_told(tmp_path: Path) -> None:
    strange = FIRST.replace(json.loads(FIRST)["operation"], "describe-instances")
    (tmp_path / "inventory.json").write_text(f"{strange}\n{SMALL}")
    observation = load_account(tmp_path / "inventory.json").observation
    assert observation is not None
    assert any("describe-instances" in remark.says for remark in observation.not_modeled)


def test_a_role_without_an_inventory_says_so() -> None:
    lifecycle = replace(CLUSTERS, inventory=None)
    with pytest.raises(BadInput, match="no inventory of RoleForClusters is defined"):
        load_account(EXAMPLES / "small.json", lifecycle)


# ---------------------------------------------------------------- folders


def folder(account: FakeAccount, path: Path) -> Path:
    """Write an inventory as a folder of answers, as a person would who calls the AWS CLI."""
    for line in account.lines()[:-1]:
        entry = json.loads(line)
        values = [word.partition("=")[2].replace("%", "%25").replace("/", "%2F") for word in entry["arguments"]]
        name = "=".join([entry["operation"], *filter(None, values)])
        (path / entry["region"]).mkdir(parents=True, exist_ok=True)
        kind, text = ("json", json.dumps(entry["output"])) if "output" in entry else ("error", entry["error"])
        (path / entry["region"] / f"{name}.{kind}").write_text(text)
    return path


def test_a_folder_says_the_same_as_a_file(tmp_path: Path) -> None:
    account = FakeAccount((US, "eu-west-1"))
    account.vault(US, "aws/efs/automatic-backup-vault", {}, {"Status": "DELETING"})
    account.vault("eu-west-1", "100%", Locked=True)
    in_file, in_folder = load_account(account.file(tmp_path)), load_account(folder(account, tmp_path / "folder"))
    assert in_file.spec == in_folder.spec
    assert in_folder.observation is not None
    assert not in_folder.observation.unknown  # an answer without a time is from when its file was written


def test_a_folder_without_a_region_is_not_complete(tmp_path: Path) -> None:
    path = folder(FakeAccount((US, "eu-west-1")), tmp_path / "folder")
    for file in (path / "eu-west-1").iterdir():
        file.unlink()
    (path / US / "list-legal-holds.json").unlink()
    observation = load_account(path).observation
    assert observation is not None
    assert {(remark.place, remark.says) for remark in observation.unknown} == {
        (("eu-west-1",), "no answers at all"),
        ((US,), "list-legal-holds: no answer"),
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("{path}/us-east-1/list-recovery-points-by-backup-vault.json", "where VALUE is the BackupVaultName"),
        ("{path}/begin.json", "there is no end.json"),
    ],
)
def test_a_folder_that_is_no_inventory(change: str, told: str, tmp_path: Path) -> None:
    path = folder(FakeAccount(), tmp_path / "folder")
    Path(change.format(path=path)).write_text("{}")
    with pytest.raises(BadInput, match=told):
        load_account(path)


def test_an_answer_that_is_no_file_is_reported(tmp_path: Path) -> None:
    path = folder(FakeAccount(), tmp_path / "folder")
    os.mkfifo(path / US / "list-backup-plans=1.json")
    with pytest.raises(BadInput, match=r"1\.json: not a regular file"):
        load_account(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_answer_is_reported(tmp_path: Path) -> None:
    path = folder(FakeAccount(), tmp_path / "folder")
    (path / US / "list-backup-vaults.json").chmod(0)
    with pytest.raises(BadInput, match="cannot be read"):
        load_account(path)


# ---------------------------------------------------------------- damage at random

JSON_VALUES = st.sampled_from(
    [
        None,
        True,
        -1,
        1e400,
        2**70,
        "",
        "x",
        "\u202e",
        1e17,
        "a\0b",
        "0001-01-01T00:00-14:00",
        [],
        {},
        [None],
        [[]],
        {"a": 1},
    ]
)


def read_damaged(data: bytes, file: Path) -> None:
    file.write_bytes(data)
    with suppress(BadInput):
        start = load_account(file)
        assert start.state(start.machine())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(GOOD) - 1), cut=st.integers(0, 40), put=st.binary(max_size=6))
def test_damaged_bytes_never_end_in_a_traceback(at: int, cut: int, put: bytes, tmp_path: Path) -> None:
    read_damaged(GOOD[:at] + put + GOOD[at + cut :], tmp_path / "damaged.json")


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_values_never_end_in_a_traceback(data: st.DataObject, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in GOOD.splitlines()]
    node = data.draw(st.sampled_from(lines))
    while True:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.integers(0, 4)) == 0:
            break
        node = node[key]
    node[key] = data.draw(JSON_VALUES)
    read_damaged("\n".join(map(json.dumps, lines)).encode(), tmp_path / "damaged.json")


def test_the_rules_of_another_version_are_no_obstacle() -> None:
    """Variables that the rules do not have are left out."""
    bare = replace(BACKUP, extensions=())
    assert load_account(EXAMPLES / "locks-and-holds.json", bare).lifecycle.composed_of == ()
