"""Parts of the properties of extensions: how requests at a vault are answered, and what they leave unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from backup_slr.engine.core.formula import Does, Ends, Formula, Not, Unchanged
from backup_slr.engine.core.rule import Fair
from backup_slr.engine.core.variable import Variable
from backup_slr.lifecycle.predicates import BY_OPERATOR, DONE, EVERYTHING, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import SERVICE_USING_ROLE, collides, permitted, r, v, vault

NOT_PERMITTED_CASE, NO_VAULT_CASE = (~permitted, "not-permitted"), (~vault[r, v], "no-such-vault")


def answers(actions: Sequence[str], *cases: tuple[Formula, str], done: Formula) -> Formula:
    """Requests at a vault are refused for the first of the cases that applies; if none applies they are `done`.

    If the use of the role is among the cases, only requests that do not collide are required to be done, since other
    extensions add jobs to collide with.

    Parameters
    ----------
    actions
        The actions.
    cases
        Conditions with the refusals that they lead to, in order.
    done
        What holds of a step for which no case applies, in addition to its success.
    """
    found = at_vault(*actions)
    parts: list[Formula] = []
    for condition, refusal in cases:
        parts.append((found & condition).implies(Ends((refusal,))))
        found = found & Not(condition)
    if any(refusal == SERVICE_USING_ROLE.id for _, refusal in cases):
        found = found & ~collides
    parts.append(found.implies(DONE & done))
    return everywhere(reduce(lambda one, other: one & other, parts))


def changes_only(actions: Sequence[str], *names: str, own: Sequence[Variable]) -> Formula:
    """The actions change only these variables, of those of the page's rules and of the extension (`own`)."""
    every = (*EVERYTHING, *(variable.name for variable in own))
    return Does(tuple(actions)).implies(Unchanged(tuple(name for name in every if name not in names)))


def operator_does(says: str, *actions: str) -> Fair:
    """The fairness that an operator, at every vault, does one of these actions as long as it can succeed."""
    return Fair("weak", Does(actions, (r, v)) & BY_OPERATOR & DONE, says, each=(r, v))


def blocks(actions: Sequence[str], where: Formula, refusal: str) -> Formula:
    """Such requests do not succeed at a vault where this holds; only there they are refused for this reason.

    Another reason may be named, because guards of other extensions can come before, but not a collision, which comes
    last.
    """
    asked = at_vault(*actions)
    return everywhere(
        (asked & where).implies(Not(DONE) & Not(Ends(("service-using-role",))))
        & (asked & Ends((refusal,))).implies(where)
    )
