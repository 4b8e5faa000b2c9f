"""The parts of an answer to `why`, and what is known of them when an interruption ends the analysis."""

from __future__ import annotations

from backup_slr.advice.obstacles import obstacles
from backup_slr.advice.why import Why

PARTS = {
    "obstacles": "some of the obstacles",
    "verdict": "whether the steps reach the goal",
    "permanent": "what nothing removes",
    "other_ends": "which ends of running work the steps rely on",
    "running": "what is running",
    "deadlines": "what must be done before a date",
    "triggers": "what creates the role again",
    "still_on": "what is still on afterwards",
    "returning": "what creates obstacles again",
    "others": "some of the answers under other values of assumptions",
}
"""The parts in the order in which they are computed, with the words for one that is missing."""


def settle(why: Why) -> None:
    """Compute all parts; after an interruption, what is known remains, and the others are empty and `missing`.

    Raises `KeyboardInterrupt` when nothing is known yet.

    >>> from backup_slr.advice.why import asked
    >>> from backup_slr.lifecycle import BACKUP
    >>> from backup_slr.scenario.spec import AccountSpec
    >>> from backup_slr.scenario.starting_account import StartingAccount
    >>> why = asked(StartingAccount("", BACKUP, AccountSpec({"role": 1})))
    >>> settle(why)
    >>> why.missing
    []
    """
    parts = iter(PARTS)
    for part in parts:
        try:
            getattr(why, part)
        except KeyboardInterrupt:
            if "blocking" not in vars(why.clearing):
                raise
            _keep_known(why, part, *parts)


def _keep_known(why: Why, *missing: str) -> None:
    """Let the parts that are missing be what is known of them."""
    why.missing.extend(PARTS[part] for part in missing)
    known: dict[str, object] = {"others": list(why.differing)}
    if "obstacles" in missing:
        why.clearing.leave_unsolved()
        known["obstacles"] = obstacles(why.clearing)
    if "verdict" in missing:
        known["verdict"] = "never" if why.clearing.known_never else "undecided"
    vars(why).update({part: known.get(part, []) for part in missing})
