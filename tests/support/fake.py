"""A small fake of the lifecycle, written for these tests alone, into which faults can be planted by name.

It keeps vaults in a dict by their names, as the fakes do that people write; it shares nothing with the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backup_slr.testing import Parameters, Reply

DEFAULT, EFS = "Default", "aws/efs/automatic-backup-vault"
ON_THE_ROLE = {
    "edit_description": None,
    "rename_role": "name-is-immutable",
    "edit_permissions_policy": "role-not-editable",
    "edit_trust_policy": "role-not-editable",
    "delete_role": "not-deletable-as-plain-role",
    "assume_role": None,
    "delete_service_linked_role": None,
}
TRIGGERS = {"list_resources", "set_up_cross_account_backup", "use_feature_from_another_service"}
BY_THE_SERVICE = {"start_job", "finish_job", "finish_deletion_task"}
FAULTS = {
    "full-vaults-can-be-deleted": 4,
    "the-console-deletes-the-default-vault": 2,
    "the-role-goes-with-vaults-left": 3,
    "the-role-goes-with-jobs-running": 5,
    "the-role-goes-at-once": 2,
    "a-failed-task-leaves-the-role-hanging": 3,
    "a-new-role-keeps-the-old-description": 4,
    "deleting-the-role-switches-features-off": 3,
    "anybody-may-edit": 1,
    "no-point-where-a-job-succeeded": 3,
    "two-jobs-in-one-vault": 3,
    "only-jobs-of-the-same-vault-collide": 4,
    "regions-are-mixed-up": 1,
    "the-wrong-reason": 2,
    "everybody-makes-the-efs-vault": 1,
    "every-trigger-resets-the-description": 3,
    "what-is-off-cannot-be-switched-off": 1,
    "the-console-keeps-the-efs-vault": 2,
}
"""Faults, each with the fewest requests that show it, worked out by hand."""


class Fake:
    """An account in memory, with some faults."""

    def __init__(self, *faults: str) -> None:
        assert set(faults) <= set(FAULTS)
        self.faults = faults
        self.reset()

    def reset(self) -> None:
        self.role, self.description, self.cross = "absent", "default", False
        self.efs: set[str] = set()
        self.vaults: dict[tuple[str, str], int] = {}
        self.jobs: set[tuple[str, str]] = set()

    def observe(self) -> Mapping[str, Any]:
        return {
            "role": self.role,
            "description": self.description,
            "cross-account": self.cross,
            "efs-automatic-backup": sorted(self.efs),
            "vaults": [
                {"region": r, "name": n, "points": points, "job": (r, n) in self.jobs}
                for (r, n), points in self.vaults.items()
            ],
        }

    def perform(self, action: str, said: Parameters) -> Reply:
        reason = self._do(action, (str(said.get("region", "")), str(said.get("vault", ""))), said)
        if reason is None:
            return Reply("done")
        return Reply("failed" if reason.startswith("!") else "refused", reason.removeprefix("!"))

    def _do(self, action: str, place: tuple[str, str], said: Parameters) -> str | None:
        lenient = "anybody-may-edit" in self.faults and action == "edit_description"
        if action not in BY_THE_SERVICE and not said["permitted"] and not lenient:
            return "not-permitted"
        if action in ON_THE_ROLE:
            if self.role == "absent":
                return "no-such-role"
            if ON_THE_ROLE[action]:
                return ON_THE_ROLE[action]
        return getattr(self, f"_{action}", self._trigger)(place, said)

    def _trigger(self, place: tuple[str, str], said: Parameters) -> None:
        if self.role == "absent":
            self.role = "present"
            if "a-new-role-keeps-the-old-description" not in self.faults:
                self.description = "default"
        if "every-trigger-resets-the-description" in self.faults:
            self.description = "default"

    def _set_up_cross_account_backup(self, place: tuple[str, str], said: Parameters) -> None:
        self.cross = True
        self._trigger(place, said)

    def _turn_off_cross_account_backup(self, place: tuple[str, str], said: Parameters) -> str | None:
        if not self.cross and "what-is-off-cannot-be-switched-off" in self.faults:
            return "it-is-off"
        self.cross = False
        return None

    def _perform_efs_automatic_backup(self, place: tuple[str, str], said: Parameters) -> None:
        region = "us-east-1" if "regions-are-mixed-up" in self.faults else place[0]
        self.efs.add(region)
        self.vaults.setdefault((region, EFS), 0)
        self._trigger(place, said)

    def _turn_off_efs_automatic_backup(self, place: tuple[str, str], said: Parameters) -> None:
        self.efs.discard(place[0])

    def _create_service_linked_role(self, place: tuple[str, str], said: Parameters) -> str | None:
        if self.role != "absent":
            return "role-exists" if self.role == "present" else "role-being-deleted"
        return self._trigger(place, said)

    def _attach_policy_elsewhere(self, place: tuple[str, str], said: Parameters) -> str:
        return "policy-not-attachable"

    def _edit_description(self, place: tuple[str, str], said: Parameters) -> str | None:
        if self.role == "deleting":
            return "role-being-deleted"
        self.description = "edited"
        return None

    def _assume_role(self, place: tuple[str, str], said: Parameters) -> str | None:
        if self.role == "deleting":
            return "role-being-deleted"
        return None if said["by"] == "service" else "only-the-service-may-assume"

    def _create_backup_vault(self, place: tuple[str, str], said: Parameters) -> str | None:
        if place in self.vaults:
            return "vault-exists"
        if place[1] == EFS and "everybody-makes-the-efs-vault" not in self.faults:
            return "vault-name-reserved"
        self.vaults[place] = 0
        return None

    def _collides(self, place: tuple[str, str], said: Parameters) -> bool:
        jobs = self.jobs & {place} if "only-jobs-of-the-same-vault-collide" in self.faults else self.jobs
        return bool(jobs) and bool(said["collides"])

    def _delete_recovery_point(self, place: tuple[str, str], said: Parameters) -> str | None:
        if place not in self.vaults:
            return "no-such-vault"
        if not self.vaults[place]:
            return "no-such-vault" if "the-wrong-reason" in self.faults else "no-recovery-points"
        if self._collides(place, said):
            return "service-using-role"
        self.vaults[place] -= 1
        return None

    def _delete_backup_vault(self, place: tuple[str, str], said: Parameters) -> str | None:
        if place not in self.vaults:
            return "no-such-vault"
        console = said["via"] == "console" and "the-console-deletes-the-default-vault" not in self.faults
        if console and place[1] == DEFAULT:
            return "default-vault-in-console"
        if said["via"] == "console" and place[1] == EFS and "the-console-keeps-the-efs-vault" in self.faults:
            return "vault-name-reserved"
        if self.vaults[place] and "full-vaults-can-be-deleted" not in self.faults:
            return "vault-has-recovery-points"
        if self._collides(place, said):
            return "service-using-role"
        del self.vaults[place]
        return None

    def _delete_service_linked_role(self, place: tuple[str, str], said: Parameters) -> None:
        self.role = "deleting"
        if "the-role-goes-at-once" in self.faults and not self.vaults and not self.jobs:
            self.role, self.description = "absent", "default"

    def _finish_deletion_task(self, place: tuple[str, str], said: Parameters) -> str | None:
        if self.role != "deleting":
            return "no-deletion-task"
        blocked = bool(self.vaults) and "the-role-goes-with-vaults-left" not in self.faults
        used = bool(self.jobs) and "the-role-goes-with-jobs-running" not in self.faults
        if blocked or used:
            self.role = "deleting" if "a-failed-task-leaves-the-role-hanging" in self.faults else "present"
            return "!resources-remain" if blocked else "!service-using-role"
        self.role = "absent"
        if "a-new-role-keeps-the-old-description" not in self.faults:
            self.description = "default"
        if "deleting-the-role-switches-features-off" in self.faults:
            self.cross = False
        return None

    def _start_job(self, place: tuple[str, str], said: Parameters) -> str | None:
        if self.role != "present":
            return "no-such-role" if self.role == "absent" else "role-being-deleted"
        if place not in self.vaults:
            return "no-such-vault"
        if place in self.jobs and "two-jobs-in-one-vault" not in self.faults:
            return "job-already-running"
        self.jobs.add(place)
        return None

    def _finish_job(self, place: tuple[str, str], said: Parameters) -> str | None:
        if place not in self.jobs:
            return "no-running-job"
        self.jobs.remove(place)
        if said["succeeds"] and place in self.vaults and "no-point-where-a-job-succeeded" not in self.faults:
            self.vaults[place] += 1
        return None


class Bounded(Fake):
    """A fake with a bound on recovery points, as the account of a suite has it."""

    def _finish_job(self, place: tuple[str, str], said: Parameters) -> str | None:
        full = self.vaults.get(place, 0) >= 1
        return super()._finish_job(place, {"succeeds": bool(said["succeeds"]) and not full})
