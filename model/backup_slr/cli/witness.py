"""``backup-slr witness``: a shortest trace to a state that an expression describes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from typing import Any

from backup_slr.api.answers import Answer
from backup_slr.cli.check import TOO_LARGE
from backup_slr.cli.command_options import WitnessOptions
from backup_slr.cli.options import LIFECYCLE, MOST_SECONDS, MOST_STATES, ScopeOptions
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note, write
from backup_slr.engine.check.exploration import Explored
from backup_slr.engine.check.memory import MIB, peak
from backup_slr.engine.check.witness import Witness, points_spoken_of, seek
from backup_slr.engine.spec.query import parse
from backup_slr.errors import shortened
from backup_slr.report.check import WHY_STOPPED
from backup_slr.report.names import Names, example_names
from backup_slr.report.scopes import scope_text
from backup_slr.report.trace_text import steps_text, trace_documents, trace_lines
from backup_slr.scenario.scenario_text import scenario_text

LONGEST = 200
"""Expressions longer than this are cut where they are only repeated."""
MOST_PLACES = 64
EXIT = {"reached": 0, "unreachable": 1, "inconclusive": 5}


@dataclass(frozen=True)
class Search:
    """What was sought, where, and what was found."""

    options: WitnessOptions
    asked: ScopeOptions
    found: Witness

    @property
    def names(self) -> Names:
        """What the places of the scope are called."""
        return example_names(LIFECYCLE, self.asked.scope)

    @property
    def begun(self) -> bool:
        """The scope was not too large to begin with."""
        return not self.asked.too_large(MOST_PLACES)


def witness(options: WitnessOptions) -> Answer | int:
    """Find a shortest trace to a state that an expression describes."""
    target = parse(options.expression, LIFECYCLE)
    avoid = parse(options.avoid, LIFECYCLE) if options.avoid is not None else None
    counted = max(1, points_spoken_of(target), points_spoken_of(avoid) if avoid is not None else 0)
    asked = options.scope.filled([counted] * len(options.scope.numbers))
    model = options.model.model
    if asked.too_large(MOST_PLACES):
        note(TOO_LARGE)
        found = Witness("inconclusive", None, Explored([[0]], stopped="states"))
    else:
        with ProgressBar() as bar:
            limits = options.bounds.limits(asked)
            found = seek(model, asked.scope, target, avoid, limits, bar.explored, options.engine.settings)
    interrupted = found.explored.stopped == "interrupted"
    search = Search(options, asked, found)
    result = Answer(
        lambda: _lines(search),
        lambda: _document(search),
        note="interrupted: it was not found so far" if interrupted else "",
        code=130 if interrupted else EXIT[found.verdict],
    )
    if not options.scenario or options.output.json:
        return result
    if found.trace is not None:
        table, without = options.model.table, options.model.left_out
        text = scenario_text(found.trace, search.names, options.expression, without, table)
        write((text,), options.output.output)
    else:
        note("\n".join([*_lines(search), *([result.note] if result.note else [])]))
    return result.code


def _document(search: Search) -> dict[str, Any]:
    options, found = search.options, search.found
    return {
        "schema_version": 1,
        "expression": options.expression,
        "avoid": options.avoid,
        "scope": dict(search.asked.numbers),
        "assumptions": dict(options.model.model.assumed),
        "without": options.model.parts,
        "verdict": found.verdict,
        "stopped": None if found.explored.stopped == "found" else found.explored.stopped,
        "trace": trace_documents(found.trace, search.names) if found.trace else None,
        "states": found.explored.count,
        "representatives": found.explored.representatives,
        "engine": found.explored.engine,
        "peak_mib": round(peak() / MIB, 1),
    }


def _lines(search: Search) -> Iterator[str]:
    options, found = search.options, search.found
    states, expression = found.explored.count, shortened(options.expression, LONGEST)
    scope = scope_text(LIFECYCLE, search.asked.scope)
    if found.trace is not None:
        yield f"reached in {steps_text(len(found.trace.steps))}, and no fewer: {expression}"
        yield from trace_lines(found.trace, search.names)
    elif found.verdict == "unreachable":
        avoiding = f", avoiding {shortened(options.avoid, LONGEST)}" if options.avoid else ""
        yield f"unreachable in this scope: {expression}{avoiding}"
        yield f"  all {states:,} states were looked at ({scope})"
        yield f"  a larger scope may still reach it: {', '.join(f'--{name}' for name in search.asked.numbers)}"
    else:
        why = WHY_STOPPED[found.explored.stopped or "interrupted"] if search.begun else "nothing was looked for"
        yield f"inconclusive: {expression}"
        yield f"  not found among the first {states:,} states ({scope}); {why}"
        if search.begun:
            yield f"  again: {_again(search)}"


def _again(search: Search) -> str:
    """The command that searches further, with the limit that was hit ten times as large."""
    options, stopped = search.options, search.found.explored.stopped
    avoid = [f"--avoid {quote(options.avoid)}"] if options.avoid else []
    states = options.scope.max_states * (10 if stopped == "states" else 1)
    limits = [f"--max-states {min(states, MOST_STATES)}"]
    if options.bounds.timeout is not None:
        seconds = options.bounds.timeout * (10 if stopped == "time" else 1)
        limits.append(f"--timeout {min(seconds, MOST_SECONDS):.9g}")
    where = [*search.asked.arguments(), *options.model.arguments()]
    return " ".join(["backup-slr witness", quote(options.expression), *avoid, *where, *limits])
