"""The assumptions on which one answer depends: another value of them would have given another answer."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeAlias

from backup_slr.endpoint.backend.emulated_account import EmulatedAccount
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine, Request, Step

Alternative: TypeAlias = tuple[str, Model]
"""An assumption, and the model under another value of it."""


class OpenPoints:
    """The assumptions that an account does not state, tried with their other values.

    Models are expensive to compare, so that those of an account are kept here by action and size.
    """

    def __init__(self, account: EmulatedAccount) -> None:
        self._account = account
        self._others: dict[str, tuple[Alternative, ...]] = {}
        self._machines: dict[Hashable, Machine] = {}

    def of(self, request: Request, here: Step) -> dict[str, str]:
        """The assumptions whose other values change the outcome of a request in this state, each with its value here.

        Only one value at a time is changed.
        """
        found: dict[str, str] = {}
        account, scope = self._account, self._account.machine.scope
        for number, (name, model) in enumerate(self._alternatives(request.action)):
            if name in found:
                continue
            other = self._machine(request.action, number, model, scope).step(account.state, request)
            if other.state != here.state or _seen(other) != _seen(here):
                found[name] = dict(account.model.assumed)[name]
        return found

    def _machine(self, action: str, number: int, model: Model, scope: Scope) -> Machine:
        key = action, number, tuple(scope.sizes.items())
        if key not in self._machines:
            self._machines[key] = Machine(model, scope)
        return self._machines[key]

    def _alternatives(self, action: str) -> tuple[Alternative, ...]:
        """The model under each other value of the open assumptions that the rule of an action names."""
        if action not in self._others:
            model, taken = self._account.lifecycle.model, dict(self._account.model.assumed)
            rule = model.rule(action)
            parts = (*rule.guards, *rule.effects, *rule.on_failure)
            named = {reading.assumption for part in parts for reading in part.under} - self._account.stated
            self._others[action] = tuple(
                (one.name, model.assuming({**taken, one.name: value}))
                for one in model.assumptions
                if one.name in named
                for value in one.values
                if value != taken[one.name]
            )
        return self._others[action]


def _seen(step: Step) -> tuple[Any, ...]:
    return step.outcome, step.guard and step.guard.shows_as
