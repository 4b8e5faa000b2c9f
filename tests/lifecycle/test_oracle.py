"""The oracle alone: one short test for each clause of the page that decides or promises something."""

from __future__ import annotations

import pytest
from oracle import DEFAULTS, Account

TRIGGERS = [
    ("list_resources",),
    ("set_up_cross_account_backup",),
    ("perform_efs_automatic_backup", 0),
    ("use_feature_from_another_service",),
]
ON_ACCOUNT = [
    "turn_off_cross_account_backup", "create_service_linked_role", "delete_service_linked_role",
    "edit_description", "rename_role", "edit_permissions_policy", "edit_trust_policy",
    "attach_policy_elsewhere", "delete_role",
]  # fmt: skip
ON_VAULT = ["create_backup_vault", "delete_recovery_point", "delete_backup_vault"]
ASKED = [
    *TRIGGERS,
    *[(name,) for name in ON_ACCOUNT],
    ("turn_off_efs_automatic_backup", 0),
    ("assume_role",),
    *[(name, 0, slot) for name in ON_VAULT for slot in (0, 1)],
]
BY_SERVICE = [
    ("finish_deletion_task",),
    *[(name, 0, slot) for name in ("start_job", "finish_job") for slot in (0, 1)],
]
CHOICES = [
    {},
    {"via": "console"},
    {"permitted": False},
    {"collides": True},
    {"succeeds": False},
    {"by": "other"},
]


def account(role="present", *, regions=1, slots=3, bound=None, **assumptions):
    chosen = {name.replace("_", "-"): value for name, value in assumptions.items()}
    made = Account(regions, slots, bound, chosen)
    made.role = role
    return made


def with_vault(points=0, *, job=False, slot=2, **more):
    made = account(**more)
    made.vault[0][slot], made.points[0][slot], made.job[0][slot] = True, points, job
    return made


def explore(**assumptions):
    """Every step of a small account: (state before, action, choices, outcome, state after)."""
    one = account("absent", slots=2, bound=1, **assumptions)
    seen, frontier, steps = {one.snapshot()}, [one.snapshot()], []
    while frontier:
        before = frontier.pop()
        for action in [*ASKED, *BY_SERVICE]:
            for choices in CHOICES:
                one.restore(before)
                outcome = one.perform(*action, **choices)
                after = one.snapshot()
                steps.append((before, action, choices, outcome, after))
                if after not in seen:
                    seen.add(after)
                    frontier.append(after)
    return steps


@pytest.fixture(scope="module")
def steps():
    return explore()


@pytest.mark.clause("TRUST-1", "TRUST-2")
def test_only_the_service_may_assume_the_role(steps):
    """TRUST-1, TRUST-2."""
    assert account().perform("assume_role") == ("done", None)
    assert account().perform("assume_role", by="other") == ("refused", "only-the-service-may-assume")
    others = [step for step in steps if step[1] == ("assume_role",) and step[2] == {"by": "other"}]
    assert others
    assert all(step[3][0] == "refused" for step in others)


@pytest.mark.clause("POLICY-1", "EDIT-1")
def test_nobody_edits_the_policies_of_the_role(steps):
    """POLICY-1, EDIT-1."""
    for action in ("edit_permissions_policy", "edit_trust_policy"):
        assert account().perform(action) == ("refused", "role-not-editable")
        assert all(step[3][0] == "refused" for step in steps if step[1] == (action,))


@pytest.mark.clause("POLICY-2")
@pytest.mark.parametrize("role", ["absent", "present", "deleting"])
def test_the_permissions_policy_attaches_to_nothing_else(role):
    """POLICY-2."""
    assert account(role).perform("attach_policy_elsewhere") == ("refused", "policy-not-attachable")


@pytest.mark.clause("PERM-1")
@pytest.mark.parametrize("action", ASKED)
@pytest.mark.parametrize("role", ["absent", "present", "deleting"])
def test_a_caller_without_permission_gets_nothing_done(role, action):
    """PERM-1."""
    one = account(role)
    before = one.snapshot()
    assert one.perform(*action, permitted=False) == ("refused", "not-permitted")
    assert one.snapshot() == before


@pytest.mark.clause("CREATE-2", "CREATE-3", "CREATE-4", "CREATE-5", "CREATE-6", "ROLE-4")
@pytest.mark.parametrize("via", ["console", "cli", "api"])
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_every_trigger_creates_the_role_wherever_it_is_asked(trigger, via):
    """CREATE-2, CREATE-3, CREATE-4, CREATE-5, CREATE-6."""
    one = account("absent")
    assert one.perform(*trigger, via=via) == ("done", None)
    assert (one.role, one.description) == ("present", "default")


@pytest.mark.clause("CREATE-1")
def test_a_trigger_leaves_a_role_that_is_there_alone():
    """CREATE-2, EDIT-3."""
    one = account()
    one.perform("edit_description")
    assert one.perform("list_resources") == ("done", None)
    assert one.description == "edited"


@pytest.mark.clause("CREATE-3", "CREATE-4")
def test_setting_a_feature_up_switches_it_on_until_it_is_turned_off():
    """CREATE-3, CREATE-4."""
    one = account("absent", regions=2)
    one.perform("set_up_cross_account_backup")
    one.perform("perform_efs_automatic_backup", 1)
    assert (one.cross_account, one.efs) == (True, [False, True])
    assert one.vault == [[False, False, False], [False, True, False]]
    one.perform("turn_off_cross_account_backup")
    one.perform("turn_off_efs_automatic_backup", 1)
    assert (one.cross_account, one.efs, one.role) == (False, [False, False], "present")


@pytest.mark.clause("CREATE-7")
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_deleted_role_is_created_again_by_the_same_triggers(trigger):
    """CREATE-7."""
    one = account()
    one.perform("edit_description")
    one.perform("delete_service_linked_role")
    assert one.perform("finish_deletion_task") == ("done", None)
    assert (one.role, one.description) == ("absent", "default")
    assert one.perform(*trigger) == ("done", None)
    assert (one.role, one.description) == ("present", "default")


@pytest.mark.clause("EDIT-2", "ROLE-3")
def test_the_name_of_the_role_never_changes(steps):
    """EDIT-2."""
    assert account().perform("rename_role") == ("refused", "name-is-immutable")
    assert all(step[3][0] == "refused" for step in steps if step[1] == ("rename_role",))


@pytest.mark.clause("EDIT-3")
def test_the_description_can_be_edited():
    """EDIT-3."""
    one = account()
    assert one.perform("edit_description") == ("done", None)
    assert one.description == "edited"
    assert account("absent").perform("edit_description") == ("refused", "no-such-role")


@pytest.mark.clause("DELETE-1", "DELETE-3")
@pytest.mark.parametrize("value", ["at-task-end", "at-submit"])
def test_the_role_vanishes_only_once_it_has_no_resources(value):
    """DELETE-1: in the default reading always, at-submit when the deletion is asked for."""
    gone = "absent" if value == "at-task-end" else "deleting"
    ends = [step for step in explore(usage_check=value) if step[0][0] != gone == step[4][0]]
    assert ends
    for before, *_ in ends:
        assert all(slot == (False, 0, False) for row in before[4] for slot in row)


@pytest.mark.clause("DELETE-1", "CLEAN-1", "CLEAN-2")
@pytest.mark.parametrize(("points", "job"), [(0, False), (1, False), (0, True)])
def test_the_deletion_task_fails_while_resources_remain(points, job):
    """DELETE-3."""
    one = with_vault(points, job=job)
    assert one.perform("delete_service_linked_role") == ("done", None)
    assert one.role == "deleting"
    assert one.perform("finish_deletion_task") == ("failed", "resources-remain")
    assert one.role == "present"


@pytest.mark.clause("DELETE-1")
def test_the_deletion_task_fails_while_a_job_runs():
    """DELETE-3, CLEAN-3: the vault is gone, its job is not."""
    one = with_vault(job=True)
    assert one.perform("delete_backup_vault", 0, 2) == ("done", None)
    one.perform("delete_service_linked_role")
    assert one.perform("finish_deletion_task") == ("failed", "service-using-role")
    one.perform("finish_job", 0, 2)
    one.perform("delete_service_linked_role")
    assert one.perform("finish_deletion_task") == ("done", None)


@pytest.mark.clause("DELETE-4", "ROLE-1")
def test_the_role_is_deleted_by_its_own_call_only(steps):
    """DELETE-4."""
    assert account().perform("delete_role") == ("refused", "not-deletable-as-plain-role")
    for before, action, _, _, after in steps:
        if before[0] == "present" and after[0] == "deleting":
            assert action == ("delete_service_linked_role",)
        if before[0] != "absent" and after[0] == "absent":
            assert action == ("finish_deletion_task",)
            assert before[0] == "deleting"


@pytest.mark.clause("DELETE-4")
def test_asking_for_deletion_again_changes_nothing():
    """DELETE-4."""
    for one in (account("deleting"), with_vault(1, role="deleting", usage_check="at-submit")):
        before = one.snapshot()
        assert one.perform("delete_service_linked_role") == ("done", None)
        assert one.snapshot() == before


@pytest.mark.parametrize(("role", "action", "because"), [
    ("absent", ("assume_role",), "no-such-role"),
    ("deleting", ("assume_role",), "role-being-deleted"),
    ("absent", ("edit_trust_policy",), "no-such-role"),
    ("deleting", ("edit_description",), "role-being-deleted"),
    ("absent", ("delete_service_linked_role",), "no-such-role"),
    ("present", ("create_service_linked_role",), "role-exists"),
    ("deleting", ("create_service_linked_role",), "role-being-deleted"),
    ("present", ("finish_deletion_task",), "no-deletion-task"),
    ("present", ("delete_recovery_point", 0, 0), "no-such-vault"),
])  # fmt: skip
def test_a_request_that_does_not_fit_the_state_is_refused(role, action, because):
    """TRUST-1, EDIT-1, EDIT-3, DELETE-4, CLEAN-1."""
    assert account(role).perform(*action) == ("refused", because)


@pytest.mark.clause("CLEAN-1", "CLEAN-2")
def test_recovery_points_go_one_by_one_before_their_vault():
    """CLEAN-1, CLEAN-2."""
    one = with_vault(2)
    assert one.perform("delete_backup_vault", 0, 2) == ("refused", "vault-has-recovery-points")
    assert one.perform("delete_recovery_point", 0, 2) == ("done", None)
    assert one.perform("delete_recovery_point", 0, 2) == ("done", None)
    assert one.perform("delete_recovery_point", 0, 2) == ("refused", "no-recovery-points")
    assert one.perform("delete_backup_vault", 0, 2) == ("done", None)
    assert one.perform("delete_backup_vault", 0, 2) == ("refused", "no-such-vault")


@pytest.mark.clause("CLEAN-3")
def test_a_deletion_might_fail_while_a_job_runs_anywhere():
    """CLEAN-3, REGION-1."""
    for action, points in (("delete_recovery_point", 1), ("delete_backup_vault", 0)):
        one = with_vault(points, regions=2)
        assert one.perform(action, 0, 2, collides=True) == ("done", None)
        one = with_vault(points, regions=2)
        one.vault[1][0] = one.job[1][0] = True
        assert one.perform(action, 0, 2, collides=True) == ("refused", "service-using-role")
        assert one.perform(action, 0, 2) == ("done", None)


@pytest.mark.clause("CLEAN-4")
def test_a_deletion_that_collided_gets_through_once_the_jobs_are_over(steps):
    """CLEAN-4: in every state of a small account."""
    one = account(slots=2, bound=1)
    collided = [step for step in steps if step[3] == ("refused", "service-using-role")]
    assert collided
    for before, action, choices, _, _ in collided:
        one.restore(before)
        for slot in (0, 1):
            one.perform("finish_job", 0, slot, succeeds=False)
        assert one.perform(*action, **choices) == ("done", None)


@pytest.mark.clause("CLEAN-5", "CLEAN-6")
def test_the_console_leaves_the_default_vault_standing():
    """CLEAN-5, CLEAN-6."""
    one = with_vault(slot=0)
    one.vault[0][1] = one.vault[0][2] = True
    for slot in (1, 2):
        assert one.perform("delete_backup_vault", 0, slot, via="console") == ("done", None)
    assert one.perform("delete_backup_vault", 0, 0, via="console") == ("refused", "default-vault-in-console")
    assert one.perform("delete_backup_vault", 0, 0, via="cli") == ("done", None)


@pytest.mark.clause("REGION-1", "DELETE-3")
def test_a_vault_in_any_region_holds_the_one_role_back():
    """REGION-1."""
    for region in (0, 1):
        one = account(regions=2)
        one.perform("create_backup_vault", region, 2)
        one.perform("delete_service_linked_role")
        assert one.perform("finish_deletion_task") == ("failed", "resources-remain")


@pytest.mark.clause("ROLE-2")
def test_a_job_needs_the_role_and_its_vault_and_leaves_a_recovery_point():
    """CLEAN-3, TRUST-1: what it means that the service uses the role."""
    assert with_vault(role="absent").perform("start_job", 0, 2) == ("refused", "no-such-role")
    assert with_vault(role="deleting").perform("start_job", 0, 2) == ("refused", "role-being-deleted")
    one = with_vault(bound=1)
    assert one.perform("start_job", 0, 0) == ("refused", "no-such-vault")
    for _ in range(2):  # the second finds the vault at its bound
        assert one.perform("start_job", 0, 2) == ("done", None)
        assert one.perform("start_job", 0, 2) == ("refused", "job-already-running")
        assert one.perform("finish_job", 0, 2) == ("done", None)
        assert one.points[0][2] == 1
    assert one.perform("finish_job", 0, 2) == ("refused", "no-running-job")


def test_only_efs_makes_its_own_vault():
    """CREATE-4."""
    one = account()
    assert one.perform("create_backup_vault", 0, 1) == ("refused", "vault-name-reserved")
    one.perform("perform_efs_automatic_backup", 0)
    assert one.perform("create_backup_vault", 0, 1) == ("refused", "vault-exists")


def test_a_refused_request_changes_nothing(steps):
    """DELETE-1, PERM-1."""
    for before, _, _, (outcome, because), after in steps:
        assert (outcome == "done") == (because is None)
        assert outcome != "refused" or before == after


def test_a_snapshot_is_hashable_and_restores(steps):
    """No clause: the harness relies on it."""
    one = account(slots=2)
    for state in {step[0] for step in steps}:
        one.restore(state)
        assert one.snapshot() == state


@pytest.mark.parametrize(("value", "role", "outcome"), [
    ("no-effect", "deleting", ("done", None)),
    ("recreates", "present", ("done", None)),
    ("refused", "deleting", ("refused", "role-being-deleted")),
])  # fmt: skip
def test_a_trigger_during_the_deletion_follows_its_assumption(value, role, outcome):
    """CREATE-7, assumption trigger-while-deleting."""
    one = account("deleting", trigger_while_deleting=value)
    assert one.perform("set_up_cross_account_backup") == outcome
    assert (one.role, one.cross_account) == (role, outcome[0] == "done")


def test_the_other_assumptions_bite():
    """Each assumption's alternative shows in the request that it is about."""
    one = with_vault(usage_check="at-submit")
    assert one.perform("delete_service_linked_role") == ("refused", "resources-remain")
    one = with_vault(empty_vaults_count="no", role="deleting")
    one.points[0][2] = 1
    assert one.perform("finish_deletion_task") == ("failed", "resources-remain")
    one = with_vault(empty_vaults_count="no", role="deleting")
    assert one.perform("finish_deletion_task") == ("done", None)
    assert account("deleting", edit_while_deleting="allowed").perform("edit_description") == ("done", None)
    assert account("deleting", use_while_deleting="allowed").perform("assume_role") == ("done", None)
    one = with_vault(slot=0, default_vault="needs-another-vault")
    assert one.perform("delete_backup_vault", 0, 0) == ("refused", "default-vault-needs-another-vault")
    one = with_vault(slot=1, efs_vault="never")
    assert one.perform("delete_backup_vault", 0, 1) == ("refused", "efs-vault-not-deletable")
    one = account("absent", efs_creates_its_vault="no", efs_trigger_without_permission="creates-role")
    assert one.perform("perform_efs_automatic_backup", 0, permitted=False) == ("done", None)
    assert (one.role, one.efs, one.vault[0][1]) == ("present", [True], False)
    one = with_vault(role="absent", scheduled_run_recreates="yes")
    assert (one.perform("start_job", 0, 2), one.role) == (("done", None), "present")
    one = account("absent", regions=2, trigger_without_permission="lists-without-role")
    assert one.perform("set_up_cross_account_backup", permitted=False) == ("done", None)
    assert (one.role, one.cross_account) == ("absent", True)
    one = account("absent", regions=2, console_visit_recreates_default_vault="yes")
    one.perform("list_resources", via="console")
    assert [row[0] for row in one.vault] == [True, True]


def test_what_does_not_exist_is_a_value_error():
    """No clause: a harness that misspells something must hear of it."""
    assert "use-while-deleting" in DEFAULTS
    assert len(DEFAULTS) == 12
    for wrong in ({"no-such-thing": "yes"}, {"usage-check": "sometimes"}):
        with pytest.raises(ValueError, match=r"assumption|cannot be"):
            Account(1, 2, 1, wrong)
    for call in (("wait",), ("start_job", 0), ("list_resources", 0), ("start_job", 0, -1)):
        with pytest.raises(ValueError, match=r"action|Region"):
            Account(1, 2, 1).perform(*call)
