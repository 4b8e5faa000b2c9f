"""Names for the numbered elements of sorts: a tree of names with one level for each sort."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import printable

Place: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Names:
    """A tree of names: `below` maps a place to the names of the elements directly below it.

    >>> names = Names.of((Sort("region"), Sort("vault", ("Default",))), [("eu-west-1", "archive")])
    >>> names.numbers("eu-west-1", "archive"), names.document((0, 0))
    ((0, 1), {'region': 'eu-west-1', 'vault': 'Default'})
    """

    sorts: tuple[Sort, ...] = ()
    below: Mapping[Place, tuple[str, ...]] = field(default_factory=dict[Place, tuple[str, ...]])

    @classmethod
    def of(cls, sorts: Sequence[Sort], paths: Iterable[Sequence[str]]) -> Names:
        """Build the tree of these paths of names; at each level the special elements of the sort come first."""
        found: dict[tuple[str, ...], dict[str, None]] = {}
        for path in map(tuple, paths):
            for depth, name in enumerate(path):
                found.setdefault(path[:depth], dict.fromkeys(sorts[depth].special))[name] = None
        below: dict[Place, tuple[str, ...]] = {}

        def number(path: tuple[str, ...], place: Place) -> None:
            if len(path) < len(sorts):
                below[place] = tuple(found.get(path, sorts[len(path)].special))
                for i, name in enumerate(below[place]):
                    number((*path, name), (*place, i))

        number((), ())
        return cls(tuple(sorts), below)

    def part(self, place: Sequence[int], depth: int) -> str:
        """Return the name of the element of a place at one depth; the outermost is at depth 0."""
        number, sort = place[depth], self.sorts[depth]
        names = self.below.get(tuple(place[:depth]), sort.special)
        return names[number] if number < len(names) else f"{sort.name}-{number - len(sort.special) + 1}"

    def parts(self, place: Sequence[int]) -> tuple[str, ...]:
        return tuple(self.part(place, depth) for depth in range(len(place)))

    def place(self, place: Sequence[int]) -> str:
        """Return a place as one word, such as ``us-east-1/Default``."""
        return place_text(*self.parts(place))

    def document(self, place: Sequence[int]) -> dict[str, str]:
        return {sort.name: name for sort, name in zip(self.sorts, self.parts(place), strict=False)}

    @cached_property
    def _numbers(self) -> dict[Place, dict[str, int]]:
        return {place: {name: i for i, name in enumerate(names)} for place, names in self.below.items()}

    def numbers(self, *names: str | None) -> Place:
        """Return the place with these names, up to the first None: the inverse of `parts`."""
        place: Place = ()
        for name in names:
            if name is None:
                break
            place = (*place, self._numbers[place][name])
        return place

    def places(self, depth: int) -> Iterator[Place]:
        outer = self.places(depth - 1) if depth else iter(())
        return ((*place, i) for place in outer for i in range(len(self.below[place]))) if depth else iter([()])

    def paths(self, depth: int) -> Iterator[tuple[str, ...]]:
        """The names of every place of this depth, in the order of `places`."""
        return map(self.parts, self.places(depth))

    def values(self, layout: Layout, state: State) -> dict[tuple[str, tuple[str, ...]], int]:
        """The values of a state other than zero, by variable and names."""
        return {(name, self.parts(at)): number for (name, at), number in layout.nonzero(state).items()}

    def state(self, layout: Layout, values: Mapping[tuple[str, tuple[str, ...]], int]) -> State:
        """The state with these values, and zero for the rest: the inverse of `values`."""
        cells = list(layout.initial)
        for (name, path), number in values.items():
            cells[layout.cell(name, self.numbers(*path))] = number
        return tuple(cells)

    @property
    def sizes(self) -> dict[str, int]:
        sizes = {sort.name: max(1, len(sort.special)) for sort in self.sorts}
        for place, names in self.below.items():
            sort = self.sorts[len(place)].name
            sizes[sort] = max(sizes[sort], len(names))
        return sizes

    def unbounded(self, model: Model) -> Scope:
        """Return the scope of a model that has these names and no maximum of any count."""
        return Scope(self.sizes, {v.name: None for v in model.state if isinstance(v, Count)})

    # Names of the levels of one lifecycle, for callers that are not yet generic.

    @property
    def regions(self) -> tuple[str, ...]:
        """The names of the outermost elements."""
        return self.below[()]

    @property
    def vaults(self) -> tuple[tuple[str, ...], ...]:
        """The names of the elements below each of the outermost."""
        return tuple(self.below[i,] for i in range(len(self.regions)))

    def region(self, place: Sequence[int]) -> str:
        return self.part(place, 0)

    def vault(self, place: Sequence[int]) -> str:
        return self.part(place, 1)


def place_text(*names: str) -> str:
    return "/".join(map(printable, names))


def place_path(text: str, depth: int) -> tuple[str, ...]:
    """Return the names in a place that is written as one word; only the innermost name can have slashes.

    >>> place_path("us-east-1/aws/efs/automatic-backup-vault", 2)
    ('us-east-1', 'aws/efs/automatic-backup-vault')
    """
    return tuple(text.split("/", depth - 1)) if text and depth else (text,) if text else ()


def plural(noun: str) -> str:
    """Return the plural of a noun.

    >>> plural("region"), plural("policy"), plural("box")
    ('regions', 'policies', 'boxes')
    """
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "request"), counted(2000, "request")
    ('1 request', '2,000 requests')
    """
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def listed(names: Sequence[str], most: int | None = 5) -> str:
    """The first names, and the number of the others.

    >>> listed("abcd", 2), listed("ab", 2)
    ('a, b and 2 more', 'a, b')
    """
    most = len(names) if most is None else most
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def nouns(number: int, several: str) -> str:
    """Return the noun of a number, from its plural.

    >>> nouns(1, "recovery points"), nouns(2, "recovery points")
    ('recovery point', 'recovery points')
    """
    return several.removesuffix("s") if number == 1 else several


def example_names(lifecycle: Lifecycle, scope: Scope) -> Names:
    """Return names for a scope.

    At each level these are the special elements, then the example names of the sort, then ``SORT-N``. A scope that
    starts in an account has the names of that account.
    """
    sorts = lifecycle.sorts
    if scope.start is not None:
        return Names(sorts, scope.start.names)
    below: dict[Place, tuple[str, ...]] = {}
    places: list[Place] = [()]
    for sort in sorts:
        examples = lifecycle.element_names.get(sort.name, ())
        ordinary = scope.size(sort) - len(sort.special)
        called = (examples[i] if i < len(examples) else f"{sort.name}-{i + 1}" for i in range(ordinary))
        names = (*sort.special, *called)
        below |= dict.fromkeys(places, names)
        places = [(*place, i) for place in places for i in range(len(names))]
    return Names(sorts, below)
