"""``backup-slr why``: show what blocks the deletion of the role of an account."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from backup_slr.api.answers import Answer
from backup_slr.cli.command_options import WhyOptions


def why(options: WhyOptions) -> Answer:
    """Show what blocks the deletion of the role of an account, and who or what removes it."""
    answer = options.model.role.why(options.file, options.now)
    return replace(answer, text=partial(answer.lines, verbose=options.verbose))
