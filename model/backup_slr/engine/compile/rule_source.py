"""Code generation: a rule as a Python function of the state, the place and the inputs (`step` compiles it)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from backup_slr.engine.compile.codegen import source
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import TRUE, Element, Formula
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable

UNROLLED = 64
"""Quantifiers over at most this many places are spelled out in the text; longer ones become loops."""


@dataclass(frozen=True)
class RuleSource:
    """Prints the rules of a model at one scope; reads variables from `_state`, and inputs from arguments by name."""

    layout: Layout

    def text(self, rule: Rule) -> str:
        names = ["_state", *(p.name for p in rule.place), *(i.name for i in rule.inputs)]
        lines = [f"def {rule.action}({', '.join(names)}):"]
        for number, guard in enumerate(rule.guards):
            lines.append(f"    if not {self._formula(guard.condition)}:")
            result = self._result(number, rule.on_failure if guard.fails else (), rule.guards[:number])
            lines += (f"    {line}" for line in result)
        return "\n".join([*lines, *self._result(-1, rule.effects, rule.guards)])

    def _result(self, number: int, effects: tuple[Effect, ...], passed: tuple[Guard, ...]) -> list[str]:
        """Lines that return the number with the writes of the effects, which all read the old state.

        A condition of an effect that a passed guard implies is not tested again.
        """
        known = {guard.condition for guard in passed} | {TRUE}
        if all(e.happens in known and not e.each for e in effects):
            pairs = "".join(f"{self._pair(e)}, " for e in effects)
            return [f"    return {number}, ({pairs})"]
        lines = ["    _writes = []"]
        for effect in effects:
            # A generator keeps its names to itself: one may be the name of the place of the rule.
            loops = "".join(f" for {p.name} in range({self.layout.scope.size(p.sort)})" for p in effect.each)
            condition = self._formula(effect.happens)
            if loops:
                lines.append(f"    _writes.extend({self._pair(effect)}{loops} if {condition})")
            else:
                lines.append(f"    if {condition}: _writes.append({self._pair(effect)})")
        return [*lines, f"    return {number}, _writes"]

    def _pair(self, effect: Effect) -> str:
        cell = self.cell(effect.variable)
        value = f"_state[{cell}] + {effect.value}" if isinstance(effect.variable, Count) else str(effect.value)
        return f"({cell}, {value})"

    def _formula(self, formula: Formula) -> str:
        places = prod(self.layout.scope.size(sort) for sort in self.layout.chain)
        short = Ground(self.layout.scope)(formula) if places <= UNROLLED else formula
        return source(short, self, self.layout.scope)

    # ------------------------------------------------------------ as a reader of variables

    def cell(self, variable: Variable) -> str:
        fixed, factors = self.layout.affine(variable.name)
        terms: list[str] = []
        for index, factor in zip(variable.at, factors, strict=True):
            if isinstance(index, Element):
                fixed += index.index * factor
            else:
                terms.append(f"{index.name} * {factor}")
        return " + ".join([*terms, str(fixed)])

    def _value(self, variable: Variable) -> str:
        return f"_state[{self.cell(variable)}]" if variable.kind == "state" else variable.name

    def flag(self, flag: Flag) -> str:
        return self._value(flag)

    def equals(self, variable: Enum, value: int) -> str:
        return f"({self._value(variable)} == {value})"

    def at_most(self, count: Count, number: int) -> str:
        return f"({self._value(count)} <= {number})"

    def together(self, parts: Sequence[Formula], all_of: bool) -> tuple[list[str], list[Formula]]:
        return [], list(parts)
