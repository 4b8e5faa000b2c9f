"""The first minute: help, lists of names, examples, API names, patterns, and shell completion."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from support.console import asked, call, program
from support.schemas import valid
from support.second_role import CLUSTERS

import backup_slr as slr
from backup_slr.cli.command_parser import pasted
from backup_slr.cli.commands import COMMANDS
from backup_slr.cli.completion import candidates
from backup_slr.engine.spec.selection import names_matching, rules_matching
from backup_slr.errors import BadInput
from backup_slr.lifecycle import lifecycle
from backup_slr.scenario import examples


@pytest.mark.parametrize("words", [(), ("help",), ("--help",), ("help", "--help")], ids=" ".join)
def test_help_is_shown_without_a_command(words: tuple[str, ...]) -> None:
    answer = call(*words)
    assert (answer.code, answer.err) == (0, "")
    assert answer == asked("-h")
    names = re.findall(r"^  ([\w-]+) {2,}", answer.out, re.MULTILINE)
    assert [name for name in names if name in COMMANDS] == [*COMMANDS]
    assert answer.out.count("  backup-slr ") == 3


@pytest.mark.parametrize("command", ["explain", "completion"])
def test_help_of_a_command_can_be_requested_either_way(command: str) -> None:
    assert call("help", command) == asked(command, "--help")


def test_help_of_an_unknown_command_names_the_nearest() -> None:
    answer = call("help", "chekc")
    assert answer.code == 2
    assert "unknown command 'chekc'; did you mean 'check'?" in answer.err


def test_help_fits_a_narrow_terminal() -> None:
    answer = call("run", "--help", environment={"COLUMNS": "60"})
    text = answer.out[: answer.out.index("examples:")]
    assert max(map(len, text.splitlines())) <= 60


def test_examples_are_wrapped_between_words_only() -> None:
    assert pasted("a --b c 'd e' f", 12) == "  a --b c \\\n      'd e' \\\n      f"


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        (("explain", "--list"), "list_resources"),
        (("check", "--list"), "recovery_points_have_a_role"),
        (("simulate", "--list"), "simulations/a-backup-plan-refills-an-empty-vault.toml"),
    ],
    ids=" ".join,
)
def test_names_are_listed_with_titles(arguments: tuple[str, ...], first: str) -> None:
    items = valid("list", asked(*arguments, "--json"))["items"]
    assert items[0]["name"] == first
    lines = asked(*arguments).out.splitlines()
    assert len(lines) == len(items)
    for line, item in zip(lines, items, strict=True):
        assert re.split(" {2,}", line) == [item["name"], *filter(None, (item["kind"], item["title"]))]


def test_scenarios_of_a_folder_are_listed(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text('title = "First"\n')
    assert call("simulate", "--list", str(tmp_path)).out == f"{tmp_path}/one.toml  First\n"
    answer = call("simulate", "--list", str(tmp_path / "one.toml"))
    assert (answer.code, "not a folder" in answer.err) == (3, True)
    (tmp_path / "two.toml").write_text("title = = 1\n")
    answer = call("simulate", "--list", str(tmp_path))
    assert (answer.code, "two.toml:1: not valid TOML" in answer.err) == (3, True)


@pytest.mark.parametrize("name", ["DeleteBackupVault", "backup:DeleteBackupVault", "delete-backup-vault"])
def test_an_action_may_be_named_as_its_api_operation(name: str) -> None:
    for words in (("explain",), ("rules",), ("diagram", "decision")):
        assert call(*words, name) == asked(*words, "delete_backup_vault")
    wrong = ("mutate", "--operator", "nothing", "--action")
    assert call(*wrong, name) == asked(*wrong, "delete_backup_vault")
    left_out = ("--without", f"{name}/vault-has-recovery-points")
    assert "vault-has-recovery-points" not in call("explain", "delete_backup_vault", *left_out).out


def test_an_operation_of_several_actions_names_all_of_them_or_asks_which() -> None:
    both = ["set_up_cross_account_backup", "turn_off_cross_account_backup"]
    assert [rule.action for rule in rules_matching("updateglobalsettings", lifecycle())] == both
    assert all(name in call("rules", "UpdateGlobalSettings").out for name in both)
    assert all(name in call("explain", "UpdateGlobalSettings").out for name in both)
    answer = call("diagram", "decision", "UpdateGlobalSettings")
    assert answer.code == 2
    assert f"is the operation of 2 actions: {', '.join(both)}" in answer.err


def test_operations_of_another_role_are_known_too() -> None:
    assert [rule.action for rule in rules_matching("cluster:Create", CLUSTERS.model)] == ["create_cluster"]
    assert rules_matching("backup:DeleteBackupVault", CLUSTERS.model) == []


@pytest.mark.parametrize("wanted", ["recovery_points_lie*", "Every recovery point belongs to an existing vault."])
def test_properties_are_chosen_by_pattern_or_sentence(wanted: str) -> None:
    by_id = asked("check", "--regions", "1", "--property", "recovery_points_lie_in_vaults", "--json").document
    found = call("check", "--regions", "1", "--property", wanted, "--json").document
    assert found["properties"] == by_id["properties"]


def test_a_pattern_without_a_match_is_an_error() -> None:
    answer = call("check", "--property", "xyz*")
    assert (answer.code, answer.out) == (2, "")
    assert "unknown property 'xyz*'" in answer.err
    with pytest.raises(BadInput, match="unknown clause"):
        names_matching("clause", ["x?"], {"C-1": ""})


def test_a_pattern_of_other_names_is_a_wrong_command_line_too() -> None:
    for command, word in (("clauses", "x?"), ("assumptions", "x*")):
        answer = call(command, word)
        assert (answer.code, answer.out) == (2, "")
        assert f"unknown {command[:-1]} '{word}'" in answer.err


def test_a_pattern_that_matches_nothing_provable_proves_nothing() -> None:
    answer = call("prove", "--property", "retried*")
    assert (answer.code, answer.out) == (2, "")
    assert "is of kind 'eventually'" in answer.err
    with pytest.raises(BadInput, match="is of kind 'eventually'"):
        slr.load().prove("retried*")


def test_a_pattern_selects_only_provable_properties_for_a_proof() -> None:
    document = call("prove", "--property", "jobs*", "--json").document
    assert {p["kind"] for p in document["properties"]} <= {"always", "step"}


@pytest.mark.parametrize(
    ("arguments", "key", "ids"),
    [
        (("clauses", "clean-2", "CREATE-*"), "clauses", {"CLEAN-2", "CREATE-1"}),
        (("rules", "delete_role"), "rules", {"delete_role"}),
        (("assumptions", "default-vault"), "assumptions", {"default-vault"}),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, tuple) else "",
)
def test_a_table_shows_only_the_rows_that_are_named(arguments: tuple[str, ...], key: str, ids: set[str]) -> None:
    rows = valid(arguments[0], asked(*arguments, "--json"))[key]
    assert ids <= {row.get("id", row.get("action")) for row in rows} | {row.get("name") for row in rows}
    assert len(asked(*arguments).out) < len(asked(arguments[0]).out) / 2


def test_examples_are_listed_and_copied(tmp_path: Path) -> None:
    listed = call("examples").out
    assert "simulations/runbooks/the-page.toml" in listed
    target = tmp_path / "mine"
    answer = call("examples", str(target))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("copied ")
    assert (target / "accounts" / "busy.toml").is_file()
    assert "exists already; name a new folder" in call("examples", str(target)).err


def test_examples_are_found_where_no_such_folder_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scenario = "simulations/clean-up-in-the-console.toml"
    assert call("simulate", "--quiet", scenario).code == 0
    assert call("diagram", "sequence", "--scenario", scenario, "--json").code == 0
    account = "simulations/accounts/small.toml"
    assert call("run", "simulations/runbooks/the-page.toml", "--account", account, "--runs", "2").code == 0
    assert examples.example(Path("elsewhere/x.toml")) == Path("elsewhere/x.toml")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_printed(shell: str) -> None:
    answer = call("completion", shell)
    assert answer.code == 0
    assert f"_BACKUP_SLR_COMPLETE={shell}_complete" in answer.out
    assert call("completion", environment={"SHELL": f"/bin/{shell}"}) == answer


def test_a_shell_without_completion_is_an_error() -> None:
    assert "name a shell: bash, zsh or fish" in call("completion", environment={"SHELL": "/bin/csh"}).err


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("backup-slr mut", "mutate"),
        ("backup-slr explain delete_backup_", "delete_backup_vault"),
        ("backup-slr check --property jobs_have", "jobs_have_a_role"),
        ("backup-slr check --assume efs-vault=n", "efs-vault=never"),
        ("backup-slr export tl", "tla"),
        ("backup-slr check --saf", "--safety"),
        ("backup-slr diagram decision delete_r", "delete_role"),
        ("backup-slr diagram dec", "decision"),
    ],
)
def test_a_shell_gets_candidates(words: str, wanted: str) -> None:
    environment = {"_BACKUP_SLR_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    ran = program(environment={**os.environ, **environment})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"plain,{wanted}" in ran.stdout.splitlines()


def test_files_are_completed_by_the_shell() -> None:
    assert [item.type for item in candidates("", "FILE", "x")] == ["file"]
    assert candidates("", "N", "1") == []
