#!/usr/bin/env bash
# Delete all recovery points and vaults, and then the role. It needs the AWS CLI.
#
# Fault: it ignores every error ("|| true" keeps the log quiet), so it always ends well. A deletion that an access
# policy denies looks like one that was done.

regions="us-east-1 eu-west-1"

for region in $regions; do
  for vault in $(aws backup list-backup-vaults --region "$region" \
    --query 'BackupVaultList[].BackupVaultName' --output text); do
    echo "cleaning $vault in $region"
    for arn in $(aws backup list-recovery-points-by-backup-vault --region "$region" \
      --backup-vault-name "$vault" --query 'RecoveryPoints[].RecoveryPointArn' --output text); do
      aws backup delete-recovery-point --region "$region" --backup-vault-name "$vault" \
        --recovery-point-arn "$arn" 2>/dev/null || true
    done
    aws backup delete-backup-vault --region "$region" --backup-vault-name "$vault" 2>/dev/null || true
  done
done

aws iam delete-service-linked-role --role-name AWSServiceRoleForBackup >/dev/null || true
echo "Done."
