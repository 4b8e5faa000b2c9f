"""Groups of options that several commands share, and the models, scopes and limits that they name."""

# ruff: noqa: RUF009  (the calls make fields)

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from shlex import quote
from typing import TYPE_CHECKING, Any, ClassVar

from backup_slr.cli.parameters import Choice as OneOf
from backup_slr.cli.parameters import Group, Parameter, UsageError, flag, option, positive, repeated, whole
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.selection import check_value, part_of
from backup_slr.errors import BadInput, MissingTool, quoted
from backup_slr.lifecycle import BACKUP

if TYPE_CHECKING:
    from backup_slr.engine.check.engine import Choice, Settings
    from backup_slr.engine.check.exploration import Limits

LIFECYCLE = BACKUP
"""The lifecycle that commands are about, unless ``--rules`` names another table of it."""

MAX_STATES = 20_000_000
MOST_STATES = 10**12
STATES = Parameter(
    f"give up once this number of states is kept (default {MAX_STATES})", "N", whole(1, MOST_STATES), MAX_STATES
)
MOST_SECONDS = 10**9
MOST_PLACES = 25
"""A scope with more places than this is refused at once: to spell out its transitions would take too long."""

DEFAULT_SCOPE = tuple(o.default for o in LIFECYCLE.scope_options)
SMALLEST_SCOPE, SMALL_SCOPE = LIFECYCLE.small_scopes[:2]
"""Where nothing larger is needed; and with something ordinary in it, for pictures."""
COUNTED = tuple(o.name for o in LIFECYCLE.scope_options if o.of not in {sort.name for sort in LIFECYCLE.model.sorts})
"""The numbers of a scope that are bounds of counts, and not sizes."""


# ---------------------------------------------------------------- the model


@dataclass(frozen=True)
class ReadingOptions:
    """Options that change how a table is read."""

    TITLE: ClassVar[str] = "the model"
    assume: tuple[str, ...] = repeated("NAME=VALUE", "read an assumption differently (see 'backup-slr assumptions')")
    without: tuple[str, ...] = repeated(
        "ACTION/PART", "leave out a guard (named by its refusal) or an effect (named by its variable)"
    )

    @property
    def parts(self) -> list[str]:
        """The names of the parts that are left out, each once."""
        return list(dict.fromkeys(self.without))

    def applied_to(self, table: Model) -> Model:
        """A table with all of its readings, where those that were asked for are noted, without the parts left out."""
        table = table.noting(assumed(self.assume, table))
        return table.without(left_out(self.without, table))


@dataclass(frozen=True)
class ModelOptions(ReadingOptions):
    """Options that say which model is meant."""

    rules: str | None = option("FILE", "take the table of rules from a file that 'backup-slr rules --json' made")

    @cached_property
    def table(self) -> Model:
        """The table that is meant: that of ``--rules FILE``, or our own; its assumptions are not settled yet."""
        if self.rules is None:
            return LIFECYCLE.model
        from backup_slr.engine.serialize.compatibility import load

        return load(self.rules, LIFECYCLE)

    @property
    def assumed(self) -> dict[str, str]:
        """The readings that were asked for."""
        return assumed(self.assume, self.table)

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """The parts of the table that are left out, whatever is assumed."""
        return left_out(self.without, self.table)

    @cached_property
    def model(self) -> Model:
        """The model under the readings, and without the parts, that the options name."""
        model = self.table.assuming(self.assumed)
        return model.without(left_out(self.without, model))

    @property
    def lifecycle(self) -> Lifecycle:
        """The lifecycle with the model that the options name."""
        return LIFECYCLE.having(self.model)

    def arguments(self) -> list[str]:
        """The options that name the same model again."""
        rules = [f"--rules {quote(self.rules)}"] if self.rules is not None else []
        readings = [f"--assume {name}={value}" for name, value in self.assumed.items()]
        return [*rules, *readings, *(f"--without {part}" for part in self.parts)]


def assumed(said: Iterable[str], model: Model) -> dict[str, str]:
    """The readings that ``--assume`` options name.

    Raises
    ------
    UsageError
        When one names no assumption or none of its values, with the nearest that exists.
    """
    taken: dict[str, str] = {}
    for item in said:
        name, sign, value = item.partition("=")
        name = name.lower().removeprefix("assume-")
        if not sign:
            raise UsageError(f"--assume {quoted(item)}: say NAME=VALUE")
        try:
            check_value(model, name, value)
        except BadInput as error:
            raise UsageError(f"--assume: {error}") from None
        if taken.get(name, value) != value:
            raise UsageError(f"--assume: {name} cannot be both {taken[name]} and {value}")
        taken[name] = value
    return taken


def left_out(said: Iterable[str], model: Model) -> list[tuple[str, str]]:
    """The parts of rules that ``--without`` options name, each once; raises as `assumed` does."""
    try:
        return [part_of(model, item) for item in dict.fromkeys(said)]
    except BadInput as error:
        raise UsageError(f"--without: {error}") from None


# ---------------------------------------------------------------- the scope


@dataclass(frozen=True)
class ScopeOptions:
    """Options that say how large a scope is explored, and when to give up; their names are those of the lifecycle.

    A number is None where the command itself chooses it.
    """

    TITLE: ClassVar[str] = "the scope"
    numbers: Mapping[str, int | None] = field(default_factory=dict[str, "int | None"])
    max_states: int = MAX_STATES

    @staticmethod
    def specified(asked: Group) -> Iterator[tuple[str, str, Parameter]]:
        """The parameters; `asked.more` may have ``numbers`` other than the default ones (None: the command chooses),
        and ``told``, what help says of each default.
        """
        numbers = asked.more.get("numbers", DEFAULT_SCOPE)
        told = asked.more.get("told", numbers)
        for known, default, says in zip(LIFECYCLE.scope_options, numbers, told, strict=True):
            text = f"{known.help} (default {says})" if isinstance(says, int) else f"{known.help} (default: {says})"
            read = whole(known.least, known.most)
            yield "", known.name, Parameter(text, "N", read, default).named(known.name)
        yield "", "max_states", STATES.named("max_states")

    @staticmethod
    def built(values: Mapping[str, Any]) -> ScopeOptions:
        """The options with the values of a command line."""
        return ScopeOptions({o.name: values[o.name] for o in LIFECYCLE.scope_options}, values["max_states"])

    def filled(self, numbers: Iterable[int | None]) -> ScopeOptions:
        """The same with these numbers where none were given."""
        given = zip(self.numbers.items(), numbers, strict=True)
        return ScopeOptions({name: usual if n is None else n for (name, n), usual in given}, self.max_states)

    def given(self) -> tuple[int, ...]:
        """The numbers, all of which are known by now."""
        return tuple(0 if number is None else number for number in self.numbers.values())

    @property
    def scope(self) -> Scope:
        """The scope that the options name."""
        return LIFECYCLE.scope(**self.numbers)

    @property
    def places(self) -> int:
        """The number of the smallest places in the scope."""
        return prod(self.scope.sizes.values())

    def too_large(self, most: int = MOST_PLACES) -> bool:
        """Whether the scope has more places than are ever explored."""
        return self.places > most

    def arguments(self) -> list[str]:
        """The options that name the same scope again."""
        return [f"--{name} {number}" for name, number in self.numbers.items()]


# ---------------------------------------------------------------- engine, bounds, output


@dataclass(frozen=True)
class EngineOptions:
    """Options that say how to explore; what is found is the same."""

    TITLE: ClassVar[str] = "the engine"
    engine: Choice = option(
        "[auto|python|numpy]",
        "what explores (default: what fits the scope)",
        OneOf("engine", ("auto", "python", "numpy")),
        "auto",
    )
    no_symmetry: bool = flag("keep all of the states that differ by exchanged Regions or vaults")

    @property
    def settings(self) -> Settings:
        """How to explore.

        Raises
        ------
        MissingTool
            When the library of an engine is not installed.
        """
        from backup_slr.engine.check.engine import NoEngine, Settings

        try:
            return Settings(self.engine, not self.no_symmetry)
        except NoEngine as error:
            raise MissingTool(str(error)) from None


@dataclass(frozen=True)
class Bounds:
    """Options that every command has: where it gives up (`cli.bounds`)."""

    TITLE: ClassVar[str] = "bounds"
    timeout: float | None = option(
        "SECONDS",
        "give up after this time; what is known by then is written",
        positive(MOST_SECONDS, "a number of seconds", "60"),
    )
    max_memory: int | None = option(
        "MIB",
        "give up at this size (default: three quarters of the memory of this machine)",
        whole(1, MOST_SECONDS),
    )

    @property
    def memory(self) -> int | None:
        """The bytes of memory that a command may take, if there is a limit."""
        from backup_slr.engine.check.memory import MIB, installed

        machine = installed()
        return self.max_memory * MIB if self.max_memory is not None else machine and machine * 3 // 4

    def limits(self, scope: ScopeOptions) -> Limits:
        """Where an exploration of a scope gives up."""
        from backup_slr.engine.check.exploration import Limits

        return Limits(scope.max_states, self.timeout, self.memory)


def _file(name: str) -> str:
    if name == "-":
        raise ValueError("name a file: stdout has the answer itself")
    return name


@dataclass(frozen=True)
class OutputOptions:
    """Options that say in which form the result comes, and where it goes; each command offers some of them."""

    TITLE: ClassVar[str] = "output"
    json: bool = flag("exactly one JSON document on stdout")
    format: str | None = option(
        "[text|md|json]", "text (default), Markdown or JSON", OneOf("format", ("text", "md", "json"))
    )
    output: str | None = option("FILE", "write to a file (- for stdout)", short="-o")
    sarif: str | None = option("FILE", "write the findings to a file too, as SARIF 2.1.0", _file)

    @property
    def form(self) -> str:
        """The form that is asked for."""
        return "json" if self.json else self.format or "text"
