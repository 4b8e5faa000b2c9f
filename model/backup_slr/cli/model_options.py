"""Options that choose the model: its rules, extensions, editions, assumptions and removed parts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from backup_slr.api.role_model import RoleModel
from backup_slr.cli.parameters import UsageError, blaming, option, repeated
from backup_slr.engine.core.model import Model
from backup_slr.engine.spec.lifecycle import Edition, Lifecycle
from backup_slr.engine.spec.selection import check_composed, check_value, parts_named, with_extensions
from backup_slr.errors import quoted, unknown
from backup_slr.lifecycle import BACKUP

if TYPE_CHECKING:
    from backup_slr.scenario.starting_account import StartingAccount

LIFECYCLE = BACKUP
"""The lifecycle of all commands; ``--rules`` replaces its rules."""


@dataclass(frozen=True)
class ReadingOptions:
    """Options that change the rules."""

    TITLE: ClassVar[str] = "the model"
    with_: tuple[str, ...] = repeated(
        "NAMES",
        "add extensions, with commas between them; all: those that go together (see 'backup-slr extensions')",
        "extension",
    )
    edition: tuple[str, ...] = repeated(
        "NAME", "assume what an edition of the page says (see 'backup-slr editions')", "edition"
    )
    assume: tuple[str, ...] = repeated("NAME=VALUE", "set an assumption (see 'backup-slr assumptions')", "value")
    without: tuple[str, ...] = repeated(
        "ACTION/PART", "remove a precondition (named by its refusal) or an effect (named by its variable)", "part"
    )

    @property
    def names(self) -> list[str]:
        """The names of the extensions."""
        return [name for names in self.with_ for name in names.split(",")]

    @property
    def editions(self) -> list[Edition]:
        """The chosen editions of the page. Raises `UsageError` when one does not exist."""
        known = {one.name: one for one in LIFECYCLE.editions}
        for name in self.edition:
            if name not in known:
                raise UsageError(f"--edition: {unknown('edition', name, known)}")
        if len(set(self.edition)) > 1:
            raise UsageError(f"--edition: {' and '.join(self.edition)} contradict each other: give one")
        return [known[name] for name in self.edition]

    def joined(self, other: ReadingOptions) -> ReadingOptions:
        """Join these options and others."""
        return ReadingOptions(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(ReadingOptions)))

    def extended(self, lifecycle: Lifecycle) -> Lifecycle:
        """Compose a lifecycle with the extensions.

        Raises `UsageError` when one does not exist, or two cannot be combined.
        """
        with blaming("--with"):
            return with_extensions(lifecycle, self.names)

    def assumed(self, table: Model) -> dict[str, str]:
        """Return the requested values of assumptions.

        Raises `UsageError` when an assumption or a value does not exist, with the nearest that does.
        """
        taken: dict[str, str] = {}
        for item in self.assume:
            name, sign, value = item.partition("=")
            name = name.lower().removeprefix("assume-")
            if not sign:
                raise UsageError(f"--assume {quoted(item)}: expected NAME=VALUE")
            with blaming("--assume"):
                check_composed((name,), LIFECYCLE.having(table))
                check_value(table, name, value)
            if taken.get(name, value) != value:
                raise UsageError(f"--assume: {name} cannot be both {taken[name]} and {value}")
            taken[name] = value
        return {name: value for one in self.editions for name, value in one.assume.items()} | taken

    def left_out(self, table: Model) -> list[tuple[str, str]]:
        """Return the removed parts of the rules; raises as `assumed` does."""
        with blaming("--without"):
            check_composed((name for part in self.without for name in part.split("/")), LIFECYCLE.having(table))
            return parts_named(table, self.without)

    def applied_to(self, table: Model) -> Model:
        """Note the requested values in a rule set, which still has all alternatives, and remove the parts."""
        table = table.noting(self.assumed(table))
        return table.without(self.left_out(table))


@dataclass(frozen=True)
class ModelOptions(ReadingOptions):
    """Options that choose the model."""

    rules: str | None = option("FILE", "read the rules from a file written by 'backup-slr rules --json'")

    @cached_property
    def start(self) -> StartingAccount | None:
        """The account from which the model is explored; None: a new one."""
        return None

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """The lifecycle of the model."""
        return self._own_lifecycle

    @cached_property
    def _own_lifecycle(self) -> Lifecycle:
        """The lifecycle composed with the extensions."""
        return self.extended(self.before_extensions)

    @cached_property
    def before_extensions(self) -> Lifecycle:
        """The lifecycle with the rules of ``--rules FILE``, or the built-in ones."""
        if self.rules is None:
            return LIFECYCLE
        from backup_slr.engine.serialize.compatibility import load

        return load(self.rules, LIFECYCLE)

    @property
    def base(self) -> Model | None:
        """The rules before ``--with``; None without extensions, or if the rules of a file are composed already."""
        if not self.lifecycle.composed_of or self.before_extensions.composed_of:
            return None
        return self.before_extensions.model

    @property
    def table(self) -> Model:
        """Its rules, with all values of their assumptions."""
        return self.lifecycle.model

    @property
    def parts(self) -> list[str]:
        """The names of the removed parts."""
        return ["/".join(part) for part in self.left_out(self.table)]

    @cached_property
    def role(self) -> RoleModel:
        """The model under the requested assumptions, without the removed parts."""
        assume = self.assumed(self.table)
        with blaming("--without"):
            return RoleModel(self.lifecycle, assume, self.without, self.rules, self.names, self.start)

    @property
    def every_reading(self) -> RoleModel:
        """The model for ``--all-assumptions``, without the removed parts under every value of the assumptions."""
        if self.assume:
            raise UsageError("--all-assumptions tries every value of every assumption: omit --assume")
        return RoleModel(self.lifecycle.having(self.table.without(self.left_out(self.table))), {})

    @property
    def model(self) -> Model:
        """The rules of that model."""
        return self.role.model


@dataclass(frozen=True)
class StartOptions(ModelOptions):
    """Options that choose the model, and the account from which it is explored."""

    account: str | None = option(
        "FILE",
        "start from the account in this file, with the extensions and assumptions that it names, instead of a new "
        "account; the numbers of the scope then leave room for new elements, and a maximum below the account's own "
        "counts makes it smaller",
    )

    @cached_property
    def start(self) -> StartingAccount | None:
        """The account, if there is one."""
        lifecycle = self._own_lifecycle
        if self.account is None:
            return None
        from backup_slr.api.starting import load_account

        return load_account(self.account, lifecycle)

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """The lifecycle, composed with the extensions that the account names too."""
        return self.start.lifecycle if self.start is not None else self._own_lifecycle
