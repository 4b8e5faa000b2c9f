"""Files of rules with random changes: each is rejected with one message and a path, or explored without an error.

Parts of the table are moved to where they have another meaning or none: a step formula into a guard, a refusal's name
to an action, a place to a variable of another arity.
"""

from __future__ import annotations

import copy
import json
from functools import cache
from random import Random
from typing import Any

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.serialize.table_reader import model_of
from backup_slr.engine.serialize.table_writer import table_document
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP, scope
from fuzz.resume import spots

DOSE = 12
LITERALS: tuple[Any, ...] = (True, False, None, 0, 1, -1, 2**40, "", "done", "role", "r", [], {}, ["flag", "role"])
STEPS: tuple[Any, ...] = (
    ["unchanged", "role"],
    ["ends", "done"],
    ["does", ["list_resources"]],
    ["after", ["flag", "cross_account"]],
    ["after", ["after", ["flag", "cross_account"]]],
    ["every", ["r", "v"], ["after", ["unchanged", "job"]]],
)


@cache
def _good() -> Any:
    return table_document(BACKUP.model, BACKUP.definitions)


def trial(random: Random) -> str | None:
    table = copy.deepcopy(_good())
    changes = [_change(table, random) for _ in range(random.choice((1, 1, 2)))]
    try:
        model = model_of(json.loads(json.dumps(table))).assuming()
    except BadInput as error:
        placed = all(line.startswith(("$", "... and ")) for line in str(error).split("\n"))
        return None if placed else f"{changes}: {str(error)!r} has no path"
    report = Checker(model, scope(1, 2, 1)).check(Limits(states=200))
    if any(j.verdict not in ("holds", "violated", "inconclusive", "out of scope") for j in report.results):
        return f"{changes}: no verdict"
    return None


def _change(table: Any, random: Random) -> str:
    part = random.choice(("rules", "properties", "rules", "properties", *table))
    places = spots(table[part])
    if not places:
        table[part] = random.choice(LITERALS)
        return f"{part} replaced"
    holder, key = random.choice(places)
    what = random.randrange(4)
    if what == 0:
        del holder[key]
    elif what == 1:
        holder[key] = random.choice((*LITERALS, *STEPS, *STEPS))
    else:
        source = table[random.choice(("rules", "properties", "refusals", "assumptions", "state", part))]
        donors = [inner[where] for inner, where in spots(source)]
        holder[key] = copy.deepcopy(random.choice(donors) if donors else source)
    return f"{key!r} of {part} changed ({what})"
