"""Groups of options that several commands share, and the scopes and limits that they name."""

# ruff: noqa: RUF009  (the calls make fields)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

import click

from backup_slr.api.assumed_model import MAX_STATES, MOST_CHECKED, MOST_SECONDS, MOST_STATES
from backup_slr.api.role_model import RoleModel
from backup_slr.cli.model_options import LIFECYCLE
from backup_slr.cli.parameters import Choice as OneOf
from backup_slr.cli.parameters import Group, Parameter, UsageError, flag, option, positive, repeated, whole, writable
from backup_slr.engine.core.scope import Scope

if TYPE_CHECKING:
    from backup_slr.engine.check.engine import Choice, Settings
    from backup_slr.engine.check.exploration import Limits

STATES = Parameter(f"stop after about N states (default {MAX_STATES})", "N", whole(1, MOST_STATES), MAX_STATES)

DEFAULT_SCOPE = tuple(o.default for o in LIFECYCLE.scope_options)
SMALLEST_SCOPE, SMALL_SCOPE = LIFECYCLE.small_scopes[:2]
"""The smallest useful scope; and one with an ordinary vault, for pictures."""


@dataclass(frozen=True)
class StatedOptions:
    """Options that state properties as expressions."""

    TITLE: ClassVar[str] = "properties of your own"
    always: tuple[str, ...] = repeated("EXPR", "this expression holds in every reachable state")
    step: tuple[str, ...] = repeated("EXPR", "this expression about a step holds in every step")
    leads_to: tuple[tuple[str, str], ...] = repeated(
        "EXPR EXPR", "after the first expression the second holds at some point", values=2
    )
    properties: str | None = option("FILE", "properties in a TOML file; without --property, all of them")

    def added_to(
        self, role: RoleModel, names: tuple[str, ...], kinds: tuple[str, ...] = ()
    ) -> tuple[RoleModel, tuple[str, ...]]:
        """The model with these properties, and the names of those to check.

        Without `names`, these are all properties of the file that have one of the kinds (no kinds: all properties).
        """
        own = [*map(role.always, self.always), *map(role.step, self.step)]
        own += [role.leads_to(*pair) for pair in self.leads_to]
        in_file = role.properties_in(self.properties) if self.properties is not None else ()
        fitting = tuple(p.id for p in in_file if not kinds or p.kind in kinds)
        if in_file and not fitting and not names and not own:
            raise UsageError(f"--properties: no property in {self.properties} is of kind {' or '.join(kinds)}")
        role, _ = role.with_properties(in_file)
        role, more = role.with_properties(own)
        return role, (*(names or fitting), *more)


# ---------------------------------------------------------------- the scope


@dataclass(frozen=True)
class ScopeOptions:
    """Options for the size of a scope, and for the limit of states; their names are those of the lifecycle.

    A number is None where the command chooses it.
    """

    TITLE: ClassVar[str] = "the scope"
    numbers: Mapping[str, int | None] = field(default_factory=dict[str, "int | None"])
    max_states: int = MAX_STATES

    @staticmethod
    def specified(asked: Group) -> Iterator[tuple[str, str, Parameter]]:
        """Iterate over the parameters.

        `asked.more` may have other default ``numbers`` (None: the command chooses), and ``told``, their texts in help.
        """
        numbers = asked.more.get("numbers", [None] * len(DEFAULT_SCOPE))
        told = asked.more.get("told", asked.more.get("numbers", DEFAULT_SCOPE))
        for known, default, says in zip(LIFECYCLE.scope_options, numbers, told, strict=True):
            text = f"{known.help} (default {says})" if isinstance(says, int) else f"{known.help} (default: {says})"
            read = whole(known.least, known.most)
            yield "", known.name, Parameter(text, "N", read, default).named(known.name)
        yield "", "max_states", STATES.named("max_states")

    @staticmethod
    def built(values: Mapping[str, Any]) -> ScopeOptions:
        """Make the options from the values of a command line."""
        return ScopeOptions({o.name: values[o.name] for o in LIFECYCLE.scope_options}, values["max_states"])

    @property
    def given(self) -> dict[str, int]:
        """The numbers that are given or have defaults."""
        return {name: number for name, number in self.numbers.items() if number is not None}

    @property
    def scope(self) -> Scope:
        """The scope that the options name."""
        return LIFECYCLE.scope(**self.given)

    def too_large(self) -> bool:
        """Return true if the scope has more places than a check accepts."""
        return prod(self.scope.sizes.values()) > MOST_CHECKED


# ---------------------------------------------------------------- engine, bounds, output


@dataclass(frozen=True)
class EngineOptions:
    """Options of the exploration, which do not change its results."""

    TITLE: ClassVar[str] = "the engine"
    engine: Choice = option(
        "[auto|python|numpy]",
        "the search engine (default: by the size of the scope)",
        OneOf("engine", ("auto", "python", "numpy")),
        "auto",
    )
    no_symmetry: bool = flag("disable symmetry reduction (of Regions and vaults)")

    @property
    def settings(self) -> Settings:
        """The settings of the engine."""
        from backup_slr.engine.check.engine import Settings

        return Settings(self.engine, not self.no_symmetry)


@dataclass(frozen=True)
class Bounds:
    """Limits, which every command has (`cli.bounds`)."""

    TITLE: ClassVar[str] = "limits"
    timeout: float | None = option(
        "SECONDS",
        "stop after this time, and write the results so far",
        positive(MOST_SECONDS, "a number of seconds", "60"),
    )
    max_memory: int | None = option(
        "MIB", "stop at this memory use (default: 3/4 of this machine)", whole(1, MOST_SECONDS)
    )

    @property
    def memory(self) -> int | None:
        """The bytes of memory that a command may use, if there is a limit."""
        from backup_slr.engine.check.memory import MIB, installed

        machine = installed()
        return self.max_memory * MIB if self.max_memory is not None else machine and machine * 3 // 4

    def limits(self, scope: ScopeOptions) -> Limits:
        """Return the limits of an exploration."""
        from backup_slr.engine.check.exploration import Limits

        return Limits(scope.max_states, self.timeout, self.memory)


def _file(name: str) -> str:
    if name == "-":
        raise click.BadParameter("name a file: stdout has the result")
    return writable(name)


@dataclass(frozen=True)
class OutputOptions:
    """Options for the form and the target of the result; each command offers some of them."""

    TITLE: ClassVar[str] = "output"
    json: bool = flag("write one JSON document")
    format: str | None = option(
        "[text|md|json]", "text (default), Markdown or JSON", OneOf("format", ("text", "md", "json"))
    )
    output: str | None = option("FILE", "write to a file (- for stdout)", writable, short="-o")
    sarif: str | None = option("FILE", "also write the findings to a file (SARIF 2.1.0)", _file)

    @property
    def form(self) -> str:
        """The requested form."""
        return "json" if self.json else self.format or "text"
