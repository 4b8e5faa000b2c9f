"""The note before a search of very many states: what it may cost, and which commands answer sooner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from shlex import quote

from backup_slr.api.assumed_model import AssumedModel
from backup_slr.api.telling import again
from backup_slr.cli.render import note
from backup_slr.engine.check.engine import Settings, conceivable, most_memory
from backup_slr.engine.check.exploration import Limits, Space
from backup_slr.engine.check.memory import MIB
from backup_slr.engine.core.formula import Formula

FAR_TOO_MANY = 100
"""How many times more states than the maximum may exist before that is reported. Usually few of them are reachable."""


def note_of_size(
    role: AssumedModel,
    question: tuple[str, ...],
    formulas: Callable[[], list[Formula]],
    settings: Settings,
    limits: Limits,
    space: Space,
) -> None:
    """Write a note if a search may stop early, because its states exceed the limits; `formulas` are the user's."""
    states, need = conceivable(space), most_memory(space, settings)
    too_large = limits.memory is not None and need > limits.memory
    if not too_large and states <= FAR_TOO_MANY * limits.states:
        return
    memory = f", which need {size_text(need)} of memory" if too_large else ""
    stop = f"{limits.states:,} (--max-states)"
    stop += f" or {size_text(limits.memory)} (--max-memory)" if limits.memory is not None else ""
    note(f"there may be up to {count_text(states)} states{memory}; the search stops at {stop}, maybe without a verdict")
    for line in _sooner(role, question, formulas(), space):
        note(f"  {line}")


def _sooner(role: AssumedModel, question: tuple[str, ...], formulas: list[Formula], space: Space) -> Iterator[str]:
    """Generate the ways to ask less."""
    smaller = role.smaller_scope(space.scope, formulas)
    if smaller is not None:
        yield f"in a smaller scope: {again(role, smaller, *question)}"
    if len(role.lifecycle.composed_of) > 1:
        yield "with fewer extensions: one --with NAME at a time, or two (--with NAME,NAME)"
    if question[0] == "check" and role.start is not None:
        yield "one property of states or steps, mostly without the search: --property ID"
        yield f"one state: backup-slr witness EXPRESSION --account {quote(role.start.file)}"
    if question[0] == "check" and role.start is None:
        # Induction needs no states, so that the size of the model matters less.
        composed = f" --with {','.join(role.extensions)}" if role.extensions else ""
        yield f"for every size, all properties of states and steps: backup-slr prove --regions 1{composed}"


def size_text(size: int) -> str:
    """An amount of memory in words."""
    if size < 10_000 * MIB:
        return f"{size / MIB:,.0f} MiB"
    return f"{count_text(size // (1024 * MIB))} GiB"


def count_text(number: int) -> str:
    """A number in digits, or as a power of ten if it is very large."""
    return f"{number:,}" if number < 10**12 else f"10^{len(str(number)) - 1}"
