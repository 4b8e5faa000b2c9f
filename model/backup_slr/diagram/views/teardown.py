"""In which order to delete: worked out backwards from the goal, through the guards of the table.

An action needs what its guards ask for; whatever in a full account is not so must be brought about by another action
first. That gives an order (a partial one; networkx sorts it). What can stop an action on the way is a loop back to
the action that helps, to a wait where it is chance or a running job, or else is listed in its box.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import networkx as nx

from backup_slr.core.formula import FALSE, TRUE, Element, Formula, Param, Sort
from backup_slr.core.ground import Ground
from backup_slr.core.rule import Guard, Model, Rule
from backup_slr.core.scope import Scope
from backup_slr.core.variable import Count, Enum, Flag, Variable
from backup_slr.diagram.caption import model_text
from backup_slr.diagram.graph import Diagram, Edge, Node, numbered, short, slug, wrapped
from backup_slr.report.tables import clause_says
from backup_slr.report.unblock import helps, leaves

FULL = 1
"""In a full account flags are on, counts are not zero, and enumerations have their second value."""


@dataclass
class Box:
    """One thing to do: an action, for some kinds of places only, asked in a certain way."""

    rule: Rule
    kinds: tuple[str, ...] = ()
    asked: str = ""
    never: bool = False

    @property
    def id(self) -> str:
        """Its stable id."""
        kinds = f"-{slug(' '.join(self.kinds))}" if self.kinds else ""
        return f"n-{self.rule.action.replace('_', '-')}{kinds}"


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
    plan = _Plan(model, scope, via)
    order = plan.order(*goal)
    boxes = {rule.action: plan.boxes(rule) for rule in order}
    sequence = [box for rule in order for box in boxes[rule.action]]
    nodes: list[Node] = [Node("n-start", "initial", ("start",), tooltip="an account that was used")]
    edges: list[Edge] = []
    last = "n-start"
    for box in sequence:
        nodes.append(plan.node(box))
        kind = "service" if box.rule.by == "service" else "start" if last == "n-start" else "next"
        lines = () if last == "n-start" else ("the service acts",) if kind == "service" else ("all done",)
        edges.append(Edge(f"e-{last[2:]}--{box.id[2:]}", last, box.id, kind, lines, events=(box.rule.action,)))
        last = box.id
    variable, value = goal
    nodes.append(Node("n-goal", "final", (f"{variable.name} {value}",), (), f"the goal: {variable.name} is {value}"))
    clauses = tuple(e.clause for e in order[-1].effects if e.variable.name == variable.name)
    edges.append(Edge(f"e-{last[2:]}--goal", last, "n-goal", "service", ("done",), "the goal", clauses))
    for number, box in enumerate(sequence):
        extra, more = plan.loops(box, sequence, number)
        nodes += extra
        edges += more
    words = {"console": "in the console", "cli": "with the CLI", "api": "through the API"}
    return Diagram(
        name,
        f"Deleting the role {words.get(via, via)}",
        f"The order of deletion, asked for {words.get(via, via)}: {', '.join(box.rule.action for box in sequence)}. "
        "Arrows with a bar are refusals, and lead to what helps.",
        f"{model_text(model)}\nworked out backwards from the goal through the guards of the table",
        tuple(nodes),
        numbered(edges),
        numbers={"boxes": len(sequence)},
    )


@dataclass
class _Plan:
    model: Model
    scope: Scope
    via: str

    # ------------------------------------------------------------ what is needed, in which order

    def order(self, variable: Enum, value: str) -> list[Rule]:
        """The actions that are needed, each behind those that it needs."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        todo = [rule for rule in self.model.rules if _brings(rule, variable, variable.values.index(value), True)]
        seen: set[str] = set()
        while todo:
            rule = todo.pop()
            graph.add_node(rule.action)
            if rule.action in seen:
                continue
            seen.add(rule.action)
            needed = [other for _, other in self.needs(rule) if other.by == "person"]
            asked = [other for other in needed if rule.by == "service" and self.starts(rule, other)]
            for other in needed:
                graph.add_edge(other.action, rule.action)
                # Once the service is at work nobody can help it: everything else comes before it is asked.
                graph.add_edges_from((other.action, first.action) for first in asked if first != other)
                todo.append(other)
        position = {rule.action: n for n, rule in enumerate(self.model.rules)}
        return [self.model.rule(a) for a in nx.lexicographical_topological_sort(graph, key=position.__getitem__)]

    def needs(self, rule: Rule) -> Iterator[tuple[Guard, Rule]]:
        """The actions that bring about what a guard asks for and a full account has not."""
        for guard in rule.guards:
            for leaf in leaves(guard.condition):
                if len(leaf) == 3 and leaf[0].kind == "state" and not _so_when_full(leaf):
                    for other in self.model.rules:
                        if other.action != rule.action and _brings(other, *leaf):
                            yield guard, other

    def starts(self, rule: Rule, other: Rule) -> bool:
        """The service does `rule` because somebody asked for `other`."""
        return any(o == other and isinstance(_single(g.condition), Enum) for g, o in self.needs(rule))

    # ------------------------------------------------------------ who can ask for it where

    def boxes(self, rule: Rule) -> list[Box]:
        """One box for an action, or several if not every place can be asked about in the same way."""
        if not any(p.sort.special for p in rule.place):
            return [Box(rule)]
        groups: dict[tuple[str, ...], list[str]] = {}
        for place in self.scope.kinds_of_places(rule.place):
            named = next(e for p, e in place.items() if p.sort.special)
            ways = tuple(w for w in _ways_to_ask(rule) if self.possible(rule, place, w))
            here = (self.via,) if self.via in ways else ways
            groups.setdefault(here, []).append(_kind_of(named))
        if len(groups) == 1:
            return [Box(rule)]
        groups = dict(sorted(groups.items(), key=lambda item: item[0] != (self.via,)))
        return [
            Box(rule, tuple(kinds), "" if ways == (self.via,) else " or ".join(ways), not ways)
            for ways, kinds in groups.items()
        ]

    def possible(self, rule: Rule, place: Mapping[Param, Element], way: str) -> bool:
        """No guard rules out that it is done at a place when it is asked so, whatever the state."""
        return any(
            all(Ground(self.scope, place, inputs)(guard.condition) != FALSE for guard in rule.guards)
            for inputs in _inputs(rule, (way,))
        )

    # ------------------------------------------------------------ what can go wrong

    def node(self, box: Box) -> Node:
        """The box with the refusals that lead nowhere."""
        rule = box.rule
        lines = [rule.action]
        if box.kinds:
            lines += wrapped("of " + ", ".join(box.kinds), 40)
        if box.asked:
            lines.append(f"only by {box.asked}")
        if box.never:
            lines.append("never possible")
        dead = [g for g in self.guards(box) if not list(self.ways_past(g, rule)) and not _by_chance(g.condition)]
        folded = [f"{g.otherwise.id}{f' ({g.shows_as})' if g.shows_as else ''}" for g in dead]
        told = [
            rule.says,
            *(
                f"refused, {g.otherwise.id}: {g.otherwise.says}. {g.clause}: {clause_says(self.model, g.clause)}"
                for g in dead
            ),
        ]
        kind = "refused" if box.never else "wait" if rule.by == "service" and not folded else "action"
        return Node(box.id, kind, tuple(lines), tuple(short(f, 46) for f in folded), "\n".join(told), rule.clauses)

    def guards(self, box: Box) -> Iterator[Guard]:
        """The guards that can stop a box: not those that never fail for its places and its way of asking."""
        rule = box.rule
        for guard in rule.guards:
            ways = box.asked.split(" or ") if box.asked else [self.via]
            for place in self.scope.kinds_of_places(rule.place):
                named = next((e for p, e in place.items() if p.sort.special), None)
                if box.kinds and named is not None and _kind_of(named) not in box.kinds:
                    continue
                if any(Ground(self.scope, place, i)(guard.condition) != TRUE for i in _inputs(rule, ways)):
                    yield guard
                    break

    def ways_past(self, guard: Guard, rule: Rule) -> Iterator[Rule]:
        """The actions that help past a guard."""
        return (other for g, other in self.needs(rule) if g == guard)

    def loops(self, box: Box, sequence: list[Box], number: int) -> tuple[list[Node], list[Edge]]:
        """What leads back from a box: to the action that helps, or to a wait."""
        nodes: list[Node] = []
        edges: list[Edge] = []
        starters = [o for _, o in self.needs(box.rule) if box.rule.by == "service" and self.starts(box.rule, o)]
        back = next((b for b in sequence if b.rule in starters), box)
        for guard in self.guards(box):
            helpers = list(self.ways_past(guard, box.rule))
            if any(h in starters for h in helpers):
                continue
            waits = _by_chance(guard.condition) or any(h.by == "service" for h in helpers)
            kind = "failed" if guard.fails else "might" if _by_chance(guard.condition) else "refused"
            label = (guard.otherwise.id,)
            tip = f"{guard.otherwise.says}. {guard.clause}: {clause_says(self.model, guard.clause)}"
            if waits:
                wait = f"n-wait-{box.id[2:]}"
                if wait not in [n.id for n in nodes]:
                    until = [h.says for h in helpers if h.by == "service"]
                    lines = ("wait a few minutes", *(f"until {u}" for u in until[:1]))
                    nodes.append(Node(wait, "wait", lines, (), "then try again"))
                    edges.append(Edge(f"e-{wait[2:]}--{back.id[2:]}", wait, back.id, "next", ("try again",)))
                edges.append(Edge(f"e-{box.id[2:]}--{wait[2:]}", box.id, wait, kind, label, tip, (guard.clause,)))
                continue
            for target in [b for b in sequence if b.rule in helpers][:1]:
                edge = f"e-{box.id[2:]}--{target.id[2:]}-{guard.otherwise.id}"
                edges.append(Edge(edge, box.id, target.id, kind, label, tip, (guard.clause,)))
        others = [b for b in sequence if b.rule == box.rule and b is not box and b.asked and not box.asked]
        for other in others:
            for guard in self.turned_away(box, other):
                tip = f"{guard.otherwise.says}. {guard.clause}: {clause_says(self.model, guard.clause)}"
                edge = f"e-{box.id[2:]}--{other.id[2:]}-{guard.otherwise.id}"
                edges.append(Edge(edge, box.id, other.id, "refused", (guard.otherwise.id,), tip, (guard.clause,)))
        return nodes, edges

    def turned_away(self, box: Box, other: Box) -> Iterator[Guard]:
        """The guards that keep the places of another box from being asked about in the way of this one."""
        for guard in box.rule.guards:
            for place in self.scope.kinds_of_places(box.rule.place):
                named = next((e for p, e in place.items() if p.sort.special), None)
                if named is None or _kind_of(named) not in other.kinds:
                    continue
                if all(Ground(self.scope, place, i)(guard.condition) == FALSE for i in _inputs(box.rule, (self.via,))):
                    yield guard
                    break


def _ways_to_ask(rule: Rule) -> tuple[str, ...]:
    """The values of the input that says how somebody asks: the only enumeration that a request need not give."""
    return next((i.values for i in rule.inputs if isinstance(i, Enum) and not i.required), ())


def _inputs(rule: Rule, ways: Sequence[str]) -> Iterator[dict[str, int]]:
    """Every combination of inputs that asks in one of these ways."""
    asked = _ways_to_ask(rule)
    options = [
        [asked.index(w) for w in ways if w in asked]
        if isinstance(i, Enum) and i.values == asked
        else range(len(i.values) if isinstance(i, Enum) else 2)
        for i in rule.inputs
    ]
    for values in product(*options):
        yield {i.name: value for i, value in zip(rule.inputs, values, strict=True)}


def _kind_of(element: Element) -> str:
    sort: Sort = element.sort
    return repr(element) if element.index < len(sort.special) else f"every other {sort.name}"


def _brings(rule: Rule, variable: Variable, value: int, wanted: bool) -> bool:
    effects = (*rule.effects, *rule.on_failure)
    return any(helps(e, variable, value, wanted) for e in effects)


def _so_when_full(leaf: tuple[Variable, int, bool]) -> bool:
    """A leaf is already true in a full account, where everything is there."""
    variable, value, wanted = leaf
    match variable:
        case Flag():
            return wanted
        case Enum():
            return (value == FULL) == wanted
        case Count():
            return not wanted


def _single(condition: Formula) -> object:
    found = list(leaves(condition))
    return found[0][0] if len(found) == 1 else None


def _by_chance(condition: Formula) -> bool:
    return any(isinstance(leaf[0], Flag) and leaf[0].kind == "choice" for leaf in leaves(condition))
