"""What is asked of all reachable states: check, witness, prove."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from math import prod
from typing import TYPE_CHECKING

from backup_slr.api.answers import (
    CheckAnswer,
    ProofAnswer,
    Verdict,
    WitnessAnswer,
    exit_code,
    until_interrupted,
)
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.selection import action_named, check_value, part_of
from backup_slr.errors import BadInput, unknown

if TYPE_CHECKING:
    from backup_slr.engine.check.engine import Settings
    from backup_slr.engine.check.exploration import Limits, Progress
    from backup_slr.engine.prove.induction import Invariant

MAX_STATES = 20_000_000
"""The most states that are explored unless another number is given."""
MOST_CHECKED, MOST_SEARCHED = 25, 64
"""Scopes with more places than these are refused at once: to spell out their transitions would take too long."""
SAFETY = ("always", "step", "sometimes")


class AssumedModel:
    """The rules of a role under chosen assumptions, and what can be asked of all states that they lead to.

    Attributes
    ----------
    table, model
        The rules with all of their readings; and as they are assumed, without the parts that are left out.
    assume, without, rules
        What was asked for: values of assumptions, parts that are left out, the file of the table.
    """

    def __init__(
        self, lifecycle: Lifecycle, assume: Mapping[str, str], without: Iterable[str] = (), rules: str | None = None
    ) -> None:
        self.table, self.assume, self.rules = lifecycle.model, dict(assume), rules
        for name, value in self.assume.items():
            check_value(self.table, name, value)
        model = self.table.assuming(self.assume)
        self.without = list(dict.fromkeys(without))
        self.parts = [part_of(model, part) for part in self.without]
        self.model = model.without(self.parts)
        self.lifecycle = lifecycle.having(self.model)

    @property
    def assumptions(self) -> dict[str, str]:
        """The value of each assumption."""
        return dict(self.model.assumed)

    @property
    def actions(self) -> tuple[str, ...]:
        """The names of all actions."""
        return tuple(rule.action for rule in self.model.rules)

    @property
    def properties(self) -> tuple[str, ...]:
        """The ids of all properties."""
        return tuple(p.id for p in self.model.properties)

    def rule(self, action: str) -> Rule:
        """The rule of an action or API operation; raises BadInput if there is none, or several."""
        return action_named(action, self.model)

    def known_properties(self, names: Iterable[str]) -> dict[str, Property]:
        """All properties that are judged, by name; raises BadInput if one of these names is not among them."""
        from backup_slr.engine.check.results import EVERY_OUTCOME

        every = {p.id: p for p in (*self.model.properties, EVERY_OUTCOME)}
        for name in names:
            self._known("property", name, every)
        return every

    def check(
        self,
        *properties: str,
        seconds: float | None = None,
        max_states: int = MAX_STATES,
        engine: str | Settings = "auto",
        safety: bool = False,
        scenarios: Mapping[str, tuple[str, ...]] | None = None,
        limits: Limits | None = None,
        progress: Progress | None = None,
        judging: Callable[[Property], None] = lambda _: None,
        **scope: int,
    ) -> CheckAnswer:
        """Explore every reachable state of a scope and judge every property.

        Parameters
        ----------
        properties
            Ids of the properties to judge; all of them if there is none.
        seconds
            A time limit; what is not judged by then is inconclusive.
        max_states
            Where exploration stops; what needs the rest is inconclusive.
        engine
            ``"auto"``, ``"python"`` or ``"numpy"``.
        safety
            Judge only what symmetry leaves as it is: *always*, *step* and *sometimes*.
        scenarios
            The clauses that scenarios name, by the scenario: they count in the table of clauses.
        limits
            Bounds instead of `seconds` and `max_states`.
        progress, judging
            Called now and then while states are found; and before each property.
        scope
            Its numbers: ``regions=2, vaults=3, points=1``.

        Examples
        --------
        >>> import backup_slr as slr
        >>> slr.load().check("recovery_points_lie_in_vaults", regions=1).holds
        True
        """
        from backup_slr.api.telling import check_findings, check_lines, steps
        from backup_slr.engine.check.checker import Checker
        from backup_slr.engine.check.exploration import Explored, Limits
        from backup_slr.engine.check.results import Report
        from backup_slr.report.check import check_document
        from backup_slr.report.coverage import coverage

        every = self.known_properties(properties)
        only = properties
        if safety:
            only = tuple(name for name in only or every if every[name].kind in SAFETY)
            if not only:
                raise BadInput("none of the properties asked for is one of safety")
        within = self._scope(scope)
        if prod(within.sizes.values()) > MOST_CHECKED:
            report = Report(self.model, within, Explored([[0]], stopped="states"), (), (), None, 0.0)
        else:
            checker = Checker(self.model, within, self._settings(engine))
            report = checker.check(limits or Limits(max_states, seconds), progress, only, judging)
        verdicts = tuple(
            Verdict(j.property.id, j.property.sentence, j.verdict, j.property.clauses, steps(self, j.trace))
            for j in report.results
        )
        covered = coverage(self.lifecycle, self.model, scenarios or {})
        interrupted = report.stopped == "interrupted"
        return CheckAnswer(
            lambda: check_lines(self, report, None if properties else covered),
            lambda: check_document(self.lifecycle, report, covered, self.without),
            findings=lambda: check_findings(self, report),
            code=exit_code(report.verdict, interrupted),
            note="interrupted: what was found so far is what you see" if interrupted else "",
            verdict=report.verdict,
            states=report.explored.count,
            complete=report.explored.complete,
            properties=verdicts,
        )

    def witness(
        self,
        expression: str,
        avoid: str | None = None,
        *,
        engine: str | Settings = "auto",
        limits: Limits | None = None,
        progress: Progress | None = None,
        **scope: int,
    ) -> WitnessAnswer:
        """Find a shortest trace to a state that an expression describes, past none that `avoid` describes.

        The bounds of counts that are not given are as large as the expressions need; `limits` and `progress` are as
        those of `check`.

        Examples
        --------
        >>> import backup_slr as slr
        >>> found = slr.load().witness("role == absent and cross_account", regions=1)
        >>> [step.action for step in found.trace]
        ['set_up_cross_account_backup', 'delete_service_linked_role', 'finish_deletion_task']
        """
        from backup_slr.api.telling import steps, witness_document, witness_lines, witness_scenario
        from backup_slr.engine.check.exploration import Explored, Limits
        from backup_slr.engine.check.witness import Witness, points_spoken_of, seek
        from backup_slr.engine.spec.query import parse

        wanted = parse(expression, self.lifecycle)
        shunned = None if avoid is None else parse(avoid, self.lifecycle)
        bound = max(1, points_spoken_of(wanted), 0 if shunned is None else points_spoken_of(shunned))
        within = self._scope(scope, bound)
        if prod(within.sizes.values()) > MOST_SEARCHED:
            bounds, found = None, Witness("inconclusive", None, Explored([[0]], stopped="states"))
        else:
            bounds = limits or Limits(MAX_STATES)
            found = seek(self.model, within, wanted, shunned, bounds, progress, self._settings(engine))
        trace, interrupted = found.trace, found.explored.stopped == "interrupted"
        about = self, expression, avoid, within, found
        return WitnessAnswer(
            lambda: witness_lines(*about, bounds),
            lambda: witness_document(*about),
            code=exit_code(found.verdict, interrupted),
            note="interrupted: it was not found so far" if interrupted else "",
            verdict=found.verdict,
            trace=steps(self, trace),
            scenario=trace and partial(witness_scenario, self, expression, trace),
        )

    def prove(
        self,
        *properties: str,
        limits: Limits | None = None,
        progress: Callable[[list[Invariant]], Iterable[Invariant]] = iter,
        **scope: int,
    ) -> ProofAnswer:
        """Prove properties in every scope at once, by induction with z3.

        Parameters
        ----------
        properties
            Ids of *always* and *step* properties; all of them if there is none.
        limits
            Where the search for a run that violates one gives up.
        progress
            Goes through what is to be proved, and may tell how far it is.
        scope
            Where a run that violates one is looked for; it bounds nothing that is proved.

        Raises
        ------
        MissingTool
            When z3 is not installed.
        """
        from backup_slr.api.telling import again, steps
        from backup_slr.engine.check.exploration import DEFAULT_LIMITS
        from backup_slr.engine.prove.proof_search import ProofSearch, overall
        from backup_slr.report import proof

        began = time.monotonic()
        asked = ProofSearch(self.model, self._scope(scope or self._small(0)), limits or DEFAULT_LIMITS)
        self.know_provable(properties, asked.asked())
        found, interrupted = until_interrupted(map(asked.settle, progress(asked.asked(properties))))
        verdict, seconds = overall([settled.verdict for settled in found]), time.monotonic() - began
        about = self.lifecycle, asked, found, self.without
        return ProofAnswer(
            lambda: proof.prove_lines(*about, again(self, asked.scope, "prove"), interrupted),
            lambda: proof.prove_document(*about, seconds, interrupted),
            code=exit_code(verdict, interrupted),
            verdict=verdict,
            properties=tuple(
                Verdict(p.id, p.sentence, s.verdict, getattr(p, "clauses", ()), steps(self, s.trace))
                for s in found
                for p in (s.property,)
            ),
        )

    def know_provable(self, properties: Iterable[str], provable: Iterable[Invariant]) -> None:
        """Raise BadInput for a property that does not exist, or that induction cannot tell of."""
        known = [invariant.id for invariant in provable]
        kinds = {p.id: p.kind for p in self.model.properties}
        for name in properties:
            if name in kinds and name not in known:
                raise BadInput(f"{name!r} is of kind {kinds[name]!r}: induction cannot tell; see 'check'")
            self._known("property", name, known)

    # ---------------------------------------------------------------- helpers

    def _scope(self, numbers: Mapping[str, int], bound: int | None = None) -> Scope:
        sorts = {sort.name for sort in self.model.sorts}
        counts = {o.name: bound for o in self.lifecycle.scope_options if bound is not None and o.of not in sorts}
        try:
            return self.lifecycle.scope(**{**counts, **numbers})
        except ValueError as error:
            raise BadInput(str(error)) from None

    def _small(self, number: int) -> dict[str, int]:
        names = [option.name for option in self.lifecycle.scope_options]
        return dict(zip(names, self.lifecycle.small_scopes[number], strict=True))

    @staticmethod
    def _settings(engine: str | Settings) -> Settings:
        from backup_slr.engine.check.engine import CHOICES, Settings

        if isinstance(engine, Settings):
            return engine
        if engine not in CHOICES:
            raise BadInput(unknown("engine", engine, CHOICES))
        return Settings(engine)

    @staticmethod
    def _known(what: str, name: str, known: Collection[str]) -> None:
        if name not in known:
            raise BadInput(unknown(what, name, known, show=30))
