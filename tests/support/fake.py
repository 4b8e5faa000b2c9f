"""An implementation with faults injected by name: the independent oracle, with some wrong answers."""

from __future__ import annotations

from collections.abc import Mapping

from oracle import DEFAULT_VAULT, DONE, EFS_VAULT, Account, Outcome, refused

from support.beside_oracle import OracleAdapter

FAULTS = {
    "full-vaults-can-be-deleted": 4,
    "the-console-deletes-the-default-vault": 2,
    "the-role-goes-with-vaults-left": 3,
    "the-role-goes-with-jobs-running": 5,
    "the-role-goes-at-once": 2,
    "a-failed-task-leaves-the-role-hanging": 3,
    "a-new-role-keeps-the-old-description": 4,
    "deleting-the-role-switches-features-off": 3,
    "edit-without-permission": 1,
    "no-point-where-a-job-succeeded": 3,
    "two-jobs-in-one-vault": 3,
    "only-jobs-of-the-same-vault-collide": 3,
    "regions-are-mixed-up": 1,
    "the-wrong-reason": 2,
    "everybody-makes-the-efs-vault": 1,
    "every-trigger-resets-the-description": 3,
    "what-is-off-cannot-be-switched-off": 1,
    "the-console-keeps-the-efs-vault": 2,
}
"""Faults, each with the fewest requests that show it, found manually."""


class FaultyAccount(Account):
    """An account of the oracle with some faults."""

    faults: tuple[str, ...] = ()

    def perform(self, action: str, region: int | None = None, slot: int | None = None, **said: object) -> Outcome:  # type: ignore[override]
        match action:
            case "edit_description" if "edit-without-permission" in self.faults:
                said["permitted"] = True
            case "perform_efs_automatic_backup" if "regions-are-mixed-up" in self.faults:
                region = 0
            case "finish_job" if "no-point-where-a-job-succeeded" in self.faults:
                said["succeeds"] = False
            case "delete_backup_vault" if (
                slot == DEFAULT_VAULT and "the-console-deletes-the-default-vault" in self.faults
            ):
                said["via"] = "cli"
        return super().perform(action, region, slot, **said)  # type: ignore[arg-type]

    # ------------------------------------------------------------ the role

    def _trigger(self, permitted: bool, assumption: str) -> str | None:
        because = super()._trigger(permitted, assumption)
        if because is None and "every-trigger-resets-the-description" in self.faults:
            self.description = "default"
        return because

    def _new_role(self) -> None:
        kept = self.description
        super()._new_role()
        if "a-new-role-keeps-the-old-description" in self.faults:
            self.description = kept

    def turn_off_cross_account_backup(self) -> Outcome:
        if not self.cross_account and "what-is-off-cannot-be-switched-off" in self.faults:
            return refused("it-is-off")
        return super().turn_off_cross_account_backup()

    def delete_service_linked_role(self) -> Outcome:
        outcome = super().delete_service_linked_role()
        if self.role == "deleting" and super()._why_not_deletable() is None and "the-role-goes-at-once" in self.faults:
            super().finish_deletion_task()
        return outcome

    def finish_deletion_task(self) -> Outcome:
        kept = self.description
        outcome = super().finish_deletion_task()
        if outcome[0] == "failed" and "a-failed-task-leaves-the-role-hanging" in self.faults:
            self.role = "deleting"
        if outcome == DONE and "a-new-role-keeps-the-old-description" in self.faults:
            self.description = kept
        if outcome == DONE and "deleting-the-role-switches-features-off" in self.faults:
            self.cross_account = False
        return outcome

    def _why_not_deletable(self) -> str | None:
        because = super()._why_not_deletable()
        if because == "resources-remain" and "the-role-goes-with-vaults-left" in self.faults:
            because = "service-using-role" if self._service_is_using_role() else None
        return None if because == "service-using-role" and "the-role-goes-with-jobs-running" in self.faults else because

    # ------------------------------------------------------------ vaults, recovery points, jobs

    def create_backup_vault(self, r: int, v: int, via: str) -> Outcome:
        if v == EFS_VAULT and not self.vault[r][v] and "everybody-makes-the-efs-vault" in self.faults:
            self.vault[r][v] = True
            return DONE
        return super().create_backup_vault(r, v, via)

    def _collides(self, r: int, v: int, collides: bool) -> bool:
        return collides and (self.job[r][v] or "only-jobs-of-the-same-vault-collide" not in self.faults)

    def delete_recovery_point(self, r: int, v: int, via: str, collides: bool) -> Outcome:
        outcome = super().delete_recovery_point(r, v, via, self._collides(r, v, collides))
        wrong = outcome == refused("no-recovery-points") and "the-wrong-reason" in self.faults
        return refused("no-such-vault") if wrong else outcome

    def delete_backup_vault(self, r: int, v: int, via: str, collides: bool) -> Outcome:
        kept = self.vault[r][v] and v == EFS_VAULT and via == "console"
        if kept and "the-console-keeps-the-efs-vault" in self.faults:
            return refused("vault-name-reserved")
        if "full-vaults-can-be-deleted" in self.faults:
            self.points[r][v] = 0
        return super().delete_backup_vault(r, v, via, self._collides(r, v, collides))

    def start_job(self, r: int, v: int) -> Outcome:
        outcome = super().start_job(r, v)
        again = outcome == refused("job-already-running") and "two-jobs-in-one-vault" in self.faults
        return DONE if again else outcome


class Fake(OracleAdapter):
    """An account in memory, with some faults."""

    account_of: type[FaultyAccount] = FaultyAccount
    scope: tuple[int, int, int | None] = (2, 3, None)
    assumed: Mapping[str, str] = {}

    def __init__(self, *faults: str) -> None:
        assert set(faults) <= set(FAULTS)
        self.faults = faults
        super().__init__(*self.scope, self.assumed)

    def reset(self) -> None:
        self.account = self.account_of(*self.size, self.assumptions)
        self.account.faults = self.faults


class Bounded(Fake):
    """A fake with the account of a suite."""

    scope = (1, 2, 1)
