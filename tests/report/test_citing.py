"""Provenance: the places that block a request, and the effects that happened, with any names bound inside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backup_slr.engine.core.formula import TRUE, Every, Formula, Not, Param, Some
from backup_slr.engine.core.rule import Guard, Refusal, Rule
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Change, replay
from backup_slr.engine.core.variable import Effect
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.lifecycle.vocabulary import DEFAULT, r, v, vault
from backup_slr.report.provenance import happened, in_the_way

MODEL = lifecycle().assuming()
OTHER, ELSEWHERE = Param("other", v.sort), Param("elsewhere", r.sort)
NO = Refusal("no", "it cannot be", None)


@pytest.mark.parametrize(("condition", "expected"), [
    (Every((v,), ~vault[r, v]), [(1, 0), (1, 2)]),  # the Region is that of the request, the vault is any
    (Every((OTHER,), ~vault[r, OTHER]), [(1, 0), (1, 2)]),
    (Not(Some((OTHER,), vault[r, OTHER])), [(1, 0), (1, 2)]),
    (Every((r, v), ~vault[r, v]), [(0, 0), (1, 0), (1, 2)]),
    (Every((ELSEWHERE, OTHER), ~vault[ELSEWHERE, OTHER]), [(0, 0), (1, 0), (1, 2)]),
    (Every((r,), ~vault[r, v]), [(1, 2)]),  # about this vault in every Region; only one has it
    (Every((OTHER,), ~vault[r, OTHER]) | Every((v,), ~vault[r, v]), [(1, 0), (1, 2)]),
    (~vault[r, v], []),  # not about all
], ids=str)  # fmt: skip
def test_a_guard_about_all_places_names_those_that_block(condition: Formula, expected: list[tuple[int, ...]]) -> None:
    guard = Guard(condition, NO, "C")
    rule = Rule("act", "act", "person", (), (), (r, v), guards=(guard,))
    machine = Machine(MODEL, scope(2, 3, 1))
    created = [Request("create_backup_vault", at) for at in ((0, 0), (1, 0), (1, 2))]
    state = replay(machine, created).final
    found = in_the_way(machine.layout, rule, guard, Request(rule.action, (1, 2)), state)
    assert [blocker.place for blocker in found] == expected


def test_parameters_of_an_effect_hide_those_of_its_rule() -> None:
    """The effect is on every vault but `Default`, and the request is about `Default`."""
    effect = Effect(vault[r, v], 1, "EFFECT", ~v.is_(DEFAULT), (v,))
    rule = Rule("act", "act", "person", (), ("RULE",), (r, v), effects=(effect,))
    machine = Machine(replace(MODEL, rules=(rule,), properties=()), scope(1, 2, 1))
    (step,) = replay(machine, [Request("act", (0, 0))]).steps
    changed = [Change(vault, (0, 1), 0, 1)]
    assert machine.layout.cell("vault", (0, 1)) in {n for n, x in enumerate(step.after) if x}
    assert happened(effect, rule, step.request, changed)
    assert not happened(replace(effect, each=(), when=~v.is_(DEFAULT)), rule, step.request, changed)
    assert happened(replace(effect, when=TRUE), rule, step.request, changed)
