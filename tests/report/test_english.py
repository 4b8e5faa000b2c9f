"""English for the rules: every guard and effect has a phrase under every assumption, and every guard has a fix."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.console import asked, call
from support.naive import every_input

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core.formula import (
    FALSE,
    TRUE,
    After,
    Does,
    Element,
    Ends,
    Every,
    Formula,
    Implies,
    Not,
    Some,
    Unchanged,
)
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Effect, Enum
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    EFS_VAULT,
    collides,
    cross_account,
    description,
    efs_automatic_backup,
    job,
    other,
    permitted,
    points,
    r,
    role,
    using_role,
    v,
    vault,
    via,
)
from backup_slr.report.english import effect_english, english
from backup_slr.report.reference import clause_says
from backup_slr.report.unblock import unblocking

ASSUMED = [{}] + [{a.name: value} for a in lifecycle().assumptions for value in list(a.values)[1:]]
REPR = re.compile(r"[A-Z][a-z]+\(|\w=\w|[\[\]{}<>]|None|True|False|_")


@cache
def settled(number: int) -> Model:
    """The lifecycle with one assumption changed (number 0: none)."""
    return lifecycle().assuming(ASSUMED[number])


def guards() -> Iterator[tuple[Model, Rule, Guard]]:
    """Every guard of every rule, under every assumption."""
    for number in range(len(ASSUMED)):
        model = settled(number)
        yield from ((model, rule, guard) for rule in model.rules for guard in rule.guards)


def effects() -> Iterator[tuple[Model, Rule, Effect]]:
    """Every effect of every rule, under every assumption."""
    for number in range(len(ASSUMED)):
        model = settled(number)
        yield from ((model, rule, effect) for rule in model.rules for effect in (*rule.effects, *rule.on_failure))


def readable(text: str) -> bool:
    """Return whether a text has words only, and no syntax of a program."""
    return bool(text.strip()) and text == " ".join(text.split()) and not REPR.search(text) and "()" not in text


# ---------------------------------------------------------------- every part of the rules has a phrase


def test_every_guard_and_its_opposite_have_a_phrase() -> None:
    for _, rule, guard in guards():
        for negative in (False, True):
            assert readable(english(guard.condition, negative)), (rule.action, guard.otherwise.id)
        assert english(guard.condition) != english(guard.condition, True)


def test_every_effect_has_a_phrase() -> None:
    for _, rule, effect in effects():
        assert readable(effect_english(effect)), (rule.action, effect)


def test_effects_of_one_rule_that_differ_read_differently() -> None:
    for number in range(len(ASSUMED)):
        for rule in settled(number).rules:
            for part in (rule.effects, rule.on_failure):
                assert len({effect_english(effect) for effect in part}) == len(part), rule.action


def test_every_variable_and_input_has_its_phrases() -> None:
    for variable in (*lifecycle().state, *{i.name: i for rule in lifecycle().rules for i in rule.inputs}.values()):
        phrases = variable.reads if isinstance(variable.reads, tuple) else (variable.reads,)
        assert all(map(readable, phrases)), variable.name
        assert len(set(phrases)) == len(phrases)
        if isinstance(variable, Enum):
            assert len(variable.reads) == len(variable.reads_not) == len(variable.values)
            assert all(map(readable, variable.reads_not))


def test_every_citation_has_a_text() -> None:
    for model, rule, part in (*guards(), *effects()):
        text = clause_says(BACKUP, model, part.clause)
        assert text.strip(), (rule.action, part.clause)
        assert text.endswith((".", ")")), text


def test_every_rule_refusal_and_property_has_a_sentence() -> None:
    for rule in lifecycle().rules:
        assert readable(rule.says), rule.action
    for _, rule, guard in guards():
        assert readable(guard.otherwise.says), rule.action
    for stated in lifecycle().properties:
        assert readable(stated.sentence), stated.id
        assert readable(english(stated.formula).replace("_", " ")), stated.id


# ---------------------------------------------------------------- the phrases


@pytest.mark.parametrize(
    ("formula", "positive", "negative"),
    [
        (TRUE, "always", "never"),
        (FALSE, "never", "always"),
        (permitted, "the caller has the permission", "the caller lacks the permission"),
        (role.is_("absent"), "the role does not exist", "the role exists"),
        (~role.is_("absent"), "the role exists", "the role does not exist"),
        (
            via.is_("console"),
            "the request comes from the console",
            "the request does not come from the console",
        ),
        (points[r, v].is_zero(), "the vault holds no recovery points", "the vault holds recovery points"),
        (
            points[r, v].at_most(3),
            "the vault holds at most 3 recovery points",
            "the vault holds more than 3 recovery points",
        ),
        (
            points[r, v].has_room(),
            "the maximum of recovery points is not reached",
            "the maximum of recovery points is reached",
        ),
        (v.is_(DEFAULT), "the vault is Default", "the vault is not Default"),
        (vault[r, DEFAULT], "the vault Default exists", "the vault Default does not exist"),
        (
            vault[r, v] & job[r, v],
            "the vault exists and a job is running",
            "the vault does not exist, or no job is running",
        ),
        (
            cross_account & (vault[r, v] | job[r, v]),
            "cross-account backup is on and (the vault exists, or a job is running)",
            "cross-account backup is off, or (the vault does not exist and no job is running)",
        ),
        (
            using_role,
            "a job is running in some vault of some Region",
            "no job is running in any vault of any Region",
        ),
        (
            ~(using_role & collides),
            "no job is running in any vault of any Region, or the request does not collide with a running job",
            "a job is running in some vault of some Region and the request collides with a running job",
        ),
        (
            Every((r,), efs_automatic_backup[r]),
            "EFS automatic backup is on in every Region",
            "EFS automatic backup is off in some Region",
        ),
        (
            Every((r, v), ~vault[r, v]),
            "no vault exists in any Region",
            "some vault exists in some Region",
        ),
        (
            Every((r, v), vault[r, v].implies(job[r, v])),
            "for every vault of every Region: if the vault exists, a job is running",
            "for some vault of some Region: the vault exists and no job is running",
        ),
        (
            v.is_(DEFAULT).implies(Some((other,), ~other.is_(DEFAULT) & vault[r, other])),
            "if the vault is Default, some vault other than Default exists in the Region",
            "the vault is Default and no vault other than Default exists in the Region",
        ),
        (After(role.is_("absent")), "afterwards the role does not exist", "afterwards the role exists"),
        (Unchanged(("cross_account", "role")), "cross account, role stay as they are", "cross account, role change"),
        (Does(("start_job", "finish_job")), "the action is start_job or finish_job", None),
        (Ends(("done",)), "the outcome is done", "the outcome is not done"),
    ],
    ids=str,
)
def test_the_english_of_a_formula(formula: Formula, positive: str, negative: str | None) -> None:
    assert english(formula) == positive
    assert negative is None or english(formula, negative=True) == negative


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (role.becomes("present", clause="C"), "role: present"),
        (
            description.becomes("default", clause="C", when=role.is_("absent")),
            "description: default, if the role does not exist",
        ),
        (cross_account.becomes(True, clause="C"), "cross-account backup: on"),
        (efs_automatic_backup[r].becomes(False, clause="C"), "EFS automatic backup in the Region: off"),
        (vault[r, v].becomes(True, clause="C"), "the vault: exists"),
        (vault[r, EFS_VAULT].becomes(True, clause="C"), "aws/efs/automatic-backup-vault in the Region: exists"),
        (vault[r, DEFAULT].becomes(True, clause="C", each=(r,)), "Default in every Region: exists"),
        (points[r, v].increases(clause="C"), "recovery points in the vault: one more"),
        (points[r, v].decreases(clause="C"), "recovery points in the vault: one fewer"),
        (job[r, v].becomes(False, clause="C"), "job in the vault: ended"),
        (points[r, v].increases(clause="C", when=points[r, v].has_room()), "recovery points in the vault: one more"),
    ],
    ids=str,
)
def test_the_english_of_an_effect(effect: Effect, words: str) -> None:
    assert effect_english(effect) == words


def atoms() -> st.SearchStrategy[Formula]:
    """Statements about one vault and its account."""
    some = (
        cross_account,
        vault[r, v],
        job[r, v],
        role.is_("absent"),
        v.is_(DEFAULT),
        points[r, v].is_zero(),
        using_role,
    )
    return st.sampled_from(some)


@given(
    st.recursive(
        atoms(),
        lambda part: (
            st.builds(lambda a, b: a & b, part, part)
            | st.builds(lambda a, b: a | b, part, part)
            | st.builds(Not, part)
            | st.builds(Implies, part, part)
        ),
        max_leaves=6,
    )
)
def test_the_opposite_of_a_formula_reads_like_its_negation(formula: Formula) -> None:
    assert english(formula, negative=True) == english(~formula)
    assert english(formula) == english(~~formula)
    assert readable(english(formula))


def test_a_formula_of_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(TypeError, match="no words for"):
        english(Formula())


# ---------------------------------------------------------------- ways past a guard


def test_every_guard_has_a_way_past_unless_it_is_impossible() -> None:
    for model, rule, guard in guards():
        ways = unblocking(BACKUP.having(model), guard)
        assert bool(ways) == (guard.condition != FALSE), (rule.action, guard.otherwise.id, dict(model.assumed))
        assert all(way.strip() and "(" not in way.split(" ")[0] for way in ways)


def test_the_explanation_has_the_condition_the_reason_and_the_fix_of_every_guard() -> None:
    for rule in lifecycle().rules:
        document = call("explain", rule.action, "--json").document
        text = asked("explain", rule.action).out
        for guard in document["guards"]:
            text = " ".join(text.split())
            assert f"fix {guard['fix']}" in text
            assert f"why {guard['clause_says']} [{guard['clause']}]" in text
            assert (guard["says"] if guard["refused_if"] == "always" else guard["refused_if"]) in text


@pytest.mark.parametrize(
    ("action", "refusal", "ways"),
    [
        ("delete_backup_vault", "vault-has-recovery-points", ["delete_recovery_point"]),
        ("delete_backup_vault", "default-vault-in-console", ["send the request through the API or with the CLI"]),
        ("create_backup_vault", "vault-name-reserved", ["use another vault than aws/efs/automatic-backup-vault"]),
        ("assume_role", "only-the-service-may-assume", ["possible only if the caller is AWS Backup"]),
        ("start_job", "not-permitted", None),
        ("rename_role", "name-is-immutable", []),
    ],
)  # fmt: skip
def test_the_ways_past_a_guard(action: str, refusal: str, ways: list[str] | None) -> None:
    model = settled(0)
    found = [unblocking(BACKUP.having(model), g) for g in model.rule(action).guards if g.otherwise.id == refusal]
    assert found == ([] if ways is None else [ways])


@pytest.mark.parametrize("number", range(len(ASSUMED)), ids=[" ".join(r.values()) or "default" for r in ASSUMED])
def test_the_named_actions_are_those_that_make_the_guard_hold_in_some_reachable_state(number: int) -> None:
    """Each named action does so in one step from some state, and each action that does so is named."""
    model = settled(number)
    # Where one of the special vaults is missing or stays, some requests need an ordinary one.
    special = {"default-vault", "efs-creates-its-vault", "efs-vault"} & ASSUMED[number].keys()
    space = Space(model, scope(1, 3 if special else 2, 1))
    states = space.explore().states
    steps = {(space.transitions[m].ending.action, s, after) for s in states for m, after in space.successors(s)}
    for rule in model.rules:
        for guard in rule.guards:
            found: set[str] = set()
            for place, inputs in product(space.scope.places(rule.place), every_input(rule)):
                numbers = space.all(Ground(space.scope, place, inputs)(guard.condition), states)
                here = {states[number] for number in numbers}
                found |= {action for action, before, after in steps if before not in here and after in here}
            named = {way for way in unblocking(BACKUP.having(model), guard) if " " not in way}
            assert named == found, (rule.action, guard.otherwise.id)


def test_a_place_is_never_named_by_its_number() -> None:
    assert repr(Element(v.sort, 7)) == "#7"
    for action in (rule.action for rule in lifecycle().rules):
        assert "#" not in asked("explain", action).out
