"""The plan of an account: its steps in every form, and what was proved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from backup_slr.advice.plan import StepPlan, planned
from backup_slr.advice.plan_formats.plan_python import python_program
from backup_slr.advice.plan_formats.plan_runbook import plan_runbook
from backup_slr.advice.plan_formats.plan_shell import shell_script
from backup_slr.advice.plan_phases import why_not
from backup_slr.advice.plan_proof import PlanProof, proved
from backup_slr.advice.plan_report import (
    headline,
    limits,
    plan_document,
    plan_markdown,
    plan_text,
    proof_says,
    works_under,
)
from backup_slr.advice.why_report import remark_says
from backup_slr.api.answers import DetailedAnswer, exit_code
from backup_slr.api.starting import places_named
from backup_slr.errors import BadInput, unknown
from backup_slr.scenario.explored_account import as_explored
from backup_slr.scenario.starting_account import StartingAccount


@dataclass(frozen=True)
class PlanAnswer(DetailedAnswer):
    """The steps from an account to the goal.

    Attributes
    ----------
    reached
        Whether the plan reaches the goal, at least under some values of the open assumptions.
    proof
        What was proved, in one sentence.
    fails_under
        The smallest combinations of values of assumptions under which the plan does not reach the goal.
    """

    reached: bool = False
    proof: str = ""
    fails_under: tuple[dict[str, str], ...] = ()
    _programs: dict[str, Callable[[], str]] = field(default_factory=dict[str, Callable[[], str]], repr=False)

    def program(self, form: str) -> str:
        """The plan as a ``"shell"`` script, a ``"python"`` program or a ``"runbook"``.

        Raises
        ------
        BadInput
            When the goal is not reached, or the form does not exist.
        """
        if form not in self._programs:
            raise BadInput(unknown("form of a plan", form, self._programs))
        return self._programs[form]()


def plan_answer(start: StartingAccount, keep: Iterable[str] = (), now: datetime | None = None) -> PlanAnswer:
    """Find the plan of an account, and prove it.

    Parameters
    ----------
    start
        The account.
    keep
        Places that the plan leaves as they are, such as ``"us-east-1/archive"``; a name alone means all places of it.
    now
        The time of the question, with which dates are compared; by default that of the clock.

    Raises
    ------
    BadInput
        When the account has no such place.
    """
    plan = planned(start, places_named(start, keep), now)
    nothing = PlanProof(0, 0, (), 0, 0, 0, 0, 0, interrupted=True)
    try:
        proof = nothing if plan.interrupted else proved(plan)
    except KeyboardInterrupt:  # the steps are still of use
        proof = nothing
    fine = plan.reached and plan.reached_by_default and not proof.refuted
    file = start.file or None
    account = start.observation.account if start.observation else ""
    told = (*limits(plan), *(f"not represented in the model: {remark_says(one)}" for one in plan.why.unrepresented))
    said = " ".join((*(f"{one[0].upper()}{one[1:]}." for one in told), proof_says(plan, proof)))

    def made(form: Callable[[], str]) -> Callable[[], str]:
        def program() -> str:
            if plan.reached and not plan.reached_by_default:
                under = works_under(plan)
                given = " ".join(f"--assume {one}" for one in under.split(" or ")[0].split(" and "))
                raise BadInput(f"these steps delete the role only under {under}: if that is right, add {given}", file)
            if plan.reached and not plan.needless and (start.lifecycle.operations or form is runbook):
                return form()
            raise BadInput(f"there is nothing to run: {_reason(plan)}", file)

        return program

    def runbook() -> str:
        return plan_runbook(plan, proof_says(plan, proof))

    explored = as_explored(start, plan.why.model)
    interrupted = (f"interrupted: {_unfinished(plan)}",) if proof.interrupted else ()
    return PlanAnswer(
        partial(plan_text, plan, proof),
        lambda: {**plan_document(plan, proof), "violates": list(explored.violated)},
        partial(plan_markdown, plan, proof),
        code=exit_code("holds" if fine else "violated", proof.interrupted),
        note="\n".join((*explored.notes(), *interrupted)),
        reached=plan.reached,
        proof=proof_says(plan, proof),
        fails_under=tuple(plan.fails_under()),
        _programs={
            "shell": made(lambda: shell_script(plan, said, account)),
            "python": made(lambda: python_program(plan, said, account)),
            "runbook": made(runbook),
        },
    )


def _unfinished(plan: StepPlan) -> str:
    return "the plan is not proved" if plan.reached else "the search for the steps is not complete"


def _reason(plan: StepPlan) -> str:
    if plan.interrupted and not plan.reached:
        return _unfinished(plan)
    if plan.needless:
        return headline(plan)
    if plan.start.lifecycle.operations is None and plan.reached:
        return "the calls of this lifecycle are not known"
    return "; ".join(why_not(plan, one) for one in plan.remains) or "no step helps"
