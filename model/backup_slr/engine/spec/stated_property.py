"""Properties that a user states as expressions (see `query`), in addition to those of the lifecycle."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from backup_slr.engine.core.formula import TRUE, Does, Ends, Formula, hashed_once
from backup_slr.engine.core.rule import Fair, Property, PropertyKind
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.query import parse, parse_step

STEP_ALLOWED = ("step", "sometimes", "eventually")
"""The kinds of property whose formula may be about a step."""


@hashed_once
@dataclass(frozen=True)
class StatedProperty(Property):
    """A property that a user states; `option` states it on the command line."""

    option: str = field(default="", compare=False)


def stated(
    lifecycle: Lifecycle,
    kind: PropertyKind,
    formula: str,
    earlier: str = "",
    *,
    id: str = "",
    sentence: str = "",
    clauses: Sequence[str] = (),
    option: str = "",
) -> StatedProperty:
    """State a property as expressions.

    Without an `id` it gets one when it is checked (see `numbered`). A proof may assume all *always* properties of the
    lifecycle, once they are proved. An *eventually* property assumes that the service ends the work that it started.

    Parameters
    ----------
    formula
        An expression about a state; of a *step*, *sometimes* or *eventually* also about a step.
    earlier
        For *eventually*: the expression after which `formula` must hold at some point.

    Raises
    ------
    BadInput
        When an expression cannot be parsed.

    Examples
    --------
    >>> from backup_slr.lifecycle import BACKUP
    >>> stated(BACKUP, "eventually", "role != deleting", "role == deleting").sentence
    'role == deleting leads to role != deleting'
    """
    provable = kind in ("always", "step")
    return StatedProperty(
        kind,
        id,
        sentence or (f"{earlier} leads to {formula}" if earlier else formula),
        parse_step(formula, lifecycle) if kind in STEP_ALLOWED else parse(formula, lifecycle),
        tuple(clauses),
        earlier=parse_step(earlier, lifecycle) if earlier else TRUE,
        fair=tuple(service_fairness(lifecycle)) if kind == "eventually" else (),
        by=tuple(p for p in lifecycle.model.properties if p.kind == "always") if provable else (),
        option=option,
    )


def stated_formulas(properties: Iterable[Property], ids: Collection[str] = ()) -> list[Formula]:
    """The formulas of the stated ones among some properties, or among those with these ids.

    >>> from backup_slr.lifecycle import BACKUP
    >>> stated_formulas([*BACKUP.model.properties, stated(BACKUP, "always", "cross_account")])
    [cross_account, Literal(value=True)]
    """
    asked = (p for p in properties if isinstance(p, StatedProperty) and (not ids or p.id in ids))
    return [formula for one in asked for formula in (one.formula, one.earlier)]


def service_fairness(lifecycle: Lifecycle) -> Iterator[Fair]:
    """The assumption that the service ends its work: its actions eventually happen, except those that start work."""
    starts = lifecycle.environment.process.start if lifecycle.environment else ""
    for rule in lifecycle.model.rules:
        if rule.by == "service" and rule.action != starts:
            steps = Does((rule.action,), rule.place) & ~Ends(("refused",))
            yield Fair("weak", steps, f"{rule.says}, in the end", each=rule.place)


def option_of(asked: Property) -> str:
    """The options of the command line that select or state a property."""
    return asked.option if isinstance(asked, StatedProperty) and asked.option else f"--property {asked.id}"


def statement(asked: Property) -> str:
    """The property in words or as its expressions, with its clauses."""
    clauses = f" [{' '.join(asked.clauses)}]" if asked.clauses else ""
    return f"{asked.sentence}{'' if isinstance(asked, StatedProperty) else '.'}{clauses}"


def numbered(properties: Sequence[Property]) -> tuple[Property, ...]:
    """The same properties; those without an id are named after their kind, with a number.

    >>> from backup_slr.lifecycle import BACKUP
    >>> [p.id for p in numbered([stated(BACKUP, "always", text) for text in ("cross_account", "using_role")])]
    ['always_1', 'always_2']
    """
    found: list[Property] = []
    for one in properties:
        name = "leads_to" if one.kind == "eventually" else one.kind
        number = 1 + sum(p.id.startswith(f"{name}_") for p in found)
        found.append(one if one.id else replace(one, id=f"{name}_{number}"))
    return tuple(found)
