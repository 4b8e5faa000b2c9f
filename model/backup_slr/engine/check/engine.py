"""Which engine explores: plain Python, NumPy, or compiled by numba. All find the same; they differ in speed.

Plain Python needs no library and is the fastest where there are few states. `auto` begins with it, or leaves it out
where the scope is plainly too large, and goes on with arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from math import prod
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.check.exploration import NO_HURRY, Engine, Explored, Limits, Space
from backup_slr.engine.check.queries import Answers
from backup_slr.engine.check.symmetry import Symmetry, interchangeable
from backup_slr.engine.core.formula import FALSE, Formula
from backup_slr.engine.core.rule import Property
from backup_slr.errors import install

Choice: TypeAlias = Exactly["auto", "python", "numpy", "compiled"]
CHOICES: tuple[Choice, ...] = ("auto", "python", "numpy", "compiled")

FEW = 10_000
"""Up to so many states plain Python is the fastest engine."""
MANY = 1_000_000_000
"""From so many states on (as their types tell) it is worth while to load what numba has compiled."""


BYTES = 40
"""About so many for each word of a state: its level, and a table of which at least half is free."""


class NoEngine(Exception):
    """The library of an engine is not installed; the message says how to get it."""


@dataclass(frozen=True)
class Settings:
    """How to explore: with which engine, and whether states that symmetry makes of each other count as one."""

    engine: Choice = "auto"
    symmetry: bool = True

    def __post_init__(self) -> None:
        if self.engine in ("numpy", "compiled") and not has("numpy", "scipy"):
            raise NoEngine(f"the numpy engine needs NumPy and SciPy: {install()} (or --engine python)")
        if self.engine == "compiled" and not has("numba"):
            raise NoEngine(f"the compiled engine needs numba: {install('fast')} (or --engine numpy)")


USUAL = Settings()


def has(*libraries: str) -> bool:
    """These libraries are installed."""
    return all(find_spec(library) is not None for library in libraries)


def conceivable(space: Space) -> int:
    """How many states there would be if every cell could have each of its values, whatever the others have."""
    return prod(space.words.layout.values(variable) or 1 for variable, _ in space.words.layout.cells)


def most_memory(space: Space, settings: Settings = USUAL) -> int:
    """The bytes that all conceivable states of a space would take, if they were all reached."""
    symmetry = symmetry_of(space, settings)
    states = -(-conceivable(space) // (symmetry.order if symmetry else 1))
    return states * space.words.width * BYTES


def symmetry_of(
    space: Space, settings: Settings, formulas: Iterable[Formula] = (), properties: Iterable[Property] = ()
) -> Symmetry | None:
    """What may be exchanged in a space without an answer to any of these changing; None if there is nothing."""
    if not settings.symmetry:
        return None
    sorts = interchangeable(space.model, space.words.layout.chain, formulas, properties)
    found = Symmetry(replace(space.words, columns=True), sorts, arrays=True)
    return found if found.groups else None


def chosen(space: Space, settings: Settings) -> Engine:
    """The engine for a space of which everything is to be found."""
    if settings.engine != "auto":
        return settings.engine
    if conceivable(space) <= FEW or not has("numpy", "scipy"):
        return "python"
    return "numpy"


def explore(
    space: Space,
    settings: Settings = USUAL,
    limits: Limits = NO_HURRY,
    until: Formula = FALSE,
    avoid: Formula = FALSE,
    progress: Callable[[Explored, int], None] | None = None,
    symmetry: Symmetry | None = None,
) -> Explored:
    """Search breadth first as `Space.explore` does, with the engine that is asked for or fits best."""
    engine = chosen(space, settings)
    if settings.engine == "auto" and conceivable(space) >= MANY and until == FALSE == avoid and has("numba"):
        engine = "compiled"
    if engine == "python":
        return space.explore(limits, until, avoid, progress, symmetry)
    if settings.engine == "auto" and until != FALSE:
        # What is sought is often near.
        found = space.explore(replace(limits, states=min(FEW, limits.states)), until, avoid, progress, symmetry)
        if found.stopped != "states" or limits.states <= FEW:
            return found
    if engine == "compiled":
        from backup_slr.engine.check.compiled.native import Native

        return Native(space, symmetry).explore(limits, until, avoid, progress)
    from backup_slr.engine.check.vectorized.vector_code import Vectors

    return Vectors(space, symmetry).explore(limits, until, avoid, progress)


def answers(space: Space, explored: Explored, symmetry: Symmetry | None = None) -> Answers:
    """What can be asked of explored states, by the same engine."""
    if explored.engine == "python":
        return Answers(space, explored, symmetry)
    from backup_slr.engine.check.vectorized.array_queries import ArrayAnswers

    return ArrayAnswers(space, explored, symmetry)


def stepwise(space: Space, limits: Limits) -> Answers:
    """What can be asked of all states, which are explored by arrays as far as an answer needs them."""
    from backup_slr.engine.check.vectorized.array_queries import Stepwise

    return Stepwise(space, limits)
