"""``backup-slr witness``: find a shortest trace to a state that satisfies an expression."""

from __future__ import annotations

from backup_slr.api.answers import Answer
from backup_slr.cli.command_options import WitnessOptions
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note, write


def witness(options: WitnessOptions) -> Answer | int:
    """Find a shortest trace to a state that satisfies an expression."""
    with ProgressBar() as bar:
        found = options.model.role.witness(
            options.expression,
            options.avoid,
            engine=options.engine.settings,
            limits=options.bounds.limits(options.scope),
            progress=bar.explored,
            **options.scope.given,
        )
    if not options.scenario or options.output.json:
        return found
    if found.scenario is not None:
        write((found.scenario(),), options.output.output)
    else:
        note("\n".join(filter(None, (str(found), found.note))))
    return found.code
