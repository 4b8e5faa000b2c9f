"""Commands that play scenarios."""

from __future__ import annotations

import argparse

from backup_slr.cli.parsers.command import Command


def _simulate(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    parser.add_argument("files", metavar="FILE", nargs="+", help="scenario files, or folders of them")
    parser.add_argument("--quiet", "-q", action="store_true", help="one line for each scenario that passes")
    parser.add_argument("--record", action="store_true", help="write each run to the .trace file beside its scenario")
    parser.add_argument("--recorded", action="store_true", help="compare each run with the .trace file beside it")
    options.model_options(parser)
    options.output_options(parser)


COMMANDS = {
    "simulate": Command(
        "backup_slr.cli.simulate:simulate",
        "play scenario files against what they expect",
        _simulate,
        "Scenario files are TOML; the README shows one.",
        "examples:\n  backup-slr simulate simulations\n  backup-slr simulate --json my-cleanup.toml",
    ),
}
