"""A model as one JSON document, from which `serialize.load` makes an equal model again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from msgspec import UNSET, to_builtins

from backup_slr.engine.compile.naming import OUTCOMES, formulas_of, mentioned
from backup_slr.engine.core.formula import TRUE, Ends, Formula, Param, walk
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Fair, Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Reading, Variable
from backup_slr.engine.serialize import table_types as t
from backup_slr.engine.serialize.formulas import formula_document, variable_document

T = TypeVar("T")


def table_document(model: Model, definitions: Mapping[str, Formula] | None = None) -> dict[str, Any]:
    """The whole table: declarations, rules and properties, with all readings of all assumptions.

    Parameters
    ----------
    model
        What to write.
    definitions
        Formulas that get a name in the document, for its readers' sake.

    Raises
    ------
    ValueError
        When two different parameters, variables or refusals have one name, which could not be told apart again.
    """
    return to_builtins(_Writer({formula: name for name, formula in (definitions or {}).items()}).table(model))


class _Writer:
    """Turns a model into the structs of its document; `named` are the formulas that have a name in it."""

    def __init__(self, named: Mapping[Formula, str]) -> None:
        self.named = named

    def formula(self, formula: Formula) -> Any:
        return formula_document(formula, self.named, False)

    def table(self, model: Model) -> t.ModelTable:
        used = [thing for owner in (*model.rules, *model.properties) for thing in mentioned(owner)]
        params = _once((x.name, x) for x in used if isinstance(x, Param))
        inputs = _once((x.name, x) for x in used if not isinstance(x, Param) and x.kind != "state")
        refusals = _once((g.otherwise.id, g.otherwise) for rule in model.rules for g in rule.guards)
        # A property may speak of a refusal that no guard has any more, since it was left out.
        nodes = (node for p in model.properties for formula in formulas_of(p) for node in walk(formula))
        ends = dict.fromkeys(end for node in nodes if isinstance(node, Ends) for end in node.how)
        gone = [end for end in ends if end not in (*OUTCOMES, *(r.id for r in refusals))]
        refusals += [Refusal(end, "no guard refuses with it", None) for end in gone]
        return t.ModelTable(
            name=model.name,
            sorts=tuple(t.SortTable(s.name, s.special, s.label, s.inside) for s in model.sorts),
            parameters={p.name: p.sort.name for p in params},
            state=tuple(map(_variable, model.state)),
            inputs=tuple(map(_input, inputs)),
            refusals=tuple(t.RefusalTable(r.id, r.says, r.error_code, r.transient, r.absent) for r in refusals),
            assumptions=tuple(
                t.AssumptionTable(a.name, a.question, dict(a.values), a.evidence) for a in model.assumptions
            ),
            assumed=dict(model.assumed),
            definitions=tuple(
                t.DefinitionTable(name, formula_document(formula, self.named)) for formula, name in self.named.items()
            ),
            rules=tuple(map(self.rule, model.rules)),
            properties=tuple(map(self.property, model.properties)),
        )

    def rule(self, rule: Rule) -> t.RuleTable:
        return t.RuleTable(
            rule.action,
            rule.says,
            rule.by,
            rule.operations,
            rule.clauses,
            _names(rule.place),
            _names(rule.inputs),
            tuple(map(self.guard, rule.guards)),
            tuple(map(self.effect, rule.effects)),
            tuple(map(self.effect, rule.on_failure)),
        )

    def guard(self, guard: Guard) -> t.GuardTable:
        condition = self.formula(guard.condition)
        under = _under(guard.under)
        return t.GuardTable(condition, guard.otherwise.id, guard.clause, under, guard.fails, guard.error_code)

    def effect(self, effect: Effect) -> t.EffectTable:
        variable, value = effect.variable, effect.value
        shown = variable.values[value] if isinstance(variable, Enum) else bool(value)
        return t.EffectTable(
            variable_document(variable),
            value if isinstance(variable, Count) else shown,
            effect.clause,
            self.formula(effect.when),
            _names(effect.each),
            _under(effect.under),
        )

    def property(self, p: Property) -> t.PropertyTable:
        return t.PropertyTable(
            p.kind,
            p.sentence,
            p.clauses,
            self.formula(p.formula),
            p.id,
            UNSET if p.earlier == TRUE else self.formula(p.earlier),
            UNSET if p.meanwhile == TRUE else self.formula(p.meanwhile),
            tuple(map(self.property, p.by)) or UNSET,
            _names(p.each),
            tuple(map(self.fair, p.fair)),
            tuple(t.NeedTable(sort, least) for sort, least in p.needs),
        )

    def fair(self, fair: Fair) -> t.FairTable:
        return t.FairTable(fair.strength, fair.says, self.formula(fair.steps), _names(fair.each))


def _once(named: Iterable[tuple[str, T]]) -> list[T]:
    found: dict[str, T] = {}
    for name, thing in named:
        if found.setdefault(name, thing) != thing:
            raise ValueError(f"two different things are called {name}")
    return list(found.values())


def _names(things: Iterable[Param | Flag | Enum]) -> tuple[str, ...]:
    return tuple(thing.name for thing in things)


def _under(under: tuple[Reading, ...]) -> tuple[t.ReadingTable, ...]:
    return tuple(t.ReadingTable(reading.assumption, reading.values) for reading in under)


def _variable(v: Variable) -> t.FlagTable | t.EnumTable | t.CountTable:
    per = tuple(sort.name for sort in v.per)
    shared: dict[str, Any] = {"name": v.name, "per": per, "label": v.label, "owner": v.owner}
    match v:
        case Flag():
            return t.FlagTable(**shared, default=v.default, reads=v.reads, words=v.words)
        case Enum():
            words: dict[str, Any] = {"reads": v.reads, "reads_not": v.reads_not}
            return t.EnumTable(**shared, values=v.values, required=v.required, **words)
        case Count():
            return t.CountTable(**shared, reads=v.reads)


def _input(v: Variable) -> t.FlagInput | t.EnumInput:
    assert v.kind != "state"
    if isinstance(v, Enum):
        words: dict[str, Any] = {"reads": v.reads, "reads_not": v.reads_not}
        return t.EnumInput(
            name=v.name, per=(), label=v.label, values=v.values, required=v.required, kind=v.kind, **words
        )
    assert isinstance(v, Flag)
    return t.FlagInput(name=v.name, per=(), label=v.label, default=v.default, reads=v.reads, words=v.words, kind=v.kind)
