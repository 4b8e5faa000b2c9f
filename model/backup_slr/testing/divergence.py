"""How an implementation and the model part, and which such differences are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from backup_slr.engine.core.model import Model
from backup_slr.errors import quoted, raised, unknown
from backup_slr.testing.adapter import Parameters, Reply

Pair: TypeAlias = "tuple[str, str | None]"
"""An action, and the id of the refusal with which the model answers it; None where the model does it."""


@dataclass(frozen=True)
class Response:
    """What an implementation answered to a request, and the account that it showed afterwards."""

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
    """An implementation answers or holds something else than the model.

    `action` and `parameters` are the request, as the adapter received it. `outcome`, `refusal`, `error_code` and
    `clauses` are the answer of the model; where chance leaves it several, the one that differs least. `heard` is the
    answer of the implementation, with `heard.reply` or `heard.error`. `wrong` has a sentence for each difference.
    `because` has the answer of the model in words, with the text of its clauses.
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
    """The outcome or the account differs, and not only what is said about it."""

    @property
    def pair(self) -> Pair:
        """The action and the refusal of the model."""
        return self.action, self.refusal

    @property
    def line(self) -> str:
        """The differences and the answer of the model on one line."""
        told = "; ".join(self.wrong or (f"the implementation {self.heard}",))
        return f"{self.action}: {told}; the model answers {self.answered} [{' '.join(self.clauses)}]"

    def lines(self) -> Iterator[str]:
        """The answers of both, with the clauses behind the model's, and how they differ."""
        yield f"the model answers {self.answered}"
        yield from self.because
        yield f"the implementation {self.heard}"
        yield from self.wrong


class Known:
    """Known differences of an implementation: not reported, but counted.

    A request whose divergence is known is taken back, unless the outcome and the account agree: the implementation is
    reset and performs once more the requests so far that changed the account. So what comes later is compared on equal
    terms.

    Parameters
    ----------
    differences
        Pairs of an action and the id of the refusal with which the model answers it (None: the model does it); or a
        function that receives a `Divergence` and returns whether it is known. A pair does not cover an exception.

    Attributes
    ----------
    met
        How many times each pair was met.
    """

    def __init__(self, differences: Callable[[Divergence], bool] | Collection[Pair] = ()) -> None:
        self.differences = differences
        self.met: Counter[Pair] = Counter()

    def covers(self, found: Divergence) -> bool:
        """Whether a divergence is known."""
        if callable(self.differences):
            return bool(self.differences(found))
        return found.heard.error is None and found.pair in self.differences

    def lines(self) -> Iterator[str]:
        """A line for each pair that was met."""
        for (action, refusal), times in sorted(self.met.items(), key=str):
            yield f"known and ignored: {action} where the model answers {refusal or 'done'}, {times} times"


Ignore: TypeAlias = "Known | Callable[[Divergence], bool] | Collection[Pair]"


def known_to(model: Model, ignore: Ignore) -> Known:
    """Known differences, their pairs checked against a model.

    Raises
    ------
    ValueError
        When what should be a pair is none, or the model has no such action or refusal.
    """
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
