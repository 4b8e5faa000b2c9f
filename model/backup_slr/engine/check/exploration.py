"""Breadth-first exploration of all reachable states of a scope, with generated Python over packed states.

The levels of the search are stored: level k holds the states at distance k from the initial state. A shortest path to a
state is found by walking back level by level, so no parents are stored.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.check.memory import peak
from backup_slr.engine.check.packing import Packing
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.check.transitions import Transition, alternatives, transitions
from backup_slr.engine.compile.codegen import compiled, source
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import FALSE, TRUE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope

CHUNK = 4096
"""The number of states that are expanded between two checks of the limits."""

Stop: TypeAlias = Exactly["states", "time", "memory", "interrupted", "found", "places"]
Engine: TypeAlias = Exactly["python", "numpy"]
Progress: TypeAlias = Callable[["Explored", int], None]
"""Called regularly with the number of states found so far and the size of the frontier."""


@dataclass(frozen=True)
class Limits:
    """Limits of an exploration: stored states, seconds, bytes of memory (None: no limit)."""

    states: int = 1_000_000
    seconds: float | None = None
    memory: int | None = None


DEFAULT_LIMITS = Limits()


class Exhausted(KeyboardInterrupt):
    """The whole program reached its limit of time or memory; handled like an interruption by the user."""

    def __init__(self, bound: Stop) -> None:
        super().__init__(bound)
        self.bound: Stop = bound


def stop_of(error: KeyboardInterrupt) -> Stop:
    """The reason why a search was interrupted."""
    return error.bound if isinstance(error, Exhausted) else "interrupted"


@dataclass
class Explored:
    """The result of an exploration: states by level, the number of transitions, and why it stopped early, if it did.

    `transitions` counts distinct triples of a state, an action with its place, and a different next state. Under
    symmetry reduction a state also represents others (see `symmetry`); `transitions` and `unreduced` count those too.
    """

    levels: list[Sequence[int]]
    transitions: int = 0
    stopped: Stop | None = None
    seconds: float = 0.0
    engine: Engine = "python"
    unreduced: int | None = None

    @property
    def representatives(self) -> int:
        """The number of stored states."""
        return sum(map(len, self.levels))

    @property
    def count(self) -> int:
        """The number of states found, including those that a stored state represents."""
        return self.representatives if self.unreduced is None else self.unreduced

    @property
    def complete(self) -> bool:
        """Whether every reachable state was found."""
        return self.stopped is None

    @cached_property
    def states(self) -> list[int]:
        """All states in the order in which they were found."""
        return list(chain.from_iterable(self.levels))

    def level_of(self, number: int) -> int:
        """The level of a state, given by its number in `states`."""
        for level, members in enumerate(self.levels):
            if number < len(members):
                return level
            number -= len(members)
        raise IndexError(number)

    def check_limits(self, limits: Limits, states: int, began: float) -> bool:
        """Record in `stopped` which limit is reached; return whether one is."""
        self.seconds = time.monotonic() - began
        if limits.seconds is not None and self.seconds > limits.seconds:
            self.stopped = "time"
        if states > limits.states:
            self.stopped = "states"
        if limits.memory is not None and peak() > limits.memory:
            self.stopped = "memory"
        return self.stopped is not None


class Space:
    """The state space of a model at a scope: its transitions, and functions generated from them."""

    def __init__(
        self, model: Model, scope: Scope, relation: Iterable[Transition] | None = None, words: Packing | None = None
    ) -> None:
        self.model = model
        self.scope = scope
        self.words = Packing(Layout(model, scope)) if words is None else words
        self.transitions = transitions(model, scope) if relation is None else tuple(relation)

    @cached_property
    def start(self) -> int:
        """The word of the initial state."""
        return self.words.pack(self.words.layout.initial)

    def replacing(self, model: Model, relation: Iterable[Transition]) -> Space:
        """The state space of another model with the same variables, with these transitions."""
        return Space(model, self.scope, relation, self.words)

    # ------------------------------------------------------------ text

    def test(self, formula: Formula) -> str:
        """A Python expression over the word `s` that is true where a grounded formula holds."""
        return source(formula, self.words, self.scope)

    def target(self, transition: Transition) -> str:
        """A Python expression for the word after a transition from `s`."""
        return self.words.target(tuple(transition.ending.writes.items()))[0]

    def _body(self, found: str) -> list[str]:
        """Lines that run `found` once for every distinct next state `t` of each action at each place, from `s`."""
        lines: list[str] = []
        for group in alternatives(self.transitions):
            once = not any(case.may_meet for case in group)
            if not once:
                lines.append("before = [s]")
            for case in group:
                condition = case.transition.condition
                lines.append(f"if {self.test(condition)}:" if condition != TRUE else "if True:")
                lines.append(f"    m = {case.number}; t = {self.target(case.transition)}")
                if not once:
                    lines += ["    if t not in before:", "        before.append(t)", f"        {found}"]
                elif case.may_stay:
                    lines += ["    if t != s:", f"        {found}"]
                else:
                    lines.append(f"    {found}")
        return lines

    # ------------------------------------------------------------ generated functions

    def _expand(self, avoid: Formula, symmetry: Symmetry | None) -> Callable[[Sequence[int], set[int], list[int]], int]:
        """Generated: expand a frontier into new states, except those to avoid; return the number of transitions."""
        weight, settle = ("1", "") if symmetry is None else ("w", "t = canonical(t); ")
        found = f"n += {weight}; {settle}(t in seen) or (add(t), push(t))"
        if avoid != FALSE:
            found = f"if not shunned(t): {found}"
        lines = [f"def shunned(s): return {self.test(avoid)}", "def expand(frontier, seen, new):"]
        lines += ["    add = seen.add; push = new.append", "    n = 0", "    for s in frontier:"]
        lines.append("        pass" if symmetry is None else "        w = orbit(s)")
        lines += [f"        {line}" for line in self._body(found)]
        text = "\n".join([*lines, "    return n"]).replace("m = ", "_ = ")
        return compiled("expand", text, canonical=self.canonical(symmetry), orbit=self.orbit(symmetry))

    def canonical(self, symmetry: Symmetry | None) -> Callable[[int], int]:
        """Generated: the word that represents a word."""
        if symmetry is None:
            return lambda word: word
        lines = ["def canonical(s):", *(f"    {line}" for line in Symmetry(self.words, symmetry.sorts).canonical)]
        return compiled("canonical", "\n".join([*lines, "    return s"]))

    def orbit(self, symmetry: Symmetry | None) -> Callable[[int], int]:
        """Generated: how many words a word represents."""
        if symmetry is None:
            return lambda word: 1
        lines = ["def orbit(s):", "    one = 1"]
        lines += (f"    {line}" for line in Symmetry(self.words, symmetry.sorts).orbit)
        return compiled("orbit", "\n".join([*lines, "    return w"]))

    @cached_property
    def successors(self) -> Callable[[int], list[tuple[int, int]]]:
        """From a word: for each action at each place that changes it, the number of a transition and the next word."""
        body = self._body("out.append((m, t))")
        lines = ["def successors(s):", "    out = []", *(f"    {line}" for line in body), "    return out"]
        return compiled("successors", "\n".join(lines))

    def follow(self, cases: Sequence[tuple[Formula, Transition]]) -> Callable[[int], list[tuple[int, int]]]:
        """From a word: the number of each case that is possible and changes it, and the next word."""
        lines = ["def follow(s):", "    out = []"]
        for number, (where, transition) in enumerate(cases):
            if transition.ending.writes and where != FALSE:
                lines += [f"    if {self.test(where)}:", f"        t = {self.target(transition)}"]
                lines += [f"        if t != s: out.append(({number}, t))"]
        return compiled("follow", "\n".join([*lines, "    return out"]))

    def after(self, transition: Transition) -> Callable[[int], int]:
        """Generated: the word after a transition from a word."""
        return compiled("after", f"def after(s): return {self.target(transition)}")

    def first(self, formula: Formula, states: Sequence[int]) -> int | None:
        """The number of the first state for which a grounded formula holds."""
        if formula == FALSE:
            return None
        text = f"def first(states):\n    for i, s in enumerate(states):\n        if {self.test(formula)}: return i\n"
        return compiled("first", text)(states)

    def all(self, formula: Formula, states: Sequence[int]) -> list[int]:
        """The numbers of all states for which a grounded formula holds."""
        if formula == FALSE:
            return []
        text = f"def all_(states): return [i for i, s in enumerate(states) if {self.test(formula)}]"
        return compiled("all_", text)(states)

    # ------------------------------------------------------------ the search

    def explore(
        self,
        limits: Limits = DEFAULT_LIMITS,
        until: Formula = FALSE,
        avoid: Formula = FALSE,
        progress: Progress | None = None,
        symmetry: Symmetry | None = None,
    ) -> Explored:
        """Search breadth first, level by level.

        Parameters
        ----------
        limits
            When to stop early.
        until
            Stop after the first level that holds a state where this grounded formula is true.
        avoid
            States where this grounded formula is true are ignored, as if no step led to them.
        symmetry
            Store one state of each orbit.
        """
        began = time.monotonic()
        seen: set[int] = {self.start}
        frontier = [self.start] if self.first(avoid, [self.start]) is None else []
        found = Explored([frontier])
        expand = self._expand(avoid, symmetry)
        new: list[int] = []
        try:
            while frontier and not found.stopped:
                if self.first(until, frontier) is not None:
                    found.stopped = "found"
                    break
                new = []
                for start in range(0, len(frontier), CHUNK):
                    found.transitions += expand(frontier[start : start + CHUNK], seen, new)
                    if found.check_limits(limits, len(seen), began):
                        break
                    if progress:
                        progress(found, len(frontier))
                if new:
                    found.levels.append(new)
                frontier = new
        except KeyboardInterrupt as error:
            found.stopped = stop_of(error)
            if new and new is not found.levels[-1]:
                found.levels.append(new)
        if symmetry is not None:
            found.unreduced = sum(map(self.orbit(symmetry), found.states))
        found.seconds = time.monotonic() - began
        return found
