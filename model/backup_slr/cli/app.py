"""The command line: ``backup-slr COMMAND``.

Every command writes data to stdout and notes to stderr, and has the exit codes of `commands.CONTRACT`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import click

from backup_slr.cli import bounds
from backup_slr.cli.command_parser import Parser
from backup_slr.cli.commands import CHECKS, COMMANDS, CONTRACT, EVERYDAY, EXAMPLES, REFERENCE
from backup_slr.cli.parameters import UsageError, argument, flag
from backup_slr.errors import BadInput, MissingTool, printable, quoted, unknown
from backup_slr.version import __version__

MEANT = {"draw": "diagram", "plot": "diagram", "verify": "check", "test": "check", "compare": "diff"}
"""Other verbs for some commands."""
DESCRIPTION = (
    "A model of the lifecycle of AWSServiceRoleForBackup: find out what blocks its deletion, test a clean-up, draw it, "
    "and check it."
)


@dataclass(frozen=True)
class ProgramOptions:
    """The options of the program without a command."""

    version: bool = flag("show the version")
    command: str = argument("COMMAND", "one of the following", required=False)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return the exit code."""
    name = arguments[0] if arguments and arguments[0] in COMMANDS else ""
    try:
        with bounds.held():
            options = parse(arguments)
            command = COMMANDS[name].load(name)
            from backup_slr.cli.render import note, write_answer
            from backup_slr.cli.walk_hint import walk_hint
            from backup_slr.engine.check.confirm import Unconfirmed
            from backup_slr.engine.check.exploration import Exhausted
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except UsageError as error:
        program = f"backup-slr {name}".rstrip()
        _error(f"{program}: {error}\nSee '{program} --help'.")
        return 2
    except BadInput as error:
        _error(f"error: {error}")
        return 3
    try:
        with bounds.bounded(options.bounds.timeout, options.bounds.memory):
            answer = command(options)
            code = bounds.code_of(answer if isinstance(answer, int) else write_answer(answer, name, options.output))
            if sys.stderr.isatty() and (hint := walk_hint(name, arguments, options, answer, code)):
                note(hint)
            return code
    except Exhausted:
        _error(f"error: {bounds.because()} before the result was complete")
        return 5
    except UsageError as error:
        _error(f"backup-slr {name}: {error}")
        return 2
    except BadInput as error:
        _error(f"error: {error}")
        return 3
    except MissingTool as error:
        _error(f"error: {error}")
        return 4
    except Unconfirmed as error:
        _error(f"internal error, no result: {error}; please report this with the command line")
        return 5


def parse(arguments: Sequence[str]) -> Any:
    """Return the options of the command that a command line names.

    Raises
    ------
    UsageError
        When the command line is wrong.
    click.exceptions.Exit
        When it requests help or the version, which was printed.
    """
    if not arguments or arguments[0] == "help":
        arguments = [*arguments[1:2], "--help"]
    if command := COMMANDS.get(arguments[0]):
        return command.parser(arguments[0]).options_of(arguments[1:])
    if not arguments[0].startswith("-"):
        for meant in get_close_matches(arguments[0], MEANT, n=1, cutoff=0.75):
            raise UsageError(f"unknown command {quoted(arguments[0])}; did you mean {quoted(MEANT[meant])}?")
        raise UsageError(unknown("command", arguments[0], (*COMMANDS, "help"), show=30))
    sections: dict[str, dict[str, str]] = {EVERYDAY: {}, CHECKS: {}, REFERENCE: {}}
    for name, command in COMMANDS.items():
        sections[command.section][name] = command.short
    sections[REFERENCE]["help"] = "show this message, or the help of one command"
    program = Parser("backup-slr", ProgramOptions, DESCRIPTION, CONTRACT, sections, EXAMPLES)
    if program.options_of(arguments).version:
        print(f"backup-slr {__version__}")
        raise click.exceptions.Exit
    raise UsageError("name a command")


def _error(message: str) -> None:
    print("\n".join(printable(line, None) for line in message.split("\n")), file=sys.stderr, flush=True)
