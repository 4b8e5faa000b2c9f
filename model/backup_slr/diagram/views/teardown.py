"""In which order to delete, and every refusal on the way: the plan of `plan`, as boxes with what leads back from them.

What can stop an action on the way is a loop back to the action that helps, to a wait where it is chance or a running
job, or else is listed in its box.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from backup_slr.core.formula import FALSE, TRUE, Element, Formula, Param
from backup_slr.core.ground import Ground
from backup_slr.core.rule import Guard, Model, Rule
from backup_slr.core.scope import Scope
from backup_slr.core.variable import Enum
from backup_slr.diagram.caption import model_text, scope_text
from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, numbered, slug, wrapped
from backup_slr.diagram.plan import Box, Plan, inputs
from backup_slr.diagram.views.lifecycle import states_text
from backup_slr.report.tables import clause_says
from backup_slr.report.unblock import by_chance

WIDE, WAIT = 46, 30
"""So many letters stand on a line of a box, and of a wait."""
WORDS = {"console": "in the console", "cli": "with the CLI", "api": "through the API"}


def teardown_diagram(model: Model, scope: Scope, goal: tuple[Enum, str], via: str, name: str = "teardown") -> Diagram:
    """The way from a full account to the goal, asked for through `via` wherever that is possible.

    Parameters
    ----------
    model, scope
        A model whose assumptions are settled, and a scope with every kind of place.
    goal
        A variable and the value that it is to have.
    via
        ``console``, ``cli`` or ``api``.
    """
    view = _View(Plan(model, scope, via, goal))
    boxes = view.plan.boxes
    nodes: list[Node] = [Node("n-start", "initial", ("start",), tooltip="an account that was used")]
    edges: list[Edge] = []
    last = "n-start"
    for box in boxes:
        node = view.node(box)
        nodes.append(node)
        kind = "service" if box.rule.by == "service" else "start" if last == "n-start" else "next"
        lines = () if last == "n-start" else ("the service acts",) if kind == "service" else ("all done",)
        edges.append(Edge(f"e-{last[2:]}--{node.id[2:]}", last, node.id, kind, lines, events=(box.rule.action,)))
        last = node.id
    nodes.append(view.end())
    clauses = tuple(e.clause for e in view.plan.order[-1].effects if e.variable.name == goal[0].name)
    if view.plan.reached:
        edges.append(Edge(f"e-{last[2:]}--goal", last, "n-goal", "service", ("done",), "the goal", clauses))
    else:
        edges.append(Edge(f"e-{last[2:]}--goal", last, "n-goal", "refused", ("no way on",), "and there it ends"))
    for box in boxes:
        extra, more = view.loops(box)
        nodes += extra
        edges += more
    how = WORDS.get(via, via)
    tried = f"tried out from a full account and from some that lack vaults: {states_text(len(view.plan.seen))}"
    return Diagram(
        name,
        f"Deleting the role {how}",
        f"The order of deletion, asked for {how}: {', then '.join(view.called(box) for box in boxes)}"
        f"{'' if view.plan.reached else ', which nobody can do'}. Arrows with a bar are refusals, and lead to what "
        "helps.",
        f"{model_text(model)}; scope {scope_text(view.plan.scope)}\n"
        f"worked out backwards through the guards, and {tried}",
        tuple(nodes),
        numbered(edges),
        numbers={"boxes": len(boxes), "states": len(view.plan.seen), "reached": int(view.plan.reached)},
    )


@dataclass
class _View:
    plan: Plan

    # ------------------------------------------------------------ boxes

    @staticmethod
    def id(box: Box) -> str:
        """The stable id of its node."""
        kinds = f"-{slug(' '.join(box.kinds))}" if box.kinds else ""
        return f"n-{box.rule.action.replace('_', '-')}{kinds}"

    @staticmethod
    def called(box: Box) -> str:
        """What to do, on one line."""
        return f"{box.rule.action}{' of ' if box.kinds else ''}{', '.join(box.kinds)}"

    def node(self, box: Box) -> Node:
        """The box with the refusals that lead nowhere."""
        lines = [box.rule.action, *wrapped("of " + ", ".join(box.kinds), WIDE)] if box.kinds else [box.rule.action]
        if box.never:
            lines.append("never possible")
        elif self._turns(box):
            lines.append(f"only by {' or '.join(box.ways)}")
        dead = [g for g in self._guards(box) if box.never or self._leads_nowhere(g, box.rule)]
        told = [f"refused, {g.otherwise.id}: {g.otherwise.says}. {self._cited(g)}" for g in dead]
        kind = "refused" if box.never else "action" if box.rule.by == "person" else "work"
        return Node(
            self.id(box),
            kind,
            tuple(lines),
            tuple(f"{g.otherwise.id}{f' ({g.shows_as})' if g.shows_as else ''}" for g in dead),
            "\n".join((box.rule.says, *told)),
            box.rule.clauses,
            called=self.called(box),
        )

    def _turns(self, box: Box) -> bool:
        """It is to be asked in another way than the one that is wanted."""
        return self.plan.via not in box.ways and box.ways not in ((), ("",))

    def end(self) -> Node:
        """Where all of it leads."""
        variable, value = self.plan.goal
        if self.plan.reached:
            return Node("n-goal", "final", (f"{variable.name} {value}",), (), f"the goal: {variable.name} is {value}")
        last = self.plan.boxes[-1]
        lines = (f"{variable.name} {value}: out of reach", *wrapped(f"while there is {', '.join(last.kinds)}", WIDE))
        return Node("n-goal", "bad", lines if last.kinds else lines[:1], (), "the goal is not reached")

    # ------------------------------------------------------------ what can go wrong

    def _guards(self, box: Box) -> list[Guard]:
        """The guards that can stop a box: not those that never fail for its places and its way of asking.

        What nobody can do is stopped by those that hold in no state.
        """
        if box.never:
            return [g for g in box.rule.guards if self._always(box, g, FALSE)]
        return [g for g in box.rule.guards if not self._always(box, g, TRUE)]

    def _always(self, box: Box, guard: Guard, value: Formula, kinds: tuple[str, ...] = ()) -> bool:
        """The guard has that value whatever the state is, at all places (or those of other kinds), as it is asked."""
        ways = box.ways or (self.plan.via,)
        return all(
            Ground(self.plan.scope, place, given)(guard.condition) == value
            for place in self._places(box, kinds or box.kinds)
            for given in inputs(box.rule, ways)
        )

    def _places(self, box: Box, kinds: tuple[str, ...]) -> Iterator[Mapping[Param, Element]]:
        for kind, places in self.plan.kinds(box.rule).items():
            if not kinds or kind in kinds:
                yield from places

    def _helpers(self, guard: Guard, rule: Rule) -> list[Rule]:
        """The actions that help past a guard."""
        return [other for g, other in self.plan.needs(rule) if g == guard]

    def _leads_nowhere(self, guard: Guard, rule: Rule) -> bool:
        """Neither an action nor waiting helps."""
        return by_chance(guard.condition) is None and not self._helpers(guard, rule)

    def _cited(self, guard: Guard) -> str:
        return f"{guard.clause}: {clause_says(self.plan.model, guard.clause)}"

    def loops(self, box: Box) -> tuple[list[Node], list[Edge]]:
        """What leads back from a box: to the actions that help, or to a wait."""
        nodes: dict[str, Node] = {}
        edges: list[Edge] = []
        if box.never:
            return [], []
        own, rule = self.id(box), box.rule
        starters = [o for _, o in self.plan.needs(rule) if rule.by == "service" and self.plan.starts(rule, o)]
        back = next((self.id(b) for b in self.plan.boxes if b.rule in starters), own)
        for guard in self._guards(box):
            helpers = self._helpers(guard, rule)
            if any(h in starters for h in helpers):
                continue
            chance = by_chance(guard.condition) is not None
            if chance or any(h.by == "service" for h in helpers):
                wait = f"n-wait-{own[2:]}"
                if wait not in nodes:
                    until = [wrapped(f"until {h.says}", WAIT) for h in helpers if h.by == "service"][:1]
                    lines = ("wait a few minutes", *(line for said in until for line in said))
                    nodes[wait] = Node(wait, "wait", lines, (), "then try again")
                    edges.append(Edge(f"e-{wait[2:]}--{back[2:]}", wait, back, "next", ("try again",)))
                edges.append(self._stopped(own, wait, guard, chance))
                continue
            targets = [b for b in self.plan.boxes if b.rule in helpers]
            edges += [self._stopped(own, self.id(b), guard) for b in targets]
        for other in self.plan.boxes:
            # Whoever asks about those in the way that is wanted is turned away, and finds the other box.
            if other.rule == rule and other is not box and self._turns(other) and not self._turns(box):
                turned = [g for g in rule.guards if self._always(box, g, FALSE, other.kinds)]
                edges += [self._stopped(own, self.id(other), guard) for guard in turned]
        return list(nodes.values()), edges

    def _stopped(self, source: str, target: str, guard: Guard, chance: bool = False) -> Edge:
        how: EdgeKind = "might" if chance else "failed" if guard.fails else "refused"
        tip = f"{guard.otherwise.says}. {self._cited(guard)}"
        ends = f"e-{source[2:]}--{target[2:]}-{guard.otherwise.id}"
        return Edge(ends, source, target, how, (guard.otherwise.id,), tip, (guard.clause,))
