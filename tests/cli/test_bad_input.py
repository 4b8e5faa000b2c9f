"""Bad input of every kind: one message with the problem, its place and a correction, and never a traceback."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.console import Answer, call, scenario

from backup_slr.cli.commands import COMMANDS
from backup_slr.cli.parameters import positive, whole
from backup_slr.errors import BadInput, printable, quoted, unknown
from backup_slr.lifecycle import lifecycle
from backup_slr.scenario.scenario_file import MOST_STEPS

STEP = '[[step]]\ndo = "list_resources"\n'
START = f'title = "x"\n{STEP}'
VAULT = 'region = "eu-west-1", name = "archive"'
HOSTILE = "a\x1b[31m\r\nb\u202ec\x9b2J[red]d\t\x00\u200b\x7f"
CODES = {0, 1, 2, 3, 5}


def toml(text: str) -> str:
    """Return the TOML string for any text."""
    return json.dumps(text).replace("\x7f", "\\u007f")


def refused(answer: Answer, *fragments: str, code: int = 3) -> None:
    """Assert that input is rejected: an exit code, and a message with these parts."""
    assert answer.code == code
    assert "Traceback" not in answer.err
    for fragment in fragments:
        assert fragment in answer.err, answer.err


# ---------------------------------------------------------------- contents of scenario files


@pytest.mark.parametrize(
    ("text", "line", "fragments"),
    [
        # TOML itself
        ('title = "x"\n[[step]\n', 2, ["not valid TOML", "column"]),
        ('title = "x"\n\n\nstory = """never ends\n', 4, ["not valid TOML", "the end of the file"]),
        ('title = "x"\ntitle = "y"\n', 2, ["not valid TOML"]),
        ("title = 'x'\nstory = \"\\q\"\n", 2, ["not valid TOML", "column"]),
        (f"{START}times = {'9' * 5000}\n", 4, ["a number with too many digits"]),
        (f"x = {'[' * 5000}", None, ["nested too deep"]),
        # names
        ('titel = "x"\n', 1, ["unknown key 'titel'; did you mean 'title'?"]),
        ('title = "x"\n[[steps]]\ndo = "wait"\n', 2, ["unknown key 'steps'; did you mean 'step'?"]),
        ('title = "x"\n\n[[step]]\ndo = "list_resource"\n', 4, ["unknown action 'list_resource'", "'list_resources'?"]),
        (f"{START}regoin = 1\n", 4, ["unknown key of list_resources: 'regoin'", "known: do,"]),
        (f'{START}via = "consol"\n', 4, ["unknown value of via: 'consol'; did you mean 'console'?"]),
        (f'{START}expect = "refusd"\n', 4, ["unknown outcome 'refusd'; did you mean 'refused'?"]),
        (f'{START}because = "not-permited"\n', 4, ["unknown refusal 'not-permited'; did you mean 'not-permitted'?"]),
        (f'{START}because = "no-such-vault"\n', 4, ["list_resources never returns", "its refusals: not-permitted"]),
        (f'{START}expect = "done"\nbecause = "not-permitted"\n', 5, ["expected no because"]),
        (f'clauses = ["CLEAN-1", "CLEAN-55"]\n{START}', 1, ["unknown clause 'CLEAN-55'; did you mean 'CLEAN-5'?"]),
        (f'{START}[assume]\nefs-volt = "never"\n', 5, ["unknown assumption 'efs-volt'; did you mean 'efs-vault'?"]),
        (f'{START}[assume]\nefs-vault = "nevr"\n', 5, ["unknown value of efs-vault: 'nevr'; did you mean 'never'?"]),
        (f'{START}[account]\nrole = "presnt"\n', 5, ["unknown role 'presnt'; did you mean 'present'?"]),
        (f"{START}[account]\ncross_account = true\n", 5, ["unknown key of [account]: 'cross_account'"]),
        (f"{START}[finally]\nregions = []\n", 5, ["unknown key of [finally]: 'regions'"]),
        (f'{START}[without]\nguards = ["list_resource/x"]\n', 5, ["unknown action 'list_resource'"]),
        (
            f'{START}[without]\nguards = [\n"delete_role/no-such-rolle"]\n',
            6,
            ["unknown guard of delete_role: 'no-such-rolle'; did you mean 'no-such-role'?"],
        ),
        (f'{START}[without]\neffects = ["list_resources/rol"]\n', 5, ["unknown effect of list_resources: 'rol'"]),
        (f'{START}[without]\nguards = ["list_resources/role"]\n', 5, ["unknown guard of list_resources: 'role'"]),
        (f'{START}[without]\nguards = ["delete_role"]\n', 5, ["'delete_role': expected ACTION/REFUSAL"]),
        (
            f'{START}[without]\nguards = ["delete_backup_vault/default-vault-needs-another-vault"]\n',
            5,
            ["exists only under another assumption", "[assume]"],
        ),
        (f'{START}[counterexample]\nproperty = "recovery"\n', 5, ["unknown property 'recovery'"]),
        (f"{START}[counterexample]\n", 4, ["no property"]),
        # Regions and vaults
        ('title = "x"\n[[step]]\ndo = "perform_efs_automatic_backup"\nregion = "eu-wset-1"\n', 4, ["'eu-west-1'?"]),
        (f'{START}[account]\nefs-automatic-backup = ["us-east1"]\n', 5, ["unknown Region 'us-east1'; did you mean"]),
        (f'{START}[account]\nvaults = [\n{{ region = "eu-west1", name = "v" }}]\n', 6, ["'eu-west-1'?", "regions = "]),
        (f'{START}[finally]\nvaults = [{{ region = "eu-west1", name = "v" }}]\n', 5, ["unknown Region 'eu-west1'"]),
        (
            f'title = "x"\n[account]\nvaults = [{{ {VAULT} }}]\n[finally]\nvaults = [{{ {VAULT[:-1]}s" }}]\n',
            5,
            ["unknown vault 'archives'; did you mean 'archive'?"],
        ),
        (
            f'title = "x"\n[account]\nvaults = [{{ {VAULT} }}]\n[[step]]\ndo = "delete_backup_vault"\n'
            'region = "eu-west-1"\nvault = "archvie"\n',
            7,
            ["unknown vault 'archvie'; did you mean 'archive'?", 'because = "no-such-vault"'],
        ),
        (
            f'title = "x"\n[account]\nvaults = [{{ {VAULT} }}]\n[[step]]\ndo = "delete_backup_vault"\n'
            'region = "us-east-1"\nvault = "archive"\n',
            7,
            ["vault 'archive' is in eu-west-1, not in us-east-1"],
        ),
        # missing parameters
        (STEP, 1, ['no title: add title = "..."']),
        ('title = "x"\n', 1, ["no step", "[[step]]"]),
        ('title = "x"\n[[step]]\nexpect = "done"\n', 2, ["step 1 has no do"]),
        ('title = "x"\n[[step]]\ndo = "start_job"\nvault = "Default"\n', 3, ["start_job needs a region"]),
        ('title = "x"\n[[step]]\ndo = "start_job"\nregion = "eu-west-1"\n', 3, ["start_job needs a vault"]),
        ('title = "x"\n[[step]]\ndo = "assume_role"\n', 3, ["assume_role needs by = 'service' or 'other'"]),
        ('title = "x"\n[[step]]\ndo = "wait"\n', 3, ["wait needs minutes"]),
        (f'{START}[account]\nvaults = [\n{{ region = "eu-west-1" }}]\n', 6, ["a vault needs a name"]),
        # impossible values
        (f"{START}[account]\nvaults = [{{ {VAULT}, points = -1 }}]\n", 5, ["of at least 0, not -1"]),
        (f"{START}[account]\nvaults = [{{ {VAULT}, points = true }}]\n", 5, ["a whole number", "not true"]),
        (f"{START}[account]\nvaults = [{{ {VAULT}, points = 1.0 }}]\n", 5, ["a whole number", "not 1.0"]),
        (
            f"{START}[account]\nvaults = [{{ {VAULT}, points = 9223372036854775808 }}]\n",
            5,
            ["from 0 to 9223372036854775807, not 9223372036854775808"],
        ),
        (f"{START}[account]\nvaults = [{{ {VAULT}, points = -1 }}]\n", 5, ["a whole number of at least 0, not -1"]),
        (f"{START}[account]\nvaults = [{{ {VAULT}, points = 0x{'f' * 5000} }}]\n", 5, ["not a number of that size"]),
        (f"{START}[account]\nvaults = [{{ {VAULT}, job = 1 }}]\n", 5, ["'job' must be true or false, not 1"]),
        (f"{START}[account]\nvaults = [{{ {VAULT}, size = 1 }}]\n", 5, ["unknown key of a vault: 'size'"]),
        (
            f"{START}[account]\nvaults = [\n{{ {VAULT} }},\n{{ {VAULT}, points = 3 }},\n]\n",
            7,
            ["two vaults called 'archive' in eu-west-1"],
        ),
        (f"{START}[account]\nvaults = [1]\n", 5, ["element 1 of 'vaults' must be a table, not 1"]),
        (f'{START}[account]\nvaults = {{ {VAULT} }}\n', 5, ["'vaults' must be an array such as"]),
        (f'{START}[account]\nvaults = [{{ region = "", name = "v" }}]\n', 5, ["the region of a vault cannot be empty"]),
        (f'{START}[account]\nrole = "deleting"\n', 5, ["absent or present", "in a step"]),
        (f'{START}[account]\ndescription = "edited"\n', 5, ['set role = "present"']),
        (f'{START}[account]\nefs-automatic-backup = [\n"eu-west-1",\n"eu-west-1"]\n', 7, ["'eu-west-1' is named"]),
        (f'{START}[account]\nefs-automatic-backup = "eu-west-1"\n', 5, ["must be an array, not a string"]),
        (f"{START}[account]\ncross-account = 1\n", 5, ["'cross-account' must be true or false, not 1"]),
        (f'{START}permitted = "yes"\n', 4, ["'permitted' must be true or false, not a string"]),
        (f"{START}times = 0\n", 4, ["'times' must be a whole number from 1", "not 0"]),
        (f"{START}times = {MOST_STEPS + 1}\n", 4, [f"from 1 to {MOST_STEPS}"]),
        (f"{START}times = {MOST_STEPS}\n{STEP}", 5, ["more than 5,000,000 steps"]),
        (f"{START}note = 1979-05-27\n", 4, ["'note' must be a string, not a date or time"]),
        ('title = "x"\n[[step]]\ndo = "wait"\nminutes = -1\n', 4, ["a number from 0 to 1,000,000,000, not -1"]),
        ('title = "x"\n[[step]]\ndo = "wait"\nminutes = nan\n', 4, ["not nan"]),
        (f'title = "x"\n[[step]]\ndo = "wait"\nminutes = 0x{"f" * 5000}\n', 4, ["not a number of that size"]),
        ('title = "x"\n[[step]]\ndo = "wait"\nminutes = 1\nexpect = "refused"\n', 5, ["a wait is always done"]),
        ('title = "x"\n[[step]]\ndo = "wait"\nminutes = 1\nregion = "eu-west-1"\n', 5, ["unknown key of wait:"]),
        ('title = "x"\nstep = { do = "list_resources" }\n', 2, ["write [[step]], with two brackets"]),
        ('title = "x"\n[step]\ndo = "list_resources"\n', 2, ["write [[step]], with two brackets"]),
        ('title = "x"\nstep = [\n{ do = "list_resources" },\n7]\n', 4, ["element 2 of 'step' must be a table, not 7"]),
        ("title = 3\n" + STEP, 1, ["'title' must be a string, not 3"]),
        (f"clauses = [1]\n{START}", 1, ["element 1 of 'clauses' must be a string, not 1"]),
        (f"{START}[assume]\nefs-vault = 1\n", 5, ["'efs-vault' must be a string, not 1"]),
        (
            f'{START}[counterexample]\nproperty = "recovery_points_lie_in_vaults"\nscope = {{ regions = 9 }}\n',
            6,
            ["from 1 to 4, not 9"],
        ),
        (
            f'{START}[counterexample]\nproperty = "recovery_points_lie_in_vaults"\n'
            "scope = { regions = 4, vaults = 6, points = 8 }\n",
            6,
            ["a scope of more than 12 vaults in total takes too long to check"],
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_line_and_a_correction(
    text: str, line: int | None, fragments: list[str], tmp_path: Path
) -> None:
    file = scenario(tmp_path, text)
    answer = call("simulate", file)
    where = f"error: {file}:{line}: " if line else f"error: {file}: "
    refused(answer, where, *fragments)
    assert len(answer.err) < 1000
    assert answer.out == ""


# ---------------------------------------------------------------- files that are not scenarios


@pytest.mark.parametrize(
    ("data", "where", "fragment"),
    [
        (b"", "", "an empty file"),
        (b"# nothing but a comment\n", "", "an empty file"),
        (b"\x7fELF\x02\x01\x01\x00", ":1", "not a text file in UTF-8"),
        (b'title = "x"\n\nstory = "caf\xe9"\n', ":3", "not a text file in UTF-8"),
        ('title = "x"\n'.encode("utf-16"), ":1", "not a text file in UTF-8"),
        ('title = "x"\n'.encode("utf-16-le"), ":1", "not a text file in UTF-8"),
    ],
    ids=["empty", "comment", "binary", "latin-1", "UTF-16", "UTF-16 without mark"],
)
def test_a_file_that_is_not_a_scenario_is_reported(data: bytes, where: str, fragment: str, tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_bytes(data)
    refused(call("simulate", str(file)), f"error: {file}{where}: ", fragment)


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_bytes(START.encode("utf-8-sig"))
    assert call("simulate", str(file)).code == 0


def test_an_unreadable_file_is_reported(tmp_path: Path) -> None:
    refused(call("simulate", str(tmp_path / "nothing.toml")), "nothing.toml: cannot be read: No such file or directory")
    refused(call("simulate", str(tmp_path)), "a folder without scenarios (*.toml)")
    refused(call("simulate", str(tmp_path / ("x" * 300))), "cannot be read: File name too long")
    refused(call("simulate", "a\0b"), "error: a\\x00b: cannot be read: embedded null byte")
    (tmp_path / "folder.toml").mkdir()
    refused(call("simulate", str(tmp_path)), "folder.toml: a folder")


@pytest.mark.parametrize("name", ["/dev/zero", "/proc/self/mem"])
def test_an_endless_file_is_not_read_completely(name: str) -> None:
    refused(call("simulate", name), f"error: {name}: ")


def test_a_file_without_permission_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(self: Path, *_: object) -> object:
        raise PermissionError(13, "Permission denied")

    file = scenario(tmp_path, START)
    monkeypatch.setattr(Path, "open", forbidden)
    refused(call("simulate", file), "cannot be read: Permission denied")


def test_a_file_larger_than_any_scenario_is_not_parsed(tmp_path: Path) -> None:
    file = tmp_path / "huge.toml"
    with file.open("wb") as stream:
        stream.truncate(65 * 2**20)
    refused(call("simulate", str(file)), "larger than 64 MiB")


@pytest.mark.parametrize("brackets", [("[", "]"), ("{ a = ", "}")], ids=["arrays", "inline tables"])
@pytest.mark.parametrize("depth", [150, 330, 490, 1000])
def test_deep_nesting_is_rejected(brackets: tuple[str, str], depth: int, tmp_path: Path) -> None:
    text = f'title = "x"\nx = {brackets[0] * depth}1{brackets[1] * depth}\n'
    answer = call("simulate", scenario(tmp_path, text))
    refused(answer, "error: ")
    assert "unknown key 'x'" in answer.err or "nested too deep" in answer.err


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    files = [
        scenario(tmp_path, START, "a.toml"),
        scenario(tmp_path, "title =", "b.toml"),
        str(tmp_path / "empty"),
        scenario(tmp_path, START, "c.toml"),
    ]
    answer = call("simulate", "--json", *files)
    refused(answer, "b.toml:1: not valid TOML", "empty: a folder")
    assert [run["file"] for run in answer.document["scenarios"]] == [files[0], files[3]]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("check", "--with", "nope"), 2, "unknown extension 'nope'; known: obstacle, "),
        (("check", "--property", "nope"), 2, "--property: "),
        (("check", "--safety", "--leads-to", "cross_account", "using_role"), 2, "--safety: none of these properties"),
        (("check", "--always", "nope"), 3, "unknown name 'nope'"),
        (("witness", "role = absent"), 3, "use '=='"),
        (("simulate", "nope.toml"), 3, "nope.toml: cannot be read"),
        (("simulate", "nope.toml", "nor.toml"), 3, "nor.toml: cannot be read"),
        (("why", "nope.toml"), 3, "nope.toml: cannot be read"),
    ],
)
def test_an_error_is_text_on_stderr_also_with_json(arguments: tuple[str, ...], code: int, said: str) -> None:
    answer = call(*arguments, "--json")
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err


def test_a_run_that_cannot_be_recorded_is_still_shown(tmp_path: Path) -> None:
    file = scenario(tmp_path, START)
    Path(file).with_suffix(".trace").mkdir()
    answer = call("simulate", "--record", file)
    refused(answer, "scenario.trace: cannot be written: Is a directory")
    assert "1 list_resources" in answer.out


# ---------------------------------------------------------------- command lines


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("chekc",), ["unknown command 'chekc'; did you mean 'check'?"]),
        (("xyz",), ["unknown command 'xyz'"]),
        (("it's",), ['unknown command "it\'s"']),
        (("check", "--regoins", "3"), ["unknown option '--regoins'; did you mean '--regions'?"]),
        (("check", "--region", "3"), ["unknown option '--region'; did you mean '--regions'?"]),
        (("check", "--regions=x"), ["--regions", "'x'"]),
        (("check", "--regions"), ["Option '--regions' requires an argument"]),
        (("check", "more"), ["unexpected extra argument (more)"]),
        (("check", "--regions", "0"), ["--regions: a whole number from 1 to 1,000, not '0'"]),
        (("check", "--vaults", "1"), ["--vaults: a whole number from 2 to 1,000, not '1'"]),
        (("check", "--points", "0"), ["--points: a whole number from 1 to 2,147,483,648, not '0'"]),
        (("check", "--max-states", "0"), ["--max-states: a whole number from 1 to 1,000,000,000,000, not '0'"]),
        (("check", "--timeout", "0"), ["--timeout: a number of seconds above 0 and at most 1,000,000,000, not '0'"]),
        (("check", "--timeout", "nan"), ["--timeout: a number of seconds such as 60, above 0", "not 'nan'"]),
        (("clauses", "CLEAN-222"), ["backup-slr clauses: unknown clause 'CLEAN-222'; did you mean 'CLEAN-2'?"]),
        (("doctor", "z3"), ["backup-slr doctor: Got unexpected", "z3", "See 'backup-slr doctor --help'"]),
        (("export", "tla", "--json"), ["unknown option '--json'\nSee 'backup-slr export --help'"]),
        (("check", "--property", "recovery_points_lie_in_vault"), ["'recovery_points_lie_in_vaults'?"]),
        (("check", "--assume", "efs-vault"), ["--assume 'efs-vault': expected NAME=VALUE"]),
        (("check", "--assume", "efs-volt=never"), ["unknown assumption 'efs-volt'; did you mean 'efs-vault'?"]),
        (("check", "--assume", "efs-vault=x"), ["unknown value of efs-vault: 'x'; known: deletable, never"]),
        (("rules", "--assume", "efs-vault=never", "--assume", "efs-vault=deletable"), ["cannot be both never and"]),
        (("check", "--without", "delete_role"), ["'delete_role': expected ACTION/PART"]),
        (("check", "--without", "delete_rol/no-such-role"), ["unknown action 'delete_rol'", "'delete_role'?"]),
        (("check", "--without", "delete_role/no-such-rol"), ["unknown part of delete_role:", "'no-such-role'?"]),
        (("explain", "delete_vault"), ["unknown action, refusal or error code 'delete_vault'; did you mean"]),
        (("explain",), ["'backup-slr explain --list' shows them"]),
        (("explain", "x"), ["unknown action, refusal or error code 'x'; known: list_resources,"]),
        (("witness",), ["Missing argument 'EXPR'"]),
        (("simulate",), ["'backup-slr simulate --list' shows the examples"]),
        (("rules", "--format", "xml"), ["unknown format 'xml'; known: text, md, json"]),
        (("simulate", "nothing.toml", "--assume", "efs-volt=never"), ["unknown assumption 'efs-volt'"]),
    ],
    ids=lambda x: " ".join(x)[:40] if isinstance(x, tuple) else "",
)  # fmt: skip
def test_a_wrong_command_line_is_reported_with_a_correction(arguments: tuple[str, ...], fragments: list[str]) -> None:
    answer = call(*arguments)
    refused(answer, *fragments, code=2)
    assert answer.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        (HOSTILE,),
        ("check", HOSTILE),
        ("check", f"--{HOSTILE}"),
        ("check", "--regions", HOSTILE),
        ("check", "--property", HOSTILE),
        ("check", "--assume", HOSTILE),
        ("check", "--assume", f"efs-vault={HOSTILE}"),
        ("check", "--without", HOSTILE),
        ("check", "--without", f"delete_role/{HOSTILE}"),
        ("check", "--scenarios", HOSTILE),
        ("explain", HOSTILE),
        ("witness", HOSTILE),
        ("witness", "role == present", "--avoid", HOSTILE),
        ("simulate", HOSTILE),
    ],
    ids=lambda x: " ".join(printable(a, 20) for a in x),
)
def test_hostile_arguments_are_shown_escaped(arguments: tuple[str, ...]) -> None:
    answer = call(*arguments)
    assert answer.code in (2, 3)
    assert all(line.isprintable() for line in answer.err.split("\n"))
    longer = call(*(a.replace(HOSTILE, HOSTILE * 1000) for a in arguments[:-1]), arguments[-1].replace("d", "d" * 9000))
    assert len(longer.err) < 2000 or arguments[0] == "simulate" or "--scenarios" in arguments


def test_a_part_that_exists_only_under_another_assumption_cannot_be_removed(tmp_path: Path) -> None:
    part = "delete_backup_vault/default-vault-needs-another-vault"
    refused(call("check", "--without", part), "unknown part of delete_backup_vault", code=2)
    file = scenario(tmp_path, START)
    answer = call("simulate", file, "--without", part)
    refused(answer, f"{part} cannot be removed", "only under other values")
    assert call("simulate", file, "--without", part, "--assume", "default-vault=needs-another-vault").code == 0


def test_a_part_of_an_extension_that_only_the_scenario_names_can_be_removed(tmp_path: Path) -> None:
    part = ("--without", "start_job/nothing-planned")
    file = scenario(tmp_path, 'with = ["backup-plans"]\n' + START)
    assert call("simulate", file, *part, "--assume", "efs-vault=never").code == 0
    belongs = "'nothing-planned' belongs to the extension backup-plans: add --with"
    refused(call("simulate", scenario(tmp_path, START), *part), belongs, code=2)
    refused(call("simulate", "nothing.toml", "--without", "start_job/nothing-plannd"), "unknown part", code=2)


def test_a_folder_of_scenarios_must_exist() -> None:
    for command in (["check", "--regions", "1"], ["clauses"]):
        for folder in ("nowhere", "x" * 300):
            refused(call(*command, "--scenarios", folder), "not a folder of scenarios")


# ---------------------------------------------------------------- limits


def numeric(command: str) -> Iterator[str]:
    """Iterate over the options of a command that take a number, by their metavars in help."""
    shown = call(command, "--help").out
    yield from re.findall(r"^  (--[a-z-]+) (?:N|K|S|MIB|SECONDS|MINUTES|SHARE)\b", shown, re.MULTILINE)


NUMBERS = [(command, option) for command in COMMANDS for option in numeric(command)]
"""Every option that takes a number."""


HUGE = f"1{'0' * 30}"


@pytest.mark.parametrize(("command", "option"), NUMBERS)
def test_every_number_is_read_in_the_same_way(command: str, option: str) -> None:
    for text in ("1_0", HUGE):
        answer = call(command, f"{option}={text}")
        refused(answer, f"{option}: a ", f", not '{text}'", code=2)


@pytest.mark.parametrize("read", [whole(0, 10**9), positive(10**9, "a number", "1")], ids=["whole", "positive"])
def test_a_number_is_plain_digits_within_its_bounds(read: Callable[[str], float]) -> None:
    assert (read("7"), read("1000000000")) == (7, 10**9)
    for text in (
        *("1_0", "1e99", HUGE, "9" * 5000, "-0", "-1", "\uff11", "\u0661", "+1", " 1", "1 ", "1\n", "nan", "inf"),
        *("-inf", "0x1", "", "1,000", "1000000001"),
    ):
        with pytest.raises(click.BadParameter, match=r"1,000,000,000, not ") as wrong:
            read(text)
        assert len(str(wrong.value)) < 200
    assert positive(10**9, "a number", "1")("2.5e-3") == 0.0025
    with pytest.raises(click.BadParameter, match="a whole number"):
        whole(0, 10**9)("1e3")


def test_options_with_numbers_are_found() -> None:
    assert {"--regions", "--runs", "--jobs", "--seed", "--deadline", "--goal"} <= {option for _, option in NUMBERS}
    assert {command for command, option in NUMBERS if option == "--timeout"} == set(COMMANDS)


@pytest.mark.parametrize("size", [("--regions", "999"), ("--vaults", "999")])
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_a_scope_that_is_too_large_is_inconclusive_at_once(size: tuple[str, str], form: tuple[str, ...]) -> None:
    for command in (["check"], ["witness", "any(points > 0)"]):
        answer = call(*command, *size, *form)
        refused(answer, "the scope is too large", code=5)
        assert "inconclusive" in answer.out
        assert "--max-states" not in answer.out


@pytest.mark.parametrize("number", ["1", "9" * 5000])
def test_a_very_long_number_does_not_crash(number: str) -> None:
    answer = call("check", "--regions", "1", "--timeout", "1e-9", "--max-states", number)
    assert answer.code in (2, 5)
    assert len(answer.err) < 1000


def test_a_search_stops_soon_after_its_maximum_of_states() -> None:
    document = call("witness", "any(points == 50)", "--max-states", "5000", "--json").document
    assert document["verdict"] == "inconclusive"
    assert 5000 < document["states"] < 50_000


# ---------------------------------------------------------------- results that cannot be written


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (".", "Is a directory"),
        ("x" * 300, "File name too long"),
        ("a\0b", "embedded null byte"),
        ("/dev/full", "No space left on device"),
    ],
)
@pytest.mark.parametrize(
    "arguments", [("rules",), ("witness", "cross_account", "--regions", "1", "--json")], ids=" ".join
)
def test_a_result_that_cannot_be_written_is_not_lost(target: str, why: str, arguments: tuple[str, ...]) -> None:
    answer = call(*arguments, "-o", target)
    refused(answer, f"cannot be written: {why}", "stdout")
    whole = call(*arguments).out
    assert answer.out == whole or target == "/dev/full"


@pytest.mark.parametrize("command", [("rules",), ("export", "aut"), ("diagram", "lifecycle"), ("check",)], ids=" ".join)
def test_a_folder_that_does_not_exist_is_reported_before_anything_is_computed(command: tuple[str, ...]) -> None:
    answer = call(*command, "-o", "no/such/result.json")
    refused(answer, "no/such/result.json: cannot be written: the folder 'no/such' does not exist")
    assert answer.out == ""


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("verfiy", "; did you mean 'check'?"),
        ("draw", "; did you mean 'diagram'?"),
        ("diagarm", "; did you mean 'diagram'?"),
        ("frobnicate", "; known: explain, why, witness"),
    ],
)
def test_an_unknown_command_is_reported_with_a_known_one(name: str, says: str) -> None:
    refused(call(name), f"unknown command '{name}'{says}", code=2)


# ---------------------------------------------------------------- hostile names


def hostile_scenario(name: str) -> str:
    """Return a scenario with a name in every possible place, which misses every expectation."""
    here = f"region = {toml(name)}\nvault = {toml(name)}\n"
    vault = f"{{ region = {toml(name)}, name = {toml(name)}, points = 1 }}"
    return f"""
title = {toml(name)}
story = {toml(name)}
[account]
role = "present"
regions = [{toml(name)}]
efs-automatic-backup = [{toml(name)}]
vaults = [{vault}]
[[step]]
do = "delete_backup_vault"
{here}
note = {toml(name)}
expect = "done"
[[step]]
do = "start_job"
{here}
[[step]]
do = "turn_off_efs_automatic_backup"
region = {toml(name)}
[[step]]
do = "delete_service_linked_role"
[[step]]
do = "finish_deletion_task"
expect = "done"
[finally]
efs-automatic-backup = [{toml(name)}]
vaults = [{vault.replace("points = 1", "points = 2, job = false")}]
"""


@pytest.mark.parametrize(
    "name",
    [HOSTILE, "x" * 10_000, HOSTILE * 500, "\n", "\u202e", "[red]", "a/b", "日本" * 50],
    ids=lambda x: printable(x, 20),
)
def test_a_hostile_name_is_shown_safely_and_kept_in_json(name: str, tmp_path: Path) -> None:
    file = scenario(tmp_path, hostile_scenario(name))
    text = call("simulate", file)
    assert text.code == 1
    lines = text.out.split("\n")
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) < 5000
    assert any(line.endswith(f"delete_backup_vault {printable(name)}/{printable(name)}") for line in lines)
    document = call("simulate", file, "--json").document
    (run,) = document["scenarios"]
    assert run["title"] == name
    assert run["steps"][0]["region"] == run["steps"][0]["vault"] == name
    assert run["steps"][2]["changed"] == [
        {"variable": "efs_automatic_backup", "region": name, "before": True, "after": False}
    ]
    assert run["final"]["vaults"] == [{"region": name, "name": name, "points": 1, "job": True}]
    coloured = call("simulate", file, environment={"FORCE_COLOR": "1", "TERM": "xterm"})
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured.out) == text.out


def test_a_hostile_name_is_recorded_safely(tmp_path: Path) -> None:
    file = scenario(tmp_path, hostile_scenario(HOSTILE))
    call("simulate", "--record", file)
    recorded = Path(file).with_suffix(".trace").read_text(encoding="utf-8")
    assert all(line.isprintable() for line in recorded.split("\n"))
    assert "differs from its recording" not in call("simulate", "--recorded", file).out


@pytest.mark.parametrize(
    "text",
    [
        f"{START}{toml(HOSTILE * 100)} = 1\n",
        f"{START}via = {toml(HOSTILE * 100)}\n",
        f"{START}[account]\nefs-automatic-backup = [{toml(HOSTILE * 100)}]\n",
        f'{START}[account]\nvaults = [{{ region = "eu-west-1", name = {toml(HOSTILE)} }}, '
        f'{{ region = "eu-west-1", name = {toml(HOSTILE)} }}]\n',
        f'title = "x"\n[[step]]\ndo = "start_job"\nregion = "eu-west-1"\nvault = {toml(HOSTILE * 100)}\n',
        f"{START}[account]\nregions = [{toml(HOSTILE)}]\n"
        f"vaults = [{{ region = {toml(HOSTILE)}, name = {toml(HOSTILE)} }}]\n"
        f'[[step]]\ndo = "start_job"\nregion = "eu-west-1"\nvault = {toml(HOSTILE)}\n',
        f"{START}[without]\nguards = [{toml(HOSTILE * 100)}]\n",
        f"{START}\x1b[31m = 1\n",
    ],
)  # fmt: skip
def test_a_hostile_name_in_a_message_is_quoted(text: str, tmp_path: Path) -> None:
    answer = call("simulate", scenario(tmp_path, text))
    refused(answer, "error: ")
    (line, end) = answer.err.split("\n")
    assert line.isprintable()
    assert len(line) < 1000
    assert end == ""


# ---------------------------------------------------------------- never a traceback

FUZZ = settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
VALID = Path(__file__).parent.parent / "samples"


def words(text: str) -> list[str]:
    """Texts between blanks."""
    return text.split(" ")


TOKENS = st.sampled_from(
    [
        *words("title step account finally assume without vaults region vault do expect because times minutes points"),
        *words('[ ] [[ ]] { } = , " \' """ # . -1 1 0x1 1e9 inf true \x1b \x00 \n'),
        *words('"done" "refused" "eu-west-1" "Default" "present"'),
        *(f'"{rule.action}"' for rule in lifecycle().rules),
    ]
)


def never_a_traceback(answer: Answer) -> None:
    """Assert an exit code of the contract; an exception fails the test anyway."""
    assert answer.code in CODES
    assert all(line.isprintable() for line in answer.err.split("\n"))
    if answer.code in (2, 3):
        assert answer.err


@FUZZ
@given(st.one_of(st.text(), st.lists(TOKENS, max_size=40).map(" ".join), st.binary()))
def test_any_text_as_a_scenario_ends_with_an_exit_code(tmp_path: Path, text: str | bytes) -> None:
    file = tmp_path / "scenario.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    never_a_traceback(call("simulate", str(file)))


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid scenario with a few pieces cut out, doubled, moved or replaced by others."""
    text = draw(st.sampled_from([file.read_text(encoding="utf-8") for file in sorted(VALID.glob("*.toml"))]))
    for _ in range(draw(st.integers(1, 3))):
        pieces = re.findall(r'"[^"\n]*"|[\w.-]+|\s+|.', text)
        at, length = draw(st.integers(0, len(pieces) - 1)), draw(st.integers(0, 4))
        other = draw(st.sampled_from(pieces) | TOKENS | st.text(max_size=3) | st.integers().map(str))
        text = "".join([*pieces[:at], other, *pieces[at + length :]])
    return text


@FUZZ
@given(mutated(), st.sampled_from([(), ("--json",), ("--quiet",)]))
def test_a_mutated_scenario_ends_with_an_exit_code(tmp_path: Path, text: str, form: tuple[str, ...]) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    never_a_traceback(call("simulate", str(file), *form))


WORDS = st.sampled_from(
    words(
        "role description cross_account using_role efs_automatic_backup vault points job is_default_vault is_efs_vault "
        "and or not any( all( ( ) == != < <= > >= true false 0 1 2 999 x = & ~ é absent present deleting default edited"
    )
)


@FUZZ
@given(st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=30), st.none() | st.lists(WORDS, max_size=5))
def test_any_expression_ends_with_an_exit_code(text: str, avoid: list[str] | None) -> None:
    more = () if avoid is None else (f"--avoid={' '.join(avoid)}",)
    never_a_traceback(call("witness", "--regions=1", "--max-states=100", *more, "--", text))


# ---------------------------------------------------------------- the wording of messages


@given(st.text(), st.integers(10, 80))
def test_a_printable_name_is_printable_and_not_too_long(text: str, longest: int) -> None:
    shown = printable(text, longest)
    assert shown.isprintable()
    assert len(shown) <= 10 * longest
    if text.isprintable() and len(text) <= longest:
        assert shown == text


def test_long_names_that_differ_at_either_end_stay_different() -> None:
    middle = "m" * 100
    assert len({printable(name) for name in (middle, f"a{middle}", f"b{middle}", f"{middle}a", f"{middle}b")}) == 5


def test_the_nearest_name_is_suggested_or_all_names_if_there_are_few() -> None:
    assert unknown("thing", "aple", ["apple", "pear"]) == "unknown thing 'aple'; did you mean 'apple'?"
    assert unknown("thing", "x", ["apple", "pear"]) == "unknown thing 'x'; known: apple, pear"
    assert unknown("thing", "x", []) == "unknown thing 'x'; known: none"
    assert unknown("thing", "x", [f"name-{i}" for i in range(13)]) == "unknown thing 'x'"
    assert len(unknown("thing", "x" * 10_000, ["y" * 10_000])) < 200
    assert quoted("a'b") == '"a\'b"'


def test_a_message_has_its_place_if_known() -> None:
    assert str(BadInput("wrong")) == "wrong"
    assert str(BadInput("wrong", "f")) == "f: wrong"
    assert str(BadInput("wrong", "f", 3)) == "f:3: wrong"
    assert str(BadInput("wrong", "a\nb", 3)) == "a\\nb:3: wrong"
