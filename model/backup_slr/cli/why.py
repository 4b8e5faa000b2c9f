"""``backup-slr why``: show what blocks the deletion of the role of an account."""

from __future__ import annotations

from backup_slr.api.answers import Answer
from backup_slr.cli.command_options import WhyOptions
from backup_slr.cli.parameters import blaming


def why(options: WhyOptions) -> Answer:
    """Show what blocks the deletion of the role of an account, and who or what removes it."""
    with blaming("--keep"):
        answer = options.model.role.why(options.file, options.now, options.keep)
    return answer.verbose() if options.verbose else answer
