"""``run``: sampled, exact and plain answers about random small accounts, runbooks and tables agree.

One run is repeated request by request with the interpreter; the same run in a batch must have the same result; and the
means over many runs must agree with the Markov chain.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import sqrt
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from backup_slr.engine.compile.interpreter import Situation, interpreted_step
from backup_slr.engine.core.formula import TRUE, Every, Formula, Implies, Param, Same, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import AtMost, Count, Effect, Enum, Flag, HasRoom, Is, Variable
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    NO_SUCH_ROLE,
    REGION,
    STATE,
    VAULT,
    r,
    role,
    v,
)
from backup_slr.runbook import busy_account, runbook_file
from backup_slr.runbook.experiment import Study, TooManySteps, dispatch_of, played
from backup_slr.runbook.markov.markov_chain import NoAnswer
from backup_slr.runbook.markov.solve import Exact, exact
from backup_slr.runbook.rng import keys
from backup_slr.runbook.simulate.batch import Batch, Event
from backup_slr.runbook.simulate.events import Simulation
from backup_slr.runbook.statistics import TICKS, Summary, Sums

elsewhere, other = Param("elsewhere", REGION), Param("other", VAULT)
DOSE = 12
FEW, MANY = 300, 20_000
"""The number of runs for a first comparison, and for a second one if the first is doubtful."""
DOUBTFUL, WRONG = 4.0, 5.5
"""Standard errors."""
MOST_STATES = 1_500
ACTIONS = [rule for rule in lifecycle().rules if rule.by == "person"]


# ---------------------------------------------------------------- tables


def formula(random: Random, place: tuple[Param, ...], inputs: tuple[Flag | Enum, ...], depth: int = 3) -> Formula:
    """Any formula about the account and these parameters."""
    go = partial(formula, random, place, inputs, depth - 1)
    match random.randrange(8) if depth else 7:
        case 0:
            return ~go()
        case 1:
            return go() & go()
        case 2:
            return go() | go()
        case 3:
            return Implies(go(), go())
        case 4 | 5:
            over = random.choice([(r, v), (r,), (v,), (elsewhere, other), (elsewhere,), (other,)])
            inner = formula(random, tuple(dict.fromkeys((*place, *over))), inputs, depth - 1)
            return random.choice((Every, Some))(over, inner)
        case _:
            return leaf(random, place, inputs)


def leaf(random: Random, place: tuple[Param, ...], inputs: tuple[Flag | Enum, ...]) -> Formula:
    """A formula without parts."""
    vaults = [p for p in place if p.sort == VAULT]
    if vaults and random.random() < 0.1:
        return Same(random.choice(vaults), DEFAULT)
    variable = placed(random, random.choice((*STATE, *STATE, *inputs)), place)
    match variable:
        case Flag():
            return variable
        case Enum():
            return Is(variable, random.randrange(len(variable.values)))
        case Count():
            return random.choice((AtMost(variable, random.randrange(3)), HasRoom(variable)))


def placed(random: Random, variable: Variable, place: tuple[Param, ...]) -> Variable:
    """A variable at a known Region and vault, or at the default vault; otherwise another variable."""
    index: list[Param] = []
    for sort in variable.per:
        known = [p for p in place if p.sort == sort]
        if not known:
            return role
        index.append(random.choice(known))
    return variable[tuple(index)] if index else variable


def effect(random: Random, rule: Rule) -> Effect:
    """A change of any variable, perhaps at every place."""
    each = random.choice(((), (), (r, v), (v,), (elsewhere, other)))
    place = (*rule.place, *each)
    variable = placed(random, random.choice(STATE), place)
    value = random.choice((1, -1)) if isinstance(variable, Count) else random.randrange(2)
    when = formula(random, place, rule.inputs, 2) if random.random() < 0.6 else TRUE
    return Effect(variable, value, "PAGE-1", when, each)


def changed(random: Random, rule: Rule) -> Rule:
    """A rule with one change."""
    guards, effects = list(rule.guards), list(rule.effects)
    match random.randrange(9):
        case 0 if guards:
            guards.pop(random.randrange(len(guards)))
        case 1 if guards:
            i = random.randrange(len(guards))
            guards[i] = replace(guards[i], condition=~guards[i].condition)
        case 2:
            new = Guard(formula(random, rule.place, rule.inputs), NO_SUCH_ROLE, "PAGE-1")
            guards.insert(random.randint(0, len(guards)), new)
        case 3 if effects:
            effects.pop(random.randrange(len(effects)))
        case 4 if effects:
            i = random.randrange(len(effects))
            place = (*rule.place, *effects[i].each)
            effects[i] = replace(effects[i], when=formula(random, place, rule.inputs, 2))
        case 5 if effects:
            again = random.choice(effects)
            effects.append(replace(again, when=formula(random, (*rule.place, *again.each), rule.inputs, 2)))
        case 6 if rule.on_failure:
            return replace(rule, on_failure=(*rule.on_failure, effect(random, rule)))
        case _:
            effects.insert(random.randint(0, len(effects)), effect(random, rule))
    return replace(rule, guards=tuple(guards), effects=tuple(effects))


def table(random: Random) -> Model:
    """The rules under some assumptions, with a few changes or none."""
    ours = lifecycle()
    model = ours.assuming({a.name: random.choice(list(a.values)) for a in ours.assumptions if random.random() < 0.3})
    rules = {rule.action: rule for rule in model.rules}
    often = ("delete_recovery_point", "delete_backup_vault", "delete_service_linked_role", "finish_deletion_task")
    for _ in range(random.choice((0, 1, 1, 2, 4))):
        action = random.choice((*rules, *often, *often, "start_job", "finish_job"))
        rules[action] = changed(random, rules[action])
    return replace(model, rules=tuple(rules.values()))


# ---------------------------------------------------------------- accounts and runbooks


def lasting(random: Random, mean: float, fixed: float) -> str:
    """A duration: usually exponential, sometimes fixed."""
    return f"{mean:g}" if random.random() < fixed else f"{{ exponential = {mean:g} }}"


def account_text(random: Random, fixed: float) -> str:
    """An account with one Region, rarely two."""
    regions = ("us-east-1", "eu-west-1")[: random.choice((1, 1, 1, 2))]
    vaults = [
        f'{{ region = "{region}", name = "{name}", points = {random.randrange(3)}, '
        f"job = {str(random.random() < 0.2).lower()} }}"
        for region in regions
        for name in random.sample(("Default", "archive", "aws/efs/automatic-backup-vault"), random.randrange(3))
    ]
    lines = [
        'title = "random"',
        "[account]",
        f'role = "{random.choice(("present", "present", "absent"))}"',
        f"regions = [{', '.join(map(repr, regions))}]".replace("'", '"'),
        f"vaults = [{', '.join(vaults)}]",
        f"efs-automatic-backup = {list(regions) if random.random() < 0.3 else []}".replace("'", '"'),
        f"[calls]\ntakes = {lasting(random, 0.5, fixed)}\nthrottled = {random.choice((0, 0, 0.2))}",
        f"[collisions]\nchance = {random.choice((0, 0.3, 1))}",
        f"[lists]\nstale = {random.choice((0, 0, 0.3))}",
        f"[deletion]\ntakes = {lasting(random, 2, fixed)}",
    ]
    for region in regions:
        if random.random() < 0.4:
            plan = random.choice(("efs", "backup-plan"))
            lines += ["[[schedule]]", f'region = "{region}"\nplan = "{plan}"', f"every = {lasting(random, 9, fixed)}"]
            lines += [f"takes = {lasting(random, 4, fixed)}", f"succeeds = {random.choice((0, 0, 0.2))}"]
    for _ in range(random.choice((0, 0, 1, 2))):
        rule = random.choice(ACTIONS)
        lines += ["[[others]]", f'do = "{rule.action}"', f"every = {lasting(random, 12, fixed)}"]
        lines += [f'region = "{random.choice(regions)}"'][: len(rule.place)]
        lines += ['vault = "Default"'][: max(len(rule.place) - 1, 0)]
    return "\n".join(lines) + "\n"


def book_text(random: Random, fixed: float) -> str:
    """A runbook that deletes all resources, some of them, or others."""
    lines = [
        'title = "random"',
        f"deadline = {random.choice((15, 40, 90))}",
        f"[retry]\nwait = {lasting(random, 2, fixed)}",
    ]
    if random.random() < 0.4:
        lines += [f"attempts = {random.randrange(4)}"]
    if random.random() < 0.4:
        lines += ['[on]\nservice-using-role = "{}"'.format(random.choice(("retry", "next", "restart", "stop")))]
    if random.random() < 0.3:
        lines += ['[[step]]\ndo = "stop_backup_plans"']
    if random.random() < 0.8:
        lines += ['[[step]]\neach = "vault"']
        emptied = random.random() < 0.8
        if emptied:
            lines += ['[[step.step]]\ndo = "delete_recovery_point"\neach = "recovery-point"']
            lines += ['until = "empty"'] * (random.random() < 0.4)
        if not emptied or random.random() < 0.7:
            lines += ['[[step.step]]\ndo = "delete_backup_vault"']
    for _ in range(random.choice((0, 0, 1))):
        rule = random.choice([rule for rule in ACTIONS if not rule.place])
        lines += [f'[[step]]\ndo = "{rule.action}"']
    if random.random() < 0.2:
        lines += [f'[[step]]\ndo = "wait"\nminutes = {lasting(random, 3, fixed)}']
    if random.random() < 0.9 or "[[step]]" not in "".join(lines):
        lines += ['[[step]]\ndo = "delete_service_linked_role"']
        lines += [f"poll = {lasting(random, 1, fixed)}"] * (random.random() < 0.7)
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- judges


def trial(random: Random) -> str | None:
    """Make a table, an account and a runbook, and compare the answers about them."""
    fixed = random.choice((0.0, 0.0, 0.0, 0.5))
    model = table(random)
    with TemporaryDirectory() as folder:
        names = list[Path]()
        for name, text in (("account.toml", account_text(random, fixed)), ("book.toml", book_text(random, fixed))):
            names.append(Path(folder) / name)
            names[-1].write_text(text, encoding="utf-8")
        environment = replace(busy_account.load(names[0]), lifecycle=BACKUP.having(model))
        study = Study((runbook_file.load(names[1]),), environment, random.randrange(10**6), FEW, steps=20_000)
    try:
        found = played(study, 0, FEW, rows=True)
    except TooManySteps:
        return None
    for number in (0, random.randrange(1, FEW)):
        if wrong := one_run(study, number, found.rows.splitlines()[number]):
            return wrong
    try:
        exactly = exact(dispatch_of(study, 0), study.limits(study.books[0]), MOST_STATES)
    except NoAnswer:
        return None
    if not far(exactly, found.summaries[0], DOUBTFUL):
        return None
    try:
        again = played(replace(study, seed=study.seed + 1, runs=MANY), 0, MANY).summaries[0]
    except TooManySteps:
        return None
    return far(exactly, again, WRONG)


def one_run(study: Study, number: int, row: str) -> str | None:
    """Repeat one run, request by request, with the interpreter; return the difference, if any."""
    tables = dispatch_of(study, 0)
    events: list[Event] = []
    lanes = Simulation(Batch(tables, 1), keys(study.seed, number, 1), study.limits(study.books[0]), None, events)
    state: State = tuple(lanes.S.tolist())
    results = lanes.run()
    machine = tables.machine
    for event in events:
        if event.request is None:
            continue
        answer, state = plainly(machine.model.rule(event.request.action), event.request, tables.layout, state)
        if answer != event.answer:
            return f"run {number}: {event.request} is answered {event.answer!r}, and should be {answer!r}"
    if state != tuple(lanes.S.tolist()):
        return f"run {number} ends in {lanes.S.tolist()}, and should in {list(state)}"
    gone = state[tables.layout.cell("role")] == role.values.index("absent")
    if bool(results.success[0]) != gone:
        return f"run {number} counts as {results.success[0]}, and the role is deleted: {gone}"
    alone = [str(int(results.success[0])), f"{results.minutes[0]:.6f}"]
    if row.split(",")[3:5] != alone:
        return f"run {number} is {row.split(',')[3:5]} in a batch and {alone} alone"
    return None


def plainly(rule: Rule, request: Request, layout: object, state: State) -> tuple[str, State]:
    """The interpreter's answer to a request, and the state afterwards."""
    sorts = (REGION, VAULT)
    stands = {p: type(DEFAULT)(sorts[i], request.place[i]) for i, p in enumerate(rule.place)}
    here = Situation(layout, state, stands, request.inputs, action=rule.action, place=request.place)  # type: ignore[arg-type]
    _, guard, after = interpreted_step(rule, here)
    return guard.otherwise.id if guard else "done", after


def far(exactly: Exact, summary: Summary, errors: float) -> str | None:
    """The sampled means that differ from exact ones by more than a number of standard errors, if any."""
    n = summary.runs
    share, p = summary.successes / n, exactly.success
    if not 0 <= p <= 1:
        return f"a probability of {p!r}"
    if abs(share - p) > errors * sqrt(p * (1 - p) / n) + errors**2 / n * (1e-9 < p < 1 - 1e-9) + 1e-9:
        return f"success: sampled {share} in {n} runs, exactly {p}"
    told: list[tuple[str, float | None, Sums, float, int]] = [("calls", exactly.calls, summary.calls, 1.0, n)]
    if summary.successes > 50:
        told.append(("minutes", exactly.minutes, summary.minutes, float(TICKS), summary.successes))
    for what, value, sums, scale, number in told:
        mean = sums.total / number / scale
        variance = max(sums.squares / number / scale**2 - mean**2, 0.0)
        error = errors * sqrt(variance / number) + errors**2 / number
        if value is not None and abs(mean - value) > error * 1.02:
            return f"{what}: sampled {mean} in {number} runs, exactly {value}"
    return None
