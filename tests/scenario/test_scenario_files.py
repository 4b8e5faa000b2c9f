"""The format of scenario files: the meaning of each key, the defaults, and the lines of errors."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.console import Answer, call, scenario

from backup_slr.engine.serialize.validation import Path as KeyPath
from backup_slr.errors import BadInput
from backup_slr.lifecycle import lifecycle
from backup_slr.scenario.player import ScenarioRun, play
from backup_slr.scenario.run_report import checked_text
from backup_slr.scenario.scenario_file import load, parse
from backup_slr.scenario.toml_lines import lines

SAMPLES = sorted((Path(__file__).parent.parent / "samples").glob("*.toml"))
HERE = 'region = "eu-west-1"\nvault = "archive"'
ARCHIVE = 'region = "eu-west-1", name = "archive"'


def account(*keys: str) -> str:
    """A title and an account with these keys."""
    return "\n".join(['title = "x"', "[account]", *keys, ""])


def step(do: str, *keys: str) -> str:
    """A step with these keys."""
    return "\n".join(["[[step]]", f'do = "{do}"', *keys, ""])


def played(text: str) -> ScenarioRun:
    """The run of a scenario."""
    return play(parse(text))


def outcomes(text: str) -> list[str]:
    """The result of each step: the outcome, or the refusal if there is one."""
    return [taken.because or taken.outcome for taken in played(text).steps]


def final(text: str) -> Any:
    """The account at the end, as in JSON."""
    document = run_json(text)
    return document["final"]


def run_json(text: str, *options: str) -> Any:
    """The run of a scenario as JSON."""
    file = Path("scenario.toml")
    file.write_text(text, encoding="utf-8")
    return call("simulate", "--json", *options, str(file)).document["scenarios"][0]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# ---------------------------------------------------------------- defaults


def test_the_default_account_is_empty() -> None:
    nothing = {
        "role": "absent",
        "description": "default",
        "cross-account": False,
        "efs-automatic-backup": [],
        "vaults": [],
        "jobs-without-vault": [],
    }
    assert final('title = "x"\n[finally]\n') == nothing
    assert final(f"{account()}[finally]\n") == nothing


def test_an_account_starts_as_defined() -> None:
    text = account(
        'role = "present"',
        'description = "edited"',
        "cross-account = true",
        'efs-automatic-backup = ["eu-west-1", "us-east-1"]',
        f'vaults = [{{ {ARCHIVE}, points = 7, job = true }}, {{ region = "us-east-1", name = "Default" }}]',
    )
    assert final(f"{text}[finally]\n") == {
        "role": "present",
        "description": "edited",
        "cross-account": True,
        "efs-automatic-backup": ["eu-west-1", "us-east-1"],
        "vaults": [
            {"region": "eu-west-1", "name": "archive", "points": 7, "job": True},
            {"region": "us-east-1", "name": "Default", "points": 0, "job": False},
        ],
        "jobs-without-vault": [],
    }


def test_a_request_is_permitted_and_made_through_the_api_by_default() -> None:
    text = account('vaults = [{ region = "eu-west-1", name = "Default" }]')
    delete = ("delete_backup_vault", 'region = "eu-west-1"', 'vault = "Default"')
    assert outcomes(text + step(*delete)) == ["done"]
    assert outcomes(text + step(*delete, 'via = "api"', "permitted = true")) == ["done"]
    assert outcomes(text + step(*delete, 'via = "cli"')) == ["done"]
    assert outcomes(text + step(*delete, 'via = "console"')) == ["default-vault-in-console"]
    assert outcomes(text + step(*delete, "permitted = false")) == ["not-permitted"]
    (told,) = run_json(text + step(*delete))["steps"]
    assert (told["via"], told["permitted"], told["collides"]) == ("api", True, False)


def test_the_service_that_assumes_the_role_is_required() -> None:
    text = account('role = "present"')
    assert outcomes(text + step("assume_role", 'by = "service"') + step("assume_role", 'by = "other"')) == [
        "done",
        "only-the-service-may-assume",
    ]


def test_a_job_succeeds_by_default() -> None:
    text = account('role = "present"', f"vaults = [{{ {ARCHIVE}, job = true }}]")
    again = step("start_job", HERE) + step("finish_job", HERE, "succeeds = false")
    end = final(text + step("finish_job", HERE) + again)
    assert end["vaults"] == [{"region": "eu-west-1", "name": "archive", "points": 1, "job": False}]


def test_a_request_does_not_collide_with_a_running_job_by_default() -> None:
    text = account('role = "present"', f"vaults = [{{ {ARCHIVE}, points = 2, job = true }}]")
    delete = ("delete_recovery_point", HERE)
    assert outcomes(text + step(*delete)) == ["done"]
    assert outcomes(text + step(*delete, "collides = true")) == ["service-using-role"]


def test_a_collision_without_a_running_job_has_no_effect() -> None:
    text = account('role = "present"', f"vaults = [{{ {ARCHIVE}, points = 1 }}]")
    for action in ("delete_recovery_point", "delete_backup_vault"):
        text += step(action, HERE, "collides = true")
    assert outcomes(text) == ["done", "done"]


def test_a_job_in_another_region_can_collide_with_a_deletion() -> None:
    jobs = f'vaults = [{{ {ARCHIVE} }}, {{ region = "us-east-1", name = "Default", job = true }}]'
    text = account('role = "present"', jobs) + step("delete_backup_vault", HERE, "collides = true")
    assert outcomes(text) == ["service-using-role"]


# ---------------------------------------------------------------- times and the clock


def test_a_step_is_repeated_as_often_as_it_says() -> None:
    text = account('role = "present"', f"vaults = [{{ {ARCHIVE}, points = 3 }}]")
    text += step("delete_recovery_point", HERE, "times = 4") + step("list_resources")
    assert outcomes(text) == ["done", "done", "done", "no-recovery-points", "done"]
    assert [taken["n"] for taken in run_json(text)["steps"]] == [1, 2, 3, 4, 5]


def test_a_repeated_step_meets_its_expectation_only_if_each_repetition_does() -> None:
    text = account('role = "present"', f"vaults = [{{ {ARCHIVE}, points = 3 }}]")
    steps = run_json(text + step("delete_recovery_point", HERE, "times = 4", 'expect = "done"'))["steps"]
    assert [taken["as_expected"] for taken in steps] == [True, True, True, False]


def test_waiting_advances_the_clock_and_changes_nothing() -> None:
    text = account('role = "present"', f"vaults = [{{ {ARCHIVE}, job = true }}]")
    waits = step("wait", "minutes = 5") + step("list_resources") + step("wait", "minutes = 0.5", "times = 3")
    run = run_json(text + waits + step("list_resources"))
    assert [taken["minute"] for taken in run["steps"]] == [5, 5, 5.5, 6, 6.5, 6.5]
    assert all(taken["changed"] == [] and taken["outcome"] == "done" for taken in run["steps"])
    assert run["final"] == final(text + "[finally]\n")


def test_waiting_may_expect_to_be_done_and_carry_a_note() -> None:
    text = 'title = "x"\n' + step("wait", "minutes = 1", 'expect = "done"', 'note = "a minute"')
    assert played(text).passed
    Path("scenario.toml").write_text(text)
    assert "wait 1 minute: it is minute 1 now" in call("simulate", "scenario.toml").out


# ---------------------------------------------------------------- expectations


@pytest.mark.parametrize(
    ("keys", "passes"),
    [
        ((), True),
        (('expect = "refused"',), True),
        (('expect = "refused"', 'because = "no-such-role"'), True),
        (('because = "no-such-role"',), True),
        (('expect = "done"',), False),
        (('expect = "failed"',), False),
        (('because = "not-permitted"',), False),
        (('expect = "refused"', 'because = "role-being-deleted"'), False),
    ],
)
def test_an_expectation_is_met_only_by_its_outcome(keys: tuple[str, ...], passes: bool) -> None:
    assert played('title = "x"\n' + step("edit_description", *keys)).passed is passes


def test_a_deletion_task_can_fail_and_leaves_the_role_present() -> None:
    text = account('role = "present"', f"vaults = [{{ {ARCHIVE} }}]") + step("delete_service_linked_role")
    text += step("finish_deletion_task", 'expect = "failed"', 'because = "resources-remain"')
    assert played(f'{text}[finally]\nrole = "present"\n').passed


@pytest.mark.parametrize(
    ("end", "passes"),
    [
        ("", True),
        ('role = "present"', True),
        ('role = "absent"', False),
        ('role = "deleting"', False),
        ('description = "edited"', True),
        ('description = "default"', False),
        ("cross-account = true", True),
        ("cross-account = false", False),
        ('efs-automatic-backup = ["eu-west-1", "us-east-1"]', True),
        ('efs-automatic-backup = ["us-east-1", "eu-west-1"]', True),
        ('efs-automatic-backup = ["us-east-1"]', False),
        ("efs-automatic-backup = []", False),
        (f'vaults = [{{ {ARCHIVE} }}, {{ region = "us-east-1", name = "Default" }}]', True),
        (f'vaults = [{{ region = "us-east-1", name = "Default" }}, {{ {ARCHIVE} }}]', True),
        (f'vaults = [{{ {ARCHIVE}, points = 2 }}, {{ region = "us-east-1", name = "Default", job = false }}]', True),
        (f'vaults = [{{ {ARCHIVE}, points = 1 }}, {{ region = "us-east-1", name = "Default" }}]', False),
        (f'vaults = [{{ {ARCHIVE}, job = false }}, {{ region = "us-east-1", name = "Default" }}]', False),
        (f"vaults = [{{ {ARCHIVE} }}]", False),
        ("vaults = []", False),
        (
            f'vaults = [{{ {ARCHIVE} }}, {{ region = "us-east-1", name = "Default" }}, '
            '{ region = "eu-west-1", name = "Default" }]',
            False,
        ),
    ],
)
def test_the_end_is_compared_in_its_keys_and_vaults_exactly(end: str, passes: bool) -> None:
    text = account(
        'role = "present"',
        'description = "edited"',
        "cross-account = true",
        'efs-automatic-backup = ["eu-west-1", "us-east-1"]',
        f'vaults = [{{ {ARCHIVE}, points = 2, job = true }}, {{ region = "us-east-1", name = "Default" }}]',
    )
    run = played(f"{text}[finally]\n{end}\n")
    assert run.passed is passes
    assert bool(run.misses) is not passes


# ---------------------------------------------------------------- Regions and vaults


def test_a_vault_is_known_by_its_region_and_name_together() -> None:
    text = account(f'vaults = [{{ {ARCHIVE}, points = 1 }}, {{ region = "us-east-1", name = "archive" }}]')
    text += step("delete_backup_vault", 'region = "us-east-1"', 'vault = "archive"')
    text += step("delete_backup_vault", HERE)
    assert outcomes(text) == ["done", "vault-has-recovery-points"]


def test_only_the_exact_name_makes_a_vault_the_default_one_or_that_of_efs() -> None:
    names = ["Default", "default", "aws/efs/automatic-backup-vault", "aws/efs/automatic-backup-vault2"]
    text = 'title = "x"\n'
    for name in names:
        keys = ('region = "eu-west-1"', f'vault = "{name}"')
        text += step("create_backup_vault", *keys) + step("delete_backup_vault", *keys, 'via = "console"')
    assert outcomes(text) == [
        *("done", "default-vault-in-console"),
        *("done", "done"),
        *("vault-name-reserved", "no-such-vault"),
        *("done", "done"),
    ]


def test_a_region_that_aws_does_not_have_yet_can_be_named_in_the_account() -> None:
    text = step("perform_efs_automatic_backup", 'region = "zz-new-1"')
    assert final(account('regions = ["zz-new-1"]') + text)["efs-automatic-backup"] == ["zz-new-1"]


def test_every_named_region_has_a_default_vault() -> None:
    reading = '[assume]\nconsole-visit-recreates-default-vault = "yes"\n'
    text = f'title = "x"\n{reading}[account]\nregions = ["eu-west-1", "us-east-1"]\n'
    end = final(text + step("list_resources", 'via = "console"'))
    assert [(vault["region"], vault["name"]) for vault in end["vaults"]] == [
        ("eu-west-1", "Default"),
        ("us-east-1", "Default"),
    ]


def test_a_job_whose_vault_is_deleted_still_uses_the_role() -> None:
    text = account('role = "present"', f"vaults = [{{ {ARCHIVE}, job = true }}]")
    end = final(text + step("delete_backup_vault", HERE))
    assert end["vaults"] == []
    assert end["jobs-without-vault"] == [{"region": "eu-west-1", "name": "archive"}]


# ---------------------------------------------------------------- assumptions and parts left out


def test_an_assumption_holds_for_the_file_that_takes_it_and_the_command_line_wins() -> None:
    visit = account(f"vaults = [{{ {ARCHIVE} }}]", 'role = "present"') + step("delete_service_linked_role")
    visit += step("finish_deletion_task")
    scenario(Path(), visit, "a.toml")
    scenario(Path(), f'{visit}[assume]\nempty-vaults-count = "no"\n', "b.toml")

    def ends(*options: str) -> list[tuple[str, str | None]]:
        document = call("simulate", "--json", "a.toml", "b.toml", *options).document
        return [(run["final"]["role"], run["assume"].get("empty-vaults-count")) for run in document["scenarios"]]

    assert ends() == [("present", None), ("absent", "no")]
    assert ends("--assume", "empty-vaults-count=yes") == [("present", "yes"), ("present", "yes")]
    assert ends("--assume", "empty-vaults-count=no") == [("absent", "no"), ("absent", "no")]


BROKEN = """
title = "x"
[without]
guards = ["delete_backup_vault/vault-has-recovery-points"]
[counterexample]
property = "recovery_points_lie_in_vaults"
"""


def test_a_broken_model_fails_as_expected_or_its_scenario_fails() -> None:
    found = call("check", "--regions", "1", "--without", "delete_backup_vault/vault-has-recovery-points", "--json")
    (told,) = [p for p in found.document["properties"] if p["id"] == "recovery_points_lie_in_vaults"]
    keys = ("region", "vault", "via")
    steps = [step(s["do"], *(f'{k} = "{s[k]}"' for k in keys if k in s)) for s in told["trace"]]
    good = run_json(BROKEN + "".join(steps))
    assert (good["verdict"], good["missed"]) == ("pass", [])
    assert good["without"] == ["delete_backup_vault/vault-has-recovery-points"]
    bad = run_json(BROKEN + "".join(steps[:-1]))
    assert bad["verdict"] == "fail"
    assert bad["missed"][0].startswith("expected the counterexample to recovery_points_lie_in_vaults: ")
    sound = BROKEN.replace("delete_backup_vault/vault-has-recovery-points", "create_backup_vault/vault-exists")
    assert run_json(sound + steps[0])["missed"] == [
        "expected recovery_points_lie_in_vaults to be violated; the check reports: holds"
    ]


@pytest.mark.parametrize(("states", "verdict"), [(10_000, "pass"), (1, "fail")])
def test_a_too_large_scope_of_a_counterexample_is_explored_up_to_a_limit(
    states: int, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backup_slr.scenario.expected_failures.MOST_STATES", states)
    steps = (
        Path(__file__).parent.parent.parent / "simulations/broken/role-is-deleted-before-its-vault.toml"
    ).read_text()
    text = re.sub(r"scope = .*", "scope = { regions = 2, vaults = 3, points = 2 }", steps)
    found = run_json(text)
    assert found["verdict"] == verdict
    if verdict == "fail":
        assert "the check reports: inconclusive after 1 states" in found["missed"][0]


# ---------------------------------------------------------------- any number of vaults and points


@pytest.mark.parametrize("many", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_thousands_of_vaults_and_a_million_points_can_be_simulated(many: int) -> None:
    regions = ("eu-west-1", "us-east-1", "sa-east-1", "ap-east-1", "ca-west-1")
    places = list(product(regions, (f"vault-{i}" for i in range(many))))
    vaults = ",\n".join(f'{{ region = "{region}", name = "{name}", points = 200 }}' for region, name in places)
    text = account('role = "present"', f"vaults = [{vaults}]")
    for region, name in places[:: many // 4]:
        keys = (f'region = "{region}"', f'vault = "{name}"', 'expect = "done"')
        text += step("delete_recovery_point", *keys, "times = 200") + step("delete_backup_vault", *keys)
    text += step("delete_service_linked_role") + step("finish_deletion_task", 'because = "resources-remain"')
    run = played(text + '[finally]\nrole = "present"\n')
    assert run.passed
    assert len(run.steps) == 20 * 201 + 2
    scenario(Path(), text)
    answer = call("simulate", "scenario.toml")
    assert "200 times done: points eu-west-1/vault-0 200 -> 0" in answer.out
    assert len(answer.out) < 20_000
    assert len(final(text)["vaults"]) == 5 * many - 20


def test_a_vault_may_hold_as_many_points_as_toml_can_count() -> None:
    text = account('role = "present"', f"vaults = [{{ {ARCHIVE}, points = {2**63 - 1}, job = true }}]")
    assert final(text + step("finish_job", HERE))["vaults"][0]["points"] == 2**63
    assert final(text + step("delete_recovery_point", HERE))["vaults"][0]["points"] == 2**63 - 2


# ---------------------------------------------------------------- saved witnesses


def saved(*arguments: str) -> Answer:
    """The run of the scenario of a witness."""
    kept = call("witness", *arguments, "--scenario", "-o", "saved.toml")
    assert (kept.code, kept.out) == (0, ""), kept
    return call("simulate", "--json", "saved.toml")


@pytest.mark.parametrize(
    "arguments",
    [
        ("role == absent",),
        ("role == absent and cross_account",),
        ("role == present and any(points > 1) and not using_role", "--regions", "1"),
        ("all(vault)", "--regions", "1", "--vaults", "3"),
        ("using_role and not any(vault)", "--regions", "1"),
        ("description == edited and role == deleting",),
        ("role == absent and any(vault)", "--assume", "usage-check=at-submit", "--regions", "1"),
        ("role == absent and any(points > 0)", "--without", "finish_deletion_task/resources-remain", "--regions", "1"),
        ("role == deleting and cross_account", "--without", "set_up_cross_account_backup/role"),
        ("all(efs_automatic_backup)", "--regions", "3"),
        ("cross_account", "--regions", "10"),
    ],
    ids=" ".join,
)
def test_a_saved_witness_is_a_scenario_that_passes(arguments: tuple[str, ...]) -> None:
    (run,) = saved(*arguments).document["scenarios"]
    assert run["verdict"] == "pass", run
    assert run["title"] == arguments[0]
    trace = call("witness", *arguments, "--json").document["trace"]
    assert [taken["do"] for taken in run["steps"]] == [taken["do"] for taken in trace]
    assert [taken["changed"] for taken in run["steps"]] == [taken["changed"] for taken in trace]


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                *("cross_account", "using_role", "role == deleting", "role == absent", "description == edited"),
                *(
                    "any(points > 0)",
                    "all(vault)",
                    "any(job)",
                    "any(efs_automatic_backup)",
                    "any(vault and points == 0)",
                ),
            ]
        ),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    st.sampled_from([(), *((f"--assume={a.name}={v}",) for a in lifecycle().assumptions for v in list(a.values)[1:])]),
)
def test_every_witness_can_be_saved_and_run(parts: list[str], reading: tuple[str, ...]) -> None:
    arguments = (" and ".join(parts), "--regions=1", *reading)
    if call("witness", *arguments).code == 0:
        assert saved(*arguments).code == 0


# ---------------------------------------------------------------- lines


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of everything in a document."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*path, key))


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_every_path_of_a_sample_has_its_line(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    document, found, shown = tomllib.loads(text), lines(text), text.split("\n")
    assert set(found) == set(paths(document))
    for path, line in found.items():
        name = next(part for part in reversed(path) if isinstance(part, str))
        below = isinstance(path[-1], int) and path[0] != "step"
        assert below or name.replace("a", "") in shown[line - 1].replace("\\u0061", "").replace("a", ""), (path, line)


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_a_sample_passes(file: Path) -> None:
    assert play(load(file)).passed


class Writer:
    """Writes a TOML document in random styles, and records the line of everything that it writes."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw = draw
        self.text = ""
        self.line: dict[KeyPath, int] = {}
        self.keys = 0
        self.arrays: dict[KeyPath, int] = {}

    def one_of(self, *options: str) -> str:
        return str(self.draw(st.sampled_from(options)))

    def mark(self, path: KeyPath) -> None:
        self.line.setdefault(path, self.text.count("\n") + 1)

    def blank(self) -> None:
        self.text += self.one_of("", "", " ", "\t", "  ")

    def gap(self) -> None:
        """The gaps between the elements of an array, or between lines."""
        self.text += self.one_of("", "", " ", "\n", " # ] } \" ' '''\n", "\n\n\t", '# """\n')

    def key(self) -> str:
        """Write a new key; return its name."""
        self.keys += 1
        number = self.keys
        text, name = self.draw(
            st.sampled_from(
                [
                    (f"k{number}", f"k{number}"),
                    (f"{number}-_", f"{number}-_"),
                    (f'"a b.{number}"', f"a b.{number}"),
                    (f"'a\"#={number}]'", f'a"#={number}]'),
                    (f'"\\u00e9\\"\\\\{number}\\n"', f'é"\\{number}\n'),
                    (f'"{number}\\U0001F600é"', f"{number}\U0001f600é"),
                ]
            )
        )
        self.text += text
        return str(name)

    def pair(self, prefix: KeyPath, depth: int) -> None:
        start = self.text.count("\n") + 1
        path = prefix
        for number in range(self.draw(st.integers(1, 2))):
            if number:
                self.blank()
                self.text += "."
                self.blank()
            path = (*path, self.key())
            self.line.setdefault(path, start)
        self.blank()
        self.text += "="
        self.blank()
        self.value(path, depth)

    def value(self, path: KeyPath, depth: int) -> None:
        kind = self.draw(
            st.sampled_from(["plain", "string", "long", "array", "table"] if depth else ["plain", "string"])
        )
        if kind == "plain":
            self.text += self.one_of("1", "-0.5e3", "0xf", "true", "inf", "1979-05-27 07:32:00Z", "nan")
        elif kind == "string":
            self.text += self.one_of('""', "''", '"]},#\\"\\\\"', "'\\'", '"é\\t[["', "'# no comment'", '"""x"""')
        elif kind == "long":
            self.text += self.one_of('"""\na ""\\" b\n[x]\n"""', "'''\n[x]\n''y'''", '"""a\\\n  b"""""', "'''\n\n'''")
        elif kind == "array":
            self.text += "["
            for number in range(self.draw(st.integers(0, 3))):
                if number:
                    self.text += ","
                self.gap()
                self.mark((*path, number))
                self.value((*path, number), depth - 1)
                self.gap()
            self.text += "]" if self.text.endswith("[") else self.one_of("]", ",]", ", # last\n ]")
        else:
            self.text += "{"
            for number in range(self.draw(st.integers(0, 2))):
                if number:
                    self.text += ","
                self.blank()
                self.pair(path, depth - 1)
                self.blank()
            self.text += "}"

    def lines_of(self, prefix: KeyPath) -> None:
        for _ in range(self.draw(st.integers(0, 3))):
            self.blank()
            self.pair(prefix, 2)
            self.text += self.one_of("\n", " # [no header]\n", "\n\n", "\n  # = \n")

    def header(self) -> KeyPath:
        """Write a table, an element of a new or an existing array, or a table below one of these."""
        self.blank()
        start = self.text.count("\n") + 1
        again = sorted(self.arrays, key=str)
        if again and self.draw(st.booleans()):
            array = self.draw(st.sampled_from(again))
            name = json.dumps(array[0], ensure_ascii=False)
            if self.draw(st.booleans()):
                self.text += f"[[ {name}]]"
                self.arrays[array] += 1
                path: KeyPath = (*array, self.arrays[array])
            else:
                self.text += f"[{name} . "
                below = (*array, self.arrays[array], self.key())
                self.text += "]"
                self.line.setdefault(below, start)
                return below
        elif self.draw(st.booleans()):
            self.text += "[["
            array = (self.key(),)
            self.text += " ]]"
            self.arrays[array] = 0
            self.line[array] = start
            path = (*array, 0)
        else:
            self.text += "["
            path = (self.key(),)
            self.text += "]"
        self.line.setdefault(path, start)
        return path


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[KeyPath, int]]:
    """A TOML document, and the line of everything in it."""
    writer = Writer(draw)
    writer.gap()
    writer.lines_of(())
    for _ in range(draw(st.integers(0, 4))):
        path = writer.header()
        writer.text += writer.one_of("\n", " # a comment\n", "\n\n")
        writer.lines_of(path)
    text = writer.text
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text, writer.line


@settings(deadline=None, max_examples=60)
@given(documents())
def test_the_line_of_everything_in_any_document_is_known(drawn: tuple[str, dict[KeyPath, int]]) -> None:
    text, expected = drawn
    assert set(paths(tomllib.loads(text))) == set(expected)
    assert lines(text) == expected


def test_a_large_file_is_searched_for_a_line_once_only() -> None:
    text = "".join(f'[[step]]\ndo = "list_resources"\nnote = "{i}"\n' for i in range(20_000))
    found = lines(text)
    assert found["step", 19_999, "note"] == 60_000
    assert len(found) == 1 + 20_000 * 3


def test_a_scenario_has_the_contents_of_its_file() -> None:
    said = load(SAMPLES[0])
    assert said.title == "Everything that can be said"
    assert said.assume == {"usage-check": "at-submit", "efs-vault": "never"}
    assert said.account.elements == ("xx-new-1",)
    assert (said.steps[1].do, said.steps[1].minutes, said.steps[1].times) == ("wait", 7.5, 2)
    assert said.finally_ is not None
    assert [entry.values for entry in said.finally_.tables["vault"]] == [{"points": 0, "job": 0}, {}, {"points": 0}]


# ---------------------------------------------------------------- API operations, several mistakes, no expectation

SMALL = """
title = "x"
[account]
role = "present"
vaults = [{ region = "us-east-1", name = "Default" }, { region = "us-east-1", name = "archive" }]
[[step]]
do = "DO"
region = "us-east-1"
vault = "archive"
"""


@pytest.mark.parametrize("do", ["DeleteBackupVault", "backup:DeleteBackupVault", "delete-backup-vault"])
def test_an_operation_of_one_action_names_it(do: str) -> None:
    run = play(parse(SMALL.replace("DO", do)))
    assert [(step.said.do, step.outcome) for step in run.steps] == [("delete_backup_vault", "done")]


def test_an_operation_of_several_actions_lists_them() -> None:
    with pytest.raises(BadInput, match=":7: 'UpdateRole' is the operation of 2 actions: edit_description, rename_role"):
        parse(SMALL.replace("DO", "UpdateRole"), "x")


def test_several_mistakes_are_reported_together_each_with_its_line() -> None:
    wrong = "\n".join(f'[[step]]\ndoo = "start_job"\nvault = "{n}"' for n in range(9))
    with pytest.raises(BadInput) as raised:
        parse(f'titel = "x"\n{wrong}\n', "x")
    lines = str(raised.value).splitlines()
    assert lines[0] == "x:1: unknown key 'titel'; did you mean 'title'?"
    assert lines[1:5] == [f"x:{line}: unknown key 'doo'; did you mean 'do'?" for line in (3, 6, 9, 12)]
    assert lines[5:] == ["... and more"]


def test_a_vault_is_listed_once_among_the_known_ones() -> None:
    with pytest.raises(BadInput, match="known: Default, archive, aws/efs/automatic-backup-vault"):
        parse(SMALL.replace("DO", "start_job").replace('vault = "archive"', 'vault = "zzzzzz"'), "x")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("", "1 step; nothing was checked: no step has expect, and there is no [finally]"),
        ('[finally]\nrole = "present"', "1 step: 0 checked, 1 without an expectation"),
        ('expect = "done"\n[[step]]\ndo = "wait"\nminutes = 1', "2 steps"),
        ('[[step]]\ndo = "rename_role"\nexpect = "refused"', "2 steps: 1 checked, 1 without an expectation"),
    ],
)
def test_steps_without_an_expectation_are_counted(more: str, says: str) -> None:
    assert checked_text(play(parse(SMALL.replace("DO", "delete_backup_vault") + more))) == says
