"""The model as a module of TLA+, and the configuration with which TLC checks it (Lamport 2002).

A rule is two definitions: how a request ends, which is a function of the state and the request, and the action. The
variable `step` remembers the last request and its end, for properties of steps; it is no part of the state, and the
configuration tells TLC so (VIEW). Its field `turn` is another one after each step: TLA+ judges no step that leaves all
variables as they are, and a request that is repeated without an effect would be one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backup_slr.engine.core.formula import TRUE, Every, Formula, Index, Param, Some, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable, usual
from backup_slr.engine.export.identifiers import comment
from backup_slr.engine.export.printed import Printed, Text, effects_on, left_out
from backup_slr.engine.export.tla_formulas import INPUTS, Tla, at_text, set_text, string, tuple_text

DONE = '<<"done", "">>'
WIDTH = 77


def tla(model: Model, module: str = "BackupSLR") -> Iterator[str]:
    """The lines of the module; it has no scope of its own, its constants do."""
    yield from _Module(model).lines(module)


def configuration(model: Model, scope: Scope) -> Iterator[str]:
    """The lines of the configuration that checks the module at a scope.

    Raises
    ------
    ValueError
        When a count has no bound.
    """
    yield from _Module(model).configuration(scope)


@dataclass(frozen=True)
class _Module(Tla):
    """The text of one model."""

    @property
    def _properties(self) -> list[Property]:
        return [p for p in self.model.properties if p.kind in ("always", "step")]

    def lines(self, module: str) -> Iterator[str]:
        """The module."""
        title = f" MODULE {module} "
        yield title.center(WIDTH, "-")
        yield f"(* {comment(self.model.name)}: made of its table of rules, not to be edited. *)"
        yield from (f"(* {line} *)" for line in left_out(self.model))
        yield "EXTENDS Integers"
        yield ""
        yield f"CONSTANTS {', '.join(self._constants())}"
        for sort in self.model.sorts:
            names = self._special(sort)
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
            yield f"  /\\ {self._called(variable)} = {self._everywhere(variable, self._zero(variable))}"
        yield f"  /\\ step = {self._record('none', [], {}, DONE, 'FALSE')}"
        yield ""
        yield "TypeOK =="
        yield from (f"  /\\ {self._called(v)} \\in {self._type(v)}" for v in self.model.state)
        yield ""
        for rule in self.model.rules:
            yield from self._rule(rule)
            yield ""
        yield "Next =="
        yield from (f"  \\/ {self._tried(rule)}" for rule in self.model.rules)
        yield ""
        yield "Spec == Init /\\ [][Next]_vars"
        yield ""
        for one in self._properties:
            yield f"\\* {comment(one.sentence)}. [{comment(' '.join(one.clauses))}]"
            here = Printed(self, {INPUTS: "step'."})
            text = here(Every(one.each, one.formula) if one.each else one.formula)
            yield f"{self.names('property', one.id)} == {text if one.kind == 'always' else f'[][{text}]_vars'}"
        yield "=" * WIDTH

    def _constants(self) -> list[str]:
        special = [name for sort in self.model.sorts for name in self._special(sort)]
        most = [self.names("most", v.name) for v in self.model.state if isinstance(v, Count)]
        return [*map(self._set, self.model.sorts), *special, *most]

    def _set(self, sort: Sort) -> Text:
        return self.names("set", sort.name)

    def _special(self, sort: Sort) -> list[Text]:
        return [self.names("element", sort.name, name) for name in sort.special]

    def _called(self, variable: Variable) -> Text:
        return self.names("variable", variable.name)

    def _zero(self, variable: Variable) -> Text:
        match variable:
            case Flag():
                return "FALSE"
            case Enum():
                return string(variable.values[0])
            case Count():
                return "0"

    def _value(self, variable: Variable, value: int) -> Text:
        if isinstance(variable, Enum):
            return string(variable.values[value])
        return "TRUE" if value else "FALSE"

    def _values(self, variable: Variable) -> Text:
        match variable:
            case Flag():
                return "BOOLEAN"
            case Enum():
                return set_text(variable.values)
            case Count():
                return f"0..{self.names('most', variable.name)}"

    def _type(self, variable: Variable) -> Text:
        values = self._values(variable)
        if not variable.per:
            return values
        places = " \\X ".join(map(self._set, variable.per))
        return f"[{places} -> {values}]"

    def _places(self, variable: Variable) -> dict[Text, Sort]:
        """Names for the places of a variable where it is written as a function."""
        return {self.names("x", str(number)): sort for number, sort in enumerate(variable.per, 1)}

    def _everywhere(self, variable: Variable, value: Text) -> Text:
        """The variable as a function of its place."""
        if not variable.per:
            return value
        over = ", ".join(f"{name} \\in {self._set(sort)}" for name, sort in self._places(variable).items())
        return f"[{over} |-> {value}]"

    def _record(self, action: str, place: list[Text], inputs: dict[str, Text], ends: Text, turn: Text) -> Text:
        told = {self.names.field(i.name): inputs.get(i.name, self._value(i, usual(i))) for i in self.names.inputs}
        fields = {"action": string(action), "place": tuple_text(place), **told, "ends": ends, "turn": turn}
        return f"[{', '.join(f'{name} |-> {value}' for name, value in fields.items())}]"

    def _rule(self, rule: Rule) -> Iterator[str]:
        place = [self.names("param", p.name) for p in rule.place]
        told = {i.name: self.names("input", i.name) for i in rule.inputs}
        here = Printed(self, dict(zip(rule.place, place, strict=True)))
        head = self._head(rule)
        ends = f"{self.names('ends', rule.action)}{head}"
        yield f"\\* {comment(rule.says)} [{comment(' '.join(rule.clauses))}]"
        yield f"{ends} =="
        for guard in rule.guards:
            end = tuple_text(['"failed"' if guard.fails else '"refused"', string(guard.otherwise.id)])
            yield f"  IF {self._negated(guard.condition, here)} THEN {end} ELSE"
        yield f"  {DONE}"
        yield f"{self.names('action', rule.action)}{head} =="
        done, failed = effects_on(self.model, rule.effects), effects_on(self.model, rule.on_failure)
        for variable in self.model.state:
            if variable.name in done or variable.name in failed:
                parts = {"done": done.get(variable.name, []), "failed": failed.get(variable.name, [])}
                yield f"  /\\ {self._called(variable)}' = {self._written(ends, variable, parts, here)}"
        kept = [self._called(v) for v in self.model.state if v.name not in {**done, **failed}]
        if kept:
            yield f"  /\\ UNCHANGED {tuple_text(kept)}"
        yield f"  /\\ step' = {self._record(rule.action, place, told, ends, '~step.turn')}"

    def _head(self, rule: Rule) -> Text:
        """The parameters of the definitions of a rule."""
        names = [
            *(self.names("param", p.name) for p in rule.place),
            *(self.names("input", i.name) for i in rule.inputs),
        ]
        return f"({', '.join(names)})" if names else ""

    def _negated(self, formula: Formula, here: Printed) -> Text:
        return self.negation(here(formula))

    def _written(self, ends: Text, variable: Variable, parts: dict[str, list[Effect]], here: Printed) -> Text:
        """What a variable is after the step, as a function of its place: what the last effect writes, or itself."""
        names = self._places(variable)
        held = f"{self._called(variable)}{at_text(list(names))}"
        text = held
        for outcome, effects in parts.items():
            for effect in effects:
                written = self._result(effect, held)
                where = here.all_of([f'({ends}[1] = "{outcome}")', *self._where(effect, list(names), here)])
                text = f"(IF {where} THEN {written} ELSE {text})"
        return self._everywhere(variable, text)

    def _result(self, effect: Effect, held: Text) -> Text:
        """What an effect writes where this is held."""
        if isinstance(effect.variable, Count):
            return f"{held} {'-' if effect.value < 0 else '+'} {abs(effect.value)}"
        return self._value(effect.variable, effect.value)

    def _where(self, effect: Effect, names: list[Text], here: Printed) -> Iterator[Text]:
        """An effect happens at a place; what its `each` stands for is read off the place where it can be."""
        bound: dict[Param, Text] = {}
        same: list[tuple[Index, Text]] = []
        for index, name in zip(effect.variable.at, names, strict=True):
            if isinstance(index, Param) and index in effect.each and index not in bound:
                bound[index] = name
            else:
                same.append((index, name))
        inner = here.at(bound)
        free = tuple(param for param in effect.each if param not in bound)
        yield from (self.same(inner.index(index), name) for index, name in same if index not in free)
        happens = Some(free, effect.happens) if free else effect.happens
        if happens != TRUE:
            yield inner(happens)

    def _tried(self, rule: Rule) -> Text:
        over = [f"{self.names('param', p.name)} \\in {self._set(p.sort)}" for p in rule.place]
        over += [f"{self.names('input', i.name)} \\in {self._values(i)}" for i in rule.inputs]
        call = f"{self.names('action', rule.action)}{self._head(rule)}"
        return f"\\E {', '.join(over)} : {call}" if over else call

    # ------------------------------------------------------------ the configuration

    def configuration(self, scope: Scope) -> Iterator[str]:
        """What TLC must be told."""
        yield "CONSTANTS"
        for sort in self.model.sorts:
            names = self.names.elements(scope, sort)
            yield from (f"  {name} = {name}" for name in names[: len(sort.special)])
            yield f"  {self._set(sort)} = {{{', '.join(names)}}}"
        for variable in self.model.state:
            if isinstance(variable, Count):
                bound = scope.bounds[variable.name]
                if bound is None:
                    raise ValueError(f"{variable.name} has no bound in this scope")
                yield f"  {self.names('most', variable.name)} = {bound}"
        yield "INIT Init"
        yield "NEXT Next"
        yield "VIEW State"
        yield "CHECK_DEADLOCK FALSE"
        yield "INVARIANTS"
        yield "  TypeOK"
        judged = [p for p in self._properties if p.fits(scope.sizes)]
        yield from (f"  {self.names('property', p.id)}" for p in judged if p.kind == "always")
        yield "PROPERTIES"
        yield from (f"  {self.names('property', p.id)}" for p in judged if p.kind == "step")
        for one in self._properties:
            if one not in judged:
                yield f"\\* means nothing in this scope: {self.names('property', one.id)}"
