"""Export a model as Promela, the language of Spin (Holzmann 1997).

One process takes all steps. The request (action, place, inputs) is chosen inside an `atomic`, and the
step itself is a `d_step`, so Spin stores only the states of the model. Hidden variables, which are not part of a state,
hold the state before the step. Each property is asserted at every step; an *always* is asserted of the state before the
step, which covers every reachable state, because some step is always possible. A property that is meaningless in a
scope this small becomes a comment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

from backup_slr.engine.compile.naming import OUTCOMES
from backup_slr.engine.core.formula import Element, Every, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable, usual
from backup_slr.engine.export.formula_text import Context, FormulaPrinter, comment, identifiers, left_out

LARGEST = 255
"""A count is a byte."""
_RESERVED = (
    # of Promela
    "active assert atomic bit bool break byte chan d_step do else empty enabled eval false fi for full goto hidden if "
    "in init inline int len local mtype nempty never nfull notrace np_ od of pc_value pid printf printm priority "
    "proctype provided run select set short show skip timeout trace true typedef unless unsigned xr xs "
    # of the text around the model
    "action because outcome account end needs becomes DONE REFUSED FAILED "
    # of C, in which Spin writes its search, and of its preprocessor
    "auto case char const continue default double enum extern float long register restrict return signed sizeof static "
    "struct switch union void volatile while unix linux now"
)


def promela(model: Model, scope: Scope) -> Iterator[str]:
    """The lines of the model at a scope; a `ValueError` if a count has no bound here, or one that no byte holds."""
    for variable in model.state:
        bound = scope.bound(variable) if isinstance(variable, Count) else 0
        if bound is None or bound > LARGEST:
            raise ValueError(f"Promela needs {variable.name} to be at most {LARGEST}")
    yield from _Promela(model, scope).lines()


def asserted(model: Model, scope: Scope) -> Mapping[str, str]:
    """The id of each property, by the variable that is asserted for it."""
    table = _Promela(model, scope).identifiers
    return {name: thing[1] for thing, name in table.items() if thing[0] == "holds"}


def constant(name: str) -> str:
    """A name in the style of constants: ``not-permitted`` is ``NOT_PERMITTED``."""
    return "".join(c if c.isalnum() else "_" for c in name).upper()


@dataclass(frozen=True)
class _Promela(FormulaPrinter):
    scope: Scope

    TRUE, FALSE, NOT, AND, OR, EQUALS = "true", "false", "!", "&&", "||", "=="
    RESERVED = frozenset(_RESERVED.split())

    # ------------------------------------------------------------ names and cells

    @cached_property
    def refusals(self) -> list[str]:
        return list(dict.fromkeys(g.otherwise.id for rule in self.model.rules for g in rule.guards))

    def wanted(self) -> Iterator[tuple[tuple[str, ...], str]]:
        # The preprocessor replaces constants everywhere, so all names share one name space.
        model = self.model
        variables = (*model.state, *self.inputs)
        yield from ((("variable", v.name), v.name) for v in variables)
        for v in variables:
            if isinstance(v, Enum):
                yield from ((("value", v.name, value), constant(f"{v.name}_{value}")) for value in v.values)
            elif isinstance(v, Count):
                yield ("most", v.name), f"MOST_{constant(v.name)}"
        yield from ((("do", rule.action), constant(rule.action)) for rule in model.rules)  # the number of an action
        yield from ((("why", refusal), constant(refusal)) for refusal in self.refusals)
        yield from ((("at", sort.name), f"at_{sort.name}") for sort in model.sorts)  # an index of the place
        called = identifiers(((v.name, v.name) for v in model.state), self.RESERVED)
        yield from ((("before", v.name), f"old_{called[v.name]}") for v in model.state)
        yield from ((("holds", p.id), f"holds_{p.id}") for p in model.properties)

    def _cells(self, variable: Variable) -> Iterator[tuple[str, str]]:
        before, now = self.names("before", variable.name), self.names("variable", variable.name)
        size = prod(map(self.scope.size, variable.per))
        for index in (f"[{number}]" for number in range(size)) if variable.per else ("",):
            yield before + index, now + index

    # ------------------------------------------------------------ formulas

    def element(self, element: Element) -> str:
        return str(element.index)

    def value(self, variable: Variable, value: int) -> str:
        return self.names("value", variable.name, variable.values[value]) if isinstance(variable, Enum) else str(value)

    def read(self, variable: Variable, here: Context) -> str:
        if variable.kind != "state":
            return self.names("variable", variable.name)
        name = self.names("variable" if here.after else "before", variable.name)
        number = ""  # of the cell in the array of the variable
        for sort, index in zip(variable.per, variable.at, strict=True):
            at = self.index(index, here)
            number = f"({number})*{self.scope.size(sort)} + {at}" if number else at
        return f"{name}[{number}]" if variable.per else name

    def quantified(self, formula: Every | Some, here: Context) -> str:
        bodies = [
            self.text(formula.body, here.binding({param: self.element(element) for param, element in place.items()}))
            for place in self.scope.places(formula.over)
        ]
        return self.all_of(bodies) if isinstance(formula, Every) else self.any_of(bodies)

    def unchanged(self, names: tuple[str, ...]) -> str:
        cells = (cell for v in self.model.state if v.name in names for cell in self._cells(v))
        return self.all_of(self.same(before, now) for before, now in cells)

    def does(self, actions: tuple[str, ...], at: list[str]) -> str:
        return self.any_of(
            self.all_of((
                self.same("action", self.names("do", rule.action)),
                *(self.same(self.names("at", p.sort.name), index) for p, index in zip(rule.place, at, strict=False)),
            ))
            for rule in self.model.rules
            if rule.action in actions
        )  # fmt: skip

    def ends(self, how: tuple[str, ...]) -> str:
        outcomes = [self.same("outcome", h.upper()) for h in how if h in OUTCOMES]
        reasons = [self.same("because", self.names("why", h)) for h in how if h in self.refusals]
        return self.any_of([*outcomes, *reasons])

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
        yield from self._process()

    def _constants(self) -> Iterator[str]:
        for number, rule in enumerate(self.model.rules, 1):
            yield f"#define {self.names('do', rule.action)} {number}"
        for number, outcome in enumerate(OUTCOMES):
            yield f"#define {outcome.upper()} {number}"
        for number, refusal in enumerate(self.refusals, 1):
            yield f"#define {self.names('why', refusal)} {number}"
        for variable in (*self.model.state, *self.inputs):
            if isinstance(variable, Enum):
                yield from (f"#define {self.value(variable, n)} {n}" for n in range(len(variable.values)))
            elif isinstance(variable, Count):
                yield f"#define {self.names('most', variable.name)} {self.scope.bound(variable)}"
        yield ""

    def _declared(self, variable: Variable, which: str = "variable") -> str:
        size = prod(map(self.scope.size, variable.per))
        kind = "bit" if isinstance(variable, Flag) and which == "variable" else "byte"  # Spin cannot hide a bit
        return f"{kind} {self.names(which, variable.name)}{f'[{size}]' if variable.per else ''};"

    def _variables(self) -> Iterator[str]:
        yield "/* the state; initially zero */"
        yield from map(self._declared, self.model.state)
        yield "/* the request; reset to zero after each step */"
        yield "byte action;"
        yield from (f"byte {self.names('at', sort.name)};" for sort in self.model.sorts)
        yield from map(self._declared, self.inputs)
        yield "/* the state before the step, and how the step ends: not part of the state */"
        yield from (f"hidden {self._declared(v, 'before')}" for v in self.model.state)
        yield "hidden byte outcome; hidden byte because;"
        yield from (f"hidden byte {self.names('holds', p.id)};" for p in self.invariants if p.fits(self.scope.sizes))
        yield ""
        yield "#define needs(condition, how, why) \\"
        yield "  if :: (outcome == DONE) && !(condition) -> outcome = how; because = why :: else fi"
        yield "#define becomes(cell, condition, value) cell = ((condition) -> (value) : cell)"
        yield ""

    def _rule(self, rule: Rule) -> Iterator[str]:
        # The statements stand where they run: Spin rejects an inline definition of more than 64 KiB.
        here = Context({param: self.names("at", param.sort.name) for param in rule.place})
        for guard in rule.guards:
            how = "FAILED" if guard.fails else "REFUSED"
            why = self.names("why", guard.otherwise.id)
            yield f"  needs({self.text(guard.condition, here)}, {how}, {why});  /* {comment(guard.clause)} */"
        for outcome, effects in (("DONE", rule.effects), ("FAILED", rule.on_failure)):
            for effect in effects:
                yield from self._effect(effect, self.same("outcome", outcome), here)
        yield "  skip"

    def _effect(self, effect: Effect, outcome: str, here: Context) -> Iterator[str]:
        variable = effect.variable
        for place in self.scope.places(effect.each):
            inner = here.binding({param: self.element(element) for param, element in place.items()})
            cell = self.read(variable, replace(inner, after=True))
            when = self.all_of((outcome, self.text(effect.happens, inner)))
            value = f"{self.read(variable, inner)} {effect.value:+d}"
            if not isinstance(variable, Count):
                value = self.value(variable, effect.value)
            yield f"  becomes({cell}, {when}, {value});  /* {comment(effect.clause)} */"

    def _judge(self) -> Iterator[str]:
        for one in self.invariants:
            said = comment(f"{one.sentence}. {' '.join(one.clauses)}")
            if not one.fits(self.scope.sizes):
                yield f"  /* does not apply in this scope: {said} */"
                continue
            holds = self.names("holds", one.id)
            yield f"  /* {said} */"
            yield f"  {holds} = {self.property_text(one, Context())};"
            yield f"  assert({holds});"

    def _process(self) -> Iterator[str]:
        state = [cell for variable in self.model.state for cell in self._cells(variable)]
        asked = ["action", *(self.names("at", s.name) for s in self.model.sorts)]
        asked += [self.names("variable", i.name) for i in self.inputs]
        yield "active proctype account() {"
        yield "end:"
        yield "  do"
        yield "  :: atomic {"
        yield "    if"
        for rule in self.model.rules:
            chosen = [f"action = {self.names('do', rule.action)}"]
            choices = [(self.names("at", p.sort.name), self.scope.size(p.sort)) for p in rule.place]
            for i in rule.inputs:
                choices.append((self.names("variable", i.name), len(i.values) if isinstance(i, Enum) else 2))
            chosen += [f"if {' '.join(f':: {name} = {value}' for value in range(size))} fi" for name, size in choices]
            # An input that the action does not read has its usual value.
            unread = [i for i in self.inputs if i not in rule.inputs and usual(i)]
            chosen += [f"{self.names('variable', i.name)} = {usual(i)}" for i in unread]
            yield f"    :: {'; '.join(chosen)}"
        yield "    fi;"
        yield "    d_step {"
        yield f"      {'; '.join(f'{before} = {now}' for before, now in state)};"
        yield "      outcome = DONE; because = 0;"
        yield "      if"
        for rule in self.model.rules:
            yield f"      :: action == {self.names('do', rule.action)} ->  /* {comment(rule.says)} */"
            yield from (f"        {line}" for line in self._rule(rule))
        yield "      fi;"
        yield from (f"      {line}" for line in self._judge())
        yield f"      {'; '.join(f'{name} = 0' for name in asked)}"
        yield "    }"
        yield "  }"
        yield "  od"
        yield "}"
