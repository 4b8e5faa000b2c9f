"""A Hypothesis state machine that compares an implementation with the model, and reduces divergences.

>>> from backup_slr.testing import machine_for
>>> class Nothing:
...     def reset(self): ...
...     def perform(self, action, parameters): return "done"
...     def observe(self): return {}
>>> TestNothing = machine_for(Nothing).TestCase  # run by pytest and unittest; it fails, since AWS refuses some requests
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from random import Random

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
from backup_slr.testing.conformance import ConformanceRun
from backup_slr.testing.divergence import Divergence, Ignore, Known, known_to
from backup_slr.testing.shrinking import Shrinker, described
from backup_slr.testing.suites import changes_of, shortest_ways

ANY = st.integers(0, 2**16)
"""Selects an element of a list of any length: the draws of Hypothesis must not depend on answers."""


class Diverged(AssertionError):
    """An implementation differs from the model; the message has the requests, both answers and a reproduction.

    Attributes
    ----------
    requests
        The requests; `replay` and `follow` accept them.
    divergence
        The answers to the last request.
    """

    def __init__(self, message: str, requests: tuple[Request, ...], divergence: Divergence) -> None:
        super().__init__(message)
        self.requests = requests
        self.divergence = divergence

    def add_note(self, note: str, /) -> None:
        """Ignore notes of Hypothesis, which list the requests before they were reduced."""


@dataclass
class _Memory:
    """State shared by the runs of one execution of Hypothesis.

    After a divergence is found, the implementation is not called any more: a run with the same draws as the one that
    found it ends the same, any other is rejected. (If an execution is interrupted, and the next one finds this memory,
    all its runs are rejected, which Hypothesis reports as an error. So no test passes unchecked.)
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
    """A Hypothesis state machine that sends the same requests to the model and to an implementation, and compares.

    The number of runs and of requests in each are Hypothesis' settings ``max_examples`` and ``stateful_step_count``.
    One divergence is reported, with a minimal sequence of requests; the class attribute ``known`` counts the ignored
    ones. Hypothesis' own phases shrink and explain are disabled in ``TestCase.settings``, since they find nothing here.

    Parameters
    ----------
    adapter
        Creates an `Adapter`. It is called for each run, and for each attempt to reduce a divergence; each adapter is
        closed before the next one is created.
    regions, vaults, points
        The size of an account: number of Regions, vaults in each, recovery points in each vault (None: no bound).
    assume
        Values of assumptions other than the default ones.
    actions
        The actions to test (default: all).
    controls
        The choices of the environment that a test can control; all of them if None. The implementation makes the others
        itself: an answer is correct if the model gives it for some of their values.
    model
        The model to compare with, if not the default one; its assumptions are not settled.
    ignore
        Known differences, which are counted and not reported: pairs of an action and the id of the model's refusal
        (None: the model does it), or a function of a `Divergence`. See `Known`.
    budget
        The maximum number of requests to reduce a divergence.

    Raises
    ------
    ValueError
        When an action, a choice or a refusal is unknown.
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
    # Paths to every state of a small account, the nearest first, and the state of the machine after each.
    ways = shortest_ways(changes_of(Space(replace(settled, rules=rules, properties=()), scope(1, 2, 1))))
    paths = [(tuple(way), replay(machine, way).final) for way in ways.values()]
    memory = _Memory()

    @contextmanager
    def begin() -> Generator[ConformanceRun]:
        with open_adapter(adapter) as made:
            yield ConformanceRun(made, machine, names, free, Known(differences.differences))

    def changing(state: State, number: int) -> Request | None:
        """A request that changes a state, of a random action that can."""
        chance = Random(number)
        for requests in chance.sample(lists, len(lists)):
            begin_at = chance.randrange(len(requests))
            for request in (*requests[begin_at:], *requests[:begin_at]):
                if machine.step(state, request).state != state:
                    return request
        return None

    class Beside(RuleBasedStateMachine):
        """The model and an implementation that receive the same requests."""

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
            """Start at a random state of a small account, by a shortest path: random walks rarely get far."""
            self.drawn.append((number,))
            for request in paths[number][0]:
                self.perform(request)

        @rule(number=st.integers(0, len(every) - 1))
        def anything_at_all(self, number: int) -> None:
            self.drawn.append(("any", number))
            self.perform(every[number])

        @rule(action=st.integers(0, len(lists) - 1), number=ANY)
        def one_of_each_action(self, action: int, number: int) -> None:
            """Pick an action first, since most requests are about vaults."""
            self.drawn.append(("each", action, number))
            self.perform(lists[action][number % len(lists[action])])

        @rule(number=ANY)
        def something_that_changes_the_account(self, number: int) -> None:
            """Pick a request that changes the account, since most random requests are refused."""
            self.drawn.append(("changing", number))
            if self.beside is not None and (request := changing(self.beside.state, number)) is not None:
                self.perform(request)

        def perform(self, request: Request) -> None:
            """Send a request to both; if they diverge, find a minimal sequence of requests."""
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
            """Raise the divergence: only now, since runs with the same draws must draw the same number of times.

            An implementation that answers the same requests differently would confuse Hypothesis otherwise.
            """
            self.close()
            shown = memory.shown
            if shown is None or shown.divergence is None or sys.exc_info()[1] is not self.outside:
                return
            context = current_build_context()
            # Where Hypothesis exposes all its choices, only the same ones count, so that it stops shrinking soon.
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
    """The number of inputs that are not the default; reduction prefers the simplest request."""
    inputs = machine.model.rule(request.action).inputs
    return sum(request.inputs[i.name] != usual(i) for i in inputs)


def _every(machine: Machine, rules: tuple[Rule, ...]) -> Iterator[Request]:
    for rule_ in rules:
        for place in machine.scope.places(rule_.place):
            for inputs in rule_.every_input():
                yield Request(rule_.action, tuple(e.index for e in place.values()), inputs)
