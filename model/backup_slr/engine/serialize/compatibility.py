"""Check that rules from a file can replace those of a lifecycle: its sorts, state and inputs, and every action."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from backup_slr.engine.core.formula import Sort
from backup_slr.engine.core.model import Model, with_required
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.variable import Variable
from backup_slr.engine.serialize.json_file import JsonSource
from backup_slr.engine.serialize.table_reader import load_table
from backup_slr.engine.serialize.table_writer import table_document
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension, documented
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import quoted


def load(file: str, lifecycle: Lifecycle, every_action: bool = True) -> Lifecycle:
    """A lifecycle with the rules of a file in place of its own, and with the extensions that the file offers.

    Names of places, scenarios and reports depend on the sorts, the state and the inputs. A file may add variables and
    inputs; actions and properties may differ.

    Parameters
    ----------
    file
        A document of ``backup-slr rules --json``, only its table, or only extensions.
    lifecycle
        The lifecycle whose rules it replaces.
    every_action
        Whether a missing action of the lifecycle is an error.

    Raises
    ------
    BadInput
        When it cannot be read, or does not fit the lifecycle; the message has the JSON path.
    """
    table = load_table(
        file,
        lambda: json.loads(json.dumps(table_document(lifecycle.model, lifecycle.definitions))),
        lifecycle.extensions,
    )
    source, ours = table.source, lifecycle.model
    model = replace(table.model, interactions=ours.interactions)
    _check_declared("sorts", ours.sorts, model.sorts, source)
    _check_declared("state", ours.state, model.state, source)
    known = {i.name: i for rule in ours.rules for i in rule.inputs}
    for number, rule in enumerate(model.rules):
        for position, given in enumerate(rule.inputs):
            if given.name in known and not _alike(known[given.name], given):
                hint = f"{quoted(given.name)} must be as 'backup-slr rules --json' has it"
                source.fail(hint, "rules", number, "inputs", position)
    _check_actions(model, ours, source, every_action)
    names = [one.name for one in lifecycle.extensions]
    _check_names(lifecycle, model.state, model.rules, source)
    for number, extension in enumerate(table.extensions):
        _check_names(lifecycle, extension.state, (*extension.rules, *extension.effects), source, "extensions", number)
        _check_clauses(extension, lifecycle, source, "extensions", number)
        _check_activity(extension, lifecycle, source, "extensions", number)
    for number, name in enumerate(table.composed_of):
        source.one_of(name, names, "extension", "composed_of", number)
    composed = [one for one in lifecycle.extensions if one.name in table.composed_of]
    found = documented(lifecycle.having(model), composed)
    return replace(found, extensions=(*lifecycle.extensions, *table.extensions))


def _check_names(
    lifecycle: Lifecycle,
    state: Iterable[Variable],
    users: Iterable[Rule | AddedEffects],
    source: JsonSource,
    *path: str | int,
) -> None:
    """Check that no variable, input or action of a file has a name that files or expressions use for something else."""
    ours, sorts = lifecycle.model, [sort.name for sort in lifecycle.sorts]
    taken = dict.fromkeys((*sorts, *(f"{sort}s" for sort in sorts)), "a key of files")
    taken |= dict.fromkeys(lifecycle.reserved, "a step of runbooks")
    for one in (lifecycle, *lifecycle.extensions):
        taken |= dict.fromkeys((*one.definitions, *one.place_definitions), "a name that expressions know")
    for number, variable in enumerate(state):
        if variable.name in taken and variable not in ours.state:
            why = f"{quoted(variable.name)} cannot be a variable: it is {taken[variable.name]}"
            source.fail(why, *path, "state", number, "name")
    names = [name for user in users for name in (user.action, *(variable.name for variable in user.inputs))]
    for name in names:
        if name in taken:
            source.fail(f"{quoted(name)} cannot be an action or an input: it is {taken[name]}", *path)


def _check_clauses(extension: Extension, lifecycle: Lifecycle, source: JsonSource, *path: str | int) -> None:
    """Check that an extension defines each clause once, and cites only known ones."""
    known = {clause.id for clause in lifecycle.clauses} | {*lifecycle.conventions, *lifecycle.facts}
    known |= {assumption.id for assumption in (*lifecycle.model.assumptions, *extension.assumptions)}
    for one in with_required(extension.requires):
        known |= {clause.id for clause in one.clauses} | {*one.conventions} | {a.id for a in one.assumptions}
    for number, clause in enumerate(extension.clauses):
        if clause.id in known:
            source.fail(f"a second clause called {quoted(clause.id)}", *path, "clauses", number, "id")
        known.add(clause.id)
    for key in ("rules", "guards", "effects", "properties", "amendments"):
        for number, part in enumerate(getattr(extension, key)):
            for id in _cited(part):
                source.one_of(id, sorted(known), "clause", *path, key, number)


def _cited(part: Rule | AddedGuard | AddedEffects | Property | Amendment) -> Iterator[str]:
    """The clauses that a part of an extension cites."""
    yield from getattr(part, "clauses", ())
    if isinstance(part, AddedGuard):
        yield part.guard.clause
    for key in ("guards", "effects", "on_failure"):
        yield from (each.clause for each in getattr(part, key, ()))


def _check_activity(extension: Extension, lifecycle: Lifecycle, source: JsonSource, *path: str | int) -> None:
    """Check that an extension gives no time and no probability to what has one from elsewhere."""
    environment = lifecycle.environment
    if environment is None:
        return
    for action in extension.activity.clocks:
        if action in environment.scheduled:
            source.fail("its time is that of schedules or of the deletion task", *path, "clocks", action)
    if environment.collides.name in extension.activity.chances:
        source.fail("its probability is that of collisions", *path, "chances", environment.collides.name)


def _check_declared(
    key: str, wanted: Sequence[Sort | Variable], given: Sequence[Sort | Variable], source: JsonSource
) -> None:
    for number, (ours, theirs) in enumerate(zip_longest(wanted, given)):
        if theirs is None:
            source.fail(f"{quoted(ours.name)} is missing", key)
        if ours is None and isinstance(theirs, Sort):
            known = ", ".join(thing.name for thing in wanted)
            source.fail(f"{quoted(theirs.name)} is not in the lifecycle; known: {known}", key, number)
        if ours is None:
            return  # variables of its own
        if not _alike(theirs, ours):
            source.fail(f"must be {quoted(ours.name)} as in 'backup-slr rules --json'", key, number)


def _check_actions(model: Model, ours: Model, source: JsonSource, every_action: bool) -> None:
    places = {rule.action: tuple(param.sort for param in rule.place) for rule in ours.rules}
    for number, rule in enumerate(model.rules):
        sorts = tuple(param.sort for param in rule.place)
        if sorts != model.sorts[: len(sorts)]:
            names = ", ".join(sort.name for sort in model.sorts)
            source.fail(f"expected the first of: {names}", "rules", number, "place")
        if rule.action in places and sorts != places[rule.action]:
            wanted = ", ".join(sort.name for sort in places[rule.action]) or "no place"
            source.fail(f"expected the place of {rule.action}: {wanted}", "rules", number, "place")
    missing = [action for action in places if action not in {rule.action for rule in model.rules}]
    if missing and every_action:
        source.fail(f"no rule for the action{'s' if missing[1:] else ''} {', '.join(missing)}", "rules")


def _alike(one: Sort | Variable, other: Sort | Variable) -> bool:
    """Whether two variables are equal and have the same number of phrases, which the English text needs."""
    ours, theirs = (
        [sum(map(bool, getattr(thing, key, ()))) for key in ("reads", "reads_not")] for thing in (one, other)
    )
    return one == other and sum(ours) == sum(theirs)
