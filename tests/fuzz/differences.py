"""Two rule sets that differ in one rule: `diff` and `mutate` against the interpreter under every combination."""

from __future__ import annotations

from random import Random

from support.naive import Naive
from support.random_models import Maker
from support.random_readings import answer, combinations, differing, with_assumptions

from backup_slr.engine.check.combinations import read_by
from backup_slr.engine.core.model import Model
from backup_slr.engine.diff.table_diff import ShownDiff, TableDiff, diff_tables
from backup_slr.engine.mutation.kills import MutationAnalysis
from backup_slr.engine.mutation.mutants import mutants
from backup_slr.engine.prove.equivalence import RuleEquivalence

DOSE = 12


def trial(random: Random) -> str | None:
    """Change a rule of a random table, and compare."""
    maker = Maker(random)
    drawn, scope = maker.model(most=40)
    old = with_assumptions(maker, drawn)
    every = mutants(old)
    # Assumptions that a changed rule does not read are easy to forget.
    mutant = maker.one([m for m in every if not read_by(old.rule(m.action))] or every)
    new = mutant.of(old)
    if maker.chance(0.2) and (more := mutants(new)):
        new = maker.one(more).of(new)
        mutant = None
    found = diff_tables(old, new, [scope], prove=RuleEquivalence() if maker.chance(0.25) else None)
    real: set[str] = set()
    for values in combinations(old):
        real |= differing(old.assuming(values), new.assuming(values), scope)
    told = {shown.differs.action for shown in found.differing}
    if told != real:
        return f"diff says that {sorted(told)} differ, and not {sorted(real)}; it stopped: {found.stopped}"
    if wrong := set(found.proved) & real:
        return f"proved at every size, and wrong: {sorted(wrong)}"
    for shown in found.shown:
        if not _is_real(old, new, found, shown):
            return f"the difference that is shown for {shown.differs.action} is none, under {shown.reading}"
    if mutant is not None:
        verdict = MutationAnalysis(old, [scope]).result(mutant).verdict
        if (verdict == "equivalent") != (not real):
            return f"mutate says {verdict}, and {sorted(real)} differ: {mutant.id}"
    return None


def _is_real(old: Model, new: Model, found: TableDiff, shown: ShownDiff) -> bool:
    """Whether only the last request has a different response, or one model alone reaches its state."""
    usual = {name: values[0] for name, values in found.varied.items()}
    one, other = (Naive(m.assuming({**usual, **dict(shown.reading)}), shown.within.scope) for m in (old, new))
    leads = other if shown.differs.reached == "new" else one
    assert shown.differs.old is not None
    requests = [step.request for step in shown.differs.old.steps]
    state = one.layout.initial
    for request in requests[:-1]:
        if shown.differs.reached == "both" and answer(one, state, request) != answer(other, state, request):
            return False
        state = leads.taken(state, request).after
    return answer(one, state, requests[-1]) != answer(other, state, requests[-1])
