"""The Python API: load the rules, make an account, ask questions.

>>> import backup_slr as slr
>>> model = slr.load()
>>> account = model.account(role="present", vaults={"us-east-1/Default": 3})
>>> print(account.request("delete_backup_vault", "us-east-1/Default", via="cli"))
delete_backup_vault: refused
  the vault still holds recovery points (vault-has-recovery-points, CLEAN-1)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from backup_slr.api.account import Account
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
from backup_slr.api.request_result import Difference, Reason, RequestResult
from backup_slr.api.role_model import RoleModel
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.selection import with_extensions
from backup_slr.lifecycle import BACKUP

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
    "load_account",
]


def load(
    *,
    assume: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
    rules: str | Path | None = None,
    extensions: Iterable[str] = (),
    lifecycle: Lifecycle = BACKUP,
) -> RoleModel:
    """Load the rules of a role.

    Parameters
    ----------
    assume
        Values of assumptions by name, such as ``{"usage-check": "at-submit"}``; defaults for the rest.
    without
        Parts of rules to leave out, each ``"ACTION/PART"``: a guard by its refusal or an effect by its variable.
    rules
        A file of ``backup-slr rules --json`` to take instead of the built-in table.
    extensions
        The names of extensions to compose the rules with, such as ``["vault-lock"]``.
    lifecycle
        The role whose lifecycle it is; AWSServiceRoleForBackup unless another one is given.

    Raises
    ------
    BadInput
        When a name, a value or the file cannot be used; the message says what would be right.

    Examples
    --------
    >>> import backup_slr as slr
    >>> slr.load(assume={"usage-check": "at-submit"}).assumptions["usage-check"]
    'at-submit'
    >>> slr.load(assume={"usage-check": "at_submit"})
    Traceback (most recent call last):
        ...
    backup_slr.errors.BadInput: unknown value of usage-check: 'at_submit'; did you mean 'at-submit'?
    """
    names = (extensions,) if isinstance(extensions, str) else tuple(extensions)
    if rules is not None:
        from backup_slr.engine.serialize.compatibility import load as load_table

        lifecycle = load_table(str(rules), lifecycle)
    parts = (without,) if isinstance(without, str) else without
    return RoleModel(with_extensions(lifecycle, names), assume or {}, parts, rules and str(rules), names)


def load_account(
    file: str | Path,
    *,
    assume: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
    rules: str | Path | None = None,
    extensions: Iterable[str] = (),
    lifecycle: Lifecycle = BACKUP,
) -> Account:
    """Load an account from a file, with the rules that it needs: its extensions and its values of assumptions.

    Parameters
    ----------
    file
        An account file or a scenario (TOML), or an inventory.
    assume, without, rules, extensions, lifecycle
        Further changes of the rules, as for `load`.

    Raises
    ------
    BadInput
        When the file is not an account of this role; the message has the line and the valid values.

    Examples
    --------
    >>> import backup_slr as slr
    >>> account = slr.load_account("simulations/accounts/small.toml")
    >>> account["role"]
    'present'
    """
    from backup_slr.api.starting import load_account as load_starting_account

    base = load(rules=rules, extensions=extensions, lifecycle=lifecycle)
    start = load_starting_account(file, base.lifecycle.having(base.table))
    parts = (without,) if isinstance(without, str) else without
    assumed = {**start.assume, **(assume or {})}
    return Account.starting(RoleModel(start.lifecycle, assumed, parts, base.rules, base.extensions), start)
