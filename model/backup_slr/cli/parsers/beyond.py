"""Commands that go beyond one scope, or to another tool."""

from __future__ import annotations

import argparse

from backup_slr.cli.parsers.command import Command


def _prove(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    parser.add_argument(
        "--property", metavar="ID", action="append", default=[], help="prove only this property; may be repeated"
    )
    parser.add_argument(
        "--all-assumptions", action="store_true", help="under every reading: all at once, and each value by itself"
    )
    options.scope_options(parser, regions=1)
    options.model_options(parser)
    options.output_options(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    forms = ("promela", "tla", "aut", "graphml", "json")
    parser.add_argument("form", metavar="FORM", choices=forms, help=f"one of {', '.join(forms)}")
    parser.add_argument("--cfg", action="store_true", help="with tla: the configuration for TLC instead of the module")
    parser.add_argument("--check", action="store_true", help="with promela: let Spin explore it, and compare with us")
    options.scope_options(parser)
    options.model_options(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file (- for stdout)")


COMMANDS = {
    "export": Command(
        "backup_slr.cli.export:export",
        "write the model for Spin or TLC, or its graph for other tools",
        _export,
        "promela and tla hold the model with its properties of states and of steps; aut (Aldebaran), graphml and json "
        "(node-link, as networkx and d3 read it) hold the reachable states and the steps between them.",
        "examples:\n"
        "  backup-slr export promela --regions 1 -o slr.pml\n"
        "  backup-slr export promela --check\n"
        "  backup-slr export tla -o BackupSLR.tla\n"
        "  backup-slr export graphml --regions 1 --without delete_backup_vault/not-permitted -o slr.graphml",
    ),
    "prove": Command(
        "backup_slr.cli.prove:prove",
        "prove properties for any number of Regions, vaults and recovery points",
        _prove,
        "Induction with z3 (the extra 'prove': see 'backup-slr doctor'), one question for each property and action. "
        "The scope bounds nothing that is proved: in it a run is looked for that breaks what is not. 'not inductive' "
        "(exit code 6): an action breaks the property from some state, and no run into that state is known.",
        "examples:\n"
        "  backup-slr prove\n"
        "  backup-slr prove --without finish_deletion_task/service-using-role\n"
        "  backup-slr prove --all-assumptions --json",
    ),
}
