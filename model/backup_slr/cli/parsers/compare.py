"""Commands that ask what a change of the rules would come to."""

from __future__ import annotations

import argparse
import os

from backup_slr.cli.parsers.command import Command


def _mutate(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    group = parser.add_argument_group("which mutants")
    group.add_argument("--action", action="append", default=[], help="only mutants of this rule; may be repeated")
    group.add_argument("--operator", action="append", default=[], help="only this kind of change; may be repeated")
    group.add_argument("--mutant", metavar="ID", action="append", default=[], help="only this mutant; may be repeated")
    group = parser.add_argument_group("who judges them")
    group.add_argument("--scenarios", metavar="DIR", help="scenarios that may notice (default: simulations, if there)")
    group.add_argument(
        "--oracle", metavar="MODULE:FUNCTION", help="a function of (regions, vaults, points, assumptions) to an adapter"
    )
    parser.add_argument(
        "--jobs",
        type=options.whole(1, 1024),
        default=os.cpu_count() or 1,
        metavar="N",
        help="the number of processes (default: one a processor)",
    )
    parser.add_argument("--matrix", action="store_true", help="a line for each mutant: which judge notices it, by what")
    parser.add_argument("--picture", metavar="FILE", help="draw the kill matrix (.svg, .png)")
    options.model_options(parser)
    options.output_options(parser, markdown=True)
    options.findings_options(parser)


def _diff(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    for name, also in (("old", ""), ("new", "; with options of its own: 'now --assume NAME=VALUE'")):
        parser.add_argument(
            name, metavar=name.upper(), help=f"a file of 'rules --json', a git revision, or 'now'{also}"
        )
    options.scope_options(parser, several="Unless one is named, several small scopes are looked at.")
    options.reading_options(parser)
    options.output_options(parser, markdown=True)
    options.findings_options(parser)


COMMANDS = {
    "mutate": Command(
        "backup_slr.cli.mutate:mutate",
        "change every part of the rules, and see who notices",
        _mutate,
        "Each mutant is one change of the table. Properties, golden outcomes, scenarios and an oracle are asked; one "
        "that no request shows is equivalent, which z3 (the extra 'prove') proves for every size.",
        "examples:\n"
        "  backup-slr mutate\n"
        "  backup-slr mutate --action delete_backup_vault --matrix\n"
        "  backup-slr mutate --operator drop-guard --json",
    ),
    "diff": Command(
        "backup_slr.cli.diff:diff",
        "compare two tables of rules by what they answer",
        _diff,
        "For each action that differs, the shortest sequence of requests after which it is answered otherwise. A rule "
        "that is written otherwise and answers the same is equivalent.",
        "examples:\n"
        "  backup-slr diff HEAD~1 now\n"
        "  backup-slr diff main HEAD --format md -o comment.md\n"
        "  backup-slr diff old-rules.json new-rules.json --regions 1 --json",
    ),
}
