"""What a session shows of its state: the account, every action with its outcome, properties, and the last step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from backup_slr.api.account import Account
from backup_slr.api.request_result import Difference, Reason, RequestResult
from backup_slr.api.ways import WayStep
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.variable import Count, Enum, Flag, label, usual
from backup_slr.explorer.explored_walk import Broken, ExploredWalk, document_of
from backup_slr.explorer.request_reading import values_of_input
from backup_slr.report.names import nouns
from backup_slr.report.reference import clause_says

Document = dict[str, Any]


def view_of(walk: ExploredWalk, inputs: Mapping[str, Any]) -> Document:
    """The present state of a walk; the actions are evaluated with these inputs."""
    account = walk.account
    return {
        "role": account.role.lifecycle.name,
        "at": walk.at,
        "steps": _steps(walk),
        "account": _values(walk),
        "places": _places(account),
        "actions": list(_actions(account, inputs)),
        "properties": list(_properties(walk)),
        "last": _last(walk),
    }


# ---------------------------------------------------------------- the account


def _values(walk: ExploredWalk) -> list[Document]:
    account = walk.account
    variables = {variable.name: variable for variable in account.role.model.state}
    changed = {(one.variable, one.place) for one in walk.last.changes} if walk.last else set[tuple[str, str]]()
    found: list[Document] = []
    for (name, place), value in account.by_place().items():
        variable = variables[name]
        found.append(
            {
                "variable": name,
                "label": label(variable),
                "place": place,
                "value": value,
                "says": _says(variable, value),
                "changed": (name, place) in changed,
            }
        )
    return found


def _says(variable: Flag | Enum | Count, value: str | int | bool) -> str:
    match variable:
        case Flag(reads=(yes, no)):
            return (yes if value else no) or f"{label(variable)}: {'yes' if value else 'no'}"
        case Enum(values=values, reads=reads) if reads:
            return reads[values.index(str(value))]
        case Count():
            return f"{value} {nouns(int(value), variable.reads or label(variable))}"
        case _:
            return f"{label(variable)}: {value}"


def _places(account: Account) -> list[list[str]]:
    _, names, _ = account.located
    depths = range(1, len(account.role.model.sorts) + 1)
    return [["/".join(path) for path in names.paths(depth)] for depth in depths]


# ---------------------------------------------------------------- actions


def _actions(account: Account, inputs: Mapping[str, Any]) -> Iterator[Document]:
    """Every action at every named place, with the inputs that it has."""
    machine, names, _ = account.located
    for rule in machine.model.rules:
        given = {i.name: i.values[0] for i in rule.inputs if isinstance(i, Enum) and i.required}
        given |= {i.name: inputs[i.name] for i in rule.inputs if inputs.get(i.name) in values_of_input(i)}
        described = [_input(variable) for variable in rule.inputs]
        for where in map("/".join, names.paths(len(rule.place))):
            result = account.request(rule.action, where, **given)
            yield {
                "action": rule.action,
                "says": rule.says,
                "by": rule.by,
                "operations": list(rule.operations),
                "place": where,
                "inputs": described,
                "given": given,
                **_result(account, result),
            }


def _input(variable: Flag | Enum) -> Document:
    values = values_of_input(variable)
    first = values[usual(variable)]
    return {
        "name": variable.name,
        "label": label(variable),
        "values": values,
        "usual": first,
        "kind": variable.kind,
        "words": {str(value).lower() if isinstance(value, bool) else value: _says(variable, value) for value in values},
    }


def _result(account: Account, result: RequestResult) -> Document:
    return {
        "outcome": result.outcome,
        "changes": [change_text(account, change) for change in result.changes],
        "reasons": [_reason(account, reason) for reason in result.reasons],
    }


def words_of(account: Account, result: RequestResult) -> str:
    """The outcome of a request, its reasons and its changes, in words."""
    changes = (change_text(account, change) for change in result.changes)
    return "\n  ".join([result.outcome, *map(str, result.reasons), *changes])


def change_text(account: Account, change: Difference) -> str:
    """A change in words: ``us-east-1/Default: vault absent -> exists``."""
    variable = next(one for one in account.role.model.state if one.name == change.variable)
    before, after = change.before, change.after
    if isinstance(variable, Flag):
        before, after = variable.change(bool(after))
    return f"{f'{change.place}: ' if change.place else ''}{label(variable)} {before} -> {after}"


def _reason(account: Account, reason: Reason) -> Document:
    role = account.role
    return {
        "refusal": reason.refusal.id,
        "says": reason.refusal.says,
        "error_code": reason.error_code,
        "clause": reason.clause,
        "clause_says": clause_says(role.lifecycle, role.table, reason.clause),
        "places": list(reason.places),
        "transient": reason.refusal.transient,
    }


def _steps(walk: ExploredWalk) -> list[Document]:
    """The requests with their results; those that were told before are the same documents."""
    for step, result in walk.results[len(walk.told) :]:
        walk.told.append({**document_of(step), **_result(walk.account, result)})
    return list(walk.told)


# ---------------------------------------------------------------- two branches


def compared(here: ExploredWalk, there: ExploredWalk) -> Document:
    """What differs between the accounts of two walks, and their steps side by side."""
    values = [walk.account.by_place() for walk in (here, there)]
    variables = {v.name: v for walk in (here, there) for v in walk.account.role.model.state}
    differences: list[Document] = []
    for name, place in dict.fromkeys((*values[0], *values[1])):
        own, other = (found.get((name, place)) for found in values)
        if own != other:
            variable = variables[name]
            said = [_says(variable, shown(variable, 0) if value is None else value) for value in (own, other)]
            told = {"variable": name, "label": label(variable), "place": place, "here": own, "there": other}
            differences.append({**told, "here_says": said[0], "there_says": said[1]})
    steps = [["".join(_told(walk, *pair)) for pair in walk.results[: walk.at]] for walk in (here, there)]
    rows = zip_longest(*steps, fillvalue="")
    return {"differences": differences, "steps": [[str(number), *row] for number, row in enumerate(rows, 1)]}


def _told(walk: ExploredWalk, step: WayStep, result: RequestResult) -> Iterator[str]:
    """A step in the words of the page."""
    rule = walk.account.role.model.rule(step.action)
    inputs = {variable.name: variable for variable in rule.inputs}
    yield rule.says
    if step.place:
        yield f": {step.place}"
    yield from (f", {_says(inputs[name], value)}" for name, value in step.inputs.items())
    if result.outcome != "done":
        yield f" ({result.outcome})"


# ---------------------------------------------------------------- why


def _last(walk: ExploredWalk) -> Document | None:
    """The last step: the clauses behind it, and the assumptions on which its rule depends."""
    result = walk.last
    if result is None:
        return None
    account = walk.account
    role = account.role
    rule = next(rule for rule in role.table.rules if rule.action == result.action)
    clauses = [result.clause] if result.clause else _cited(rule, result)
    return {
        "text": f"{rule.says}: {words_of(account, result)}",
        "clauses": [{"id": one, "says": clause_says(role.lifecycle, role.table, one)} for one in clauses],
        "assumptions": sorted(_assumptions(rule)),
    }


def _cited(rule: Rule, result: RequestResult) -> list[str]:
    changed = {change.variable for change in result.changes}
    cited = [effect.clause for effect in (*rule.effects, *rule.on_failure) if effect.variable.name in changed]
    return list(dict.fromkeys(cited)) or list(rule.clauses)


def _assumptions(rule: Rule) -> set[str]:
    parts = (*rule.guards, *rule.effects, *rule.on_failure)
    return {reading.assumption for part in parts for reading in part.under}


# ---------------------------------------------------------------- properties


def _properties(walk: ExploredWalk) -> Iterator[Document]:
    """The properties of single states and steps: whether they hold here, and whether they held on the way."""
    here, first = _broken(walk)
    for one in walk.account.role.model.properties:
        if one.kind in ("always", "step"):
            status = "broken" if one.id in here else "broken-earlier" if one.id in first else "holds"
            shown = {"id": one.id, "says": one.sentence, "kind": one.kind, "clauses": list(one.clauses)}
            yield {**shown, "status": status, **({"since": first[one.id]} if one.id in first else {})}


def _broken(walk: ExploredWalk) -> Broken:
    """What the state at the position violates, or the request before it, and where each property was first violated."""
    for number in range(len(walk.broken), walk.at + 1):
        here = frozenset(one.id for one in _violated(walk, number))
        before: Mapping[str, int] = walk.broken[-1][1] if walk.broken else {}
        walk.broken.append((here, {**dict.fromkeys(here, number), **before} if here else before))
    return walk.broken[walk.at]


def _violated(walk: ExploredWalk, number: int) -> Iterator[Property]:
    account = walk.account_after(number)
    machine, _, state = account.located
    here = Situation(machine.layout, state)
    step: Situation | None = None
    if number:
        asked, result = walk.results[number - 1]
        before = walk.account_after(number - 1).state_in(account)
        _, _, request = account.named(asked.action, asked.place, asked.inputs)
        ends = (result.outcome, result.refusal.id) if result.refusal else (result.outcome,)
        step = Situation(machine.layout, before, {}, request.inputs, state, result.action, request.place, ends)
    for one in machine.model.properties:
        judged = here if one.kind == "always" else step if one.kind == "step" else None
        if judged is not None and not all(
            holds(one.formula, judged.at(place)) for place in machine.scope.places(one.each)
        ):
            yield one
