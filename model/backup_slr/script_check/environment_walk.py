"""The script and the environment together: positions, and the moves between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from backup_slr.script_check.account_graph import THROTTLING, AccountGraph, CallAnswer, EnvironmentEvent, Number
from backup_slr.script_check.script_tree import ScriptCall, ScriptEnding, ScriptNode, ScriptWait
from backup_slr.script_check.script_verdict import ScriptVerdict, verdict_of

SILENT = EnvironmentEvent("throttle")
"""The answer to the attempts of a call that is throttled until the client gives up."""


class WalkPosition(NamedTuple):
    """A script after some answers, and the account there.

    Two runs that reach equal positions have the same future: everything that an answer, an event or a verdict depends
    on is here. `earlier` is the state before the last change, which a list that lags still shows; `reached`, whether
    the goal was reached since the start; `throttled`, whether further attempts of the last call are throttled.
    """

    node: ScriptNode
    state: Number
    earlier: Number
    reached: bool = False
    throttled: bool = False


class EnvironmentWalk:
    """The moves from a position.

    Parameters
    ----------
    graph
        The account.
    stays_gone
        Whether the environment acts after the last call even if the goal is reached then.
    """

    def __init__(self, graph: AccountGraph, stays_gone: bool = False) -> None:
        self.graph, self.stays_gone = graph, stays_gone

    def start(self, root: ScriptNode) -> WalkPosition:
        """The position before the script starts."""
        return WalkPosition(root, self.graph.start, self.graph.start)

    def _moved(self, position: WalkPosition, state: Number) -> WalkPosition:
        if state == position.state:
            return position
        reached = position.reached or self.graph.at_goal(state)
        return position._replace(state=state, earlier=position.state, reached=reached)

    def waited(self, position: WalkPosition) -> WalkPosition:
        """The position after the waits of the script, before its next call or its end, or where it is unknown."""
        while isinstance(wait := position.node.move, ScriptWait):
            position = self.slept(position, wait)
        return position

    def slept(self, position: WalkPosition, wait: ScriptWait) -> WalkPosition:
        """The position after one wait."""
        position = self._moved(position, self.graph.wait(position.state, wait.seconds, wait.passive))
        return position._replace(node=position.node.then())

    def answered(
        self, position: WalkPosition, event: EnvironmentEvent | None = None
    ) -> tuple[CallAnswer, WalkPosition]:
        """The answer to the call of the script, and the position afterwards; `event` is about this call."""
        call = position.node.move
        assert isinstance(call, ScriptCall)
        if self._silenced(position, call):
            event = SILENT
        lagging = event is not None and event.kind == "lag"
        answer, after = self.graph.answer(position.earlier if lagging else position.state, call, event)
        if not lagging:
            position = self._moved(position, after)
        throttled = event is not None and event.kind == THROTTLING[0]
        return answer, position._replace(node=position.node.then(answer.number), throttled=throttled)

    def _silenced(self, position: WalkPosition, call: ScriptCall) -> bool:
        return position.throttled and call.retry

    def events(self, position: WalkPosition) -> tuple[EnvironmentEvent, ...]:
        """What the environment can do before the call of the script, or for it; or after its end."""
        match position.node.move:
            case ScriptCall() as call if not self._silenced(position, call):
                return self.graph.events(position.state, position.earlier, call)
            case ScriptEnding(code=0, endless="") if self.stays_gone or not self.graph.at_goal(position.state):
                # Until everything has ended. A script that reports a failure has reported it.
                return self.graph.acts(position.state)
            case _:
                return ()

    def after(self, position: WalkPosition, event: EnvironmentEvent) -> WalkPosition:
        """The position after an event."""
        if event.kind == "act":
            return self._moved(position, self.graph.take(position.state, event))
        return self.answered(position, event)[1]

    def verdict(self, position: WalkPosition) -> ScriptVerdict:
        """The verdict at the end of the script."""
        ending = position.node.move
        assert isinstance(ending, ScriptEnding)
        position = self._moved(position, self.graph.wait(position.state, 0))
        return verdict_of(ending, self.graph.at_goal(position.state), position.reached)

    def alone(self, position: WalkPosition) -> Iterator[WalkPosition]:
        """The positions that follow without an event, each before a call or an end; the last may be unknown."""
        while True:
            position = self.waited(position)
            yield position
            if not isinstance(position.node.move, ScriptCall):
                return
            position = self.answered(position)[1]
