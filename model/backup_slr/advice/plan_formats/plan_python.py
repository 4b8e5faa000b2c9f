"""A plan as a program for boto3: the module `boto3_program`, with the plan in it as JSON."""

from __future__ import annotations

import inspect
import json
from dataclasses import asdict, fields
from typing import Any

from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_formats import boto3_program
from backup_slr.advice.plan_phases import most, phases, run_as
from backup_slr.engine.core.variable import label
from backup_slr.engine.spec.procedure import Procedure
from backup_slr.errors import printable

PARTS = [field.name for field in fields(Procedure)]
EMPTY = 'json.loads("{}")'


def program_data(plan: StepPlan, account: str) -> dict[str, Any]:
    """The plan as the program reads it."""
    operations = plan.start.lifecycle.operations
    if operations is None:
        raise ValueError("no calls are known for this lifecycle")
    return {
        "account": account,
        "sorts": [sort.name for sort in plan.start.lifecycle.sorts],
        "regional": operations.regional,
        "clients": dict(operations.clients),
        "transient": operations.transient,
        "identity": {"call": asdict(operations.identity), "query": operations.account},
        "task": asdict(operations.task),
        "phases": [
            {
                "kind": run_as(plan, phase),
                "title": f"{number}. {phase.title}",
                "places": [(place, most(plan, place)) for place in phase.places],
                "noun": label(phase.steps[0].want.variable) if phase.steps else "",
                **(asdict(phase.procedure) if phase.procedure else dict.fromkeys(PARTS)),
            }
            for number, phase in enumerate(phases(plan), 1)
        ],
    }


def python_program(plan: StepPlan, closing: str, account: str) -> str:
    """Return the program of a plan that reaches the goal; `closing` says what was proved."""
    source = inspect.getsource(boto3_program)
    text = json.dumps(program_data(plan, account), indent=1).replace("'", "\\u0027")
    return source.replace(EMPTY, f"json.loads(r'''{text}''')", 1) + f"\n# {printable(closing, None)}\n"
