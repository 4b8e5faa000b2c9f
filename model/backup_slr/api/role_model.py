"""A lifecycle under chosen assumptions, and the questions that can be asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from backup_slr.api.account import Account, account_values
from backup_slr.api.answers import Answer, CheckAnswer, DiffAnswer, ProofAnswer, TraceStep, Verdict, WitnessAnswer
from backup_slr.engine.core.model import Model, parts_of
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.trace import Trace
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, MissingTool, unknown
from backup_slr.lifecycle import BACKUP
from backup_slr.report.scopes import names_at, scope_text


def load(
    *,
    assume: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
    rules: str | Path | None = None,
    lifecycle: Lifecycle = BACKUP,
) -> RoleModel:
    """Load the rules of a role.

    Parameters
    ----------
    assume
        Values of assumptions by name, such as ``{"usage-check": "at-submit"}``; defaults for the rest.
    without
        Parts of rules to leave out, each ``"ACTION/PART"``: a guard by its refusal or an effect by its variable.
    rules
        A file of ``backup-slr rules --json`` to take instead of the built-in table.
    lifecycle
        The role whose lifecycle it is; AWSServiceRoleForBackup unless another one is given.

    Raises
    ------
    BadInput
        When a name, a value or the file cannot be used; the message says what would be right.

    Examples
    --------
    >>> import backup_slr as slr
    >>> slr.load(assume={"usage-check": "at-submit"}).assumptions["usage-check"]
    'at-submit'
    >>> slr.load(assume={"usage-check": "at_submit"})
    Traceback (most recent call last):
        ...
    backup_slr.errors.BadInput: unknown value of usage-check: 'at_submit'; did you mean 'at-submit'?
    """
    table = lifecycle.model
    if rules is not None:
        from backup_slr.engine.serialize.compatibility import load as load_table

        table = load_table(str(rules), lifecycle)
    known = {assumption.name: assumption for assumption in table.assumptions}
    for name, value in (assume or {}).items():
        if name not in known:
            raise BadInput(unknown("assumption", name, known))
        if value not in known[name].values:
            raise BadInput(unknown(f"value of {name}:", value, known[name].values))
    for part in (without,) if isinstance(without, str) else (without := tuple(without)):
        action, _, name = part.partition("/")
        actions = {rule.action: rule for rule in table.rules}
        if action not in actions:
            raise BadInput(unknown("action", action, actions))
        if name not in parts_of(actions[action]):
            raise BadInput(unknown(f"part of {action}:", name, parts_of(actions[action])))
    return RoleModel(lifecycle.having(table), table.assuming(assume).without(without))


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
        return Account(self.lifecycle, self.model, numbers, paths)

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

    def check(self, *properties: str, seconds: float | None = None, engine: str = "auto", **scope: int) -> CheckAnswer:
        """Explore every reachable state of a scope and judge every property.

        Parameters
        ----------
        properties
            Ids of the properties to judge; all of them if there is none.
        seconds
            A time limit; what is not judged by then is inconclusive.
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
        report = Checker(self.model, within, self._settings(engine)).check(Limits(seconds=seconds), only=properties)
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
        from backup_slr.engine.check.witness import points_spoken_of, seek
        from backup_slr.engine.spec.query import parse
        from backup_slr.report.trace_text import trace_documents, trace_lines

        wanted = parse(expression, self.lifecycle)
        shunned = None if avoid is None else parse(avoid, self.lifecycle)
        bound = max(1, points_spoken_of(wanted), 0 if shunned is None else points_spoken_of(shunned))
        within = self._scope(scope, bound)
        found = seek(self.model, within, wanted, shunned, settings=self._settings(engine))
        names, trace = names_at(self.lifecycle, within), found.trace
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
        asked = ProofSearch(self.model, self._scope(scope or self._smallest()))
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

    # ---------------------------------------------------------------- helpers

    def _scope(self, numbers: Mapping[str, int], bound: int | None = None) -> Scope:
        sorts = {sort.name for sort in self.model.sorts}
        counts = {o.name: bound for o in self.lifecycle.scope_options if bound is not None and o.of not in sorts}
        try:
            return self.lifecycle.scope(**{**counts, **numbers})
        except ValueError as error:
            raise BadInput(str(error)) from None

    def _smallest(self) -> dict[str, int]:
        names = [option.name for option in self.lifecycle.scope_options]
        return dict(zip(names, self.lifecycle.small_scopes[0], strict=True))

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
        names = names_at(self.lifecycle, trace.machine.scope)
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
