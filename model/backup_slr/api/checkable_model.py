"""Questions about all reachable states: check, witness, prove."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from math import prod
from typing import TYPE_CHECKING

from backup_slr.api.answers import CheckAnswer, ProofAnswer, Verdict, WitnessAnswer, exit_code, until_interrupted
from backup_slr.api.assumed_model import MAX_STATES, MOST_CHECKED, AssumedModel
from backup_slr.engine.core.rule import Property
from backup_slr.engine.spec.stated_property import stated_formulas
from backup_slr.errors import BadInput

if TYPE_CHECKING:
    from backup_slr.engine.check.engine import Settings
    from backup_slr.engine.check.exploration import Limits, Progress, Space
    from backup_slr.engine.prove.induction import Invariant

SAFETY = ("always", "step", "sometimes")
TOO_LARGE = "the scope is too large; nothing was explored"


class CheckableModel(AssumedModel):
    """The rules of a role under chosen assumptions, with questions about all reachable states."""

    def check(
        self,
        *properties: str | Property,
        seconds: float | None = None,
        max_states: int = MAX_STATES,
        engine: str | Settings = "auto",
        safety: bool = False,
        scenarios: Mapping[str, tuple[str, ...]] | None = None,
        limits: Limits | None = None,
        progress: Progress | None = None,
        judging: Callable[[Property], None] = lambda _: None,
        exploring: Callable[[Space], None] = lambda _: None,
        **scope: int,
    ) -> CheckAnswer:
        """Check properties in every reachable state of a scope.

        An account of which not all places and counts can be explored is made smaller. Then each verdict is one on the
        account itself, or inconclusive.

        Parameters
        ----------
        properties
            The properties to check: ids, patterns such as ``"role_*"``, or properties that `RoleModel.always` and its
            siblings return. By default all properties of the model.
        seconds
            A time limit; properties not decided in time are inconclusive.
        max_states
            About the maximum number of explored states; properties that need more are inconclusive.
        engine
            ``"auto"``, ``"python"`` or ``"numpy"``.
        safety
            Check only the properties that symmetry preserves: *always*, *step* and *sometimes*.
        scenarios
            For each scenario by name, the clauses that it cites, for the table of clauses.
        limits
            Bounds instead of `seconds` and `max_states`.
        progress, judging, exploring
            Called from time to time while states are explored, before each property, and before the exploration.
        scope
            Its numbers: ``regions=2, vaults=3, points=1``. Those that are not given are as large as the stated
            properties need (`scope_for`).

        Examples
        --------
        >>> import backup_slr as slr
        >>> model = slr.load()
        >>> model.check("recovery_points_lie_in_vaults", regions=1).holds
        True
        >>> model.check(model.always("any(points > 0) implies role == present"), regions=1).verdict
        'violated'
        """
        from backup_slr.api.account_verdicts import AccountVerdicts
        from backup_slr.api.telling import check_findings, check_lines, check_scenarios, steps
        from backup_slr.engine.check.checker import Checker
        from backup_slr.engine.check.exploration import Explored, Limits
        from backup_slr.engine.check.results import Report
        from backup_slr.report.check import check_document
        from backup_slr.report.coverage import coverage
        from backup_slr.report.scopes import too_small_lines

        role, names = self.with_properties(properties)
        only = role.property_ids(names)
        if safety:
            kinds = {p.id: p.kind for p in role.model.properties}
            only = tuple(name for name in only or role.property_ids(("*",)) if kinds.get(name, SAFETY[-1]) in SAFETY)
            if not only:
                raise BadInput(f"none of these properties is of kind {', '.join(SAFETY)}")
        formulas = stated_formulas(role.model.properties, only)
        within = self.scope_for(formulas, scope)
        notes = list(too_small_lines(self.lifecycle, within, formulas))
        account = role.explored(within)
        notes += account.notes() if account else ()
        if prod(within.sizes.values()) > MOST_CHECKED:
            notes.append(TOO_LARGE)
            report = Report(role.model, within, Explored([[0]], stopped="states"), (), (), None, 0.0)
        else:
            checker = Checker(role.model, within, self._settings(engine), by_place=account is not None)
            exploring(checker.space)
            bounds = limits or Limits(max_states, seconds)
            report = checker.check(bounds, progress, only, judging)
            if account is not None and account.smaller:
                left = None if bounds.seconds is None else bounds.seconds - report.seconds
                report = AccountVerdicts(account, left).of(report)
        verdicts = tuple(
            Verdict(j.property.id, j.property.sentence, j.verdict, j.property.clauses, steps(role, j.trace))
            for j in report.results
        )
        covered = coverage(role.lifecycle, role.model, scenarios or {})
        interrupted = report.stopped == "interrupted"
        notes += ["interrupted; showing partial results"] * interrupted
        return CheckAnswer(
            partial(check_lines, role, report, covered, bool(properties)),
            lambda: (
                check_document(role.lifecycle, report, covered, role.without, check_scenarios(role, report))
                | ({"account": account.document()} if account else {})
            ),
            findings=lambda: check_findings(role, report),
            code=exit_code(report.verdict, interrupted),
            note="\n".join(notes),
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
        exploring: Callable[[Space], None] = lambda _: None,
        **scope: int,
    ) -> WitnessAnswer:
        """Find a shortest trace to a state that satisfies an expression, through no state that satisfies `avoid`.

        Numbers of the scope that are not given are as large as the expressions need (`scope_for`); `limits`,
        `progress` and `exploring` are as those of `check`. If no state is found, and z3 is installed, a proof that no
        state of any scope satisfies the expression, and not `avoid`, is tried.

        From an account of which not all places and counts can be searched, a way is found in a smaller one, and
        reported only as far as the account itself can take it.

        Examples
        --------
        >>> import backup_slr as slr
        >>> found = slr.load().witness("role == absent and cross_account", regions=1)
        >>> [step.action for step in found.trace]
        ['set_up_cross_account_backup', 'delete_service_linked_role', 'finish_deletion_task']
        """
        from backup_slr.api.telling import steps, trace_scenario
        from backup_slr.api.witness_search import WitnessSearch
        from backup_slr.engine.check.exploration import Limits
        from backup_slr.report.scopes import too_small_lines

        bounds = limits or Limits(MAX_STATES)
        search = WitnessSearch(self, expression, avoid, scope, bounds, self._settings(engine), progress, exploring)
        notes = list(too_small_lines(self.lifecycle, search.scope, search.formulas))
        notes += search.account.notes() if search.account else ()
        notes += [TOO_LARGE] * search.too_large
        notes += ["interrupted; not found so far"] * search.interrupted
        notes += ["the way of the account itself is too long to be written step by step"] * search.too_long
        trace = search.found.trace
        return WitnessAnswer(
            search.lines,
            search.document,
            code=exit_code(search.verdict, search.interrupted),
            note="\n".join(notes),
            verdict=search.verdict,
            trace=steps(self, trace),
            scenario=trace and partial(trace_scenario, self, expression, trace),
            every_size=search.every_size,
        )

    def prove(
        self,
        *properties: str | Property,
        limits: Limits | None = None,
        progress: Callable[[list[Invariant]], Iterable[Invariant]] = iter,
        **scope: int,
    ) -> ProofAnswer:
        """Prove properties in every scope at once, by induction with z3: of all that can happen to a new account.

        Parameters
        ----------
        properties
            *Always* and *step* properties, named or stated as in `check`; by default all of them.
        limits
            The limits of the search for a trace that violates a property.
        progress
            Iterates over the properties, and may report progress.
        scope
            The scope of that search; a proof is not restricted to it.

        Raises
        ------
        MissingTool
            When z3 is not installed.

        Examples
        --------
        >>> import backup_slr as slr
        >>> model = slr.load()
        >>> model.prove(model.step("outcome == failed implies after(role == present)")).verdict
        'proved'
        """
        from backup_slr.api.telling import again, steps
        from backup_slr.engine.check.exploration import DEFAULT_LIMITS
        from backup_slr.engine.prove.proof_search import ProofSearch, overall
        from backup_slr.report import proof

        began = time.monotonic()
        role, names = (self if self.start is None else self.starting(None)).with_properties(properties)
        within = role.scope_for(stated_formulas(role.model.properties), scope, self._small(0))
        search = ProofSearch(role.model, within, limits or DEFAULT_LIMITS)
        only = role.provable_ids(names, search.asked())
        found, interrupted = until_interrupted(map(search.settle, progress(search.asked(only))))
        verdict, seconds = overall([settled.verdict for settled in found]), time.monotonic() - began
        about = role.lifecycle, search, found, role.without
        return ProofAnswer(
            lambda: proof.prove_lines(*about, again(role, search.scope, "prove"), interrupted, bool(only)),
            lambda: proof.prove_document(*about, seconds, interrupted),
            code=exit_code(verdict, interrupted),
            verdict=verdict,
            properties=tuple(
                Verdict(p.id, p.sentence, s.verdict, getattr(p, "clauses", ()), steps(role, s.trace))
                for s in found
                for p in (s.property,)
            ),
        )
