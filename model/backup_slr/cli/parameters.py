"""Options as fields of frozen dataclasses: their specification, and the parser and help that click makes of them.

A field that `option`, `flag` or `argument` makes is one parameter of a command line; one that `group` makes is another
dataclass of such fields, which help shows as a section of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, TypeVar

import click

from backup_slr.errors import BadInput, printable, quoted, unknown

T = TypeVar("T")
PLACES = "arguments"
"""The section of what is told by its place."""
OWN_SECTIONS = ("which picture", "one run", "all runs", "where it runs")
SECTIONS = (
    *(PLACES, "options", "properties of your own", *OWN_SECTIONS),
    *("the scope", "the engine", "the model", "output", "bounds"),
)
"""The sections of help, in order."""
Reader = Any
"""What reads one value, as click takes it: it raises BadParameter with a message that says what would be right."""


class UsageError(Exception):
    """A command line that makes no sense; the message is complete."""


@contextmanager
def blaming(option: str = "") -> Generator[None]:
    """Bad input in here is a command line that makes no sense, by an option of it (perhaps)."""
    try:
        yield
    except BadInput as error:
        raise UsageError(f"{option}: {error}" if option else str(error)) from None


# ---------------------------------------------------------------- values


def whole(least: int, most: int) -> Callable[[str], int]:
    """The reader of a whole number: plain digits, between two bounds.

    >>> whole(1, 1000)("12")
    12
    """

    def number(text: str) -> int:
        digits = re.fullmatch(r"-?([0-9]+)", text)
        # Longer than any bound: never converted, which would take long.
        if digits and len(digits[1]) <= 30 and text != "-0" and least <= int(text) <= most:
            return int(text)
        example = "" if digits else f" such as {min(max(1000, least), most)},"
        raise click.BadParameter(f"a whole number{example} from {least:,} to {most:,}, not {quoted(text)}")

    return number


def decimal(text: str) -> float | None:
    """The number that a text means in plain digits, perhaps with a fraction or an exponent; None if it is none.

    >>> decimal("0.5"), decimal("1e-9"), decimal("1_0"), decimal("nan")
    (0.5, 1e-09, None, None)
    """
    plain = re.fullmatch(r"-?([0-9]{1,300}(\.[0-9]{0,300})?|\.[0-9]{1,300})([eE][+-]?[0-9]{1,3})?", text)
    return float(text) if plain else None


def positive(most: float, what: str, example: str) -> Callable[[str], float]:
    """The reader of a number above 0 and not above a bound."""

    def number(text: str) -> float:
        found = decimal(text)
        if found is not None and 0 < found <= most:
            return found
        right = f"{what}{'' if found is not None else f' such as {example},'} above 0 and at most {most:,}"
        raise click.BadParameter(f"{right}, not {quoted(text)}")

    return number


class Choice(click.ParamType):  # pyright: ignore[reportMissingTypeArgument]
    """One of several names; `aliases` are other names of some of them."""

    name = "choice"

    def __init__(self, kind: str, names: Sequence[str], aliases: dict[str, str] | None = None) -> None:
        self.kind, self.names, self.aliases = kind, tuple(names), aliases or {}

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name that a text means."""
        name = self.aliases.get(value, nonempty(value))
        if name not in self.names:
            raise click.BadParameter(unknown(self.kind, name, self.names))
        return name


def nonempty(text: str) -> str:
    """The reader of a text that has more than blanks in it."""
    if not text.strip():
        raise click.BadParameter("it is empty")
    return text


# ---------------------------------------------------------------- fields


@dataclass(frozen=True)
class Parameter:
    """The specification of one option or argument.

    An option is called as its field, and perhaps has a `short` name too. The `section` of help that it begins goes on
    until another one begins.
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
    names: tuple[str, ...] = ()
    values: int = 1

    def named(self, name: str) -> Parameter:
        """The option that fills a field of this name."""
        return replace(self, names=(*filter(None, (self.short,)), f"--{name.replace('_', '-')}"))

    def made(self, name: str) -> click.Parameter:
        """The parameter of click whose value has this name."""
        if not self.names:
            nargs = -1 if self.multiple else 1
            metavar = self.metavar if self.required else f"[{self.metavar}]"
            return click.Argument([name], metavar=metavar, type=self.read, required=self.required, nargs=nargs)
        if self.flag:
            return click.Option([*self.names, name], is_flag=True, default=False, help=self.help)
        # To click, a default of None is a value too, and what has a value is not missing.
        default: dict[str, Any] = {} if self.default in (None, ()) else {"default": str(self.default)}
        return click.Option(
            [*self.names, name],
            metavar=self.metavar,
            type=self.read,
            required=self.required,
            multiple=self.multiple,
            nargs=self.values,
            help=self.help,
            **default,
        )


@dataclass(frozen=True)
class Group:
    """A dataclass of fields as a part of another one.

    `only` names the fields that are offered (None: all of them), `more` is for classes that make parameters themselves.
    """

    options: type[Any]
    only: tuple[str, ...] | None = None
    more: Any = None


def option(metavar: str, help: str, read: Reader = str, default: Any = None, **more: Any) -> Any:
    """A field that an option with a value fills; `more` are other fields of its `Parameter`."""
    return field(default=default, metadata={"parameter": Parameter(help, metavar, read, default, **more)})


def repeated(metavar: str, help: str, values: int = 1) -> Any:
    """A field for the values of an option that may be repeated; each has this number of parts."""
    return option(metavar, f"{help}; may be repeated", default=(), multiple=True, values=values)


def flag(help: str, **more: Any) -> Any:
    """A field that is true if an option is there."""
    return option("", help, default=False, flag=True, **more)


def argument(metavar: str, help: str, read: Reader = str, required: bool = True, multiple: bool = False) -> Any:
    """A field that an argument fills, or all of them."""
    return option(metavar, help, read, () if multiple else None, required=required, multiple=multiple, section=PLACES)


def group(options: type[T], only: tuple[str, ...] | None = None, **more: Any) -> T:
    """A field that is a group of options."""
    return field(default_factory=options, metadata={"group": Group(options, only, more)})


def given() -> Any:
    """A field that has the names of the options that were given other values than their defaults."""
    return field(default=(), metadata={"given": True})


# ---------------------------------------------------------------- parsing


class Parser(click.Command):
    """The parser of a command line, whose values become an instance of a dataclass of options.

    `commands` are listed in help: each name with what it does.
    """

    def __init__(
        self,
        name: str,
        options: type[Any],
        description: str = "",
        epilog: str = "",
        commands: Mapping[str, str] | None = None,
    ) -> None:
        self.options, self.commands = options, commands or {}
        self.parameters = {key: (section, parameter) for section, key, parameter in specified(options)}
        made = [parameter.made(key) for key, (_, parameter) in self.parameters.items()]
        if description:
            names = ["-h", "--help"]
            made.insert(0, click.Option(names, is_flag=True, is_eager=True, callback=_help, help="show this message"))
        super().__init__(name, params=made, help=description, epilog=epilog, add_help_option=False)

    def options_of(self, arguments: Sequence[str]) -> Any:
        """The options that a command line means.

        Raises
        ------
        UsageError
            When it cannot be used; the message is complete.
        click.exceptions.Exit
            When help was asked for and given.
        """
        try:
            return built(self.options, self.make_context(self.name, list(arguments)).params)
        except click.NoSuchOption as error:
            known = [name for param in self.params for name in param.opts if name.startswith("-")]
            raise UsageError(unknown("option", error.option_name, known, show=0)) from None
        except click.UsageError as error:
            raise UsageError(printable(self._message(error), 300)) from None

    def _message(self, error: click.UsageError) -> str:
        if isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter) and error.param:
            _, asked = self.parameters[error.param.name or ""]
            return f"{max(asked.names, key=len, default=asked.metavar)}: {error.message}"
        return error.format_message()

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        sections: dict[str, list[tuple[str, str]]] = {title: [] for title in SECTIONS}
        for made in self.params:
            section, asked = self.parameters.get(made.name or "", ("options", None))
            record = made.get_help_record(ctx) if asked is None or asked.names else (asked.metavar, asked.help)
            sections[section].append(record or ("", ""))
        for title, records in (*sections.items(), ("commands", list(self.commands.items()))):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples and the exit codes as they are."""
        formatter.write(f"\n{self.epilog}\n")


def _help(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        print(context.get_help())
        context.exit()


def specified(options: type[Any], only: Iterable[str] | None = None) -> Iterator[tuple[str, str, Parameter]]:
    """Every parameter of a dataclass of options: its section, the name of its value, and what it is."""
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
    """An instance of a dataclass of options with the values of a command line."""
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
