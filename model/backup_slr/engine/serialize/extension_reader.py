"""Read the extensions that a table of rules offers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import inf
from typing import Any

from backup_slr.engine.compile.naming import IllFormed, mentioned
from backup_slr.engine.core.formula import Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.engine.serialize import table_types as t
from backup_slr.engine.serialize.formulas import FormulaReader
from backup_slr.engine.serialize.table_reader import TableReader
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension, Restriction
from backup_slr.engine.spec.processes import Activity, wrong_sum
from backup_slr.errors import quoted


def read_extensions(
    table: t.ModelTable, model: Model, words: FormulaReader, others: Iterable[Extension] = ()
) -> Iterator[Extension]:
    """Read the extensions of a table, each with the names of the table and its own.

    One may build on those before it and on the `others`. Each is composed with the model once, so that a mistake in it
    is found where it stands.

    Raises `BadInput` when an extension is not valid, or redefines a name; the message has the JSON path.
    """
    known, found = {one.name: one for one in others}, dict[str, Extension]()
    for number, said in enumerate(table.extensions):
        path = ("extensions", number)
        if said.name in found:
            words.source.fail(f"a second extension called {quoted(said.name)}", *path, "name")
        if said.name == "all" or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", said.name, re.ASCII):
            why = "expected words in lower case with '-' between them, other than 'all'"
            words.source.fail(f"{quoted(said.name)} cannot be the name of an extension: {why}", *path, "name")
        for name in said.excludes:
            names = dict.fromkeys((*known, *(one.name for one in table.extensions)))
            words.source.one_of(name, names, "extension", *path, "excludes", name)
        if said.name in known:
            words.source.fail(f"an extension called {quoted(said.name)} exists already", *path, "name")
        for i, name in enumerate(words.source.each_once(said.requires, *path, "requires")):
            words.source.one_of(name, {**known, **found}, "extension", *path, "requires", i)
        required = tuple({**known, **found}[name] for name in said.requires)
        try:
            before = model.extended(*(one for one in required if one.name not in model.composed_of))
        except ValueError as error:
            words.source.fail(str(error), *path, "requires")
        reader = _ExtensionReader(_with_names_of(before, words), required)
        found[said.name] = reader.extension(said, *path)
        try:
            whole = before.extended(found[said.name])
        except IllFormed as error:
            words.source.fail(error.message, *path, *error.path)
        found[said.name] = replace(found[said.name], activity=reader.activity(said, whole, *path))
    yield from found.values()


class _ExtensionReader(TableReader):
    """Turns a converted extension into an extension, with the names of what it builds on."""

    def __init__(self, words: FormulaReader, required: tuple[Extension, ...]) -> None:
        super().__init__(words.source)
        self.words, self.required = words, required

    def extension(self, said: t.ExtensionTable, *path: str | int) -> Extension:
        words, known = self.words, self.words.state.keys() | self.words.assumptions.keys()
        self.declarations(said, *path)
        self.actions(said.rules, *path)
        properties: dict[str, Property] = {}
        self.each(properties, "property", said.properties, self.property, *path, "properties")
        rules = tuple(self.rule(rule, *path, "rules", i) for i, rule in enumerate(said.rules))
        return Extension(
            said.name,
            said.says,
            said.pages,
            tuple(v for name, v in words.state.items() if name not in known),
            rules,
            tuple(self.added_guard(one, *path, "guards", i) for i, one in enumerate(said.guards)),
            tuple(self.added_effects(one, *path, "effects", i) for i, one in enumerate(said.effects)),
            tuple(
                Restriction(one.action, one.variable, words.formula(one.when, *path, "restrictions", i, "when"))
                for i, one in enumerate(said.restrictions)
            ),
            tuple(self.amendment(one, *path, "amendments", i) for i, one in enumerate(said.amendments)),
            tuple(properties.values()),
            tuple(a for name, a in words.assumptions.items() if name not in known),
            tuple(Clause(one.id, "rule", one.says, (), page=one.page) for one in said.clauses),
            requires=self.required,
            excludes=said.excludes,
        )

    def activity(self, said: t.ExtensionTable, model: Model, *path: str | int) -> Activity:
        """The times of actions of the service, and the probabilities of choices."""
        source, service = self.source, [rule.action for rule in model.rules if rule.by == "service"]
        for action, minutes in said.clocks.items():
            source.one_of(action, service, "action of the service:", *path, "clocks", action)
            if minutes is not None and not 0 < minutes < inf:
                source.wrong("a number of minutes above 0, or null", minutes, *path, "clocks", action)
        choices = {i.name: i for rule in model.rules for i in rule.inputs if i.kind == "choice"}
        for name, given in said.chances.items():
            here = (*path, "chances", name)
            choice = choices[source.one_of(name, choices, "choice", *here)]
            values: dict[str, Any] = given if isinstance(given, dict) else {"": given}
            if isinstance(given, dict) != isinstance(choice, Enum):
                wanted = "a probability" if isinstance(choice, Flag) else "an object with the probability of each value"
                source.fail(f"must be {wanted}", *here)
            for value, chance in values.items():
                if isinstance(choice, Enum):
                    source.one_of(value, choice.values, f"value of {name}:", *here, value)
                if not 0 <= chance <= 1:
                    source.wrong("a probability from 0 to 1", chance, *here, *([value] if value else []))
            if isinstance(choice, Enum) and (complaint := wrong_sum(name, values)):
                source.fail(complaint, *here)
        return Activity(said.clocks, said.chances)

    def added_guard(self, said: t.AddedGuardTable, *path: str | int) -> AddedGuard:
        actions = self.words.names(said.actions, self.words.actions, "action", *path, "actions")
        return AddedGuard(actions, said.at, self.guard(said.guard, *path, "guard"))

    def added_effects(self, said: t.AddedEffectsTable, *path: str | int) -> AddedEffects:
        words = self.words
        action = self.source.one_of(said.action, words.actions, "action", *path, "action")
        inputs = words.names(said.inputs, words.inputs, "input", *path, "inputs")
        effects, failed = (
            tuple(self.effect(one, *path, key, i) for i, one in enumerate(getattr(said, key)))
            for key in ("effects", "on_failure")
        )
        return AddedEffects(action, effects, tuple(words.inputs[name] for name in inputs), failed)

    def amendment(self, said: t.AmendmentTable, *path: str | int) -> Amendment:
        unless, meanwhile = (self.words.formula(getattr(said, key), *path, key) for key in ("unless", "meanwhile"))
        fair = tuple(self.fair(one, *path, "fair", i) for i, one in enumerate(said.fair))
        return Amendment(
            said.properties, said.why, unless, meanwhile, fair, said.retired, said.variant, said.sentence, said.clauses
        )


def _with_names_of(model: Model, words: FormulaReader) -> FormulaReader:
    """A reader that knows the names of a model as well."""
    params = {
        x.name: x for owner in (*model.rules, *model.properties) for x in mentioned(owner) if isinstance(x, Param)
    }
    return replace(
        words,
        params=words.params | params,
        state={v.name: v for v in model.state},
        inputs=words.inputs | {v.name: v for rule in model.rules for v in rule.inputs},
        refusals=words.refusals | {g.otherwise.id: g.otherwise for rule in model.rules for g in rule.guards},
        assumptions={a.name: a for a in model.assumptions},
        actions={rule.action: rule.place for rule in model.rules},
    )
