"""The reference interpreter: evaluates formulas node by node. All other evaluations are tested against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.formula import Element, Formula, Index, Param
from backup_slr.engine.core.rule import Guard, Outcome, Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.variable import AtMost, Count, Effect, Flag, HasRoom, Is, Variable, usual


@dataclass(slots=True)
class Situation:
    """The context of evaluation: a state, the values of parameters and inputs, and for a step also its end.

    Only step formulas need `after`, `action`, `place` and `ends` (the outcome and the refusal, if any).
    """

    # It never changes, but a quantifier makes one for each place, and making a frozen one takes three times as long.

    layout: Layout
    before: State
    stands_for: Mapping[Param, Element] = field(default_factory=dict[Param, Element])
    inputs: Mapping[str, int] = field(default_factory=dict[str, int])
    after: State | None = None
    action: str = ""
    place: tuple[int, ...] = ()
    ends: tuple[str, ...] = ()

    def at(self, place: Mapping[Param, Element]) -> Situation:
        """The same situation, in which these parameters stand for these elements too."""
        stands_for = {**self.stands_for, **place}  # `replace` takes eight times as long
        return Situation(
            self.layout, self.before, stands_for, self.inputs, self.after, self.action, self.place, self.ends
        )

    def index(self, index: Index) -> int:
        """The number of the element that an index refers to here."""
        return (index if isinstance(index, Element) else self.stands_for[index]).index

    def value(self, variable: Variable) -> int:
        if variable.kind != "state":
            return self.inputs.get(variable.name, usual(variable))
        return self.before[self.layout.cell(variable.name, [self.index(i) for i in variable.at])]


def holds(formula: Formula, here: Situation) -> bool:
    """Whether a formula is true in a situation; a `TypeError` if it speaks of a step and the situation has none."""
    match formula:
        case f.Literal(value):
            return value
        case Flag():
            return bool(here.value(formula))
        case Is(variable, value):
            return here.value(variable) == value
        case AtMost(variable, number):
            return here.value(variable) <= number
        case HasRoom(variable):
            bound = here.layout.scope.bound(variable)
            return bound is None or here.value(variable) < bound
        case f.Same(param, element):
            return here.stands_for[param] == element
        case f.Not(body):
            return not holds(body, here)
        case f.And(parts):
            return all(holds(part, here) for part in parts)
        case f.Or(parts):
            return any(holds(part, here) for part in parts)
        case f.Implies(premise, conclusion):
            return not holds(premise, here) or holds(conclusion, here)
        case f.Every(over, body):
            return all(holds(body, inner) for inner in _inner(here, over))
        case f.Some(over, body):
            return any(holds(body, inner) for inner in _inner(here, over))
        case f.After(body) if here.after is not None:
            return holds(body, replace(here, before=here.after))
        case f.Unchanged(names) if here.after is not None:
            changed = [o for (o, _), a, b in zip(here.layout.cells, here.before, here.after, strict=True) if a != b]
            return not any(variable.name in names for variable in changed)
        case f.Does(actions, at) if here.after is not None:
            wanted = tuple(map(here.index, at))
            return here.action in actions and here.place[: len(at)] == wanted
        case f.Ends(how) if here.after is not None:
            return any(end in how for end in here.ends)
        case _:
            raise TypeError(f"{formula!r} has no meaning here")


def _inner(here: Situation, over: tuple[Param, ...]) -> Iterator[Situation]:
    return map(here.at, here.layout.scope.places(over))


def interpreted_step(rule: Rule, here: Situation) -> tuple[Outcome, Guard | None, State]:
    """Execute an action: the outcome, the guard that did not hold, and the next state."""
    for guard in rule.guards:
        if not holds(guard.condition, here):
            if guard.fails:
                return "failed", guard, _changed(rule.on_failure, here)
            return "refused", guard, here.before
    return "done", None, _changed(rule.effects, here)


def _changed(effects: tuple[Effect, ...], here: Situation) -> State:
    cells = list(here.before)
    for effect in effects:
        for inner in _inner(here, effect.each):
            if holds(effect.happens, inner):
                variable = effect.variable
                cell = here.layout.cell(variable.name, [inner.index(i) for i in variable.at])
                relative = here.before[cell] if isinstance(variable, Count) else 0
                cells[cell] = relative + effect.value
    return tuple(cells)
