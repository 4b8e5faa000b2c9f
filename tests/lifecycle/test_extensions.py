"""The laws of extensions, for each of them and each pair: what they leave as it is, and in which order they stand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations, starmap
from random import Random

import pytest
from botocore.session import get_session

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.engine import Settings, explore
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import Does, Element
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Enum, Variable
from backup_slr.engine.prove.equivalence import RuleEquivalence
from backup_slr.engine.spec.extension import Amendment, with_required
from backup_slr.engine.spec.reduction import initial_values, reduced
from backup_slr.lifecycle import BACKUP, scope
from backup_slr.lifecycle.extensions import EXTENSIONS
from backup_slr.lifecycle.extensions.order import BASE_STRATA, STRATA
from backup_slr.lifecycle.guards import CONSOLE_VISIT_HERE
from backup_slr.lifecycle.vocabulary import r, v, via

Names = tuple[str, ...]
KNOWN = {extension.name: extension for extension in EXTENSIONS}
SINGLE: list[Names] = [(name,) for name in KNOWN]
SMALL, WITH_ORDINARY_VAULT = (1, 2, 1), (1, 3, 1)
CONCRETE = [name for name, extension in KNOWN.items() if extension.abstracts]


def compatible(one: str, other: str) -> bool:
    """Whether two extensions can be combined."""
    names = {one, other, *KNOWN[one].requires, *KNOWN[other].requires}
    return not any(excluded in names for name in names for excluded in KNOWN[name].excludes)


PAIRS: list[Names] = [pair for pair in combinations(KNOWN, 2) if compatible(*pair)]
EACH = [pytest.param(names, id="+".join(names)) for names in SINGLE] + [
    pytest.param(names, id="+".join(names), marks=[pytest.mark.slow, pytest.mark.pairs]) for names in PAIRS
]


def composed(names: Names) -> Model:
    return BACKUP.extended(*names).model


@cache
def reachable(names: Names) -> frozenset[tuple[int, ...]]:
    """The reachable states of the composed model, without the variables of the extensions."""
    space = Space(composed(names).assuming(), scope(*SMALL))
    own = [n for n, (v, _) in enumerate(space.words.layout.cells) if v in BACKUP.model.state]
    found = explore(space, Settings(symmetry=False))
    assert found.complete
    return frozenset(tuple(state[n] for n in own) for state in map(space.words.unpack, found.states))


@pytest.mark.parametrize("names", EACH)
def test_every_property_holds_and_every_outcome_is_reached(names: Names) -> None:
    report = Checker(composed(names).assuming(), scope(*SMALL)).check()
    wrong = {r.property.id: r.verdict for r in report.results if r.verdict not in ("holds", "out of scope")}
    assert wrong == {}


def other_values(names: Names) -> list[dict[str, str]]:
    """Each value, but for the defaults, of the assumptions that the extensions bring."""
    known = {a.name for a in BACKUP.model.assumptions}
    brought = [a for a in composed(names).assumptions if a.name not in known]
    return [{a.name: value} for a in brought for value in list(a.values)[1:]]


VALUED = [(names, taken) for names in (*SINGLE, *PAIRS) for taken in other_values(names)]
# The seed is fixed, because workers of one run must collect the same tests.
SAMPLE = [
    ("retention", "deleting"),
    ("retention", "expired"),
    *(VALUED[n][0] for n in Random(16).sample(range(len(VALUED)), 1)),
]


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        pytest.param(
            names,
            taken,
            id="+".join((*names, *taken.values())),
            marks=() if names in SAMPLE else [pytest.mark.slow, pytest.mark.pairs],
        )
        for names, taken in VALUED
    ],
)
def test_two_points_under_each_value_violate_no_property_of_states_or_steps(
    names: Names, taken: dict[str, str]
) -> None:
    """Two points tell the last one of a vault from the others, and a value switches on what the default leaves out."""
    model = composed(names).assuming(taken)
    asked = [p.id for p in model.properties if p.kind in ("always", "step")]
    report = Checker(model, scope(1, 2, 2)).check(only=asked)
    wrong = {r.property.id: r.verdict for r in report.results if r.verdict not in ("holds", "out of scope")}
    assert wrong == {}


@pytest.mark.parametrize("name", KNOWN)
def test_the_actions_that_an_extension_changes_are_those_that_differ(name: str) -> None:
    without = BACKUP.extended(*KNOWN[name].requires).model
    with_it = BACKUP.extended(*KNOWN[name].requires).extended(name).model
    differing = {rule.action for rule in without.rules if with_it.rule(rule.action) != rule}
    assert KNOWN[name].changed_actions == differing


@pytest.mark.parametrize("names", SINGLE, ids="+".join)
def test_what_limits_an_operation_limits_all_actions_of_that_operation(names: Names) -> None:
    """An extension that knows only one of two actions for ``DeleteRecoveryPoint`` would leave the other unprotected."""
    extension = KNOWN[names[0]]
    rules = {rule.action: rule for rule in (*BACKUP.model.rules, *(r for one in EXTENSIONS for r in one.rules))}
    limited = [action for added in extension.guards for action in added.actions]
    limited += [restriction.action for restriction in extension.restrictions]
    for other in EXTENSIONS:
        for rule in other.rules:
            for action in limited:
                same = rule.by == "person" and set(rule.operations) & set(rules[action].operations)
                if same and other is not extension and rule.action not in limited:
                    assert not compatible(extension.name, other.name), (action, other.name, rule.action)


@pytest.mark.parametrize("names", [(), *SINGLE], ids="+".join)
def test_every_request_on_the_page_of_a_vault_is_a_visit_of_the_console(names: Names) -> None:
    """The path of a request that AWS's console makes on such a page names the vault; that of one about a plan does not.

    A request about a vault without an operation stands for several; some of them are made there.
    """
    service = get_session().get_service_model("backup")
    paths = {f"backup:{name}": service.operation_model(name).http["requestUri"] for name in service.operation_names}
    for rule in composed(names).rules:
        there = any("{backupVaultName}" in paths.get(operation, "") for operation in rule.operations)
        visits = rule.by == "person" and (there or (not rule.operations and rule.place == (r, v)))
        assert (CONSOLE_VISIT_HERE in rule.effects) == visits, rule.action
        assert via in rule.inputs or not visits, rule.action


@pytest.mark.slow
@pytest.mark.parametrize("names", SINGLE, ids="+".join)
def test_an_amended_property_is_violated_without_the_amendment(names: Names) -> None:
    extension = KNOWN[names[0]]
    before = BACKUP.extended(*extension.requires).model
    for amendment in (a for a in extension.amendments if not a.variant):
        for id in amendment.properties:
            others = (_without(a, id) if a is amendment else a for a in extension.amendments)
            model = before.extended(replace(extension, amendments=tuple(others)))
            other = [({a.name: value}, SMALL) for a in model.assumptions for value in list(a.values)[1:]]
            checks = (
                Checker(model.assuming(taken), scope(*size)).check(only=[id])
                for taken, size in (({}, SMALL), ({}, WITH_ORDINARY_VAULT), *other)
            )
            assert any(check.results[0].verdict == "violated" for check in checks), id


def _without(amendment: Amendment, id: str) -> Amendment:
    return replace(amendment, properties=tuple(name for name in amendment.properties if name != id))


def test_a_clean_up_need_not_end_while_someone_visits_the_vaults_page() -> None:
    model = composed(("default-vault-refilled",)).assuming()
    (asked,) = (p for p in model.properties if p.id == "cleanup_after_last_visit_ends_without_role")
    visited = replace(asked, meanwhile=asked.meanwhile | Does(("open_vaults_page",)))
    (result,) = Checker(replace(model, properties=(visited,)), scope(*SMALL)).check(only=[asked.id]).results
    assert result.verdict == "violated"
    assert result.trace
    assert "open_vaults_page" in {step.request.action for step in result.trace.steps}


# ---------------------------------------------------------------- conservative


@pytest.mark.parametrize("names", EACH)
def test_without_its_actions_and_at_its_initial_values_every_request_is_answered_as_before(names: Names) -> None:
    extended = composed(names)
    own = initial_values(extended, BACKUP.model)
    alike = RuleEquivalence()
    for rule in BACKUP.model.rules:
        twin = reduced(extended.rule(rule.action), own)
        readings = [a.name for a in BACKUP.model.assumptions]
        assert rule == twin or all(
            alike(BACKUP.model, rule.assuming(taken), twin.assuming(taken), taken)
            for taken in _values(extended, rule, twin, readings)
        ), rule.action


def _values(model: Model, rule: Rule, twin: Rule, pinned: list[str]) -> list[dict[str, str]]:
    """The combinations of the values of assumptions that one of two rules reads, with defaults for the others."""
    parts = [p for r in (rule, twin) for p in (*r.guards, *r.effects, *r.on_failure)]
    read = dict.fromkeys(reading.assumption for part in parts for reading in part.under)
    found: list[dict[str, str]] = [{a.name: a.default for a in model.assumptions if a.name in (*pinned, *read)}]
    for a in model.assumptions:
        if a.name in read:
            found = [{**taken, a.name: value} for taken in found for value in a.values]
    return found


@pytest.mark.parametrize("names", EACH)
def test_without_its_variables_every_reachable_state_was_reachable_before(names: Names) -> None:
    assert reachable(names) == reachable(())


# ---------------------------------------------------------------- refinement


@pytest.mark.parametrize("name", CONCRETE)
def test_a_step_is_none_one_or_two_steps_of_the_abstract_extension(name: str) -> None:
    concrete, abstract = (Space(composed((n,)).assuming(), scope(*SMALL)) for n in (name, "obstacle"))
    inner, outer = concrete.words.layout, abstract.words.layout

    @cache
    def mapped(word: int) -> int:
        state = concrete.words.unpack(word)

        def cell(variable: Variable, at: tuple[int, ...]) -> int:
            if variable in inner.model.state:
                return state[inner.cell(variable.name, at)]
            assert isinstance(variable, Enum)
            here = Situation(inner, state, dict(zip(BACKUP.place, map(Element, variable.per, at), strict=True)))
            return variable.values.index(next(word for word, case in KNOWN[name].abstracts if holds(case, here)))

        return abstract.words.pack(tuple(starmap(cell, outer.cells)))

    @cache
    def reached(word: int) -> set[int]:
        return {word, *(target for _, target in abstract.successors(word))}

    assert mapped(concrete.words.pack(inner.initial)) == abstract.words.pack(outer.initial)
    for word in explore(concrete, Settings(symmetry=False)).states:
        for _, target in concrete.successors(word):
            after, wanted = reached(mapped(word)), mapped(target)
            assert wanted in after or any(wanted in reached(middle) for middle in after), (word, target)


# ---------------------------------------------------------------- order


@pytest.mark.parametrize("names", EACH)
def test_new_guards_stand_in_the_order_of_their_strata(names: Names) -> None:
    for rule in composed(names).rules:
        for number, guard in enumerate(rule.guards):
            if not guard.stratum:
                continue
            for position, other in enumerate(rule.guards):
                kind = BASE_STRATA.get(other.otherwise.id)
                stratum = other.stratum or (1 + STRATA.index(kind) if kind else 0)
                if stratum and stratum != guard.stratum:
                    assert (position < number) == (stratum < guard.stratum), (rule.action, guard.otherwise.id)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(names, id="+".join(names), marks=[pytest.mark.slow, pytest.mark.pairs] if number % 8 else ())
        for number, names in enumerate(PAIRS)
    ],
)
def test_the_order_of_composition_does_not_matter(names: Names) -> None:
    one, other = (_in_turn(*names), _in_turn(*reversed(names)))
    assert {v.name for v in one.state} == {v.name for v in other.state}
    assert {p.id for p in one.properties} == {p.id for p in other.properties}
    alike = RuleEquivalence()
    for rule in one.rules:
        twin = other.rule(rule.action)
        assert rule == twin or all(
            alike(one, rule.assuming(taken), twin.assuming(taken), taken) for taken in _values(one, rule, twin, [])
        ), rule.action


def _in_turn(*names: str) -> Model:
    return BACKUP.model.extended(*(KNOWN[name] for name in with_required(names, KNOWN)))
