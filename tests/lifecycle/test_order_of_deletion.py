"""The order of deletion in the README works wherever any order works: each default vault first, beside another vault.

`default_vault_first_ends_without_role` says so of one model: an operator in any state, with any running jobs, any
collisions and any interleaving of Regions, who sends no request out of order, deletes the role. Here it is checked
under every combination of assumption values, with each extension (after the steps that its amendments name), and for
the runbook that follows it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from support.runbooks import gallery

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.combinations import freed, read_by
from backup_slr.engine.core.formula import After, Formula, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import Scope
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.lifecycle.extensions import EXTENSIONS
from backup_slr.lifecycle.predicates import ABSENT, PRESENT
from backup_slr.lifecycle.vocabulary import EFS_VAULT, r, vault
from backup_slr.runbook.experiment import recorded
from backup_slr.runbook.to_scenario import trace

ORDER = "default_vault_first_ends_without_role"
WITH_TEMPORARY = scope(1, 3, 1)
READ = ("usage-check", "default-vault", "efs-vault", "empty-vaults-count")
COMBINATIONS = [
    dict(zip(READ, values, strict=True))
    for values in product(*(a.values for name in READ for a in lifecycle().assumptions if a.name == name))
]
EFS_VAULT_EXISTS = Some((r,), vault[r, EFS_VAULT])
NEEDS_ANOTHER = {"default-vault": "needs-another-vault"}


def order(model: Model) -> Property:
    return next(p for p in model.properties if p.id == ORDER)


def verdict(model: Model, asked: Property, here: Scope = WITH_TEMPORARY) -> str:
    (result,) = Checker(replace(model, properties=(asked,)), here).check(only=[asked.id]).results
    return result.verdict


def under(values: dict[str, str]) -> Model:
    """The model in which each step chooses the values of the other assumptions: it has the steps of all of them."""
    return freed(lifecycle(), values)


def test_no_other_assumption_has_an_effect_on_a_step_in_order() -> None:
    """The last one is about visits of the console, and the operator uses the CLI."""
    steps = ("delete_recovery_point", "delete_backup_vault", "create_backup_vault", "delete_service_linked_role")
    rules = (lifecycle().rule(action) for action in (*steps, "finish_job", "finish_deletion_task"))
    assert read_by(*rules) == {*READ, "console-visit-recreates-default-vault"}


@pytest.mark.parametrize("values", COMBINATIONS, ids=lambda values: ",".join(values.values()))
def test_the_order_works_wherever_any_order_works(values: dict[str, str]) -> None:
    """Where the EFS vault stays and counts, no order works in an account that has it, and this one in all others."""
    model, asked = under(values), order(lifecycle())
    if (values["efs-vault"], values["empty-vaults-count"]) != ("never", "yes"):
        assert verdict(model, asked) == "holds"
        return
    assert verdict(model, replace(asked, earlier=asked.earlier & ~EFS_VAULT_EXISTS)) == "holds"
    # A task that was accepted before the vault appeared succeeds if only the request is checked.
    kept: Formula = EFS_VAULT_EXISTS & (PRESENT if values["usage-check"] == "at-submit" else ~ABSENT)
    assert verdict(model, Property("step", "kept", "The role stays", kept.implies(After(kept)), ())) == "holds"


def test_the_default_vault_last_does_not_work_under_every_value() -> None:
    asked = next(p for p in lifecycle().properties if p.id == order(lifecycle()).variant_of)
    assert verdict(lifecycle().assuming(NEEDS_ANOTHER), asked) == "violated"


UNREAD = ("cross_account", "efs_automatic_backup", "description")


@pytest.mark.slow
@pytest.mark.parametrize("default_vault", ["cli-deletes", "needs-another-vault"])
def test_the_order_works_in_two_regions(default_vault: str) -> None:
    """Without the variables that no step in order reads, and the actions that change nothing else."""
    model, asked = lifecycle().assuming({"default-vault": default_vault}), order(lifecycle())
    rules = [replace(x, effects=tuple(e for e in x.effects if e.variable.name not in UNREAD)) for x in model.rules]
    smaller = replace(model, properties=(asked,), rules=tuple(rule for rule in rules if rule.effects))
    assert verdict(smaller, asked, scope(2, 3, 1)) == "holds"


@pytest.mark.parametrize("name", [extension.name for extension in EXTENSIONS])
def test_the_order_works_with_each_extension(name: str) -> None:
    model = BACKUP.extended(name).model.assuming(NEEDS_ANOTHER)
    assert verdict(model, order(model)) == "holds"


@pytest.mark.parametrize("account", ["busy", "many-regions", "efs-still-on"])
def test_the_runbook_follows_the_order(account: str) -> None:
    asked = gallery("default-vault-first", account)
    deleted = 0
    for run in range(3):
        one = recorded(asked, 0, run)
        requests = [event for event in one.events if event.request is not None]
        found = trace(one)
        exists = found.machine.layout.cell
        vaults = range(found.machine.scope.sizes["vault"])
        for event, step in zip(requests, found.steps, strict=True):
            if event.by != "person" or step.request.action != "delete_backup_vault":
                continue
            region, vault_ = step.request.place
            others = any(step.before[exists("vault", (region, other))] for other in vaults if other)
            default = step.before[exists("vault", (region, 0))]
            assert others if vault_ == 0 else not default
            deleted += 1
    assert deleted
