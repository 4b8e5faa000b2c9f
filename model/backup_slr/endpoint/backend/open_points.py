"""The assumptions on which one answer depends: another value of them would have given another answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from backup_slr.endpoint.backend.emulated_account import EmulatedAccount, Path, machine_of
from backup_slr.engine.core.model import Model


def open_assumptions(account: EmulatedAccount, action: str, path: Path, inputs: Mapping[str, Any]) -> dict[str, str]:
    """The assumptions whose other values change the outcome of a request in this state, each with its value here.

    Only one value at a time is changed. An assumption that the account states is not open.
    """
    request = account.request(action, path, inputs)
    here = account.machine.step(account.state, request)
    sizes = tuple(account.machine.scope.sizes.items())
    settled = dict(account.model.assumed)
    found: dict[str, str] = {}
    for name, model in _others(account.lifecycle.model, action, tuple(settled.items())):
        if name not in account.stated and name not in found:
            other = machine_of(model, sizes).step(account.state, request)
            if (other.outcome, other.guard and other.guard.shows_as, other.state) != (
                here.outcome,
                here.guard and here.guard.shows_as,
                here.state,
            ):
                found[name] = settled[name]
    return found


@lru_cache(maxsize=1024)
def _others(model: Model, action: str, settled: tuple[tuple[str, str], ...]) -> tuple[tuple[str, Model], ...]:
    """The model under each other value of the assumptions that the rule of an action names."""
    rule, taken = model.rule(action), dict(settled)
    parts = (*rule.guards, *rule.effects, *rule.on_failure)
    named = {reading.assumption for part in parts for reading in part.under}
    return tuple(
        (one.name, model.assuming({**taken, one.name: value}))
        for one in model.assumptions
        if one.name in named
        for value in one.values
        if value != taken[one.name]
    )
