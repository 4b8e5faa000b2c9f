"""All states that can be reached in a scope, breadth first, by generated Python over packed words.

The levels of the search are kept: level k holds the states that k steps reach and no fewer. So a shortest way to
any state is found by walking back, one level at a time, and no parent is stored.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.check.memory import peak
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.check.transitions import Move, is_now, moves
from backup_slr.engine.check.vectorized.packing import Words
from backup_slr.engine.compile.codegen import compiled, source
from backup_slr.engine.compile.simplify import Facts, conj
from backup_slr.engine.core.formula import FALSE, TRUE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Layout, Scope
from backup_slr.engine.core.variable import Count

CHUNK = 4096
"""So many states are expanded between two looks at the limits."""

Stop: TypeAlias = Exactly["states", "time", "memory", "interrupted", "found"]
Engine: TypeAlias = Exactly["python", "numpy", "compiled"]


@dataclass(frozen=True)
class Limits:
    """Where an exploration gives up: so many states kept, so many seconds, so many bytes of memory (None: never)."""

    states: int = 1_000_000
    seconds: float | None = None
    memory: int | None = None


class Exhausted(KeyboardInterrupt):
    """The time or the memory of a whole program is used up: what is under way ends as if somebody interrupted it."""

    def __init__(self, bound: Stop) -> None:
        super().__init__(bound)
        self.bound: Stop = bound


def stop_of(error: KeyboardInterrupt) -> Stop:
    """What cut a search short that was interrupted."""
    return error.bound if isinstance(error, Exhausted) else "interrupted"


NO_HURRY = Limits()
"""The limits that apply when nobody sets any."""


@dataclass
class Explored:
    """What was found: states by level, the number of transitions, and what cut the search short, if anything did.

    `transitions` counts distinct triples of a state, an action with its place, and another state that it leads to.
    Where symmetry was used, a state stands for others too (see `symmetry`); `transitions` and `unreduced` count
    those others as well.
    """

    levels: list[Sequence[int]]
    transitions: int = 0
    stopped: Stop | None = None
    seconds: float = 0.0
    engine: Engine = "python"
    unreduced: int | None = None

    @property
    def representatives(self) -> int:
        """How many states were kept."""
        return sum(map(len, self.levels))

    @property
    def count(self) -> int:
        """How many states were found, those included for which others stand."""
        return self.representatives if self.unreduced is None else self.unreduced

    @property
    def complete(self) -> bool:
        """Every reachable state was found."""
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


@dataclass(frozen=True)
class Case:
    """A move by its number, and what may be wrong with counting it as a transition of its own.

    It may leave the state as it is, and it may lead where these earlier moves of its group lead too.
    """

    number: int
    move: Move
    may_stay: bool
    may_meet: tuple[int, ...]


@dataclass(frozen=True)
class Space:
    """The transition relation of a model at a scope: its moves, and functions generated from them."""

    model: Model
    scope: Scope
    words: Words = field(init=False)
    moves: tuple[Move, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", Words(Layout(self.model, self.scope)))
        object.__setattr__(self, "moves", moves(self.model, self.scope))

    # ------------------------------------------------------------ text

    def test(self, formula: Formula) -> str:
        """A Python expression over the word `s` that is true where a spelled-out formula holds."""
        return source(formula, self.words, self.scope)

    def target(self, move: Move) -> str:
        """A Python expression for the word after a move from `s`."""
        return self.words.target(tuple(move.ending.writes.items()))[0]

    def _body(self, chosen: Callable[[Move], bool], found: str) -> list[str]:
        """Lines that run `found` once for every distinct next state `t` of each action at each place, from `s`."""
        lines: list[str] = []
        for group in self.groups(chosen):
            once = not any(case.may_meet for case in group)
            if not once:
                lines.append("before = [s]")
            for case in group:
                condition = case.move.condition
                lines.append(f"if {self.test(condition)}:" if condition != TRUE else "if True:")
                lines.append(f"    m = {case.number}; t = {self.target(case.move)}")
                if not once:
                    lines += ["    if t not in before:", "        before.append(t)", f"        {found}"]
                elif case.may_stay:
                    lines += ["    if t != s:", f"        {found}"]
                else:
                    lines.append(f"    {found}")
        return lines

    def groups(self, chosen: Callable[[Move], bool]) -> Iterator[list[Case]]:
        """The moves that change something, by action and place."""
        groups: dict[tuple[str, tuple[int, ...]], list[Case]] = {}
        for number, move in enumerate(self.moves):
            if move.ending.writes and chosen(move):
                group = groups.setdefault((move.ending.action, move.ending.place), [])
                meets = tuple(i for i, other in enumerate(group) if _may_meet(other.move, move))
                group.append(Case(number, move, not _surely_changes(move), meets))
        yield from groups.values()

    # ------------------------------------------------------------ generated functions

    def _expand(self, avoid: Formula, symmetry: Symmetry | None) -> Callable[[Sequence[int], set[int], list[int]], int]:
        """Generated: expand a frontier into new states, past none to avoid; the number of transitions taken."""
        weight, settle = ("1", "") if symmetry is None else ("w", "t = canonical(t); ")
        found = f"n += {weight}; {settle}(t in seen) or (add(t), push(t))"
        if avoid != FALSE:
            found = f"if not shunned(t): {found}"
        lines = [f"def shunned(s): return {self.test(avoid)}", "def expand(frontier, seen, new):"]
        lines += ["    add = seen.add; push = new.append", "    n = 0", "    for s in frontier:"]
        lines.append("        pass" if symmetry is None else "        w = orbit(s)")
        lines += [f"        {line}" for line in self._body(lambda _: True, found)]
        text = "\n".join([*lines, "    return n"]).replace("m = ", "_ = ")
        return compiled("expand", text, canonical=self.canonical(symmetry), orbit=self.orbit(symmetry))

    def canonical(self, symmetry: Symmetry | None) -> Callable[[int], int]:
        """Generated: the word that stands for a word."""
        if symmetry is None:
            return lambda word: word
        lines = ["def canonical(s):", *(f"    {line}" for line in Symmetry(self.words, symmetry.sorts).canonical)]
        return compiled("canonical", "\n".join([*lines, "    return s"]))

    def orbit(self, symmetry: Symmetry | None) -> Callable[[int], int]:
        """Generated: for how many words a word stands."""
        if symmetry is None:
            return lambda word: 1
        lines = ["def orbit(s):", "    one = 1"]
        lines += (f"    {line}" for line in Symmetry(self.words, symmetry.sorts).orbit)
        return compiled("orbit", "\n".join([*lines, "    return w"]))

    @cached_property
    def successors(self) -> Callable[[int], list[tuple[int, int]]]:
        """From a word: the number of a move and the word it leads to, for each action at each place that changes it."""
        return self.successors_by(lambda _: True)

    def successors_by(self, chosen: Callable[[Move], bool]) -> Callable[[int], list[tuple[int, int]]]:
        """The same with some of the moves only."""
        body = self._body(chosen, "out.append((m, t))")
        lines = ["def successors(s):", "    out = []", *(f"    {line}" for line in body), "    return out"]
        return compiled("successors", "\n".join(lines))

    def follow(self, cases: Sequence[tuple[Formula, Move]]) -> Callable[[int], list[tuple[int, int]]]:
        """From a word: the number of each case that may happen there and changes it, and the word it leads to."""
        lines = ["def follow(s):", "    out = []"]
        for number, (where, move) in enumerate(cases):
            if move.ending.writes and where != FALSE:
                lines += [f"    if {self.test(where)}:", f"        t = {self.target(move)}"]
                lines += [f"        if t != s: out.append(({number}, t))"]
        return compiled("follow", "\n".join([*lines, "    return out"]))

    def after(self, move: Move, word: int) -> int:
        """The word after a move from a word."""
        return compiled("after", f"def after(s): return {self.target(move)}")(word)

    def first(self, formula: Formula, states: Sequence[int]) -> int | None:
        """The number of the first state for which a spelled-out formula holds."""
        if formula == FALSE:
            return None
        text = f"def first(states):\n    for i, s in enumerate(states):\n        if {self.test(formula)}: return i\n"
        return compiled("first", text)(states)

    def all(self, formula: Formula, states: Sequence[int]) -> list[int]:
        """The numbers of all states for which a spelled-out formula holds."""
        if formula == FALSE:
            return []
        text = f"def all_(states): return [i for i, s in enumerate(states) if {self.test(formula)}]"
        return compiled("all_", text)(states)

    # ------------------------------------------------------------ the search

    def explore(
        self,
        limits: Limits = NO_HURRY,
        until: Formula = FALSE,
        avoid: Formula = FALSE,
        progress: Callable[[Explored, int], None] | None = None,
        symmetry: Symmetry | None = None,
    ) -> Explored:
        """Search breadth first, level by level.

        Parameters
        ----------
        limits
            Where to give up.
        until
            Stop after the first level that holds a state where this spelled-out formula is true.
        avoid
            States where this spelled-out formula is true are left out, as if no step led to them.
        progress
            Called now and then with what was found so far and the size of the frontier.
        symmetry
            What may be exchanged: of states that this turns into each other one is kept.
        """
        began = time.monotonic()
        seen: set[int] = {0}
        frontier = [0] if self.first(avoid, [0]) is None else []
        found = Explored([frontier])
        expand = self._expand(avoid, symmetry)
        new: list[int] = []
        try:
            while frontier:
                if self.first(until, frontier) is not None:
                    found.stopped = "found"
                    break
                new = []
                for start in range(0, len(frontier), CHUNK):
                    found.transitions += expand(frontier[start : start + CHUNK], seen, new)
                    found.seconds = time.monotonic() - began
                    if limits.seconds is not None and found.seconds > limits.seconds:
                        found.stopped = "time"
                    if len(seen) > limits.states:
                        found.stopped = "states"
                    if limits.memory is not None and peak() > limits.memory:
                        found.stopped = "memory"
                    if found.stopped:
                        break
                    if progress:
                        progress(found, len(frontier))
                if new:
                    found.levels.append(new)
                if found.stopped:
                    break
                frontier = new
        except KeyboardInterrupt as error:
            found.stopped = stop_of(error)
            if new and new is not found.levels[-1]:
                found.levels.append(new)
        if symmetry is not None:
            found.unreduced = sum(map(self.orbit(symmetry), found.states))
        found.seconds = time.monotonic() - began
        return found

    def way_to(self, explored: Explored, number: int) -> list[int]:
        """Numbers of the moves of a shortest way from the initial state to a found state."""
        level = explored.level_of(number)
        target = explored.states[number]
        way: list[int] = []
        while level:
            level -= 1
            move, target = next(
                (move, s) for s in explored.levels[level] for move, t in self.successors(s) if t == target
            )
            way.append(move)
        return way[::-1]


def _may_meet(one: Move, other: Move) -> bool:
    """From some state both may lead to the same other state, as far as a look at what they write tells.

    Two moves of one action at one place that share an input never happen in one state: an input goes one way only.
    """
    if any(inputs in other.inputs for inputs in one.inputs):
        return False
    facts = Facts.of(conj((one.condition, other.condition)))
    for variable in {**one.ending.writes, **other.ending.writes}:
        a, b = one.ending.writes.get(variable), other.ending.writes.get(variable)
        if a == b:
            continue
        if isinstance(variable, Count) or (a is not None and b is not None):
            return False
        written = a if a is not None else b
        assert written is not None
        if facts.decide(is_now(variable, written)) == FALSE:
            return False
    return True


def _surely_changes(move: Move) -> bool:
    """Something that the move writes is known to be different before."""
    facts = move.facts
    for variable, value in move.ending.writes.items():
        if isinstance(variable, Count):
            return True
        if facts.decide(is_now(variable, value)) == FALSE:
            return True
    return False
