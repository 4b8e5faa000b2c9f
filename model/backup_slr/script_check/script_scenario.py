"""One run of a script as a scenario: what the script and the environment did, step by step."""

from __future__ import annotations

from contextlib import suppress

from backup_slr.endpoint.backend.answering import Answering
from backup_slr.endpoint.recording import Recording
from backup_slr.endpoint.wire.messages import Fault
from backup_slr.script_check.account_graph import AccountGraph, ScriptedSurroundings
from backup_slr.script_check.schedule_search import JudgedRun


def script_scenario(graph: AccountGraph, run: JudgedRun, title: str) -> str:
    """The run as a scenario file that `simulate` runs."""
    account, surroundings = graph.back_at_start(), ScriptedSurroundings()
    answering, recording = Answering(account, surroundings), Recording(account)
    waits = list(run.waits)
    for at, made in enumerate(run.calls):
        while waits and waits[0][0] <= at:
            account.settle()
            account.advance(waits.pop(0)[1])
        surroundings.chosen = {}
        late = any(event.kind in ("lag", "throttle") for event in made.events)
        for event in made.events:
            if event.kind == "act":
                account.act(event.action, event.path, dict(event.inputs))
            elif event.kind == "choose":
                surroundings.chosen = dict(event.inputs)
        if not late:  # a call that was late or throttled changed nothing
            with suppress(Fault):
                answering.answer(made.call)
    account.settle()
    account.watch = None
    return recording.scenario(title)
