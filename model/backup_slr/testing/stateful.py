"""A Hypothesis state machine that drives an implementation beside the model, and shrinks what diverges.

>>> from backup_slr.testing import machine_for
>>> class Nothing:
...     def reset(self): ...
...     def perform(self, action, parameters): return "done"
...     def observe(self): return {}
>>> TestNothing = machine_for(Nothing).TestCase  # pytest and unittest run it, and find that not everything is done
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any

from hypothesis import Phase, event, reject, settings
from hypothesis import strategies as st
from hypothesis.control import current_build_context
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import replay
from backup_slr.engine.core.variable import usual
from backup_slr.errors import unknown
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.report.names import example_names
from backup_slr.testing.adapter import Opens, open_adapter, rules_of
from backup_slr.testing.conformance import ConformanceRun, values_of
from backup_slr.testing.divergence import Divergence, Ignore, Known, known_to
from backup_slr.testing.shrinking import Shrinker, described
from backup_slr.testing.suites import changes_of, shortest_ways

ANY = st.integers(0, 2**16)
"""Picks one of a list, whatever its length: what Hypothesis draws must not depend on what an implementation answers."""


class Diverged(AssertionError):
    """An implementation answers otherwise than the model; the message says how, after which requests.

    Attributes
    ----------
    requests
        Those requests; `replay` and `follow` take them.
    divergence
        How the last one was answered.
    """

    def __init__(self, message: str, requests: tuple[Request, ...], divergence: Divergence) -> None:
        super().__init__(message)
        self.requests = requests
        self.divergence = divergence

    def add_note(self, note: str, /) -> None:
        """Notes of Hypothesis are left out: they list the requests before they were made fewer."""


@dataclass
class _Memory:
    """What the runs of one execution of Hypothesis know of each other.

    Once a divergence is found, the implementation is not asked any more: a run that draws the same as the one that
    found it ends the same, any other is rejected. (If an execution was interrupted, and the next one found this
    memory, all its runs would be rejected, which Hypothesis reports as an error. So nothing passes unlooked at.)
    """

    drawn: tuple[object, ...] = ()
    message: str = ""
    shown: ConformanceRun | None = None
    reported: bool = False


def machine_for(
    adapter: Opens,
    *,
    regions: int = 2,
    vaults: int = 3,
    points: int | None = None,
    assume: Mapping[str, str] | None = None,
    actions: Collection[str] | None = None,
    controls: Collection[str] | None = None,
    model: Model | None = None,
    ignore: Ignore = (),
    budget: int = 2000,
) -> type[RuleBasedStateMachine]:
    """A state machine of Hypothesis that asks the model and an implementation for the same, and compares.

    The number of runs and of requests in each are Hypothesis' settings ``max_examples`` and ``stateful_step_count``.
    One divergence is reported, in few requests; the class has an attribute ``known`` that counts the ignored ones.
    Hypothesis' own shrinking and explaining are switched off in ``TestCase.settings``: they find nothing here, and with
    other settings cost time, but no calls.

    Parameters
    ----------
    adapter
        Makes an `Adapter`. It is called for each run, and for each attempt to show a divergence in fewer requests; each
        adapter is closed before the next one is made.
    regions, vaults, points
        The size of an account: number of Regions, vaults in each, recovery points in each vault (None: no bound).
    assume
        Readings of assumptions other than the default ones.
    actions
        The actions to ask for; all of them, unless the implementation has fewer.
    controls
        The choices of the environment that the implementation lets a test decide; all of them if None. Any other is the
        implementation's own affair: then every answer is right that the model gives for some choice.
    model
        Another table than our own, its assumptions not settled.
    ignore
        Known differences, which are counted and not reported: pairs of an action and the id of the refusal with which
        the model answers it (None: the model does it), or a function of a `Divergence`. See `Known`.
    budget
        How many requests an implementation may be asked for in order to show a divergence in fewer ones.

    Raises
    ------
    ValueError
        When an action, a choice or a refusal is not one of the model's.
    """
    settled = (model or lifecycle()).assuming(assume)
    rules = rules_of(settled, actions)
    choices = {i.name for r in settled.rules for i in r.inputs if i.kind == "choice"}
    for name in controls or ():
        if name not in choices:
            raise ValueError(unknown("choice", name, sorted(choices)))
    differences = known_to(settled, ignore)
    machine = Machine(settled, scope(regions, vaults, points))
    names = example_names(BACKUP, machine.scope)
    free: set[str] = set() if controls is None else choices - set(controls)

    every = sorted(_every(machine, rules), key=lambda q: (_unusual(machine, q), q.place))
    by_name = {r.action: [q for q in every if q.action == r.action] for r in rules}
    lists = list(by_name.values())
    # To every state of a small account, the nearest first, and the state of the machine after it.
    ways = shortest_ways(changes_of(Space(replace(settled, rules=rules, properties=()), scope(1, 2, 1))))
    paths = [(tuple(way), replay(machine, way).final) for way in ways.values()]
    memory = _Memory()

    @contextmanager
    def begin() -> Generator[ConformanceRun]:
        with open_adapter(adapter) as made:
            yield ConformanceRun(made, machine, names, free, Known(differences.differences))

    def changing(state: State, number: int) -> Request | None:
        """A request that changes a state: of any action that can, each as likely as any other."""
        chance = Random(number)
        for requests in chance.sample(lists, len(lists)):
            begin_at = chance.randrange(len(requests))
            for request in (*requests[begin_at:], *requests[:begin_at]):
                if machine.step(state, request).state != state:
                    return request
        return None

    class Beside(RuleBasedStateMachine):
        """The model and an implementation, to which the same happens."""

        known = differences

        def __init__(self) -> None:
            super().__init__()
            if memory.reported:
                memory.__init__()
            self.outside = sys.exc_info()[1]
            self.found = False
            self.drawn: list[tuple[object, ...]] = []
            self.stack = ExitStack()
            self.beside = None if memory.shown else self.stack.enter_context(begin())

        @initialize(number=st.integers(0, len(paths) - 1))
        def somewhere(self, number: int) -> None:
            """Begin at any state of a small account, by a shortest way: few random walks get far by themselves."""
            self.drawn.append((number,))
            for request in paths[number][0]:
                self.perform(request)

        @rule(number=st.integers(0, len(every) - 1))
        def anything_at_all(self, number: int) -> None:
            self.drawn.append(("any", number))
            self.perform(every[number])

        @rule(action=st.integers(0, len(lists) - 1), number=ANY)
        def one_of_each_action(self, action: int, number: int) -> None:
            """Without this the many requests about vaults would leave little room for all others."""
            self.drawn.append(("each", action, number))
            self.perform(lists[action][number % len(lists[action])])

        @rule(number=ANY)
        def something_that_changes_the_account(self, number: int) -> None:
            """Without this most random requests are refused, and nothing much ever happens."""
            self.drawn.append(("changing", number))
            if self.beside is not None and (request := changing(self.beside.state, number)) is not None:
                self.perform(request)

        def perform(self, request: Request) -> None:
            """The same request to both; where they part, the shortest way to see it."""
            run = self.beside
            if run is None:
                return
            if run.step(request) is not None:
                self.close()
                shrinker = Shrinker(begin, machine, by_name, paths, free, budget)
                lines, memory.shown = described(shrinker, run, names)
                memory.message = "\n".join((*lines, *differences.lines()))
                self.found = True

        def close(self) -> None:
            """Close the adapter of this run."""
            if self.beside is not None:
                differences.met.update(self.beside.known.met)
                for action, refusal in self.beside.known.met:
                    event(f"known difference: {action}/{refusal or 'done'}")
            self.beside = None
            self.stack.close()

        def teardown(self) -> None:
            """Raise what was found: only now, for runs that draw the same must draw as much each time.

            An implementation that answers the same requests differently would confuse Hypothesis otherwise.
            """
            self.close()
            shown = memory.shown
            if shown is None or shown.divergence is None or sys.exc_info()[1] is not self.outside:
                return
            context = current_build_context()
            # Where Hypothesis shows all its choices, no others than these will do, so that it soon stops to shrink.
            drawn = (self.drawn, getattr(context.data, "choices", ()))
            if self.found:
                memory.drawn = drawn
            elif drawn != memory.drawn:
                reject()
            memory.reported = context.is_final
            raise Diverged(memory.message, tuple(shown.asked), shown.divergence) from shown.divergence.heard.error

    Beside.__name__ = Beside.__qualname__ = f"{getattr(adapter, '__name__', 'Adapter')}BesideTheModel"
    usual_settings = Beside.TestCase.settings
    phases = [phase for phase in usual_settings.phases if phase not in (Phase.shrink, Phase.explain)]
    Beside.TestCase.settings = settings(usual_settings, report_multiple_bugs=False, phases=phases)
    return Beside


def _unusual(machine: Machine, request: Request) -> int:
    """How many inputs are not the usual ones; what is shrunk should come to the plainest request."""
    inputs = machine.model.rule(request.action).inputs
    return sum(request.inputs[i.name] != usual(i) for i in inputs)


def _every(machine: Machine, rules: tuple[Rule, ...]) -> Iterator[Request]:
    for rule_ in rules:
        for place in machine.scope.places(rule_.place):
            for values in product(*(values_of(i) for i in rule_.inputs)):
                inputs: dict[str, Any] = {i.name: value for i, value in zip(rule_.inputs, values, strict=True)}
                yield Request(rule_.action, tuple(e.index for e in place.values()), inputs)
