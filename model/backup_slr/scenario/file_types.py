"""The types of scenario files: made from the actions, refusals, assumptions, clauses and properties of a lifecycle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, cast, get_args

from msgspec import UNSET, Meta, Struct

from backup_slr.engine.compile.naming import formulas_of
from backup_slr.engine.core.formula import Ends, walk
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Outcome, Rule
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.engine.serialize.validation import (
    NonEmpty,
    about,
    any_of,
    choice,
    converted,
    optional,
    struct,
    value_of,
)
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.selection import action_named, rules_matching
from backup_slr.errors import BadInput, Incompatible, quoted
from backup_slr.scenario.account_codec import account_format
from backup_slr.scenario.account_types import account_type
from backup_slr.scenario.spec import WAIT
from backup_slr.scenario.toml_source import TomlSource

MOST_STEPS = 5_000_000
"""The maximum number of steps, including repetitions. Every step is kept in memory."""
MOST_MINUTES = 1e9


def scenario_type(lifecycle: Lifecycle) -> type[Struct]:
    """The type of scenario files of a lifecycle."""
    model = lifecycle.model
    clauses = (*(clause.id for clause in lifecycle.clauses), *lifecycle.conventions)
    scope = tuple((o.name, o.least, o.most_checked, o.help) for o in lifecycle.scope_options)
    return _scenario_type(model.rules, model, clauses, scope, tuple(e.name for e in lifecycle.extensions))


@lru_cache(maxsize=32)  # a folder of scenarios may name as many sets of extensions
def _scenario_type(
    rules: tuple[Rule, ...],
    model: Model,
    clauses: tuple[str, ...],
    scope: tuple[tuple[str, int, int, str], ...],
    extensions: tuple[str, ...],
) -> type[Struct]:
    accounts = account_format(model.state)
    numbers = [
        optional(name, Annotated[int, Meta(ge=least, le=most, description=says)]) for name, least, most, says in scope
    ]
    scopes = struct("CheckedScope", numbers, "The scope of the check, as small as its counterexample allows.")
    missing = "no property: add the one that the steps violate"
    ids = choice([p.id for p in model.properties], kind="property", missing=missing)
    checked = [("property", ids), optional("scope", scopes)]
    parts = about(list[str], "ACTION/PART, each left out of the rules")
    without = struct("Without", [optional("guards", parts), optional("effects", parts)], "A model without some parts.")
    steps = about(step_types(rules), kind="action", missing="step {number} has no do")
    single = "write [[step]], with two brackets: there can be many"
    fields: list[Any] = [
        ("title", about(str, "the scenario in one line", missing='no title: add title = "..."')),
        ("clauses", about(list[choice(clauses, kind="clause")], "the clauses that it is about"), ()),
        ("story", about(str, "the story: what happens, and why it matters"), ""),
        with_field(extensions),
        optional("assume", assume_type(model)),
        optional("without", without),
        optional("account", account_type(accounts, True)),
        ("step", about(list[steps], "what is done, in this order", single=single), ()),
        optional("finally_", account_type(accounts, False), "finally"),
        optional("counterexample", struct("Counterexample", checked, "What the steps of a broken model violate.")),
    ]
    return struct("Scenario", fields, "A scenario that `backup-slr simulate` plays.")


def with_actions_named(tables: Any, model: Model, source: TomlSource, *path: str | int) -> None:
    """Replace the name of an API operation after ``do`` by its action, in tables of a parsed file.

    Raises `BadInput` when an operation belongs to several actions.
    """
    for i, row in enumerate(cast("list[Any]", tables) if isinstance(tables, list) else ()):
        if not isinstance(row, dict):
            continue
        table = cast("dict[str, Any]", row)
        with_actions_named(table.get("step"), model, source, *path, i, "step")
        do = table.get("do")
        if isinstance(do, str) and rules_matching(do, model):
            try:
                table["do"] = action_named(do, model).action
            except BadInput as why:
                source.fail(str(why), *path, i, "do")


def with_field(extensions: tuple[str, ...]) -> Any:
    """The field for the extensions that a file builds on."""
    names = list[choice(extensions, kind="extension")] if extensions else list[str]
    return optional("with_", about(names, "the extensions that the rules are composed with"), "with")


def composed(
    document: Mapping[str, Any], source: TomlSource, lifecycle: Lifecycle, key: str, kind: Callable[[Lifecycle], Any]
) -> tuple[Lifecycle, Any]:
    """Compose a lifecycle with the extensions that a file names, and convert the file to its type for the result.

    Extensions that the lifecycle is composed with already count as named. API operations under `key` become actions.

    Raises `BadInput` when they cannot be combined, or the file does not fit the type: among others because it uses a
    name of an extension that it does not name.
    """
    given = document.get("with", ())
    if isinstance(given, list) and all(isinstance(name, str) for name in cast("list[Any]", given)):
        names = source.each_once(cast("list[str]", given), "with")
        try:
            lifecycle = lifecycle.extended(*(name for name in names if name not in lifecycle.composed_of))
        except ValueError as error:
            if lifecycle.composed_of:
                raise Incompatible(str(error), source.file) from None
            source.fail(str(error), "with")
    try:
        with_actions_named(document.get(key), lifecycle.model, source, key)
        return lifecycle, converted(document, kind(lifecycle), source)
    except BadInput:
        _check_owners(document, source, lifecycle)
        raise


def _check_owners(document: Mapping[str, Any], source: TomlSource, lifecycle: Lifecycle) -> None:
    """Report the first name of an extension that a file does not name."""
    others = [one for one in lifecycle.extensions if one.name not in lifecycle.composed_of]
    owners = {name: one.name for one in others for name in one.names()}
    for name in (*_names_of(lifecycle), *_mentioned(lifecycle.model)):
        owners.pop(name.replace("-", "_"), None)
    for name, path in _used(document, ()):
        if (owner := owners.get(name.replace("-", "_"))) is not None:
            source.fail(f'{quoted(name)} belongs to the extension {owner}: add with = ["{owner}"]', *path)


def _names_of(lifecycle: Lifecycle) -> Iterator[str]:
    model = lifecycle.model
    yield from (v.name for v in model.state)
    for rule in model.rules:
        yield from (rule.action, *(v.name for v in rule.inputs), *(g.otherwise.id for g in rule.guards))


def _mentioned(model: Model) -> Iterator[str]:
    """The outcomes and refusals that the properties of a model mention; their guards may have been left out."""
    nodes = (node for p in model.properties for formula in formulas_of(p) for node in walk(formula))
    yield from (end for node in nodes if isinstance(node, Ends) for end in node.how)


def _used(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """The keys of a document, the actions and the refusals that it names, with their paths."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield key, (*path, key)
            if key in ("do", "because") and isinstance(inner, str):
                yield inner, (*path, key)
            yield from _used(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[Any]", value)):
            yield from _used(inner, (*path, number))


def assume_type(model: Model) -> type[Struct]:
    """The type of [assume]: a value for some of the assumptions."""
    fields = [
        optional(a.name.replace("-", "_"), choice(tuple(a.values), a.question), a.name) for a in model.assumptions
    ]
    return struct("Assume", fields, "Values of assumptions; defaults for the rest.", UNKNOWN="assumption")


def assumed(given: Any, model: Model) -> dict[str, str]:
    """The values of assumptions in [assume]."""
    return {a.name: value for a in model.assumptions if (value := value_of(given, a.name)) is not UNSET}


def step_types(rules: tuple[Rule, ...]) -> Any:
    """The union of a type for each action, and one for a wait."""
    outcomes = choice(get_args(Outcome), "what must come of it", kind="outcome")
    refusals = tuple(dict.fromkeys(guard.otherwise.id for rule in rules for guard in rule.guards))
    common: list[Any] = [
        ("times", Annotated[int, Meta(ge=1, le=MOST_STEPS, description="how often it is repeated")], 1),
        optional("expect", outcomes),
        ("note", about(str, "shown with the step"), ""),
    ]
    minutes = Annotated[float, Meta(ge=0, le=MOST_MINUTES, description="how long")]
    wait = struct(
        "Wait",
        [("minutes", minutes), *common],
        "The clock is advanced.",
        tag=WAIT,
        UNKNOWN=f"key of {WAIT}:",
        MISSING=f"{WAIT} needs {{key}}",
    )
    return any_of([*(_step_type(rule, common, refusals) for rule in rules), wait])


def _step_type(rule: Rule, common: list[Any], refusals: tuple[str, ...]) -> type[Struct]:
    own = tuple(dict.fromkeys(guard.otherwise.id for guard in rule.guards))
    never = f"{rule.action} never returns {{value}}; its refusals: {', '.join(own)}"
    because = choice(own, "the refusal", kind="refusal", elsewhere=refusals, not_here=never)
    fields: list[Any] = [(param.sort.name, NonEmpty) for param in rule.place]
    fields += [input_field(variable, rule.action) for variable in rule.inputs]
    return action_type(rule, [*fields, *common, optional("because", because)])


def action_type(rule: Rule, fields: list[Any]) -> type[Struct]:
    """The type of a table that requests an action."""
    required = [f for f in fields if len(f) == 2]
    others = [f for f in fields if len(f) == 3]
    words = {"UNKNOWN": f"key of {rule.action}:", "MISSING": f"{rule.action} needs a {{key}}"}
    return struct(rule.action, [*required, *others], rule.says, tag=rule.action, **words)


def input_field(variable: Enum | Flag, action: str) -> tuple[Any, ...]:
    """The field of an input of an action."""
    if isinstance(variable, Flag):
        return optional(variable.name, about(bool, variable.reads[0]))
    if not variable.required:
        return optional(variable.name, choice(variable.values))
    missing = f"{action} needs {variable.name} = {' or '.join(map(repr, variable.values))}"
    return variable.name, choice(variable.values, missing=missing)
