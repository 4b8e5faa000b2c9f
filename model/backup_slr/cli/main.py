"""The command line: ``backup-slr COMMAND``.

Every command keeps one contract: data on stdout, notes on stderr; 0 fine, 1 a finding, 2 a wrong command line, 3 bad
input, 4 an optional tool is missing, 5 a bound was hit before the answer was known, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from backup_slr.errors import BadInput, printable, unknown
from backup_slr.version import __version__

CONTRACT = """exit codes: 0 fine, 1 a finding, 2 wrong usage, 3 bad input, 4 an optional tool is missing,
5 a bound was hit before the answer was known, 130 interrupted"""


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
                options = re.findall(r"(?<!\S)--?[a-z][a-z-]*", self.format_help())
                self.error(unknown("option", argument.partition("=")[0], dict.fromkeys(options), show=0))
        return found, unused


Setup = Callable[[argparse.ArgumentParser], None]


def _check(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    parser.add_argument(
        "--property", metavar="ID", action="append", default=[], help="judge only this property; may be repeated"
    )
    parser.add_argument(
        "--scenarios", metavar="DIR", help="scenarios to count in the table of clauses (default: simulations, if there)"
    )
    options.scope_options(parser)
    options.model_options(parser)
    options.output_options(parser)


def _witness(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    parser.add_argument("expression", metavar="EXPR", help="what is true of the state that is sought")
    parser.add_argument("--avoid", metavar="EXPR", help="pass through no state of which this is true")
    parser.add_argument("--scenario", action="store_true", help="print the trace as a scenario file for 'simulate'")
    options.scope_options(parser, points=None)
    options.model_options(parser)
    options.output_options(parser)


def _simulate(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    parser.add_argument("files", metavar="FILE", nargs="+", help="scenario files, or folders of them")
    parser.add_argument("--quiet", "-q", action="store_true", help="one line for each scenario that passes")
    parser.add_argument("--record", action="store_true", help="write each run to the .trace file beside its scenario")
    parser.add_argument("--recorded", action="store_true", help="compare each run with the .trace file beside it")
    options.model_options(parser)
    options.output_options(parser)


def _table(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    options.model_options(parser)
    options.output_options(parser, markdown=True)


def _clauses(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scenarios", metavar="DIR", help="scenarios that may cite them (default: simulations, if there)"
    )
    _table(parser)


def _explain(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    parser.add_argument("action", metavar="ACTION", help="the name of an action (see 'backup-slr rules')")
    options.model_options(parser)
    options.output_options(parser, markdown=True)


COMMANDS: dict[str, tuple[str, str, Setup, str, str]] = {
    "check": (
        "backup_slr.cli.check:check",
        "explore every reachable state, judge every property, report clause by clause",
        _check,
        "The main job. Ends in a few seconds at its default scope.",
        "examples:\n"
        "  backup-slr check\n"
        "  backup-slr check --without delete_backup_vault/vault-has-recovery-points\n"
        "  backup-slr check --assume default-vault=needs-another-vault\n"
        "  backup-slr check --regions 1 --vaults 3 --points 2 --json",
    ),
    "witness": (
        "backup_slr.cli.check:witness",
        "the shortest trace to a state that an expression describes",
        _witness,
        "Outside any(...) and all(...): role, description, cross_account, using_role. Inside, for every Region and "
        "vault: efs_automatic_backup, vault, points, job, is_default_vault, is_efs_vault. Combined with and, or, not, "
        "( ), == != < <= > >=.",
        "examples:\n"
        "  backup-slr witness 'role == absent and cross_account'\n"
        "  backup-slr witness 'role == present and any(points > 1) and not using_role'\n"
        "  backup-slr witness 'role == absent and any(vault)' --avoid 'role == deleting'",
    ),
    "simulate": (
        "backup_slr.cli.simulate:simulate",
        "play scenario files against what they expect",
        _simulate,
        "Scenario files are TOML; the README shows one.",
        "examples:\n  backup-slr simulate simulations\n  backup-slr simulate --json my-cleanup.toml",
    ),
    "rules": (
        "backup_slr.cli.tables:rules",
        "the table of rules in English",
        _table,
        "Generated from the table, under the assumptions taken.",
        "examples:\n  backup-slr rules\n  backup-slr rules --format md -o rules.md",
    ),
    "clauses": (
        "backup_slr.cli.tables:clauses",
        "the statements of the AWS page, and what cites each",
        _clauses,
        "In our words; the page itself is known by the hashes of its sentences.",
        "example:\n  backup-slr clauses --format md",
    ),
    "assumptions": (
        "backup_slr.cli.tables:assumptions",
        "where the page is silent: the reading taken, its alternatives, the evidence",
        _table,
        "Every value can be taken with --assume NAME=VALUE.",
        "example:\n  backup-slr assumptions --assume usage-check=at-submit",
    ),
    "explain": (
        "backup_slr.cli.tables:explain",
        "why an action is refused, and what would unblock it",
        _explain,
        "Every guard in order: what it needs, what it refuses with, the clause behind it, the way past it.",
        "example:\n  backup-slr explain delete_backup_vault",
    ),
}


def parser(only: str | None = None) -> Parser:
    """The parser of the command line; with `only`, the options of the other commands are left out."""
    top = Parser(
        prog="backup-slr",
        description="The lifecycle of AWSServiceRoleForBackup as a formal model: explore it, check it, play it.",
        epilog=CONTRACT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"backup-slr {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    for name, (_, short, setup, long, examples) in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=short,
            description=f"{short[0].upper()}{short[1:]}. {long}",
            epilog=f"{examples}\n\n{CONTRACT}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if only in (None, name):
            setup(sub)
    return top


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    wanted = next((a for a in arguments if not a.startswith("-")), "")
    top = parser(wanted)
    if arguments and wanted == arguments[0] and wanted not in COMMANDS:
        top.error(unknown("command", wanted, COMMANDS))
    args = top.parse_args(arguments)
    module, _, function = COMMANDS[args.command][0].partition(":")
    command: Callable[[argparse.Namespace], int] = getattr(import_module(module), function)
    from backup_slr.cli.options import UsageError
    from backup_slr.cli.output import note

    try:
        return command(args)
    except UsageError as error:
        note(f"backup-slr {args.command}: {error}")
        return 2
    except BadInput as error:
        note(f"error: {error}")
        return 3


def _say_no_more() -> None:
    """Nothing is left to be written, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> NoReturn:
    """The entry point of the program: never a traceback for what a user does."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        if hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors="backslashreplace")
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = 130
    except BrokenPipeError:
        # Whoever read us has enough (as with "| head").
        _say_no_more()
        code = 0
    except OSError as error:
        _say_no_more()
        print(f"error: the result cannot be written: {error.strerror or error}", file=sys.stderr)
        code = 3
    except MemoryError:
        print("error: out of memory; take a smaller scope or --max-states", file=sys.stderr)
        code = 5
    raise SystemExit(code)
