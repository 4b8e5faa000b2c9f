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
