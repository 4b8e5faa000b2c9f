"""A lifecycle under chosen assumptions, and the questions that can be asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from backup_slr.api.account import Account
from backup_slr.api.answers import (
    Answer,
    CheckAnswer,
    DiffAnswer,
    Picture,
    ProofAnswer,
    TraceStep,
    Verdict,
    WitnessAnswer,
)
from backup_slr.api.values import account_values
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.trace import Trace
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, MissingTool, unknown
from backup_slr.report.names import example_names
from backup_slr.report.scopes import scope_text

if TYPE_CHECKING:
    from backup_slr.diagram.graph import Diagram


MAX_STATES = 20_000_000
"""The most states that are explored unless another number is given."""


class RoleModel:
    """The rules of a role under chosen assumptions. Make one with `load`."""

    def __init__(self, lifecycle: Lifecycle, model: Model) -> None:
        self.lifecycle = lifecycle
        self.model = model

    def __repr__(self) -> str:
        defaults = {assumption.name: assumption.default for assumption in self.model.assumptions}
        changed = {name: value for name, value in self.assumptions.items() if defaults[name] != value}
        return (
            f"<{self.model.name}: {len(self.actions)} actions, {len(self.properties)} properties, assuming {changed}>"
        )

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

    # ---------------------------------------------------------------- one account

    def account(self, **values: Any) -> Account:
        """An account in a state.

        Parameters
        ----------
        values
            Values by the names of variables: ``role="present"``, ``cross_account=True``,
            ``efs_automatic_backup=["eu-west-1"]``; and what exists by the plurals of sorts, with its contents:
            ``vaults={"us-east-1/Default": 3}`` (recovery points),
            ``vaults={"us-east-1/Default": {"points": 3, "job": True}}``, ``regions=["eu-west-1"]``.

        Raises
        ------
        BadInput
            When a name, a place or a value does not exist.
        """
        numbers, paths = account_values(self.lifecycle, values)
        return Account.of(self.lifecycle, self.model, numbers, paths)

    def explain(self, action: str) -> Answer:
        """One action: its guards in order with the way past each, and what it changes."""
        from backup_slr.report import reference

        self._known("action", action, self.actions)
        rule, about = self.model.rule(action), (self.lifecycle, self.model)
        return Answer(
            lambda: reference.explain_lines(*about, rule),
            lambda: reference.rule_document(*about, rule),
            lambda: reference.explain_markdown(*about, rule),
        )

    # ---------------------------------------------------------------- all reachable states

    def check(
        self,
        *properties: str,
        seconds: float | None = None,
        max_states: int = MAX_STATES,
        engine: str = "auto",
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
        scope
            Its numbers: ``regions=2, vaults=3, points=1``.

        Examples
        --------
        >>> import backup_slr as slr
        >>> slr.load().check("recovery_points_lie_in_vaults", regions=1).holds
        True
        """
        from backup_slr.engine.check.checker import Checker
        from backup_slr.engine.check.exploration import Limits
        from backup_slr.report import check as reports
        from backup_slr.report.coverage import coverage

        for name in properties:
            self._known("property", name, self.properties)
        within = self._scope(scope)
        report = Checker(self.model, within, self._settings(engine)).check(Limits(max_states, seconds), only=properties)
        verdicts = tuple(
            Verdict(j.property.id, j.property.sentence, j.verdict, j.property.clauses, self._steps(j.trace))
            for j in report.results
        )
        return CheckAnswer(
            lambda: [*reports.summary_lines(self.lifecycle, report, []), *reports.property_lines(report)],
            lambda: reports.check_document(self.lifecycle, report, coverage(self.lifecycle, self.model, {}), []),
            verdict=report.verdict,
            states=report.explored.count,
            complete=report.explored.complete,
            properties=verdicts,
        )

    def witness(
        self, expression: str, avoid: str | None = None, *, engine: str = "auto", **scope: int
    ) -> WitnessAnswer:
        """Find a shortest trace to a state that an expression describes, past none that `avoid` describes.

        Examples
        --------
        >>> import backup_slr as slr
        >>> found = slr.load().witness("role == absent and cross_account", regions=1)
        >>> [step.action for step in found.trace]
        ['set_up_cross_account_backup', 'delete_service_linked_role', 'finish_deletion_task']
        """
        from backup_slr.engine.check.exploration import Limits
        from backup_slr.engine.check.witness import points_spoken_of, seek
        from backup_slr.engine.spec.query import parse
        from backup_slr.report.trace_text import trace_documents, trace_lines

        wanted = parse(expression, self.lifecycle)
        shunned = None if avoid is None else parse(avoid, self.lifecycle)
        bound = max(1, points_spoken_of(wanted), 0 if shunned is None else points_spoken_of(shunned))
        within = self._scope(scope, bound)
        found = seek(self.model, within, wanted, shunned, Limits(MAX_STATES), settings=self._settings(engine))
        names, trace = example_names(self.lifecycle, within), found.trace
        where = scope_text(self.lifecycle, within)
        return WitnessAnswer(
            lambda: [f"{found.verdict} in {where}", *(trace_lines(trace, names) if trace else ())],
            lambda: {"verdict": found.verdict, "trace": trace_documents(trace, names) if trace else None},
            verdict=found.verdict,
            trace=self._steps(trace),
        )

    def prove(self, *properties: str, **scope: int) -> ProofAnswer:
        """Prove properties in every scope at once, by induction with z3.

        Parameters
        ----------
        properties
            Ids of *always* and *step* properties; all of them if there is none.
        scope
            Where a run that violates one is looked for; it bounds nothing that is proved.

        Raises
        ------
        MissingTool
            When z3 is not installed.
        """
        from backup_slr.engine.prove import available

        if not available():
            raise MissingTool("a proof needs z3: pip install z3-solver")
        from backup_slr.engine.prove.proof_search import ProofSearch, overall
        from backup_slr.report import proof

        for name in properties:
            self._known("property", name, self.properties)
        asked = ProofSearch(self.model, self._scope(scope or self._small(0)))
        found = [asked.settle(invariant) for invariant in asked.asked(properties)]
        verdicts = tuple(
            Verdict(p.id, p.sentence, s.verdict, getattr(p, "clauses", ()), self._steps(s.trace))
            for s in found
            for p in (s.property,)
        )
        return ProofAnswer(
            lambda: proof.prove_lines(self.lifecycle, asked, found, [], "backup-slr prove"),
            lambda: proof.prove_document(self.lifecycle, asked, found, [], 0.0),
            verdict=overall([settled.verdict for settled in found]),
            properties=verdicts,
        )

    def diff(self, other: RoleModel) -> DiffAnswer:
        """Compare with another table: which actions answer differently after the same requests."""
        from backup_slr.engine.diff.table_diff import diff_tables
        from backup_slr.report import diff

        scopes = [self.lifecycle.scope(*numbers) for numbers in self.lifecycle.small_scopes]
        found = diff_tables(self.model, other.model, scopes)
        lifecycle = self.lifecycle
        return DiffAnswer(
            lambda: diff.comparison_lines(lifecycle, found, "old", "new"),
            lambda: diff.comparison_document(lifecycle, found, "old", "new"),
            lambda: diff.comparison_markdown(lifecycle, found, "old", "new"),
            verdict=found.verdict,
            actions=tuple(shown.differs.action for shown in found.differing),
        )

    def diagram(self, name: str, action: str = "", *, abstraction: str = "", **scope: int) -> Picture:
        """Draw a diagram.

        Parameters
        ----------
        name
            ``"lifecycle"`` (the states under an abstraction), ``"reachable"``, ``"teardown"`` (the order of deletion),
            ``"dependencies"`` or ``"decision"`` (of one action).
        action
            The action that a decision tree is about.
        abstraction
            How states are merged: a name such as ``"role"``, or expressions with commas between them.
        scope
            The numbers of the scope that is explored; the second smallest if there is none.

        Raises
        ------
        BadInput
            When there is no such diagram, action or abstraction.

        Examples
        --------
        >>> import backup_slr as slr
        >>> slr.load().diagram("decision", "delete_backup_vault").mermaid.splitlines()[1]
        'title: "Why delete_backup_vault is refused"'
        """
        from backup_slr.diagram.formats import TEXT
        from backup_slr.diagram.svg.document import svg_text
        from backup_slr.diagram.svg.renderers import choose
        from backup_slr.diagram.views.decision import decision_diagram
        from backup_slr.diagram.views.dependencies import dependencies_diagram

        lifecycle = self.lifecycle.having(self.model)
        self._known("diagram", name, ("lifecycle", "reachable", "teardown", "dependencies", "decision"))
        if name == "decision":
            self._known("action", action, self.actions)
            found = decision_diagram(lifecycle, self.model.rule(action))
        elif name == "dependencies":
            found = dependencies_diagram(lifecycle)
        else:
            found = self._explored(name, lifecycle, abstraction, self._scope(scope or self._small(1)))
        return Picture(
            name, TEXT["mermaid"](found), lambda: TEXT["dot"](found), lambda: svg_text(found, choose("auto"))
        )

    @staticmethod
    def _explored(name: str, lifecycle: Lifecycle, text: str, scope: Scope) -> Diagram:
        from backup_slr.diagram.quotient import quotient, reach
        from backup_slr.diagram.views.state_diagram import lifecycle_diagram, reachable_diagram
        from backup_slr.diagram.views.teardown import teardown_diagram
        from backup_slr.engine.check.exploration import DEFAULT_LIMITS
        from backup_slr.engine.spec.abstraction import abstraction

        if name == "teardown":
            return teardown_diagram(lifecycle, scope)
        usual = lifecycle.abstractions[0 if name == "lifecycle" else -1].name
        found = quotient(reach(lifecycle, scope, DEFAULT_LIMITS), abstraction(text or usual, lifecycle))
        return (lifecycle_diagram if name == "lifecycle" else reachable_diagram)(found, usual)

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
    def _settings(engine: str) -> Any:
        from backup_slr.engine.check.engine import NoEngine, Settings

        known = ("auto", "python", "numpy")
        if engine not in known:
            raise BadInput(unknown("engine", engine, known))
        try:
            return Settings(engine)  # type: ignore[arg-type]
        except NoEngine as error:
            raise MissingTool(str(error)) from None

    @staticmethod
    def _known(what: str, name: str, known: Iterable[str]) -> None:
        names = list(known)
        if name not in names:
            raise BadInput(unknown(what, name, names))

    def _steps(self, trace: Trace | None) -> tuple[TraceStep, ...] | None:
        from backup_slr.report.trace_text import change_text, tell

        if trace is None:
            return None
        names = example_names(self.lifecycle, trace.machine.scope)
        return tuple(
            TraceStep(
                t.rule.action,
                names.place(t.request.place),
                t.outcome,
                t.guard.otherwise.id if t.guard else None,
                t.clauses,
                tuple(change_text(change, names) for change in t.changed),
                f"{t.asked}: {t.answered}",
            )
            for t in tell(trace, names)
        )
