"""Explanations of an action, a refusal or an error code: when it occurs, why, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Effect
from backup_slr.engine.spec.extension import Extension
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.selection import actions_named, rules_matching
from backup_slr.errors import BadInput, quoted
from backup_slr.report.alternatives import Dependence, dependences
from backup_slr.report.english import english, place_english
from backup_slr.report.reference import CALLERS, Document, changes, clause_says, heading, rule_document
from backup_slr.report.tables import Row, labeled, markdown_table
from backup_slr.report.unblock import fix, starter_of

UNCHANGED = "nothing changes here unless another assumption has another value too"
Changed = list[tuple[str, Sequence[Effect]]]
KINDS = {"parameter": "from the caller", "choice": "decided by chance"}


@dataclass(frozen=True)
class Explanation:
    """The rules that a name stands for; of a refusal or error code (`title` is then not empty), only these guards.

    `table` has the rules under all values of the assumptions.
    """

    lifecycle: Lifecycle
    name: str
    rules: Sequence[Rule]
    title: str = ""
    table: Model | None = None

    def dependences(self, rule: Rule) -> list[Dependence]:
        """The assumptions that matter for an action and the task that it starts."""
        if self.table is None or self.title:
            return []
        task = task_of(self.lifecycle, rule)
        actions = [rule.action, *([task.action] if task else [])]
        rules = [other for other in self.table.rules if other.action in actions]
        return dependences(self.lifecycle, rules, dict(self.lifecycle.model.assumed))


def explanation(name: str, lifecycle: Lifecycle, table: Model | None = None) -> Explanation:
    """Find what a name stands for: an action, an API operation, a refusal id, or an error code.

    Raises `BadInput` when nothing has this name; the message suggests the nearest name.

    >>> from backup_slr.lifecycle import BACKUP, lifecycle
    >>> now = BACKUP.having(lifecycle().assuming({}))
    >>> [rule.action for rule in explanation("resources-remain", now).rules]
    ['finish_deletion_task']
    >>> explanation("DeleteBackupVault", now).rules[0].action
    'delete_backup_vault'
    """
    model = lifecycle.model
    refusals = {guard.otherwise.id: guard.otherwise for rule in model.rules for guard in rule.guards}
    codes = {guard.shows_as: None for rule in model.rules for guard in rule.guards if guard.shows_as}
    if name in refusals:
        return _only(lifecycle, name, f"{name}: {refusals[name].says}")
    for code in codes:
        if code and code.casefold() == name.casefold():
            return _only(lifecycle, code, f"{code}: an error code")
    if not rules_matching(name, model) and (owners := [one.name for one, _, _ in _added(lifecycle, name)]):
        raise BadInput(f"{quoted(name)} belongs to the extension {owners[0]}: add --with {owners[0]}")
    others = (*refusals, *map(str, codes))
    found = actions_named(name, model, "action, refusal or error code", others)
    return Explanation(lifecycle, name, found, table=table)


def _only(lifecycle: Lifecycle, name: str, title: str) -> Explanation:
    found: list[Rule] = []
    for rule in lifecycle.model.rules:
        guards = tuple(guard for guard in rule.guards if name in (guard.otherwise.id, guard.shows_as))
        if guards:
            found.append(replace(rule, guards=guards))
    return Explanation(lifecycle, name, found, title)


def _added(lifecycle: Lifecycle, name: str) -> Iterator[tuple[Extension, str, Guard]]:
    """The guards of extensions that are not composed, at an action or with a refusal or error code of this name."""
    for one in lifecycle.extensions:
        if one.name in lifecycle.composed_of:
            continue
        guards = [(rule.action, guard) for rule in one.rules for guard in rule.guards]
        guards += [(action, added.guard) for added in one.guards for action in added.actions]
        for action, guard in guards:
            if name in (action, guard.otherwise.id, guard.shows_as):
                yield one, action, guard


def _extensions_lines(lifecycle: Lifecycle, name: str) -> Iterator[str]:
    """The refusals that only extensions know."""
    added = [(one, guard) for one, _, guard in _added(lifecycle, name)]
    found = {(guard.otherwise.says, one.name): None for one, guard in added if guard.stratum}
    if found:
        yield ""
        yield from labeled("", "Also, if one of these extensions applies (add it with --with):", 0, indent=0)
        for says, extension in found:
            yield from labeled("-", f"{says} ({extension})", 2)


def task_of(lifecycle: Lifecycle, rule: Rule) -> Rule | None:
    """Return the rule that ends the task that this action starts; its guards are only those that can fail then.

    There is none if the action never succeeds, or if a changed rule set has no such rule.
    """
    task = lifecycle.environment and lifecycle.environment.task
    if not task or task.begins != rule.action or any(guard.condition == FALSE for guard in rule.guards):
        return None
    found = (other for other in lifecycle.model.rules if other.action == task.ends)
    return next((replace(ends, guards=tuple(g for g in ends.guards if g.fails)) for ends in found), None)


# ---------------------------------------------------------------- text


def explanation_lines(found: Explanation) -> Iterator[str]:
    if found.title:
        yield from labeled("", found.title, 0, indent=0)
        yield ""
    for number, rule in enumerate(found.rules):
        if number:
            yield ""
        if found.title:
            yield from labeled("", heading(rule), 0, indent=0)
            yield from _guards_lines(found.lifecycle, _whole(found, rule), rule.guards)
        else:
            yield from _action_lines(found.lifecycle, rule)
            yield from _extensions_lines(found.lifecycle, rule.action)
            yield from _dependences_lines(found.dependences(rule))
    if found.title:
        yield from _extensions_lines(found.lifecycle, found.name)


def _whole(found: Explanation, rule: Rule) -> Rule:
    """The rule with all of its guards, because the advice depends on them."""
    return found.lifecycle.model.rule(rule.action)


def _action_lines(lifecycle: Lifecycle, rule: Rule) -> Iterator[str]:
    inputs = {kind: [i.name for i in rule.inputs if i.kind == kind] for kind in KINDS}
    starter, task = starter_of(lifecycle, rule), task_of(lifecycle, rule)
    where = f", for {place_english(rule.place, 'one')}" if rule.place else ""
    about = {
        "called by": f"{CALLERS[rule.by]}{where}",
        "started by": starter or "",
        "AWS API": ", ".join(rule.operations) or "no operation of its own",
        "inputs": "; ".join(f"{', '.join(names)} ({KINDS[kind]})" for kind, names in inputs.items() if names),
        "clauses": " ".join(rule.clauses),
    }
    yield from labeled("", f"{rule.action}: {rule.says}", 0, indent=0)
    for label, text in about.items():
        if text:
            yield from labeled(label, text, 12)
    yield from _guards_lines(lifecycle, rule, rule.guards)
    if any(guard.condition == FALSE for guard in rule.guards):
        yield from ("", "This action never succeeds.")
    else:
        yield from _effects_lines(_changes(rule, task)[:2])
    if task:
        title = f"The request is accepted. When {task.says} ({task.action}), it fails if"
        yield from _guards_lines(lifecycle, task, task.guards, len(rule.guards), title)
        yield from _effects_lines(_changes(rule, task)[2:])


def _guards_lines(
    lifecycle: Lifecycle, rule: Rule, guards: Sequence[Guard], number: int = 0, title: str = ""
) -> Iterator[str]:
    """The numbered guards: those that refuse and those that fail have separate headings."""
    for fails, group in groupby(guards, lambda guard: guard.fails):
        yield ""
        reason = title or ("It fails if" if fails else "Refused if")
        yield from labeled("", f"{reason} (checked in this order):", 0, indent=0)
        for guard in group:
            number += 1
            yield from labeled(f"{number}.", _reason(guard), 3)
            code = guard.shows_as or _no_code(rule, guard)
            yield from labeled("error", f"{code} ({guard.otherwise.id})", 7, indent=5)
            yield from labeled("why", _why(lifecycle, guard), 7, indent=5)
            yield from labeled("fix", fix(lifecycle, rule, guard), 7, indent=5)


def _reason(guard: Guard) -> str:
    return guard.otherwise.says if guard.condition == FALSE else english(guard.condition, negative=True)


def _no_code(rule: Rule, guard: Guard) -> str:
    """Why a guard has no error code: no request is sent, or AWS does not document the answer."""
    requested = rule.by == "person" and guard.error_code is not None
    return "not documented" if requested else "none, since no request is sent"


def _why(lifecycle: Lifecycle, guard: Guard) -> str:
    return f"{clause_says(lifecycle, lifecycle.model, guard.clause)} [{guard.clause}]"


def _effects_lines(changed: Changed) -> Iterator[str]:
    for when, effects in changed:
        if effects:
            yield from ("", f"{when.capitalize()}:")
        for text in changes(effects):
            yield from labeled("-", text, 2)


def _dependences_lines(found: Sequence[Dependence]) -> Iterator[str]:
    if found:
        yield ""
        yield from labeled(
            "", "Depends on these assumptions (set another value with --assume NAME=VALUE):", 0, indent=0
        )
    for one in found:
        yield from labeled("-", f"{one.assumption.name}={one.value} (in use): {_answer(one, one.value)}", 2)
        for other in one.others:
            yield from labeled("", f"with {other.value}: {'; '.join(other.changes) or UNCHANGED}", 0, indent=6)


def _answer(one: Dependence, value: str) -> str:
    return f"{one.assumption.question} {one.assumption.values[value]}"


# ---------------------------------------------------------------- Markdown and JSON


def explanation_markdown(found: Explanation) -> Iterator[str]:
    """Yield an explanation as Markdown: a section with a table of guards for each action."""
    if found.title:
        yield from (f"# {found.title}", "")
    for rule in found.rules:
        task = None if found.title else task_of(found.lifecycle, rule)
        yield from (f"## {heading(rule)}", "")
        rows: list[Row] = []
        for owner in (_whole(found, rule), *([task] if task else [])):
            for guard in owner.guards if owner is task else rule.guards:
                code = f"`{guard.shows_as}`" if guard.shows_as else "none"
                condition = f"{'the task fails' if guard.fails else 'refused'}: {_reason(guard)}"
                advice = fix(found.lifecycle, owner, guard)
                rows.append((condition, f"{code} (`{guard.otherwise.id}`)", _why(found.lifecycle, guard), advice))
        yield from markdown_table(("checked in this order", "error", "why", "fix"), rows)
        yield ""
        if not found.title:
            for when, effects in _changes(rule, task):
                yield from (f"- {when}: {text}" for text in changes(effects))
            for one in found.dependences(rule):
                yield f"- `{one.assumption.name}={one.value}` (an assumption): {_answer(one, one.value)}"
                yield from (f"  - with `{o.value}`: {'; '.join(o.changes) or UNCHANGED}" for o in one.others)
            yield ""


def _changes(rule: Rule, task: Rule | None) -> Changed:
    own: Changed = [("when the request is accepted" if task else "when it is done", rule.effects)]
    own += [("when it fails", rule.on_failure)]
    return own + ([("when the task is done", task.effects), ("when the task fails", task.on_failure)] if task else [])


def explanation_document(found: Explanation) -> Document:
    """Return an explanation as JSON: one action with its task, or several actions, each with the selected guards."""
    lifecycle, model = found.lifecycle, found.lifecycle.model
    if found.title or len(found.rules) > 1:
        documents = [rule_document(lifecycle, model, rule) for rule in found.rules]
        return {"schema_version": 1, "name": found.name, "actions": documents}
    rule = found.rules[0]
    task = task_of(lifecycle, rule)
    return {
        "schema_version": 1,
        **rule_document(lifecycle, model, rule),
        "task": task and rule_document(lifecycle, model, task),
        "started_by": starter_of(lifecycle, rule),
        "assumptions": [
            {
                "name": one.assumption.name,
                "question": one.assumption.question,
                "taken": one.value,
                "others": [{"value": o.value, "says": o.says, "changes": list(o.changes)} for o in one.others],
            }
            for one in found.dependences(rule)
        ],
    }
