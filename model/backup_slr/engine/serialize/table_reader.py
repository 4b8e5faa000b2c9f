"""Read rules from JSON: a document of `table_writer`, or one written manually.

Everything is checked: every name is looked up, every formula is checked against the declarations, and a message has the
JSON path of the error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

from msgspec import UNSET
from msgspec.structs import astuple

from backup_slr.engine.compile.naming import RESERVED, IllFormed, Path, valid_name
from backup_slr.engine.core.formula import TRUE, Formula, Param, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Assumption, Fair, Guard, Property, Refusal, Rule, Stratum
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable
from backup_slr.engine.serialize import table_types as t
from backup_slr.engine.serialize.formulas import FormulaReader
from backup_slr.engine.serialize.json_file import JsonSource, document
from backup_slr.engine.serialize.validation import converted
from backup_slr.engine.spec.extension import Extension
from backup_slr.errors import quoted, unknown


@dataclass(frozen=True)
class LoadedTable:
    """The model in a file, the extensions that the file offers and those that it is composed of, and its source."""

    model: Model
    extensions: tuple[Extension, ...]
    composed_of: tuple[str, ...]
    source: JsonSource


def load_table(
    file: str, base: Callable[[], dict[str, Any]] | None = None, others: Iterable[Extension] = ()
) -> LoadedTable:
    """The table in a file; a file of extensions alone adds to the table that `base` returns.

    Its extensions may build on the `others`.

    Raises `BadInput` when the file cannot be read or its table is not valid; the message has the JSON path and the
    valid values.
    """
    value: Any = document(file)
    source = JsonSource(file)
    keys = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if "table" in keys:
        converted(value, t.Heading, source)
        value, source = keys["table"], JsonSource(file, ("table",))
    elif base is not None and keys.keys() == {"extensions"}:
        value = {**base(), **keys}
    elif "rules" in keys and "sorts" not in keys:
        source.fail("no table: this document is from a version that cannot read rules")
    table = converted(value, t.ModelTable, source)
    model, words = _model_of(value, table, source)
    from backup_slr.engine.serialize.extension_reader import read_extensions

    return LoadedTable(model, tuple(read_extensions(table, model, words, others)), table.composed_of, source)


def model_of(value: Any, source: JsonSource | None = None) -> Model:
    """The model that a table describes; raises as `load_table` does.

    >>> from backup_slr.engine.serialize.table_writer import table_document
    >>> from backup_slr.lifecycle import lifecycle
    >>> model_of(table_document(lifecycle())) == lifecycle()
    True
    """
    source = source or JsonSource()
    return _model_of(value, converted(value, t.ModelTable, source), source)[0]


def _model_of(value: Any, table: t.ModelTable, source: JsonSource) -> tuple[Model, FormulaReader]:
    try:
        reader = TableReader(source)
        return reader.model(table), reader.words
    except IllFormed as error:
        definitions = {said.name: number for number, said in enumerate(table.definitions)}
        path = _found(value, error.path, definitions, value)
        return source.fail(error.message, *path)


def _found(value: Any, path: Path, definitions: dict[str, int], table: Any) -> Path:
    """The path in the document for a path in the model, as far as both agree, and through definitions."""
    where: list[str | int] = []
    for key in path:
        while (name := _used(value)) in definitions:
            where = ["definitions", definitions[name], "formula"]
            value = table["definitions"][definitions[name]]["formula"]
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            break
        where.append(key)
    return tuple(where)


def _used(formula: Any) -> str:
    """The name of the definition that a formula uses, if any."""
    parts = cast("list[Any]", formula) if isinstance(formula, list) else []
    return str(parts[1]) if parts[:1] == ["use"] else ""


class TableReader:
    """Turns a converted table into a model."""

    def __init__(self, source: JsonSource) -> None:
        self.source, self.fail = source, source.fail
        self.words = FormulaReader(source)

    def model(self, table: t.ModelTable) -> Model:
        words = self.words
        self.declarations(table)
        self.actions(table.rules)
        for i, said in enumerate(table.definitions):
            if said.name in words.definitions:
                self.fail(f"a second definition of {quoted(said.name)}", "definitions", i)
            words.definitions[said.name] = (said.formula, ("definitions", i, "formula"))
        for formula, path in words.definitions.values():
            words.formula(formula, *path)
        rules = tuple(self.rule(rule, "rules", i) for i, rule in enumerate(table.rules))
        properties: dict[str, Property] = {}
        self.each(properties, "property", table.properties, self.property, "properties")
        for name, value in table.assumed.items():
            self.source.one_of(name, words.assumptions, "assumption", "assumed", name)
            self.source.one_of(value, words.assumptions[name].values, f"value of {name}:", "assumed", name)
        return Model(
            table.name,
            tuple(words.sorts.values()),
            tuple(words.state.values()),
            rules,
            tuple(properties.values()),
            tuple(words.assumptions.values()),
            tuple(table.assumed.items()),
            tuple(words.strata.values()),
            table.composed_of,
        )

    # ------------------------------------------------------------ declarations

    def actions(self, rules: Iterable[t.RuleTable], *path: str | int) -> None:
        """Declare the actions of some rules."""
        for i, rule in enumerate(rules):
            here = (*path, "rules", i)
            self.identifier(rule.action, *here, "action")
            if rule.action in self.words.actions:
                self.fail(f"a second rule for {quoted(rule.action)}", *here, "action")
            self.words.actions[rule.action] = self.words.over(rule.place, *here, "place")

    def declarations(self, table: t.ModelTable | t.ExtensionTable, *path: str | int) -> None:
        """Declare the sorts, parameters, variables, inputs, refusals and assumptions of a table."""
        words = self.words
        self.each(words.sorts, "sort", getattr(table, "sorts", ()), self.sort, *path, "sorts")
        for name, sort in table.parameters.items():
            here = (*path, "parameters", name)
            self.identifier(name, *here)
            words.params[name] = Param(name, words.sorts[self.sort_name(sort, *here)])
        self.each(words.state, "variable", table.state, self.variable, *path, "state")
        self.each(words.inputs, "input", table.inputs, self.input, *path, "inputs")
        for i, said in enumerate(table.inputs):
            if said.name in words.state or said.name in words.params:
                kind = "variable" if said.name in words.state else "parameter"
                self.fail(f"{quoted(said.name)} is already the name of a {kind}", *path, "inputs", i, "name")
        self.each(words.strata, "stratum", getattr(table, "strata", ()), self.stratum, *path, "strata")
        self.each(words.refusals, "refusal", table.refusals, self.refusal, *path, "refusals")
        self.each(words.assumptions, "assumption", table.assumptions, self.assumption, *path, "assumptions")

    def each(
        self, into: dict[str, Any], kind: str, given: Iterable[Any], read: Callable[..., Any], *where: str | int
    ) -> None:
        """Read the elements of an array, each with a unique name."""
        for i, said in enumerate(given):
            thing = read(said, *where, i)
            name = thing.id if isinstance(thing, Refusal | Property) else thing.name
            if name in into:
                self.fail(f"a second {kind} called {quoted(name)}", *where, i)
            into[name] = thing

    def identifier(self, name: str, *path: str | int) -> str:
        """Read a name that is valid in the compiled text of a rule; no other text of a file is compiled."""
        if name in RESERVED:
            self.fail(f"{quoted(name)} cannot be a name: it is a word of files or expressions", *path)
        if not valid_name(name):
            why = "expected lower-case letters, digits and '_', and not a keyword of Python"
            self.fail(f"{quoted(name)} cannot be a name: {why}", *path)
        return name

    def sort_name(self, name: str, *path: str | int) -> str:
        return self.source.one_of(name, self.words.sorts, "sort", *path)

    def sort(self, said: t.SortTable, *path: str | int) -> Sort:
        special = self.source.each_once(said.special, *path, "special")
        return Sort(self.identifier(said.name, *path, "name"), special, said.label, said.inside)

    def variable(self, said: t.VariableTable, *path: str | int) -> Variable:
        name = self.identifier(said.name, *path, "name")
        per = tuple(self.words.sorts[self.sort_name(sort, *path, "per", i)] for i, sort in enumerate(said.per))
        shared: Any = {"per": per, "label": said.label, "owner": said.owner}
        if isinstance(said, t.FlagTable):
            reads: Any = self.phrases(said.reads, 2, *path, "reads") or ("", "")
            words: Any = self.phrases(said.words, 3, *path, "words") or ("off", "on", "off")
            return Flag(name, **shared, default=said.default, reads=reads, words=words)
        if isinstance(said, t.EnumTable):
            values = self.source.each_once(said.values, *path, "values")
            reads, reads_not = (self.phrases(getattr(said, k), len(values), *path, k) for k in ("reads", "reads_not"))
            return Enum(name, values, **shared, required=said.required, reads=reads, reads_not=reads_not)
        assert isinstance(said, t.CountTable)
        return Count(name, **shared, reads=said.reads)

    def phrases(self, given: tuple[str, ...], number: int, *path: str | int) -> tuple[str, ...]:
        """Read one phrase for each value, or none."""
        if given and len(given) != number:
            self.fail(f"expected {number} phrases, one for each value, or none", *path)
        return given

    def input(self, said: t.FlagInput | t.EnumInput, *path: str | int) -> Variable:
        if said.per:
            self.fail("an input has no places", *path, "per")
        return replace(cast("Flag | Enum", self.variable(said, *path)), kind=said.kind)

    def refusal(self, said: t.RefusalTable, *path: str | int) -> Refusal:
        return Refusal(*astuple(said))

    def stratum(self, said: t.StratumTable, *path: str | int) -> Stratum:
        return Stratum(said.name, self.source.each_once(said.refusals, *path, "refusals"))

    def assumption(self, said: t.AssumptionTable, *path: str | int) -> Assumption:
        if not said.values:
            self.fail("an assumption has at least one value", *path, "values")
        return Assumption(*astuple(said))

    # ------------------------------------------------------------ rules

    def rule(self, said: t.RuleTable, *path: str | int) -> Rule:
        words, once = self.words, self.source.each_once
        inputs = words.names(said.inputs, words.inputs, "input", *path, "inputs")
        return Rule(
            said.action,
            said.says,
            said.by,
            once(said.operations, *path, "operations"),
            once(said.clauses, *path, "clauses"),
            words.actions[said.action],
            tuple(words.inputs[name] for name in once(inputs, *path, "inputs")),
            tuple(self.guard(guard, *path, "guards", i) for i, guard in enumerate(said.guards)),
            tuple(self.effect(effect, *path, "effects", i) for i, effect in enumerate(said.effects)),
            tuple(self.effect(effect, *path, "on_failure", i) for i, effect in enumerate(said.on_failure)),
        )

    def guard(self, said: t.GuardTable, *path: str | int) -> Guard:
        words = self.words
        return Guard(
            words.formula(said.condition, *path, "condition"),
            words.refusals[self.source.one_of(said.refusal, words.refusals, "refusal", *path, "refusal")],
            said.clause,
            words.under(said.under, *path, "under"),
            said.fails,
            said.error_code,
            ""
            if said.stratum is UNSET
            else self.source.one_of(said.stratum, words.strata, "stratum", *path, "stratum"),
        )

    def effect(self, said: t.EffectTable, *path: str | int) -> Effect:
        words = self.words
        over = words.over(said.each, *path, "each")
        variable = words.variable(said.variable, *path, "variable")
        if variable.kind != "state":  # otherwise its value could not be read
            why = f"{variable.name} is a {variable.kind}; an effect changes a state variable"
            self.fail(why, *path, "variable")
        return Effect(
            variable,
            self.value(variable, said.value, *path, "value"),
            said.clause,
            words.formula(said.when, *path, "when"),
            over,
            words.under(said.under, *path, "under"),
        )

    def value(self, variable: Variable, value: Any, *path: str | int) -> int:
        """Read the number of the value that an effect sets, or by which it changes a count."""
        if isinstance(variable, Flag):
            if not isinstance(value, bool):
                self.source.wrong("true or false", value, *path)
            return int(value)
        if isinstance(variable, Enum):
            name = self.words.string(value, *path)
            return variable.values.index(self.source.one_of(name, variable.values, f"value of {variable.name}:", *path))
        if type(value) is not int or not -1 <= value <= 1:
            self.source.wrong("a whole number from -1 to 1", value, *path)
        if value == 0:
            self.fail("expected 1 or -1: a count changes by one", *path)
        return value

    # ------------------------------------------------------------ properties

    def property(self, said: t.PropertyTable, *path: str | int) -> Property:
        words = self.words
        if said.id is not UNSET and not re.fullmatch(r"[a-z0-9][a-z0-9_]*", said.id, re.ASCII):
            self.fail(f"{quoted(said.id)} cannot be an id: expected lower-case letters, digits and '_'", *path, "id")
        helpers = said.by if said.by is not UNSET else ()
        for i, helper in enumerate(helpers):
            if helper.kind != "always":  # a proof by induction assumes its helpers in the state before every step
                self.fail(unknown("kind of helper:", helper.kind, ("always",)), *path, "by", i, "kind")
        needs = tuple(
            (self.sort_name(need.sort, *path, "needs", i, "sort"), need.least) for i, need in enumerate(said.needs)
        )
        return Property(
            said.kind,
            _derived(said.sentence) if said.id is UNSET else said.id,
            said.sentence,
            words.formula(said.formula, *path, "formula"),
            self.source.each_once(said.clauses, *path, "clauses"),
            self.maybe(said.earlier, *path, "earlier"),
            self.maybe(said.meanwhile, *path, "meanwhile"),
            tuple(self.fair(fair, *path, "fair", i) for i, fair in enumerate(said.fair)),
            words.over(said.each, *path, "each"),
            needs,
            tuple(self.property(helper, *path, "by", i) for i, helper in enumerate(helpers)),
            said.variant_of or "",
            said.extension or "",
        )

    def maybe(self, formula: Any, *path: str | int) -> Formula:
        return TRUE if formula is UNSET else self.words.formula(formula, *path)

    def fair(self, said: t.FairTable, *path: str | int) -> Fair:
        over = self.words.over(said.each, *path, "each")
        return Fair(said.strength, self.words.formula(said.steps, *path, "steps"), said.says, over)


def _derived(sentence: str) -> str:
    """The id of a property without one in its file: its sentence in lower case, joined by ``_``.

    >>> _derived("A vault's points stay.")
    'a_vaults_points_stay'
    """
    words = "".join(c if c.isalnum() else " " for c in sentence.replace("'", "").lower())
    return "_".join(words.split())
