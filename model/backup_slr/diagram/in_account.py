"""Pictures of one account: what exists there, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backup_slr.diagram.graph import Diagram, Node
from backup_slr.diagram.line_breaks import wrapped
from backup_slr.engine.core.formula import Sort
from backup_slr.report.names import counted, listed, place_text
from backup_slr.scenario.explored_account import ExploredAccount

MOST_NAMED = 3
"""The most places that a box names."""
WIDE = 46
"""The most letters on a line of a box."""


@dataclass(frozen=True)
class PicturedAccount:
    """An account, for pictures of it."""

    explored: ExploredAccount

    def where(self, variable: str) -> list[tuple[str, ...]]:
        """The places where a variable does not have its first value; of an account variable, one empty place."""
        start = self.explored.scope.start
        assert start is not None
        found: list[tuple[str, ...]] = []
        for name, place in start.values:
            if name == variable:
                path = tuple(start.names[place[:depth]][number] for depth, number in enumerate(place))
                found += self.explored.small.stands_for.get(path, (path,))
        return found

    def dependencies(self, found: Diagram, goal: str) -> Diagram:
        """A picture of dependencies with only what exists in the account, and where."""
        kept: dict[str, Node] = {}
        for node in found.nodes:
            places = self.where(node.id.removeprefix("n-"))
            if places or node.id == f"n-{goal}":
                kept[node.id] = replace(
                    node, lines=(*node.lines, *here(places, self.explored.small.account.lifecycle.sorts))
                )
        edges = tuple(edge for edge in found.edges if edge.source in kept and edge.target in kept)
        return replace(found, nodes=tuple(kept.values()), edges=edges)

    def captioned(self, found: Diagram, smaller: bool) -> Diagram:
        """A picture with the account in its caption; `smaller`: and how it was made smaller to be explored."""
        lines = [f"from the account in {self.explored.file}", *(self.explored.details() if smaller else ())]
        return replace(found, name=f"{found.name}-of-account", caption="\n".join((found.caption, *lines)))


def here(paths: Sequence[tuple[str, ...]], sorts: Sequence[Sort]) -> tuple[str, ...]:
    """The places of an account as lines of a box: by name, or their number and the first names.

    >>> from backup_slr.lifecycle import BACKUP
    >>> here([("eu-west-1", "a"), ("eu-west-1", "b"), ("us-east-1", "a"), ("us-east-1", "b")], BACKUP.sorts)
    ('here: 4 vaults in 2 Regions: eu-west-1/a,', 'eu-west-1/b, us-east-1/a and 1 more')
    """
    named = [path for path in paths if path]
    if not named:
        return ()
    sizes = [len({path[: depth + 1] for path in named}) for depth in range(len(named[0]))]
    few = listed([place_text(*path) for path in named], MOST_NAMED)
    many = " in ".join(counted(n, sort.noun) for n, sort in reversed(list(zip(sizes, sorts, strict=False))))
    return wrapped(f"here: {f'{many}: ' if len(named) > MOST_NAMED else ''}{few}", WIDE)
