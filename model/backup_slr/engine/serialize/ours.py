"""A table from a file that is to stand in for our own: it must speak of the same account, and of every action."""

from __future__ import annotations

from backup_slr.engine.core.formula import Formula, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.variable import Variable
from backup_slr.engine.serialize.load import load_table
from backup_slr.engine.serialize.node import Node
from backup_slr.errors import BadInput, quoted
from backup_slr.lifecycle import lifecycle
from backup_slr.lifecycle.vocabulary import INPUTS, using_role

DEFINITIONS: dict[str, Formula] = {"using_role": using_role}
"""The formulas of our own table that keep their name in a document."""


def load(file: str, every_action: bool = True) -> Model:
    """The table of a file, to be used instead of our own.

    Names of Regions and vaults, scenarios and reports depend on the sorts, the state and the inputs; what the actions
    do, and what must hold, is the table's own affair.

    Parameters
    ----------
    file
        A document of ``backup-slr rules --json``, or its table alone.
    every_action
        Whether an action of ours that the table lacks is an error.

    Raises
    ------
    BadInput
        When it cannot be read, or speaks of another world than ours: with the JSON path.
    """
    model, node = load_table(file)
    ours = lifecycle()
    table = node.object(optional=None)
    for key, wanted, given in (("sorts", ours.sorts, model.sorts), ("state", ours.state, model.state)):
        for number, thing in enumerate(wanted):
            if number >= len(given):
                table[key].fail(f"{quoted(thing.name)} is missing")
            if given[number] != thing or _phrases(given[number]) != _phrases(thing):
                table[key].array()[number].fail(f"must be {quoted(thing.name)} as 'backup-slr rules --json' has it")
        if len(given) > len(wanted):
            known = ", ".join(thing.name for thing in wanted)
            table[key].array()[len(wanted)].fail(f"{quoted(given[len(wanted)].name)} is one too many; known: {known}")
    known = {i.name: i for i in INPUTS}
    used = {i.name: i for rule in model.rules for i in rule.inputs}
    for said in table["inputs"].array():
        name = said.value["name"]
        if name in used and (known.get(name) != used[name] or _phrases(known[name]) != _phrases(used[name])):
            said.fail(f"{quoted(name)} is no input as we know it; known: {', '.join(known)}")
    _check_actions(model, ours, table["rules"], every_action)
    return model


def _check_actions(model: Model, ours: Model, node: Node, every_action: bool) -> None:
    places = {rule.action: rule.place for rule in ours.rules}
    for said, rule in zip(node.array(), model.rules, strict=True):
        sorts = tuple(p.sort for p in rule.place)
        if sorts != model.sorts[: len(sorts)]:
            said.object(optional=None)["place"].fail("a place is a Region, or a Region and a vault of it")
        if rule.action in places and sorts != tuple(p.sort for p in places[rule.action]):
            wanted = ", ".join(p.sort.name for p in places[rule.action]) or "no place"
            said.object(optional=None)["place"].fail(f"{rule.action} happens at {wanted}")
    missing = [action for action in places if action not in {rule.action for rule in model.rules}]
    if missing and every_action:
        which = f"action{'s' if missing[1:] else ''} {', '.join(missing)}"
        raise BadInput(f"{node.path}: no rule for the {which}", node.file)


def _phrases(thing: Sort | Variable) -> int:
    """How many phrases a variable brings with it; without them there is no English."""
    return sum(map(bool, getattr(thing, "reads", ()))) + sum(map(bool, getattr(thing, "reads_not", ())))
