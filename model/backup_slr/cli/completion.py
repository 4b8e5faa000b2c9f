"""``backup-slr completion``: shell completion of commands, options and names, by click."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from backup_slr.cli.commands import COMMANDS
from backup_slr.cli.parameters import UsageError

if TYPE_CHECKING:
    from backup_slr.cli.command_options import CompletionOptions

PROGRAM, VARIABLE = "backup-slr", "_BACKUP_SLR_COMPLETE"
"""The variable with which the script of a shell calls the program for candidates."""


class CommandGroup(click.Group):
    """All commands as one command of click; the options of a command are imported when it is completed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names of the commands."""
        return list(COMMANDS)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """List the commands that start with a text, without importing their options."""
        return [CompletionItem(name, help=COMMANDS[name].short) for name in COMMANDS if name.startswith(incomplete)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the parser of a command."""
        return COMMANDS[cmd_name].parser(cmd_name) if cmd_name in COMMANDS else None


def completion(options: CompletionOptions) -> int:
    """Print the script of a shell."""
    from backup_slr.cli.render import write  # slow to import, and not needed to complete

    shell = options.shell or Path(os.environ.get("SHELL", "")).name
    found = get_completion_class(shell)
    if found is None:
        raise UsageError("name a shell: bash, zsh or fish")
    script = found(CommandGroup(PROGRAM), {}, PROGRAM, VARIABLE)
    write((script.source_template % script.source_vars(), "\n"), options.output.output)
    return 0


def complete(instruction: str) -> int:
    """Print candidates for the words in the environment; the completion script of a shell sends the instruction."""
    shell, _, what = instruction.partition("_")
    found = get_completion_class(shell)
    if found is None or what != "complete":
        return 1
    print(found(CommandGroup(PROGRAM), {}, PROGRAM, VARIABLE).complete())
    return 0


def candidates(kind: str, metavar: str, start: str) -> list[CompletionItem]:
    """List the values of a parameter that start with a text, by the kind of its names."""
    from backup_slr.cli.choices import DIAGRAMS
    from backup_slr.cli.model_options import LIFECYCLE

    if not kind:
        return [CompletionItem(start, type="dir" if metavar == "DIR" else "file")] if metavar in FILES else []
    names: dict[str, list[str]] = {
        "action": [rule.action for rule in LIFECYCLE.model.rules],
        "property": [asked.id for asked in LIFECYCLE.model.properties],
        "edition": [one.name for one in LIFECYCLE.editions],
        "extension": [one.name for one in LIFECYCLE.extensions],
        "assumption": [a.name for a in LIFECYCLE.model.assumptions],
        "clause": [clause.id for clause in LIFECYCLE.clauses],
    }
    names["invariant"], names["reason"] = names["property"], names["action"]
    names["subject"] = [*names["action"], *names["property"]]  # of a diagram
    names["diagram"] = list(DIAGRAMS)
    names["value"] = [f"{a.name}={value}" for a in LIFECYCLE.model.assumptions for value in a.values]
    return [CompletionItem(name) for name in names.get(kind, ()) if name.startswith(start)]


FILES = ("FILE", "FILE...", "RUNBOOK...", "DIR")
"""The metavars of parameters that name files or folders."""
