"""In which order to delete, and every refusal on the way: the phases of a plan, with arrows back from them.

What can stop an action on the way, in some reachable state, is an arrow back to the action that helps, to a wait where
it is chance or a running job, or else is listed in its box.
"""

from __future__ import annotations

from dataclasses import dataclass

from backup_slr.diagram.caption import cited, counted, model_text, nouns, scope_text
from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, numbered, slug, wrapped
from backup_slr.diagram.refusals import Obstacle, Refusals
from backup_slr.diagram.teardown_plan import Phase, TeardownPlan, inputs, rule_interfaces
from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Limits
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import label
from backup_slr.engine.spec.lifecycle import Lifecycle

WIDE, WAIT = 46, 30
"""The most letters on a line of a box, and of a wait."""


def teardown_diagram(
    lifecycle: Lifecycle,
    scope: Scope,
    via: str = "",
    name: str = "teardown",
    limits: Limits = DEFAULT_LIMITS,
) -> Diagram:
    """The way from a full account to the goal, requested through `via` wherever that is possible.

    Parameters
    ----------
    lifecycle, scope
        A lifecycle whose assumptions are settled, and a scope with every kind of place.
    via
        One of its interfaces; empty if it has none.
    limits
        When to stop the search for reachable states of a small account.

    Raises
    ------
    Unfinished
        When not all of them were found.
    """
    plan = TeardownPlan(lifecycle, scope, via)
    view = _View(plan, Refusals(lifecycle, plan.scope, limits), lifecycle.interfaces.get(via, via))
    nodes: list[Node] = [Node("n-start", "initial", ("start",), tooltip="an account that was used")]
    edges: list[Edge] = []
    last = "n-start"
    for phase in plan.phases:
        node = view.node(phase)
        nodes.append(node)
        kind = "service" if phase.rule.by == "service" else "start" if last == "n-start" else "next"
        lines = () if last == "n-start" else ("the service acts",) if kind == "service" else ("all done",)
        edges.append(Edge(f"e-{last[2:]}--{node.id[2:]}", last, node.id, kind, lines, events=(phase.rule.action,)))
        last = node.id
    nodes.append(view.end())
    goal = lifecycle.goal.variable
    clauses = tuple(e.clause for e in plan.order[-1].effects if e.variable.name == goal.name)
    if plan.reached:
        edges.append(Edge(f"e-{last[2:]}--goal", last, "n-goal", "service", ("done",), "the goal", clauses))
    else:
        edges.append(Edge(f"e-{last[2:]}--goal", last, "n-goal", "refused", ("no way on",), "and there it ends"))
    for phase in plan.phases:
        extra, more = view.loops(phase)
        nodes += extra
        edges += more
    how = f" {view.how}" if view.how else ""
    lacking = f" and from some that lack {nouns(lifecycle)[lifecycle.place[-1].sort.name]}s" if lifecycle.place else ""
    tried = f"tried out from a full account{lacking}: {counted(len(plan.visited), 'state')}"
    states = counted(view.refusals.reached.explored.count, "state")
    met = f"refusals, and what helps, as met in all {states} that can be reached"
    return Diagram(
        name,
        f"Deleting the {label(goal)}{how}",
        f"The order of deletion, asked for{how}: {', then '.join(view.called(phase) for phase in plan.phases)}"
        f"{'' if plan.reached else ', which nobody can do'}. Arrows with a bar are refusals, and lead to what "
        "helps.",
        f"{model_text(lifecycle.model)}; scope {scope_text(lifecycle, plan.scope)}\n"
        f"worked out backwards through the guards, and {tried}; {met}",
        tuple(nodes),
        numbered(edges),
        numbers={"boxes": len(plan.phases), "states": len(plan.visited), "reached": int(plan.reached)},
    )


@dataclass
class _View:
    """The nodes and edges of the phases of a plan; `how` puts its interface in words."""

    plan: TeardownPlan
    refusals: Refusals
    how: str

    @staticmethod
    def id(phase: Phase) -> str:
        """The stable id of its node."""
        kinds = f"-{slug(' '.join(phase.kinds))}" if phase.kinds else ""
        return f"n-{phase.rule.action.replace('_', '-')}{kinds}"

    @staticmethod
    def called(phase: Phase) -> str:
        """What to do, on one line."""
        return f"{phase.rule.action}{' of ' if phase.kinds else ''}{', '.join(phase.kinds)}"

    def node(self, phase: Phase) -> Node:
        """The phase with the refusals that lead nowhere."""
        lines = [phase.rule.action, *wrapped(f"of {', '.join(phase.kinds)}" if phase.kinds else "", WIDE)]
        if phase.never:
            lines.append("never possible")
        elif self._turns(phase):
            lines.append(f"only by {' or '.join(phase.interfaces)}")
        dead = [
            (obstacle.guard, obstacle.guard.shows_as)
            for obstacle in self._obstacles(phase)
            if phase.never or self._leads_nowhere(obstacle, phase)
        ]
        dead += [(guard, self.how) for guard in self._turned(phase)]
        told = [
            f"refused, {g.otherwise.id}: {g.otherwise.says}. {cited(self.plan.lifecycle, (g.clause,))}" for g, _ in dead
        ]
        kind = "refused" if phase.never else "action" if phase.rule.by == "person" else "work"
        return Node(
            self.id(phase),
            kind,
            tuple(lines),
            tuple(f"{g.otherwise.id}{f' ({more})' if more else ''}" for g, more in dead),
            "\n".join((phase.rule.says, *told)),
            phase.rule.clauses,
            called=self.called(phase),
        )

    def _turns(self, phase: Phase) -> bool:
        """It must be requested through another interface than the one that is wanted."""
        return self.plan.via not in phase.interfaces and phase.interfaces not in ((), ("",))

    def end(self) -> Node:
        """Where all of it leads."""
        variable, value = self.plan.lifecycle.goal.variable, self.plan.lifecycle.goal.gone
        if self.plan.reached:
            return Node("n-goal", "final", (f"{variable.name} {value}",), (), f"the goal: {variable.name} is {value}")
        last = self.plan.phases[-1]
        lines = (f"{variable.name} {value}: out of reach", *wrapped(f"while there is {', '.join(last.kinds)}", WIDE))
        return Node("n-goal", "bad", lines if last.kinds else lines[:1], (), "the goal is not reached")

    def _obstacles(self, phase: Phase) -> list[Obstacle]:
        """The guards that can stop a phase as it is requested, or if it is never possible, those that always do."""
        asked = phase.interfaces or rule_interfaces(phase.rule)
        found = self.refusals.obstacles(phase.rule, self.plan.places(phase), asked)
        return [obstacle for obstacle in found if self._always_false(phase, obstacle.guard)] if phase.never else found

    def _turned(self, phase: Phase) -> list[Guard]:
        """The guards that stop it only through the interface that is wanted."""
        if not self._turns(phase):
            return []
        own = [obstacle.guard for obstacle in self._obstacles(phase)]
        wanted = self.refusals.obstacles(phase.rule, self.plan.places(phase), (self.plan.via,))
        return [obstacle.guard for obstacle in wanted if obstacle.guard not in own]

    def _always_false(self, phase: Phase, guard: Guard) -> bool:
        """The guard holds in no state, at none of its places, for no input."""
        return all(
            Ground(self.plan.scope, place, given)(guard.condition) == FALSE
            for kind, places in self.plan.kinds(phase.rule).items()
            if not phase.kinds or kind in phase.kinds
            for place in places
            for given in inputs(phase.rule, rule_interfaces(phase.rule))
        )

    def _targets(self, obstacle: Obstacle) -> list[Phase]:
        """The phases that help past a guard."""
        return [
            phase
            for phase in self.plan.phases
            if not phase.never and any((phase.rule.action, p) in obstacle.helpers for p in self.plan.places(phase))
        ]

    def _helping(self, obstacle: Obstacle, by: str) -> list[Rule]:
        """The actions of a person or of the service that help past a guard."""
        actions = {action for action, _ in obstacle.helpers}
        return [rule for rule in self.plan.lifecycle.model.rules if rule.action in actions and rule.by == by]

    def _starters(self, phase: Phase) -> list[Rule]:
        """The requests because of which the service does what a phase is about."""
        rule = phase.rule
        return [o for _, o in self.plan.needs(rule) if rule.by == "service" and self.plan.starts(rule, o)]

    def _leads_nowhere(self, obstacle: Obstacle, phase: Phase) -> bool:
        """Neither an action nor waiting helps, or there is nothing left to help with."""
        if any(rule in self._starters(phase) for rule in self._helping(obstacle, "person")):
            return False
        return not obstacle.chance and (obstacle.idle or not obstacle.helpers)

    def loops(self, phase: Phase) -> tuple[list[Node], list[Edge]]:
        """What leads back from a phase: to the actions that help, or to a wait."""
        nodes: dict[str, Node] = {}
        edges: list[Edge] = []
        own, starters = self.id(phase), self._starters(phase)
        back = next((self.id(p) for p in self.plan.phases if p.rule in starters), own)
        for obstacle in [] if phase.never else self._obstacles(phase):
            if self._leads_nowhere(obstacle, phase) or any(h in starters for h in self._helping(obstacle, "person")):
                continue
            service = self._helping(obstacle, "service")
            targets = self._targets(obstacle)
            if obstacle.chance or service:
                wait = f"n-wait-{own[2:]}"
                if wait not in nodes:
                    nodes[wait] = self._wait(wait, phase, service)
                    edges.append(Edge(f"e-{wait[2:]}--{back[2:]}", wait, back, "next", ("try again",)))
                edges.append(self._stopped(own, wait, obstacle.guard, obstacle.chance))
            elif targets:
                edges += [self._stopped(own, self.id(p), obstacle.guard) for p in targets]
            else:
                for rule in self._helping(obstacle, "person"):
                    aside = f"n-aside-{rule.action.replace('_', '-')}--{own[2:]}"
                    if aside not in nodes:
                        nodes[aside] = self._aside(aside, rule, obstacle, phase)
                        edges.append(Edge(f"e-{aside[2:]}--{own[2:]}", aside, own, "next", ("try again",)))
                    edges.append(self._stopped(own, aside, obstacle.guard))
        return list(nodes.values()), edges

    def _wait(self, wait: str, phase: Phase, service: list[Rule]) -> Node:
        until = f"until {service[0].says}" if service else ""
        lines = ("wait a few minutes", *wrapped(until, WAIT))
        called = f"wait a few minutes{f' {until}' if until else ''}, before {self.called(phase)}"
        return Node(wait, "wait", lines, (), "then try again", called=called)

    def _aside(self, aside: str, rule: Rule, obstacle: Obstacle, phase: Phase) -> Node:
        """An action that is not on the way, and helps where nothing on the way does."""
        kinds = [
            kind
            for kind, places in self.plan.kinds(rule).items()
            if any((rule.action, tuple(e.index for e in place.values())) in obstacle.helpers for place in places)
        ]
        of = f"of {', '.join(kinds)}" if len(kinds) < len(self.plan.kinds(rule)) else ""
        called = f"{rule.action} {of}".strip()
        tip = f"{rule.says}: it helps past {obstacle.guard.otherwise.id}"
        lines = (rule.action, *wrapped(of, WIDE))
        return Node(aside, "action", lines, (), tip, rule.clauses, called=f"{called}, before {self.called(phase)}")

    def _stopped(self, source: str, target: str, guard: Guard, chance: bool = False) -> Edge:
        how: EdgeKind = "might" if chance else "failed" if guard.fails else "refused"
        tip = f"{guard.otherwise.says}. {cited(self.plan.lifecycle, (guard.clause,))}"
        ends = f"e-{source[2:]}--{target[2:]}-{guard.otherwise.id}"
        return Edge(ends, source, target, how, (guard.otherwise.id,), tip, (guard.clause,))
