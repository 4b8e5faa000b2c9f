"""An implementation driven at random beside the model, by Hypothesis; what parts them is told in as few requests as do.

>>> from backup_slr.testing import machine_for
>>> class Nothing:
...     def reset(self): ...
...     def perform(self, action, parameters): return "done"
...     def observe(self): return {}
>>> TestNothing = machine_for(Nothing).TestCase  # pytest and unittest run it, and find that not everything is done
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from backup_slr.check.explore import Space
from backup_slr.core.rule import Model, Rule
from backup_slr.core.step import Machine, Request, Step
from backup_slr.core.variable import Enum, usual
from backup_slr.errors import unknown
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.report.names import Names, usual_names
from backup_slr.testing.adapter import Adapter, divergence, parameters_of


class Diverged(AssertionError):
    """An implementation answers otherwise than the model; the message says how, after which requests."""


def machine_for(
    adapter: Callable[[], Adapter],
    *,
    regions: int = 2,
    vaults: int = 3,
    points: int | None = None,
    assume: Mapping[str, str] | None = None,
    actions: Collection[str] | None = None,
    controls: Collection[str] = ("collides", "succeeds"),
    model: Model | None = None,
) -> type[RuleBasedStateMachine]:
    """A state machine of Hypothesis that asks the model and an implementation for the same, and compares.

    Parameters
    ----------
    adapter
        Makes an adapter; called once for each run, and reset before it.
    regions, vaults, points
        How large an account is: so many Regions, vaults in each, recovery points in each vault (None: no bound).
    assume
        Readings of assumptions other than the default ones.
    actions
        The actions to ask for; all of them, unless the implementation has fewer.
    controls
        The choices of the environment that the implementation lets a test decide. Any other is the implementation's
        own affair: then every answer is right that the model gives for some choice.
    model
        Another table than our own, its assumptions not settled.

    Raises
    ------
    ValueError
        When an action or a choice is not one of the model's.
    """
    settled = (model or lifecycle()).assuming(assume)
    known = [r.action for r in settled.rules]
    choices = {i.name for r in settled.rules for i in r.inputs if i.kind == "choice"}
    for name, among, kind in (
        *((a, known, "action") for a in actions or ()),
        *((c, sorted(choices), "choice") for c in controls),
    ):
        if name not in among:
            raise ValueError(unknown(kind, name, among))
    rules = tuple(r for r in settled.rules if actions is None or r.action in actions)
    machine = Machine(settled, scope(regions, vaults, points))
    names = usual_names(regions, vaults)
    free = choices - set(controls)

    every = sorted(_every(machine, rules), key=lambda q: (_unusual(machine, q), q.place))
    by_name = {r.action: [q for q in every if q.action == r.action] for r in rules}
    ways = _ways(replace(settled, rules=rules))

    class Beside(RuleBasedStateMachine):
        """The model and an implementation, to which the same happens."""

        def __init__(self) -> None:
            super().__init__()
            self.walk = Walk(adapter, machine, names, free)

        @initialize(number=st.integers(0, len(ways) - 1))
        def somewhere(self, number: int) -> None:
            """Begin at any state of a small account, by a shortest way: few random walks get far by themselves."""
            for request in ways[number]:
                self.perform(request)

        @rule(request=st.sampled_from(every))
        def anything_at_all(self, request: Request) -> None:
            self.perform(request)

        @rule(data=st.data())
        def one_of_each_action(self, data: st.DataObject) -> None:
            """Without this the many requests about vaults would leave little room for all others."""
            action = data.draw(st.sampled_from(list(by_name)), "action")
            self.perform(data.draw(st.sampled_from(by_name[action]), "request"))

        @rule(data=st.data())
        def something_that_changes_the_account(self, data: st.DataObject) -> None:
            """Without this most random requests are refused, and nothing much ever happens."""
            by_action: dict[str, list[Request]] = {}
            for request in every:
                if machine.step(self.walk.state, request).state != self.walk.state:
                    by_action.setdefault(request.action, []).append(request)
            if by_action:
                action = data.draw(st.sampled_from(list(by_action)), "action")
                self.perform(data.draw(st.sampled_from(by_action[action]), "request"))

        def perform(self, request: Request) -> None:
            """The same request to both; where they part, the shortest way to see it."""
            if self.walk.step(request):
                told = shortest(lambda: Walk(adapter, machine, names, free), self.walk.asked, by_name)
                raise Diverged(told)

    Beside.__name__ = Beside.__qualname__ = f"{getattr(adapter, '__name__', 'Adapter')}BesideTheModel"
    return Beside


class Walk:
    """One run of an implementation beside the model."""

    def __init__(self, adapter: Callable[[], Adapter], machine: Machine, names: Names, free: Collection[str]) -> None:
        self.implementation = adapter()
        self.implementation.reset()
        self.machine, self.names, self.free = machine, names, free
        self.state = machine.initial
        self.asked: list[Request] = []

    def step(self, request: Request) -> list[str]:
        """The same request to both; what the implementation answers otherwise than the model could."""
        rule_ = self.machine.model.rule(request.action)
        self.asked.append(request)
        reply = self.implementation.perform(request.action, parameters_of(request, rule_, self.names))
        account = self.implementation.observe()
        found: list[list[str]] = []
        for step in _answers(self.machine, self.state, request, rule_, self.free):
            wrong = divergence(step, self.machine.layout, self.names, reply, account)
            if not wrong:
                self.state = step.state
                return []
            found.append(wrong)
        return min(found, key=len)

    def told(self) -> str:
        """The requests so far, a line each."""
        lines: list[str] = []
        for number, request in enumerate(self.asked, 1):
            said = parameters_of(request, self.machine.model.rule(request.action), self.names)
            place = [str(said.pop(key)) for key in ("region", "vault") if key in said]
            inputs = [f"{key}={str(value).lower()}" for key, value in said.items()]
            lines.append(f"  {number:>2} {' '.join([request.action, *place, *inputs])}")
        return "\n".join(lines)


def shortest(begin: Callable[[], Walk], asked: list[Request], plainer: Mapping[str, list[Request]]) -> str:
    """What parts an implementation from the model, told with requests of which none can be left out or made plainer.

    Every request is left out in turn, the last ones first, until each is needed (A. Zeller and R. Hildebrandt,
    *Simplifying and Isolating Failure-Inducing Input*, 2002, with pieces of one); then every two, and one other request
    is tried in their stead. Hypothesis shrinks too, but what it draws later depends on what it drew before, so that it
    cannot leave out a request in the middle.
    """
    best = asked
    found = _parts(begin(), best)
    changed = True
    while changed:
        changed = False
        for requests in _simpler(best, plainer):
            parted = _parts(begin(), requests)
            if parted is not None:
                best, found, changed = parted[0].asked, parted, True
                break
    if found is None:
        return "once, and not again: the implementation answers the same requests differently each time"
    walk, wrong = found
    return f"after\n{walk.told()}\n" + "\n".join(wrong)


def _simpler(asked: list[Request], plainer: Mapping[str, list[Request]]) -> Iterator[list[Request]]:
    """Ways to say it with less, the quickest to try first."""
    for i in reversed(range(len(asked))):
        yield [*asked[:i], *asked[i + 1 :]]
    for i, request in enumerate(asked):
        same = plainer[request.action]
        for other in same[: same.index(request)]:
            yield [*asked[:i], other, *asked[i + 1 :]]
    # One request may do the work of two: the first backup of a file system makes a role and a vault.
    plainest = {(q.action, q.place): q for requests in plainer.values() for q in reversed(requests)}
    for i, j in combinations(range(len(asked)), 2):
        before, between, after = asked[:i], asked[i + 1 : j], asked[j + 1 :]
        yield [*before, *between, *after]
        for other in plainest.values():
            yield [*before, other, *between, *after]


def _parts(walk: Walk, requests: list[Request]) -> tuple[Walk, list[str]] | None:
    """The walk up to where it parts from the model, if it does."""
    for request in requests:
        if wrong := walk.step(request):
            return walk, wrong
    return None


def _ways(model: Model) -> list[list[Request]]:
    """A shortest way to every state of a small account, the nearest first."""
    space = Space(model, scope(1, 2, 1))
    found: dict[int, list[Request]] = {0: []}
    todo = deque([0])
    while todo:
        word = todo.popleft()
        for number, target in space.successors(word):
            if target not in found:
                found[target] = [*found[word], space.moves[number].request]
                todo.append(target)
    return list(found.values())


def _answers(machine: Machine, state: Any, request: Request, rule: Rule, free: Collection[str]) -> Iterator[Step]:
    """The answers of the model to a request, for every value of the choices that are not ours to make."""
    open_ = [i for i in rule.inputs if i.name in free]
    for values in product(*(_values(i) for i in open_)):
        inputs = {**request.inputs, **{i.name: value for i, value in zip(open_, values, strict=True)}}
        yield machine.step(state, Request(request.action, request.place, inputs))


def _values(variable: Any) -> list[int]:
    """The values of an input, the usual one first."""
    number = len(variable.values) if isinstance(variable, Enum) else 2
    return sorted(range(number), key=lambda value: value != usual(variable))


def _unusual(machine: Machine, request: Request) -> int:
    """How many inputs are not the usual ones; what is shrunk should come to the plainest request."""
    inputs = machine.model.rule(request.action).inputs
    return sum(request.inputs[i.name] != usual(i) for i in inputs)


def _every(machine: Machine, rules: tuple[Rule, ...]) -> Iterator[Request]:
    for rule_ in rules:
        for place in machine.scope.places(rule_.place):
            for values in product(*(_values(i) for i in rule_.inputs)):
                inputs = {i.name: value for i, value in zip(rule_.inputs, values, strict=True)}
                yield Request(rule_.action, tuple(e.index for e in place.values()), inputs)
