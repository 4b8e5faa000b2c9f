"""Coverage of clauses: the rules, properties and scenarios that cite each, or the reason why none does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backup_slr.engine.core.model import Model
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.lifecycle import Lifecycle


@dataclass(frozen=True)
class Covered:
    """A clause with the rules (as ``action`` or ``action/refusal``), properties, scenarios and tests that cite it."""

    clause: Clause
    rules: tuple[str, ...]
    properties: tuple[str, ...]
    scenarios: tuple[str, ...]
    facts: tuple[str, ...]
    tests: tuple[str, ...] = ()

    @property
    def by(self) -> list[str]:
        """All citations except those of tests, each with its kind."""
        return [
            *(f"rule:{r}" for r in self.rules),
            *(f"property:{p}" for p in self.properties),
            *(f"scenario:{s}" for s in self.scenarios),
            *(f"fact:{f}" for f in self.facts),
        ]

    @property
    def reason(self) -> str:
        return "" if self.by else self.clause.unchecked


def coverage(
    lifecycle: Lifecycle,
    model: Model,
    scenarios: Mapping[str, Iterable[str]],
    tests: Mapping[str, Iterable[str]] | None = None,
) -> list[Covered]:
    """All clauses with their citations; `scenarios` and `tests` map names to the cited clauses."""
    rules: dict[str, dict[str, None]] = {}
    for rule in model.rules:
        for clause in (*rule.clauses, *(e.clause for e in (*rule.effects, *rule.on_failure))):
            rules.setdefault(clause, {})[rule.action] = None
        for guard in rule.guards:
            rules.setdefault(guard.clause, {})[f"{rule.action}/{guard.otherwise.id}"] = None
    return [
        Covered(
            clause,
            tuple(rules.get(clause.id, ())),
            tuple(p.id for p in model.properties if clause.id in p.clauses),
            tuple(name for name, clauses in scenarios.items() if clause.id in clauses),
            tuple(lifecycle.facts.get(clause.id, ())),
            tuple(name for name, clauses in (tests or {}).items() if clause.id in clauses),
        )
        for clause in lifecycle.clauses
    ]
