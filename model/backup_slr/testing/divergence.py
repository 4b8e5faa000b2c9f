"""Divergences of an implementation from the model, and known differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from backup_slr.engine.core.model import Model
from backup_slr.errors import quoted, raised, unknown
from backup_slr.testing.adapter import Parameters, Reply

Pair: TypeAlias = "tuple[str, str | None]"
"""An action, and the id of the model's refusal (None if the model does it)."""


@dataclass(frozen=True)
class Response:
    """The answer of an implementation to a request, and its account afterwards."""

    reply: Reply | None
    account: Mapping[str, Any]
    error: Exception | None = field(default=None, compare=False)

    def __str__(self) -> str:
        if self.error is not None:
            return f"raises {raised(self.error)}"
        assert self.reply is not None
        why = ", ".join(word for word in (self.reply.because, self.reply.error_code) if word is not None)
        return f"answers {self.reply.outcome}{f' ({why})' if why else ''}"


@dataclass(frozen=True)
class Divergence:
    """An implementation answers differently from the model, or has a different account.

    `action` and `parameters` are the request, as the adapter received it. `outcome`, `refusal`, `error_code` and
    `clauses` are the answer of the model; if several are possible, the most similar one. `heard` is the answer of the
    implementation, with `heard.reply` or `heard.error`. `wrong` has a line for each difference, `because` the text of
    each clause behind the answer of the model.
    """

    action: str
    parameters: Parameters
    outcome: str
    refusal: str | None
    error_code: str | None
    clauses: tuple[str, ...]
    heard: Response
    wrong: tuple[str, ...]
    because: tuple[str, ...]
    answered: str
    severe: bool
    """Whether the outcome or the account differs, not only the refusal or error code."""

    @property
    def pair(self) -> Pair:
        """The action and the refusal of the model."""
        return self.action, self.refusal

    @property
    def line(self) -> str:
        """The differences and the model's answer on one line."""
        told = "; ".join(self.wrong or (f"the implementation {self.heard}",))
        return f"{self.action}: {told}; the model answers {self.answered} [{' '.join(self.clauses)}]"

    def lines(self) -> Iterator[str]:
        """Both answers, the clauses behind the model's, and the differences."""
        yield f"the model answers {self.answered}"
        yield from self.because
        yield f"the implementation {self.heard}"
        yield from self.wrong


class Known:
    """Known differences of an implementation, which are counted but not reported.

    A request with a known divergence is undone, unless the outcome and the account agree: the implementation is reset
    and repeats the requests so far that changed the account. So later requests start from the same account.

    Parameters
    ----------
    differences
        Pairs of an action and the id of the model's refusal (None: the model does it), or a function that receives a
        `Divergence` and returns whether it is known. A pair does not cover an exception.

    Attributes
    ----------
    met
        The number of times that each pair occurred.
    """

    def __init__(self, differences: Callable[[Divergence], bool] | Collection[Pair] = ()) -> None:
        self.differences = differences
        self.met: Counter[Pair] = Counter()

    def covers(self, found: Divergence) -> bool:
        """Return whether a divergence is known."""
        if callable(self.differences):
            return bool(self.differences(found))
        return found.heard.error is None and found.pair in self.differences

    def lines(self) -> Iterator[str]:
        """A line for each pair that occurred."""
        for (action, refusal), times in sorted(self.met.items(), key=str):
            yield f"known and ignored: {action} where the model answers {refusal or 'done'}, {times} times"


Ignore: TypeAlias = "Known | Callable[[Divergence], bool] | Collection[Pair]"


def known_to(model: Model, ignore: Ignore) -> Known:
    """Known differences, their pairs checked against a model; a `ValueError` if it has no such action or refusal."""
    known = ignore if isinstance(ignore, Known) else Known(ignore)
    if callable(known.differences):
        return known
    actions = {rule.action: [guard.otherwise.id for guard in rule.guards] for rule in model.rules}
    for pair in cast(Collection[object], known.differences):
        match pair:
            case (str(action), str() | None as refusal):
                if action not in actions:
                    raise ValueError(unknown("action", action, actions))
                if refusal is not None and refusal not in actions[action]:
                    raise ValueError(f"{action}: {unknown('refusal', refusal, actions[action])}")
            case _:
                raise ValueError(f"ignore: expected pairs (action, refusal) or a function, not {quoted(pair)}")
    return known
