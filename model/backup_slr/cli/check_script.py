"""``backup-slr check-script``: run a script against every schedule of the environment."""

from __future__ import annotations

from backup_slr.api.answers import Answer
from backup_slr.api.script_checking import check_script as run
from backup_slr.cli.endpoint_options import CheckScriptOptions
from backup_slr.cli.render import note, write


def check_script(options: CheckScriptOptions) -> Answer | int:
    """Run a script against every schedule of the environment."""
    found = run(
        options.script,
        options.model.role.emulated(),
        events=options.events,
        stays_gone=options.stays_gone,
        page=options.page,
        replay=options.replay,
        calls=options.max_calls,
        schedules=options.max_schedules,
    )
    if not options.scenario:
        return found
    if found.code == 1:
        write((found.scenario(),), options.output.output)
    note("\n".join(found.text()))
    return found.code
