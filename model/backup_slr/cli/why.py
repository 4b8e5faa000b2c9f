"""``backup-slr why`` and ``plan``: what blocks the deletion of the role of an account, and the steps to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from backup_slr.api.answers import Answer
from backup_slr.api.planning import plan_answer
from backup_slr.api.role_model import RoleModel
from backup_slr.api.starting import load_account
from backup_slr.cli.choices import PLAN_SUFFIXES
from backup_slr.cli.command_options import PlanOptions, WhyOptions
from backup_slr.cli.parameters import blaming
from backup_slr.cli.render import note, write, write_answer

INTERRUPTED = 130


def why(options: WhyOptions) -> Answer:
    """Show what blocks the deletion of the role of an account, and who or what removes it."""
    start = load_account(options.file, options.model.lifecycle, options.now)
    # The account may bring extensions, whose assumptions and parts the options can name too.
    table = start.lifecycle.model
    start = replace(start, lifecycle=start.lifecycle.having(options.model.applied_to(table)))
    role = RoleModel(start.lifecycle, options.model.assumed(table))
    with blaming("--keep"):
        answer = role.why(start, options.now, options.keep)
    return answer.verbose() if options.verbose else answer


def plan(options: PlanOptions) -> Answer | int:
    """Find the plan of an account."""
    start = load_account(options.file, options.model.lifecycle, options.now)
    start = replace(start, assume={**start.assume, **options.model.assumed(start.lifecycle.model)})
    with blaming("--keep"):
        answer = plan_answer(start, options.keep, options.now)
    answer = answer.verbose() if options.verbose else answer
    by_name = PLAN_SUFFIXES.get(Path(options.output.output or "").suffix.lower(), "text")
    form = "json" if options.output.json else options.format or by_name
    if form in ("text", "md", "json"):
        return write_answer(answer, "plan", replace(options.output, format=form))
    if answer.note:
        note(answer.note)
    if answer.reached or answer.code != INTERRUPTED:
        write((answer.program(form),), options.output.output)
    return answer.code
