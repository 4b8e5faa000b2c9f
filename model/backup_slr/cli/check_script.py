"""``backup-slr check-script``: run a script against every schedule of the environment."""

from __future__ import annotations

from backup_slr.api.answers import Answer
from backup_slr.api.script_checking import check_script as check
from backup_slr.cli.endpoint_options import CheckScriptOptions
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note, write


def check_script(options: CheckScriptOptions) -> Answer | int:
    """Run a script against every schedule of the environment."""
    with ProgressBar("schedules") as bar:
        found = check(
            options.script,
            options.model.role.emulated(),
            arguments=options.arguments,
            events=options.events,
            stays_gone=options.stays_gone,
            throttling=options.throttling,
            page=options.page,
            replay=options.replay,
            calls=options.max_calls,
            schedules=options.max_schedules,
            seconds=options.max_seconds,
            jobs=options.jobs,
            progress=lambda schedules, runs: bar.show(f"{schedules:,} schedules, {runs:,} runs of the script"),
        )
    if not options.scenario:
        return found
    if found.failing:
        write((found.scenario(),), options.output.output)
    note("\n".join(found.text()))
    return found.code
