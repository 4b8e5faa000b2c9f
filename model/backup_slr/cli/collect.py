"""``backup-slr collect``: read an account with boto3, or print the script, the policy or the table of fields."""

from __future__ import annotations

from backup_slr.api.answers import Answer
from backup_slr.cli.collect_options import CollectOptions
from backup_slr.cli.model_options import LIFECYCLE
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note, write, write_lines
from backup_slr.engine.spec.inventory import Inventory
from backup_slr.inventory.boto_sender import BotoSender
from backup_slr.inventory.collector import Collector
from backup_slr.inventory.documentation_of_fields import field_documents, fields_lines, fields_markdown, policy_lines
from backup_slr.inventory.shell_script import shell_script


def collect(options: CollectOptions) -> Answer | int:
    """Write an inventory of the account, or what helps to make one."""
    inventory = LIFECYCLE.inventory
    if inventory is None:
        raise UsageError("no inventory is defined")
    chosen = [name for name in ("policy", "script", "fields") if getattr(options, name)]
    if len(chosen) > 1:
        raise UsageError(f"--{chosen[0]} and --{chosen[1]} are two different results: choose one")
    if options.fields:
        return Answer(
            lambda: fields_lines(inventory),
            lambda: {"schema_version": 1, "fields": field_documents(inventory)},
            lambda: fields_markdown(inventory),
        )
    if options.output.form != "text":
        raise UsageError("--json and --format are for --fields: all other results have one format")
    if options.policy:
        write_lines(policy_lines(inventory), options.output.output)
    elif options.script:
        write_lines(shell_script(inventory, options.chosen, not options.no_points), options.output.output)
    else:
        return _collected(options, inventory)
    return 0


def _collected(options: CollectOptions, inventory: Inventory) -> int:
    given = {call.given: options.task for call in inventory.calls if call.given and options.task is not None}
    with ProgressBar("Regions") as bar:
        sender = BotoSender(options.profile)
        collector = Collector(inventory, sender, options.chosen, not options.no_points, given)
        collector.progress = lambda name, number: bar.advance()
        write(collector.lines(), options.output.output)
    failed = collector.failures
    note(f"{collector.sent} calls, {len(failed)} without an answer")
    for outer, operation, error in failed[:20]:
        note(f"  {outer} {operation}: {error}")
    if len(failed) > 20:
        note(f"  and {len(failed) - 20} more")
    return 1 if failed else 0
