"""Programs that others wrote, which clean up accounts: none of them deletes the role, and each says why."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clients import DEBIAN, INSTALLED, boto3_calls, needs, python_of, run

from backup_slr.api.emulated import emulated
from backup_slr.endpoint.emulated_aws import AwsAccount
from backup_slr.endpoint.server import serving

ROLE, REGION, EFS_VAULT = "AWSServiceRoleForBackup", "us-east-1", "aws/efs/automatic-backup-vault"
Served = tuple[str, AwsAccount]
pytestmark = pytest.mark.slow


@pytest.fixture
def served() -> Iterator[Served]:
    """An account on a port, with the role, a file system with automatic backups, and a vault with a tag."""
    made = emulated(extensions=["access-policy"])
    with serving(made.answer) as url, boto3_calls(url) as call:
        account = made.account("AKID")
        call("efs", "CreateFileSystem", REGION, {"CreationToken": "files", "Backup": True})
        call("backup", "CreateBackupVault", REGION, {"BackupVaultName": "archive", "BackupVaultTags": {"k": "v"}})
        account.calls.clear()
        yield url, account


def asked(account: AwsAccount) -> list[tuple[str, str]]:
    """Operations of the calls so far, each with the code of its error."""
    return [(call.operation, call.error) for call in account.calls]


def vaults(account: AwsAccount) -> dict[str, int]:
    return {vault["name"]: vault["points"] for vault in account.state["vaults"]}


# ---------------------------------------------------------------- aws-nuke

# It names services by the beginnings of its own types, and one without a name.
NUKE = """
regions: [us-east-1, global]
account-blocklist: ["999999999999"]
accounts: {"111122223333": {}}
endpoints:
  - region: us-east-1
    services: [AWSBACKUP, EFS, IAM, STS, NONE]
  - region: global
    services: [IAM, STS, NONE]
resource-types:
  targets:
    - AWSBackupPlan
    - AWSBackupRecoveryPoint
    - AWSBackupSelection
    - AWSBackupVault
    - AWSBackupVaultAccessPolicy
    - EFSFileSystem
    - EFSMountTarget
    - IAMRole
    - IAMRolePolicy
    - IAMRolePolicyAttachment
"""


@needs("aws-nuke")
def test_aws_nuke_empties_the_vaults_but_never_deletes_the_role(served: Served, tmp_path: Path) -> None:
    url, account = served
    for vault in ("archive", EFS_VAULT):
        for _ in range(2):
            account.act("start_job", f"{REGION}/{vault}")
            account.act("finish_job", f"{REGION}/{vault}", succeeds=True)
    config = tmp_path / "nuke.yaml"
    names = {"AWSBACKUP": "awsbackup", "EFS": "efs", "IAM": "iam", "STS": "sts", "NONE": ""}
    filled = re.sub(rf"\b({'|'.join(names)})\b", lambda found: f'{{service: "{names[found[0]]}", url: "{url}"}}', NUKE)
    config.write_text(filled)
    keys = ["--access-key-id", "AKID", "--secret-access-key", "secret"]
    told = run(
        [str(DEBIAN / "bin" / "aws-nuke"), "-c", str(config), *keys, "--no-dry-run", "--force", "--force-sleep", "3"]
    )
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-2000:]
    assert "Nuke complete: 0 failed, 5 skipped, 7 finished." in told.stdout
    assert "cannot delete service roles" in told.stdout
    assert "cannot delete EFS automatic backups vault" in told.stdout
    assert (account["role"], vaults(account)) == ("present", {EFS_VAULT: 0})
    changes = [call for call in account.calls if call.operation.startswith(("Put", "Delete")) and not call.error]
    assert [call.operation for call in changes].count("DeleteRecoveryPoint") == 4
    assert "DeleteServiceLinkedRole" not in {call.operation for call in account.calls}
    # The order of types differs from run to run; but the policy denies the deletion of these points.
    of_efs = [call.operation for call in changes if call.parameters.get("BackupVaultName") == EFS_VAULT]
    assert of_efs.index("PutBackupVaultAccessPolicy") < of_efs.index("DeleteRecoveryPoint")


# ---------------------------------------------------------------- Cloud Custodian

POLICIES = """
policies:
  - name: vaults
    resource: aws.backup-vault
    filters: [{"tag:k": v}]
  - name: role
    resource: aws.iam-role
    filters: [{RoleName: AWSServiceRoleForBackup}]
    actions: [{type: delete, force: true}]
"""


@needs("custodian")
def test_cloud_custodian_stops_at_the_protected_role(served: Served, tmp_path: Path) -> None:
    url, account = served
    (tmp_path / "policies.yml").write_text(POLICIES)
    words = ["-m", "c7n.cli", "run", "-s", str(tmp_path), "--region", REGION, "--cache-period", "0"]
    told = run([python_of("custodian"), *words, str(tmp_path / "policies.yml")], AWS_ENDPOINT_URL=url)
    assert told.returncode == 2
    assert f"Cannot perform the operation on the protected role '{ROLE}'" in told.stderr
    assert "policies had errors while executing\n - role\n" in told.stderr
    (vault,) = json.loads((tmp_path / "vaults" / "resources.json").read_text())
    assert (vault["BackupVaultName"], vault["Tags"]) == ("archive", [{"Key": "k", "Value": "v"}])
    assert asked(account)[-1] == ("DetachRolePolicy", "UnmodifiableEntity")
    assert account["role"] == "present"


# ---------------------------------------------------------------- Ansible

TASKS = {
    "create": "amazon.aws.backup_vault: {backup_vault_name: new, state: present, tags: {k: v}}",
    "read": "amazon.aws.backup_vault_info: {backup_vault_names: [new]}",
    "create again": "amazon.aws.backup_vault: {backup_vault_name: new, state: present, tags: {k: v}}",
    "delete": "amazon.aws.backup_vault: {backup_vault_name: new, state: absent}",
    "delete again": "amazon.aws.backup_vault: {backup_vault_name: new, state: absent}",
    "delete role": f"amazon.aws.iam_role: {{name: {ROLE}, state: absent}}",
}


@needs("ansible")
def test_ansible_manages_vaults_and_stops_at_the_protected_role(served: Served, tmp_path: Path) -> None:
    url, account = served
    tasks = "".join(f"    - name: {name}\n      {task}\n" for name, task in TASKS.items())
    (tmp_path / "play.yml").write_text(f"- hosts: localhost\n  gather_facts: false\n  tasks:\n{tasks}")
    python = python_of("ansible")
    told = run(
        [
            *(f"{INSTALLED}/ansible/bin/ansible-playbook", "-i", "localhost,", "-c", "local"),
            *("-e", f"ansible_python_interpreter={python}", str(tmp_path / "play.yml")),
        ],
        AWS_ENDPOINT_URL=url,
        AWS_REGION=REGION,
        ANSIBLE_COLLECTIONS_PATH=f"{INSTALLED}/ansible/collections",
        ANSIBLE_HOME=str(tmp_path / "home"),
    )
    assert told.returncode == 2, told.stderr[-2000:]
    found = re.findall(r"TASK \[(.*?)\].*?^(changed|ok|fatal): ", told.stdout, re.M | re.S)
    assert [state for _, state in found] == ["changed", "ok", "ok", "changed", "ok", "fatal"]
    assert "UnmodifiableEntity" in told.stdout
    # A vault that does not exist is one that the caller may not describe.
    assert asked(account)[:2] == [("DescribeBackupVault", "AccessDeniedException"), ("CreateBackupVault", "")]
    assert asked(account)[-1] == ("DetachRolePolicy", "UnmodifiableEntity")
    assert (account["role"], "new" in vaults(account)) == ("present", False)


# ---------------------------------------------------------------- the programs, and the server as one


@pytest.mark.parametrize("version", [pytest.param(one, marks=needs(f"aws-cli-{one}")) for one in (1, 2)])
def test_the_aws_cli_is_a_client_of_backup_slr_serve(version: int) -> None:
    account = Path(__file__).parents[3] / "simulations" / "accounts" / "small.toml"
    command = [sys.executable, "-m", "backup_slr", "serve", "--account", str(account)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", server.stderr.readline())
            assert found
            words = ["backup", "list-backup-vaults", "--region", REGION, "--output", "json"]
            if version == 1:
                told = run([f"{INSTALLED}/aws-cli/bin/aws", *words], AWS_ENDPOINT_URL=found[0])
            else:  # this version has no variable for the endpoint
                library = str(DEBIAN / "lib" / "python3" / "dist-packages")
                aws = ["/usr/bin/python3", str(DEBIAN / "bin" / "aws"), *words, "--endpoint-url", found[0]]
                told = run([*aws, "--no-cli-pager"], PYTHONPATH=library)
            assert told.returncode == 0, told.stderr
            assert [one["BackupVaultName"] for one in json.loads(told.stdout)["BackupVaultList"]] == [
                "Default",
                "archive",
            ]
        finally:
            server.terminate()
