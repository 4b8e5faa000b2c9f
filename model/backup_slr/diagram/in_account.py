"""Pictures of one account: what exists there, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backup_slr.diagram.graph import Diagram, Node, wrapped
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Enum
from backup_slr.report.names import place_text
from backup_slr.report.unblock import takes_away
from backup_slr.scenario.explored_account import ExploredAccount

MOST_NAMED = 3
"""The most places that a box names."""
WIDE = 46
"""The most letters on a line of a box."""
NOTHING = "nothing to do here"


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

    def lines(self, rule: Rule, kinds: Sequence[str]) -> tuple[str, ...]:
        """The places of some kinds where an action has something to remove, as lines of a box."""
        removed = [e.variable for e in rule.effects if e.variable.at == rule.place and takes_away(e)]
        own = [v.name for v in removed if v.per and not isinstance(v, Enum)]
        if not own:
            return ()
        every = dict.fromkeys(path for name in own for path in self.where(name))
        found = [path for path in every if not kinds or _kind(rule, path) in kinds]
        return wrapped(f"here: {_few(found)}" if found else NOTHING, WIDE)

    def dependencies(self, found: Diagram, goal: str) -> Diagram:
        """A picture of dependencies with only what exists in the account, and where."""
        kept: dict[str, Node] = {}
        for node in found.nodes:
            places = self.where(node.id.removeprefix("n-"))
            if places or node.id == f"n-{goal}":
                named = [path for path in places if path]
                more = wrapped(f"here: {_few(named)}", WIDE) if named else ()
                kept[node.id] = replace(node, lines=(*node.lines, *more))
        edges = tuple(edge for edge in found.edges if edge.source in kept and edge.target in kept)
        return replace(found, nodes=tuple(kept.values()), edges=edges)

    def captioned(self, found: Diagram, smaller: bool) -> Diagram:
        """A picture with the account in its caption; `smaller`: and how it was made smaller to be explored."""
        lines = [f"from the account in {self.explored.file}", *(self.explored.details() if smaller else ())]
        return replace(found, name=f"{found.name}-of-account", caption="\n".join((found.caption, *lines)))


def _kind(rule: Rule, path: tuple[str, ...]) -> str:
    """The kind of a place, as in a plan: the names of its special elements."""
    sorts = [(param.sort, name) for param, name in zip(rule.place, path, strict=True) if param.sort.special]
    return " ".join(name if name in sort.special else f"every other {sort.name}" for sort, name in sorts)


def _few(paths: Sequence[tuple[str, ...]]) -> str:
    more = len(paths) - MOST_NAMED
    return f"{', '.join(place_text(*path) for path in paths[:MOST_NAMED])}{f' and {more:,} more' if more > 0 else ''}"
