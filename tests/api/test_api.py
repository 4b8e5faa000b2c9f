"""The Python API takes and returns names; every wrong input is an error with a correction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.console import asked

import backup_slr as slr

MODEL = slr.load()
BUSY = MODEL.account(
    role="present",
    vaults={"us-east-1/Default": 3, "eu-west-1/aws/efs/automatic-backup-vault": {"job": True}},
    efs_automatic_backup=["eu-west-1"],
)


def test_a_request_reports_every_reason_and_not_only_the_first() -> None:
    answer = BUSY.request("delete_backup_vault", "us-east-1/Default", via="console")
    assert (answer.outcome, answer.clause) == ("refused", "CLEAN-5")
    assert answer.refusal is not None
    assert answer.refusal.id == "default-vault-in-console"
    assert [reason.refusal.id for reason in answer.reasons] == ["default-vault-in-console", "vault-has-recovery-points"]
    assert answer.account.values() == BUSY.values()


def test_a_failed_deletion_names_what_blocks_it_in_every_region() -> None:
    pending = BUSY.request("delete_service_linked_role").account
    assert pending["role"] == "deleting"
    answer = pending.request("finish_deletion_task")
    places = {place for reason in answer.reasons for place in reason.places}
    assert places == {"us-east-1/Default", "eu-west-1/aws/efs/automatic-backup-vault"}
    assert [(c.variable, c.before, c.after) for c in answer.changes] == [("role", "deleting", "present")]
    assert answer.error_code == "FAILED"


def test_an_account_never_changes_and_grows_with_the_names_that_requests_use() -> None:
    account = MODEL.account()
    answer = account.request("create_backup_vault", "us-east-1/photos/2024")
    assert answer.done
    assert answer.account["vault", "us-east-1/photos/2024"] is True
    assert account["vault", "us-east-1/photos/2024"] is False
    assert account.values() == {}


def test_points_are_deleted_one_by_one() -> None:
    account = BUSY
    for left in (2, 1, 0):
        account = account.request("delete_recovery_point", "us-east-1/Default").account
        assert account["points", "us-east-1/Default"] == left
    assert account.request("delete_backup_vault", "us-east-1/Default", via="cli", collides=False).done


def test_assumptions_change_the_answer() -> None:
    early = slr.load(assume={"usage-check": "at-submit"}).account(role="present", vaults={"us-east-1/Default": 1})
    assert early.request("delete_service_linked_role").outcome == "refused"
    assert MODEL.account(role="present", vaults=["us-east-1/Default"]).request("delete_service_linked_role").done


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: slr.load(assume={"usage-chek": "x"}), "usage-check"),
    (lambda: slr.load(assume={"usage-check": "at_submit"}), "at-submit"),
    (lambda: slr.load(without=["delete_backup_vault/nothing"]), "delete_backup_vault"),
    (lambda: slr.load(without="delete_vault/x"), "delete_backup_vault"),
    (lambda: slr.load(rules="no-such-file.json"), "no-such-file.json"),
    (lambda: MODEL.account(role="there"), "absent, present, deleting"),
    (lambda: MODEL.account(rol="absent"), "role"),
    (lambda: MODEL.account(cross_account="yes"), "True or False"),
    (lambda: MODEL.account(vaults=3), "list of places"),
    (lambda: MODEL.account(vaults="us-east-1/Default"), "list of places"),
    (lambda: MODEL.account(vaults={"us-east-1/Default": -1}), "of at least 0"),
    (lambda: MODEL.account(vaults={"us-east-1/Default": {"jobs": True}}), "job"),
    (lambda: MODEL.account(vaults=["Default"]), "REGION/VAULT"),
    (lambda: MODEL.account(vaults=["us-est-1/Default"]), "us-"),
    (lambda: MODEL.account(points={"us-east-1/Default": True}), "of at least 0"),
    (lambda: BUSY.request("delete_vault"), "delete_backup_vault"),
    (lambda: BUSY.request("delete_backup_vault"), "REGION/VAULT"),
    (lambda: BUSY.request("delete_service_linked_role", "us-east-1"), "has no place"),
    (lambda: BUSY.request("delete_backup_vault", "us-east-1/Default", via=2), "api, cli, console"),  # type: ignore[arg-type]
    (lambda: BUSY.request("delete_backup_vault", "us-east-1/Default", vai="cli"), "via"),
    (lambda: BUSY.request("assume_role"), "one of service, other"),
    (lambda: BUSY["rol"], "role"),
    (lambda: BUSY["points", "us-east-1"], "REGION/VAULT"),
    (lambda: MODEL.check("no_such_property"), "no_such_property"),
    (lambda: MODEL.check(region=1), "regions, vaults, points"),
    (lambda: MODEL.check(vaults=1), "at least 2 vaults"),
    (lambda: MODEL.check(engine="compiled"), "engine"),
    (lambda: MODEL.witness("role = absent"), "=="),
    (lambda: MODEL.explain("delete"), "delete"),
    (lambda: MODEL.prove("no_such_property"), "no_such_property"),
]


@pytest.mark.parametrize(("wrong", "hint"), WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_a_wrong_input_is_an_error_with_a_correction(wrong: Callable[[], Any], hint: str) -> None:
    with pytest.raises(slr.BadInput) as caught:
        wrong()
    assert hint in str(caught.value)


def test_questions_have_answers_for_programs_people_and_notebooks() -> None:
    checked = MODEL.check("recovery_points_lie_in_vaults", "role_leaves_only_when_unneeded", regions=1)
    assert checked.holds
    assert checked.complete
    assert not checked.violations
    broken = slr.load(without=["delete_backup_vault/vault-has-recovery-points"])
    found = broken.check("recovery_points_lie_in_vaults", regions=1)
    (violation,) = found.violations
    assert violation.trace is not None
    assert violation.trace[-1].action == "delete_backup_vault"
    for answer in (checked, found, MODEL.witness("role == deleting", regions=1), MODEL.explain("delete_role")):
        assert str(answer)
        assert answer._repr_html_().startswith("<")
        assert dict(answer.document())


def test_a_witness_is_shortest_and_named() -> None:
    found = MODEL.witness("any(points > 1)", regions=1)
    assert found.trace is not None
    assert found.trace[-1].changes[0].endswith(" 1 -> 2")
    nowhere = MODEL.witness("role == absent and any(points > 0)", regions=1)
    assert (nowhere.verdict, nowhere.trace) == ("unreachable", None)


def test_differences_name_the_actions() -> None:
    other = slr.load(without=["create_backup_vault/vault-name-reserved"])
    assert MODEL.diff(other).actions == ("create_backup_vault",)
    assert MODEL.diff(MODEL).verdict == "equivalent"


def test_a_proof_holds_in_every_scope() -> None:
    pytest.importorskip("z3")
    proved = MODEL.prove("recovery_points_lie_in_vaults")
    assert proved.verdict == "proved"


@pytest.mark.parametrize("name", ["lifecycle", "reachable", "dependencies", "decision"])
def test_a_diagram_is_that_of_the_command_line(name: str) -> None:
    subject = ("delete_role",) if name == "decision" else ()
    assert slr.load().diagram(name, *subject).mermaid == asked("diagram", name, *subject).out


def test_an_incomplete_diagram_says_so() -> None:
    assert "INCOMPLETE" in slr.load().diagram("lifecycle", max_states=10).mermaid
    assert "INCOMPLETE" not in slr.load().diagram("lifecycle").mermaid


@pytest.mark.parametrize(
    ("more", "says"), [({"labels": "awz"}, "did you mean 'aws'"), ({"via": "consle"}, "did you mean 'console'")]
)
def test_an_unknown_style_or_interface_of_a_diagram_is_reported(more: dict[str, str], says: str) -> None:
    with pytest.raises(slr.BadInput, match=says):
        slr.load().diagram("teardown", **more)  # type: ignore[arg-type]
