"""In which order to delete, and every refusal on the way: the plan of `plan`, as boxes with what leads back from them.

What can stop an action on the way, in some reachable state, is a loop back to the action that helps, to a wait where it
is chance or a running job, or else is listed in its box. What stops it and what helps is found out by stepping (`met`).
"""

from __future__ import annotations

from dataclasses import dataclass

from backup_slr.diagram.caption import model_text, scope_text
from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, numbered, slug, wrapped
from backup_slr.diagram.met import Met, Stop, ways_to_ask
from backup_slr.diagram.plan import Box, Plan, inputs
from backup_slr.diagram.views.lifecycle import states_text
from backup_slr.engine.check.exploration import NO_HURRY, Limits
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Enum
from backup_slr.report.reference import clause_says

WIDE, WAIT = 46, 30
"""So many letters stand on a line of a box, and of a wait."""
WORDS = {"console": "in the console", "cli": "with the CLI", "api": "through the API"}


def teardown_diagram(
    model: Model,
    scope: Scope,
    goal: tuple[Enum, str],
    via: str,
    name: str = "teardown",
    limits: Limits = NO_HURRY,
) -> Diagram:
    """The way from a full account to the goal, asked for through `via` wherever that is possible.

    Parameters
    ----------
    model, scope
        A model whose assumptions are settled, and a scope with every kind of place.
    goal
        A variable and the value that it is to have.
    via
        ``console``, ``cli`` or ``api``.
    limits
        Where to give up looking for reachable states of a small account.

    Raises
    ------
    Unfinished
        When not all of them were found.
    """
    plan = Plan(model, scope, via, goal)
    view = _View(plan, Met(model, plan.scope, goal, limits))
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
    met = f"refusals, and what helps, as met in all {states_text(view.met.explored.count)} that can be reached"
    return Diagram(
        name,
        f"Deleting the role {how}",
        f"The order of deletion, asked for {how}: {', then '.join(view.called(box) for box in boxes)}"
        f"{'' if view.plan.reached else ', which nobody can do'}. Arrows with a bar are refusals, and lead to what "
        "helps.",
        f"{model_text(model)}; scope {scope_text(view.plan.scope)}\n"
        f"worked out backwards through the guards, and {tried}; {met}",
        tuple(nodes),
        numbered(edges),
        numbers={"boxes": len(boxes), "states": len(view.plan.seen), "reached": int(view.plan.reached)},
    )


@dataclass
class _View:
    plan: Plan
    met: Met

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
        dead = [(s.guard, s.guard.shows_as) for s in self._stops(box) if box.never or self._leads_nowhere(s, box)]
        dead += [(guard, WORDS.get(self.plan.via, self.plan.via)) for guard in self._turned(box)]
        told = [f"refused, {g.otherwise.id}: {g.otherwise.says}. {self._cited(g)}" for g, _ in dead]
        kind = "refused" if box.never else "action" if box.rule.by == "person" else "work"
        return Node(
            self.id(box),
            kind,
            tuple(lines),
            tuple(f"{g.otherwise.id}{f' ({more})' if more else ''}" for g, more in dead),
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

    def _stops(self, box: Box) -> list[Stop]:
        """The guards that can stop a box when it is asked for as it says.

        What nobody can do is stopped by those that hold in no state.
        """
        found = self.met.stops(box.rule, self.plan.places(box), box.ways or ways_to_ask(box.rule))
        return [stop for stop in found if self._always_false(box, stop.guard)] if box.never else found

    def _turned(self, box: Box) -> list[Guard]:
        """The guards that turn away only those who ask about its places in the way that is wanted."""
        if not self._turns(box):
            return []
        own = [stop.guard for stop in self._stops(box)]
        wanted = self.met.stops(box.rule, self.plan.places(box), (self.plan.via,))
        return [stop.guard for stop in wanted if stop.guard not in own]

    def _always_false(self, box: Box, guard: Guard) -> bool:
        """The guard holds in no state, at none of its places, however it is asked."""
        return all(
            Ground(self.plan.scope, place, given)(guard.condition) == FALSE
            for kind, places in self.plan.kinds(box.rule).items()
            if not box.kinds or kind in box.kinds
            for place in places
            for given in inputs(box.rule, ways_to_ask(box.rule))
        )

    def _targets(self, stop: Stop) -> list[Box]:
        """The boxes that help past a guard."""
        able = (box for box in self.plan.boxes if not box.never)
        return [b for b in able if any((b.rule.action, place) in stop.helpers for place in self.plan.places(b))]

    def _helping(self, stop: Stop, by: str) -> list[Rule]:
        """The actions of a person or of the service that help past a guard."""
        actions = {action for action, _ in stop.helpers}
        return [rule for rule in self.plan.model.rules if rule.action in actions and rule.by == by]

    def _starters(self, box: Box) -> list[Rule]:
        """What asks the service for what a box is about."""
        rule = box.rule
        return [o for _, o in self.plan.needs(rule) if rule.by == "service" and self.plan.starts(rule, o)]

    def _leads_nowhere(self, stop: Stop, box: Box) -> bool:
        """Neither an action nor waiting helps, or there is nothing left to help with."""
        if any(rule in self._starters(box) for rule in self._helping(stop, "person")):
            return False
        return not stop.chance and (stop.idle or not stop.helpers)

    def _cited(self, guard: Guard) -> str:
        return f"{guard.clause}: {clause_says(self.plan.model, guard.clause)}"

    def loops(self, box: Box) -> tuple[list[Node], list[Edge]]:
        """What leads back from a box: to the actions that help, or to a wait."""
        nodes: dict[str, Node] = {}
        edges: list[Edge] = []
        own, starters = self.id(box), self._starters(box)
        back = next((self.id(b) for b in self.plan.boxes if b.rule in starters), own)
        for stop in [] if box.never else self._stops(box):
            if self._leads_nowhere(stop, box) or any(h in starters for h in self._helping(stop, "person")):
                continue
            service = self._helping(stop, "service")
            targets = self._targets(stop)
            if stop.chance or service:
                wait = f"n-wait-{own[2:]}"
                if wait not in nodes:
                    nodes[wait] = self._wait(wait, box, service)
                    edges.append(Edge(f"e-{wait[2:]}--{back[2:]}", wait, back, "next", ("try again",)))
                edges.append(self._stopped(own, wait, stop.guard, stop.chance))
            elif targets:
                edges += [self._stopped(own, self.id(b), stop.guard) for b in targets]
            else:
                for rule in self._helping(stop, "person"):
                    aside = f"n-aside-{rule.action.replace('_', '-')}--{own[2:]}"
                    if aside not in nodes:
                        nodes[aside] = self._aside(aside, rule, stop, box)
                        edges.append(Edge(f"e-{aside[2:]}--{own[2:]}", aside, own, "next", ("try again",)))
                    edges.append(self._stopped(own, aside, stop.guard))
        return list(nodes.values()), edges

    def _wait(self, wait: str, box: Box, service: list[Rule]) -> Node:
        until = f"until {service[0].says}" if service else ""
        lines = ("wait a few minutes", *wrapped(until, WAIT))
        called = f"wait a few minutes{f' {until}' if until else ''}, before {self.called(box)}"
        return Node(wait, "wait", lines, (), "then try again", called=called)

    def _aside(self, aside: str, rule: Rule, stop: Stop, box: Box) -> Node:
        """An action that is not on the way, and helps where nothing on the way does."""
        kinds = [
            kind
            for kind, places in self.plan.kinds(rule).items()
            if any((rule.action, tuple(e.index for e in place.values())) in stop.helpers for place in places)
        ]
        of = f"of {', '.join(kinds)}" if len(kinds) < len(self.plan.kinds(rule)) else ""
        called = f"{rule.action} {of}".strip()
        tip = f"{rule.says}: it helps past {stop.guard.otherwise.id}"
        lines = (rule.action, *wrapped(of, WIDE))
        return Node(aside, "action", lines, (), tip, rule.clauses, called=f"{called}, before {self.called(box)}")

    def _stopped(self, source: str, target: str, guard: Guard, chance: bool = False) -> Edge:
        how: EdgeKind = "might" if chance else "failed" if guard.fails else "refused"
        tip = f"{guard.otherwise.says}. {self._cited(guard)}"
        ends = f"e-{source[2:]}--{target[2:]}-{guard.otherwise.id}"
        return Edge(ends, source, target, how, (guard.otherwise.id,), tip, (guard.clause,))
