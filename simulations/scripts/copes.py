"""Delete all backup vaults of these Regions, and then the role.

Each round lists everything again, so it does not matter what a list left out, what another person deleted, or what a
job added meanwhile. Only the status of the task and IAM decide whether the role is deleted.

Fault: none that two events of the environment show.
"""

import sys
import time

import boto3
from botocore.exceptions import ClientError

REGIONS = ["us-east-1", "eu-west-1"]
ROLE = "AWSServiceRoleForBackup"
ROUNDS = 8


def everything(client, operation, key, **parameters):
    """All pages, read before anything is deleted."""
    return [one for page in client.get_paginator(operation).paginate(**parameters) for one in page[key]]


def code(error):
    return error.response["Error"]["Code"]


def clean(backup):
    """Try to delete everything in a Region; the next round does what is left."""
    for vault in everything(backup, "list_backup_vaults", "BackupVaultList"):
        name = vault["BackupVaultName"]
        try:
            points = everything(backup, "list_recovery_points_by_backup_vault", "RecoveryPoints", BackupVaultName=name)
            for point in points:
                backup.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"])
            backup.delete_backup_vault(BackupVaultName=name)
        except ClientError as error:
            print(f"{name}: {code(error)}, left for the next round")


def role_exists(iam):
    try:
        iam.get_role(RoleName=ROLE)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def delete_role(iam):
    """Request the deletion, and wait for the end of its task."""
    try:
        task = iam.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
        while iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] in (
            "NOT_STARTED",
            "IN_PROGRESS",
        ):
            time.sleep(10)
    except iam.exceptions.NoSuchEntityException:
        pass  # the role, or the task after its end
    return not role_exists(iam)


def main():
    iam = boto3.client("iam")
    for _ in range(ROUNDS):
        for region in REGIONS:
            clean(boto3.client("backup", region_name=region))
        if delete_role(iam):
            print("The role is deleted.")
            return 0
        time.sleep(60)
    print(f"The role still exists after {ROUNDS} rounds.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
