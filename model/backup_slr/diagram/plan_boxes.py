"""The steps of a plan as boxes, with arrows back to the steps that remove the causes of their refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_interface import kind_of, through
from backup_slr.advice.plan_phases import ACTION, SETTLE, TASK, WAIT, heading
from backup_slr.diagram.caption import cited
from backup_slr.diagram.graph import Edge, EdgeKind, Node, slug
from backup_slr.diagram.in_account import here
from backup_slr.diagram.labels import LabelStyle, action_label, reason_label, refusal_label
from backup_slr.diagram.line_breaks import wrapped
from backup_slr.diagram.refusals import Refusals, Stage, StageRefusal, stages
from backup_slr.engine.core.rule import Guard
from backup_slr.engine.spec.lifecycle import Lifecycle

WIDE, NARROW = 46, 30
"""The most letters on a line of a box, and of an arrow."""


@dataclass(frozen=True)
class PlanBox:
    """A stage as a box."""

    picture: PlanBoxes
    stage: Stage
    number: int

    @property
    def text(self) -> str:
        """The action in words."""
        phase, rule = self.stage.phase, self.stage.rule
        if rule is None and not self.picture.named:
            return phase.action.replace("_", " ")
        if rule is None or phase.kind not in (ACTION, TASK):
            return heading(self.picture.plan, phase)
        return action_label(rule, self.picture.labels)

    @cached_property
    def kinds(self) -> str:
        """The places that it is about, without their names: all except some, or some; empty: all."""
        sorts, steps = self.picture.lifecycle.sorts, self.stage.steps
        if not steps or len(steps[0].place) < len(sorts):
            return ""
        special = sorts[-1].special
        mine = {kind_of(self.picture.plan, step)[-1] for step in steps}
        others = [one for n, one in enumerate(special) if n not in mine]
        if -1 in mine:
            return f"every {sorts[-1].noun} except {' and '.join(others)}" if others else ""
        return ", ".join(one for n, one in enumerate(special) if n in mine)

    @cached_property
    def id(self) -> str:
        """A stable id."""
        stage = self.stage
        action = stage.rule.action if stage.rule else stage.phase.action
        kinds = f"-{slug(self.kinds)}" if self.kinds else ""
        base = f"n-{slug(action)}{kinds}"
        before = (box.id for box in self.picture.boxes[: self.number - 1])
        return f"{base}-{self.number}" if base in before else base

    @property
    def called(self) -> str:
        """The action and its places on one line."""
        return f"{self.text}{f' ({self.kinds})' if self.kinds else ''}"

    @property
    def turned(self) -> str:
        """The other interfaces that it needs, in words; empty if it needs none."""
        known, interfaces = self.picture.lifecycle.interfaces, self.stage.interfaces
        return " or ".join(known.get(i, i) for i in reversed(interfaces) if self.picture.via not in interfaces)

    @cached_property
    def stops(self) -> list[StageRefusal]:
        """What stops it."""
        return self.picture.refusals.of(self.number - 1)

    def node(self) -> Node:
        """The box, with the refusals from which nothing leads on."""
        rule, phase, picture = self.stage.rule, self.stage.phase, self.picture
        name = wrapped(f"{self.number}. {self.text}", WIDE)
        lines = list(name)
        if picture.named:
            lines += here(phase.places, picture.lifecycle.sorts)
        else:
            lines += wrapped(self.kinds, WIDE) if self.kinds else ()
        dead = [stop for stop in self.stops if stop.way == "none"]
        if self.turned:
            lines += wrapped(f"only {self.turned}", WIDE)
            why = [refusal_label(stop.guard, picture.labels) for stop in dead if stop.via]
            effect = picture.refusals.effect(self.number - 1)
            other = f"other effect {picture.how}{f': {effect}' if effect else ''}"
            lines += wrapped(f"refused {picture.how}: {why[0]}" if why else other, WIDE)
        for stop in (stop for stop in self.stops if stop.way == "later"):
            refused = f"{'perhaps ' * stop.perhaps}refused: {refusal_label(stop.guard, picture.labels)}"
            lines += wrapped(f"after step {stop.other + 1} {refused}", WIDE)
        says = [(stop.guard, picture.how if stop.via else stop.guard.shows_as) for stop in dead]
        tips = [f"refused, {g.otherwise.id}: {g.otherwise.says}. {picture.cited(g)}" for g, _ in says]
        return Node(
            self.id,
            "wait" if phase.kind in (SETTLE, WAIT) else "work" if rule and rule.by == "service" else "action",
            tuple(lines),
            tuple(dict.fromkeys(refused_line(refusal_label(guard, picture.labels), more) for guard, more in says)),
            "\n".join((rule.says if rule else phase.title, *tips)),
            rule.clauses if rule else (),
            called=self.called,
            heading=len(name),
        )

    def arrows(self) -> Iterator[Edge]:
        """The arrows back to the steps that help, or to the wait for running work."""
        stops = [stop for stop in self.stops if stop.way in ("earlier", "wait")]
        several = Counter(guard.otherwise for guard in dict.fromkeys(stop.guard for stop in stops))
        for stop in stops:
            target = self.picture.boxes[stop.other].id if stop.other >= 0 else self.picture.wait(self).id
            guard = stop.guard
            how: EdgeKind = "failed" if guard.fails else "might" if stop.way == "wait" else "refused"
            text = reason_label(guard, self.picture.labels, several[guard.otherwise] > 1)
            yield Edge(
                f"e-{self.id[2:]}--{target[2:]}-{guard.otherwise.id}",
                *(self.id, target, how),
                wrapped(text, NARROW),
                f"{guard.otherwise.says}. {self.picture.cited(guard)}",
                (guard.clause,),
            )


@dataclass(frozen=True)
class PlanBoxes:
    """A picture of a plan; `named`: its boxes name the places of an account."""

    whole: StepPlan
    via: str
    labels: LabelStyle
    named: bool

    @cached_property
    def plan(self) -> StepPlan:
        """The plan through the interface."""
        return through(self.whole, self.via)

    @property
    def lifecycle(self) -> Lifecycle:
        return self.whole.start.lifecycle

    @property
    def how(self) -> str:
        """The interface in words."""
        return self.lifecycle.interfaces.get(self.via, self.via)

    @cached_property
    def boxes(self) -> list[PlanBox]:
        return [PlanBox(self, stage, number) for number, stage in enumerate(stages(self.plan), 1)]

    @cached_property
    def refusals(self) -> Refusals:
        return Refusals(self.plan, [box.stage for box in self.boxes], self.via)

    def cited(self, guard: Guard) -> str:
        """The clause of a guard with its text."""
        return cited(self.lifecycle, (guard.clause,))

    def wait(self, box: PlanBox) -> Node:
        """The box that waits for running work before a step, or one for the step alone."""
        settle = next((b for b in self.boxes[: box.number] if b.stage.phase.kind == SETTLE), None)
        if settle is not None:
            return settle.node()
        lines = wrapped(f"wait a few minutes, then repeat step {box.number}", NARROW)
        return Node(f"n-wait-{box.id[2:]}", "wait", lines)


def refused_line(text: str, more: str | None) -> str:
    """A refusal on one line, with its error code or the interface that causes it."""
    return f"refused: {text}{f' ({more})' if more and more != text else ''}"
