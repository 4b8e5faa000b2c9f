"""The reachable graph, and its quotient under an abstraction, which merges states into classes.

The quotient of a labelled transition system (Clarke, Grumberg and Long, "Model checking and abstraction", 1994): an
edge between two classes means that *some* state of the first has a step into the second; the number of such states is
counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from backup_slr.engine.check.exploration import Explored, Limits, Progress, Space
from backup_slr.engine.check.transitions import Transition
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core.formula import TRUE, Formula
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.spec.lifecycle import Abstraction, Lifecycle

Class = tuple[str, ...]
Way = tuple[str, str, str | None]
"""An action, its outcome, and the refusal."""


@dataclass
class Reached:
    """The reachable states of a lifecycle at a scope, and the steps that change them.

    `steps` are the numbers of two states and of the transition between them, one for each way and place.
    """

    lifecycle: Lifecycle
    scope: Scope
    space: Space
    explored: Explored
    steps: list[tuple[int, int, int]] = field(repr=False)


def reach(lifecycle: Lifecycle, scope: Scope, limits: Limits, progress: Progress | None = None) -> Reached:
    """Explore a lifecycle under chosen assumptions, within limits; after an interruption there are no steps."""
    space = Space(lifecycle.model, scope)
    explored = space.explore(limits, progress=progress)
    number = {word: n for n, word in enumerate(explored.states)}
    steps: dict[tuple[int, int, Way, tuple[int, ...]], int] = {}
    if explored.stopped == "interrupted":
        return Reached(lifecycle, scope, space, explored, [])
    # `Space.successors` would not do: if two ways lead to the same state, such as a success and a failure, it returns
    # one.
    follow = space.follow([(move.condition, move) for move in space.transitions])
    for source, word in enumerate(explored.states):
        for move, target in follow(word):
            if target in number:
                way, place = space.transitions[move].label, space.transitions[move].ending.place
                steps.setdefault((source, number[target], way, place), move)
    return Reached(lifecycle, scope, space, explored, [(a, b, move) for (a, b, _, _), move in steps.items()])


@dataclass(frozen=True)
class Arrow:
    """A way from one class to another: its transitions, and the states of the first class in which it is possible."""

    source: Class
    target: Class
    way: Way
    moves: tuple[Transition, ...]
    states: frozenset[int]


@dataclass(frozen=True)
class Quotient:
    """Classes with the numbers of their states, the arrows between them, and the ways that do not leave a class.

    `stays` are ways that succeed without leaving the class, `refused` those that are refused, each with the number of
    states of the class in which this happens.
    """

    reached: Reached
    abstraction: Abstraction
    classes: dict[Class, int]
    initial: Class
    arrows: tuple[Arrow, ...]
    stays: Mapping[Class, Mapping[Way, int]]
    refused: Mapping[Class, Mapping[Way, int]]


def quotient(reached: Reached, abstraction: Abstraction) -> Quotient:
    """Merge the states that the abstraction does not distinguish."""
    states = reached.explored.states
    words = _classes(reached, abstraction)
    sizes = Counter(words)
    ways: dict[tuple[Class, Class, Way], tuple[set[int], set[int]]] = {}
    for source, target, move in reached.steps:
        way = reached.space.transitions[move].label
        sources, moves = ways.setdefault((words[source], words[target], way), (set(), set()))
        sources.add(source)
        moves.add(move)
    stays: dict[Class, Counter[Way]] = {c: Counter() for c in sizes}
    refused: dict[Class, Counter[Way]] = {c: Counter() for c in sizes}
    arrows: list[Arrow] = []
    numbers = {way: n for n, way in enumerate(dict.fromkeys(m.label for m in reached.space.transitions))}
    leaving: dict[Way, set[int]] = {}
    for (source, target, way), (sources, moves) in ways.items():
        if source != target:
            leaving.setdefault(way, set()).update(sources)
            found = tuple(reached.space.transitions[m] for m in sorted(moves))
            arrows.append(Arrow(source, target, way, found, frozenset(sources)))
    where: dict[Way, list[Formula]] = {}
    for move in reached.space.transitions:
        where.setdefault(move.label, []).append(move.condition)
    for way, conditions in where.items():
        kind = refused if way[1] == "refused" else stays
        for number in set(reached.space.all(disj(conditions), states)) - leaving.get(way, set()):
            kind[words[number]][way] += 1
    order = {c: n for n, c in enumerate(sizes)}
    arrows.sort(key=lambda a: (order[a.source], order[a.target], numbers[a.way]))
    return Quotient(reached, abstraction, sizes, words[0], tuple(arrows), stays, refused)


def _classes(reached: Reached, abstraction: Abstraction) -> list[Class]:
    """The class of every state, by its number."""
    ground = Ground(reached.scope)
    columns: list[list[str]] = []
    for part in abstraction.parts:
        column = [""] * len(reached.explored.states)
        before: Formula = TRUE
        for word, formula in part:
            here = ground(formula)
            for number in reached.space.all(conj((before, here)), reached.explored.states):
                column[number] = word
            before = conj((before, negate(here)))
        columns.append(column)
    return [tuple(w for w in words if w) for words in zip(*columns, strict=True)]
