"""EFS, the Regions of EC2 and the tagging API as the emulated API answers them."""

from __future__ import annotations

from backup_slr.engine.spec.emulation import Each, EmulatedOperation, ErrorAnswer, Find, Of, OperationCase, Pairs
from backup_slr.engine.spec.inventory import Showing
from backup_slr.lifecycle.emulation.emulated_records import VAULT_ARN
from backup_slr.lifecycle.regions import AWS_REGIONS

NO_FILE_SYSTEM = ErrorAnswer("FileSystemNotFound", "File system '{FileSystemId}' does not exist.", 404)
NO_POLICY = ErrorAnswer("PolicyNotFound", "", 404)
FILE_SYSTEM = Find("file-system", {"id": "{FileSystemId}"}, NO_FILE_SYSTEM)
ENABLED, DISABLED = {"Status": "ENABLED"}, {"Status": "DISABLED"}
TURN_ON, TURN_OFF = "perform_efs_automatic_backup", "turn_off_efs_automatic_backup"
HERE = ("{region}",)
MADE = {"CreationToken": "{CreationToken}", "Tags": "{Tags}"}
OTHER_ON = ("Status", "ENABLED")


def _when(path: str, *values: str) -> tuple[Showing, ...]:
    return (Showing(path, "is", values),)


OPERATIONS = (
    EmulatedOperation(
        "elasticfilesystem:CreateFileSystem",
        (
            *(
                OperationCase(
                    Of("file-system"),
                    when,
                    action=TURN_ON,
                    place=HERE,
                    makes="file-system",
                    attributes={"file-system": {**MADE, **ENABLED}},
                )
                for when in (
                    _when("Backup", "true"),
                    (Showing("AvailabilityZoneName", "set"), Showing("Backup", "not set")),
                )
            ),
            OperationCase(Of("file-system"), makes="file-system", attributes={"file-system": MADE}),
        ),
    ),
    EmulatedOperation(
        "elasticfilesystem:DescribeFileSystems",
        (
            OperationCase({"FileSystems": [Of("file-system")]}, (Showing("FileSystemId", "set"),), (FILE_SYSTEM,)),
            OperationCase({"FileSystems": Each(("file-system",), filters={"CreationToken": "CreationToken"})}),
        ),
    ),
    EmulatedOperation(
        "elasticfilesystem:DeleteFileSystem",
        (
            OperationCase(
                finds=(Find("file-system", {"id": "{FileSystemId}", **ENABLED}),),
                action=TURN_OFF,
                place=HERE,
                unless_other=OTHER_ON,
                ends="file-system",
            ),
            OperationCase(finds=(FILE_SYSTEM,), ends="file-system"),
        ),
    ),
    EmulatedOperation("elasticfilesystem:DescribeMountTargets", (OperationCase({"MountTargets": []}),)),
    EmulatedOperation(
        "elasticfilesystem:DescribeTags",
        (OperationCase({"Tags": Of("file-system", "Tags")}, finds=(FILE_SYSTEM,)),),
    ),
    EmulatedOperation(
        "elasticfilesystem:ListTagsForResource",
        (
            OperationCase(
                {"Tags": Of("file-system", "Tags")},
                finds=(Find("file-system", {"id": "{ResourceId}"}, NO_FILE_SYSTEM),),
            ),
        ),
    ),
    EmulatedOperation(
        "elasticfilesystem:PutBackupPolicy",
        (
            OperationCase(
                {"BackupPolicy": "{BackupPolicy}"},
                _when("BackupPolicy.Status", "ENABLED"),
                (FILE_SYSTEM,),
                TURN_ON,
                HERE,
                attributes={"file-system": ENABLED},
            ),
            OperationCase(
                {"BackupPolicy": "{BackupPolicy}"},
                _when("BackupPolicy.Status", "DISABLED"),
                (FILE_SYSTEM,),
                TURN_OFF,
                HERE,
                unless_other=OTHER_ON,
                attributes={"file-system": DISABLED},
            ),
        ),
    ),
    EmulatedOperation(
        "elasticfilesystem:DescribeBackupPolicy",
        (
            OperationCase(
                {"BackupPolicy": {"Status": "{Status}"}},
                finds=(FILE_SYSTEM, Find("file-system", {"id": "{FileSystemId}", "Status": "*"}, NO_POLICY)),
            ),
        ),
    ),
    EmulatedOperation(
        "ec2:DescribeRegions",
        (
            OperationCase(
                {
                    "Regions": [
                        {"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in sorted(AWS_REGIONS)
                    ]
                }
            ),
        ),
    ),
    EmulatedOperation(
        "tag:GetResources",
        (
            OperationCase(
                {"ResourceTagMappingList": Each(("vault",), shows={"ResourceARN": VAULT_ARN, "Tags": Pairs("{Tags}")})}
            ),
        ),
    ),
)
