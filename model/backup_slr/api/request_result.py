"""How an account answered a request: the outcome, every reason, and every change."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from backup_slr.engine.core.rule import Outcome, Refusal, Rule
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.trace import changes
from backup_slr.report.provenance import to_blame

if TYPE_CHECKING:
    from backup_slr.api.account import Account


@dataclass(frozen=True)
class Reason:
    """A guard that does not hold for a request: its refusal, its clause, and the places that make it fail."""

    refusal: Refusal
    clause: str
    error_code: str | None
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f": {', '.join(self.places)}" if self.places else ""
        return f"{self.refusal.says} ({self.refusal.id}, {self.clause}){where}"


@dataclass(frozen=True)
class Difference:
    """A variable that a request changed, at a place by name (empty: of the account), with its values."""

    variable: str
    place: str
    before: str | int | bool
    after: str | int | bool

    def __str__(self) -> str:
        return f"{self.variable}{f' {self.place}' if self.place else ''}: {self.before} -> {self.after}"


@dataclass(frozen=True)
class RequestResult:
    """How an account answered a request.

    Attributes
    ----------
    outcome
        ``"done"``, ``"refused"`` or ``"failed"``.
    refusal, clause, error_code
        The first reason that applies, the clause or assumption behind it, and the AWS error code that the caller sees;
        None if the request is done.
    reasons
        Every guard that refuses the request, in the order of the rule.
    changes
        The differences between the account before and after.
    account
        The account afterwards.
    """

    action: str
    outcome: Outcome
    refusal: Refusal | None
    clause: str | None
    error_code: str | None
    reasons: tuple[Reason, ...]
    changes: tuple[Difference, ...]
    account: Account

    @property
    def done(self) -> bool:
        """Whether the request was done."""
        return self.outcome == "done"

    def __str__(self) -> str:
        lines = [f"{self.action}: {self.outcome}", *(f"  {reason}" for reason in self.reasons)]
        return "\n".join([*lines, *(f"  {change}" for change in self.changes)])

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def tried(account: Account, rule: Rule, request: Request) -> RequestResult:
    """Try an action in an account, with every reason that stands in its way."""
    machine, names, state = account.located
    step = machine.step(state, request)
    differences = (
        Difference(c.variable.name, names.place(c.place), shown(c.variable, c.before), shown(c.variable, c.after))
        for c in (changes(machine.layout, state, step.state) if step.state is not state else ())
    )
    reasons: list[Reason] = []
    for guard in machine.failing(state, request) if step.guard else ():
        blamed = to_blame(machine.layout, rule, guard, request, state)
        places = dict.fromkeys(names.place(place) for _, place in blamed if place != request.place)
        reasons.append(Reason(guard.otherwise, guard.clause, guard.shows_as, tuple(filter(None, places))))
    guard = step.guard
    return RequestResult(
        rule.action,
        step.outcome,
        guard.otherwise if guard else None,
        guard.clause if guard else None,
        guard.shows_as if guard else None,
        tuple(reasons),
        tuple(differences),
        account.after(step.state),
    )
