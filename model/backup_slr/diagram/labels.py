"""Labels of actions and refusals in pictures: English phrases, names of API operations and error codes, or ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal as Exactly
from typing import TypeAlias, get_args

from backup_slr.diagram.graph import Diagram
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.variable import Enum, Flag, usual
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.english import english

LabelStyle: TypeAlias = Exactly["english", "aws", "id"]
BRIEF = ("lifecycle", "teardown", "dependencies", "difference")
"""The views that are brief unless details are requested."""
LABEL_STYLES: tuple[LabelStyle, ...] = get_args(LabelStyle)


def action_label(rule: Rule, labels: LabelStyle) -> str:
    """The label of an action.

    >>> from backup_slr.lifecycle import lifecycle
    >>> [action_label(lifecycle().rule("delete_backup_vault"), labels) for labels in LABEL_STYLES]
    ['delete a backup vault', 'DeleteBackupVault', 'delete_backup_vault']
    """
    if labels == "id":
        return rule.action
    operations = rule.operations if labels == "aws" and rule.by == "person" else ()
    return " or ".join(operation.partition(":")[2] or operation for operation in operations) or rule.says


def quoted_label(rule: Rule, labels: LabelStyle) -> str:
    """The label of an action inside of a sentence."""
    label = action_label(rule, labels)
    return f"'{label}'" if " " in label else label


def refusal_label(guard: Guard, labels: LabelStyle) -> str:
    """The label of a refusal: its reason, the error code that AWS returns (if it returns one), or its id."""
    if labels == "id":
        return guard.otherwise.id
    return (labels == "aws" and guard.shows_as) or guard.otherwise.says


def reason_label(guard: Guard, labels: LabelStyle, ambiguous: bool) -> str:
    """The label of a refusal; in English, if several guards have it (it is `ambiguous`), the reason of this one."""
    if ambiguous and labels == "english":
        return english(guard.condition, negative=True)
    return refusal_label(guard, labels)


def request_label(
    lifecycle: Lifecycle, rule: Rule, place: str, inputs: Mapping[str, object], labels: LabelStyle, times: int = 1
) -> str:
    """The label of a request: action, place, inputs that do not have their usual value, number of repetitions.

    >>> from backup_slr.lifecycle import BACKUP
    >>> rule = BACKUP.model.rule("delete_backup_vault")
    >>> request_label(BACKUP, rule, "us-east-1/Default", {"via": "cli"}, "english")
    'delete a backup vault: us-east-1/Default, with the CLI'
    >>> request_label(BACKUP, rule, "us-east-1/Default", {"via": "cli"}, "id", 2)
    'delete_backup_vault us-east-1/Default via=cli (2 times)'
    """
    given = [
        variable.name + "=" + str(value).lower() if labels == "id" else _input_english(lifecycle, variable, value)
        for variable in rule.inputs
        if (value := inputs.get(variable.name)) is not None
        and ((isinstance(variable, Enum) and variable.required) or value != shown(variable, usual(variable)))
    ]
    parts = (" " if labels == "id" else ": ").join(part for part in (action_label(rule, labels), place) if part)
    repeated = f" ({times} times)" if times > 1 else ""
    return (" " if labels == "id" else ", ").join((parts, *given)) + repeated


def _input_english(lifecycle: Lifecycle, variable: Flag | Enum, value: object) -> str:
    if isinstance(variable, Flag):
        return variable.reads[0 if value else 1]
    if str(value) not in variable.values:
        return f"{variable.name} {value}"
    return lifecycle.interfaces.get(str(value)) or variable.reads[variable.values.index(str(value))]


def way_label(model: Model, way: tuple[str, str, str | None], labels: LabelStyle) -> str:
    """The label of an action; it names the outcome only if that is a refusal or a failure."""
    action, outcome, refusal = way
    rule = model.rule(action)
    name = action_label(rule, labels)
    if outcome == "done":
        return name
    guards = (guard for guard in rule.guards if guard.otherwise.id == refusal)
    return f"{name}: {next((refusal_label(guard, labels) for guard in guards), refusal)}"


def brief(diagram: Diagram) -> Diagram:
    """The same picture without lists inside boxes, clause ids, and counts of states on arrows.

    A sequence keeps the lists: they are the state of the account at the start.
    """
    nodes = diagram.nodes
    if diagram.form == "graph":
        nodes = tuple(replace(node, folded=()) for node in nodes)
    edges = tuple(replace(edge, clauses=(), reach="") for edge in diagram.edges)
    return replace(diagram, nodes=nodes, edges=edges, signs=())
