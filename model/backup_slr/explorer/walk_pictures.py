"""Pictures of a walk: the lifecycle with the present state lit, and the requests as a sequence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from backup_slr.api.account import Account
from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.graph import Diagram, Edge
from backup_slr.diagram.labels import brief
from backup_slr.diagram.quotient import Class, quotient, reach
from backup_slr.diagram.svg.document import svg_text
from backup_slr.diagram.svg.renderers import choose, draw
from backup_slr.diagram.views.state_diagram import class_id, lifecycle_diagram
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.spec.lifecycle import Abstraction
from backup_slr.errors import BadInput, MissingTool
from backup_slr.explorer.explored_walk import ExploredWalk
from backup_slr.explorer.links import version_of
from backup_slr.explorer.walk_formats import sequence_of

Document = dict[str, Any]
DrawDot: TypeAlias = Callable[[str], str]
"""What makes SVG of DOT."""
MOST_STATES, MOST_MESSAGES = 20_000, 200
GRAPHVIZ = "graphviz"
"""The renderer, whichever program it is: all give the same drawing."""


def installed(dot: str) -> str:
    """Draw with the renderer that is installed; raises MissingTool when there is none."""
    return draw(dot, choose("auto"))


@dataclass
class WalkPictures:
    """Draws pictures of walks; what depends on the rules alone is kept.

    Parameters
    ----------
    draw
        Makes SVG of DOT, and raises MissingTool if it cannot; by default the renderer that is installed.
    """

    draw: DrawDot = installed
    kept: dict[str, tuple[Abstraction, Diagram]] = field(default_factory=dict[str, tuple[Abstraction, Diagram]])

    def lifecycle(self, walk: ExploredWalk) -> Document:
        """The states of the role in the smallest scope, with the one of the account lit.

        Raises
        ------
        BadInput
            When no abstraction is defined for the role.
        """
        abstraction, found = self._diagram(walk.account)
        words = class_of(walk.account, abstraction)
        here = class_id(words)
        known = any(node.id == here for node in found.nodes)
        called = ", ".join(words)
        if not known:
            says = f"The account is {called}: no account of the size of this picture is"
            return {**self._drawn(found, says), "lit": None, "arrows": []}
        lit = replace(found, nodes=tuple(replace(node, lit=node.id == here) for node in found.nodes))
        arrows = list(_arrows(found, here))
        says = f"The account is: {called}."
        return {**self._drawn(lit, says), "lit": called, "arrows": arrows}

    def _diagram(self, account: Account) -> tuple[Abstraction, Diagram]:
        role = account.role
        key = version_of(role)
        if key not in self.kept:
            lifecycle = role.lifecycle
            if not lifecycle.abstractions:
                raise BadInput(f"no picture of {lifecycle.name}: it has no abstraction of its states")
            abstraction = lifecycle.abstractions[min(1, len(lifecycle.abstractions) - 1)]
            scope = lifecycle.scope(*lifecycle.small_scopes[0])
            grouped = quotient(reach(lifecycle, scope, Limits(MOST_STATES)), abstraction)
            self.kept[key] = abstraction, brief(lifecycle_diagram(grouped, abstraction.name, "english", brief=True))
        return self.kept[key]

    def sequence(self, walk: ExploredWalk) -> Document:
        """The requests up to the position, between the participants.

        Raises
        ------
        BadInput
            When they are too many for a picture.
        """
        if walk.at > MOST_MESSAGES:
            raise BadInput(f"a picture shows at most {MOST_MESSAGES} requests; copy this walk as markdown instead")
        return self._drawn(sequence_of(walk), "")

    def _drawn(self, found: Diagram, says: str) -> Document:
        svg, note = None, ""
        try:
            svg = svg_text(found, GRAPHVIZ, drawing=lambda dot, _: self.draw(dot))
        except (ImportError, MissingTool) as error:
            note = str(error)
        sequence = found.form == "sequence"
        return {
            "svg": svg,
            "note": note,
            "mermaid": TEXT["mermaid"](found),
            "title": found.title,
            "text": " ".join(filter(None, (found.description, says, found.caption.replace("\n", "; ")))),
            "table": TEXT["md"](found) if sequence else "",
        }


def class_of(account: Account, abstraction: Abstraction) -> Class:
    """The class of an account under an abstraction."""
    machine, _, state = account.located
    here = Situation(machine.layout, state)
    words = (next((word for word, formula in part if holds(formula, here)), "") for part in abstraction.parts)
    return tuple(word for word in words if word)


def _arrows(found: Diagram, here: str) -> Iterator[Document]:
    names = {node.id: node.called for node in found.nodes}

    def told(edge: Edge) -> Document:
        return {"says": " ".join(edge.lines), "to": names[edge.target], "kind": edge.kind, "actions": list(edge.events)}

    return (told(edge) for edge in found.edges if edge.source == here)
