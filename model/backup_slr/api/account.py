"""An account in one state, and requests to it; everything by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from backup_slr.api.request_result import RequestResult, tried
from backup_slr.api.values import Key, Path, inputs_of, path_of
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import State, shown
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.spec.query import parse
from backup_slr.engine.spec.selection import action_named
from backup_slr.errors import BadInput, unknown
from backup_slr.report.names import Names

if TYPE_CHECKING:
    from backup_slr.api.answers import Answer, CheckAnswer, WitnessAnswer
    from backup_slr.api.planning import PlanAnswer
    from backup_slr.api.role_model import RoleModel
    from backup_slr.api.ways import Way
    from backup_slr.api.why import WhyAnswer
    from backup_slr.endpoint.emulated_aws import EmulatedAws
    from backup_slr.engine.spec.lifecycle import Lifecycle
    from backup_slr.scenario.starting_account import StartingAccount


class Account:
    """An account in one state. It never changes: a request returns the account afterwards.

    Make one with `RoleModel.account`. Values that were not given are as in a new account.

    Examples
    --------
    >>> import backup_slr as slr
    >>> account = slr.load().account(role="present", vaults={"us-east-1/Default": 3})
    >>> answer = account.request("delete_backup_vault", "us-east-1/Default", via="console")
    >>> answer.outcome, answer.clause, [reason.refusal.id for reason in answer.reasons]
    ('refused', 'CLEAN-5', ['default-vault-in-console', 'vault-has-recovery-points'])
    >>> account.request("delete_recovery_point", "us-east-1/Default").account["points", "us-east-1/Default"]
    2
    """

    def __init__(self, role: RoleModel, machine: Machine, names: Names, state: State, file: str = "") -> None:
        self._role, self._machine, self._names, self._state, self._file = role, machine, names, state, file
        self._model, self._lifecycle = machine.model, role.lifecycle

    @classmethod
    def of(cls, role: RoleModel, values: Mapping[Key, int], paths: Iterable[Path] = ()) -> Account:
        """The account with these values; `paths` are further places that it has names for."""
        model = role.model
        names = Names.of(model.sorts, [*paths, *(path for _, path in values if path)])
        machine = Machine(model, names.unbounded(model))
        return cls(role, machine, names, names.state(machine.layout, values))

    @classmethod
    def starting(cls, role: RoleModel, start: StartingAccount) -> Account:
        """The account that a file describes."""
        machine = start.machine(role.model)
        return cls(role, machine, start.names, start.state(machine), start.file)

    # ---------------------------------------------------------------- contents

    @property
    def role(self) -> RoleModel:
        """The model under whose rules it stands."""
        return self._role

    def after(self, state: State) -> Account:
        """The same account in another state."""
        return Account(self._role, self._machine, self._names, state)

    @property
    def located(self) -> tuple[Machine, Names, State]:
        """The rules at the size of the account, the names of its places, and its state by numbers."""
        return self._machine, self._names, self._state

    def state_in(self, other: Account) -> State:
        """Its state by the numbers of a larger account."""
        return other._names.state(other._machine.layout, self.numbers())

    def by_place(self) -> dict[tuple[str, str], str | int | bool]:
        """All values, by variable and place (empty: of the account)."""
        cells = zip(self._machine.layout.cells, self._state, strict=True)
        return {(v.name, "/".join(self._names.parts(at))): shown(v, value) for (v, at), value in cells}

    def __getitem__(self, key: str | tuple[str, str]) -> str | int | bool:
        """Return the value of a variable: ``account["role"]``, ``account["points", "us-east-1/Default"]``.

        Raises
        ------
        BadInput
            When the variable does not exist, or has no value at such a place.
        """
        name, place = (key, "") if isinstance(key, str) else key
        known = {variable.name: variable for variable in self._model.state}
        if name not in known:
            raise BadInput(unknown("variable", name, known))
        path = path_of(self._lifecycle, name, place, len(known[name].per))
        try:
            cell = self._machine.layout.cell(name, self._names.numbers(*path))
        except KeyError:
            return shown(known[name], 0)
        return shown(known[name], self._state[cell])

    def values(self) -> dict[str, Any]:
        """All values that differ from those of a new account: variables by name, those of places by ``place``."""
        found: dict[str, Any] = {}
        variables = {variable.name: variable for variable in self._model.state}
        for (name, path), value in self.numbers().items():
            variable = variables[name]
            if not path:
                found[name] = shown(variable, value)
            else:
                found.setdefault(name, {})["/".join(path)] = shown(variable, value)
        return found

    def __repr__(self) -> str:
        return f"Account({', '.join(f'{name}={value!r}' for name, value in self.values().items())})"

    def _repr_html_(self) -> str:
        pairs = ((escape(name), escape(str(value))) for name, value in self.values().items())
        return f"<table>{''.join(f'<tr><th>{name}</th><td>{value}</td></tr>' for name, value in pairs)}</table>"

    # ---------------------------------------------------------------- requests

    def request(self, action: str, place: str = "", **inputs: str | bool) -> RequestResult:
        """Try an action.

        Parameters
        ----------
        action
            Its name, or its API operation: ``"delete_backup_vault"``, ``"DeleteBackupVault"``.
        place
            A place such as ``"us-east-1"`` or ``"us-east-1/Default"``; empty if the action is about the account.
        inputs
            What the request states (``via="console"``, ``permitted=False``) and what the environment chooses
            (``collides=True``); omitted inputs have their usual values.

        Raises
        ------
        BadInput
            When the action, the place, an input or its value does not exist; the message lists the valid ones.
        """
        return tried(*self.named(action, place, inputs))

    def named(self, action: str, place: str, inputs: Mapping[str, str | bool]) -> tuple[Account, Rule, Request]:
        """A request by numbers, and the account with room for its place."""
        rule = action_named(action, self._model)
        path = path_of(self._lifecycle, rule.action, place, len(rule.place))
        numbers = inputs_of(rule, inputs)
        account = self
        try:
            where = self._names.numbers(*path)
        except KeyError:  # a new name: enlarge the scope
            account = Account.of(self._role, self.numbers(), [*self._paths(), path])
            where = account._names.numbers(*path)
        return account, rule, Request(rule.action, where, numbers)

    def emulated(self, strict: bool = False) -> EmulatedAws:
        """An endpoint for clients of AWS whose accounts start as this one; see `api.emulated`."""
        from backup_slr.api.emulated import of_values

        return of_values(self._role, self.numbers(), strict)

    # ---------------------------------------------------------------- explorations

    @cached_property
    def _here(self) -> RoleModel:
        """The model, explored from this account."""
        return self._role.starting(self._start(self._role.lifecycle))

    def witness(self, expression: str, avoid: str | None = None, **more: Any) -> WitnessAnswer:
        """Find a shortest trace from this account to a state; see `RoleModel.witness`.

        Numbers of the scope leave room for new elements. If the account is too large to be searched, or a maximum of a
        count is below its own, a way is found in a smaller account, and reported only if this one can take its steps.

        Examples
        --------
        >>> import backup_slr as slr
        >>> account = slr.load().account(role="present", vaults={"eu-west-1/a": 3, "eu-west-1/b": 4})
        >>> len(account.witness("role == absent").trace)
        11
        """
        return self._here.witness(expression, avoid, **more)

    def way_to(self, expression: str, most: int = 300_000) -> Way:
        """Find a sequence of requests from this very account to a state, and whether it is `shortest`; see `api.ways`.

        Parameters
        ----------
        expression
            What holds in the state.
        most
            The most states to explore.

        Raises
        ------
        BadInput
            When the expression cannot be parsed.

        Examples
        --------
        >>> import backup_slr as slr
        >>> account = slr.load().account(role="present", vaults={"us-east-1/archive": 1})
        >>> [step.action for step in account.way_to("not any(vault)").steps]
        ['delete_recovery_point', 'delete_backup_vault']
        """
        from backup_slr.api.ways import way_to

        return way_to(self._machine, self._names, self._state, parse(expression, self._lifecycle), most)

    def way_to_done(self, action: str, place: str = "", **inputs: str | bool) -> Way:
        """Find a sequence of requests after which this request is done; see `way_to`; raises as `request` does.

        Examples
        --------
        >>> import backup_slr as slr
        >>> account = slr.load().account(role="present", vaults={"us-east-1/archive": 2})
        >>> [step.action for step in account.way_to_done("delete_backup_vault", "us-east-1/archive").steps]
        ['delete_recovery_point', 'delete_recovery_point']
        """
        from backup_slr.api.ways import way_to_done

        account, rule, request = self.named(action, place, inputs)
        return way_to_done(account._machine, account._names, account._state, rule, request)

    def check(self, *properties: str | Property, **more: Any) -> CheckAnswer:
        """Check properties in every state that can be reached from this account; see `RoleModel.check`."""
        return self._here.check(*properties, **more)

    def explain(self, name: str, place: str = "") -> Answer:
        """Explain an action, and which of its guards hold in this account; see `RoleModel.explain`."""
        return self._here.explain(name, place)

    def why(self, now: datetime | None = None, keep: Iterable[str] = ()) -> WhyAnswer:
        """Say what blocks the deletion of the role, and who or what removes it.

        Other values of the assumptions are not tried, since the rules of an account are settled; see `RoleModel.why`.

        Parameters
        ----------
        now
            The time of the question, in UTC; the current time by default.
        keep
            Places from which nothing is taken away, such as ``"us-east-1/archive"``.

        Raises
        ------
        BadInput
            When the account has no such place.

        Examples
        --------
        >>> import backup_slr as slr
        >>> why = slr.load().account(role="present", vaults={"us-east-1/Default": 3}).why()
        >>> why.verdict, [(one.what, one.remover) for one in why.obstacles]
        ('after-steps', [('3 recovery points', 'you'), ('the vault exists', 'you')])
        """
        from backup_slr.advice.why import asked
        from backup_slr.api.starting import places_named
        from backup_slr.api.why import why_answer

        start = self._start(self._role.lifecycle.having(self._model))
        return why_answer(asked(start, now=now, keep=places_named(start, keep)))

    def plan(self, keep: Iterable[str] = ()) -> PlanAnswer:
        """Find the steps that delete the role, and prove that they do.

        Other values of the assumptions are not tried, since the rules of an account are settled; see `RoleModel.plan`.

        Parameters
        ----------
        keep
            Places to leave as they are, such as ``"us-east-1/archive"``.

        Raises
        ------
        BadInput
            When the account has no such place.

        Examples
        --------
        >>> import backup_slr as slr
        >>> plan = slr.load().account(role="present", vaults={"us-east-1/archive": 3}).plan()
        >>> [phase["action"] for phase in plan.document()["phases"]][2:]
        ['delete_recovery_point', 'delete_backup_vault', 'delete_service_linked_role']
        >>> plan.program("shell").split(chr(10))[0]
        '#!/usr/bin/env bash'
        """
        from backup_slr.api.planning import plan_answer

        return plan_answer(self._start(self._role.lifecycle.having(self._model)), keep)

    # ---------------------------------------------------------------- names and values

    def _start(self, lifecycle: Lifecycle) -> StartingAccount:
        """Make this account the starting point of a lifecycle."""
        from backup_slr.scenario.account_codec import account_format
        from backup_slr.scenario.starting_account import StartingAccount

        spec = account_format(self._model.state).spec(self.numbers(), self._paths())
        return StartingAccount(self._file, lifecycle, spec)

    def numbers(self) -> dict[Key, int]:
        """The numbers of the values that differ from those of a new account, by variable and place."""
        return self._names.values(self._machine.layout, self._state)

    def _paths(self) -> set[Path]:
        depths = range(len(self._model.sorts) + 1)
        return {path for depth in depths for path in self._names.paths(depth)}
