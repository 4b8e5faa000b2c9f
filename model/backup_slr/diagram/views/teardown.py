"""In which order to delete, and every refusal on the way: the phases of a plan, with arrows back from them.

What can stop an action on the way, in some reachable state, is an arrow back to the action that helps, to a wait where
it is chance or a running job, or else is listed in its box.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from backup_slr.diagram.caption import cited, counted, model_text, nouns, scope_text
from backup_slr.diagram.deletion_order import deletion_order, starters
from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, numbered, slug, wrapped
from backup_slr.diagram.refusals import Obstacle, Refusals
from backup_slr.diagram.teardown_plan import Phase, TeardownPlan, rule_interfaces
from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Limits
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
    refusals = Refusals(plan, limits)
    how = lifecycle.interfaces.get(via, via)
    boxes = [_Box(plan, refusals, how, phase) for phase in plan.phases]
    nodes: list[Node] = [Node("n-start", "initial", ("start",), tooltip="an account that was used")]
    edges: list[Edge] = []
    for box in boxes:
        last, rule = nodes[-1].id, box.phase.rule
        kind = "service" if rule.by == "service" else "start" if last == "n-start" else "next"
        lines = () if last == "n-start" else ("the service acts",) if kind == "service" else ("all done",)
        edges.append(Edge(f"e-{last[2:]}--{box.id[2:]}", last, box.id, kind, lines, events=(rule.action,)))
        nodes.append(box.node())
    last, goal = nodes[-1].id, lifecycle.goal.variable
    nodes.append(_end(plan))
    clauses = tuple(e.clause for e in deletion_order(lifecycle)[-1].effects if e.variable.name == goal.name)
    if plan.reached:
        edges.append(Edge(f"e-{last[2:]}--goal", last, "n-goal", "service", ("done",), "the goal", clauses))
    else:
        edges.append(Edge(f"e-{last[2:]}--goal", last, "n-goal", "refused", ("no way on",), "and there it ends"))
    for box in boxes:
        extra, more = box.loops()
        nodes += extra
        edges += more
    how = f" {how}" if how else ""
    lacking = f" and from some that lack {nouns(lifecycle)[lifecycle.place[-1].sort.name]}s" if lifecycle.place else ""
    tried = f"tried out from a full account{lacking}: {counted(len(plan.visited), 'state')}"
    states = counted(refusals.reached.explored.count, "state")
    met = f"refusals, and what helps, as met in all {states} that can be reached"
    return Diagram(
        name,
        f"Deleting the {label(goal)}{how}",
        f"The order of deletion, asked for{how}: {', then '.join(box.called for box in boxes)}"
        f"{'' if plan.reached else ', which nobody can do'}. Arrows with a bar are refusals, and lead to what "
        "helps.",
        f"{model_text(lifecycle.model)}; scope {scope_text(lifecycle, plan.scope)}\n"
        f"worked out backwards through the guards, and {tried}; {met}",
        tuple(nodes),
        numbered(edges),
        numbers={"boxes": len(boxes), "states": len(plan.visited), "reached": int(plan.reached)},
    )


def _end(plan: TeardownPlan) -> Node:
    """Where all of it leads."""
    variable, value = plan.lifecycle.goal.variable, plan.lifecycle.goal.gone
    if plan.reached:
        return Node("n-goal", "final", (f"{variable.name} {value}",), (), f"the goal: {variable.name} is {value}")
    last = plan.phases[-1]
    lines = (f"{variable.name} {value}: out of reach", *wrapped(f"while there is {', '.join(last.kinds)}", WIDE))
    return Node("n-goal", "bad", lines if last.kinds else lines[:1], (), "the goal is not reached")


def _id(phase: Phase) -> str:
    """The stable id of its node."""
    kinds = f"-{slug(' '.join(phase.kinds))}" if phase.kinds else ""
    return f"n-{phase.rule.action.replace('_', '-')}{kinds}"


@dataclass(frozen=True)
class _Box:
    """The node and edges of a phase of a plan; `how` puts the interface of the plan in words."""

    plan: TeardownPlan
    refusals: Refusals
    how: str
    phase: Phase

    @property
    def id(self) -> str:
        return _id(self.phase)

    @property
    def called(self) -> str:
        """What to do, on one line."""
        return f"{self.phase.rule.action}{' of ' if self.phase.kinds else ''}{', '.join(self.phase.kinds)}"

    def node(self) -> Node:
        """The phase with the refusals that lead nowhere."""
        phase = self.phase
        lines = [phase.rule.action, *wrapped(f"of {', '.join(phase.kinds)}" if phase.kinds else "", WIDE)]
        if phase.never:
            lines.append("never possible")
        elif self._turns:
            lines.append(f"only by {' or '.join(phase.interfaces)}")
        dead = [(o.guard, o.guard.shows_as) for o in self._obstacles if phase.never or self._leads_nowhere(o)]
        if self._turns:
            own = [o.guard for o in self._obstacles]
            wanted = self.refusals.obstacles(phase.rule, self.plan.places(phase), (self.plan.via,))
            dead += [(o.guard, self.how) for o in wanted if o.guard not in own]
        told = [
            f"refused, {g.otherwise.id}: {g.otherwise.says}. {cited(self.plan.lifecycle, (g.clause,))}" for g, _ in dead
        ]
        kind = "refused" if phase.never else "action" if phase.rule.by == "person" else "work"
        return Node(
            self.id,
            kind,
            tuple(lines),
            tuple(f"{g.otherwise.id}{f' ({more})' if more else ''}" for g, more in dead),
            "\n".join((phase.rule.says, *told)),
            phase.rule.clauses,
            called=self.called,
        )

    @property
    def _turns(self) -> bool:
        """It must be requested through another interface than the one that is wanted."""
        return self.plan.via not in self.phase.interfaces and self.phase.interfaces not in ((), ("",))

    @cached_property
    def _obstacles(self) -> list[Obstacle]:
        """The guards that can stop it as it is requested, or if it is never possible, those that hold in no state."""
        phase, every = self.phase, rule_interfaces(self.phase.rule)
        places = self.plan.places(phase)
        found = self.refusals.obstacles(phase.rule, places, phase.interfaces or every)
        if not phase.never:
            return found
        asked = [c for place in places for c in self.plan.conditions(phase.rule, place, every)]
        ruled_out = [guard for n, guard in enumerate(phase.rule.guards) if all(c[n] == FALSE for c in asked)]
        return [obstacle for obstacle in found if obstacle.guard in ruled_out]

    def _helping(self, obstacle: Obstacle, by: str) -> list[Rule]:
        """The actions of a person or of the service that help past a guard."""
        actions = {action for action, _ in obstacle.helpers}
        return [rule for rule in self.plan.lifecycle.model.rules if rule.action in actions and rule.by == by]

    @cached_property
    def _starters(self) -> list[Rule]:
        """The requests because of which the service does what the phase is about."""
        return starters(self.plan.lifecycle, self.phase.rule)

    def _starts_again(self, obstacle: Obstacle) -> bool:
        return any(rule in self._starters for rule in self._helping(obstacle, "person"))

    def _leads_nowhere(self, obstacle: Obstacle) -> bool:
        """Neither an action nor waiting helps, or there is nothing left to help with."""
        idle = not obstacle.chance and (obstacle.idle or not obstacle.helpers)
        return idle and not self._starts_again(obstacle)

    def loops(self) -> tuple[list[Node], list[Edge]]:
        """What leads back from the phase: to the actions that help, or to a wait."""
        nodes: dict[str, Node] = {}
        edges: list[Edge] = []
        own = self.id
        back = next((_id(p) for p in self.plan.phases if p.rule in self._starters), own)
        done = [(p, {(p.rule.action, place) for place in self.plan.places(p)}) for p in self.plan.phases if not p.never]
        for obstacle in [] if self.phase.never else self._obstacles:
            if self._leads_nowhere(obstacle) or self._starts_again(obstacle):
                continue
            service = self._helping(obstacle, "service")
            targets = [p for p, actions in done if actions & obstacle.helpers]
            if obstacle.chance or service:
                asides, end = [self._wait(service)], back
            elif targets:
                asides, end = [], own
                edges += [self._stopped(_id(p), obstacle.guard) for p in targets]
            else:
                asides, end = [self._aside(rule, obstacle) for rule in self._helping(obstacle, "person")], own
            for aside in asides:
                if aside.id not in nodes:
                    nodes[aside.id] = aside
                    edges.append(Edge(f"e-{aside.id[2:]}--{end[2:]}", aside.id, end, "next", ("try again",)))
                edges.append(self._stopped(aside.id, obstacle.guard, obstacle.chance))
        return list(nodes.values()), edges

    def _wait(self, service: list[Rule]) -> Node:
        until = f"until {service[0].says}" if service else ""
        lines = ("wait a few minutes", *wrapped(until, WAIT))
        called = f"wait a few minutes{f' {until}' if until else ''}, before {self.called}"
        return Node(f"n-wait-{self.id[2:]}", "wait", lines, (), "then try again", called=called)

    def _aside(self, rule: Rule, obstacle: Obstacle) -> Node:
        """An action that is not on the way, and helps where nothing on the way does."""
        every = self.plan.kinds(rule)
        kinds = [kind for kind, places in every.items() if any((rule.action, p) in obstacle.helpers for p in places)]
        of = f"of {', '.join(kinds)}" if len(kinds) < len(every) else ""
        called = f"{rule.action} {of}".strip()
        tip = f"{rule.says}: it helps past {obstacle.guard.otherwise.id}"
        aside, lines = f"n-aside-{rule.action.replace('_', '-')}--{self.id[2:]}", (rule.action, *wrapped(of, WIDE))
        return Node(aside, "action", lines, (), tip, rule.clauses, called=f"{called}, before {self.called}")

    def _stopped(self, target: str, guard: Guard, chance: bool = False) -> Edge:
        how: EdgeKind = "might" if chance else "failed" if guard.fails else "refused"
        tip = f"{guard.otherwise.says}. {cited(self.plan.lifecycle, (guard.clause,))}"
        ends = f"e-{self.id[2:]}--{target[2:]}-{guard.otherwise.id}"
        return Edge(ends, self.id, target, how, (guard.otherwise.id,), tip, (guard.clause,))
