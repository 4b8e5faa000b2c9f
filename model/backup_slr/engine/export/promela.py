"""The model as Promela, the language of Spin (Holzmann 1997).

One process takes one step after the other. What is asked (action, place, inputs) is chosen inside an `atomic`, and
the step itself is a `d_step`: so Spin stores the states of the model and nothing in between. The state before the step
is kept in hidden variables, which are no part of a state, and each property is asserted of every step; an *always* is
asserted of the state before it, which every reachable state is once, since some step can always be tried. Of a
property that means nothing in so small a scope a comment is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

from backup_slr.engine.core.formula import Every, Index, Param, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable, usual
from backup_slr.engine.export.identifiers import comment
from backup_slr.engine.export.printed import Printed, Text, left_out
from backup_slr.engine.export.promela_names import Names

OUTCOMES = ("done", "refused", "failed")
LARGEST = 255
"""A count is a byte."""


def promela(model: Model, scope: Scope) -> Iterator[str]:
    """The lines of the model at a scope; its *always* and *step* properties are assertions.

    Raises
    ------
    ValueError
        When a count has no bound here, or one that no byte holds.
    """
    for variable in model.state:
        bound = scope.bounds.get(variable.name, 0) if isinstance(variable, Count) else 0
        if bound is None or bound > LARGEST:
            raise ValueError(f"Promela needs {variable.name} to be at most {LARGEST}")
    yield from _Promela(model, scope).lines()


@dataclass(frozen=True)
class _Promela:
    """The text of one model at one scope."""

    model: Model
    scope: Scope

    # ------------------------------------------------------------ as a language of formulas

    def literal(self, value: bool) -> Text:
        return "true" if value else "false"

    def negation(self, body: Text) -> Text:
        return f"!({body})" if body.startswith("!") else f"!{body}"  # two in a row are an operator of their own

    def joined(self, parts: list[Text], both: bool) -> Text:
        return f"({(' && ' if both else ' || ').join(parts)})"

    def quantified(self, formula: Every | Some, here: Printed) -> Text:
        bodies = [
            here.at({param: str(element.index) for param, element in place.items()})(formula.body)
            for place in self.scope.places(formula.over)
        ]
        return here.all_of(bodies) if isinstance(formula, Every) else here.any_of(bodies)

    def has(self, variable: Variable) -> bool:
        return variable.kind == "state" or variable.name in {i.name for i in self._names.inputs}

    def read(self, variable: Variable, here: Printed) -> Text:
        if variable.kind != "state":
            return self._names("variable", variable.name)
        name = self._names("variable" if here.after else "before", variable.name)
        return f"{name}[{self._number(variable, [here.index(i) for i in variable.at])}]" if variable.per else name

    def is_value(self, variable: Variable, value: int, held: Text) -> Text:
        if isinstance(variable, Enum):
            return f"({held} == {self._value(variable, value)})"
        return held if value else f"!{held}"

    def at_most(self, held: Text, number: int) -> Text:
        return f"({held} <= {number})"

    def has_room(self, count: Count, held: Text) -> Text:
        return f"({held} < {self._names('most', count.name)})"

    def same(self, one: Text, other: Text) -> Text:
        return f"({one} == {other})"

    def element(self, index: Index) -> Text:
        if isinstance(index, Param):
            raise TypeError(f"{index!r} stands for nothing here")
        return str(index.index)

    def unchanged(self, names: tuple[str, ...], here: Printed) -> Text:
        cells = (cell for v in self.model.state if v.name in names for cell in self._cells(v))
        return here.all_of(f"({before} == {now})" for before, now in cells)

    def does(self, actions: tuple[str, ...], at: list[Text]) -> Text:
        print_ = Printed(self)
        return print_.any_of(
            print_.all_of((
                f"(action == {self._names('do', rule.action)})",
                *(f"({self._names('at', p.sort.name)} == {index})" for p, index in zip(rule.place, at, strict=False)),
            ))
            for rule in self.model.rules
            if rule.action in actions and len(at) <= len(rule.place)
        )  # fmt: skip

    def ends(self, how: tuple[str, ...]) -> Text:
        outcomes = [f"(outcome == {h.upper()})" for h in how if h in OUTCOMES]
        reasons = [f"(because == {self._names('why', h)})" for h in how if h in self._names.refusals]
        return Printed(self).any_of([*outcomes, *reasons])

    # ------------------------------------------------------------ names and cells

    @cached_property
    def _names(self) -> Names:
        return Names(self.model)

    def _value(self, variable: Variable, value: int) -> Text:
        return self._names("value", variable.name, variable.values[value]) if isinstance(variable, Enum) else str(value)

    def _number(self, variable: Variable, at: list[Text]) -> Text:
        """The number of a cell in the array of its variable."""
        text = ""
        for sort, index in zip(variable.per, at, strict=True):
            text = f"({text})*{self.scope.size(sort)} + {index}" if text else index
        return text

    def _cells(self, variable: Variable) -> Iterator[tuple[Text, Text]]:
        """Every cell of a variable, before the step and now."""
        before, now = self._names("before", variable.name), self._names("variable", variable.name)
        if not variable.per:
            yield before, now
            return
        for number in range(prod(map(self.scope.size, variable.per))):
            yield f"{before}[{number}]", f"{now}[{number}]"

    # ------------------------------------------------------------ the text

    def lines(self) -> Iterator[str]:
        sizes = ", ".join(f"{sort.name} {self.scope.size(sort)}" for sort in self.model.sorts)
        bounds = ", ".join(f"{name} {bound}" for name, bound in self.scope.bounds.items())
        yield f"/* {comment(self.model.name)}; scope: {sizes}, {bounds}"
        yield from (f"   {line}" for line in left_out(self.model))
        yield "   To check it:  spin -a FILE && gcc -O2 -DSAFETY -o pan pan.c && ./pan -m1000000"
        yield "   All violated properties, not only the first:  ./pan -m1000000 -c0"
        yield "   A shortest way to a violation: compile with -DBFS as well, then: spin -t -p -g FILE */"
        yield ""
        yield from self._constants()
        yield from self._variables()
        for rule in self.model.rules:
            yield from self._rule(rule)
        yield from self._judge()
        yield from self._process()

    def _constants(self) -> Iterator[str]:
        for number, rule in enumerate(self.model.rules, 1):
            yield f"#define {self._names('do', rule.action)} {number}"
        for number, outcome in enumerate(OUTCOMES):
            yield f"#define {outcome.upper()} {number}"
        for number, refusal in enumerate(self._names.refusals, 1):
            yield f"#define {self._names('why', refusal)} {number}"
        for variable in (*self.model.state, *self._names.inputs):
            if isinstance(variable, Enum):
                for value in range(len(variable.values)):
                    yield f"#define {self._value(variable, value)} {value}"
            elif isinstance(variable, Count):
                yield f"#define {self._names('most', variable.name)} {self.scope.bounds[variable.name]}"
        yield ""

    def _declared(self, variable: Variable, which: str = "variable") -> str:
        size = prod(map(self.scope.size, variable.per))
        kind = "bit" if isinstance(variable, Flag) and which == "variable" else "byte"  # Spin hides no bit
        return f"{kind} {self._names(which, variable.name)}{f'[{size}]' if variable.per else ''};"

    def _variables(self) -> Iterator[str]:
        yield "/* the state; everything is zero at first */"
        yield from map(self._declared, self.model.state)
        yield "/* what is asked; zero again after each step */"
        yield "byte action;"
        yield from (f"byte {self._names('at', sort.name)};" for sort in self.model.sorts)
        yield from map(self._declared, self._names.inputs)
        yield "/* the state before the step, and how the step ends: no part of the state */"
        yield from (f"hidden {self._declared(v, 'before')}" for v in self.model.state)
        yield "hidden byte outcome; hidden byte because;"
        yield from (f"hidden byte {self._names('holds', p.id)};" for p in self._asserted)
        yield ""
        yield "#define needs(condition, how, why) \\"
        yield "  if :: (outcome == DONE) && !(condition) -> outcome = how; because = why :: else fi"
        yield "#define becomes(cell, condition, value) cell = ((condition) -> (value) : cell)"
        yield ""

    @property
    def _properties(self) -> list[Property]:
        return [p for p in self.model.properties if p.kind in ("always", "step")]

    @property
    def _asserted(self) -> list[Property]:
        return [p for p in self._properties if p.fits(self.scope.sizes)]

    def _rule(self, rule: Rule) -> Iterator[str]:
        here = Printed(self, {param: self._names("at", param.sort.name) for param in rule.place})
        yield f"inline {self._names('doing', rule.action)}() {{  /* {comment(rule.says)} */"
        for guard in rule.guards:
            how = "FAILED" if guard.fails else "REFUSED"
            why = self._names("why", guard.otherwise.id)
            yield f"  needs({here(guard.condition)}, {how}, {why});  /* {comment(guard.clause)} */"
        for outcome, effects in (("DONE", rule.effects), ("FAILED", rule.on_failure)):
            for effect in effects:
                yield from self._effect(effect, f"(outcome == {outcome})", here)
        if not (rule.guards or rule.effects):
            yield "  skip"
        yield "}"

    def _effect(self, effect: Effect, outcome: Text, here: Printed) -> Iterator[str]:
        variable = effect.variable
        for place in self.scope.places(effect.each):
            inner = here.at({param: str(element.index) for param, element in place.items()})
            cell = self.read(variable, replace(inner, after=True))
            when = inner.all_of((outcome, inner(effect.happens)))
            yield f"  becomes({cell}, {when}, {self._result(effect, inner)});  /* {comment(effect.clause)} */"

    def _result(self, effect: Effect, here: Printed) -> Text:
        """What an effect writes to a cell."""
        variable = effect.variable
        if isinstance(variable, Count):
            return f"{self.read(variable, here)} {effect.value:+d}"
        return self._value(variable, effect.value)

    def _judge(self) -> Iterator[str]:
        yield "inline judge() {"
        for one in self._properties:
            said = comment(f"{one.sentence}. {' '.join(one.clauses)}")
            if one not in self._asserted:
                yield f"  /* means nothing in this scope: {said} */"
                continue
            formula = Every(one.each, one.formula) if one.each else one.formula
            holds = self._names("holds", one.id)
            yield f"  /* {said} */"
            yield f"  {holds} = {Printed(self)(formula)};"
            yield f"  assert({holds});"
        yield "  skip"
        yield "}"
        yield ""

    def _process(self) -> Iterator[str]:
        state = [cell for variable in self.model.state for cell in self._cells(variable)]
        inputs = self._names.inputs
        asked = ["action", *(self._names("at", s.name) for s in self.model.sorts)]
        asked += [self._names("variable", i.name) for i in inputs]
        yield "active proctype account() {"
        yield "end:"
        yield "  do"
        yield "  :: atomic {"
        yield "    if"
        for rule in self.model.rules:
            chosen = [f"action = {self._names('do', rule.action)}"]
            for name, size in self._choices(rule):
                chosen.append(f"if {' '.join(f':: {name} = {value}' for value in range(size))} fi")
            # An input that the action does not read has its usual value.
            unread = [i for i in inputs if i not in rule.inputs and usual(i)]
            chosen += [f"{self._names('variable', i.name)} = {usual(i)}" for i in unread]
            yield f"    :: {'; '.join(chosen)}"
        yield "    fi;"
        yield "    d_step {"
        yield f"      {'; '.join(f'{before} = {now}' for before, now in state)};"
        yield "      outcome = DONE; because = 0;"
        yield "      if"
        for rule in self.model.rules:
            yield f"      :: action == {self._names('do', rule.action)} -> {self._names('doing', rule.action)}()"
        yield "      fi;"
        yield "      judge();"
        yield f"      {'; '.join(f'{name} = 0' for name in asked)}"
        yield "    }"
        yield "  }"
        yield "  od"
        yield "}"

    def _choices(self, rule: Rule) -> Iterator[tuple[str, int]]:
        """What a request says of itself: place and inputs, each with how many values it has."""
        for param in rule.place:
            yield self._names("at", param.sort.name), self.scope.size(param.sort)
        for variable in rule.inputs:
            yield self._names("variable", variable.name), len(variable.values) if isinstance(variable, Enum) else 2
