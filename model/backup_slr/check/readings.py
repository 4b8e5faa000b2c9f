"""The combinations of readings under which a rule may differ from another."""

from __future__ import annotations

from itertools import product
from typing import TypeAlias

from backup_slr.core.rule import Model, Rule

Assumed: TypeAlias = tuple[tuple[str, str], ...]
"""A value for each assumption of a model."""


def contexts(model: Model, *rules: Rule) -> list[Assumed]:
    """Every combination of the assumptions that some rules carry, with defaults for all others; fewest others first."""
    carried = {r.assumption for rule in rules for p in (*rule.guards, *rule.effects, *rule.on_failure) for r in p.under}
    taken = {a.name: a.default for a in model.assumptions} | dict(model.assumed)
    open_ = [a for a in model.assumptions if a.name in carried and a.name not in dict(model.assumed)]
    found: list[Assumed] = []
    for values in product(*(a.values for a in open_)):
        said = taken | {a.name: value for a, value in zip(open_, values, strict=True)}
        found.append(tuple(said.items()))
    return sorted(found, key=lambda assumed: sum(taken[name] != value for name, value in assumed))
