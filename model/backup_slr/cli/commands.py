"""The command line: ``backup-slr COMMAND``.

Every command keeps one contract: data on stdout, notes on stderr; 0 fine, 1 a finding, 2 a wrong command line, 3 bad
input, 4 an optional tool is missing, 5 a bound was hit before the answer was known, 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from backup_slr.cli import bounds
from backup_slr.cli.parsers import beyond, compare, draw, explore, play, runbook, tables
from backup_slr.cli.parsers.command import Command
from backup_slr.errors import BadInput, MissingTool, printable, unknown
from backup_slr.version import __version__

CONTRACT = """exit codes: 0 fine, 1 a finding, 2 wrong usage, 3 bad input, 4 an optional tool is missing,
5 a bound was hit before the answer was known, 6 not proved and not refuted ('prove'),
130 interrupted, 141 the reader closed the pipe, 143 terminated"""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints name the nearest option, and which never guesses at abbreviated ones."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {printable(message, 300)}\nSee '{self.prog} --help'.", file=sys.stderr)
        raise SystemExit(2)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        found, unused = super().parse_known_args(args, namespace or argparse.Namespace())
        for argument in unused:
            if argument.startswith("-"):
                known = [name for action in self._actions for name in action.option_strings]
                self.error(unknown("option", argument.partition("=")[0], known, show=0))
        if unused:  # said by the parser of the command, whose help says more than that of the program
            self.error(f"unrecognized arguments: {' '.join(unused)}")
        return found, unused


COMMANDS: dict[str, Command] = {
    **explore.COMMANDS,
    **beyond.COMMANDS,
    **compare.COMMANDS,
    **play.COMMANDS,
    **runbook.COMMANDS,
    **draw.COMMANDS,
    **tables.COMMANDS,
}


def parser(only: str | None = None) -> Parser:
    """The parser of the command line; with `only`, the options of the other commands are left out."""
    from backup_slr.cli.options import bound_options

    top = Parser(
        prog="backup-slr",
        description="The lifecycle of AWSServiceRoleForBackup as a formal model: explore it, check it, play it.",
        epilog=CONTRACT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"backup-slr {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    for name, command in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=command.short,
            description=f"{command.short[0].upper()}{command.short[1:]}. {command.long}",
            epilog=f"{command.examples}\n\n{CONTRACT}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if only in (None, name):
            command.setup(sub)
            bound_options(sub)
    return top


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    wanted = next((a for a in arguments if not a.startswith("-")), "")
    top = parser(wanted)
    if arguments and wanted == arguments[0] and wanted not in COMMANDS:
        top.error(unknown("command", wanted, COMMANDS))
    args = top.parse_args(arguments)
    module, _, function = COMMANDS[args.command].function.partition(":")
    with bounds.held():
        command: Callable[[argparse.Namespace], int] = getattr(import_module(module), function)
        from backup_slr.cli.options import UsageError, memory
        from backup_slr.cli.output import note
        from backup_slr.engine.check.confirm import Unconfirmed
        from backup_slr.engine.check.exploration import Exhausted

    try:
        with bounds.bounded(args.timeout, memory(args)):
            return bounds.code_of(command(args))
    except Exhausted:
        note(f"error: {bounds.because()} before the result was complete")
        return 5
    except UsageError as error:
        note(f"backup-slr {args.command}: {error}")
        return 2
    except BadInput as error:
        note(f"error: {error}")
        return 3
    except MissingTool as error:
        note(f"error: {error}")
        return 4
    except Unconfirmed as error:
        note(f"internal error, no answer is given: {error}; please report this with the command line")
        return 5
