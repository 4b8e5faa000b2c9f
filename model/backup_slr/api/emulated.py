"""Emulated AWS accounts: an endpoint for clients, in this process or on a port."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ContextDecorator, ExitStack
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, TypeVar, cast

from backup_slr.api.account import Account
from backup_slr.api.role_model import RoleModel
from backup_slr.api.starting import load_account
from backup_slr.api.values import Key
from backup_slr.endpoint.aws_account import AwsAccount
from backup_slr.endpoint.emulated_aws import FIRST_ACCOUNT, EmulatedAws
from backup_slr.engine.spec.emulation import Emulation
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.selection import with_extensions
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP
from backup_slr.report.names import listed, place_text
from backup_slr.scenario.starting_account import Observation, Place

F = TypeVar("F", bound=Callable[..., Any])


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
    emulation = role.lifecycle.emulation()
    start = whole, role.model, emulation, values, tuple(stated), strict, number
    return (
        EmulatedAws(*start, _attributes(observed, emulation), _differences(observed))
        if observed
        else EmulatedAws(*start)
    )


def _attributes(seen: Observation, emulation: Emulation) -> dict[tuple[str, Place], dict[str, Any]]:
    """What was observed of the things that clients see: their ids, and the dates of what happens to them."""
    found: dict[tuple[str, Place], dict[str, Any]] = {at: {"id": ids[0]} for at, ids in seen.ids.items()}
    for (action, place), date in seen.not_before.items():
        attribute, kinds = emulation.dated.get(action, ("", ()))
        for kind in kinds if date is not None else ():
            found.setdefault((kind, place), {})[attribute] = date
    return found


def _differences(seen: Observation) -> tuple[str, ...]:
    """What was observed, or could not be, and the emulated account does not have: one text for each thing."""
    places: dict[str, list[str]] = {}
    for remark in (*seen.unknown, *seen.not_modeled):
        places.setdefault(remark.says, []).append(place_text(*remark.place))
    for (kind, place), ids in seen.ids.items():
        if len(ids) > 1:
            places.setdefault(f"more than one {kind}; only one is shown", []).append(place_text(*place))
    return tuple(f"{listed(at)}: {says}" if any(at) else says for says, at in places.items())


class InProcessAws(ContextDecorator):
    """The context that `aws` returns: a context manager, and a decorator of functions, also of asynchronous ones.

    Attributes
    ----------
    account
        The account of the active context; a new one at each entry.
    """

    def __init__(self, make: Callable[[], EmulatedAws], fast: bool) -> None:
        self._make, self._fast = make, fast
        self._open: ExitStack | None = None
        self.accounts: EmulatedAws | None = None

    def __enter__(self) -> AwsAccount:
        """Answer clients from now on."""
        from backup_slr.endpoint.in_process import hooked

        made = self._make()
        with ExitStack() as stack:
            stack.enter_context(hooked(made.answer, self._fast))
            self._open, self.accounts = stack.pop_all(), made
        return made.account()

    def __exit__(self, *_: object) -> None:
        """Leave clients as they were."""
        opened, self._open = self._open, None
        if opened is not None:
            opened.close()

    @property
    def account(self) -> AwsAccount:
        """The account, while the context is active and afterwards.

        Raises
        ------
        RuntimeError
            When the context was never active.
        """
        if self.accounts is None:
            raise RuntimeError("there is no account before the context of aws(...) is entered")
        return self.accounts.account()

    def __call__(self, func: F) -> F:
        """Return a function that runs in a new context, with the same parameters."""
        if not iscoroutinefunction(func):
            return super().__call__(func)

        @wraps(func)
        async def waiting(*args: Any, **named: Any) -> Any:
            with self:
                return await func(*args, **named)

        return cast("F", waiting)


def aws(
    account: str | Path | Account | None = None,
    *,
    fast: bool = False,
    strict: bool = False,
    assume: Mapping[str, str] | None = None,
    extensions: Iterable[str] = (),
    lifecycle: Lifecycle = BACKUP,
) -> InProcessAws:
    """Answer the calls of boto3, botocore and aiobotocore in this process from the rules; nothing leaves the machine.

    The result is a context manager and a decorator, and needs no credentials. A call of a service that the model does
    not know is an error, unless ``moto.mock_aws`` is active around it. With ``fast``, calls are answered before they
    are signed, and botocore does not retry.

    Parameters
    ----------
    account, strict, assume, extensions, lifecycle
        The account; see `emulated`. Each entry of the context starts with it again.
    fast
        Answer before requests are signed.

    Raises
    ------
    BadInput
        When the account cannot be used.
    MissingTool
        When botocore is not installed; raised at the entry of the context.

    Examples
    --------
    >>> import boto3
    >>> with aws() as account:
    ...     backup = boto3.client("backup", "eu-west-1")
    ...     _ = backup.create_backup_vault(BackupVaultName="archive")
    ...     account["vault", "eu-west-1/archive"]
    True

    A decorated function has no further parameter: the account is that of the context.

    >>> emulator = aws("simulations/accounts/small.toml", fast=True)
    >>> @emulator
    ... def clean_up():
    ...     boto3.client("iam").delete_service_linked_role(RoleName="AWSServiceRoleForBackup")
    ...     return emulator.account["role"]
    >>> clean_up()
    'deleting'
    """
    if callable(account):
        raise BadInput("aws is called before it decorates a function: @aws()")

    def make() -> EmulatedAws:
        return emulated(account, assume=assume, extensions=extensions, strict=strict, lifecycle=lifecycle)

    make()  # so that an error is raised here
    return InProcessAws(make, fast)
