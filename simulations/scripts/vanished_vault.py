"""Delete vaults round by round until no Region has one, and then the role.

Fault: it expects that each vault of a list still exists. One that was deleted after, or just before, the list was
made ends the script with a traceback.
"""

import sys
import time

import boto3
from botocore.exceptions import ClientError

REGIONS = ("us-east-1", "eu-west-1")
ROLE = "AWSServiceRoleForBackup"
RETRY = ("InvalidResourceStateException", "InvalidRequestException")


class Cleaner:
    def __init__(self, region):
        self.backup = boto3.client("backup", region_name=region)

    def vaults(self):
        pages = self.backup.get_paginator("list_backup_vaults").paginate()
        return [vault["BackupVaultName"] for page in pages for vault in page["BackupVaultList"]]

    def points(self, vault):
        pages = self.backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=vault)
        return [point["RecoveryPointArn"] for page in pages for point in page["RecoveryPoints"]]

    def delete(self, vault):
        try:
            for arn in self.points(vault):
                self.backup.delete_recovery_point(BackupVaultName=vault, RecoveryPointArn=arn)
            self.backup.delete_backup_vault(BackupVaultName=vault)
        except ClientError as error:
            if error.response["Error"]["Code"] not in RETRY:
                raise
            time.sleep(60)

    def run(self):
        while vaults := self.vaults():
            for vault in vaults:
                self.delete(vault)


def delete_role():
    iam = boto3.client("iam")
    task = iam.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
    for _ in range(60):
        status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"]
        if status in ("SUCCEEDED", "FAILED"):
            return status
        time.sleep(5)
    return "no end"


def main():
    for _ in range(3):
        for region in REGIONS:
            Cleaner(region).run()
        status = delete_role()
        print(status)
        if status == "SUCCEEDED":
            return 0
    return 1


sys.exit(main())
