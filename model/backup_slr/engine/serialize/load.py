"""A table of rules read from JSON: the document that `exchange.write` makes, or one that somebody wrote.

Nothing is believed: every name is looked up, every formula is checked against the vocabulary, and a complaint has the
JSON path of what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast, get_args

from backup_slr.engine.compile.naming import IllFormed, Path
from backup_slr.engine.core.formula import TRUE
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Fair, Guard, Property, PropertyKind, Rule
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag
from backup_slr.engine.serialize.node import Node, document
from backup_slr.engine.serialize.read import Reader
from backup_slr.engine.serialize.vocabulary import LARGEST, Vocabulary, each, identifier, vocabulary
from backup_slr.errors import quoted

VERSION = 1
KEYS = ("name", "sorts", "parameters", "state", "inputs", "refusals", "assumptions", "rules", "properties")
RULE = ("action", "says", "by", "operations", "clauses", "place", "inputs", "guards", "effects", "on_failure")
HELPERS: tuple[PropertyKind, ...] = ("always",)
"""What may stand beside a property in a proof: something that is so in every state before a step."""


def load_table(file: str) -> tuple[Model, Node]:
    """The model that a file holds, and the node of its table.

    Raises
    ------
    BadInput
        When the file cannot be read or its table cannot be used: with the JSON path, and what would be right.
    """
    node = document(file)
    keys = node.object(optional=None)
    if "table" in keys:
        node.object(("schema_version",), None)["schema_version"].whole(VERSION, VERSION)
        node = keys["table"]
    elif "rules" in keys and "sorts" not in keys:
        node.fail("no table in it: this document was printed by a version that could not read it back")
    return model_of(node), node


def model_of(node: Node) -> Model:
    """The model that a table describes; raises as `load_table` does.

    >>> from backup_slr.engine.serialize.write import table_document
    >>> from backup_slr.lifecycle import lifecycle
    >>> model_of(Node(table_document(lifecycle()))) == lifecycle()
    True
    """
    table = node.object(KEYS, ("assumed", "definitions"))
    words = vocabulary(table)
    for rule in table["rules"].array():
        keys = rule.object(RULE)
        action = identifier(keys["action"])
        if action in words.actions:
            keys["action"].fail(f"a second rule for {quoted(action)}")
        words.actions[action] = words.over(keys["place"])
    definitions: dict[str, Node] = {}
    for said in table["definitions"].array() if "definitions" in table else ():
        keys = said.object(("name", "formula"))
        if (name := keys["name"].string()) in definitions:
            said.fail(f"a second definition of {quoted(name)}")
        definitions[name] = keys["formula"]
    reader = Reader(words, definitions)
    for said in definitions.values():
        reader.formula(said)
    rules = tuple(_rule(rule, words, reader) for rule in table["rules"].array())
    properties: dict[str, Property] = {}
    each(table["properties"], properties, "property", lambda p: _property(p, words, reader), "id")
    try:
        return Model(
            table["name"].string(),
            tuple(words.sorts.values()),
            tuple(words.state.values()),
            rules,
            tuple(properties.values()),
            tuple(words.assumptions.values()),
            _assumed(table, words),
        )
    except IllFormed as error:
        _found(node, error.path, definitions).fail(error.message)


def _found(node: Node, path: Path, definitions: Mapping[str, Node]) -> Node:
    """The node that a path of a model leads to, as far as the document follows it; through definitions by name."""
    for key in path:
        parts = _parts(node)
        while 0 in parts and parts[0].value == "use":
            node = definitions[parts[1].value]
            parts = _parts(node)
        if key not in parts:
            break
        node = parts[key]
    return node


def _parts(node: Node) -> Mapping[str | int, Node]:
    """The values of an object by key, or those of an array by position."""
    if isinstance(node.value, dict):
        return {**node.object(optional=None)}
    return dict(enumerate(node.array())) if isinstance(node.value, list) else {}


def _assumed(table: dict[str, Node], words: Vocabulary) -> tuple[tuple[str, str], ...]:
    said = table["assumed"].object(optional=None) if "assumed" in table else {}
    for name, value in said.items():
        Node(name, table["assumed"].path, value.file).one_of("assumption", words.assumptions)
        value.one_of(f"value of {name}:", words.assumptions[name].values)
    return tuple((name, value.value) for name, value in said.items())


# ---------------------------------------------------------------- rules


def _rule(node: Node, words: Vocabulary, reader: Reader) -> Rule:
    keys = node.object(RULE)
    keys["inputs"].strings()
    inputs = tuple(words.inputs[i.one_of("input", words.inputs)] for i in keys["inputs"].array())
    place = words.actions[keys["action"].value]
    return Rule(
        keys["action"].string(),
        keys["says"].string(),
        "person" if keys["by"].one_of("doer", ("person", "service")) == "person" else "service",
        keys["operations"].strings(),
        keys["clauses"].strings(),
        place,
        inputs,
        tuple(_guard(g, words, reader) for g in keys["guards"].array()),
        tuple(_effect(e, words, reader) for e in keys["effects"].array()),
        tuple(_effect(e, words, reader) for e in keys["on_failure"].array()),
    )


def _guard(node: Node, words: Vocabulary, reader: Reader) -> Guard:
    keys = node.object(("condition", "refusal", "clause"), ("fails", "error_code", "under"))
    return Guard(
        reader.formula(keys["condition"]),
        words.refusals[keys["refusal"].one_of("refusal", words.refusals)],
        keys["clause"].string(),
        words.under(keys["under"]) if "under" in keys else (),
        keys["fails"].truth() if "fails" in keys else False,
        keys["error_code"].maybe_string() if "error_code" in keys else None,
    )


def _effect(node: Node, words: Vocabulary, reader: Reader) -> Effect:
    keys = node.object(("variable", "value", "clause"), ("when", "each", "under"))
    over = words.over(keys["each"]) if "each" in keys else ()
    variable = words.variable(keys["variable"])
    if variable.kind != "state":  # else its value could not be read
        keys["variable"].fail(f"{variable.name} is a {variable.kind}; an effect changes a variable of the state")
    match variable:
        case Flag():
            value = int(keys["value"].truth())
        case Enum():
            value = variable.values.index(keys["value"].one_of(f"value of {variable.name}:", variable.values))
        case Count():
            value = keys["value"].whole(-1, 1)
            if value == 0:
                keys["value"].fail("must be 1 or -1: a count goes one up or one down")
    return Effect(
        variable,
        value,
        keys["clause"].string(),
        reader.formula(keys["when"]) if "when" in keys else TRUE,
        over,
        words.under(keys["under"]) if "under" in keys else (),
    )


# ---------------------------------------------------------------- properties


def _property(
    node: Node,
    words: Vocabulary,
    reader: Reader,
    kinds: tuple[PropertyKind, ...] = get_args(PropertyKind),
) -> Property:
    optional = ("id", "earlier", "meanwhile", "each", "fair", "needs", "by")
    keys = node.object(("kind", "sentence", "clauses", "formula"), optional)
    word = "kind of helper:" if kinds == HELPERS else "kind of property:"
    kind = cast("PropertyKind", keys["kind"].one_of(word, kinds))
    over = words.over(keys["each"]) if "each" in keys else ()
    needs: list[tuple[str, int]] = []
    for said in keys["needs"].array() if "needs" in keys else ():
        need = said.object(("sort", "least"))
        needs.append((words.sort(need["sort"]).name, need["least"].whole(1, LARGEST)))
    return Property(
        kind,
        _id(keys["id"]) if "id" in keys else _derived(keys["sentence"].string()),
        keys["sentence"].string(),
        reader.formula(keys["formula"]),
        keys["clauses"].strings(),
        reader.formula(keys["earlier"]) if "earlier" in keys else TRUE,
        reader.formula(keys["meanwhile"]) if "meanwhile" in keys else TRUE,
        tuple(_fair(f, words, reader) for f in keys["fair"].array()) if "fair" in keys else (),
        over,
        tuple(needs),
        tuple(_property(helper, words, reader, HELPERS) for helper in keys["by"].array()) if "by" in keys else (),
    )


def _id(node: Node) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", node.string(), re.ASCII):
        node.fail(f"{quoted(node.value)} cannot be an id: lower-case letters, digits and '_'")
    return node.value


def _derived(sentence: str) -> str:
    """The id of a property in a file that gives it none: its sentence in lower case, joined by ``_``.

    >>> _derived("A vault's points stay.")
    'a_vaults_points_stay'
    """
    words = "".join(c if c.isalnum() else " " for c in sentence.replace("'", "").lower())
    return "_".join(words.split())


def _fair(node: Node, words: Vocabulary, reader: Reader) -> Fair:
    keys = node.object(("strength", "says", "steps"), ("each",))
    over = words.over(keys["each"]) if "each" in keys else ()
    return Fair(
        "weak" if keys["strength"].one_of("strength", ("weak", "strong")) == "weak" else "strong",
        reader.formula(keys["steps"]),
        keys["says"].string(True),
        over,
    )
