"""The Python API: load the rules, make an account, ask questions.

>>> import backup_slr as slr
>>> model = slr.load()
>>> account = model.account(role="present", vaults={"us-east-1/Default": 3})
>>> print(account.request("delete_backup_vault", "us-east-1/Default", via="cli"))
delete_backup_vault: refused
  the vault still holds recovery points (vault-has-recovery-points, CLEAN-1)
"""

from backup_slr.api.account import Account, Difference, Reason, RequestResult
from backup_slr.api.answers import (
    Answer,
    CheckAnswer,
    DiffAnswer,
    Picture,
    ProofAnswer,
    TraceStep,
    Verdict,
    WitnessAnswer,
)
from backup_slr.api.role_model import RoleModel, load

__all__ = [
    "Account",
    "Answer",
    "CheckAnswer",
    "DiffAnswer",
    "Difference",
    "Picture",
    "ProofAnswer",
    "Reason",
    "RequestResult",
    "RoleModel",
    "TraceStep",
    "Verdict",
    "WitnessAnswer",
    "load",
]
