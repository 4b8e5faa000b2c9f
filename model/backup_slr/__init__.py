"""backup-slr: the lifecycle of the IAM role AWSServiceRoleForBackup as a formal model, and a simulator of it.

>>> model = load()
>>> account = model.account(role="present", vaults={"us-east-1/Default": 3})
>>> account.request("delete_backup_vault", "us-east-1/Default", via="console").clause
'CLEAN-5'
"""

# First: if this process is the program, it hears signals while the rest is loaded.
from backup_slr.cli import bounds as _bounds  # noqa: F401  # pyright: ignore[reportUnusedImport]

# isort: split
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
)
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Machine, Request, Step
from backup_slr.engine.core.trace import Trace, replay
from backup_slr.errors import BadInput, MissingTool
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.version import __version__

__all__ = [
    "Account",
    "Answer",
    "BadInput",
    "CheckAnswer",
    "DiffAnswer",
    "Difference",
    "Machine",
    "MissingTool",
    "Model",
    "Picture",
    "ProofAnswer",
    "Property",
    "Reason",
    "Request",
    "RequestResult",
    "RoleModel",
    "Rule",
    "Scope",
    "State",
    "Step",
    "Trace",
    "TraceStep",
    "Verdict",
    "WitnessAnswer",
    "__version__",
    "lifecycle",
    "load",
    "replay",
    "scope",
]
