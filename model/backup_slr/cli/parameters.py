"""Options of commands as fields of frozen dataclasses, and the readers of their values.

`option`, `flag` and `argument` make a field that is one parameter of a command line; `group` makes a field that is
another dataclass of such fields, which help shows as a separate section.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from backup_slr.errors import BadInput, BadScope, quoted, unknown

T = TypeVar("T")
PLACES = "arguments"
"""The section of positional arguments."""
OWN_SECTIONS = ("which picture", "one run", "all runs", "where it runs")
SECTIONS = (
    *(PLACES, "options", "properties of your own", *OWN_SECTIONS),
    *("the scope", "the engine", "the model", "output", "limits"),
)
"""The sections of help, in order."""
Reader = Any
"""A click type: it reads one value, or raises BadParameter with a message about the valid values."""


class UsageError(Exception):
    """A wrong command line; the message is complete."""


@contextmanager
def blaming(option: str = "") -> Generator[None]:
    """Report bad input in this block as a wrong command line; the message names the option, if one is given."""
    try:
        yield
    except BadInput as error:
        named = option and not isinstance(error, BadScope)
        raise UsageError(f"{option}: {error}" if named else str(error)) from None


# ---------------------------------------------------------------- values


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return the reader of a whole number: plain digits, between two bounds.

    >>> whole(1, 1000)("12")
    12
    """

    def number(text: str) -> int:
        digits = re.fullmatch(r"-?([0-9]+)", text)
        # Do not convert a number that is longer than any bound: that would be slow.
        if digits and len(digits[1]) <= 30 and text != "-0" and least <= int(text) <= most:
            return int(text)
        example = "" if digits else f" such as {min(max(1000, least), most)},"
        raise click.BadParameter(f"a whole number{example} from {least:,} to {most:,}, not {quoted(text)}")

    return number


def decimal(text: str) -> float | None:
    """Read a number of plain digits, optionally with a fraction or an exponent; None for any other text.

    >>> decimal("0.5"), decimal("1e-9"), decimal("1_0"), decimal("nan")
    (0.5, 1e-09, None, None)
    """
    plain = re.fullmatch(r"-?([0-9]{1,300}(\.[0-9]{0,300})?|\.[0-9]{1,300})([eE][+-]?[0-9]{1,3})?", text)
    return float(text) if plain else None


def positive(most: float, what: str, example: str) -> Callable[[str], float]:
    """Return the reader of a number above 0 and at most a bound."""

    def number(text: str) -> float:
        found = decimal(text)
        if found is not None and 0 < found <= most:
            return found
        right = f"{what}{'' if found is not None else f' such as {example},'} above 0 and at most {most:,}"
        raise click.BadParameter(f"{right}, not {quoted(text)}")

    return number


def moment(text: str) -> datetime:
    """Read a time in ISO 8601; without an offset it is in UTC.

    >>> moment("2027-01-31").isoformat()
    '2027-01-31T00:00:00+00:00'
    """
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"a time such as 2027-01-31T12:00Z, not {quoted(text)}") from None


class Choice(click.ParamType):  # pyright: ignore[reportMissingTypeArgument]
    """One of several names; `aliases` maps other spellings to these names."""

    name = "choice"

    def __init__(self, kind: str, names: Iterable[str], aliases: dict[str, str] | None = None) -> None:
        self.kind, self.names, self.aliases = kind, tuple(names), aliases or {}

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name that a text means."""
        name = self.aliases.get(value, nonempty(value))
        if name not in self.names:
            raise click.BadParameter(unknown(self.kind, name, self.names))
        return name


def nonempty(text: str) -> str:
    """Read a text that is not blank."""
    if not text.strip():
        raise click.BadParameter("must not be empty")
    return text


def writable(name: str) -> str:
    """Read the name of a file to write, before anything is computed for it.

    Raises `BadInput` when its folder does not exist.
    """
    folder = os.path.dirname(nonempty(name))
    if folder and not os.path.exists(folder):
        raise BadInput(f"cannot be written: the folder {quoted(folder)} does not exist", name)
    return name


# ---------------------------------------------------------------- fields


@dataclass(frozen=True)
class Parameter:
    """The specification of one option or argument.

    An option has the name of its field, and optionally a `short` name. Its `section` of help also holds the parameters
    after it, up to the next `section`. `kind` is the kind of thing that its values name (`completion`).
    """

    help: str
    metavar: str = ""
    read: Reader = str
    default: Any = None
    required: bool = False
    multiple: bool = False
    flag: bool = False
    section: str = ""
    short: str = ""
    kind: str = ""
    names: tuple[str, ...] = ()
    values: int = 1

    def named(self, name: str) -> Parameter:
        """Return the option for a field of this name."""
        return replace(self, names=(*filter(None, (self.short,)), f"--{name.strip('_').replace('_', '-')}"))

    def made(self, name: str) -> click.Parameter:
        """Return the parameter of click that reads the value of this name."""
        if not self.names:
            nargs = -1 if self.multiple else 1
            metavar = self.metavar if self.required else f"[{self.metavar}]"
            return click.Argument(
                [name],
                metavar=metavar,
                type=self.read,
                required=self.required,
                nargs=nargs,
                shell_complete=self._complete,
            )
        if self.flag:
            return click.Option([*self.names, name], is_flag=True, default=False, help=self.help)
        # Click treats even a default of None as a value, so a required option would never count as missing.
        default: dict[str, Any] = {} if self.default in (None, ()) else {"default": str(self.default)}
        return click.Option(
            [*self.names, name],
            metavar=self.metavar,
            type=self.read,
            required=self.required,
            multiple=self.multiple,
            nargs=self.values,
            help=self.help,
            shell_complete=self._complete,
            **default,
        )

    def _complete(self, context: click.Context, param: click.Parameter, start: str) -> list[CompletionItem]:
        if isinstance(self.read, Choice):
            return [CompletionItem(name) for name in self.read.names if name.startswith(start)]
        from backup_slr.cli.completion import candidates

        return candidates(self.kind, self.metavar, start)


@dataclass(frozen=True)
class Group:
    """A dataclass of fields as a part of another one.

    `only` names the fields to offer (None: all of them); `more` is passed to classes that create their own parameters.
    """

    options: type[Any]
    only: tuple[str, ...] | None = None
    more: Any = None


def option(metavar: str, help: str, read: Reader = str, default: Any = None, **more: Any) -> Any:
    """Make a field for an option with a value; `more` are other fields of its `Parameter`."""
    return field(default=default, metadata={"parameter": Parameter(help, metavar, read, default, **more)})


def repeated(metavar: str, help: str, kind: str = "", values: int = 1) -> Any:
    """Make a field for the values of an option that may be repeated; each has this number of parts."""
    return option(metavar, f"{help}; may be repeated", default=(), multiple=True, kind=kind, values=values)


def flag(help: str, **more: Any) -> Any:
    """Make a field that is true if the option is given."""
    return option("", help, default=False, flag=True, **more)


def argument(
    metavar: str, help: str, read: Reader = str, required: bool = True, multiple: bool = False, kind: str = ""
) -> Any:
    """Make a field for one argument, or with `multiple` for all of them."""
    default = () if multiple else None
    return option(metavar, help, read, default, required=required, multiple=multiple, section=PLACES, kind=kind)


def group(options: type[T], only: tuple[str, ...] | None = None, **more: Any) -> T:
    """Make a field that is a group of options."""
    return field(default_factory=options, metadata={"group": Group(options, only, more)})


def given() -> Any:
    """Make a field for the names of all options whose values are not their defaults."""
    return field(default=(), metadata={"given": True})


# ---------------------------------------------------------------- options of a command


def specified(options: type[Any], only: Iterable[str] | None = None) -> Iterator[tuple[str, str, Parameter]]:
    """Iterate over the parameters of a dataclass of options: section, name of the value, parameter."""
    section = "options"
    for each in fields(options):
        if only is not None and each.name not in only:
            continue
        if found := each.metadata.get("group"):
            make = getattr(found.options, "specified", None)
            for _, key, parameter in make(found) if make else specified(found.options, found.only):
                yield found.options.TITLE, key, parameter
        elif parameter := each.metadata.get("parameter"):
            section = parameter.section or (section if section != PLACES else "options")
            yield section, each.name, parameter if section == PLACES else parameter.named(each.name)


def built(options: type[T], values: Mapping[str, Any]) -> T:
    """Make an instance of a dataclass of options from the values of a command line."""
    named: dict[str, Any] = {}
    for each in fields(options):  # type: ignore[arg-type]
        if found := each.metadata.get("group"):
            named[each.name] = getattr(found.options, "built", partial(built, found.options))(values)
        elif each.metadata.get("given"):
            named[each.name] = tuple(
                max(p.names, key=len)
                for _, key, p in specified(options)
                if p.names and values[key] not in (None, False, (), p.default)
            )
        elif each.name in values:
            named[each.name] = values[each.name]
    return options(**named)
