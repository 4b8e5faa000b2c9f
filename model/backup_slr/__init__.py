"""backup-slr: the lifecycle of the IAM role AWSServiceRoleForBackup as a formal model, and a simulator of it.

>>> import backup_slr as slr
>>> model = slr.load()
>>> account = model.account(role="present", vaults={"us-east-1/Default": 3})
>>> account.request("delete_backup_vault", "us-east-1/Default", via="console").clause
'CLEAN-5'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

# First, so that the program handles signals while the rest is imported.
from backup_slr.cli import bounds as _bounds  # noqa: F401  # pyright: ignore[reportUnusedImport]
from backup_slr.version import __version__

if TYPE_CHECKING:
    from backup_slr.api import (
        Account,
        Answer,
        CheckAnswer,
        DiffAnswer,
        Difference,
        Picture,
        ProofAnswer,
        Reason,
        RequestResult,
        RoleModel,
        TraceStep,
        Verdict,
        WitnessAnswer,
        load,
        load_account,
    )
    from backup_slr.api.emulated import aws
    from backup_slr.api.script_checking import check_script
    from backup_slr.errors import BadInput, MissingTool

__all__ = [
    "Account",
    "Answer",
    "BadInput",
    "CheckAnswer",
    "DiffAnswer",
    "Difference",
    "MissingTool",
    "Picture",
    "ProofAnswer",
    "Reason",
    "RequestResult",
    "RoleModel",
    "TraceStep",
    "Verdict",
    "WitnessAnswer",
    "__version__",
    "aws",
    "check_script",
    "load",
    "load_account",
]

ELSEWHERE = {
    "BadInput": "backup_slr.errors",
    "MissingTool": "backup_slr.errors",
    "aws": "backup_slr.api.emulated",
    "check_script": "backup_slr.api.script_checking",
}
"""The modules of names that are not in `backup_slr.api`."""


def __getattr__(name: str) -> object:
    """Load the API when it is first used: the command line starts without it (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'backup_slr' has no attribute {name!r}")
    return getattr(import_module(ELSEWHERE.get(name, "backup_slr.api")), name)
