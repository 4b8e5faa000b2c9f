"""The choice of the engine: plain Python or NumPy. Both have the same results; they differ in speed.

Plain Python needs no library and is faster for few states. `auto` chooses it if there cannot be many states, and
otherwise arrays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from math import prod
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Engine, Explored, Limits, Progress, Space
from backup_slr.engine.check.queries import Queries
from backup_slr.engine.check.symmetry import Symmetry, interchangeable
from backup_slr.engine.core.formula import FALSE, Formula
from backup_slr.engine.core.rule import Property
from backup_slr.errors import MissingTool, install

Choice: TypeAlias = Exactly["auto", "python", "numpy"]
CHOICES: tuple[Choice, ...] = ("auto", "python", "numpy")

FEW = 10_000
"""Up to this number of states plain Python is the faster engine."""
BYTES = 40
"""The memory for each word of a state: in its level, and in a hash table of which at least half is free."""


@dataclass(frozen=True)
class Settings:
    """The engine, and whether to store only one state of each orbit of the symmetry.

    Raises `MissingTool` when the library of the engine is not installed.
    """

    engine: Choice = "auto"
    symmetry: bool = True

    def __post_init__(self) -> None:
        if self.engine == "numpy" and not has("numpy", "scipy"):
            raise MissingTool(f"the numpy engine needs NumPy and SciPy: {install()} (or --engine python)")


DEFAULT_SETTINGS = Settings()


def has(*libraries: str) -> bool:
    """Whether these libraries are installed."""
    return all(find_spec(library) is not None for library in libraries)


def conceivable(space: Space) -> int:
    """The number of states if each cell could have any of its values, independently of the others."""
    return prod(space.words.layout.values(variable) or 1 for variable, _ in space.words.layout.cells)


def most_memory(space: Space, settings: Settings = DEFAULT_SETTINGS) -> int:
    """The memory in bytes for all conceivable states, if all were reachable."""
    symmetry = symmetry_of(space, settings)
    states = -(-conceivable(space) // (symmetry.order if symmetry else 1))
    return states * space.words.width * BYTES


def symmetry_of(
    space: Space, settings: Settings, formulas: Iterable[Formula] = (), properties: Iterable[Property] = ()
) -> Symmetry | None:
    """The symmetry of a space that preserves these formulas and properties; None if there is none."""
    if not settings.symmetry:
        return None
    sorts = interchangeable(space.model, space.words.layout.chain, formulas, properties)
    found = Symmetry(replace(space.words, columns=True), sorts, arrays=True)
    return found if found.groups else None


def chosen(space: Space, settings: Settings) -> Engine:
    """The engine for a full exploration of a space."""
    if settings.engine != "auto":
        return settings.engine
    if conceivable(space) <= FEW or not has("numpy", "scipy"):
        return "python"
    return "numpy"


def explore(
    space: Space,
    settings: Settings = DEFAULT_SETTINGS,
    limits: Limits = DEFAULT_LIMITS,
    until: Formula = FALSE,
    avoid: Formula = FALSE,
    progress: Progress | None = None,
    symmetry: Symmetry | None = None,
) -> Explored:
    """Search breadth first like `Space.explore`, with the requested engine or the most suitable one."""
    if chosen(space, settings) == "python":
        return space.explore(limits, until, avoid, progress, symmetry)
    if settings.engine == "auto" and until != FALSE:
        # A target is often near the initial state.
        found = space.explore(replace(limits, states=min(FEW, limits.states)), until, avoid, progress, symmetry)
        if found.stopped != "states" or limits.states <= FEW:
            return found
    from backup_slr.engine.check.vectorized import search

    return search.explore(space, limits, until, avoid, progress, symmetry)


def queries(space: Space, explored: Explored, symmetry: Symmetry | None = None) -> Queries:
    """Queries over explored states, by the same engine."""
    if explored.engine == "python":
        return Queries(space, explored, symmetry)
    from backup_slr.engine.check.vectorized.array_queries import ArrayQueries

    return ArrayQueries(space, explored, symmetry)


def lazy_queries(space: Space, limits: Limits) -> Queries:
    """Queries over all states, explored only as far as a query needs them."""
    from backup_slr.engine.check.vectorized.array_queries import LazyQueries

    return LazyQueries(space, limits)
