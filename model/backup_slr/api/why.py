"""The answer to "why can't I delete this role?" for callers and for the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from backup_slr.advice.obstacles import AccountObstacle
from backup_slr.advice.unfinished import settle
from backup_slr.advice.why import Verdict, Why
from backup_slr.advice.why_document import why_document
from backup_slr.advice.why_report import why_lines, why_markdown
from backup_slr.api.answers import DetailedAnswer
from backup_slr.scenario.explored_account import as_explored


@dataclass(frozen=True)
class WhyAnswer(DetailedAnswer):
    """What blocks the deletion of a role, and who or what removes it.

    Attributes
    ----------
    verdict
        ``"deleted"``, ``"now"``, ``"after-steps"``, ``"not-before"``, ``"never"`` or ``"undecided"``.
    deletable
        Whether it is certain that the role can be deleted now, or does not exist.
    not_before
        The date that decides, as far as it is known.
    obstacles
        The obstacles that can be removed, in an order in which they can.
    permanent
        What nothing removes: in each list, all of it is the case at the same places.
    why
        The whole analysis.
    """

    verdict: Verdict = "undecided"
    deletable: bool = False
    not_before: datetime | None = None
    obstacles: tuple[AccountObstacle, ...] = field(default=(), repr=False)
    permanent: tuple[tuple[AccountObstacle, ...], ...] = field(default=(), repr=False)
    why: Why | None = field(default=None, repr=False)


def why_answer(why: Why) -> WhyAnswer:
    """The answer of an analysis; if that is interrupted, what is known by then."""
    settle(why)
    account = as_explored(why.start, why.model)
    interrupted = ("interrupted; showing partial results",) if why.missing else ()
    return WhyAnswer(
        partial(why_lines, why),
        lambda: {**why_document(why), "violates": list(account.violated)},
        partial(why_markdown, why),
        code=130 if why.missing else 0 if why.deletable else 1,
        note="\n".join((*account.notes(), *interrupted)),
        verdict=why.verdict,
        deletable=why.deletable,
        not_before=why.date,
        obstacles=tuple(why.obstacles),
        permanent=tuple(map(tuple, why.permanent)),
        why=why,
    )
