"""``backup-slr why``: show what blocks the deletion of the role of an account."""

from __future__ import annotations

from backup_slr.api.answers import Answer
from backup_slr.api.starting import load_account
from backup_slr.cli.command_options import WhyOptions
from backup_slr.cli.parameters import blaming


def why(options: WhyOptions) -> Answer:
    """Show what blocks the deletion of the role of an account, and who or what removes it."""
    role = options.model.role
    table = role.lifecycle.having(role.table.noting(role.assume).without(role.parts))
    start = load_account(options.file, table, options.now)
    with blaming("--keep"):
        answer = role.why(start, options.now, options.keep)
    return answer.verbose() if options.verbose else answer
