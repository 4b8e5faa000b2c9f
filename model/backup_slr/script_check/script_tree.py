"""What a script does, as a tree: its next move after each sequence of answers.

A deterministic script is a function from the answers so far to its next move. So it need not run again for a schedule
whose answers are known: the tree has the moves. A run in which it moves differently shows that it is not deterministic.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TypeAlias

from backup_slr.endpoint.wire.messages import HttpResponse, ServiceCall
from backup_slr.errors import BadInput, printable


@dataclass(frozen=True)
class ScriptCall:
    """The script sends a request.

    Attributes
    ----------
    call
        The request.
    key
        What distinguishes it from others.
    line
        The line of the script.
    retry
        Whether the client sends it again by itself.
    rejected
        The response, if the request is not valid, so that it does not depend on the account.
    """

    call: ServiceCall = field(compare=False)
    key: Hashable
    line: str = field(default="", compare=False)
    retry: bool = False
    rejected: HttpResponse | None = field(default=None, compare=False)

    def __str__(self) -> str:
        parameters = map(str, self.call.parameters.values())
        again = " (sent again)" if self.retry else ""
        return printable(" ".join((self.call.operation, self.call.region, *parameters)), 120) + again


@dataclass(frozen=True)
class ScriptWait:
    """The script sleeps; `passive`: only a library does, between two attempts of one call."""

    seconds: float
    passive: bool = False

    def __str__(self) -> str:
        return f"a wait of {self.seconds:g} s"


@dataclass(frozen=True)
class ScriptEnding:
    """The script ended.

    Attributes
    ----------
    code
        The exit code; negative: the signal that ended it.
    error
        The exception that it did not handle, or the signal; empty: none.
    output
        The end of its output.
    endless
        The bound that it reached, if it was stopped; empty: it ended itself.
    """

    code: int
    error: str = ""
    output: str = field(default="", compare=False)
    endless: str = ""

    def __str__(self) -> str:
        return f"the end with exit code {self.code}"


ScriptMove: TypeAlias = ScriptCall | ScriptWait | ScriptEnding


class ScriptNode:
    """The script after a sequence of answers.

    Attributes
    ----------
    move
        What it does next; None: it was not run so far.
    calls
        The number of its calls before.
    before, answer
        The node before, and what was answered there.
    """

    __slots__ = ("after", "answer", "before", "calls", "move", "waits")

    def __init__(self, before: ScriptNode | None = None, answer: int = -1) -> None:
        self.before, self.answer = before, answer
        self.move: ScriptMove | None = None
        self.after: dict[int, ScriptNode] = {}
        self.calls: int = 0
        self.waits: int = 0
        if before is not None:
            self.calls = before.calls + isinstance(before.move, ScriptCall)
            self.waits = before.waits + isinstance(before.move, ScriptWait)

    def then(self, answer: int = -1) -> ScriptNode:
        """The node after an answer; after a wait, there is one only."""
        if answer not in self.after:
            self.after[answer] = ScriptNode(self, answer)
        return self.after[answer]

    def makes(self, move: ScriptMove) -> ScriptMove:
        """Note a move of the script.

        Raises
        ------
        BadInput
            When it made another one after the same answers.
        """
        if self.move is None:
            self.move = move
        elif self.move != move:
            raise BadInput(
                f"is not deterministic: after the same answers to its first {self.calls} calls, one run continued with "
                f"{self.move}, and another with {move}. Sets, several processes at once, random numbers of its own and "
                "files that it changes are possible reasons"
            )
        return self.move

    def path(self) -> list[ScriptNode]:
        """The nodes from the first to this one."""
        nodes: list[ScriptNode] = [self]
        while nodes[-1].before is not None:
            nodes.append(nodes[-1].before)
        return nodes[::-1]
