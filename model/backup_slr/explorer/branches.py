"""The branches of a session: walks, of which one is the present one, and what is shown with them.

What the link of the present walk lacks is their *rest*, with which a page that is loaded again keeps the other branches
and what can be redone: ``branches`` (the ``link`` of all steps, and ``at``), the number of the present ``branch``,
``inputs``, ``title`` and ``story``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from backup_slr.errors import BadInput
from backup_slr.explorer.explored_walk import ExploredWalk
from backup_slr.explorer.links import decoded
from backup_slr.explorer.request_reading import chosen_inputs, table_of, text_of, whole_of
from backup_slr.explorer.walk_content import title_of

Document = dict[str, Any]
MOST_KEPT = 8


@dataclass
class Branches:
    """Walks, and the number of the present one; `inputs` are those with which actions are evaluated."""

    walks: list[ExploredWalk]
    current: int = 0
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    told: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The title and the story of the walks, if they have them."""

    @property
    def walk(self) -> ExploredWalk:
        """The present walk."""
        return self.walks[self.current]

    def copied(self) -> Branches:
        """Others, which do not change with these."""
        return Branches([walk.copied() for walk in self.walks], self.current, self.inputs, self.told)

    def fork(self) -> None:
        """Go on in a copy of the present walk up to its position."""
        self.walks.append(self.walk.forked())
        self.current = len(self.walks) - 1

    def numbered(self, given: Mapping[str, Any]) -> int:
        """The number of a branch in a request.

        Raises
        ------
        BadInput
            When there is no such branch.
        """
        number = whole_of(given, "number")
        if not 0 <= number < len(self.walks):
            raise BadInput(f"there are the branches 0 to {len(self.walks) - 1}, not {number}")
        return number

    def returned(self, link: str, given: Mapping[str, Any]) -> bool:
        """Go to the position ``at`` of a ``branch``, if it is that of the link."""
        branch, at = given.get("branch"), given.get("at")
        if type(branch) is not int or type(at) is not int or not 0 <= branch < len(self.walks):
            return False
        walk = self.walks[branch]
        if not 0 <= at <= len(walk.results) or walk.placed(at).link() != link:
            return False
        self.current, walk.at = branch, at
        return True

    def replacing(self, others: list[Branches]) -> list[Branches]:
        """Those of others that are kept when these replace them: the last ones."""
        return [one for one in others if one.walks and one is not self][-MOST_KEPT:]

    def rest(self) -> Document | None:
        """What the link of the present walk lacks; None if nothing."""
        walk = self.walk
        if len(self.walks) == 1 and walk.at == len(walk.results) and not self.inputs and not self.told:
            return None
        branches = [{"link": one.whole(), "at": one.at} for one in self.walks]
        return {"branches": branches, "branch": self.current, "inputs": dict(self.inputs), **self.told}

    @classmethod
    def of_rest(cls, rest: object, link: str, opened: Callable[[Document], ExploredWalk]) -> Branches:
        """The branches of a link and its rest; `opened` makes the walk of a content.

        Raises
        ------
        BadInput
            When the rest is something else, or that of another link.
        """
        known = table_of(rest, "rest is an object")
        listed: object = known.get("branches")
        walks: list[ExploredWalk] = []
        for one in cast("list[object]", listed) if isinstance(listed, list) else []:
            given = table_of(one, "a branch is an object with link and at")
            walk, at = opened(decoded(text_of(given, "link"))[1]), whole_of(given, "at")
            if not 0 <= at <= len(walk.results):
                raise BadInput(f"a walk of {len(walk.results)} requests has no position {at}")
            walks.append(walk.placed(at))
        found = cls(walks, whole_of(known, "branch"), {}, title_of(known))
        if not 0 <= found.current < len(walks) or found.walk.link() != link:
            raise BadInput("it is that of another walk")
        found.inputs = chosen_inputs(known.get("inputs", {}), found.walk.account.role.model.rules)
        return found
