"""Commands that ask about everything that can be reached."""

from __future__ import annotations

import argparse

from backup_slr.cli.parsers.command import Command


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
    options.findings_options(parser)


def _witness(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    parser.add_argument("expression", metavar="EXPR", help="what is true of the state that is sought")
    parser.add_argument("--avoid", metavar="EXPR", help="pass through no state of which this is true")
    parser.add_argument("--scenario", action="store_true", help="print the trace as a scenario file for 'simulate'")
    options.scope_options(parser, points=None)
    options.model_options(parser)
    options.output_options(parser)


COMMANDS = {
    "check": Command(
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
    "witness": Command(
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
}
