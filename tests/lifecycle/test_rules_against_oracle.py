"""The rules and the oracle, written independently of each other, agree on every step from every state."""

from __future__ import annotations

from collections import Counter
from itertools import product
from unittest.mock import patch

import pytest
from oracle import VALUES
from support.beside import Assumed, Pair, Path, Size, paths, requests, settled
from support.naive import Naive

from backup_slr.engine.compile import codegen
from backup_slr.engine.core.model import parts_of
from backup_slr.lifecycle import lifecycle, scope

ALTERNATIVES = [(name, value) for name, values in VALUES.items() for value in values[1:]]
SIZES: list[Size] = [(1, 2, 1), (2, 2, 1), (2, 3, 2), (3, 4, 3)]


def disagreements(size: Size, assumed: Assumed = ()) -> list[Path]:
    found = list(paths(size, assumed))
    assert {path.request.action for path in found} == {rule.action for rule in settled().rules}
    return [path for path in found if not path.agree]


def test_rules_and_oracle_have_the_same_assumptions_and_values() -> None:
    """In the same order, so that the defaults are also the same."""
    assert {a.name: tuple(a.values) for a in lifecycle().assumptions} == VALUES


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_they_agree_on_every_state_of_larger_accounts(size: Size) -> None:
    """Cells that neither side reads cannot matter, so states are settled only as far as one side reads them."""
    assert disagreements(size) == []


def test_they_agree_when_the_rules_are_compiled_with_loops() -> None:
    """As they are at scopes with many places."""
    with patch.object(codegen, "UNROLLED", 0):
        assert disagreements((2, 3, 2)) == []


@pytest.mark.parametrize("assumed", ALTERNATIVES, ids=" ".join)
def test_they_agree_under_every_value_of_every_assumption(assumed: tuple[str, str]) -> None:
    assert disagreements((1, 3, 1), (assumed,)) == []


@pytest.mark.parametrize("action", [rule.action for rule in lifecycle().rules])
def test_they_agree_under_all_combinations_of_assumptions(action: str) -> None:
    """Each rule under every combination of the assumptions of its parts; the oracle under all other assumptions too."""
    rule = lifecycle().rule(action)
    carried = {r.assumption for part in (*rule.guards, *rule.effects, *rule.on_failure) for r in part.under}
    asked = [request for request in requests((2, 2, 1)) if request.action == action]
    for values in product(*(VALUES[name] for name in sorted(carried))):
        assumed = tuple(zip(sorted(carried), values, strict=True))
        found = list(paths((2, 2, 1), assumed, asked=asked, others_open=True))
        assert found
        assert [path for path in found if not path.agree] == []


# ---------------------------------------------------------------- the comparison detects differences


def test_the_paths_of_a_request_cover_every_state_exactly_once() -> None:
    size = (1, 2, 1)
    states = list(Pair(size).states())
    assert len(states) == 5 * 2 * 2 * 8**2
    covered: Counter[tuple[str, tuple[int, ...], tuple[tuple[str, int], ...]]] = Counter()
    for path in paths(size):
        matching = sum(all(state[cell] == value for cell, value in path.cells.items()) for state in states)
        assert matching
        covered[path.request.action, path.request.place, tuple(path.request.inputs.items())] += matching
    assert len(covered) == len(requests(size))
    assert set(covered.values()) == {len(states)}


@pytest.mark.parametrize("action", [rule.action for rule in lifecycle().rules])
def test_a_rule_without_any_one_of_its_parts_is_detected(action: str) -> None:
    """Under some assumptions; so every guard and every effect matters, and the oracle has it."""
    for part in parts_of(lifecycle().rule(action)):
        noticed = False
        for assumed in [(), *((alternative,) for alternative in ALTERNATIVES)]:
            model = settled(assumed)
            if part in parts_of(model.rule(action)):
                asked = [request for request in requests((1, 2, 1)) if request.action == action]
                found = paths((1, 2, 1), assumed, model.without([(action, part)]), asked)
                noticed = noticed or any(not path.agree for path in found)
        assert noticed, part


def test_every_request_of_the_rules_is_compared() -> None:
    """All actions, at all places, with all parameters and choices that their rules read."""
    expected = 0
    for rule in settled().rules:
        inputs = [2 if not hasattr(i, "values") else len(i.values) for i in rule.inputs]
        here = scope(2, 3, 1)
        expected += len(list(product(*map(range, inputs)))) * len(list(here.places(rule.place)))
    asked = Naive(settled(), scope(2, 3, 1)).requests
    assert len(asked) == len({(q.action, q.place, tuple(q.inputs.items())) for q in asked}) == expected == 307
