"""What a formula is about: a state alone or a step, and which inputs of the request."""

from __future__ import annotations

from backup_slr.core.formula import After, And, Does, Ends, Every, Formula, Implies, Not, Or, Some, Unchanged
from backup_slr.core.variable import Enum, Flag, Is


def speaks_of_step(formula: Formula) -> bool:
    """It mentions an action, an end, an input, or the state afterwards."""
    match formula:
        case After() | Unchanged() | Does() | Ends():
            return True
        case Flag(kind=kind):
            return kind != "state"
        case Is(variable, _):
            return variable.kind != "state"
        case Not(body) | Every(_, body) | Some(_, body):
            return speaks_of_step(body)
        case And(parts) | Or(parts):
            return any(map(speaks_of_step, parts))
        case Implies(premise, conclusion):
            return speaks_of_step(premise) or speaks_of_step(conclusion)
        case _:
            return False


def inputs_in(*formulas: Formula) -> frozenset[str]:
    """The names of all inputs that some formulas mention."""
    names: frozenset[str] = frozenset()
    for formula in formulas:
        match formula:
            case Flag(name=name, kind="parameter" | "choice") | Is(Enum(name=name, kind="parameter" | "choice"), _):
                names |= {name}
            case Not(body) | Every(_, body) | Some(_, body) | After(body):
                names |= inputs_in(body)
            case And(parts) | Or(parts):
                names |= inputs_in(*parts)
            case Implies(premise, conclusion):
                names |= inputs_in(premise, conclusion)
            case _:
                pass
    return names
