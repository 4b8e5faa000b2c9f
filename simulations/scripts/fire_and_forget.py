"""Delete the vaults with retries, request the deletion of the role, and report success.

Fault: it does not look at the deletion task, which is the only place where a failure shows.
"""

import time

import boto3
from botocore.exceptions import ClientError

REGIONS = ("us-east-1", "eu-west-1")


def vaults_of(backup):
    pages = backup.get_paginator("list_backup_vaults").paginate()
    return [vault["BackupVaultName"] for page in pages for vault in page["BackupVaultList"]]


def delete_vault(backup, name):
    pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=name)
    arns = [point["RecoveryPointArn"] for page in pages for point in page["RecoveryPoints"]]
    for arn in arns:
        backup.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=arn)
    backup.delete_backup_vault(BackupVaultName=name)


for region in REGIONS:
    client = boto3.client("backup", region_name=region)
    while vaults := vaults_of(client):
        for vault in vaults:
            try:
                delete_vault(client, vault)
            except ClientError as problem:
                print(f"{vault}: {problem}; trying again in a minute")
                time.sleep(60)

boto3.client("iam").delete_service_linked_role(RoleName="AWSServiceRoleForBackup")
print("AWSServiceRoleForBackup is deleted.")
