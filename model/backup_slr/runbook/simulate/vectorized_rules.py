"""Rules as functions of many states at once: generated text over NumPy arrays.

The states of a batch of runs are one array, a row for each cell and a column (*lane*) for each run, seen flat: cell c
of lane k is element ``c * B + k``. A generated function gets the lanes that make a request, with the place of each, and
returns for each the number of the guard that does not hold plus one (0: done), having written the effects. A function
does the same as `core.step`, lane by lane.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backup_slr.engine.compile.codegen import compiled
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.compile.simplify import Facts, assume, conj, disj, negate
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.formula import FALSE, TRUE, Formula, Param, walk
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import AtMost, Count, Effect, Enum, Flag, HasRoom, Is, Variable, numbers_of, usual
from backup_slr.runbook.rng import Integers

Flags = NDArray[np.bool_]
Rules: TypeAlias = Callable[..., Integers]
"""From an object with states `S`, the locations of lanes, and choices, to the answer numbers."""
Test: TypeAlias = Callable[..., Flags]
"""From the same arguments to the truth of a formula in each lane."""
Axes: TypeAlias = tuple[Param | None, ...]
"""The axes of an array without the last one (the lanes); None: a hidden parameter."""
OUTSIDE = {
    "where": np.where, "every": np.logical_and.reduce, "some": np.logical_or.reduce, "alike": np.broadcast_arrays
}  # fmt: skip
"""The functions that generated text calls, because NumPy's methods import modules at their first call."""


@dataclass(frozen=True)
class At:
    """The places of lanes: their columns, offset by the cells of their Region and vault, and the numbers of these."""

    lane: Integers
    place: tuple[Integers, ...] = ()
    numbers: tuple[Integers, ...] = ()

    def __getitem__(self, some: Any) -> At:
        return At(self.lane[some], tuple(p[some] for p in self.place), tuple(n[some] for n in self.numbers))


@dataclass(frozen=True)
class Repetition:
    """A rule that decrements a count: the cell of the count, and the conditions under which it is done.

    `sure`: always; `calm`: if it does not collide.
    """

    cell: int
    sure: Test
    calm: Test


@dataclass
class Vectorizer:
    """Functions generated for one layout and batch size."""

    layout: Layout
    size: int
    constants: list[Any] = field(default_factory=list[Any])

    def attempt(self, rule: Rule, inputs: Mapping[str, int]) -> Rules:
        """The function of a rule with its parameters settled; choices stay arguments, by name."""
        choices = [i.name for i in rule.inputs if i.kind == "choice"]
        settled = {i.name: inputs.get(i.name, usual(i)) for i in rule.inputs if i.kind == "parameter"}
        lines: list[str] = []
        passed: Formula = TRUE
        held: list[int] = []
        for number, guard in enumerate(rule.guards):
            here = assume(settle(guard.condition, settled), Facts.of(passed))
            if here != TRUE:
                passed = conj((passed, here))
                lines.append(f"ok{number} = {self.text(here, rule.place)}")
                held.append(number)
        lines.append("code = lane * 0")
        lines += (f"code = where(ok{number}, code, {number + 1})" for number in reversed(held))
        lines += self._writes(rule, "code == 0", rule.effects, settled, passed)
        for number in held:
            if rule.guards[number].fails:
                lines += self._writes(rule, f"code == {number + 1}", rule.on_failure, settled, TRUE)
        return self._function("attempt", rule.place, choices, [*lines, "return code"])

    def repetition(self, rule: Rule, inputs: Mapping[str, int], collides: str) -> Repetition | None:
        """The repetition of a rule in one step; None if the rules do not allow it.

        A rule can be repeated if it decrements a count at its place, its other effects set values whatever the state
        is, and its guards only test whether that count is zero. After it is done once, it changes only that count, and
        only that count and the choice `collides` can block it (this is loop acceleration, as in model checkers for
        counter systems).
        """
        settled = {i.name: inputs.get(i.name, usual(i)) for i in rule.inputs if i.name != collides}
        guards = [settle(guard.condition, settled) for guard in rule.guards]
        passed = Facts.of(conj(guards))
        happens = [assume(settle(e.happens, settled), passed) for e in rule.effects]
        effects = [e for e, when in zip(rule.effects, happens, strict=True) if when != FALSE]
        counts = [(e.variable, e) for e in effects if isinstance(e.variable, Count)]
        if len(counts) != 1 or len(effects) != happens.count(TRUE):
            return None
        ((count, effect),) = counts
        if effect.value != -1 or effect.each or count.at != rule.place:
            return None
        for node in (node for guard in guards for node in walk(guard)):
            if isinstance(node, AtMost) and node.variable.name == count.name and node != count.is_zero():
                return None
        calm, hit = (conj(settle(guard, {collides: value}) for guard in guards) for value in (0, 1))
        cell = self.layout.affine[count.name][0] * self.size
        return Repetition(cell, self.test(conj((calm, hit)), rule.place), self.test(calm, rule.place))

    def test(self, formula: Formula, place: tuple[Param, ...], choices: Sequence[str] = ()) -> Test:
        """The function that evaluates a formula in each lane; `choices` become its arguments."""
        text = self.text(settle(formula, {}), place)
        return self._function("test", place, choices, [f"return {text}"])

    def value(self, variable: Variable, place: tuple[Param, ...]) -> Rules:
        return self._function("value", place, (), [f"return S[{self.index(variable, place)}]"])

    def _function(self, name: str, place: tuple[Param, ...], choices: Sequence[str], lines: list[str]) -> Any:
        head = ["S, lane = _runs.S, at.lane"]
        head += [f"at{i + 1} = at.place[{i}]; n_{p.name} = at.numbers[{i}]" for i, p in enumerate(place)]
        arguments = ", ".join(("_runs", "at", *choices))
        text = "\n    ".join([f"def {name}({arguments}):", *head, *lines])
        return compiled(name, text, Q=self.constants, **OUTSIDE)

    # ------------------------------------------------------------ effects

    def _writes(
        self, rule: Rule, when: str, effects: tuple[Effect, ...], settled: Mapping[str, int], passed: Formula
    ) -> list[str]:
        """Read all conditions and counts before writing; write only the effects that apply, in order."""
        reads, writes = [f"ends = {when}"], list[str]()
        facts = Facts.of(passed)
        for number, effect in enumerate(effects):
            happens = settle(effect.happens, settled)
            if not effect.each:
                happens = assume(happens, facts)
            if happens == FALSE:
                continue
            over = effect.each
            condition = "ends" if happens == TRUE else f"ends & {self.text(happens, rule.place, over)}"
            cell = self.index(effect.variable, rule.place, over)
            both = f"alike({cell}, {condition})" if over else f"{cell}, {condition}"
            reads += [f"i{number}, e{number} = {both}", f"i{number} = i{number}[e{number}]"]
            value = str(effect.value)
            if isinstance(effect.variable, Count):
                reads.append(f"w{number} = S[i{number}] + {value}")
                value = f"w{number}"
            writes.append(f"S[i{number}] = {value}")
        return [*reads, *writes] if writes else []

    # ------------------------------------------------------------ text

    def index(self, variable: Variable, place: tuple[Param, ...], over: Axes = ()) -> str:
        """The indices of a variable in the flat states, for these lanes."""
        fixed, factors = self.layout.affine[variable.name]
        depth = 0
        # A quantifier hides the place that has the same name.
        while depth < min(len(variable.at), len(place)) and variable.at[depth] == place[depth] not in over:
            depth += 1
        many: Any = 0
        start = f"at{depth}" if depth else "lane"
        for index, factor in list(zip(variable.at, factors, strict=True))[depth:]:
            if isinstance(index, f.Element):
                fixed += index.index * factor
            elif index in over:
                many = many + self._numbers(index, over) * factor
            else:
                start += f" + n_{index.name} * {factor * self.size}"
        if isinstance(many, int):
            return f"{start} + {fixed * self.size}" if fixed else start
        return f"{start} + {self._constant((many + fixed) * self.size)}"

    def _numbers(self, param: Param, over: Axes) -> Any:
        shape = [1] * (len(over) + 1)
        shape[over.index(param)] = size = self.layout.scope.size(param.sort)
        return np.arange(size).reshape(shape)

    def _constant(self, value: Any) -> str:
        self.constants.append(value)
        return f"Q[{len(self.constants) - 1}]"

    def text(self, formula: Formula, place: tuple[Param, ...], over: Axes = ()) -> str:
        match formula:
            case Flag(kind="choice"):
                return formula.name
            case Flag():
                return f"(S[{self.index(formula, place, over)}] != 0)"
            case Is(Enum(kind="choice") as variable, value):
                return f"({variable.name} == {value})"
            case Is(variable, value):
                return f"(S[{self.index(variable, place, over)}] == {value})"
            case AtMost(variable, number):
                return f"(S[{self.index(variable, place, over)}] <= {number})"
            case f.Same(param, element):
                name = f"n_{param.name}" if param not in over else self._constant(self._numbers(param, over))
                return f"({name} == {element.index})"
            case f.Not(body):
                return f"(~{self.text(body, place, over)})"
            case f.And(parts):
                return f"({' & '.join(self.text(p, place, over) for p in parts)})"
            case f.Or(parts):
                return f"({' | '.join(self.text(p, place, over) for p in parts)})"
            case f.Every(params, body) | f.Some(params, body):
                how = "every" if isinstance(formula, f.Every) else "some"
                # The parameters are new leading axes; a parameter hides an outer one of the same name.
                inner = (*params, *(None if param in params else param for param in over))
                shape = [self.layout.scope.size(p.sort) for p in params] + [1] * (len(over) + 1)
                everywhere = f"(lane >= {self._constant(np.zeros(shape, np.int64))})"
                return f"{how}({self.text(body, place, inner)} & {everywhere}, {tuple(range(len(params)))})"
            case f.Literal(value):
                return f"(lane {'>=' if value else '<'} 0)"
            case _:
                raise TypeError(f"{formula!r} cannot be printed for arrays")


def settle(formula: Formula, known: Mapping[str, int]) -> Formula:
    """The formula with these inputs substituted; counts have no bounds, so there is always room."""

    def settled(formula: Formula) -> Formula:
        match formula:
            case Flag() if formula.kind != "state" and formula.name in known:
                return f.Literal(bool(known[formula.name]))
            case Is(Enum() as variable, value) if variable.kind != "state" and variable.name in known:
                return f.Literal(known[variable.name] == value)
            case HasRoom():
                return TRUE
            case f.Not(body):
                return negate(settled(body))
            case f.And(parts):
                return conj(map(settled, parts))
            case f.Or(parts):
                return disj(map(settled, parts))
            case f.Implies(premise, conclusion):
                return disj((negate(settled(premise)), settled(conclusion)))
            case f.Every(over, body) | f.Some(over, body):
                inner = settled(body)
                return inner if isinstance(inner, f.Literal) else type(formula)(over, inner)
            case _:
                return formula

    return settled(formula)


def possible(rule: Rule) -> Formula:
    """The formula under which an action of the service can happen, for some value of its choices.

    Its clock runs while it holds.
    """
    found = conj([guard.condition for guard in rule.guards])
    for choice in rule.inputs:
        if choice.kind == "choice":
            found = disj(settle(found, {choice.name: number}) for number in numbers_of(choice))
    return found
