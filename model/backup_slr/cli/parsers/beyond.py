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


COMMANDS = {
    "prove": Command(
        "backup_slr.cli.prove:prove",
        "prove properties for any number of Regions, vaults and recovery points",
        _prove,
        "Induction with z3 (extra: pip install 'backup-slr[prove]'), one question for each property and action. The "
        "scope bounds nothing that is proved: in it a run is looked for that breaks what is not. 'not inductive' (exit "
        "code 6): an action breaks the property from some state, and no run into that state is known.",
        "examples:\n"
        "  backup-slr prove\n"
        "  backup-slr prove --without finish_deletion_task/service-using-role\n"
        "  backup-slr prove --all-assumptions --json",
    ),
}
