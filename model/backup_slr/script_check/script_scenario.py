"""One run of a script as a scenario: what the script and the environment did, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from backup_slr.endpoint.recording import Recording
from backup_slr.endpoint.wire.messages import Fault
from backup_slr.script_check.account_graph import (
    THROTTLING,
    AccountGraph,
    EnvironmentEvent,
    PlainAnswering,
    ScriptedSurroundings,
)
from backup_slr.script_check.script_verdict import JudgedRun


def script_scenario(graph: AccountGraph, run: JudgedRun, title: str) -> str:
    """The run as a scenario file that `simulate` runs."""
    account, surroundings = graph.back_at_start(), ScriptedSurroundings()
    answering, recording = PlainAnswering(account, surroundings), Recording(account)
    waits = list(run.waits)

    def before(at: int, events: Sequence[EnvironmentEvent]) -> None:
        while waits and waits[0][0] <= at:
            account.settle()
            account.advance(waits.pop(0)[1])
        for event in events:
            if event.kind == "act":
                account.act(event.action, event.path, dict(event.inputs))

    for at, made in enumerate(run.calls):
        before(at, made.events)
        surroundings.chosen = {n: value for event in made.events if event.kind == "choose" for n, value in event.inputs}
        unseen = made.made.rejected is not None or (made.answer.fault is not None and made.answer.step is None)
        if not unseen and not any(event.kind in ("lag", *THROTTLING) for event in made.events):
            with suppress(Fault):
                answering.answer(made.made.call)
    before(len(run.calls), run.last)
    account.settle()
    account.watch = None
    return recording.scenario(title)
