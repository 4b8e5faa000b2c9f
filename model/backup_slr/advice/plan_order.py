"""The steps of a plan in their order: what stops new work, what empties the account, and what reaches the goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backup_slr.advice.plan_cases import PlanCase
from backup_slr.advice.plan_search import PlanSearch
from backup_slr.advice.plan_sources import begins_of_work, ends_of_work, running_work
from backup_slr.advice.plan_step import PlanStep, Remains
from backup_slr.advice.wants import Spot, Want, ways
from backup_slr.engine.core.rule import Guard, Refusal
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.lifecycle import Lifecycle

BEFORE_TASK = 2
"""The rank of the steps before the request that begins the task."""
STOPS, URGENT = 99, 100
"""The rank of the steps that stop new work, and of those that time makes impossible: these come first."""


class PlanOrder(PlanSearch):
    """The search for the steps of a whole plan.

    Attributes
    ----------
    steps
        The steps in their order; after an interruption those that were found by then.
    complete
        Whether the search ended.
    blocked
        The cases in which the goal is not reached.
    stop
        Whether `Environment.stop`, which is no action of the model, comes after the urgent steps.
    urgent, settled
        The numbers of steps that time makes impossible, and of these with those that stop new work.
    """

    def __init__(self, lifecycle: Lifecycle, cases: list[PlanCase], kept: frozenset[Spot]) -> None:
        super().__init__(lifecycle, cases, kept)
        self.steps: tuple[PlanStep, ...] = ()
        self.complete = False
        self.blocked = frozenset(range(len(cases)))
        self.stop = False
        self.urgent = self.settled = 0

    def search(self) -> None:
        """Search for the steps.

        Raises `KeyboardInterrupt` when the search is interrupted; what was found by then remains.
        """
        try:
            self._search()
            self.complete = True
        finally:
            ordered = self._ordered()
            self.steps = tuple(step for _, step in ordered)
            self.urgent = sum(level == URGENT for level, _ in ordered)
            self.settled = sum(level >= STOPS for level, _ in ordered)

    def _search(self) -> None:
        goal = self.lifecycle.goal
        self._stops()
        want = Want.of(goal)
        self.remains.clear()
        self.achieve(want)
        met = {i for i, case in enumerate(self.cases) if want.met(case.machine.layout, case.state)}
        self.remains = self._causes(met)
        self._request_again()
        self._empty_first()
        self.found = [(URGENT if self._expires(step) else level, step) for level, step in self.found]
        self.blocked = frozenset(range(len(self.cases))) - met

    def _request_again(self) -> None:
        """Let a task that runs already be requested again: it may fail."""
        environment, goal = self.lifecycle.environment, self.lifecycle.goal.variable
        actions = {step.rule.action for _, step in self.found}
        if environment and environment.task.ends in actions and environment.task.begins not in actions:
            begin = self.model.rule(environment.task.begins)
            begun = next(effect.value for effect in begin.effects if effect.variable == goal)
            self.found.append((1, PlanStep(begin, (), Want(goal, (), begun, True), in_case=True)))

    def _expires(self, step: PlanStep) -> bool:
        """Whether a step is possible now, and something that comes with time leaves only more time, or nothing."""
        request = Request(step.rule.action, step.place, step.inputs)
        only_time = self.lifecycle.only_time
        for rule in () if step.waits else (rule for rule in self.model.rules if rule.action in only_time):
            event, cases, late = Request(rule.action, step.place[: len(rule.place)]), list[PlanCase](), list[int]()
            for i, (case, state) in enumerate(zip(self.cases, self.begun, strict=True)):
                machine, possible = case.machine, len(event.place) == len(rule.place)
                after = machine.step(state, event).state if possible else state
                if machine.step(state, request).outcome == "done" and machine.step(after, request).outcome == "refused":
                    late.append(i)
                cases.append(replace(case, state=after))
            search = PlanSearch(self.lifecycle, cases, self.kept, self)
            if search.unmet(step.want, late):
                search.achieve(step.want)
                if search.unmet(step.want, late) or any(one.rule.action in only_time for _, one in search.found):
                    return True
        return False

    def _ordered(self) -> list[tuple[int, PlanStep]]:
        first: dict[tuple[int, str], int] = {}
        for number, (level, step) in enumerate(self.found):
            first.setdefault((level, step.rule.action), number)
        order = sorted(self.found, key=lambda one: (-one[0], first[one[0], one[1].rule.action]))
        seen: dict[tuple[object, ...], tuple[int, PlanStep]] = {}
        for level, step in order:
            want = step.want
            key = (step.rule.action, step.place, want.variable.name, want.place, want.value, want.wanted)
            seen.setdefault(key, (level, step))
        # A wait for running work is no step of its own: every run waits after what stops new work.
        finish = self.lifecycle.environment.process.finish if self.lifecycle.environment else ""
        return [(level, step) for level, step in seen.values() if step.rule.action != finish]

    def _empty_first(self) -> None:
        """Empty also what is empty now, or empties by itself: work that still runs may fill it."""
        environment = self.lifecycle.environment
        if environment is None:
            return
        deleted = {
            step.place: level
            for level, step in self.found
            if step.want.variable.name == environment.items.there.name and not step.want.adds
        }
        blocked = {one.place for one in self.remains}
        filled = sorted(self.there - self.kept - (blocked - deleted.keys()))
        for number, fill in _filling(self.lifecycle).items():
            emptying = [(level, step) for level, step in self.found if step.want.variable.name == number.name]
            emptied = {step.want.place for _, step in emptying if not step.waits}
            added, after = list[tuple[int, PlanStep]](), list[tuple[int, PlanStep]]()
            for place in filled:
                if place not in emptied and len(place) == len(number.per):
                    own = [(level, step) for level, step in emptying if step.want.place == place]
                    waits = {step.rule: level for level, step in own}
                    steps = self._if_filled(Want(number, place, 0, True), fill, [step for _, step in own])
                    if waits:
                        after += [(min(waits.values()), step) for step in steps if step.rule not in waits]
                    else:
                        added += [(deleted.get(place, BEFORE_TASK), step) for step in steps]
            # What empties by itself does that first; steps of one action are together, where the first of them is.
            at = max((n for n, one in enumerate(self.found) if one in emptying and one[1].waits), default=0) + 1
            self.found[at:at] = after
            self.found = added + self.found

    def _if_filled(self, want: Want, fill: Sequence[Request], waits: Sequence[PlanStep]) -> list[PlanStep]:
        """The steps that empty a place after waits, and after work has filled it, with what makes them possible."""
        assert self.lifecycle.environment
        cases = list[PlanCase]()
        for case, state in zip(self.cases, self.begun, strict=True):
            for step in waits:
                state = step.performed(case.machine, state)
            for request in fill:
                place = want.place[: len(self.model.rule(request.action).place)]
                state = case.machine.step(state, replace(request, place=place)).state
            cases.append(replace(case, state=state))
        search = PlanSearch(self.lifecycle, cases, self.kept, self)
        search.achieve(want)
        ends = {request.action for request in fill}
        steps = [replace(step, in_case=step.waits) for _, step in search.found if step.rule.action not in ends]
        contents = self.lifecycle.environment.contents
        if steps or want.variable.name != contents.number.name:
            return steps
        usual = self.model.rule(contents.removal)
        refusals = [case.refused_by(Request(usual.action, want.place)) for case in cases]
        lasting = all(one and not (one.otherwise.transient or one.otherwise.absent) for one in refusals)
        return [] if lasting else [PlanStep(usual, want.place, want)]

    def _causes(self, met: set[int]) -> list[Remains]:
        """What remains where the goal is not reached, without what only follows from something else that remains."""
        joined: dict[tuple[str, Spot, Guard], Remains] = {}
        for one in self.remains:
            key = (one.rule.action, one.place, one.guard)
            before = joined[key].cases if key in joined else frozenset[int]()
            if one.cases - met:
                depth = min(one.depth, joined[key].depth) if key in joined else one.depth
                joined[key] = replace(one, cases=before | (one.cases - met), depth=depth)
        outer: dict[Spot, int] = {}
        for one in joined.values():
            outer[one.place] = min(one.depth, outer.get(one.place, one.depth))
        causes = [one for one in joined.values() if one.place and one.depth == outer[one.place]]
        left = frozenset(range(len(self.cases))) - met - frozenset[int]().union(*(one.cases for one in causes))
        goal = self.lifecycle.goal.variable.name
        others: dict[tuple[Refusal, tuple[Want, ...]], Remains] = {}
        for one in joined.values():
            if not one.place and one.cases & left and not any(want.variable.name == goal for want in one.wants):
                key = (one.guard.otherwise, one.wants)
                before = others[key].cases if key in others else frozenset[int]()
                others[key] = replace(one, cases=before | one.cases)
        return [*causes, *others.values()]

    # ---------------------------------------------------------------- what comes first

    def _stops(self) -> None:
        """Stop what brings new work or the role back, then wait for the work that runs."""
        environment, case, brought = self.lifecycle.environment, self.cases[0], self.brought
        starts = {environment.process.start} if environment else set[str]()
        self.stop = environment is not None and not any(action in starts for action, _ in brought)
        for _, flag in brought:
            for variable, place in case.machine.layout.cells:
                want = Want(variable, place, 1, not flag[1])
                here = variable.name == flag[0] and (place in self.there or not place)
                if here and self.unmet(want, range(len(self.cases))):
                    self.achieve(want, STOPS)
        for rule, name in running_work(self.lifecycle):
            for variable, place in case.machine.layout.cells:
                value = case.state[case.machine.layout.cell(variable.name, place)]
                if variable.name == name and value:
                    want = Want(variable, place, value, False)
                    for _, at in ways((rule,), want):
                        if self._perform(rule, at, want, self.unmet(want, range(len(self.cases)))):
                            self.found.append((STOPS - 1, PlanStep(rule, at, want)))


def _filling(lifecycle: Lifecycle) -> dict[Count, list[Request]]:
    """What work of the service fills: the numbers of which it adds some, each with the requests of such work."""
    environment = lifecycle.environment
    assert environment
    process = environment.process
    success = {process.succeeds.name: 1}
    usual = [Request(process.start, ()), Request(process.finish, (), success)]
    found = {environment.contents.number: usual}
    for begins in begins_of_work(lifecycle):
        for ends in ends_of_work(lifecycle):
            choices = {i.name: success[i.name] for i in ends.inputs if i.name in success}
            work = [Request(begins.action, ()), Request(ends.action, (), choices)]
            for effect in ends.effects if begins.place == ends.place else ():
                if isinstance(effect.variable, Count) and effect.value > 0 and not effect.each:
                    found.setdefault(replace(effect.variable, at=()), work)
    return found
