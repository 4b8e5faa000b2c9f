"""Export a model as a module of TLA+, with the configuration for TLC (Lamport 2002).

A rule becomes two definitions: the outcome of a request, a function of the state and the request, and the action. The
variable `step` remembers the last request and its outcome, for properties of steps; it is not part of the state, which
the configuration declares to TLC (VIEW). Its field `turn` changes with each step, because TLA+ ignores steps that leave
all variables unchanged, such as a repeated request without an effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backup_slr.engine.core.formula import TRUE, Formula, Index, Param, Some, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable, usual
from backup_slr.engine.export.formula_text import Context, comment, left_out
from backup_slr.engine.export.tla_formulas import TlaPrinter, at_text, set_text, string, tuple_text

DONE = '<<"done", "">>'
WIDTH = 77
TLC = "java -cp tla2tools.jar tlc2.TLC -config MODULE.cfg MODULE.tla"
"""The command that checks a module."""


def tla(model: Model, module: str = "BackupSLR") -> Iterator[str]:
    """Generate the lines of the module; its constants set the scope."""
    yield from _TlaModule(model).lines(module)


def configuration(model: Model, scope: Scope) -> Iterator[str]:
    """The lines of the configuration that checks the module at a scope; a `ValueError` if a count has no bound."""
    yield from _TlaModule(model).configuration(scope)


@dataclass(frozen=True)
class _TlaModule(TlaPrinter):
    def lines(self, module: str) -> Iterator[str]:
        title = f" MODULE {module} "
        yield title.center(WIDTH, "-")
        yield f"(* {comment(self.model.name)}: generated from its rules; do not edit. *)"
        yield from (f"(* {line} *)" for line in left_out(self.model))
        yield from (f"(* {line} *)" for line in (
            f"Check it with TLC and the configuration {module}.cfg, which sets the scope and lists the properties:",
            f"    {TLC.replace('MODULE', module)}",
            "TLC ends with 'Model checking completed. No error has been found.', or with the name of the property",
            "that is violated and a trace.",
        ))  # fmt: skip
        yield "EXTENDS Integers"
        yield ""
        special = {sort: [self.names("element", sort.name, name) for name in sort.special] for sort in self.model.sorts}
        constants = [*map(self._set, special), *(name for names in special.values() for name in names)]
        constants += [self.names("most", v.name) for v in self.model.state if isinstance(v, Count)]
        yield f"CONSTANTS {', '.join(constants)}"
        for sort, names in special.items():
            for number, name in enumerate(names):
                others = "".join(f" /\\ {name} # {other}" for other in names[:number])
                yield f"ASSUME {name} \\in {self._set(sort)}{others}"
        yield ""
        state = list(map(self._called, self.model.state))
        yield f"VARIABLES {', '.join([*state, 'step'])}"
        yield f"vars == {tuple_text([*state, 'step'])}"
        yield f"State == {tuple_text(state)}"
        yield ""
        yield "Init =="
        for variable in self.model.state:
            yield f"  /\\ {self._called(variable)} = {self._everywhere(variable, self.value(variable, 0))}"
        yield f"  /\\ step = {self._record('none', [], {}, DONE, 'FALSE')}"
        yield ""
        yield "TypeOK =="
        for variable in self.model.state:
            values, places = self._values(variable), " \\X ".join(map(self._set, variable.per))
            yield f"  /\\ {self._called(variable)} \\in {f'[{places} -> {values}]' if places else values}"
        yield ""
        for rule in self.model.rules:
            yield from self._rule(rule)
            yield ""
        yield "Next =="
        yield from (f"  \\/ {self._tried(rule)}" for rule in self.model.rules)
        yield ""
        yield "Spec == Init /\\ [][Next]_vars"
        yield ""
        for one in self.invariants:
            yield f"\\* {comment(one.sentence)}. [{comment(' '.join(one.clauses))}]"
            text = self.property_text(one, Context(inputs="step'."))
            yield f"{self.names('property', one.id)} == {text if one.kind == 'always' else f'[][{text}]_vars'}"
        yield "=" * WIDTH

    def _set(self, sort: Sort) -> str:
        return self.names("set", sort.name)

    def _called(self, variable: Variable) -> str:
        return self.names("variable", variable.name)

    def _values(self, variable: Variable) -> str:
        match variable:
            case Flag():
                return "BOOLEAN"
            case Enum():
                return set_text(variable.values)
            case Count():
                return f"0..{self.names('most', variable.name)}"

    def _everywhere(self, variable: Variable, value: str) -> str:
        names = self._places(variable)
        over = ", ".join(f"{name} \\in {self._set(sort)}" for name, sort in zip(names, variable.per, strict=True))
        return f"[{over} |-> {value}]" if names else value

    def _places(self, variable: Variable) -> list[str]:
        return [self.names("x", str(number)) for number, _ in enumerate(variable.per, 1)]

    def _record(self, action: str, place: list[str], inputs: dict[str, str], ends: str, turn: str) -> str:
        said = {self.fields[i.name]: inputs.get(i.name, self.value(i, usual(i))) for i in self.inputs}
        fields = {"action": string(action), "place": tuple_text(place), **said, "ends": ends, "turn": turn}
        return f"[{', '.join(f'{name} |-> {value}' for name, value in fields.items())}]"

    # ------------------------------------------------------------ rules

    def _head(self, rule: Rule) -> str:
        names = [self.names("param", p.name) for p in rule.place] + [self.names("input", i.name) for i in rule.inputs]
        return f"({', '.join(names)})" if names else ""

    def _rule(self, rule: Rule) -> Iterator[str]:
        place = [self.names("param", p.name) for p in rule.place]
        here = Context(dict(zip(rule.place, place, strict=True)))
        head = self._head(rule)
        ends = f"{self.names('ends', rule.action)}{head}"
        yield f"\\* {comment(rule.says)} [{comment(' '.join(rule.clauses))}]"
        yield f"{ends} =="
        for guard in rule.guards:
            end = tuple_text(['"failed"' if guard.fails else '"refused"', string(guard.otherwise.id)])
            yield f"  IF {self.negation(self.text(guard.condition, here))} THEN {end} ELSE"
        yield f"  {DONE}"
        yield f"{self.names('action', rule.action)}{head} =="
        written = {effect.variable.name for effect in (*rule.effects, *rule.on_failure)}
        for variable in self.model.state:
            if variable.name in written:
                yield f"  /\\ {self._called(variable)}' = {self._written(rule, ends, variable, here)}"
        kept = [self._called(v) for v in self.model.state if v.name not in written]
        if kept:
            yield f"  /\\ UNCHANGED {tuple_text(kept)}"
        inputs = {i.name: self.names("input", i.name) for i in rule.inputs}
        yield f"  /\\ step' = {self._record(rule.action, place, inputs, ends, '~step.turn')}"

    def _written(self, rule: Rule, ends: str, variable: Variable, here: Context) -> str:
        """Print the next value of a variable as a function of its place: that of the last effect, or the old one."""
        names = self._places(variable)
        held = text = f"{self._called(variable)}{at_text(names)}"
        for outcome, effects in (("done", rule.effects), ("failed", rule.on_failure)):
            for effect in (e for e in effects if e.variable.name == variable.name):
                written = f"{held} {'-' if effect.value < 0 else '+'} {abs(effect.value)}"
                if not isinstance(variable, Count):
                    written = self.value(variable, effect.value)
                where = self.all_of([self.same(f"{ends}[1]", string(outcome)), *self._where(effect, names, here)])
                text = f"(IF {where} THEN {written} ELSE {text})"
        return self._everywhere(variable, text)

    def _where(self, effect: Effect, names: list[str], here: Context) -> Iterator[str]:
        """Print the condition that an effect applies at a place; its `each` is bound to parts of the place."""
        bound: dict[Param, str] = {}
        same: list[tuple[Index, str]] = []
        for index, name in zip(effect.variable.at, names, strict=True):
            if isinstance(index, Param) and index in effect.each and index not in bound:
                bound[index] = name
            else:
                same.append((index, name))
        inner = here.binding(bound)
        free = tuple(param for param in effect.each if param not in bound)
        yield from (self.same(self.index(index, inner), name) for index, name in same if index not in free)
        happens: Formula = Some(free, effect.happens) if free else effect.happens
        if happens != TRUE:
            yield self.text(happens, inner)

    def _tried(self, rule: Rule) -> str:
        over = [f"{self.names('param', p.name)} \\in {self._set(p.sort)}" for p in rule.place]
        over += [f"{self.names('input', i.name)} \\in {self._values(i)}" for i in rule.inputs]
        call = f"{self.names('action', rule.action)}{self._head(rule)}"
        return f"\\E {', '.join(over)} : {call}" if over else call

    # ------------------------------------------------------------ the configuration

    def configuration(self, scope: Scope) -> Iterator[str]:
        yield "CONSTANTS"
        for sort in self.model.sorts:
            names = self.elements(scope, sort)
            yield from (f"  {name} = {name}" for name in names[: len(sort.special)])
            yield f"  {self._set(sort)} = {{{', '.join(names)}}}"
        for variable in self.model.state:
            if isinstance(variable, Count):
                bound = scope.bound(variable)
                if bound is None:
                    raise ValueError(f"{variable.name} has no bound in this scope")
                yield f"  {self.names('most', variable.name)} = {bound}"
        yield "INIT Init"
        yield "NEXT Next"
        yield "VIEW State"
        yield "CHECK_DEADLOCK FALSE"
        yield "INVARIANTS"
        yield "  TypeOK"
        judged = [p for p in self.invariants if p.fits(scope.sizes)]
        yield from (f"  {self.names('property', p.id)}" for p in judged if p.kind == "always")
        yield "PROPERTIES"
        yield from (f"  {self.names('property', p.id)}" for p in judged if p.kind == "step")
        for one in self.invariants:
            if one not in judged:
                yield f"\\* does not apply in this scope: {self.names('property', one.id)}"
