"""The commands: output, exit codes, and behavior as a program."""

from __future__ import annotations

import os
import pty
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from support.console import PASSING, Answer, asked, call, interrupted, playing, program, scenario, timeless

from backup_slr.cli import progress
from backup_slr.cli.app import parse
from backup_slr.cli.commands import COMMANDS
from backup_slr.cli.progress import ProgressBar
from backup_slr.engine.check.exploration import Explored
from backup_slr.lifecycle import lifecycle
from backup_slr.schemas import NAMES, recorded

SMALL = ("--regions", "1")
BROKEN = ("--without", "delete_backup_vault/vault-has-recovery-points")
ONE = ("--property", "recovery_points_lie_in_vaults")
FAILING = PASSING.replace('"done"', '"refused"')
ESCAPE = "\x1b"


def interrupted_after(calls: int) -> Callable[[ProgressBar, Explored, int], None]:
    """Replace the progress bar by a function that raises KeyboardInterrupt after some calls."""
    left = [calls]

    def explored(self: ProgressBar, explored: Explored, frontier: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt

    return explored


# ---------------------------------------------------------------- output of each command


NOWHERE = "role == absent and any(points > 0)"
LIVENESS = ("--without", "finish_deletion_task/role", "--property", "deletion_task_ends")


@pytest.mark.parametrize(
    ("arguments", "code", "facts"),
    [
        (
            ("check", *SMALL),
            0,
            ("(--regions 1 --vaults 2 --points 1): 73 of 75 properties", "1 Region, 2 vaults in each", "(complete)"),
        ),
        (
            ("witness", "role == absent and cross_account"),
            0,
            ("reachable in 3 steps (shortest)", "set_up_cross_account_backup"),
        ),
        (
            ("rules",),
            0,
            ("delete a backup vault (for each vault of each Region)", "no-such-vault ["),
        ),
        (
            ("rules", "--format", "md"),
            0,
            ("| `delete_backup_vault`<br>for each vault of each", "`vault-has-recovery-points`"),
        ),
        (("clauses",), 0, ("CLEAN-5", "rules:", "properties:", "constants:")),
        (("clauses", "--format", "md"), 0, ("| CLEAN-5 | rule |",)),
        (("assumptions",), 0, ("usage-check:", "* at-task-end", "evidence:", "Conventions")),
        (("assumptions", "--format", "md"), 0, ("| `usage-check` |", "`at-submit`")),
        (
            ("explain", "delete_backup_vault"),
            0,
            ("default-vault-in-console", "CLEAN-5", "API or with the CLI"),
        ),
        (("explain", "rename_role"), 0, ("name-is-immutable", "This action never succeeds.")),
        (("explain", "delete_backup_vault", "--format", "md"), 0, ("| refused: the vault holds recovery points |",)),
        (("check", *SMALL, *LIVENESS), 1, ("weak fairness (what stays possible", "-- from here on, forever:")),
        (("check", *SMALL, *BROKEN, *ONE, "--max-states", "300"), 1, ("(incomplete: ",)),
        (
            ("witness", NOWHERE, *SMALL),
            1,
            (f"unreachable at every size (proved): {NOWHERE}", "explored: all 584 states"),
        ),
        (("witness", "role == absent", *SMALL), 0, ("reachable in 0 steps (shortest)", "(the initial state itself)")),
        (("witness", "all(points > 1)", "--timeout", "1e-9"), 5, ("--timeout 1e-08",)),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, tuple) else "",
)
def test_a_command_prints_its_facts_on_stdout_and_nothing_on_stderr(
    arguments: tuple[str, ...], code: int, facts: tuple[str, ...]
) -> None:
    answer = asked(*arguments)
    assert answer.code == code
    assert answer.err == ""
    for fact in facts:
        assert fact in answer.out


def test_every_action_can_be_explained() -> None:
    for rule in lifecycle().rules:
        answer = call("explain", rule.action)
        assert answer.code == 0
        assert answer.out.startswith(f"{rule.action}: {rule.says}\n")
        for guard in rule.guards:
            if not guard.under:
                assert guard.otherwise.id in answer.out


@pytest.mark.parametrize("arguments", [("rules",), ("clauses",), ("assumptions",), ("explain", "finish_deletion_task")])
def test_all_rows_of_a_markdown_table_have_the_same_number_of_cells(arguments: tuple[str, ...]) -> None:
    rows = [line for line in asked(*arguments, "--format", "md").out.splitlines() if line.startswith("|")]
    assert len(rows) > 3
    assert {row.count("|") for row in rows} == {rows[0].count("|")}


@pytest.mark.parametrize("command", ["rules", "clauses", "assumptions"])
def test_format_json_is_the_same_as_json(command: str) -> None:
    assert asked(command, "--format", "json").document == asked(command, "--json").document


def test_an_assumption_changes_the_tables() -> None:
    usual, other = (asked("rules", *more).out for more in ((), ("--assume", "efs-vault=never")))
    assert "efs-vault-not-deletable" in other
    assert "efs-vault-not-deletable" not in usual
    assert "* never" in call("assumptions", "--assume", "efs-vault=never").out


def test_an_assumption_may_be_named_as_reports_cite_it() -> None:
    answer = call("assumptions", "--assume", "ASSUME-EFS-VAULT=never")
    assert answer == call("assumptions", "--assume", "efs-vault=never")


def test_a_removed_part_is_not_in_the_tables() -> None:
    answer = call("explain", "delete_backup_vault", *BROKEN[:1], BROKEN[1])
    assert answer.code == 0
    assert "vault-has-recovery-points" not in answer.out


def test_clauses_list_the_scenarios_that_cite_them(tmp_path: Path) -> None:
    scenario(tmp_path, PASSING + "\n", "tale.toml")
    scenario(tmp_path, 'clauses = ["CREATE-2"]\n' + PASSING, "story.toml")
    answer = call("clauses", "--scenarios", str(tmp_path))
    assert re.search(r"CREATE-2 .*\n(?: .*\n)* +scenarios: +story\n", answer.out)
    assert "tale" not in answer.out


# ---------------------------------------------------------------- help


def test_help_names_every_command_and_the_exit_codes() -> None:
    answer = call("--help")
    assert answer.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in answer.out
    assert "130 interrupted" in answer.out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_shows_examples_that_can_be_parsed(command: str) -> None:
    answer = call(command, "--help")
    assert answer.code == 0
    assert all(len(line) <= 80 for line in answer.out.splitlines())
    examples = re.findall(r"^  backup-slr (.*)$", answer.out.replace("\\\n", ""), re.MULTILINE)
    assert examples
    for example in examples:
        words = shlex.split(example)
        assert words[0] == command
        parse(words)


def test_the_version_is_printed() -> None:
    assert re.fullmatch(r"backup-slr \d+\.\d+\.\d+\n", call("--version").out)


# ---------------------------------------------------------------- schema


def test_schemas_are_listed_and_printed_by_name() -> None:
    assert call("schema").out == "account\nproperties\nrules\nrunbook\nscenario\n"
    for name in NAMES:
        assert call("schema", name).out == recorded(name)
    answer = call("schema", "scenaro")
    assert answer.code == 2
    assert "unknown schema 'scenaro'; did you mean 'scenario'?" in answer.err


# ---------------------------------------------------------------- check


def test_a_broken_rule_is_found_with_a_trace_and_the_command_that_shows_it_again() -> None:
    answer = call("check", *SMALL, *BROKEN, *ONE)
    assert answer.code == 1
    assert "verdict      violated" in answer.out
    assert f"without      {BROKEN[1]}" in answer.out
    trace = answer.out[answer.out.index("VIOLATED recovery_points_lie_in_vaults") :]
    assert "Every recovery point belongs to an existing vault. [CLEAN-1 CLEAN-2]" in trace
    assert "delete_backup_vault us-east-1/Default" in trace
    again = re.search(r"again: backup-slr (.*)", trace)
    assert again
    assert timeless(call(*shlex.split(again[1])).out) == timeless(answer.out)


def test_only_the_named_properties_are_checked() -> None:
    names = ("recovery_points_lie_in_vaults", "vault_deletion_takes_effect")
    document = call("check", *SMALL, "--property", names[0], "--property", names[1], "--json").document
    assert [p["id"] for p in document["properties"]] == sorted(names, key=names.index)


@pytest.mark.parametrize(
    ("limit", "why"),
    [(("--max-states", "50"), "--max-states"), (("--timeout", "1e-9"), "--timeout")],
    ids=["states", "time"],
)
def test_a_check_that_is_cut_short_is_inconclusive_and_says_why(limit: tuple[str, ...], why: str) -> None:
    answer = call("check", *SMALL, *limit)
    assert answer.code == 5
    assert "verdict      inconclusive" in answer.out
    assert "(incomplete: " in answer.out
    assert why in answer.out
    assert not re.search(r"ok +(eventually|possible)", answer.out)


def test_a_limit_that_is_not_reached_changes_nothing() -> None:
    states = asked("check", *SMALL, "--json").document["states"]
    document = call("check", *SMALL, *ONE, "--max-states", str(states), "--json").document
    assert document["complete"]
    assert document["verdict"] == "holds"


def test_an_interrupted_check_shows_partial_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProgressBar, "explored", interrupted_after(6))
    answer = call("check")
    assert answer.code == 130
    assert "verdict      inconclusive" in answer.out
    assert "(incomplete: it was interrupted)" in answer.out
    assert "interrupted" in answer.err
    monkeypatch.setattr(ProgressBar, "explored", interrupted_after(6))
    answer = call("check", "--json")
    assert answer.code == 130
    assert (answer.document["stopped"], answer.document["complete"]) == ("interrupted", False)
    assert answer.document["states"] > 1


def test_check_counts_the_scenarios_of_a_folder_and_skips_a_bad_one(tmp_path: Path) -> None:
    scenario(tmp_path, 'clauses = ["CREATE-2"]\n' + PASSING, "good.toml")
    scenario(tmp_path, "title = 1", "bad.toml")
    answer = call("check", *SMALL, "--max-states", "5", "--clauses", "--scenarios", str(tmp_path))
    assert re.search(r"CREATE-2 +rule +\d+ +\d+ +1\n", answer.out)
    assert "skipped" in answer.err
    assert "bad.toml:1:" in answer.err


# ---------------------------------------------------------------- witness


def test_a_witness_avoids_the_states_to_avoid() -> None:
    free = call("witness", "role == present", *SMALL, "--json").document
    assert [step["do"] for step in free["trace"]] == ["list_resources"]
    bound = call("witness", "role == present", "--avoid", "not any(efs_automatic_backup) and role == present", *SMALL)
    assert "perform_efs_automatic_backup" in bound.out
    never = call("witness", "role == absent and cross_account", "--avoid", "role == deleting", *SMALL)
    assert never.code == 6
    assert "avoiding role == deleting" in never.out


def test_an_expression_may_need_more_points_than_the_default_scope_has() -> None:
    answer = call("witness", "any(points == 3)", *SMALL)
    assert answer.code == 0
    assert "3 times: start_job" in answer.out


def test_a_search_that_is_cut_short_says_how_to_search_further() -> None:
    answer = call("witness", "any(points > 1)", "--avoid", "cross_account", *SMALL, "--max-states", "10")
    assert answer.code == 5
    again = re.search(r"again: backup-slr (.*)", answer.out)
    assert again
    assert shlex.split(again[1])[:4] == ["witness", "any(points > 1)", "--avoid", "cross_account"]
    assert "--max-states 100" in again[1]
    assert "not found in the first" in answer.out


def test_an_interrupted_search_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProgressBar, "explored", interrupted_after(2))
    answer = call("witness", "all(points > 1)")
    assert answer.code == 130
    assert "inconclusive" in answer.out
    assert "it was interrupted" in answer.out
    assert "interrupted" in answer.err


def test_without_a_witness_no_scenario_is_written(tmp_path: Path) -> None:
    target = tmp_path / "never.toml"
    answer = call("witness", NOWHERE, *SMALL, "--scenario", "-o", str(target))
    assert answer.code == 1
    assert answer.out == ""
    assert "unreachable" in answer.err
    assert not target.exists()


# ---------------------------------------------------------------- simulate


def test_a_scenario_that_meets_its_expectations_passes(tmp_path: Path) -> None:
    answer = call("simulate", scenario(tmp_path, PASSING))
    assert answer.code == 0
    assert "a role appears" in answer.out
    assert "1 list_resources" in answer.out
    assert "done: role absent -> present" in answer.out
    assert re.search(r"^PASS .*scenario.toml: 1 step$", answer.out, re.MULTILINE)


def test_a_missed_expectation_shows_expected_against_actual(tmp_path: Path) -> None:
    answer = call("simulate", scenario(tmp_path, FAILING))
    assert answer.code == 1
    assert "MISSED: expected refused, got done" in answer.out
    assert "FAIL" in answer.out


def test_a_missed_final_state_shows_expected_and_actual(tmp_path: Path) -> None:
    end = 'role = "absent"\ncross-account = true\nefs-automatic-backup = ["eu-west-1"]\n'
    vaults = 'vaults = [{ region = "eu-west-1", name = "Default", points = 2 }]\n'
    answer = call("simulate", scenario(tmp_path, PASSING.replace('role = "present"\n', end + vaults)))
    assert answer.code == 1
    assert "MISSED: at the end: expected role = absent, got present" in answer.out
    assert "MISSED: at the end: expected cross-account = true, got false" in answer.out
    assert "MISSED: at the end: expected EFS automatic backup on in eu-west-1, got no Region" in answer.out
    assert "MISSED: at the end: expected the vault eu-west-1/Default, which does not exist" in answer.out


def test_a_scenario_ends_with_the_account_and_the_verdict(tmp_path: Path) -> None:
    account = '[account]\nrole = "present"\nvaults = [{ region = "eu-west-1", name = "a", points = 2, job = true }]\n'
    answer = call("simulate", scenario(tmp_path, f'title = "x"\n{account}[[step]]\ndo = "list_resources"\n'))
    *_, last, verdict = answer.out.split("\n")[:-2]
    assert last == "  at the end: role present; 1 vault: eu-west-1/a (recovery points: 2, job)"
    assert verdict.startswith("PASS ")


def test_all_remaining_resources_are_listed(tmp_path: Path) -> None:
    rows = ", ".join(f'{{ region = "{r}", name = "Default" }}' for r in ("eu-west-1", "us-east-1", "us-west-2"))
    vaults = f'[{rows}, {{ region = "eu-west-1", name = "a", points = 37, job = true }}]'
    steps = "".join(f'[[step]]\ndo = "{do}"\n' for do in ("delete_service_linked_role", "finish_deletion_task"))
    text = f'title = "x"\n[account]\nrole = "present"\nvaults = {vaults}\n{steps}'
    out = call("simulate", scenario(tmp_path, text)).out
    for remaining in ("eu-west-1/a (points, vault, job)", "us-east-1/Default (vault)", "us-west-2/Default (vault)"):
        assert remaining in out


def test_quiet_shows_only_scenarios_that_fail(tmp_path: Path) -> None:
    files = (scenario(tmp_path, PASSING, "a.toml"), scenario(tmp_path, FAILING, "b.toml"))
    answer = call("simulate", "--quiet", *files)
    assert answer.code == 1
    assert answer.out.count("list_resources") == 1
    assert "PASS" in answer.out
    assert answer.out.endswith("1 passed, 1 failed\n")


def test_a_folder_stands_for_its_scenarios_and_its_broken_ones(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    scenario(tmp_path, PASSING, "one.toml")
    scenario(tmp_path, PASSING, "broken/two.toml")
    scenario(tmp_path, "no scenario", "three.txt")
    document = call("simulate", "--json", str(tmp_path)).document
    assert [Path(run["file"]).name for run in document["scenarios"]] == ["one.toml", "two.toml"]


def test_a_run_is_recorded_and_compared_with_what_was_recorded(tmp_path: Path) -> None:
    file = scenario(tmp_path, PASSING)
    missing = call("simulate", "--recorded", file)
    assert missing.code == 1
    assert "--record" in missing.out
    recorded = call("simulate", "--record", file)
    assert recorded.code == 0
    assert "recorded" in recorded.err
    trace = Path(file).with_suffix(".trace")
    assert "role present, description default" in trace.read_text()
    assert call("simulate", "--recorded", file).code == 0
    trace.write_text(trace.read_text().replace("list_resources", f"list_{ESCAPE}[31mnothing"))
    drifted = call("simulate", "--recorded", file)
    assert drifted.code == 1
    assert re.search(r"-\s+1 list_\\x1b\[31mnothing", drifted.out)
    assert re.search(r"\+\s+1 list_resources", drifted.out)
    assert ESCAPE not in drifted.out


def test_a_scenario_can_run_on_a_model_without_a_part(tmp_path: Path) -> None:
    text = """
    title = "no guard"
    [account]
    role = "present"
    vaults = [{ region = "eu-west-1", name = "v", points = 1 }]
    [[step]]
    do = "delete_backup_vault"
    region = "eu-west-1"
    vault = "v"
    expect = "done"
    """
    file = scenario(tmp_path, text)
    assert call("simulate", file).code == 1
    answer = call("simulate", file, *BROKEN)
    assert answer.code == 0
    assert f"without {BROKEN[1]}" in answer.out


def test_an_unreachable_initial_state_gives_a_warning(tmp_path: Path) -> None:
    text = 'title = "x"\n[account]\nvaults = [{ region = "eu-west-1", name = "v", points = 1 }]\n[finally]\n'
    answer = call("simulate", scenario(tmp_path, text))
    assert answer.code == 0
    assert 'unreachable; it violates "while recovery points exist, so does the role"' in answer.err


def test_an_interrupted_simulation_shows_the_runs_before(tmp_path: Path) -> None:
    files = [scenario(tmp_path, PASSING, name) for name in ("a.toml", "b.toml", "c.toml")]
    with playing("b.toml", interrupted):
        answer = call("simulate", *files)
    assert answer.code == 130
    assert "PASS" in answer.out
    assert "a.toml" in answer.out
    assert "c.toml" not in answer.out
    assert "interrupted in" in answer.err


# ---------------------------------------------------------------- output files


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", *SMALL, *ONE),
        ("witness", "cross_account", *SMALL),
        ("witness", "cross_account", *SMALL, "--scenario"),
        ("rules",),
        ("clauses", "--format", "md"),
        ("assumptions", "--json"),
        ("explain", "list_resources"),
    ],
    ids=" ".join,
)
def test_the_result_goes_to_a_file_or_to_stdout_and_is_the_same(arguments: tuple[str, ...], tmp_path: Path) -> None:
    target = tmp_path / "result"
    plain = asked(*arguments)
    answer = call(*arguments, "-o", str(target))
    assert (answer.code, answer.out, answer.err) == (plain.code, "", plain.err)
    assert timeless(target.read_text(encoding="utf-8")) == timeless(plain.out)
    again = call(*arguments, "--output", "-")
    assert (again.code, timeless(again.out), again.err) == (plain.code, timeless(plain.out), plain.err)


def test_colors_are_for_terminals_or_on_request(tmp_path: Path) -> None:
    plain = asked("check", *SMALL, *ONE).out
    assert ESCAPE not in plain
    both = call("check", *SMALL, *ONE, environment={"FORCE_COLOR": "1", "NO_COLOR": "1"}).out
    assert timeless(both) == timeless(plain)
    colored = call("check", *SMALL, *ONE, environment={"FORCE_COLOR": "1", "TERM": "xterm"}).out
    assert f"{ESCAPE}[32mok{ESCAPE}[0m" in colored
    assert timeless(re.sub(r"\x1b\[[0-9;]*m", "", colored)) == timeless(plain)
    target = str(tmp_path / "result")
    call("check", *SMALL, *ONE, "-o", target, environment={"FORCE_COLOR": "1"})
    assert ESCAPE not in Path(target).read_text()
    assert call("rules", "--json", environment={"FORCE_COLOR": "1"}) == asked("rules", "--json")


def painted(*arguments: str) -> set[str]:
    """Return the words of a result that have a color."""
    colored = call(*arguments, environment={"FORCE_COLOR": "1", "TERM": "xterm"}).out
    return set(re.findall(r"\x1b\[[\d;]+m(.*?)\x1b\[0m", colored))


def test_only_verdicts_have_colors(tmp_path: Path) -> None:
    assert painted("check", *SMALL, *ONE) == {"holds", "ok"}
    assert painted("check", *SMALL, *BROKEN, *ONE) == {"violated", "VIOLATED"}
    assert painted("witness", "cross_account", *SMALL) == {"reachable"}
    assert painted("simulate", scenario(tmp_path, FAILING)) == {"MISSED", "FAIL"}
    assert painted("explain", "delete_backup_vault") == set()
    assert painted("rules") == set()
    assert painted("clauses") == set()
    prose = 'title = "holds"\nstory = "ok, refused: it failed and holds"\n'
    assert painted("simulate", scenario(tmp_path, prose + PASSING[PASSING.index("[[") :])) == {"PASS"}


def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make standard error a terminal of 40 columns that shows progress at once."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    for name, value in {"COLUMNS": "40", "TERM": "xterm", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)


def test_progress_fits_on_its_line_and_is_removed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal(monkeypatch)
    explored = Explored([[0], [1, 2]], seconds=3.0)
    with ProgressBar() as bar:
        bar.explored(explored, 2)
        bar.judging(replace(lifecycle().properties[0], sentence="x" * 100))
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    lines = [line.rstrip() for line in re.split(r"[\r\n]+", shown) if line.strip()]
    assert list(dict.fromkeys(lines)) == ["level 1, frontier 2, 3 states, 1 a seco…", f"checking: {'x' * 29}…"]
    with ProgressBar("runs", 4) as bar:
        assert list(bar.over("abc")) == list("abc")
    *rest, erased = capsys.readouterr().err.split("\r")
    assert any("3/4" in line for line in rest)
    assert "\x1b[2K" in erased


def test_no_progress_is_shown_where_no_terminal_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    with ProgressBar("runs", 4) as bar:
        bar.advance()
    assert capsys.readouterr().err == ""


# ---------------------------------------------------------------- as a program


def test_python_runs_the_package_as_the_program() -> None:
    ran = program("witness", "cross_account", "--regions", "1")
    assert ran.returncode == 0
    assert ran.stdout == asked("witness", "cross_account", *SMALL).out
    assert ran.stderr == ""
    assert program("chekc").returncode == 2


def test_a_reader_may_stop_early() -> None:
    command = f"{shlex.quote(sys.executable)} -m backup_slr rules --json | head -n 1"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout == "{\n"
    assert ran.stderr == ""


@pytest.mark.parametrize("color", ["", "1"], ids=["plain", "colored"])
def test_a_closed_pipe_ends_the_program_quietly(color: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = program("rules", environment={"FORCE_COLOR": color, "TERM": "xterm"}, stdout=writing)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (141, "")


def test_a_full_disk_is_reported_without_a_traceback() -> None:
    with Path("/dev/full").open("w") as full:
        ran = program("rules", stdout=full)
    assert ran.returncode == 3
    assert ran.stderr == "error: the result cannot be written: No space left on device\n"


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("check --list >&-", 3, "error: the result cannot be written: stdout is closed\n"),
        ("diagram lifecycle -f svg >&-", 3, "error: the result cannot be written: stdout is closed\n"),
        ("witness cross_account --regions 1 >&- 2>&-", 3, ""),
        ("check --list -o list.txt >&-", 0, ""),
        ("check --list 2>&-", 0, ""),
    ],
)
def test_a_closed_stdout_is_an_error_only_for_a_result_that_goes_there(
    command: str, code: int, said: str, tmp_path: Path
) -> None:
    line = f"{shlex.quote(sys.executable)} -m backup_slr {command}"
    ran = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (code, said)


@pytest.mark.parametrize(
    "environment",
    [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}],
    ids=["C", "ascii", "no UTF-8 mode"],
)
def test_names_in_any_script_survive_a_locale_that_knows_none(environment: dict[str, str], tmp_path: Path) -> None:
    vault = '[account]\nrole = "present"\nvaults = [{ region = "eu-west-1", name = "Tresor-für-日本" }]\n[finally]\n'
    file = scenario(tmp_path, f'title = "x"\n{vault}vaults = []\n')
    text = program("simulate", file, environment=environment)
    assert text.returncode == 1
    assert text.stderr == ""
    assert "Tresor-f" in text.stdout
    document = program("simulate", "--json", file, environment=environment)
    assert document.returncode == 1
    answer = Answer(document.returncode, document.stdout, document.stderr)
    assert answer.document["scenarios"][0]["final"]["vaults"][0]["name"] == "Tresor-für-日本"


def test_a_file_name_may_be_undecodable(tmp_path: Path) -> None:
    file = os.path.join(os.fsencode(tmp_path), b"\xff\x1b[31m.toml")
    with open(file, "w") as stream:
        stream.write(PASSING)
    target = tmp_path / "result.json"
    text = program("simulate", file)
    assert text.returncode == 0
    assert "\\udcff\\x1b[31m.toml" in text.stdout
    assert program("simulate", file, "--json", "-o", str(target)).returncode == 0
    assert Answer(0, target.read_text(), "").document["scenarios"][0]["file"] == os.fsdecode(file)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_large_check_with_what_was_found(sent: signal.Signals, code: int) -> None:
    """The signal is sent when the progress line shows that the search is running."""
    program = "from backup_slr.cli import main, progress; progress.PATIENCE = 0.1; main.main()"
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", program, "check", "--vaults", "4", "--no-symmetry"]
    command += ["--property", "vault_deletion_takes_effect"]
    # In a background job this signal may be ignored, which a child process would inherit.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    env = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=theirs, env=env, text=True, preexec_fn=heard
    ) as running:
        os.close(theirs)
        shown = b""
        while b"frontier" not in shown:
            shown += os.read(ours, 1024)
        running.send_signal(sent)
        out, _ = running.communicate(timeout=60)
    os.close(ours)
    assert running.returncode == code
    assert "(incomplete: it was interrupted)" in out
    assert re.search(r"explored +[\d,]+ states", out)
    assert re.search(r"inconclusive +step +A deleted vault no longer exists", out)
