"""A lifecycle under chosen assumptions, with all questions about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from backup_slr.api.account import Account
from backup_slr.api.answers import Answer, DiffAnswer, Picture, diff_answer
from backup_slr.api.checkable_model import CheckableModel
from backup_slr.api.values import account_values
from backup_slr.engine.core.rule import Property
from backup_slr.engine.spec.stated_property import stated
from backup_slr.report.scopes import unusual

if TYPE_CHECKING:
    from backup_slr.api.planning import PlanAnswer
    from backup_slr.api.why import WhyAnswer
    from backup_slr.diagram.labels import LabelStyle
    from backup_slr.endpoint.emulated_aws import EmulatedAws
    from backup_slr.scenario.starting_account import StartingAccount


class RoleModel(CheckableModel):
    """The rules of a role under chosen assumptions. Make one with `load`."""

    def __repr__(self) -> str:
        added = f" with {', '.join(self.lifecycle.composed_of)}" if self.lifecycle.composed_of else ""
        return (
            f"<{self.model.name}{added}: {len(self.actions)} actions, {len(self.properties)} properties, "
            f"assuming {unusual(self.model)}>"
        )

    # ---------------------------------------------------------------- properties of your own

    def always(self, expression: str, id: str = "") -> Property:
        """State a property of every reachable state, to be checked or proved; see `engine.spec.query` for expressions.

        Raises
        ------
        BadInput
            When the expression cannot be parsed.

        Examples
        --------
        >>> import backup_slr as slr
        >>> model = slr.load()
        >>> model.prove(model.always("any(points > 0) implies role != absent")).verdict
        'proved'
        """
        return stated(self.lifecycle, "always", expression, id=id, option=f"--always {quote(expression)}")

    def step(self, expression: str, id: str = "") -> Property:
        """State a property of every step from a reachable state; raises as `always` does.

        Examples
        --------
        >>> import backup_slr as slr
        >>> model = slr.load()
        >>> model.check(model.step("refusal == no-such-role implies role == absent"), regions=1).holds
        True
        """
        return stated(self.lifecycle, "step", expression, id=id, option=f"--step {quote(expression)}")

    def leads_to(self, earlier: str, later: str, id: str = "") -> Property:
        """State that whenever one expression holds, another holds at some later point; raises as `always` does.

        The service is assumed to end the work that it started; users may stop sending requests at any time.

        Examples
        --------
        >>> import backup_slr as slr
        >>> model = slr.load()
        >>> model.check(model.leads_to("role == deleting", "role != deleting"), regions=1).holds
        True
        """
        option = f"--leads-to {quote(earlier)} {quote(later)}"
        return stated(self.lifecycle, "eventually", later, earlier, id=id, option=option)

    def properties_in(self, file: str | Path) -> tuple[Property, ...]:
        """Read properties from a TOML file; see ``backup-slr check --help``.

        Raises
        ------
        BadInput
            When the file cannot be read or is not valid.
        """
        from backup_slr.scenario.property_file import load

        return load(file, self.lifecycle)

    # ---------------------------------------------------------------- one account

    def account(self, **values: Any) -> Account:
        """An account in a state.

        Parameters
        ----------
        values
            Values by the names of variables: ``role="present"``, ``cross_account=True``,
            ``efs_automatic_backup=["eu-west-1"]``; and existing elements, with their contents, by the plurals of sorts:
            ``vaults={"us-east-1/Default": 3}`` (recovery points),
            ``vaults={"us-east-1/Default": {"points": 3, "job": True}}``, ``regions=["eu-west-1"]``.

        Raises
        ------
        BadInput
            When a name, a place or a value does not exist.
        """
        numbers, paths = account_values(self.lifecycle, values)
        return Account.of(self, numbers, paths)

    def emulated(self, strict: bool = False) -> EmulatedAws:
        """An endpoint for clients of AWS, whose accounts start as the one from which this model is explored.

        Parameters
        ----------
        strict
            Whether an answer that AWS does not document, so that an assumption decides it, is an error.

        Raises
        ------
        BadInput
            When no API is defined for the role.
        """
        from backup_slr.api.emulated import of_values

        return of_values(self, {} if self.start is None else Account.starting(self, self.start).numbers(), strict)

    def why(
        self, start: str | Path | StartingAccount, now: datetime | None = None, keep: Iterable[str] = ()
    ) -> WhyAnswer:
        """Say what blocks the deletion of the role of an account, and who or what removes it.

        Parameters
        ----------
        start
            A file with an account, or what `api.starting.load_account` read.
        now
            The time of the question, in UTC; the current time by default.
        keep
            Places from which nothing is taken away, such as ``"us-east-1/archive"``.

        Raises
        ------
        BadInput
            When the file cannot be read or does not fit, or when the account has no such place.

        Examples
        --------
        >>> import backup_slr as slr
        >>> why = slr.load().why("simulations/accounts/small.toml")
        >>> why.verdict, why.deletable
        ('after-steps', False)
        """
        from backup_slr.advice.why import asked
        from backup_slr.api.starting import load_account, places_named
        from backup_slr.api.why import why_answer

        if isinstance(start, str | Path):
            table = self.lifecycle.having(self.table.noting(self.assume).without(self.parts))
            start = load_account(start, table, now)
        return why_answer(asked(start, self.assume, now, places_named(start, keep)))

    def plan(self, start: str | Path | StartingAccount, keep: Iterable[str] = ()) -> PlanAnswer:
        """Find the steps that delete the role of an account, in an order that works under every open assumption.

        Parameters
        ----------
        start
            A file with an account, or what `api.starting.load_account` read. Open are the assumptions that neither it
            nor this model gives.
        keep
            Places to leave as they are, such as ``"us-east-1/archive"``.

        Raises
        ------
        BadInput
            When the file cannot be read or does not fit, or when the account has no such place.

        Examples
        --------
        >>> import backup_slr as slr
        >>> plan = slr.load().plan("simulations/accounts/small.toml")
        >>> plan.reached, plan.fails_under
        (True, ())
        """
        from backup_slr.api.planning import plan_answer
        from backup_slr.api.starting import load_account

        if isinstance(start, str | Path):
            start = load_account(start, self.unassumed)
        return plan_answer(replace(start, assume={**start.assume, **self.assume}), keep)

    def explain(self, name: str, place: str = "") -> Answer:
        """Explain an action with its guards and fixes, or list the actions with a refusal or an error code.

        From an account (`Account.explain`) it also says which guards hold there.

        Parameters
        ----------
        name
            An action or API operation (``"delete_backup_vault"``, ``"backup:DeleteBackupVault"``), the id of a refusal
            (``"resources-remain"``), or an error code (``"InvalidRequestException"``).
        place
            A place of the account, as ``"us-east-1/Default"``; empty: all places.

        Raises
        ------
        BadInput
            When the name or the place is unknown.

        Examples
        --------
        >>> import backup_slr as slr
        >>> [line for line in str(slr.load().explain("DeleteBackupVault")).splitlines() if "fix" in line][3]
        '     fix    repeat delete_recovery_point until the vault holds no recovery points'
        """
        from backup_slr.api.explained_here import explained
        from backup_slr.report.explain import explanation

        return explained(explanation(name, self.lifecycle, self.unassumed.model), self.start, place)

    def diff(self, other: RoleModel) -> DiffAnswer:
        """Compare with another rule set: which actions behave differently after the same requests."""
        from backup_slr.engine.diff.table_diff import diff_tables

        scopes = [self.lifecycle.scope(*numbers) for numbers in self.lifecycle.small_scopes]
        found = diff_tables(self.model, other.model, scopes)
        return diff_answer(self.lifecycle, found, "old", "new")

    def diagram(
        self,
        name: str,
        action: str = "",
        *,
        abstraction: str = "",
        via: str = "",
        labels: LabelStyle = "english",
        full: bool = False,
        max_states: int = 1_000_000,
        **scope: int,
    ) -> Picture:
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
        via
            The interface of the requests of a teardown: ``"console"`` (if there is none), ``"cli"`` or ``"api"``.
        labels
            The names of actions and refusals: ``"english"``, ``"aws"`` (API operations and error codes) or ``"id"``.
        full
            With lists inside of boxes, clauses and conditions.
        max_states
            Stop the exploration after about this number of states; the caption then says that it is incomplete.
        scope
            The numbers of the scope to explore; by default the second smallest scope.

        Raises
        ------
        BadInput
            When there is no such diagram, action, abstraction or style of labels.

        Examples
        --------
        >>> import backup_slr as slr
        >>> slr.load().diagram("decision", "delete_backup_vault", labels="aws").mermaid.splitlines()[1]
        'title: "Why DeleteBackupVault is refused"'
        """
        from backup_slr.diagram.formats import TEXT
        from backup_slr.diagram.labels import BRIEF, LABEL_STYLES, brief
        from backup_slr.diagram.quotient import quotient, reach
        from backup_slr.diagram.svg.document import svg_text
        from backup_slr.diagram.svg.renderers import choose
        from backup_slr.diagram.views.decision import decision_diagram
        from backup_slr.diagram.views.dependencies import dependencies_diagram
        from backup_slr.diagram.views.state_diagram import lifecycle_diagram, reachable_diagram
        from backup_slr.diagram.views.teardown import teardown_diagram
        from backup_slr.engine.check.exploration import Limits
        from backup_slr.engine.spec.abstraction import abstraction as parsed

        self._known("diagram", name, ("lifecycle", "reachable", "teardown", "dependencies", "decision"))
        self._known("style of labels", labels, LABEL_STYLES)
        within = self._scope(scope or self._small(1)) if self.start is None else self.pictured_scope(scope)
        limits, short = Limits(max_states), name in BRIEF and not full
        if name == "decision":
            found = decision_diagram(self.lifecycle, self.rule(action), tuple(self.without), labels)
        elif name == "dependencies":
            found = dependencies_diagram(self.lifecycle, tuple(self.without), labels, short)
        elif name == "teardown":
            usual = next(iter(self.lifecycle.interfaces), "")
            self._known("interface", via or usual, [*self.lifecycle.interfaces, usual])
            found = teardown_diagram(self.planned_start(), via or usual, labels=labels, named=self.start is not None)
        else:
            usual = self.lifecycle.abstractions[0 if name == "lifecycle" else -1].name
            merged = parsed(abstraction or usual, self.lifecycle)
            grouped = quotient(reach(self.lifecycle, within, limits), merged)
            if name == "lifecycle":
                found = lifecycle_diagram(grouped, usual, labels, short)
            else:
                found = reachable_diagram(grouped, usual, labels)
        found = brief(found) if short else found
        return Picture(
            name, TEXT["mermaid"](found), lambda: TEXT["dot"](found), lambda: svg_text(found, choose("auto"))
        )
