"""The command line: ``backup-slr COMMAND``.

Every command keeps one contract: data on stdout, notes on stderr; 0 fine, 1 a finding, 2 a wrong command line, 3 bad
input, 4 an optional tool is missing, 5 a bound was hit before the answer was known, 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from backup_slr.cli import bounds
from backup_slr.cli.commands import COMMANDS, CONTRACT
from backup_slr.cli.parameters import Parser, UsageError, argument, flag
from backup_slr.errors import BadInput, MissingTool, printable, unknown
from backup_slr.version import __version__

DESCRIPTION = "The lifecycle of AWSServiceRoleForBackup as a formal model: explore it, check it, play it."


@dataclass(frozen=True)
class ProgramOptions:
    """What the program understands without a command."""

    version: bool = flag("show the version")
    command: str = argument("COMMAND", "one of the following", required=False)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    name = arguments[0] if arguments and arguments[0] in COMMANDS else ""
    try:
        with bounds.held():
            options = parse(arguments)
            command = COMMANDS[name].load(name)
            from backup_slr.cli.render import write_answer
            from backup_slr.engine.check.confirm import Unconfirmed
            from backup_slr.engine.check.exploration import Exhausted
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except UsageError as error:
        program = f"backup-slr {name}".rstrip()
        _error(f"{program}: {error}\nSee '{program} --help'.")
        return 2
    try:
        with bounds.bounded(options.bounds.timeout, options.bounds.memory):
            answer = command(options)
            return bounds.code_of(answer if isinstance(answer, int) else write_answer(answer, name, options.output))
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
        _error(f"internal error, no answer is given: {error}; please report this with the command line")
        return 5


def parse(arguments: Sequence[str]) -> Any:
    """The options of the command that a command line names.

    Raises
    ------
    UsageError
        When it makes no sense.
    click.exceptions.Exit
        When it asks for help or the version, which was printed.
    """
    if arguments and (command := COMMANDS.get(arguments[0])):
        return command.parser(arguments[0]).options_of(arguments[1:])
    if arguments and not arguments[0].startswith("-"):
        raise UsageError(unknown("command", arguments[0], COMMANDS))
    commands = {name: command.short for name, command in COMMANDS.items()}
    epilog = f"{CONTRACT}\n\nSee 'backup-slr COMMAND --help'."
    if Parser("backup-slr", ProgramOptions, DESCRIPTION, epilog, commands).options_of(arguments).version:
        print(f"backup-slr {__version__}")
        raise click.exceptions.Exit
    raise UsageError("Missing argument 'COMMAND'.")


def _error(message: str) -> None:
    print("\n".join(printable(line, None) for line in message.split("\n")), file=sys.stderr, flush=True)
