"""A trace written as a scenario file, which `simulate` plays and which expects what happened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.trace import Trace
from backup_slr.lifecycle import lifecycle
from backup_slr.lifecycle.regions import AWS_REGIONS
from backup_slr.lifecycle.vocabulary import points
from backup_slr.report.names import Names
from backup_slr.report.trace_text import tell
from backup_slr.scenario.account import END
from backup_slr.scenario.run import account_at


def toml(value: object) -> str:
    """A string, number, truth or array as TOML: what JSON writes, but for characters beyond its escapes."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def scenario_text(
    trace: Trace, names: Names, title: str, without: Sequence[tuple[str, str]] = (), table: Model | None = None
) -> str:
    """A scenario that replays a trace from the empty account, on our own or another `table` `without` some parts.

    Notes
    -----
    JSON strings without control characters are TOML strings, so `json.dumps` writes the values. A scenario has no
    bound on recovery points: a job that could not leave one, since its vault was full in this scope, fails in it.
    """
    lines = [f"title = {toml(title)}"]
    assumed = {a.name: a.default for a in trace.machine.model.assumptions}
    changed = [(name, value) for name, value in trace.machine.model.assumed if assumed[name] != value]
    if changed:
        lines += ["", "[assume]", *(f"{name} = {toml(value)}" for name, value in changed)]
    if without:
        table = table or lifecycle()
        refusals = {(rule.action, guard.otherwise.id) for rule in table.rules for guard in rule.guards}
        guards = [f"{action}/{part}" for action, part in without if (action, part) in refusals]
        effects = [f"{action}/{part}" for action, part in without if (action, part) not in refusals]
        lines += ["", "[without]", f"guards = {toml(guards)}", f"effects = {toml(effects)}"]
    if new := [region for region in names.regions if region not in AWS_REGIONS]:
        lines += ["", "[account]", f"regions = {toml(new)}"]
    for number, telling in enumerate(tell(trace, names), 1):
        document = telling.document(number)
        if "succeeds" in document and not any(change.variable == points for change in telling.changed):
            document["succeeds"] = False
        lines += ["", "[[step]]", f"do = {toml(document['do'])}"]
        keys = ["region", "vault", *(i.name for i in telling.rule.inputs if i.name in telling.request.inputs)]
        lines += (f"{key} = {toml(document[key])}" for key in keys if key in document)
        lines.append(f"expect = {toml(telling.outcome)}")
        if telling.guard:
            lines.append(f"because = {toml(telling.guard.otherwise.id)}")
    end = account_at(trace.machine.layout, trace.final, names)
    lines += ["", "[finally]", *(f"{key} = {toml(value)}" for key, value in end.items() if key in END[:-1])]
    lines += ["vaults = [", *(f"  {_inline(vault)}," for vault in end["vaults"]), "]"]
    return "\n".join(lines) + "\n"


def _inline(table: Mapping[str, Any]) -> str:
    return f"{{ {', '.join(f'{key} = {toml(value)}' for key, value in table.items())} }}"
