"""``backup-slr witness``: find a shortest trace to a state that satisfies an expression."""

from __future__ import annotations

from functools import partial
from shlex import quote

from backup_slr.api.answers import Answer, exit_code
from backup_slr.cli.command_options import WitnessOptions
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note, write
from backup_slr.cli.size_note import note_of_size
from backup_slr.engine.core.formula import Formula
from backup_slr.engine.spec.query import parse


def witness(options: WitnessOptions) -> Answer | int:
    """Find a shortest trace to a state that satisfies an expression."""
    limits, role = options.bounds.limits(options.scope), options.model.role
    question = ("witness", quote(options.expression), *([f"--avoid {quote(options.avoid)}"] if options.avoid else []))

    def formulas() -> list[Formula]:
        texts = filter(None, (options.expression, options.avoid))
        return [parse(text, role.lifecycle) for text in texts]

    with ProgressBar() as bar:
        found = role.witness(
            options.expression,
            options.avoid,
            engine=options.engine.settings,
            limits=limits,
            progress=bar.explored,
            exploring=partial(note_of_size, role, question, formulas, options.engine.settings, limits),
            **options.scope.given,
        )
    if not options.scenario or options.output.json:
        return found
    if found.scenario is not None:
        write((found.scenario(),), options.output.output)
        return found.code
    note("\n".join(filter(None, (str(found), found.note))))
    return found.code or exit_code("inconclusive")
