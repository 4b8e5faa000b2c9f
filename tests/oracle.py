"""A second, independent implementation of the page about the AWS Backup service-linked role.

This file imports nothing from the project and shares no table, helper or data with it, which is its purpose: the model
states the lifecycle as rules; this file states it as plain `if`s, written only from the page's clauses and the named
assumptions. Both agree on a mistake only if it is made twice, in two forms; so if they disagree, one of them has
misread the page. Keep it simple, and never fix it by copying the model.

In every Region vault slot 0 is the default vault, slot 1 the EFS automatic one; 2 and up are ordinary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Outcome = tuple[str, str | None]
Slot = tuple[bool, int, bool]
Snapshot = tuple[str, str, bool, tuple[bool, ...], tuple[tuple[Slot, ...], ...]]

# The assumptions with their values, the default first.
VALUES: dict[str, tuple[str, ...]] = {
    "usage-check": ("at-task-end", "at-submit"),
    "trigger-while-deleting": ("no-effect", "recreates", "refused"),
    "edit-while-deleting": ("refused", "allowed"),
    "default-vault": ("cli-deletes", "needs-another-vault"),
    "efs-vault": ("deletable", "never"),
    "efs-creates-its-vault": ("yes", "no"),
    "empty-vaults-count": ("yes", "no"),
    "scheduled-run-recreates": ("no", "yes"),
    "trigger-without-permission": ("refused", "lists-without-role"),
    "efs-trigger-without-permission": ("creates-role", "refused"),
    "console-visit-recreates-default-vault": ("yes", "no"),
    "use-while-deleting": ("refused", "allowed"),
}
DEFAULTS: dict[str, str] = {name: values[0] for name, values in VALUES.items()}

IN_A_REGION = {"perform_efs_automatic_backup", "turn_off_efs_automatic_backup"}
IN_A_VAULT = {
    "create_backup_vault", "delete_recovery_point", "delete_backup_vault", "start_job", "finish_job",
}  # fmt: skip
DONE_BY_THE_SERVICE = {"start_job", "finish_job", "finish_deletion_task"}
TRIGGERS = {
    "list_resources", "set_up_cross_account_backup", "perform_efs_automatic_backup",
    "use_feature_from_another_service",
}  # fmt: skip
DONE: Outcome = ("done", None)
DEFAULT_VAULT, EFS_VAULT = 0, 1


def refused(because: str) -> Outcome:
    return ("refused", because)


class Account:
    """One AWS account, as far as the role is concerned. It starts empty: no role, no feature, no vault.

    Guards are in the order in which they refuse: permission, existence, the kind of request, content, and last the
    check that might fail. A guard without a comment only checks that the resource exists.
    """

    def __init__(
        self, regions: int, slots: int, bound: int | None, assumptions: Mapping[str, str] | None = None
    ) -> None:
        if regions < 1 or slots < 2 or (bound is not None and bound < 0):
            raise ValueError("an account has at least one Region, two slots, and no negative bound")
        self.assumptions = dict(DEFAULTS)
        for name, value in (assumptions or {}).items():
            if name not in VALUES:
                raise ValueError(f"no assumption is called {name!r}")
            if value not in VALUES[name]:
                raise ValueError(f"{name!r} cannot be {value!r}, only one of {VALUES[name]}")
            self.assumptions[name] = value
        self.regions = regions
        self.slots = slots
        self.bound = bound
        self.role = "absent"
        self.description = "default"
        self.cross_account = False
        self.efs = [False for _ in range(regions)]
        self.vault = [[False for _ in range(slots)] for _ in range(regions)]
        self.points = [[0 for _ in range(slots)] for _ in range(regions)]
        self.job = [[False for _ in range(slots)] for _ in range(regions)]

    def snapshot(self) -> Snapshot:
        places = tuple(
            tuple((self.vault[r][v], self.points[r][v], self.job[r][v]) for v in range(self.slots))
            for r in range(self.regions)
        )
        return (self.role, self.description, self.cross_account, tuple(self.efs), places)

    def restore(self, snapshot: Snapshot) -> None:
        efs, places = snapshot[3:]
        if len(efs) != self.regions or [len(row) for row in places] != [self.slots] * self.regions:
            raise ValueError("the snapshot was taken of an account of another size")
        self.role, self.description, self.cross_account = snapshot[:3]
        self.efs = list(efs)
        self.vault = [[vault for vault, _, _ in row] for row in places]
        self.points = [[points for _, points, _ in row] for row in places]
        self.job = [[job for _, _, job in row] for row in places]

    def perform(
        self, action: str, region: int | None = None, slot: int | None = None, *, permitted: bool = True,
        via: str = "api", by: str = "service", collides: bool = False, succeeds: bool = True,
    ) -> Outcome:  # fmt: skip
        r, v = region or 0, slot or 0
        methods: dict[str, Callable[[], Outcome]] = {
            "list_resources": lambda: self.list_resources(permitted, via),
            "set_up_cross_account_backup": lambda: self.set_up_cross_account_backup(permitted),
            "use_feature_from_another_service": lambda: self.use_feature_from_another_service(permitted),
            "perform_efs_automatic_backup": lambda: self.perform_efs_automatic_backup(r, permitted),
            "turn_off_cross_account_backup": self.turn_off_cross_account_backup,
            "turn_off_efs_automatic_backup": lambda: self.turn_off_efs_automatic_backup(r),
            "create_service_linked_role": self.create_service_linked_role,
            "assume_role": lambda: self.assume_role(by),
            "edit_description": self.edit_description,
            "rename_role": self.rename_role,
            "edit_permissions_policy": self.edit_permissions_policy,
            "edit_trust_policy": self.edit_trust_policy,
            "attach_policy_elsewhere": self.attach_policy_elsewhere,
            "delete_role": self.delete_role,
            "delete_service_linked_role": self.delete_service_linked_role,
            "finish_deletion_task": self.finish_deletion_task,
            "create_backup_vault": lambda: self.create_backup_vault(r, v, via),
            "delete_recovery_point": lambda: self.delete_recovery_point(r, v, via, collides),
            "delete_backup_vault": lambda: self.delete_backup_vault(r, v, via, collides),
            "start_job": lambda: self.start_job(r, v),
            "finish_job": lambda: self.finish_job(r, v, succeeds),
        }
        if action not in methods:
            raise ValueError(f"no action is called {action!r}")
        in_vault = action in IN_A_VAULT
        in_region = in_vault or action in IN_A_REGION
        if (region is not None) != in_region or (slot is not None) != in_vault:
            raise ValueError(f"{action} lacks its Region or slot, or has one that it does not take")
        if not 0 <= r < self.regions or not 0 <= v < self.slots:
            raise ValueError("there is no such Region or slot")
        if via not in ("console", "cli", "api") or by not in ("service", "other"):
            raise ValueError("via is console, cli or api; by is service or other")
        # PERM-1: permission is checked first. The service needs none, and a trigger checks it below.
        if not permitted and action not in DONE_BY_THE_SERVICE and action not in TRIGGERS:
            return refused("not-permitted")
        return methods[action]()

    def list_resources(self, permitted: bool, via: str) -> Outcome:  # CREATE-2
        because = self._trigger(permitted, "trigger-without-permission")
        if because is not None:
            return refused(because)
        for r in range(self.regions):
            self._console_visit(r, via)
        return DONE

    def set_up_cross_account_backup(self, permitted: bool) -> Outcome:  # CREATE-3
        because = self._trigger(permitted, "trigger-without-permission")
        if because is not None:
            return refused(because)
        self.cross_account = True
        return DONE

    def use_feature_from_another_service(self, permitted: bool) -> Outcome:  # CREATE-6
        because = self._trigger(permitted, "trigger-without-permission")
        return DONE if because is None else refused(because)

    def perform_efs_automatic_backup(self, r: int, permitted: bool) -> Outcome:  # CREATE-4
        because = self._trigger(permitted, "efs-trigger-without-permission")
        if because is not None:
            return refused(because)
        self.efs[r] = True
        if self.assumptions["efs-creates-its-vault"] == "yes":
            self.vault[r][EFS_VAULT] = True
        return DONE

    def _trigger(self, permitted: bool, assumption: str) -> str | None:
        """The effect of every trigger on the role (CREATE-7: each time), or the reason why it is refused."""
        without_permission = self.assumptions[assumption]
        while_deleting = self.assumptions["trigger-while-deleting"]
        if not permitted and without_permission == "refused":  # PERM-1
            return "not-permitted"
        if self.role == "deleting" and while_deleting == "refused":
            return "role-being-deleted"
        if not permitted and without_permission == "lists-without-role":  # done, but without the role
            return None
        # The interface does not matter: CREATE-5. An existing role does not change.
        if self.role == "absent":
            self._new_role()
        if self.role == "deleting" and while_deleting == "recreates":  # the deletion task is void
            self._new_role()
        return None

    def _new_role(self) -> None:
        self.role = "present"
        self.description = "default"

    def _console_visit(self, r: int, via: str) -> None:
        # console-visit-recreates-default-vault; an existing default vault does not change
        if via == "console" and self.assumptions["console-visit-recreates-default-vault"] == "yes":
            self.vault[r][DEFAULT_VAULT] = True

    # Turning a feature off, even again, always succeeds and never affects the role.
    def turn_off_cross_account_backup(self) -> Outcome:
        self.cross_account = False
        return DONE

    def turn_off_efs_automatic_backup(self, r: int) -> Outcome:
        self.efs[r] = False
        return DONE

    def create_service_linked_role(self) -> Outcome:
        # CREATE-1: manual creation is not necessary, but possible.
        if self.role == "present":
            return refused("role-exists")
        if self.role == "deleting":
            return refused("role-being-deleted")
        self._new_role()
        return DONE

    def assume_role(self, by: str) -> Outcome:
        if self.role == "absent":
            return refused("no-such-role")
        if self.role == "deleting" and self.assumptions["use-while-deleting"] == "refused":
            return refused("role-being-deleted")
        if by != "service":  # TRUST-1, TRUST-2
            return refused("only-the-service-may-assume")
        return DONE

    def edit_description(self) -> Outcome:
        if self.role == "absent":
            return refused("no-such-role")
        if self.role == "deleting" and self.assumptions["edit-while-deleting"] == "refused":
            return refused("role-being-deleted")
        self.description = "edited"  # EDIT-3
        return DONE

    def rename_role(self) -> Outcome:
        return refused("no-such-role" if self.role == "absent" else "name-is-immutable")  # EDIT-2

    def edit_permissions_policy(self) -> Outcome:
        return refused("no-such-role" if self.role == "absent" else "role-not-editable")  # EDIT-1, POLICY-1

    def edit_trust_policy(self) -> Outcome:
        return refused("no-such-role" if self.role == "absent" else "role-not-editable")  # EDIT-1, POLICY-1

    def attach_policy_elsewhere(self) -> Outcome:
        return refused("policy-not-attachable")  # POLICY-2: whether or not the role exists

    def delete_role(self) -> Outcome:
        # DELETE-4: IAM has a separate call for service-linked roles.
        return refused("no-such-role" if self.role == "absent" else "not-deletable-as-plain-role")

    def delete_service_linked_role(self) -> Outcome:
        if self.role == "absent":
            return refused("no-such-role")
        if self.role == "deleting":  # requesting it again changes nothing
            return DONE
        if self.assumptions["usage-check"] == "at-submit":
            because = self._why_not_deletable()
            if because is not None:
                return refused(because)
        self.role = "deleting"  # DELETE-4: accepted; the task ends later
        return DONE

    def finish_deletion_task(self) -> Outcome:
        if self.role != "deleting":
            return refused("no-deletion-task")
        if self.assumptions["usage-check"] == "at-task-end":
            because = self._why_not_deletable()
            if because is not None:
                self.role = "present"  # as it was before, description included
                return ("failed", because)
        self.role = "absent"
        self.description = "default"  # an absent role has the default description
        return DONE

    def _why_not_deletable(self) -> str | None:
        # DELETE-1, DELETE-3, CLEAN-1: no recovery point may remain in any Region (REGION-1).
        if any(any(row) for row in self.points):
            return "resources-remain"
        # CLEAN-2: nor any vault, depending on empty-vaults-count.
        if self.assumptions["empty-vaults-count"] == "yes" and any(any(row) for row in self.vault):
            return "resources-remain"
        if self._service_is_using_role():  # here it always fails: chance plays no part
            return "service-using-role"
        return None

    def create_backup_vault(self, r: int, v: int, via: str) -> Outcome:
        if self.vault[r][v]:
            return refused("vault-exists")
        if v == EFS_VAULT:  # only EFS automatic backup creates this vault
            return refused("vault-name-reserved")
        self.vault[r][v] = True  # not a trigger: the role does not change
        self._console_visit(r, via)
        return DONE

    def delete_recovery_point(self, r: int, v: int, via: str, collides: bool) -> Outcome:
        if not self.vault[r][v]:
            return refused("no-such-vault")
        if self.points[r][v] == 0:
            return refused("no-recovery-points")
        if collides and self._service_is_using_role():  # CLEAN-3
            return refused("service-using-role")
        self.points[r][v] -= 1  # CLEAN-1
        self._console_visit(r, via)
        return DONE

    def delete_backup_vault(self, r: int, v: int, via: str, collides: bool) -> Outcome:
        if not self.vault[r][v]:
            return refused("no-such-vault")
        if v == DEFAULT_VAULT and via == "console":  # CLEAN-5, CLEAN-6
            return refused("default-vault-in-console")
        if v == EFS_VAULT and self.assumptions["efs-vault"] == "never":
            return refused("efs-vault-not-deletable")
        if self.points[r][v] > 0:  # CLEAN-1 comes before CLEAN-2
            return refused("vault-has-recovery-points")
        alone = not any(self.vault[r][other] for other in range(self.slots) if other != v)
        if v == DEFAULT_VAULT and self.assumptions["default-vault"] == "needs-another-vault" and alone:
            return refused("default-vault-needs-another-vault")
        if collides and self._service_is_using_role():  # CLEAN-3
            return refused("service-using-role")
        self.vault[r][v] = False  # CLEAN-2; a job in the vault continues to run
        self._console_visit(r, via)
        return DONE

    def _service_is_using_role(self) -> bool:
        return any(any(row) for row in self.job)  # CLEAN-3, REGION-1: a job anywhere

    def start_job(self, r: int, v: int) -> Outcome:
        if self.role == "absent" and self.assumptions["scheduled-run-recreates"] == "no":
            return refused("no-such-role")
        if self.role == "deleting":
            return refused("role-being-deleted")
        if not self.vault[r][v]:
            return refused("no-such-vault")
        if self.job[r][v]:  # at most one job per vault
            return refused("job-already-running")
        if self.role == "absent":  # scheduled-run-recreates = yes
            self._new_role()
        self.job[r][v] = True
        return DONE

    def finish_job(self, r: int, v: int, succeeds: bool) -> Outcome:
        if not self.job[r][v]:
            return refused("no-running-job")
        self.job[r][v] = False
        below_bound = self.bound is None or self.points[r][v] < self.bound
        if succeeds and self.vault[r][v] and below_bound:
            self.points[r][v] += 1
        return DONE
