"""Reports of steps: changes are the difference between two states, and a failure names everything that remains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from support.altered import replaced

from backup_slr.diagram.views.sequence import sequence_diagram
from backup_slr.engine.core.formula import And, Every, Formula, Not, Or, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.lifecycle.vocabulary import (
    RESOURCES_REMAIN,
    cross_account,
    efs_automatic_backup,
    job,
    points,
    r,
    role,
    v,
    vault,
    via,
)
from backup_slr.scenario.player import ScenarioRun, play
from backup_slr.scenario.run_report import run_document, run_lines
from backup_slr.scenario.scenario_file import parse
from backup_slr.scenario.spec import Scenario

VISIT = '[assume]\nconsole-visit-recreates-default-vault = "yes"\n'
ASKED = '[[step]]\ndo = "delete_service_linked_role"\n[[step]]\ndo = "finish_deletion_task"\n'


def played(text: str, table: Model | None = None) -> ScenarioRun:
    """Run a scenario without a title, on the built-in or another table."""
    table = table or lifecycle()
    scenario: Scenario = parse(f'title = "x"\n{text}', lifecycle=table)
    return play(scenario, table.assuming(scenario.assume))


def steps(run: ScenarioRun) -> list[dict[str, Any]]:
    """The steps of a run as JSON."""
    return list(run_document(run)["steps"])


def lines(run: ScenarioRun) -> list[str]:
    """The text of a run."""
    return [line.strip() for line in run_lines(run)]


def remains(run: ScenarioRun, number: int = -1) -> list[tuple[str, ...]]:
    """The blockers that a step names, each as a place and its variables."""
    found = steps(run)[number]["in_the_way"]
    return [(*(b[key] for key in ("region", "vault") if key in b), *b["what"]) for b in found]


# ---------------------------------------------------------------- changes


def test_a_change_that_two_effects_make_is_reported_once() -> None:
    text = '[[step]]\ndo = "create_backup_vault"\nregion = "us-east-1"\nvault = "Default"\nvia = "console"\n'
    run = played(VISIT + text)
    change = {"variable": "vault", "region": "us-east-1", "vault": "Default", "before": False, "after": True}
    assert steps(run)[0]["changed"] == [change]
    cited = "[ASSUME-CONSOLE-VISIT-RECREATES-DEFAULT-VAULT REGION-1]"
    assert lines(run)[-1] == f"done: vault us-east-1/Default absent -> exists  {cited}"


def test_a_change_that_a_later_effect_reverts_is_not_reported() -> None:
    table = lifecycle()
    rule = table.rule("set_up_cross_account_backup")
    off = cross_account.becomes(False, clause="CREATE-3", when=via.is_("console"))
    table = replaced(table, replace(rule, effects=(*rule.effects, off)))
    text = '[[step]]\ndo = "set_up_cross_account_backup"\nvia = "console"\n[finally]\ncross-account = false\n'
    run = played(text, table)
    assert run.passed
    assert [c["variable"] for c in steps(run)[0]["changed"]] == ["role"]
    assert lines(run)[-1] == "done: role absent -> present  [CREATE-3]"


def test_repetitions_together_change_what_differs_after_them() -> None:
    """In this table the first listing turns cross-account backup on; the second one turns it off."""
    table = lifecycle()
    rule = table.rule("list_resources")
    toggled = (
        cross_account.becomes(True, clause="CREATE-3", when=~cross_account),
        cross_account.becomes(False, clause="CREATE-3", when=cross_account),
        role.becomes("deleting", clause="CREATE-3", when=cross_account),
    )
    run = played('[[step]]\ndo = "list_resources"\ntimes = 2\n', replaced(table, replace(rule, effects=toggled)))
    assert [len(step["changed"]) for step in steps(run)] == [1, 2]
    assert lines(run)[-1].startswith("2 times done: role absent -> deleting  [")
    picture = sequence_diagram(BACKUP.having(run.machine.model), "x", "x", "", steps(run), "")
    drawn = [line for edge in picture.edges for line in edge.lines]
    assert "role absent -> deleting" in drawn
    assert not any("cross-account" in line for line in drawn)


# ---------------------------------------------------------------- remaining resources

ACCOUNT = """[account]
role = "present"
vaults = [
  { region = "eu-north-1", name = "with-points", points = 1 },
  { region = "eu-north-1", name = "empty" },
  { region = "us-east-1", name = "Default", job = true },
]
"""


def test_a_failed_task_names_empty_vaults_and_running_jobs_as_well() -> None:
    run = played(ACCOUNT + ASKED)
    left = [
        ("eu-north-1", "with-points", "points", "vault"),
        ("eu-north-1", "empty", "vault"),
        ("us-east-1", "Default", "vault", "job"),
    ]
    assert remains(run) == left
    assert (
        "eu-north-1/with-points (points, vault), eu-north-1/empty (vault), us-east-1/Default (vault, job)"
        in lines(run)[-2]
    )
    assert lines(run)[-1] == "also: AWS Backup is using the role (service-using-role, DELETE-1)"


def test_a_refused_step_lists_every_reason_once() -> None:
    account = (
        '[account]\nrole = "present"\nvaults = [{ region = "us-east-1", name = "Default", points = 1, job = true }]\n'
    )
    asked = '[[step]]\ndo = "delete_backup_vault"\nregion = "us-east-1"\nvault = "Default"\n'
    every = steps(played(account + asked + 'via = "console"\npermitted = false\ncollides = true\n'))[0]
    assert (every["because"], [reason["because"] for reason in every["also"]]) == (
        "not-permitted",
        ["default-vault-in-console", "vault-has-recovery-points", "service-using-role"],
    )
    absent = steps(played(asked + 'via = "console"\npermitted = false\n'))[0]
    assert [reason["because"] for reason in absent["also"]] == ["no-such-vault"]
    assert steps(played(account + asked))[0]["also"] == []


def test_a_deletion_request_that_is_refused_at_once_names_all_blockers() -> None:
    run = played('[assume]\nusage-check = "at-submit"\n' + ACCOUNT + ASKED)
    assert remains(run, 0) == remains(played(ACCOUNT + ASKED))
    assert steps(run)[0]["error_code"] == "DeleteConflict"


def test_removing_the_resources_that_the_task_names_is_enough() -> None:
    first = played(ACCOUNT + ASKED)
    deleted = ""
    for region, name, *what in remains(first):
        here = f'region = "{region}"\nvault = "{name}"\nexpect = "done"\n'
        for variable, do in (
            ("job", 'finish_job"\nsucceeds = false'),
            ("points", 'delete_recovery_point"'),
            ("vault", 'delete_backup_vault"'),
        ):
            deleted += f'[[step]]\ndo = "{do}\n{here}' if variable in what else ""
    run = played(f'{ACCOUNT}{ASKED}{deleted}{ASKED}expect = "done"\n[finally]\nrole = "absent"\nvaults = []\n')
    assert run.passed, lines(run)


def test_resources_that_do_not_count_under_an_assumption_are_not_named() -> None:
    run = played('[assume]\nempty-vaults-count = "no"\n' + ACCOUNT + ASKED)
    assert remains(run) == [("eu-north-1", "with-points", "points"), ("us-east-1", "Default", "job")]


def test_the_list_does_not_depend_on_how_a_table_writes_its_guards() -> None:
    left = remains(played(ACCOUNT + ASKED))
    needed = Or((~points[r, v].is_zero(), vault[r, v], job[r, v]))
    forms: tuple[Formula, ...] = (
        Not(Some((r, v), needed)),
        Every((r, v), Not(needed)),
        Every((r, v), And((points[r, v].is_zero(), ~vault[r, v], ~job[r, v]))),
        Every((r, v), vault[r, v].implies(~vault[r, v])) & Every((r, v), points[r, v].is_zero() & ~job[r, v]),
    )
    table = lifecycle()
    rule = table.rule("finish_deletion_task")
    for form in forms:
        guards = (rule.guards[0], Guard(form, RESOURCES_REMAIN, "CLEAN-1", fails=True))
        found = remains(played(ACCOUNT + ASKED, replaced(table, replace(rule, guards=guards))))
        assert [(*b[:2], *sorted(b[2:])) for b in found] == [(*b[:2], *sorted(b[2:])) for b in left], form


def test_a_task_that_also_requires_features_to_be_off_names_them_as_blockers() -> None:
    table = lifecycle()
    rule = table.rule("finish_deletion_task")
    more = (
        Guard(~cross_account, RESOURCES_REMAIN, "CLEAN-1", fails=True),
        Guard(Every((r,), ~efs_automatic_backup[r]), RESOURCES_REMAIN, "CLEAN-1", fails=True),
    )
    text = '[account]\nrole = "present"\ncross-account = true\nefs-automatic-backup = ["sa-east-1"]\n'
    changed = replaced(table, replace(rule, guards=(*rule.guards, *more)))
    run = played(text + ASKED, changed)
    assert remains(run) == [("cross_account",), ("sa-east-1", "efs_automatic_backup")]
    assert ": cross account, sa-east-1 (efs automatic backup); role deleting" in lines(run)[-1]


def test_a_collision_names_the_jobs_and_a_guard_about_the_request_names_nothing() -> None:
    ask = '[[step]]\ndo = "delete_recovery_point"\nregion = "eu-north-1"\nvault = "with-points"\n'
    run = played(f"{ACCOUNT}{ask}collides = true\n{ask}permitted = false\n{ask.replace('with-points', 'empty')}")
    assert remains(run, 0) == [("us-east-1", "Default", "job")]
    assert remains(run, 1) == remains(run, 2) == []
