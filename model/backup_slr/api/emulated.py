"""Emulated AWS accounts: an endpoint for clients, in this process or on a port."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path

from backup_slr.api.account import Account
from backup_slr.api.role_model import RoleModel
from backup_slr.api.starting import load_account
from backup_slr.api.values import Key
from backup_slr.endpoint.emulated_aws import FIRST_ACCOUNT, AwsAccount, EmulatedAws
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.selection import with_extensions
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP


def emulated(
    account: str | Path | Account | None = None,
    *,
    assume: Mapping[str, str] | None = None,
    extensions: Iterable[str] = (),
    strict: bool = False,
    lifecycle: Lifecycle = BACKUP,
) -> EmulatedAws:
    """Make an emulated AWS, without a client yet.

    Parameters
    ----------
    account
        Its first account: a file (see `load_account`) or an `Account`; None: a new account, in which nothing exists.
    assume, extensions, lifecycle
        The rules, as for `load`; an account adds the extensions and assumptions that it names.
    strict
        Whether an answer that AWS does not document, so that an assumption decides it, is an error.

    Raises
    ------
    BadInput
        When a name, a value or the file cannot be used.

    Examples
    --------
    >>> emulated(extensions=["access-policy"]).account()["role"]
    'absent'
    """
    if isinstance(account, Account):
        return account.emulated(strict)
    lifecycle = with_extensions(lifecycle, tuple(extensions))
    start = None if account is None else load_account(account, lifecycle)
    return RoleModel(lifecycle if start is None else start.lifecycle, assume or {}, start=start).emulated(strict)


def of_values(role: RoleModel, values: Mapping[Key, int], strict: bool) -> EmulatedAws:
    """An emulated AWS under the rules of a model, whose accounts start with these values.

    Raises
    ------
    BadInput
        When no API is defined for the role.
    """
    if role.lifecycle.emulation is None:
        raise BadInput(f"no API is defined for {role.lifecycle.name}")
    observed = role.start.observation if role.start is not None else None
    number = observed.account if observed is not None and observed.account.isdigit() else FIRST_ACCOUNT
    stated = {*role.assume, *(role.start.assume if role.start is not None else ())}
    whole = role.lifecycle.having(role.table)
    return EmulatedAws(whole, role.model, role.lifecycle.emulation(), values, tuple(stated), strict, number)


@contextmanager
def aws(
    account: str | Path | Account | None = None,
    *,
    fast: bool = False,
    strict: bool = False,
    assume: Mapping[str, str] | None = None,
    extensions: Iterable[str] = (),
    lifecycle: Lifecycle = BACKUP,
) -> Generator[AwsAccount]:
    """Answer the calls of boto3, botocore and aiobotocore in this process from the rules; nothing leaves the machine.

    It is a context manager and a decorator, and needs no credentials. A call of a service that the model does not know
    is an error. With ``fast``, calls are answered before they are signed, and botocore does not retry.

    Parameters
    ----------
    account, strict, assume, extensions, lifecycle
        The account; see `emulated`.
    fast
        Answer before requests are signed.

    Raises
    ------
    BadInput
        When the account cannot be used.
    MissingTool
        When botocore is not installed.

    Examples
    --------
    >>> import boto3
    >>> with aws() as account:
    ...     backup = boto3.client("backup", "eu-west-1")
    ...     _ = backup.create_backup_vault(BackupVaultName="archive")
    ...     account["vault", "eu-west-1/archive"]
    True
    """
    made = emulated(account, assume=assume, extensions=extensions, strict=strict, lifecycle=lifecycle)
    from backup_slr.endpoint.in_process import hooked

    with hooked(made.answer, fast):
        yield made.account()
