"""What single places show agrees with the exploration of all states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from support.console import call
from support.schemas import valid
from support.second_role import CLUSTERS

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.check.place_reach import PlaceReach
from backup_slr.engine.check.step_cases import StepCases
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count
from backup_slr.lifecycle import BACKUP, scope

HERE = scope(1, 2, 1)
SMALL = "simulations/inventories/small.json"


def settled(*extensions: str, **assume: str) -> Model:
    values = {name.replace("_", "-"): value for name, value in assume.items()}
    return BACKUP.extended(*extensions).model.assuming(values)


def weakened() -> Iterator[Model]:
    """The model without one of its guards, for each of them."""
    whole = settled()
    for number, one in enumerate(whole.rules):
        for i in range(len(one.guards)):
            less = replace(one, guards=(*one.guards[:i], *one.guards[i + 1 :]))
            yield replace(whole, rules=(*whole.rules[:number], less, *whole.rules[number + 1 :]))


@pytest.mark.parametrize(
    ("model", "here", "least"),
    [
        (settled(), HERE, 50),
        (settled(usage_check="at-submit"), HERE, 50),
        (settled(empty_vaults_count="no", default_vault="needs-another-vault"), HERE, 50),
        (settled("vault-lock"), HERE, 60),
        (settled("access-policy"), HERE, 60),
        (settled("backup-roles"), HERE, 55),
        *((model, HERE, 0) for model in list(weakened())[::9]),
        (CLUSTERS.model.assuming(), Scope(dict.fromkeys((s.name for s in CLUSTERS.sorts), 2), {}), 1),
    ],
    ids=lambda value: value if isinstance(value, int) else "",
)
def test_what_places_show_holds_in_every_state(model: Model, here: Scope, least: int) -> None:
    here = replace(here, bounds={v.name: 1 for v in model.state if isinstance(v, Count)})
    reach = PlaceReach(StepCases(Space(model, here)))
    shown = {p.id for p in model.properties if reach.show(p)}
    report = Checker(model, here).check(only=[p.id for p in model.properties if p.kind in ("always", "step")])
    assert {r.property.id for r in report.results if r.verdict == "violated"}.isdisjoint(shown)
    assert len(shown) >= least


def test_one_property_of_a_large_account_needs_no_search() -> None:
    answer = call("check", "--account", SMALL, "--property", "recovery_points_have_a_role", "--json")
    document = valid("check", answer)
    assert (answer.code, document["verdict"], document["stopped"], document["states"]) == (0, "holds", "places", 1)
    assert "backup-slr witness EXPRESSION --account" in answer.err


def test_properties_that_stay_open_are_named() -> None:
    answer = call("check", "--account", SMALL, "--max-states", "2000")
    assert answer.code == 5
    assert "inconclusive vault_deletion_keeps_recovery_points" in answer.out
    assert " recovery_points_have_a_role" not in answer.out
