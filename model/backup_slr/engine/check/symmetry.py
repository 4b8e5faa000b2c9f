"""Symmetry reduction: store one of the states that differ only by a permutation of interchangeable elements.

Elements of a sort that no rule refers to are interchangeable. For each orbit only the state whose blocks of cells are
in order is stored (Ip and Dill 1996; it is found by sorting, innermost blocks first, not by trying permutations).
`orbit` is the size of the orbit, from which the number of all states is computed.

Only elements that are equal in the initial state are exchanged. So every permutation keeps the initial state, the
initial state represents itself alone, and all states of an orbit are reachable if one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count, pairwise, product
from math import factorial

from backup_slr.engine.check.packing import USED, WORD, Packing
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.variable import AtMost, Flag, HasRoom, Is

Bound = dict[f.Param, tuple[int, int]]
"""For each parameter the number of its binding, and the depth of the binding in the formula."""


# ---------------------------------------------------------------- interchangeable sorts


@dataclass
class _Uses:
    """The outer places with which each parameter of an inner sort is used, and the named elements."""

    chain: tuple[f.Sort, ...]
    broken: set[f.Sort] = field(default_factory=set[f.Sort])
    _with: dict[int, tuple[object, ...]] = field(default_factory=dict[int, tuple[object, ...]])
    _numbers: Iterator[int] = field(default_factory=count)

    def bind(self, bound: Bound, over: Iterable[f.Param]) -> Bound:
        depth = 1 + max((d for _, d in bound.values()), default=0)
        return {**bound, **{p: (next(self._numbers), depth) for p in over}}

    def place(self, at: tuple[f.Index, ...], bound: Bound) -> None:
        for i, index in enumerate(at):
            if isinstance(index, f.Element):
                if index.index >= len(index.sort.special):
                    self.broken.add(index.sort)
                continue
            if i == 0 or index.sort not in self.chain:
                if index.sort in self.chain[1:]:
                    self.broken.add(index.sort)
                continue
            number, depth = bound.get(index, (-1, 0))
            outer = tuple(o if isinstance(o, f.Element) else bound.get(o, (-1, 0))[0] for o in at[:i])
            inside = any(isinstance(o, f.Param) and bound.get(o, (-1, 0))[1] > depth for o in at[:i])
            if inside or self._with.setdefault(number, outer) != outer:
                self.broken.add(index.sort)

    def formula(self, formula: f.Formula, bound: Bound) -> None:
        match formula:
            case Flag():
                self.place(formula.at, bound)
            case Is(variable, _) | AtMost(variable, _) | HasRoom(variable):
                self.place(variable.at, bound)
            case f.Does(_, at):
                self.place(at, bound)
            case f.Same(_, element):
                self.place((element,), bound)
            case f.Every(over, body) | f.Some(over, body):
                self.formula(body, self.bind(bound, over))
            case f.Not(body) | f.After(body):
                self.formula(body, bound)
            case f.And(parts) | f.Or(parts):
                for part in parts:
                    self.formula(part, bound)
            case f.Implies(premise, conclusion):
                self.formula(premise, bound)
                self.formula(conclusion, bound)
            case _:
                pass

    def rule(self, rule: Rule) -> None:
        bound = self.bind({}, rule.place)
        for guard in rule.guards:
            self.formula(guard.condition, bound)
        for effect in (*rule.effects, *rule.on_failure):
            here = self.bind(bound, effect.each) if effect.each else bound
            self.formula(effect.when, here)
            self.place(effect.variable.at, here)

    def asked(self, asked: Property) -> None:
        bound = self.bind({}, asked.each)
        for formula in (asked.formula, asked.earlier, asked.meanwhile):
            self.formula(formula, bound)


def interchangeable(
    model: Model, chain: tuple[f.Sort, ...], formulas: Iterable[f.Formula] = (), properties: Iterable[Property] = ()
) -> tuple[f.Sort, ...]:
    """The sorts whose elements, apart from the special ones, may be exchanged within one block of the next outer sort.

    For an inner sort every rule, formula and property must use each of its elements at one outer place only: a formula
    that compares shelf 2 of one room with shelf 2 of another distinguishes shelf 2 from shelf 3.
    """
    uses = _Uses(chain)
    for rule in model.rules:
        uses.rule(rule)
    for formula in formulas:
        uses.formula(formula, {})
    for asked in properties:
        uses.asked(asked)
    return tuple(sort for sort in chain if sort not in uses.broken)


# ---------------------------------------------------------------- sorting blocks


def network(size: int) -> Iterator[tuple[int, int]]:
    """A sorting network: the pairs to compare and exchange, in order (Batcher; Knuth 5.2.2 M).

    >>> list(network(3))
    [(0, 2), (0, 1), (1, 2)]
    """
    step = top = 1 << max(0, (size - 1).bit_length() - 1)
    while step > 0:
        reach, offset, apart = top, 0, step
        while True:
            yield from ((i, i + apart) for i in range(size - apart) if i & step == offset)
            if reach == step:
                break
            apart, reach, offset = reach - step, reach >> 1, step
        step >>= 1


@dataclass(frozen=True)
class Symmetry:
    """The interchangeable blocks of a packed state, and text that sorts them.

    With `arrays` the text works on columns of many states, else on the word of one state.
    """

    words: Packing
    sorts: tuple[f.Sort, ...]
    arrays: bool = False

    @cached_property
    def groups(self) -> list[list[tuple[int, int]]]:
        """The positions and lengths of each group of interchangeable blocks that start equal, innermost first."""
        layout = self.words.layout
        start = self.words.pack(layout.initial)
        chain, size = layout.chain, layout.scope.size
        found: list[list[tuple[int, int]]] = []
        for depth in reversed(range(len(chain))):
            sort = chain[depth]
            if sort not in self.sorts:
                continue
            for outer in product(*(range(size(s)) for s in chain[:depth])):
                alike: dict[int, list[tuple[int, int]]] = {}
                for i in range(len(sort.special), size(sort)):
                    position, length = self.words.block((*outer, i))
                    alike.setdefault(start >> position & (1 << length) - 1, []).append((position, length))
                found += [blocks for blocks in alike.values() if len(blocks) > 1 and blocks[0][1]]
        return found

    @property
    def order(self) -> int:
        """An upper bound on the size of an orbit."""
        found = 1
        for blocks in self.groups:
            found *= factorial(len(blocks))
        return found

    @property
    def counts_fit(self) -> bool:
        """Whether 64 bits are enough to count the states that a few million representatives stand for."""
        return self.order < 1 << 39

    def _pieces(self, position: int, length: int) -> list[tuple[str, int, int]]:
        """The column, shift and mask of each part of a block; there are several if it spans columns."""
        if not self.words.columns:
            return [("s", position, (1 << length) - 1)]
        if length <= USED:
            return [(f"s{position // WORD}", position % WORD, (1 << length) - 1)]
        return [(f"s{c}", 0, (1 << USED) - 1) for c in range(position // WORD, (position + length) // WORD)]

    def _read(self, blocks: list[tuple[int, int]]) -> tuple[list[str], list[list[str]]]:
        """Lines that read the blocks of the state, and the names of the parts of each."""
        lines: list[str] = []
        names: list[list[str]] = []
        for number, block in enumerate(blocks):
            pieces = self._pieces(*block)
            names.append([f"v{number}_{k}" for k in range(len(pieces))])
            for name, (column, shift, mask) in zip(names[-1], pieces, strict=True):
                lines.append(f"{name} = {column} >> {shift} & {mask}")
        return lines, names

    def _exchange(self, low: list[str], high: list[str]) -> list[str]:
        if not self.arrays:
            every = ", ".join([*low, *high]), ", ".join([*high, *low])
            return [f"if {_tuple(high[::-1])} < {_tuple(low[::-1])}: {every[0]} = {every[1]}"]
        if len(low) == 1:
            a, b = low[0], high[0]
            return [f"{a}, {b} = minimum({a}, {b}), maximum({a}, {b})"]
        less = f"({high[0]} < {low[0]})"  # the last column is the most significant, as in a Python integer
        for a, b in zip(low[1:], high[1:], strict=True):
            less = f"(({b} < {a}) | (({b} == {a}) & {less}))"
        swaps = (f"{a}, {b} = where(k, {b}, {a}), where(k, {a}, {b})" for a, b in zip(low, high, strict=True))
        return [f"k = {less}", *swaps]

    @cached_property
    def canonical(self) -> list[str]:
        """Lines that sort the blocks of a state, in place."""
        lines: list[str] = []
        for blocks in self.groups:
            taken, names = self._read(blocks)
            lines += taken
            for low, high in network(len(blocks)):
                lines += self._exchange(names[low], names[high])
            news: dict[str, tuple[int, list[str]]] = {}
            for block, mine in zip(blocks, names, strict=True):
                for name, (column, shift, mask) in zip(mine, self._pieces(*block), strict=True):
                    out, texts = news.get(column, (0, []))
                    news[column] = out | mask << shift, [*texts, f"{name} << {shift}"]
            for column, (out, texts) in news.items():
                every = (1 << USED) - 1 if self.words.columns else (1 << self.words.width * WORD) - 1
                lines.append(f"{column} = {' | '.join([f'{column} & {every & ~out}', *texts])}")
        return lines

    @cached_property
    def orbit(self) -> list[str]:
        """Lines that set `w` to the size of the orbit of a state whose blocks are sorted."""
        lines = ["w = one"]
        for blocks in self.groups:
            taken, names = self._read(blocks)
            lines += [*taken, "r = one"]
            for number, (one, other) in enumerate(pairwise(names), 2):
                same = " & ".join(f"({a} == {b})" for a, b in zip(one, other, strict=True))
                lines += [f"r = r * ({same}) + 1", f"w = w * {number} // r"]
        return lines


def _tuple(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"({', '.join(names)})"
