"""The rules themselves, clause by clause: one short test for each sentence that decides or promises something.

`test_oracle.py` has the same for the oracle.
"""

from __future__ import annotations

from typing import Any

import pytest
from support.walked import cell, taken

from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Enum
from backup_slr.lifecycle import lifecycle, scope

MODEL = lifecycle().assuming()
DEFAULT, EFS, OTHER = (0, 0), (0, 1), (0, 2)
TRIGGERS = [
    ("list_resources", ()),
    ("set_up_cross_account_backup", ()),
    ("perform_efs_automatic_backup", (0,)),
    ("use_feature_from_another_service", ()),
]
VIAS = ("api", "cli", "console")
EDITS = ("edit_permissions_policy", "edit_trust_policy")


class Life:
    """An account that requests are made of, one after the other, and asked about."""

    def __init__(self, regions: int = 1, **start: Any) -> None:
        self.machine = Machine(MODEL, scope(regions, 3, 2))
        state = list(self.machine.initial)
        for name, value in start.items():
            for place, number in value.items() if isinstance(value, dict) else [((), value)]:
                state[self.machine.layout.cell(name, place)] = number
        self.state = tuple(state)

    def __call__(self, action: str, place: tuple[int, ...] = (), **inputs: Any) -> str:
        """Make a request: what came of it, or why it was refused or failed."""
        words = {i.name: i.values for i in MODEL.rule(action).inputs if isinstance(i, Enum)}
        given = {name: words[name].index(x) if name in words else int(x) for name, x in inputs.items()}
        step = self.machine.step(self.state, Request(action, place, given))
        self.state = step.state
        return step.guard.otherwise.id if step.guard else step.outcome

    def __getitem__(self, name: str | tuple[str, tuple[int, ...]]) -> int:
        called, place = (name, ()) if isinstance(name, str) else name
        return self.state[self.machine.layout.cell(called, place)]


ABSENT, PRESENT, DELETING = 0, 1, 2


@pytest.mark.clause("TRUST-1", "TRUST-2")
def test_the_service_may_assume_the_role_and_nobody_else() -> None:
    assert Life(role=PRESENT)("assume_role", by="service") == "done"
    assert Life(role=PRESENT)("assume_role", by="other") == "only-the-service-may-assume"
    others = [s for steps in taken().values() for r, s in steps if r.action == "assume_role" and r.inputs["by"] == 1]
    assert others
    assert all(step.outcome == "refused" for step in others)


@pytest.mark.clause("POLICY-1", "EDIT-1")
@pytest.mark.parametrize("action", EDITS)
def test_nobody_edits_a_policy_of_the_role(action: str) -> None:
    assert Life(role=PRESENT)(action) == "role-not-editable"
    assert all(s.outcome == "refused" for steps in taken().values() for r, s in steps if r.action == action)


@pytest.mark.clause("POLICY-2")
def test_its_policy_attaches_to_nothing_else_whether_the_role_is_there_or_not() -> None:
    for value in (ABSENT, PRESENT, DELETING):
        assert Life(role=value)("attach_policy_elsewhere") == "policy-not-attachable"


@pytest.mark.clause("PERM-1")
def test_whoever_lacks_the_permission_creates_edits_and_deletes_nothing() -> None:
    asked = [
        (state, step)
        for state, steps in taken().items()
        for request, step in steps
        if request.inputs.get("permitted") == 0
    ]
    assert {step.guard.otherwise.id for _, step in asked if step.guard} == {"not-permitted"}
    assert all(step.state == state for state, step in asked)


@pytest.mark.clause("CREATE-2", "CREATE-3", "CREATE-4", "CREATE-5", "CREATE-6", "ROLE-4")
@pytest.mark.parametrize("via", VIAS)
@pytest.mark.parametrize(("action", "place"), TRIGGERS)
def test_every_trigger_brings_the_role_wherever_it_is_asked(action: str, place: tuple[int, ...], via: str) -> None:
    life = Life()
    assert life(action, place, via=via) == "done"
    assert life["role"] == PRESENT


@pytest.mark.clause("CREATE-1")
def test_by_hand_it_can_be_created_and_need_not_be() -> None:
    by_hand, by_itself = Life(), Life()
    assert by_hand("create_service_linked_role") == by_itself("list_resources") == "done"
    assert by_hand.state == by_itself.state
    assert by_itself("create_service_linked_role") == "role-exists"


@pytest.mark.clause("CREATE-7", "DELETE-4")
@pytest.mark.parametrize(("action", "place"), TRIGGERS[:3])
def test_what_was_deleted_is_created_again_by_the_same_actions(action: str, place: tuple[int, ...]) -> None:
    life = Life(role=PRESENT)
    assert [life("delete_service_linked_role"), life("finish_deletion_task")] == ["done", "done"]
    assert life["role"] == ABSENT
    assert life(action, place) == "done"
    assert life["role"] == PRESENT


@pytest.mark.clause("EDIT-2", "ROLE-3")
def test_its_name_never_changes() -> None:
    assert Life(role=PRESENT)("rename_role") == "name-is-immutable"
    assert all(s.outcome == "refused" for steps in taken().values() for r, s in steps if r.action == "rename_role")


@pytest.mark.clause("EDIT-3")
def test_its_description_can_be_edited_while_it_is_there() -> None:
    life = Life(role=PRESENT)
    assert life("edit_description") == "done"
    assert life["description"] == 1
    assert Life()("edit_description") == "no-such-role"


@pytest.mark.clause("DELETE-1", "DELETE-3", "REGION-1")
@pytest.mark.parametrize(
    ("left", "because"),
    [
        ({"vault": {(1, 2): 1}}, "resources-remain"),
        ({"vault": {(1, 2): 1}, "points": {(1, 2): 1}}, "resources-remain"),
        ({"job": {(1, 2): 1}}, "service-using-role"),
        ({}, "done"),
    ],
)
def test_what_is_left_in_whatever_region_keeps_the_one_role(left: dict[str, Any], because: str) -> None:
    life = Life(regions=2, role=PRESENT, **left)
    assert life("delete_service_linked_role") == "done"
    assert life("finish_deletion_task") == because
    assert life["role"] == (ABSENT if because == "done" else PRESENT)


@pytest.mark.clause("DELETE-4", "ROLE-1")
def test_it_goes_by_its_own_request_and_never_as_an_ordinary_role() -> None:
    assert Life(role=PRESENT)("delete_role") == "not-deletable-as-plain-role"
    leaving = {
        r.action for s, steps in taken().items() for r, e in steps if cell(s, "role") and not cell(e.state, "role")
    }
    assert leaving == {"finish_deletion_task"}


@pytest.mark.clause("CLEAN-1", "CLEAN-2", "CLEAN-7", "CLEAN-8")
@pytest.mark.parametrize("via", ["api", "cli"])
def test_recovery_points_go_first_and_their_vault_then(via: str) -> None:
    life = Life(vault={OTHER: 1}, points={OTHER: 2})
    assert life("delete_backup_vault", OTHER, via=via) == "vault-has-recovery-points"
    assert [life("delete_recovery_point", OTHER, via=via) for _ in range(2)] == ["done", "done"]
    assert life("delete_backup_vault", OTHER, via=via) == "done"
    assert life["vault", OTHER] == 0


@pytest.mark.clause("CLEAN-3", "CLEAN-4")
@pytest.mark.parametrize("action", ["delete_recovery_point", "delete_backup_vault"])
def test_a_deletion_might_fail_while_a_job_runs_and_gets_through_once_it_has_ended(action: str) -> None:
    points = int(action == "delete_recovery_point")
    account = {"role": PRESENT, "vault": {OTHER: 1}, "points": {OTHER: points}, "job": {EFS: 1}}
    life = Life(**account)
    assert life(action, OTHER, collides=True) == "service-using-role"
    assert Life(**account)(action, OTHER) == "done", "it only might"
    assert life("finish_job", EFS) == "done"
    assert life(action, OTHER, collides=True) == "done"


@pytest.mark.clause("CLEAN-5", "CLEAN-6")
def test_the_default_vault_goes_by_the_cli_and_not_in_the_console() -> None:
    life = Life(vault={DEFAULT: 1, EFS: 1, OTHER: 1})
    assert life("delete_backup_vault", DEFAULT, via="console") == "default-vault-in-console"
    assert [life("delete_backup_vault", v, via="console") for v in (EFS, OTHER)] == ["done", "done"]
    assert life("delete_backup_vault", DEFAULT, via="cli") == "done"


@pytest.mark.clause("ROLE-2")
def test_a_job_needs_the_role_and_leaves_a_recovery_point() -> None:
    assert Life(vault={OTHER: 1})("start_job", OTHER) == "no-such-role"
    life = Life(role=PRESENT, vault={OTHER: 1})
    assert [life("start_job", OTHER), life("finish_job", OTHER)] == ["done", "done"]
    assert life["points", OTHER] == 1


@pytest.mark.clause("DELETE-2")
def test_a_role_that_is_no_longer_needed_can_be_gone_while_a_feature_is_still_on() -> None:
    life = Life(role=PRESENT, cross_account=1)
    assert [life("delete_service_linked_role"), life("finish_deletion_task")] == ["done", "done"]
    assert (life["role"], life["cross_account"]) == (ABSENT, 1)
