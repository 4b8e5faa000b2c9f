"""The parser of a command line and its help, made by click from a dataclass of options."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import click

from backup_slr.cli.parameters import SECTIONS, UsageError, built, specified
from backup_slr.errors import printable, unknown


class Parser(click.Command):
    """The parser of a command line, whose values become an instance of a dataclass of options.

    Help lists the `commands`, by section, each with what it does, and the `examples`.
    """

    def __init__(
        self,
        name: str,
        options: type[Any],
        description: str = "",
        epilog: str = "",
        commands: Mapping[str, Mapping[str, str]] | None = None,
        examples: Sequence[str] = (),
    ) -> None:
        self.options, self.commands, self.examples = options, commands or {}, examples
        self.parameters = {key: (section, parameter) for section, key, parameter in specified(options)}
        made = [parameter.made(key) for key, (_, parameter) in self.parameters.items()]
        if description:
            names = ["-h", "--help"]
            made.insert(0, click.Option(names, is_flag=True, is_eager=True, callback=_help, help="show this message"))
        super().__init__(name, params=made, help=description, epilog=epilog, add_help_option=False)

    def options_of(self, arguments: Sequence[str]) -> Any:
        """Read the options of a command line.

        Raises
        ------
        UsageError
            When it cannot be used; the message is complete.
        click.exceptions.Exit
            When help was requested and shown.
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
            _, wanted = self.parameters[error.param.name or ""]
            return f"{max(wanted.names, key=len, default=wanted.metavar)}: {error.message}"
        return error.format_message()

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        sections: dict[str, list[tuple[str, str]]] = {title: [] for title in SECTIONS}
        for made in self.params:
            section, wanted = self.parameters.get(made.name or "", ("options", None))
            record = made.get_help_record(ctx) if wanted is None or wanted.names else (wanted.metavar, wanted.help)
            sections[section].append(record or ("", ""))
        width = max((len(name) for names in self.commands.values() for name in names), default=0)
        for title, names in self.commands.items():
            sections[title] = [(name.ljust(width), does) for name, does in names.items()]
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, each as one command that can be pasted, and the exit codes as they are."""
        if self.examples:
            with formatter.section("examples" if self.examples[1:] else "example"):
                for example in self.examples:
                    formatter.write(f"{pasted(f'backup-slr {example}', formatter.width - 2)}\n")
        formatter.write(f"\n{self.epilog}\n")


def pasted(command: str, width: int) -> str:
    r"""Wrap a command line for a shell: no word is broken, and lines are continued.

    >>> print(pasted("backup-slr witness 'role == absent'", 30))
      backup-slr witness \
          'role == absent'
    """
    # While the line is wrapped, another character stands for the blanks that must not become ends of lines.
    joined = re.sub(r"'[^']*'|--[\w-]+ (?=[^-\s])", lambda kept: kept[0].replace(" ", "\0"), command)
    lines = textwrap.wrap(joined, width - 2, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return textwrap.indent(" \\\n".join(lines), "  ").replace("\0", " ")


def _help(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        print(context.get_help())
        context.exit()
