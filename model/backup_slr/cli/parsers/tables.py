"""Commands that print the tables."""

from __future__ import annotations

import argparse

from backup_slr.cli.parsers.command import Command


def _table(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    options.model_options(parser)
    options.output_options(parser, markdown=True)


def _clauses(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    parser.add_argument("--page", metavar="FILE", help="a saved copy of the page (HTML, text or Markdown): its drift")
    parser.add_argument("--old-page", metavar="FILE", help="an older copy, to show word by word what changed since")
    parser.add_argument(
        "--scenarios", metavar="DIR", help="scenarios that may cite them (default: simulations, if there)"
    )
    parser.add_argument("--tests", metavar="DIR", help="tests that may cite them (default: tests, if there)")
    _table(parser)
    options.findings_options(parser)


def _explain(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    parser.add_argument("action", metavar="ACTION", help="the name of an action (see 'backup-slr rules')")
    options.model_options(parser)
    options.output_options(parser, markdown=True)


COMMANDS = {
    "rules": Command(
        "backup_slr.cli.tables:rules",
        "the table of rules in English",
        _table,
        "Generated from the table, under the assumptions taken.",
        "examples:\n  backup-slr rules\n  backup-slr rules --format md -o rules.md",
    ),
    "clauses": Command(
        "backup_slr.cli.tables:clauses",
        "the statements of the AWS page, and what cites each",
        _clauses,
        "In our words; the page itself is known by the hashes of its sentences. With --page, exit code 1 if the "
        "copy has drifted away from them.",
        "examples:\n  backup-slr clauses --format md\n  backup-slr clauses --page saved.html --sarif drift.sarif",
    ),
    "assumptions": Command(
        "backup_slr.cli.tables:assumptions",
        "where the page is silent: the reading taken, its alternatives, the evidence",
        _table,
        "Every value can be taken with --assume NAME=VALUE.",
        "example:\n  backup-slr assumptions --assume usage-check=at-submit",
    ),
    "explain": Command(
        "backup_slr.cli.tables:explain",
        "why an action is refused, and what would unblock it",
        _explain,
        "Every guard in order: what it needs, what it refuses with, the clause behind it, the way past it.",
        "example:\n  backup-slr explain delete_backup_vault",
    ),
}
