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
from backup_slr.engine.check.exploration import Limits, Space
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import FALSE, TRUE, And, Does, Element, Formula, Or, Unchanged, children
from backup_slr.engine.core.model import Model, with_required
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.variable import Count, Enum, Variable
from backup_slr.engine.prove.equivalence import RuleEquivalence
from backup_slr.engine.spec.extension import Amendment, Extension
from backup_slr.engine.spec.reduction import initial_values, reduced
from backup_slr.lifecycle import BACKUP, scope
from backup_slr.lifecycle.extensions import EXTENSIONS, INTERACTIONS
from backup_slr.lifecycle.extensions.backup_roles_actions import may_create_role
from backup_slr.lifecycle.extensions.order import COLLISION
from backup_slr.lifecycle.guards import CONSOLE_VISIT_HERE
from backup_slr.lifecycle.vocabulary import r, v, via

Names = tuple[str, ...]
KNOWN = {extension.name: extension for extension in EXTENSIONS}
SINGLE: list[Names] = [(name,) for name in KNOWN]
SMALL, WITH_ORDINARY_VAULT = (1, 2, 1), (1, 3, 1)
CONCRETE = [name for name, extension in KNOWN.items() if extension.abstracts]


def _built(*names: str) -> set[str]:
    """The names of extensions and of those that they build on."""
    return {extension.name for extension in with_required([KNOWN[name] for name in names])}


def compatible(*names: str) -> bool:
    """Whether extensions can be combined."""
    built = _built(*names)
    return not any(excluded in built for name in built for excluded in KNOWN[name].excludes)


def independent(*names: str) -> bool:
    """Whether none of the extensions is one that the others build on, so that leaving it out would change nothing."""
    return not any(name in _built(*(n for n in names if n != name)) for name in names)


PAIRS: list[Names] = [pair for pair in combinations(KNOWN, 2) if compatible(*pair)]
TRIPLES: list[Names] = [three for three in combinations(KNOWN, 3) if compatible(*three) and independent(*three)]
INTERACTING = [frozenset(one.name for one in interaction.requires) for interaction in INTERACTIONS]
SLOW = (pytest.mark.slow, pytest.mark.pairs)
EACH = [
    pytest.param(names, id="+".join(names), marks=() if len(names) == 1 or frozenset(names) in INTERACTING else SLOW)
    for names in (*SINGLE, *PAIRS)
]
THREE = [pytest.param(names, id="+".join(names), marks=SLOW) for names in TRIPLES]


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


@pytest.mark.parametrize("names", [*EACH, *THREE])
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
    report = Checker(model, scope(1, 2, 2)).check(Limits(states=5_000_000), only=asked)
    wrong = {r.property.id: r.verdict for r in report.results if r.verdict not in ("holds", "out of scope")}
    assert wrong == {}


@pytest.mark.parametrize("name", KNOWN)
def test_the_actions_that_an_extension_changes_are_those_that_differ(name: str) -> None:
    without = BACKUP.extended(*(one.name for one in KNOWN[name].requires)).model
    with_it = BACKUP.extended(name).model
    differing = {rule.action for rule in without.rules if with_it.rule(rule.action) != rule}
    assert KNOWN[name].changed_actions == differing


@pytest.mark.parametrize("names", [*SINGLE, *PAIRS], ids="+".join)
def test_what_limits_an_operation_limits_all_actions_of_that_operation(names: Names) -> None:
    """An extension that knows only one of two actions for ``DeleteRecoveryPoint`` would leave the other unprotected."""
    rules = {rule.action: rule for rule in composed(names).rules}
    parts = with_required([KNOWN[name] for name in names])
    for extension in parts:
        limits = [(action, added.guard.otherwise) for added in extension.guards for action in added.actions]
        limits += [(restriction.action, None) for restriction in extension.restrictions]
        for limited, refusal in limits:
            for action in (rule.action for other in parts if other is not extension for rule in other.rules):
                one, other = rules[limited], rules[action]
                if one.by == other.by and set(one.operations) & set(other.operations):
                    assert refusal in [guard.otherwise for guard in other.guards], (limited, action)


@pytest.mark.parametrize("names", [names for names in PAIRS if "backup-roles" in names], ids="+".join)
def test_every_request_creates_the_role_as_a_side_effect_only_with_the_permission_for_that(names: Names) -> None:
    """EFS creates it with its own permission, unless another value of an assumption applies."""
    for rule in composed(names).rules:
        created = [effect for effect in rule.effects if effect.variable.name == "role" and rule.by == "person"]
        asked = "iam:CreateServiceLinkedRole" in rule.operations or "iam:DeleteServiceLinkedRole" in rule.operations
        assert asked or not created or may_create_role in rule.inputs, rule.action


@pytest.mark.parametrize("names", [names for names in PAIRS if "retention" in _built(*names)], ids="+".join)
def test_the_end_of_retention_periods_empties_every_count_of_recovery_points(names: Names) -> None:
    model = composed(names)
    counts = {variable.name for variable in model.state if isinstance(variable, Count)}
    ends = [rule for rule in model.rules if rule.by == "service" and "RETAIN-1" in rule.clauses]
    assert {e.variable.name for rule in ends for e in rule.effects if e.value < 0} == counts


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
            taken = [{}, *({a.name: value} for a in model.assumptions for value in list(a.values)[1:])]
            checks = (
                Checker(model.assuming(chosen), scope(*size)).check(only=[id])
                for size in (SMALL, WITH_ORDINARY_VAULT)
                for chosen in taken
            )
            assert any(check.results[0].verdict == "violated" for check in checks), id


@pytest.mark.slow
@pytest.mark.parametrize("part", INTERACTIONS, ids=[part.name for part in INTERACTIONS])
def test_a_property_amended_where_extensions_meet_is_violated_without_the_amendment(part: Extension) -> None:
    for amendment in part.amendments:
        for id in amendment.properties:
            if amendment.unless == FALSE:
                continue  # more may happen meanwhile: the property says more
            kept = tuple(_without(a, id) if a is amendment else a for a in part.amendments)
            changed = replace(part, amendments=kept)
            known = tuple(changed if one is part else one for one in INTERACTIONS)
            model = replace(BACKUP.model, interactions=known).extended(*part.requires).assuming()
            # With one recovery point a vault, the last one is every one.
            sizes = (SMALL, WITH_ORDINARY_VAULT, (1, 2, 2))
            checks = (Checker(model, scope(*size)).check(only=[id]) for size in sizes)
            assert any(check.results[0].verdict == "violated" for check in checks), id


def test_an_interaction_is_composed_once_all_that_it_requires_are() -> None:
    for interaction in INTERACTIONS:
        names = [one.name for one in interaction.requires]
        whole, step_by_step = BACKUP.extended(*names), BACKUP
        for name in names:
            step_by_step = step_by_step.extended(name)
        assert {p.id for p in interaction.properties} <= {p.id for p in whole.model.properties}
        for rule in whole.model.rules:
            assert {g.otherwise.id for g in rule.guards} == {
                g.otherwise.id for g in step_by_step.model.rule(rule.action).guards
            }


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


@pytest.mark.parametrize("name", [name for name in KNOWN if name != "obstacle"])
def test_only_what_keeps_recovery_points_from_deletion_is_an_obstacle(name: str) -> None:
    """Where nothing keeps them, there is nothing to refine: a collision passes by itself, other points are not its."""
    extension, action = KNOWN[name], "delete_recovery_point"
    keeps = [added for added in extension.guards if action in added.actions and added.guard.stratum != COLLISION]
    keeps += [one for one in extension.restrictions if (one.action, one.variable) == (action, "points")]
    obstacles = {word for word, _ in extension.abstracts} - {"open"}
    assert bool(obstacles) == bool(keeps)


# ---------------------------------------------------------------- order


ORDER = {stratum.name: number for number, stratum in enumerate(BACKUP.model.strata)}
KIND_OF = {refusal: stratum.name for stratum in BACKUP.model.strata for refusal in stratum.refusals}


def test_every_refusal_of_the_page_has_a_stratum() -> None:
    assert {guard.otherwise.id for rule in BACKUP.model.rules for guard in rule.guards} == KIND_OF.keys()


@pytest.mark.parametrize("names", SINGLE, ids="+".join)
def test_every_guard_that_an_extension_adds_has_a_stratum(names: Names) -> None:
    assert all(added.guard.stratum in ORDER for added in KNOWN[names[0]].guards)


@pytest.mark.parametrize("names", EACH)
def test_guards_stand_in_the_order_of_their_strata(names: Names) -> None:
    own = {rule.action for rule in BACKUP.model.rules}
    for rule in composed(names).rules:
        kinds = [guard.stratum or KIND_OF.get(guard.otherwise.id) for guard in rule.guards]
        if rule.action in own:
            assert None not in kinds, rule.action
        numbers = [ORDER[kind] for kind in kinds if kind is not None]
        assert numbers == sorted(numbers), rule.action


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(names, id="+".join(names), marks=[pytest.mark.slow, pytest.mark.pairs] if number % 8 else ())
        for number, names in enumerate(PAIRS)
    ],
)
def test_the_order_of_composition_does_not_matter_to_rules(names: Names) -> None:
    one, other = (_in_turn(*names), _in_turn(*reversed(names)))
    assert set(one.state) == set(other.state)
    alike = RuleEquivalence()
    for rule in one.rules:
        twin = other.rule(rule.action)
        assert rule == twin or all(
            alike(one, rule.assuming(taken), twin.assuming(taken), taken) for taken in _values(one, rule, twin, [])
        ), rule.action


@pytest.mark.parametrize("names", PAIRS, ids="+".join)
def test_the_order_of_composition_does_not_matter_to_properties(names: Names) -> None:
    one, other = (_in_turn(*names), _in_turn(*reversed(names)))
    assert set(map(_in_normal_form, one.properties)) == set(map(_in_normal_form, other.properties))


def _in_normal_form(asked: Property) -> tuple[object, ...]:
    """The property with sets in place of what is equivalent in any order."""
    formulas = (_as_sets(formula) for formula in (asked.formula, asked.earlier, asked.meanwhile))
    fair = frozenset((replace(one, steps=TRUE), _as_sets(one.steps)) for one in asked.fair)
    plain = replace(asked, formula=TRUE, earlier=TRUE, meanwhile=TRUE, fair=(), clauses=())
    return (plain, asked.variant_of, frozenset(asked.clauses), *formulas, fair)


def _as_sets(formula: Formula) -> object:
    match formula:
        case And(parts) | Or(parts):
            flat: set[object] = set()
            for part in map(_as_sets, parts):
                same = isinstance(part, tuple) and part[0] is type(formula)
                flat |= part[1] if same else {part}  # pyright: ignore
            return type(formula), frozenset(flat)
        case Unchanged(names):
            return Unchanged, frozenset(names)
        case _:
            below = children(formula)
            return (type(formula), getattr(formula, "over", None), *map(_as_sets, below)) if below else formula


def _in_turn(*names: str) -> Model:
    return BACKUP.model.extended(*(KNOWN[name] for name in names))
