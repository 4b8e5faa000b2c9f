"""A plan as a program for boto3: the module `boto3_program`, with the plan in it as JSON."""

from __future__ import annotations

import inspect
import json
from dataclasses import asdict
from typing import Any

from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_formats import boto3_program
from backup_slr.advice.plan_phases import phases
from backup_slr.errors import printable

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
                "kind": phase.kind,
                "title": f"{number}. {phase.title}",
                "places": phase.places,
                "deed": asdict(phase.procedure.deed) if phase.procedure else None,
            }
            for number, phase in enumerate(phases(plan), 1)
        ],
    }


def python_program(plan: StepPlan, closing: str, account: str) -> str:
    """Return the program of a plan that reaches the goal; `closing` says what was proved."""
    source = inspect.getsource(boto3_program)
    text = json.dumps(program_data(plan, account))
    return source.replace(EMPTY, f"json.loads({text!r})", 1) + f"\n# {printable(closing, None)}\n"
