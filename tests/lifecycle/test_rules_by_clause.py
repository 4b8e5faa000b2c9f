"""The rules and the oracle by clause: one short test for each sentence that determines behavior.

Tests of single requests run on both; tests of all states run on the rules, with which the oracle agrees in every state
(`test_rules_against_oracle.py`).
"""

from __future__ import annotations

from typing import Any

import pytest
from oracle import DEFAULTS, Account
from support.walked import cell, taken

from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Enum
from backup_slr.lifecycle import lifecycle, scope

DEFAULT, EFS, OTHER, ELSEWHERE = (0, 0), (0, 1), (0, 2), (1, 2)
ROLES = ("absent", "present", "deleting")
TRIGGERS = [
    ("list_resources", ()),
    ("set_up_cross_account_backup", ()),
    ("perform_efs_automatic_backup", (0,)),
    ("use_feature_from_another_service", ()),
]
ASKED = [(r.action, OTHER[: len(r.place)]) for r in lifecycle().rules if "permitted" in [i.name for i in r.inputs]]


class Life:
    """An account by the rules, to which a test makes requests and whose variables it reads."""

    def __init__(self, regions: int = 1, assumed: dict[str, str] | None = None, bound: int = 2, **start: Any) -> None:
        self.machine = Machine(lifecycle().assuming(assumed or {}), scope(regions, 3, bound))
        self.variables = {v.name: v for rule in self.machine.model.rules for v in rule.inputs}
        self.variables |= {v.name: v for v in self.machine.model.state}
        state = list(self.machine.initial)
        for name, value in start.items():
            for place, one in value.items() if isinstance(value, dict) else [((), value)]:
                state[self.machine.layout.cell(name, place)] = self.number(name, one)
        self.state = tuple(state)

    def number(self, name: str, value: Any) -> int:
        variable = self.variables[name]
        return variable.values.index(value) if isinstance(variable, Enum) else int(value)

    def __call__(self, action: str, place: tuple[int, ...] = (), **inputs: Any) -> str:
        """Make a request; return the outcome, or the reason why it was refused or failed."""
        given = {name: self.number(name, value) for name, value in inputs.items()}
        step = self.machine.step(self.state, Request(action, place, given))
        self.state = step.state
        return step.guard.otherwise.id if step.guard else step.outcome

    def __getitem__(self, name: str | tuple[str, tuple[int, ...]]) -> Any:
        called, place = (name, ()) if isinstance(name, str) else name
        variable, number = self.variables[called], self.state[self.machine.layout.cell(called, place)]
        return variable.values[number] if isinstance(variable, Enum) else number


class OracleLife:
    """The same for the oracle."""

    def __init__(self, regions: int = 1, assumed: dict[str, str] | None = None, bound: int = 2, **start: Any) -> None:
        self.account = Account(regions, 3, bound, assumed)
        for name, value in start.items():
            for place, one in value.items() if isinstance(value, dict) else ():
                getattr(self.account, name)[place[0]][place[1]] = one
            if not isinstance(value, dict):
                setattr(self.account, name, value)

    def __call__(self, action: str, place: tuple[int, ...] = (), **inputs: Any) -> str:
        outcome, because = self.account.perform(action, *place, **inputs)
        return because or outcome

    @property
    def state(self) -> object:
        return self.account.snapshot()

    def __getitem__(self, name: str | tuple[str, tuple[int, ...]]) -> Any:
        called, place = (name, ()) if isinstance(name, str) else name
        found = getattr(self.account, {"efs_automatic_backup": "efs"}.get(called, called))
        for index in place:
            found = found[index]
        return found


@pytest.fixture(params=[Life, OracleLife], ids=["rules", "oracle"])
def lives(request: pytest.FixtureRequest) -> Any:
    return request.param


def never_done(action: str) -> bool:
    """Whether the rules refuse the action in every state with all inputs."""
    return all(step.outcome == "refused" for steps in taken().values() for r, step in steps if r.action == action)


@pytest.mark.slow
@pytest.mark.clause("TRUST-1", "TRUST-2")
def test_only_the_service_may_assume_the_role(lives: Any) -> None:
    assert lives(role="present")("assume_role", by="service") == "done"
    assert lives(role="present")("assume_role", by="other") == "only-the-service-may-assume"
    others = [s for steps in taken().values() for r, s in steps if r.action == "assume_role" and r.inputs["by"] == 1]
    assert others
    assert all(step.outcome == "refused" for step in others)


@pytest.mark.clause("POLICY-1", "EDIT-1")
@pytest.mark.parametrize("action", ["edit_permissions_policy", "edit_trust_policy"])
def test_no_caller_edits_a_policy_of_the_role(lives: Any, action: str) -> None:
    assert lives(role="present")(action) == "role-not-editable"
    assert never_done(action)


@pytest.mark.clause("POLICY-2")
def test_the_policy_cannot_be_attached_elsewhere_whether_or_not_the_role_exists(lives: Any) -> None:
    for role in ROLES:
        assert lives(role=role)("attach_policy_elsewhere") == "policy-not-attachable"


@pytest.mark.clause("PERM-1")
@pytest.mark.parametrize(("action", "place"), ASKED)
def test_a_caller_without_permission_creates_edits_and_deletes_nothing(
    lives: Any, action: str, place: tuple[int, ...]
) -> None:
    for role in ROLES:
        life = lives(role=role, assumed={"efs-trigger-without-permission": "refused"})
        before = life.state
        assert life(action, place, permitted=False) == "not-permitted"
        assert life.state == before


@pytest.mark.clause("CREATE-2", "CREATE-3", "CREATE-4", "CREATE-5", "CREATE-6", "ROLE-4")
@pytest.mark.parametrize("via", ["api", "cli", "console"])
@pytest.mark.parametrize(("action", "place"), TRIGGERS)
def test_every_trigger_creates_the_role_through_every_interface(
    lives: Any, action: str, place: tuple[int, ...], via: str
) -> None:
    life = lives()
    assert life(action, place, via=via) == "done"
    assert (life["role"], life["description"]) == ("present", "default")


@pytest.mark.clause("CREATE-1")
def test_the_role_can_be_created_manually_and_need_not_be(lives: Any) -> None:
    by_hand, by_itself = lives(), lives()
    assert by_hand("create_service_linked_role") == by_itself("list_resources") == "done"
    assert by_hand.state == by_itself.state
    assert by_itself("create_service_linked_role") == "role-exists"
    assert [by_itself("edit_description"), by_itself("list_resources")] == ["done", "done"]
    assert by_itself["description"] == "edited"


@pytest.mark.clause("CREATE-3", "CREATE-4")
def test_setting_up_a_feature_switches_it_on_until_it_is_turned_off(lives: Any) -> None:
    life = lives(regions=2)
    life("set_up_cross_account_backup")
    life("perform_efs_automatic_backup", (1,))
    assert (life["cross_account"], [life["efs_automatic_backup", (r,)] for r in (0, 1)]) == (1, [0, 1])
    assert [life["vault", (r, v)] for r in (0, 1) for v in range(3)] == [0, 0, 0, 0, 1, 0]
    life("turn_off_cross_account_backup")
    life("turn_off_efs_automatic_backup", (1,))
    assert (life["cross_account"], life["efs_automatic_backup", (1,)], life["role"]) == (0, 0, "present")


@pytest.mark.clause("CREATE-7", "DELETE-4")
@pytest.mark.parametrize(("action", "place"), TRIGGERS)
def test_deleted_resources_can_be_created_again(lives: Any, action: str, place: tuple[int, ...]) -> None:
    life = lives(role="present", description="edited")
    assert [life("delete_service_linked_role"), life("finish_deletion_task")] == ["done", "done"]
    assert (life["role"], life["description"]) == ("absent", "default")
    assert life(action, place) == "done"
    assert (life["role"], life["description"]) == ("present", "default")


@pytest.mark.clause("EDIT-2", "ROLE-3")
def test_the_name_of_the_role_never_changes(lives: Any) -> None:
    assert lives(role="present")("rename_role") == "name-is-immutable"
    assert never_done("rename_role")


@pytest.mark.clause("EDIT-3")
def test_the_description_can_be_edited_while_the_role_exists(lives: Any) -> None:
    life = lives(role="present")
    assert life("edit_description") == "done"
    assert life["description"] == "edited"
    assert lives()("edit_description") == "no-such-role"


@pytest.mark.clause("DELETE-1", "DELETE-3", "REGION-1")
@pytest.mark.parametrize(
    ("left", "because"),
    [
        ({"vault": {OTHER: True}}, "resources-remain"),
        ({"vault": {ELSEWHERE: True}}, "resources-remain"),
        ({"vault": {ELSEWHERE: True}, "points": {ELSEWHERE: 1}}, "resources-remain"),
        ({"vault": {OTHER: True}, "job": {OTHER: True}}, "resources-remain"),
        ({"job": {ELSEWHERE: True}}, "service-using-role"),
        ({}, "done"),
    ],
)
def test_resources_in_any_region_block_the_deletion_of_the_role(lives: Any, left: dict[str, Any], because: str) -> None:
    life = lives(regions=2, role="present", **left)
    assert life("delete_service_linked_role") == "done"
    assert life["role"] == "deleting"
    assert life("finish_deletion_task") == because
    assert life["role"] == ("absent" if because == "done" else "present")


@pytest.mark.clause("DELETE-4", "ROLE-1")
def test_the_role_is_deleted_only_by_its_own_request(lives: Any) -> None:
    assert lives(role="present")("delete_role") == "not-deletable-as-plain-role"
    leaving = {
        r.action for s, steps in taken().items() for r, e in steps if cell(s, "role") and not cell(e.state, "role")
    }
    assert leaving == {"finish_deletion_task"}


@pytest.mark.clause("DELETE-4")
def test_requesting_the_deletion_again_changes_nothing(lives: Any) -> None:
    at_submit = {"assumed": {"usage-check": "at-submit"}, "vault": {OTHER: True}, "points": {OTHER: 1}}
    for life in (lives(role="deleting"), lives(role="deleting", **at_submit)):
        before = life.state
        assert life("delete_service_linked_role") == "done"
        assert life.state == before


@pytest.mark.parametrize(("role", "action", "place", "because"), [
    ("absent", "assume_role", (), "no-such-role"),
    ("deleting", "assume_role", (), "role-being-deleted"),
    ("absent", "edit_trust_policy", (), "no-such-role"),
    ("deleting", "edit_description", (), "role-being-deleted"),
    ("absent", "delete_service_linked_role", (), "no-such-role"),
    ("deleting", "create_service_linked_role", (), "role-being-deleted"),
    ("present", "finish_deletion_task", (), "no-deletion-task"),
    ("present", "delete_recovery_point", DEFAULT, "no-such-vault"),
    ("present", "start_job", DEFAULT, "no-such-vault"),
    ("present", "create_backup_vault", EFS, "vault-name-reserved"),
])  # fmt: skip
def test_a_request_that_does_not_fit_the_state_is_refused(
    lives: Any, role: str, action: str, place: tuple[int, ...], because: str
) -> None:
    assert lives(role=role)(action, place) == because


@pytest.mark.clause("CLEAN-1", "CLEAN-2", "CLEAN-7", "CLEAN-8")
@pytest.mark.parametrize("via", ["api", "cli"])
def test_recovery_points_are_deleted_before_their_vault(lives: Any, via: str) -> None:
    life = lives(vault={OTHER: True}, points={OTHER: 2})
    assert life("delete_backup_vault", OTHER, via=via) == "vault-has-recovery-points"
    told = [life("delete_recovery_point", OTHER, via=via) for _ in range(3)]
    assert told == ["done", "done", "no-recovery-points"]
    assert [life("delete_backup_vault", OTHER, via=via) for _ in range(2)] == ["done", "no-such-vault"]
    assert not life["vault", OTHER]


@pytest.mark.clause("CLEAN-3", "CLEAN-4", "REGION-1")
@pytest.mark.parametrize("action", ["delete_recovery_point", "delete_backup_vault"])
def test_a_deletion_might_fail_while_a_job_runs_anywhere_and_succeeds_after_it(lives: Any, action: str) -> None:
    points = int(action == "delete_recovery_point")
    account = {"role": "present", "vault": {OTHER: True}, "points": {OTHER: points}, "job": {ELSEWHERE: True}}
    life = lives(2, **account)
    assert life(action, OTHER, collides=True) == "service-using-role"
    assert lives(2, **account)(action, OTHER) == "done", "it only might"
    assert life("finish_job", ELSEWHERE) == "done"
    assert life(action, OTHER, collides=True) == "done"


@pytest.mark.clause("CLEAN-5", "CLEAN-6")
def test_the_default_vault_can_be_deleted_with_the_cli_and_not_in_the_console(lives: Any) -> None:
    life = lives(vault={DEFAULT: True, EFS: True, OTHER: True})
    assert life("delete_backup_vault", DEFAULT, via="console") == "default-vault-in-console"
    assert [life("delete_backup_vault", v, via="console") for v in (EFS, OTHER)] == ["done", "done"]
    assert life("delete_backup_vault", DEFAULT, via="cli") == "done"


@pytest.mark.clause("ROLE-2")
def test_a_job_needs_the_role_and_leaves_a_recovery_point(lives: Any) -> None:
    for role, because in (("absent", "no-such-role"), ("deleting", "role-being-deleted")):
        assert lives(role=role, vault={OTHER: True})("start_job", OTHER) == because
    life = lives(role="present", bound=1, vault={OTHER: True})
    for _ in range(2):  # the second finds the vault at its bound
        told = [life(action, OTHER) for action in ("start_job", "start_job", "finish_job")]
        assert told == ["done", "job-already-running", "done"]
        assert life["points", OTHER] == 1
    assert life("finish_job", OTHER) == "no-running-job"


@pytest.mark.clause("DELETE-2")
def test_the_role_can_be_deleted_while_a_feature_is_still_on(lives: Any) -> None:
    life = lives(role="present", cross_account=True)
    assert [life("delete_service_linked_role"), life("finish_deletion_task")] == ["done", "done"]
    assert (life["role"], life["cross_account"]) == ("absent", True)


# ---------------------------------------------------------------- assumptions

GOING, NO = {"role": "deleting"}, {"permitted": False}
FEATURE, EFS_BACKUP = "set_up_cross_account_backup", "perform_efs_automatic_backup"


@pytest.mark.parametrize(("value", "start", "action", "place", "inputs", "told", "then"), [
    ("trigger-while-deleting=no-effect", GOING, FEATURE, (), {}, "done", {**GOING, "cross_account": 1}),
    ("trigger-while-deleting=recreates", GOING, FEATURE, (), {}, "done", {"role": "present", "cross_account": 1}),
    ("trigger-while-deleting=refused", GOING, FEATURE, (), {}, "role-being-deleted", {**GOING, "cross_account": 0}),
    ("usage-check=at-submit", {"role": "present", "vault": {OTHER: 1}}, "delete_service_linked_role", (), {},
     "resources-remain", {}),
    ("empty-vaults-count=no", {**GOING, "vault": {OTHER: 1}, "points": {OTHER: 1}}, "finish_deletion_task", (), {},
     "resources-remain", {}),
    ("empty-vaults-count=no", {**GOING, "vault": {OTHER: 1}}, "finish_deletion_task", (), {}, "done", {}),
    ("edit-while-deleting=allowed", GOING, "edit_description", (), {}, "done", {}),
    ("use-while-deleting=allowed", GOING, "assume_role", (), {}, "done", {}),
    ("default-vault=needs-another-vault", {"vault": {DEFAULT: 1}}, "delete_backup_vault", DEFAULT, {},
     "default-vault-needs-another-vault", {}),
    ("efs-vault=never", {"vault": {EFS: 1}}, "delete_backup_vault", EFS, {}, "efs-vault-not-deletable", {}),
    ("efs-creates-its-vault=no", {}, EFS_BACKUP, (0,), {}, "done", {("vault", EFS): 0}),
    ("scheduled-run-recreates=yes", {"vault": {OTHER: 1}}, "start_job", OTHER, {}, "done", {"role": "present"}),
    ("console-visit-recreates-default-vault=yes", {"regions": 2}, "list_resources", (), {"via": "console"}, "done",
     {("vault", (0, 0)): 1, ("vault", (1, 0)): 1}),
    ("console-visit-recreates-default-vault=no", {}, "list_resources", (), {"via": "console"}, "done",
     {("vault", (0, 0)): 0}),
    ("efs-trigger-without-permission=creates-role", {}, EFS_BACKUP, (0,), NO, "done",
     {"role": "present", ("efs_automatic_backup", (0,)): 1}),
    ("efs-trigger-without-permission=refused", {}, EFS_BACKUP, (0,), NO, "not-permitted",
     {"role": "absent", ("efs_automatic_backup", (0,)): 0}),
    ("trigger-without-permission=lists-without-role", {}, FEATURE, (), NO, "done",
     {"role": "absent", "cross_account": 1}),
])  # fmt: skip
def test_each_value_of_an_assumption_changes_the_request_that_it_is_about(
    lives: Any, value: str, start: Any, action: str, place: tuple[int, ...], inputs: Any, told: str, then: Any
) -> None:
    life = lives(assumed=dict([value.split("=")]), **start)
    assert life(action, place, **inputs) == told
    assert {name: life[name] for name in then} == then


def test_the_oracle_rejects_unknown_names() -> None:
    """A misspelled name in a test must not pass unnoticed."""
    assert len(DEFAULTS) == 12
    for wrong in ({"no-such-thing": "yes"}, {"usage-check": "sometimes"}):
        with pytest.raises(ValueError, match=r"assumption|cannot be"):
            Account(1, 2, 1, wrong)
    for call in (("wait",), ("start_job", 0), ("list_resources", 0), ("start_job", 0, -1)):
        with pytest.raises(ValueError, match=r"action|Region"):
            Account(1, 2, 1).perform(*call)
