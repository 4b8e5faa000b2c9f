"""EFS, the Regions of EC2 and the tagging API as the emulated API answers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from backup_slr.engine.spec.emulation import Each, EmulatedOperation, ErrorAnswer, Find, Merged, Of, OperationCase
from backup_slr.engine.spec.inventory import Showing
from backup_slr.lifecycle.emulation.emulated_records import PARTITIONS, SNAPSHOT_ARN, VAULT_ARN
from backup_slr.lifecycle.extensions.expired_actions import SNAPSHOT_NOT_USED
from backup_slr.lifecycle.regions import AWS_REGIONS
from backup_slr.lifecycle.vocabulary import REGION

NO_FILE_SYSTEM = ErrorAnswer("FileSystemNotFound", "File system '{FileSystemId}' does not exist.", 404)
TAKEN = ErrorAnswer(
    "FileSystemAlreadyExists", "File system '{id}' already exists with creation token '{CreationToken}'", 409
)
NO_SNAPSHOT = ErrorAnswer("InvalidSnapshot.NotFound", "The snapshot '{SnapshotId}' does not exist.")
NO_POLICY = ErrorAnswer("PolicyNotFound", "", 404)
FILE_SYSTEM = Find("file-system", {"id": "{FileSystemId}"}, NO_FILE_SYSTEM)
RESOURCE = Find(
    "file-system", {"id": "{ResourceId}"}, replace(NO_FILE_SYSTEM, message="File system '{ResourceId}' does not exist.")
)
ENABLED, DISABLED = {"Status": "ENABLED"}, {"Status": "DISABLED"}
TURN_ON, TURN_OFF = "perform_efs_automatic_backup", "turn_off_efs_automatic_backup"
HERE = ("{region}",)
MADE = {name: f"{{{name}}}" for name in ("CreationToken", "Tags", "AvailabilityZoneName")}
OTHER_ON = ("Status", "ENABLED")


def _when(path: str, *values: str) -> tuple[Showing, ...]:
    return (Showing(path, "is", values),)


def _tagging(operation: str, find: Find, added: str = "", removed: str = "") -> EmulatedOperation:
    tags = {"file-system": {"Tags": Merged("{Tags}", added, removed, listed=True)}}
    return EmulatedOperation(f"elasticfilesystem:{operation}", (OperationCase(finds=(find,), attributes=tags),))


def _regions(operation: str, one: Callable[[str], Mapping[str, str]]) -> EmulatedOperation:
    """An operation that lists the Regions of the partition of the caller."""
    cases = [
        OperationCase(
            {"Regions": [one(name) for name in sorted(AWS_REGIONS) if PARTITIONS.get(_prefix(name)) == partition]},
            (Showing(REGION.name, "is", (f"{prefix}*",)),) if prefix else (),
        )
        for prefix, partition in (*PARTITIONS.items(), ("", None))
    ]
    return EmulatedOperation(operation, tuple(cases))


def _prefix(region: str) -> str:
    return next((prefix for prefix in PARTITIONS if region.startswith(prefix)), "")


OPERATIONS = (
    EmulatedOperation(
        "elasticfilesystem:CreateFileSystem",
        (
            OperationCase(finds=(Find("file-system", {"CreationToken": "{CreationToken}"}),), fails=TAKEN),
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
        "elasticfilesystem:DescribeTags", (OperationCase({"Tags": Of("file-system", "Tags")}, finds=(FILE_SYSTEM,)),)
    ),
    EmulatedOperation(
        "elasticfilesystem:ListTagsForResource",
        (OperationCase({"Tags": Of("file-system", "Tags")}, finds=(RESOURCE,)),),
    ),
    _tagging("CreateTags", FILE_SYSTEM, added="Tags"),
    _tagging("DeleteTags", FILE_SYSTEM, removed="TagKeys"),
    _tagging("TagResource", RESOURCE, added="Tags"),
    _tagging("UntagResource", RESOURCE, removed="TagKeys"),
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
    _regions(
        "ec2:DescribeRegions",
        lambda name: {
            "RegionName": name,
            "Endpoint": f"ec2.{name}.amazonaws.com",
            "OptInStatus": "opt-in-not-required",
        },
    ),
    _regions("account:ListRegions", lambda name: {"RegionName": name, "RegionOptStatus": "ENABLED_BY_DEFAULT"}),
    EmulatedOperation(
        "ec2:UnlockSnapshot",
        (
            OperationCase(
                {"SnapshotId": "{SnapshotId}"},
                finds=(Find("point", {"id": SNAPSHOT_ARN}, NO_SNAPSHOT),),
                action="release_snapshot",
                place=("{region}", "{vault}"),
                codes={SNAPSHOT_NOT_USED.id: "IncorrectState"},
            ),
        ),
    ),
    EmulatedOperation(
        "tag:GetResources",
        (
            OperationCase(
                {
                    "ResourceTagMappingList": Each(
                        ("vault",), shows={"ResourceARN": VAULT_ARN, "Tags": Merged("{Tags}", listed=True)}
                    )
                }
            ),
        ),
    ),
)
