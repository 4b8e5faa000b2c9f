"""The steps of a plan in their order, with the refusals of requests out of order, too early or through another way.

A refusal is an arrow to the earlier step that removes its cause, or to the wait for running work; all other refusals
are listed in the box.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from backup_slr.advice.plan import planned
from backup_slr.advice.plan_phases import why_not
from backup_slr.advice.plan_proof import proved
from backup_slr.advice.plan_report import for_good, headline, proof_says
from backup_slr.advice.plan_step import Remains
from backup_slr.diagram.caption import model_text, scope_text
from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, numbered, slug
from backup_slr.diagram.in_account import here
from backup_slr.diagram.labels import LabelStyle, action_label, refusal_label
from backup_slr.diagram.line_breaks import wrapped
from backup_slr.diagram.plan_boxes import WIDE, PlanBoxes, refused_line
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import label
from backup_slr.report.names import listed
from backup_slr.scenario.starting_account import StartingAccount

MOST_REMAINING = 6
"""The most boxes for what no step removes."""


def teardown_diagram(
    start: StartingAccount, via: str = "", name: str = "teardown", labels: LabelStyle = "id", named: bool = False
) -> Diagram:
    """The way to the goal, requested through `via` wherever that is possible.

    Parameters
    ----------
    start
        An account.
    via
        One of its interfaces; empty if it has none.
    name, labels
        The name of the picture, and how actions and refusals are labeled.
    named
        Whether boxes name the places of the account, rather than their kinds.

    Examples
    --------
    >>> from backup_slr.advice.plan import full_account
    >>> from backup_slr.lifecycle import BACKUP
    >>> picture = teardown_diagram(full_account(BACKUP), "console")
    >>> picture.title
    'How to delete the role in the console (step 7 only with the CLI or through the API)'
    """
    return _Teardown(planned(start), via, labels, named).drawn(name)


@dataclass(frozen=True)
class _Teardown(PlanBoxes):
    """The whole picture."""

    def drawn(self, name: str) -> Diagram:
        """The whole picture."""
        nodes = [Node("n-start", "initial", ("start",), tooltip="an account with resources")]
        edges: list[Edge] = []
        for box in self.boxes:
            last, rule = nodes[-1].id, box.stage.rule
            kind: EdgeKind = "start" if last == "n-start" else "next"
            events = (rule.action,) if rule else ()
            edges.append(Edge(f"e-{last[2:]}--{box.id[2:]}", last, box.id, kind, events=events))
            nodes.append(box.node())
        last = nodes[-1].id
        blocks = self._blocks[:MOST_REMAINING]
        nodes += [self._end, *blocks]
        if self.plan.reached:
            rule, goal = self.boxes[-1].stage.rule if self.boxes else None, self.lifecycle.goal.variable.name
            clauses = tuple(e.clause for e in rule.effects if e.variable.name == goal) if rule else ()
            edges.append(Edge(f"e-{last[2:]}--goal", last, "n-goal", "next", ("done",), "the goal", clauses))
        for block in blocks:
            edges.append(Edge(f"e-start--{block.id[2:]}", "n-start", block.id, "next"))
            edges.append(Edge(f"e-{block.id[2:]}--goal", block.id, "n-goal", "refused", ("not possible",)))
        seen = {node.id for node in nodes}
        for box in self.boxes:
            for arrow in box.arrows():
                edges.append(arrow)
                if arrow.target not in seen:
                    seen.add(arrow.target)
                    nodes.append(self.wait(box))
                    edges.append(Edge(f"e-{arrow.target[2:]}--{box.id[2:]}", arrow.target, box.id, "next", ("retry",)))
        return Diagram(
            name,
            self._title,
            self._says,
            "\n".join(self._caption()),
            tuple(nodes),
            numbered(edges),
            numbers={
                "boxes": len(self.boxes),
                "states": len(set(self.refusals.states)) if self.boxes else 0,
                "reached": int(self.plan.reached),
            },
        )

    @property
    def _says(self) -> str:
        """The picture in words."""
        if not self.boxes:
            return headline(self.plan)
        first = f"{headline(self.plan)} The steps" if self.named else "The order of deletion"
        return (
            f"{first}{self._through}: {', then '.join(box.called for box in self.boxes)}. Arrows with a bar or "
            "a diamond are refusals and failures of a step that comes too early, and lead to the step that helps."
        )

    @property
    def _through(self) -> str:
        return f" {self.how}" if self.how else ""

    @property
    def _title(self) -> str:
        """The title; it names the steps for which the interface is not enough."""
        if not self.plan.reached:
            return f"Why the {label(self.lifecycle.goal.variable)} cannot be deleted"
        found = f"How to delete the {label(self.lifecycle.goal.variable)}{self._through}"
        turned = [box for box in self.boxes if box.turned]
        if not turned:
            return found
        numbers = listed([str(box.number) for box in turned], None)
        return f"{found} (step{'s' * (len(turned) > 1)} {numbers} only {turned[0].turned})"

    @cached_property
    def _blocks(self) -> list[Node]:
        """The boxes of what no step removes, if the goal is not reached."""
        reasons = [] if self.plan.reached else for_good(self.plan)
        if reasons or self.plan.reached:
            texts = (wrapped(says, WIDE) for says in reasons)
            return [Node(f"n-reason-{n}", "refused", text, heading=0) for n, text in enumerate(texts, 1)]
        return [self._block(f"n-{slug(one.rule.action)}-{n}", one) for n, one in enumerate(self.plan.remains, 1)]

    def _block(self, id: str, one: Remains) -> Node:
        places = self.plan.expanded(one.place) if one.place else ()
        named = here(places, self.lifecycle.sorts) if self.named else wrapped(", ".join(p[-1] for p in places), WIDE)
        name = wrapped(action_label(one.rule, self.labels), WIDE)
        refused = refused_line(refusal_label(one.guard, self.labels), one.guard.shows_as)
        tip = f"{why_not(self.plan, one)}. {self.cited(one.guard)}"
        lines = (*name, *named, "never possible", *wrapped(refused, WIDE))
        return Node(id, "refused", lines, (), tip, one.rule.clauses, heading=len(name))

    @property
    def _end(self) -> Node:
        """The goal, or why it is out of reach."""
        variable, value = self.lifecycle.goal.variable, self.lifecycle.goal.gone
        text = f"{variable.name} {value}"
        if not self.plan.reached:
            return Node("n-goal", "bad", (f"{text}: out of reach",), (), "the goal is not reached")
        usual = {a.name: a.default for a in self.lifecycle.model.assumptions}
        unless = [part for part in self.plan.fails_under() if part.items() <= usual.items()]
        lines = (text, *(line for part in unless for line in wrapped(f"not under {_values(part)}", WIDE)))
        return Node("n-goal", "final", lines, (), f"the goal: {variable.name} is {value}")

    def _caption(self) -> Iterator[str]:
        """The account, and what was proved."""
        start = self.plan.start
        if self.named:
            about = f"from the account in {start.file}"
        else:
            sizes = {sort.name: len(sort.special) + 1 for sort in self.lifecycle.sorts}
            about = f"a full account: {scope_text(self.lifecycle, Scope(sizes, {}))}"
        yield f"{model_text(self.lifecycle.model.assuming(start.assume))}; {about}"
        yield proof_says(self.plan, proved(self.plan)).removesuffix(".")
        never = self.whole.fails_under()
        failing = self.plan.fails_under() if self.plan.reached else []
        if failing:
            works = [any(other.items() <= part.items() for other in never) for part in failing]
            parts = [
                f"{_values(part)} ({'no order works' if none else 'another order works'})"
                for part, none in zip(failing, works, strict=True)
            ]
            yield f"the order fails under {'; '.join(parts)}"


def _values(part: Mapping[str, str]) -> str:
    return " and ".join(f"{name}={value}" for name, value in part.items())
