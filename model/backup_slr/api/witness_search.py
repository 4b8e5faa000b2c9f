"""Search for a state in one scope, try to prove that no scope has it, and report both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import inf, prod
from shlex import quote
from typing import TYPE_CHECKING, Any

from backup_slr.api.assumed_model import MAX_STATES, MOST_SEARCHED, MOST_SECONDS, MOST_STATES, AssumedModel
from backup_slr.api.telling import again, trace_scenario
from backup_slr.engine.check.confirm import Unconfirmed, reaches
from backup_slr.engine.check.engine import Settings
from backup_slr.engine.check.exploration import Explored, Limits, Progress, Space
from backup_slr.engine.check.memory import MIB, peak
from backup_slr.engine.check.witness import Seeker, Witness
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import FALSE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.trace import Trace
from backup_slr.engine.spec.query import parse
from backup_slr.errors import MissingTool, shortened
from backup_slr.report.check import WHY_STOPPED
from backup_slr.report.names import counted, example_names
from backup_slr.report.scopes import everywhere_text, scope_document, scope_text
from backup_slr.report.trace_text import steps_text, trace_documents, trace_lines
from backup_slr.scenario.carried_over import CarriedOver, carried_over

if TYPE_CHECKING:
    from backup_slr.scenario.explored_account import ExploredAccount

SECONDS_FOR_SIZES = 20.0
"""The time limit of the proof that a state is unreachable at every size."""
MOST_PLACES_GUIDED = 3 * MOST_SEARCHED
"""An account with more places is not searched by lower bounds either."""
LONGEST = 200
"""Longer expressions are cut where they are only repeated."""
UNREACHABLE = {
    None: "unreachable in this scope",
    "proved": "unreachable at every size (proved)",
    "not-proved": "unreachable in this scope; not proved for larger ones",
}
"""The result of a search without a trace, by that of the proof for every size (None: not tried)."""


@dataclass
class WitnessSearch:
    """A search for a state that satisfies an expression, through no state that satisfies `avoid`.

    `numbers` are those of the scope that are given. A scope that may have too many states is explored only after the
    attempt at a proof, which may make that unnecessary.
    """

    asked: AssumedModel
    expression: str
    avoid: str | None
    numbers: Mapping[str, int]
    limits: Limits
    settings: Settings
    progress: Progress | None = None
    exploring: Callable[[Space], None] = lambda _: None
    every_size: str | None = field(default=None, init=False)
    untried: str = field(default="", init=False)
    smaller_trace: Trace | None = field(default=None, init=False)
    carried: CarriedOver | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.wanted = parse(self.expression, self.asked.lifecycle)
        self.avoided = None if self.avoid is None else parse(self.avoid, self.asked.lifecycle)
        self.until = inf if self.limits.seconds is None else time.monotonic() + self.limits.seconds
        self.interrupted = False
        self.found = Witness("inconclusive", None, Explored([[0]], stopped="states"))
        scopes = self.asked.searched_scopes(self.formulas, self.numbers)
        for scope in scopes if self.settings.engine == "auto" else scopes[-1:]:
            self._search_in(scope)
            if self.found.decided or self.found.trace or self.interrupted:
                break
        if not (self.found.decided or self.found.trace or self.interrupted or self.asked.is_small(self.scope)):
            self._prove()
        if not (self.found.decided or self.every_size == "proved" or self.too_large or self.interrupted):
            self._explore()
        if self.every_size is None and self.found.trace is None and not self.interrupted:
            self._prove()
        if self.account and self.account.smaller:
            self._carry_over(self.account)

    def _search_in(self, scope: Scope) -> None:
        """Choose a scope, and search it by lower bounds if it is that of an account."""
        self.scope, places = scope, prod(scope.sizes.values())
        self.too_large = places > MOST_SEARCHED
        self.account = self.asked.explored(scope)
        self.seeker = Seeker(self.asked.model, scope, self.wanted, self.avoided, self.settings)
        if self.account and places <= MOST_PLACES_GUIDED and self.settings.engine == "auto":
            self._take(self.seeker.guided(replace(self.limits, seconds=self._left), self.progress))

    def _carry_over(self, account: ExploredAccount) -> None:
        """Let what was found in a smaller account be about the account itself, as far as it carries over."""
        small = self.found.trace
        self.found = replace(self.found, at_least=0)
        if small is None:
            return
        avoid = FALSE if self.avoided is None else self.avoided
        found = next(carried_over(account, small, [self.wanted], avoid), None)
        self.smaller_trace, self.carried = small, found
        trace = found.trace if found is not None else None
        if trace is not None and not reaches(trace, self.wanted, self.avoided):
            raise Unconfirmed(f"a trace of length {len(trace.steps)} was found that does not lead there")
        self.found = replace(self.found, verdict="reached" if found else "inconclusive", trace=trace)

    @property
    def formulas(self) -> list[Formula]:
        """The expressions as formulas."""
        return [self.wanted] if self.avoided is None else [self.wanted, self.avoided]

    @property
    def verdict(self) -> str:
        """The verdict, as in `WitnessAnswer`."""
        if self.every_size == "proved":
            return "unreachable"
        return "unreachable-in-scope" if self.found.verdict == "unreachable" else self.found.verdict

    @property
    def too_long(self) -> bool:
        """Whether a way of the account itself is known, but not as a trace."""
        return self.carried is not None and self.found.trace is None

    # ------------------------------------------------------------ the search

    @property
    def _for_proof(self) -> float:
        """The seconds that a proof may take: half of what is left."""
        return min(SECONDS_FOR_SIZES, max(0.0, (self.until - time.monotonic()) / 2))

    @property
    def _left(self) -> float | None:
        return None if self.limits.seconds is None else max(0.0, self.until - time.monotonic())

    def _explore(self) -> None:
        self.exploring(Space(self.asked.model, self.scope, ()))
        seconds = self._left
        if seconds is not None and self.every_size is None and self.found.trace is None:
            seconds -= self._for_proof
        known = self.found if self.found.guided else None
        self._take(self.seeker.exhaustive(replace(self.limits, seconds=seconds), self.progress, known))

    def _take(self, found: Witness) -> None:
        self.found = found
        self.interrupted = found.explored.stopped == "interrupted"

    def _prove(self) -> None:
        """Try to prove that no state of any scope satisfies the expression and is not to be avoided, if z3 exists.

        The proof is by induction from a new account. It also holds from an account that satisfies everything that the
        induction uses, since every step preserves that.
        """
        self.untried = self._why_untried
        if self.untried:
            return
        try:
            self.every_size = proof_everywhere(self.asked.model, self._goal, self._for_proof)
        except MissingTool:
            self.untried = "z3 is not installed"
        except KeyboardInterrupt:
            self.every_size, self.interrupted = "not-proved", True

    @property
    def _goal(self) -> Formula:
        """What holds at the end of every way."""
        return self.wanted if self.avoided is None else self.wanted & ~self.avoided

    @property
    def _why_untried(self) -> str:
        """Why a proof would not be about the account, or would fail at once; empty if there is no reason."""
        if self.account is None:
            return ""
        machine = self.account.machine
        new = (0,) * machine.layout.width
        if self.account.violated:
            return "no new account becomes this one"
        reached = any(holds(self._goal, Situation(machine.layout, state)) for state in (machine.initial, new))
        return "it holds in a new account, or in this one" if reached else ""

    # ------------------------------------------------------------ the report

    def document(self) -> dict[str, Any]:
        """The search as JSON."""
        found, lifecycle = self.found, self.asked.lifecycle
        stopped = found.explored.stopped if self.verdict == "inconclusive" and self.smaller_trace is None else None
        return {
            "schema_version": 1,
            "expression": self.expression,
            "avoid": self.avoid,
            "scope": scope_document(lifecycle, self.scope),
            "assumptions": dict(self.asked.model.assumed),
            "without": self.asked.without,
            "verdict": self.verdict,
            "every_size": self.every_size,
            "stopped": stopped,
            "trace": found.trace and trace_documents(found.trace, example_names(lifecycle, found.trace.machine.scope)),
            **({"scenario": trace_scenario(self.asked, self.expression, found.trace)} if found.trace else {}),
            "at_least": found.at_least,
            "states": found.explored.count,
            "representatives": found.explored.representatives,
            "engine": found.explored.engine,
            "peak_mib": round(peak() / MIB, 1),
            **({"account": self.account.document()} if self.account else {}),
        }

    def lines(self) -> Iterator[str]:
        """The search for people."""
        found, lifecycle = self.found, self.asked.lifecycle
        states, where = found.explored.count, scope_text(lifecycle, self.scope)
        wanted = shortened(self.expression, LONGEST)
        wanted += f", avoiding {shortened(self.avoid, LONGEST)}" if self.avoid else ""
        yield from self.account.lines() if self.account else ()
        if found.trace is not None:
            least = "shortest" if found.decided else f"no way has fewer than {found.at_least}"
            least = "there may be a shorter way" if self.carried else least
            yield f"reachable in {steps_text(len(found.trace.steps))} ({least}): {wanted}"
            yield from trace_lines(found.trace, example_names(lifecycle, found.trace.machine.scope))
            return
        if self.smaller_trace is not None and self.account:
            less = f"{steps_text(len(self.smaller_trace.steps))} in {self.account.smaller}"
            if self.carried:
                yield f"reachable in {steps_text(self.carried.steps)} (there may be a shorter way): {wanted}"
                yield f"  this way takes {less}; the account itself repeats steps of it:"
            else:
                yield f"{self.verdict}: {wanted}"
                yield f"  not shown to be reachable in the account itself; a way of {less}:"
            yield from trace_lines(self.smaller_trace, example_names(lifecycle, self.scope))
            return
        said = UNREACHABLE[self.every_size] if self.verdict != "inconclusive" else self.verdict
        if self.account and self.account.smaller and self.every_size != "proved":
            said = said.replace("this scope", self.account.smaller)
        yield f"{said}: {wanted}"
        if found.verdict == "unreachable" and found.guided:
            yield f"  explored: {counted(states, 'state')} of {where}; from all others one place alone blocks every way"
        elif found.verdict == "unreachable" and not states:
            yield "  no way begins: the initial state is one to avoid"
        elif found.verdict == "unreachable":
            yield f"  explored: all {states:,} states of {where}"
        if self.untried:
            yield f"  no proof for every size was tried: {self.untried}"
        if self.every_size == "proved":
            yield f"  proved by induction for {everywhere_text(lifecycle)}"
        elif found.verdict == "unreachable":
            if not states:
                return
            options = ", ".join(f"--{name}" for name in scope_document(lifecycle, self.scope))
            yield f"  a larger scope may reach it: {options}"
        else:
            why = WHY_STOPPED[found.explored.stopped or "interrupted"]
            if self.too_large and not found.guided:
                yield f"  nothing was explored: the scope is too large ({where})"
            else:
                yield f"  not found in the first {states:,} states of {where}; {why}"
            if found.at_least > 1:
                yield f"  every way has at least {steps_text(found.at_least)}"
            if self.every_size == "not-proved":
                yield "  not proved to be unreachable either"
            yield from self._commands()

    def _commands(self) -> Iterator[str]:
        """The commands that may find more: in a smaller scope, or with ten times the limit that was reached."""
        question = ("witness", quote(self.expression), *([f"--avoid {quote(self.avoid)}"] if self.avoid else []))
        smaller, stopped = self.asked.smaller_scope(self.scope, self.formulas), self.found.explored.stopped
        if smaller is not None:
            yield f"  in a smaller scope: {again(self.asked, smaller, *question)}"
        states, seconds = self.limits.states, self.limits.seconds
        by_states = stopped == "states" and (states < MAX_STATES or smaller is None)
        if not self.too_large and (by_states or stopped == "time"):
            command = f"{again(self.asked, self.scope, *question)} --max-states"
            command += f" {min(states * (10 if by_states else 1), MOST_STATES)}"
            if seconds is not None:
                command += f" --timeout {min(seconds * (10 if stopped == 'time' else 1), MOST_SECONDS):.9g}"
            yield f"  again: {command}"


def proof_everywhere(model: Model, wanted: Formula, seconds: float) -> str:
    """Try to prove by induction from a new account that no state of any scope satisfies a formula.

    Returns
    -------
    str
        ``"proved"`` or ``"not-proved"``.

    Raises
    ------
    MissingTool
        When no prover is installed.
    """
    from backup_slr.engine.prove.induction import Prover

    answered = answered_of(model)
    prover = Prover(model, until=time.monotonic() + seconds, known=dict(answered))
    # Without helpers of its own, it is proved by the facts, whose queries are the same for every expression.
    never = Property("always", "unreachable", "The state is unreachable", ~wanted, ())
    proved = prover.prove(never).proved
    answered |= {key: query for key, query in prover.known.items() if never not in _asked_about(key)}
    return "proved" if proved else "not-proved"


@lru_cache(maxsize=4)
def answered_of(model: Model) -> dict[object, Any]:
    """The answered queries about the invariants of a model, which every proof about it needs."""
    return {}


def _asked_about(key: Any) -> tuple[Property, ...]:
    invariant, _, beside, *_ = key
    return (invariant, *beside)
