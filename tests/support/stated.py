"""Statements of pictures, tested by stepping the plain machine through all reachable states of a small scope."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from backup_slr.diagram.graph import Diagram, Node
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import Element
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Request, Step
from backup_slr.lifecycle import BACKUP
from support.walked import MACHINE, VAULTS, Taken, cell, walked

WAYS = ("api", "cli", "console")
One = tuple[State, Request, Step]


def action_of(node: Node) -> str:
    """The action of a box, without its number and places."""
    return re.sub(r"^\d+\. ", "", node.lines[0]).split(" (")[0]


def at(node: Node, request: Request) -> bool:
    """Whether a box is about the place of a request."""
    text = " ".join(takewhile(lambda line: not line.startswith(("only ", "after step ")), node.lines)).partition(
        action_of(node)
    )[2]
    if not text or len(request.place) < 2:
        return True
    return (VAULTS[request.place[1]] in text) != (" except " in text or " other than " in text)


def only_by(node: Node) -> list[str]:
    """The interfaces that a box names, if it names any."""
    text = next((line for line in node.lines if line.startswith("only ")), "")
    return [name for name, phrase in BACKUP.interfaces.items() if phrase in text]


def asked(node: Node, request: Request, via: str) -> bool:
    """Whether a request is sent as a box states."""
    index = request.inputs.get("via")
    return index is None or WAYS[index] in (only_by(node) or [via])


def stopped(guards: tuple[Guard, ...], step: Step, guard: Guard) -> bool:
    """Whether a step is stopped by a guard or an earlier one."""
    return step.guard is not None and guards.index(step.guard) <= guards.index(guard)


def failing(model: Model, request: Request, guard: Guard, state: State) -> set[tuple[int, ...]]:
    """The places whose vault, points or job make a guard about all places fail, each tried separately."""
    found: set[tuple[int, ...]] = set()
    for v in range(3):
        cells = list(MACHINE.initial)
        cells[0] = state[0]
        for name in ("vault", "points", "job"):
            cells[MACHINE.layout.cell(name, (0, v))] = cell(state, name, (0, v))
        params = model.rule(request.action).place
        stands_for = {p: Element(p.sort, i) for p, i in zip(params, request.place, strict=True)}
        if not holds(guard.condition, Situation(MACHINE.layout, tuple(cells), stands_for, request.inputs)):
            found.add((0, v))
    return found


def teardown_wrong(picture: Diagram, model: Model, via: str) -> Iterator[str]:
    """Wrong statements of a teardown: refusals, interfaces, and remedies."""
    steps = walked(model)
    nodes = {n.id: n for n in picture.nodes}
    for node in (n for n in picture.nodes if n.kind in ("action", "work")):
        action = action_of(node)
        if action not in {rule.action for rule in model.rules}:
            continue
        guards = model.rule(action).guards
        # Every state has the same requests in the same order, so each is looked at once and not in every state.
        sent = [request for request, _ in next(iter(steps.values()))]
        about = [number for number, request in enumerate(sent) if request.action == action and at(node, request)]
        as_said = [number for number in about if asked(node, sent[number], via)]
        mine, own = ([(state, *met[n]) for state, met in steps.items() for n in some] for some in (about, as_said))
        turned = {
            s.guard.otherwise.id for _, r, s in mine if s.guard and r.inputs.get("via") in (None, WAYS.index(via))
        }
        met = {s.guard.otherwise.id for _, _, s in own if s.guard}
        shown = {line.removeprefix("refused: ").split(" (")[0] for line in node.folded}
        drawn = [e for e in picture.edges if e.source == node.id and e.kind in ("refused", "might", "failed")]
        for refusal in shown - met:
            if refusal not in turned:
                yield f"{node.called}: {refusal} is met nowhere"
        late = set(" ".join(node.lines).partition("after step ")[2].split())
        for refusal in met - shown - late - {e.lines[0] for e in drawn}:
            if refusal != "no-deletion-task":
                yield f"{node.called}: {refusal} is missing"
        for edge in drawn:
            if nodes[edge.target].kind == "bad":
                continue
            said = edge.lines[0], *edge.clauses
            here = [m for m in own if m[2].guard and (m[2].guard.otherwise.id, m[2].guard.clause) == said]
            if not here:
                yield f"{node.called}: {edge.lines[0]} is met nowhere"
            elif not any(helped(model, steps, guards, m, nodes[edge.target]) for m in here):
                yield f"{node.called}: {nodes[edge.target].called} does not help past {edge.lines[0]}"


def helped(model: Model, steps: Taken, guards: tuple[Guard, ...], met: One, target: Node) -> bool:
    """The target of an arrow helps past the refusal of a step: at once, or fewer resources block it."""
    state, request, step = met
    assert step.guard is not None
    for other, after in steps[state]:
        if target.kind == "wait":
            # Time: the service acts, or chance differs for the same request.
            same = other.action == request.action and other.place == request.place
            varied = same and all(other.inputs[k] == v for k, v in request.inputs.items() if k != "collides")
            if varied and not stopped(guards, after, step.guard):
                return True
            if model.rule(other.action).by != "service":
                continue
        elif other.action != action_of(target) or not at(target, other):
            continue
        again = next(s for r, s in steps[after.state] if r == request)
        if after.state != state and not stopped(guards, again, step.guard):
            return True
        if after.state != state and again.guard == step.guard:
            left = failing(model, request, step.guard, after.state)
            if left < failing(model, request, step.guard, state):
                return True
    return False
