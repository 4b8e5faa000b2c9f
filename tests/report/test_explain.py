"""Explanations of actions, refusals and error codes; the advice for every guard; questions of decision trees."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from unittest.mock import patch

import pytest
from support.console import asked, call
from support.schemas import valid
from support.second_role import CLUSTERS, IN_USE, MAY, ZONE, allowed, cluster, role, z

from backup_slr.diagram.views.decision import decision_diagram
from backup_slr.engine.core.formula import FALSE, TRUE, Every, Formula
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Enum
from backup_slr.engine.spec.processes import Task
from backup_slr.engine.spec.selection import action_named, actions_named
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.lifecycle.vocabulary import DEFAULT, collides, job, permitted, points, r, using_role, v, vault, via
from backup_slr.report.alternatives import dependences
from backup_slr.report.english import english, question
from backup_slr.report.explain import explanation, explanation_lines, task_of
from backup_slr.report.unblock import fix

NOW = BACKUP.having(lifecycle().assuming())


class Terminal(StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def text(name: str) -> str:
    """An explanation on one line."""
    return " ".join(asked("explain", name).out.split())


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("delete_backup_vault", ["delete_backup_vault"]),
        ("backup:DeleteBackupVault", ["delete_backup_vault"]),
        ("DeleteBackupVault", ["delete_backup_vault"]),
        ("delete-backup-vault", ["delete_backup_vault"]),
        ("UpdateRole", ["edit_description", "rename_role"]),
        ("iam:GetServiceLinkedRoleDeletionStatus", ["finish_deletion_task"]),
        ("resources-remain", ["finish_deletion_task"]),
        ("invalidrequestexception", ["delete_backup_vault"]),
    ],
)
def test_an_action_has_several_names(name: str, actions: list[str]) -> None:
    assert [rule.action for rule in explanation(name, NOW).rules] == actions


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("DeleteBackupVaults", "unknown action 'DeleteBackupVaults'; did you mean 'DeleteBackupVault'?"),
        ("backup:DeleteBackupVaults", "did you mean 'backup:DeleteBackupVault'?"),
        ("delete_vault", "did you mean 'delete_backup_vault'?"),
        ("x", "unknown action 'x'; known: list_resources, "),
        ("", "unknown action ''; known: list_resources, "),
    ],
)
def test_an_unknown_action_is_reported_with_the_nearest_name(name: str, message: str) -> None:
    with pytest.raises(BadInput) as raised:
        actions_named(name, lifecycle())
    assert message in str(raised.value)


def test_where_one_action_is_expected_an_operation_of_several_is_rejected() -> None:
    assert action_named("iam:UpdateRoleDescription", lifecycle()).action == "edit_description"
    with pytest.raises(BadInput, match="'UpdateRole' is the operation of 2 actions: edit_description, rename_role"):
        action_named("UpdateRole", lifecycle())
    assert call("diagram", "decision", "UpdateRole").code == 2
    assert call("diagram", "decision", "DeleteBackupVault") == asked("diagram", "decision", "delete_backup_vault")


@pytest.mark.parametrize(
    ("name", "near"), [("resource-remain", "resources-remain"), ("InvalidRequest", "InvalidRequestException")]
)
def test_explain_suggests_refusals_and_error_codes(name: str, near: str) -> None:
    answer = call("explain", name)
    assert (answer.code, answer.out) == (2, "")
    assert f"unknown action, refusal or error code '{name}'; did you mean '{near}'?" in answer.err


# ---------------------------------------------------------------- the assumptions that matter


@pytest.mark.parametrize(
    ("action", "assume", "says"),
    [
        ("DeleteBackupVault", (), "default-vault=cli-deletes (in use): May the default vault be deleted"),
        ("DeleteBackupVault", (), "with never: also refused if the vault is aws/efs/automatic-backup-vault"),
        ("DeleteBackupVault", ("efs-vault=never",), "with deletable: no longer refused if the vault is aws/efs"),
        ("list_resources", (), "with recreates: then also role: present, if the role is being deleted"),
        ("delete_service_linked_role", (), "with no: no longer fails if some vault exists in some Region"),
        ("delete_service_linked_role", ("usage-check=at-submit",), "no longer refused if no deletion of the role"),
        ("rename_role", (), None),
        ("resources-remain", (), None),
    ],
)
def test_an_explanation_has_the_assumptions_that_matter(action: str, assume: tuple[str, ...], says: str | None) -> None:
    options = [word for value in assume for word in ("--assume", value)]
    found = " ".join(asked("explain", action, *options).out.split())
    assert ("Depends on these assumptions" in found) == (says is not None)
    if says is not None:
        assert says in found
        assert says.partition(": ")[2] in asked("explain", action, *options, "--format", "md").out
        valid("explain", asked("explain", action, *options, "--json"))


def test_a_value_that_changes_nothing_alone_says_so() -> None:
    found = " ".join(asked("explain", "delete_service_linked_role", "--assume", "empty-vaults-count=no").out.split())
    assert "with yes: also fails if some vault exists in some Region" in found
    rule = BACKUP.model.rule("delete_service_linked_role")
    found = {d.assumption.name: d.others for d in dependences(NOW, [rule], dict(NOW.model.assumed))}
    assert found["empty-vaults-count"][0].changes == ()


def test_the_assumptions_of_another_role() -> None:
    rule = CLUSTERS.model.rule("delete_cluster")
    (found,) = dependences(CLUSTERS, [rule], {"nodes-block": "yes"})
    assert found.others[0].changes == ("no longer refused if the zone holds nodes",)


def test_the_reason_of_a_missing_permission_is_about_the_caller() -> None:
    assert "its caller lacks the permission for the operation. [ASSUME-PERMISSION]" in text("DeleteBackupVault")
    assert "to create, edit or delete a service-linked role. [PERM-1]" in text("delete_role")


# ---------------------------------------------------------------- the task that a request starts


def test_the_explanation_of_the_deletion_continues_with_everything_that_blocks_it() -> None:
    found = text("delete_service_linked_role")
    assert "The request is accepted. When the deletion task ends (finish_deletion_task), it fails if" in found
    assert "3. some vault holds recovery points in some Region" in found
    assert "4. some vault exists in some Region" in found
    assert "5. a job is running in some vault of some Region" in found
    assert "started by delete_service_linked_role" in text("finish_deletion_task")


def test_a_refusal_and_an_error_code_show_only_their_guards() -> None:
    assert "resources-remain: vaults or recovery points remain" in text("resources-remain")
    assert "service-using-role" not in text("resources-remain")
    assert "vault-has-recovery-points" in text("InvalidRequestException")
    assert "not-permitted" not in text("InvalidRequestException")


def test_another_lifecycle_with_a_task_is_explained_and_drawn_with_it() -> None:
    state = Enum("role", ("missing", "usable", "going"), reads=("it is missing", "it is usable", "it is going"))
    state = replace(state, reads_not=("it is not missing", "it is not usable", "it is not going"))
    begins = Rule(
        "request_deletion",
        "request the deletion",
        by="person",
        operations=("iam:Delete",),
        clauses=("C-3",),
        inputs=(allowed,),
        guards=(MAY,),
        effects=(state.becomes("going", clause="C-3"),),
    )
    ends = Rule(
        "end_deletion",
        "the deletion ends",
        by="service",
        operations=(),
        clauses=("C-3",),
        guards=(Guard(Every((z,), ~cluster[z]), IN_USE, "C-3", fails=True),),
        effects=(state.becomes("missing", clause="C-3"),),
        on_failure=(state.becomes("usable", clause="C-3"),),
    )
    model = CLUSTERS.model.assuming()
    model = replace(
        model,
        state=tuple(state if variable == role else variable for variable in model.state),
        rules=(model.rule("delete_cluster"), begins, ends),
        properties=(),
    )
    assert BACKUP.environment is not None
    task = Task("request_deletion", "end_deletion", "iam:Status", IN_USE)
    other = replace(CLUSTERS, model=model, environment=replace(BACKUP.environment, task=task))
    found = " ".join(" ".join(explanation_lines(explanation("iam:Delete", other))).split())
    assert "When the deletion ends (end_deletion), it fails if (checked in this order): 2. some zone has" in found
    assert "fix repeat delete_cluster until no zone has a cluster, then request_deletion again" in found
    drawn = decision_diagram(other, begins)
    assert "Does any zone have a cluster?" in [" ".join(node.lines) for node in drawn.nodes]
    assert task_of(CLUSTERS, CLUSTERS.model.rule("delete_role")) is None
    assert task_of(replace(other, model=replace(model, rules=(begins,))), begins) is None
    never = replace(begins, guards=(Guard(FALSE, IN_USE, "C-3"),))
    assert (
        "This action never succeeds."
        in list(
            explanation_lines(explanation("iam:Delete", replace(other, model=replace(model, rules=(never, ends)))))
        )[-1]
    )
    assert ZONE in other.sorts


# ---------------------------------------------------------------- advice


@pytest.mark.parametrize(
    ("action", "refusal", "advice"),
    [
        ("delete_backup_vault", "not-permitted", "use a caller with the permission"),
        ("delete_backup_vault", "no-such-vault", "nothing to do: the vault does not exist"),
        ("delete_backup_vault", "default-vault-in-console", "send the request through the API or with the CLI"),
        ("delete_backup_vault", "service-using-role", "wait a few minutes and retry"),
        ("delete_backup_vault", "efs-vault-not-deletable", "none for aws/efs/automatic-backup-vault"),
        ("delete_recovery_point", "no-recovery-points", "nothing to do: the vault holds no recovery points"),
        ("delete_service_linked_role", "no-such-role", "nothing to do: the role does not exist"),
        ("create_service_linked_role", "role-exists", "nothing to do: the role already exists"),
        ("create_backup_vault", "vault-exists", "nothing to do: a vault of this name already exists"),
        ("create_backup_vault", "vault-name-reserved", "use another vault than aws/efs/automatic-backup-vault"),
        ("edit_description", "no-such-role", "first create_service_linked_role"),
        ("edit_description", "role-being-deleted", "wait until the deletion task ends (finish_deletion_task)"),
        ("assume_role", "only-the-service-may-assume", "possible only if the caller is AWS Backup"),
        ("rename_role", "no-such-role", "none: this action never succeeds"),
        ("start_job", "no-such-vault", "first create_backup_vault"),
        ("finish_deletion_task", "service-using-role", "wait a few minutes, then delete_service_linked_role again"),
        (
            "delete_backup_vault",
            "default-vault-needs-another-vault",
            "first create_backup_vault, so that some vault other than Default exists in the Region",
        ),
        (
            "delete_backup_vault",
            "vault-has-recovery-points",
            "repeat delete_recovery_point until the vault holds no recovery points",
        ),
    ],
)
def test_the_advice_is_for_a_caller_who_wants_the_action(action: str, refusal: str, advice: str) -> None:
    values = {"default-vault": "needs-another-vault", "efs-vault": "never"}
    assumed = BACKUP.having(
        lifecycle().assuming({k: x for k, x in values.items() if refusal.startswith((k, f"{k}-not"))})
    )
    rule = assumed.model.rule(action)
    assert [fix(assumed, rule, guard) for guard in rule.guards if guard.otherwise.id == refusal] == [advice]


@pytest.mark.parametrize(
    ("extension", "action", "refusal", "advice"),
    [
        (
            "vault-lock",
            "delete_recovery_point",
            "vault-locked",
            "first unlock_vault, possible only if no lock in compliance mode is past its grace time and the vault is "
            "not logically air-gapped",
        ),
        (
            "expired",
            "retention_ends",
            "recovery-point-kept",
            "first release_snapshot, possible only if another use of the snapshot keeps one of its recovery points",
        ),
        ("legal-hold", "delete_recovery_point", "under-legal-hold", "first cancel_legal_hold"),
        ("access-policy", "delete_recovery_point", "denied-by-access-policy", "first replace_access_policy"),
    ],
)
def test_a_remedy_that_is_not_always_possible_has_its_condition(
    extension: str, action: str, refusal: str, advice: str
) -> None:
    extended = BACKUP.extended(extension)
    assumed = extended.having(extended.model.assuming())
    rule = assumed.model.rule(action)
    assert [fix(assumed, rule, guard) for guard in rule.guards if guard.otherwise.id == refusal] == [advice]


def test_a_deletion_is_never_advised_to_create_what_it_deletes() -> None:
    for model in (lifecycle().assuming(), CLUSTERS.model.assuming()):
        table = (BACKUP if model.name == BACKUP.name else CLUSTERS).having(model)
        for rule in model.rules:
            for guard in rule.guards:
                advice = fix(table, rule, guard)
                assert advice
                assert not (rule.action.startswith("delete_") and "create_" in advice), (rule.action, advice)


# ---------------------------------------------------------------- questions and layout


@pytest.mark.parametrize(
    ("condition", "text", "holds"),
    [
        (permitted, "Does the caller have the permission?", True),
        (points[r, v].is_zero(), "Does the vault hold recovery points?", False),
        (~(v.is_(DEFAULT) & via.is_("console")), "Is the vault Default, and does the request come from", False),
        (~(using_role & collides), "Is a job running in any vault of any Region, and does the request", False),
        (Every((r, v), ~vault[r, v]), "Does any vault exist in any Region?", False),
        (v.is_(DEFAULT).implies(job[r, v]), "If the vault is Default, is a job running?", True),
        (TRUE, "Is it true that always?", True),
        (~(~vault[r, v] | job[r, v]), "Does the vault exist, and is no job running?", True),
        (Every((r, v), vault[r, v] | job[r, v]), "Is it true that for every vault of every Region: the vault", True),
        (~Every((r, v), vault[r, v]), "Does every vault exist in every Region?", False),
    ],
    ids=str,
)
def test_a_question_is_positive(condition: Formula, text: str, holds: bool) -> None:
    found = question(condition)
    assert found[0].startswith(text)
    assert found[1] == holds


@pytest.mark.parametrize("arguments", [("rules",), ("explain", "delete_service_linked_role"), ("explain", "FAILED")])
@pytest.mark.parametrize("width", [50, 80, 200])
def test_lines_fit_the_terminal(arguments: tuple[str, ...], width: int) -> None:
    environment = {"COLUMNS": str(width), "NO_COLOR": "1"}
    with patch("support.console.StringIO", Terminal):
        lines = call(*arguments, environment=environment).out.splitlines()
    assert all(len(line) <= min(width, 100) or len(line.split()) == 1 for line in lines), "only one long word"
    assert call(*arguments, environment=environment) == asked(*arguments), "not a terminal"


def test_no_guard_reads_as_a_double_negation() -> None:
    for rule in NOW.model.rules:
        for guard in rule.guards:
            assert english(guard.condition, negative=True).split().count("not") <= 1, rule.action
