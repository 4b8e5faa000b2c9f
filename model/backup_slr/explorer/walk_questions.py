"""Questions about an account: the shortest way to a state, or how far it is established that there is none.

A search is bounded by a number of states, so that it can be asked again with more of them, or not.
"""

from __future__ import annotations

from typing import Any

from backup_slr.api.account import Account
from backup_slr.api.ways import MOST_STATES, Way
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.spec.query import parse
from backup_slr.errors import MissingTool
from backup_slr.explorer.explored_walk import document_of
from backup_slr.report.names import counted

Document = dict[str, Any]
SECONDS = 10.0
"""The time limit of a proof."""
SAYS = {
    "never": "no state at all is such",
    "unreachable": "no way leads there from this account, within its places and with at most one more of each count",
}


def way_document(way: Way) -> Document:
    """A way as JSON; it `says` what was found."""
    steps = [document_of(step) for step in way.steps]
    found: Document = {"verdict": way.verdict, "steps": steps, "explored": way.explored, "shortest": way.shortest}
    return {**found, "says": _says(way)}


def _says(way: Way) -> str:
    searched = counted(way.explored, "state")
    if way.verdict == "reached":
        known = "the fewest" if way.shortest else f"no way has fewer than {way.at_least}"
        return f"reached after {counted(len(way.steps), 'request')}, {known}" if way.steps else "it is already so"
    if way.verdict in SAYS:
        return f"{SAYS[way.verdict]} ({searched} searched)" if way.explored else SAYS[way.verdict]
    found = f"no way was found in {searched}" if way.explored else "the account has too many places"
    return f"not established: {found}"


def asked(account: Account, expression: str, most: int = MOST_STATES, prove: bool = False) -> Document:
    """The answer to the question whether a state is reachable.

    Parameters
    ----------
    account
        Where the way begins.
    expression
        What holds in the state.
    most
        The most states to explore.
    prove
        Whether to try a proof that no account of any size leads there; only if no way was found.

    Raises
    ------
    BadInput
        When the expression cannot be parsed.

    Examples
    --------
    >>> import backup_slr as slr
    >>> account = slr.load().account(role="present", vaults={"us-east-1/archive": 1})
    >>> found = asked(account, "role == absent")
    >>> found["verdict"], found["says"]
    ('reached', 'reached after 4 requests, the fewest')
    >>> asked(account, "role == absent and any(points > 0)", most=3)["verdict"]
    'not-established'
    """
    way = account.way_to(expression, min(most, MOST_STATES))
    verdict = "not-established" if way.verdict == "inconclusive" else way.verdict
    more = verdict == "not-established" and way.explored > 0 and most < MOST_STATES
    every_size = _everywhere(account, expression) if prove and way.verdict in ("unreachable", "inconclusive") else None
    says = {
        None: _says(way),
        "proved": "unreachable at every size (proved by induction)",
        "not-proved": f"{_says(way)}; not proved for every size",
    }.get(every_size, f"{_says(way)}; {every_size}")
    decided = every_size if every_size in ("proved", "not-proved") else None
    return {
        **way_document(way),
        "expression": expression,
        "verdict": "unreachable" if decided == "proved" else verdict,
        "every_size": decided,
        "more": more and decided != "proved",
        "says": says,
    }


def _everywhere(account: Account, expression: str) -> str:
    """The result of a proof for every size: ``proved``, ``not-proved``, or why it was not tried.

    The proof is by induction from a new account. It is one for this account if it satisfies what the induction uses.
    """
    from backup_slr.api.witness_search import proof_everywhere
    from backup_slr.scenario.explored_account import violated

    machine, _, state = account.located
    wanted = parse(expression, account.role.lifecycle)
    if holds(wanted, Situation(machine.layout, state)) or any(violated(machine.model, machine, state)):
        return "not tried for every size: no new account becomes this one"
    try:
        return proof_everywhere(account.role.model, wanted, SECONDS)
    except MissingTool:
        return "not tried for every size: no prover is installed here"
