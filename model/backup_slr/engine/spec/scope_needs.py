"""The smallest scope in which an expression says something: neither true nor false because of the size alone.

- A count that is compared with a number needs a bound at which the comparison can differ; in a formula about a step,
  one more, since the count may change in that step.
- ``any`` and ``all`` that exclude every special element of a sort need an ordinary one.
"""

from __future__ import annotations

from collections.abc import Iterable

from backup_slr.engine.compile.analysis import speaks_of_step
from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.variable import AtMost
from backup_slr.engine.spec.lifecycle import Lifecycle


def scope_needs(lifecycle: Lifecycle, formulas: Iterable[f.Formula]) -> dict[str, int]:
    """Return the numbers of a scope that some formulas need, by the names of its options; the others are left out.

    >>> from backup_slr.engine.spec.query import parse, parse_step
    >>> from backup_slr.lifecycle import BACKUP
    >>> scope_needs(BACKUP, [parse("any(points > 3)", BACKUP)])
    {'points': 4}
    >>> scope_needs(BACKUP, [parse("any(vault and not is_default_vault and not is_efs_vault)", BACKUP)])
    {'vaults': 3}
    >>> scope_needs(BACKUP, [parse_step("after(any(points > 3))", BACKUP)])
    {'points': 5}
    """
    found: dict[str, int] = {}
    every = [(node, 2 if speaks_of_step(formula) else 1) for formula in formulas for node in f.walk(formula)]
    for node, more in every:
        if isinstance(node, AtMost):
            found[node.variable.name] = max(node.number + more, found.get(node.variable.name, 0))
        elif isinstance(node, f.Every | f.Some):
            found |= {p.sort.name: len(p.sort.special) + 1 for p in node.over if _excludes_special(node.body, p)}
    return {option.name: found[option.of] for option in lifecycle.scope_options if option.of in found}


def _excludes_special(body: f.Formula, param: f.Param) -> bool:
    """Return whether a formula is decided at each special element in one way, and at the others it is not."""
    special = {_at(body, param, f.Element(param.sort, number)) for number in range(len(param.sort.special))}
    return len(special) == 1 and special <= {f.TRUE, f.FALSE} and _at(body, param, None) not in special


def _at(formula: f.Formula, param: f.Param, element: f.Element | None) -> f.Formula:
    """A formula where a parameter names a special element (None: an ordinary one), as far as that decides it."""
    match formula:
        case f.Same(named, of) if named == param:
            return f.Literal(of == element)
        case f.Not(body):
            return negate(_at(body, param, element))
        case f.And(parts):
            return conj(_at(part, param, element) for part in parts)
        case f.Or(parts):
            return disj(_at(part, param, element) for part in parts)
        case f.Implies(premise, conclusion):
            return disj((negate(_at(premise, param, element)), _at(conclusion, param, element)))
        case f.After(body):
            inner = _at(body, param, element)
            return inner if isinstance(inner, f.Literal) else f.After(inner)
        case _:
            return formula
