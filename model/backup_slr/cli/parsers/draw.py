"""Commands that draw, and the one that tells what can be drawn with."""

from __future__ import annotations

import argparse

from backup_slr.cli.parsers.command import Command

NAMES = (
    "lifecycle",
    "teardown",
    "dependencies",
    "sequence",
    "decision",
    "reachable",
    "traceability",
    "counterexample",
    "difference",
)
FORMATS = ("svg", "png", "dot", "mermaid", "plantuml", "md", "json", "graphml", "scxml", "html", "csv")


def _said(value: str) -> str:
    """Nothing between two quotation marks is no name of anything."""
    if not value.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return value


def _diagram(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    parser.add_argument("name", metavar="NAME", nargs="?", help=f"one of {', '.join(NAMES)}")
    parser.add_argument(
        "subject",
        metavar="SUBJECT",
        nargs="?",
        help="of decision: the action; of counterexample: the property; of difference: the old table (see 'diff')",
    )
    parser.add_argument("other", metavar="NEW", nargs="?", help="of difference: the new table")
    group = parser.add_argument_group("which picture")
    group.add_argument("--all", action="store_true", help="make the whole gallery (in the folder diagrams, or -o DIR)")
    group.add_argument("--check", action="store_true", help="with --all: only tell whether the gallery is current")
    group.add_argument(
        "--abstract",
        metavar="NAME|EXPR,...",
        type=_said,
        help="of lifecycle, reachable, difference: what tells states apart: role, obstacles, features, left, "
        "or expressions",
    )
    group.add_argument("--via", type=_said, metavar="HOW", help="of teardown: console (default), cli or api")
    group.add_argument("--scenario", metavar="FILE", type=_said, help="of sequence: the scenario to play")
    group.add_argument(
        "--trace",
        metavar="FILE",
        type=_said,
        help="of sequence: a run as JSON, from simulate, witness or check (- for stdin)",
    )
    group.add_argument("--raw", action="store_true", help="of reachable: every state; as data only")
    group.add_argument(
        "--scenarios", metavar="DIR", type=_said, help="of traceability: scenarios (default: simulations, if there)"
    )
    group.add_argument(
        "--tests", metavar="DIR", type=_said, help="of traceability: tests with marks (default: tests, if there)"
    )
    options.scope_options(parser, regions=1, vaults=3)
    options.model_options(parser)
    group = parser.add_argument_group("output")
    group.add_argument(
        "--format",
        "-f",
        metavar="FORMAT",
        type=_said,
        help=f"one of {', '.join(FORMATS)} (default: what the name of the file says, else mermaid)",
    )
    group.add_argument("--renderer", default="auto", metavar="NAME", help="auto (default), wasi or dot")
    group.add_argument(
        "--theme", default="auto", metavar="THEME", help="auto (default: as the reader has it), light, dark"
    )
    group.add_argument("--json", action="store_true", help="the same as --format json")
    group.add_argument(
        "-o", "--output", metavar="FILE", type=_said, help="write to a file (- for stdout); with --all, a folder"
    )


def _doctor(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    options.output_options(parser)


COMMANDS = {
    "diagram": Command(
        "backup_slr.cli.diagram:diagram",
        "draw one view of the model, or the whole gallery",
        _diagram,
        "Every picture is computed from the table of rules and names the clauses behind it.",
        "examples:\n"
        "  backup-slr diagram lifecycle -o lifecycle.svg\n"
        "  backup-slr diagram reachable --abstract 'role, cross_account, any(points > 0)'\n"
        "  backup-slr diagram decision delete_backup_vault --format mermaid\n"
        "  backup-slr diagram sequence --scenario simulations/clean-up-in-the-console.toml -o run.svg\n"
        "  backup-slr diagram counterexample recovery_points_lie_in_vaults "
        "--without delete_backup_vault/vault-has-recovery-points\n"
        "  backup-slr diagram difference HEAD~1 now -o change.svg\n"
        "  backup-slr diagram difference now 'now --assume default-vault=needs-another-vault'\n"
        "  backup-slr diagram --all --check",
    ),
    "doctor": Command(
        "backup_slr.cli.doctor:doctor",
        "tell which optional tools are there, and how to get the others",
        _doctor,
        "Nothing is installed or changed.",
        "example:\n  backup-slr doctor",
    ),
}
