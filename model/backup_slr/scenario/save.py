"""A trace written as a scenario file, which `simulate` plays and which expects what happened."""

from __future__ import annotations

import json

from backup_slr.core.trace import Trace
from backup_slr.report.names import Names
from backup_slr.report.steps import tell


def scenario_text(trace: Trace, names: Names, title: str) -> str:
    """A scenario that replays a trace from the empty account.

    Notes
    -----
    JSON strings without control characters are TOML strings, so `json.dumps` writes the values.
    """
    lines = [f"title = {json.dumps(title)}"]
    assumed = {a.name: a.default for a in trace.machine.model.assumptions}
    changed = [(name, value) for name, value in trace.machine.model.assumed if assumed[name] != value]
    if changed:
        lines += ["", "[assume]", *(f"{name} = {json.dumps(value)}" for name, value in changed)]
    for number, telling in enumerate(tell(trace, names), 1):
        document = telling.document(number)
        lines += ["", "[[step]]", f"do = {json.dumps(document['do'])}"]
        keys = ["region", "vault", *(i.name for i in telling.rule.inputs if i.name in telling.request.inputs)]
        lines += (f"{key} = {json.dumps(document[key])}" for key in keys if key in document)
        lines.append(f"expect = {json.dumps(telling.outcome)}")
        if telling.guard:
            lines.append(f"because = {json.dumps(telling.guard.otherwise.id)}")
    return "\n".join(lines) + "\n"
