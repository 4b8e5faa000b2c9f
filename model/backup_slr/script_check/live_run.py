"""One run of the script in a host: the answers that lead to a position, and from there on those without an event."""

from __future__ import annotations

from typing import Any

from backup_slr.errors import BadInput
from backup_slr.script_check.environment_walk import EnvironmentWalk, WalkPosition
from backup_slr.script_check.host_link import packed_answer, unpacked
from backup_slr.script_check.script_tree import ScriptCall, ScriptEnding, ScriptNode, ScriptWait

WAITS = 10
"""A run with more waits than this number for each permitted call does not end."""


class LiveRun:
    """A run that a host performs.

    Parameters
    ----------
    walk
        The account and its environment.
    position
        Where the moves of the script become unknown.
    most
        The largest number of calls.
    """

    def __init__(self, walk: EnvironmentWalk, position: WalkPosition, most: int) -> None:
        self._walk, self.position, self._most = walk, position, most
        self._path = position.node.path()
        self._at = 0
        self._here: WalkPosition | None = None
        self.calls = 0
        self._said: ScriptEnding | None = None
        self._advance()

    @property
    def _node(self) -> ScriptNode:
        return self._path[self._at] if self._here is None else self._here.node

    def _advance(self) -> None:
        """Follow the position, once the known part of the run is over."""
        if self._here is None and self._at == len(self._path) - 1:
            self._here = self.position

    def call(self, request: list[Any], line: str) -> list[Any] | None:
        """The answer to a request of the script; None if it has made too many.

        Raises
        ------
        BadInput
            When the script is not deterministic.
        """
        node = self._node
        if node.calls >= self._most:
            return None
        self.calls += 1
        made = node.makes(self._walk.graph.read(unpacked(request), line))
        assert isinstance(made, ScriptCall)
        if self._here is not None:
            answer, self._here = self._walk.answered(self._here)
            return packed_answer(answer.response)
        self._at += 1
        response = self._walk.graph.responses[self._path[self._at].answer]
        self._advance()
        return packed_answer(response)

    def wait(self, seconds: float, passive: bool) -> bool:
        """Let the script wait; false if it has waited too often."""
        node = self._node
        if node.waits >= WAITS * self._most:
            return False
        made = node.makes(ScriptWait(seconds, passive))
        assert isinstance(made, ScriptWait)
        if self._here is not None:
            self._here = self._walk.slept(self._here, made)
        else:
            self._at += 1
            self._advance()
        return True

    def end(self, ending: ScriptEnding) -> None:
        """Note how the run ended.

        Raises
        ------
        BadInput
            When the script is not deterministic.
        """
        if ending.endless and self._here is None:
            raise BadInput(f"was stopped ({ending.endless}) where another run with the same answers continued")
        self._node.makes(ending)
