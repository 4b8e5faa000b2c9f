"""What happens step by step where two extensions meet."""

from __future__ import annotations

import pytest

import backup_slr as slr

DEFAULT, OTHER = "us-east-1/Default", "us-east-1/other"
DELETE = ("delete_recovery_point", OTHER, {"takes_time": True})


@pytest.mark.parametrize(
    ("extensions", "points", "steps", "last"),
    [
        pytest.param(
            ("legal-hold", "deleting"),
            1,
            [DELETE, ("place_legal_hold", OTHER, {})],
            "nothing-to-hold",
            id="no hold covers a recovery point that is being deleted",
        ),
        pytest.param(
            ("legal-hold", "deleting"),
            2,
            [DELETE, ("place_legal_hold", OTHER, {})],
            "done",
            id="a hold covers another recovery point",
        ),
        pytest.param(
            ("copies", "deleting"),
            1,
            [DELETE, ("start_copy_out", OTHER, {})],
            "point-being-deleted",
            id="a recovery point that is being deleted is not copied",
        ),
        pytest.param(
            ("copies",),
            1,
            [("start_copy_out", OTHER, {}), ("delete_recovery_point", OTHER, {})],
            "recovery-point-busy",
            id="no request deletes the recovery point that is copied",
        ),
        pytest.param(
            ("copies", "retention"),
            1,
            [("start_copy_out", OTHER, {}), ("retention_ends", OTHER, {})],
            "recovery-point-busy",
            id="time does not delete the recovery point that is copied",
        ),
        pytest.param(
            ("copies", "deleting"),
            2,
            [DELETE, ("start_copy_out", OTHER, {}), ("retention_ends", OTHER, {})],
            "recovery-point-busy",
            id="the other one is being deleted",
        ),
        pytest.param(
            ("copies", "deleting"),
            3,
            [DELETE, ("start_copy_out", OTHER, {}), ("retention_ends", OTHER, {})],
            "done",
            id="a third one",
        ),
    ],
)
def test_answers_where_extensions_meet(
    extensions: tuple[str, ...], points: int, steps: list[tuple[str, str, dict[str, bool]]], last: str
) -> None:
    given = {"cross_account": True} if "copies" in extensions else {}
    account = slr.load(extensions=extensions).account(role="present", vaults={OTHER: points}, **given)
    answers: list[str] = []
    for action, place, inputs in steps:
        answer = account.request(action, place, **inputs)
        answers.append(answer.refusal.id if answer.refusal else answer.outcome)
        account = answer.account
    assert answers == ["done"] * (len(steps) - 1) + [last]


@pytest.mark.parametrize("before", [0, 1])
def test_an_orphaned_image_is_an_expired_recovery_point(before: int) -> None:
    account = slr.load(extensions=("default-vault-refilled", "deleting")).account(
        role="present", vaults={DEFAULT: before}
    )
    for action in ("lose_recovery_point", "place_orphaned_image"):
        account = account.request(action, "us-east-1").account
    assert account["points", DEFAULT] == before + 1
    assert account["point_status", DEFAULT] == "expired"


def test_the_end_of_a_retention_period_can_leave_a_locked_recovery_point_expired() -> None:
    account = slr.load(extensions=("vault-lock", "expired")).account(role="present", vaults={OTHER: 1})
    account = account.request("lock_vault", OTHER, lock_mode="governance").account
    account = account.request("retention_ends", OTHER, finds="permission").account
    assert account["points", OTHER] == 1
    assert account["point_status", OTHER] == "expired"
    again = account.request("retention_ends", OTHER)
    assert again.refusal
    assert again.refusal.id == "recovery-point-kept"
    account = account.request("grant_missing_permission", OTHER).account
    assert account.request("retention_ends", OTHER).account["points", OTHER] == 0


def test_the_end_of_a_retention_period_finds_no_second_reason_during_a_deletion() -> None:
    account = slr.load(extensions=("expired",)).account(role="present", vaults={OTHER: 2})
    account = account.request(DELETE[0], OTHER, **DELETE[2]).account
    refused = account.request("retention_ends", OTHER, finds="snapshot").refusal
    assert refused
    assert refused.id == "point-being-deleted"
    assert account.request("retention_ends", OTHER).account["points", OTHER] == 1
