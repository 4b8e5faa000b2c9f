"""Files of properties: TOML with one ``[[property]]`` for each, in the expressions of `engine.spec.query`."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path as FilePath
from shlex import quote
from typing import Annotated, Any, NoReturn

from msgspec import Meta, Struct

from backup_slr.engine.serialize.validation import about, choice, converted, optional, struct, value_of
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.query import parse_step
from backup_slr.engine.spec.stated_property import StatedProperty, stated
from backup_slr.errors import BadInput, quoted
from backup_slr.lifecycle import BACKUP
from backup_slr.scenario.toml_source import TomlSource, read

KINDS = {
    "always": "holds in every reachable state",
    "step": "holds in every step from a reachable state",
    "sometimes": "holds in some reachable state or step",
    "eventually": "holds at some point after 'earlier'",
    "possible": "can be reached from every reachable state",
}
PropertyId = Annotated[str, Meta(description="its name", extra_json_schema={"pattern": "^[a-z][a-z0-9_]*$"})]


def property_file_type(lifecycle: Lifecycle) -> type[Struct]:
    """The type of the property files of a lifecycle."""
    return _property_file_type(tuple(clause.id for clause in lifecycle.clauses))


@lru_cache(maxsize=8)
def _property_file_type(clauses: tuple[str, ...]) -> type[Struct]:
    kinds = "; ".join(f"{kind}: the formula {says}" for kind, says in KINDS.items())
    fields: list[Any] = [
        ("id", PropertyId),
        ("kind", choice(tuple(KINDS), kinds, kind="kind")),
        ("formula", about(str, "an expression about a state; of step, sometimes and eventually also about a step")),
        optional("earlier", about(str, "for eventually: the expression after which the formula must hold")),
        optional("sentence", about(str, "the property in words (default: its expressions)")),
        ("clauses", about(list[choice(clauses, kind="clause")], "the clauses that it is about"), ()),
    ]
    one = struct("StatedProperty", fields, "A property of the model.")
    many = about(list[one], "the properties", single="write [[property]], with two brackets: there can be many")
    return struct("PropertyFile", [("property", many)], "Properties that `backup-slr check --properties` checks.")


def load(file: str | FilePath, lifecycle: Lifecycle = BACKUP) -> tuple[StatedProperty, ...]:
    """Read a file of properties.

    Raises `BadInput` when it cannot be read or is not valid; the message has the line and the valid values.
    """
    source = TomlSource(read(file, "property file"), str(file))
    given: Any = converted(source.document(), property_file_type(lifecycle), source)
    if not given.property:
        source.fail("no property: a property file has at least one [[property]]")
    known = {p.id for p in lifecycle.model.properties}
    found: dict[str, StatedProperty] = {}
    for number, one in enumerate(given.property):
        here = ("property", number)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", one.id):
            source.fail(f"{quoted(one.id)} cannot be an id: use lower-case letters, digits and '_'", *here, "id")
        if one.id in found or one.id in known:
            owner = "another property of this file" if one.id in found else "a property of the model"
            source.fail(f"{quoted(one.id)} is the id of {owner}", *here, "id")
        found[one.id] = _property(one, number, source, lifecycle)
    return tuple(found.values())


def _property(given: Any, number: int, source: TomlSource, lifecycle: Lifecycle) -> StatedProperty:
    def fail(key: str, message: str) -> NoReturn:
        source.fail(message, "property", number, key)

    earlier = value_of(given, "earlier", "")
    if (given.kind == "eventually") != bool(earlier):
        wrong = "an 'eventually' property needs 'earlier', an expression" if not earlier else "only 'eventually' has it"
        fail("earlier" if earlier else "kind", wrong)
    try:
        if earlier:
            parse_step(earlier, lifecycle)
    except BadInput as error:
        fail("earlier", str(error))
    try:
        return stated(
            lifecycle,
            given.kind,
            given.formula,
            earlier,
            id=given.id,
            sentence=value_of(given, "sentence", ""),
            clauses=given.clauses,
            option=f"--properties {quote(source.file)} --property {given.id}",
        )
    except BadInput as error:
        fail("formula", str(error))
