"""Every clause is covered, and every cited clause exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backup_slr.engine.spec.documentation import Clause, sentence_hash
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.lifecycle.assumptions import CONVENTIONS
from backup_slr.lifecycle.clauses import CLAUSES, FACTS
from backup_slr.report.coverage import coverage
from backup_slr.scenario.scenario_file import load

MODEL = lifecycle()
GALLERY = Path(__file__).parent.parent.parent / "simulations"
SCENARIOS = {file.stem: load(file).clauses for file in sorted(GALLERY.glob("*.toml"))}
COVERED = {c.clause.id: c for c in coverage(BACKUP, MODEL, SCENARIOS)}
CITABLE = {c.id for c in CLAUSES} | {a.id for a in MODEL.assumptions} | set(CONVENTIONS)


def test_ids_are_stable_words_and_unique() -> None:
    ids = [c.id for c in CLAUSES]
    assert len(ids) == len(set(ids)) == 34
    assert all(re.fullmatch(r"[A-Z]+-\d", i) for i in ids)


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda c: c.id)
def test_each_clause_has_the_hashes_of_its_sentences_and_a_paraphrase(clause: Clause) -> None:
    assert clause.sha256
    assert all(re.fullmatch(r"[0-9a-f]{64}", h) for h in clause.sha256)
    assert clause.says.endswith(".")
    assert sentence_hash(clause.says) not in clause.sha256


@pytest.mark.parametrize("clause", [c for c in CLAUSES if c.kind in ("rule", "property")], ids=lambda c: c.id)
def test_a_rule_or_property_of_the_page_is_covered_by_a_rule_a_property_and_a_scenario(clause: Clause) -> None:
    covered = COVERED[clause.id]
    assert covered.rules, "no rule cites it"
    assert covered.properties, "no property cites it"
    assert covered.scenarios, "no scenario shows it"


@pytest.mark.parametrize("clause", [c for c in CLAUSES if c.kind in ("fact", "advice")], ids=lambda c: c.id)
def test_a_fact_or_advice_is_covered_or_has_a_reason(clause: Clause) -> None:
    covered = COVERED[clause.id]
    assert covered.by or clause.unchecked
    assert not (covered.by and clause.unchecked), "it says that nothing reaches it, and something does"


def test_rules_guards_effects_and_properties_cite_existing_clauses() -> None:
    for rule in MODEL.rules:
        assert rule.clauses
        parts = [*rule.guards, *rule.effects, *rule.on_failure]
        cited = {*rule.clauses, *(part.clause for part in parts)}
        assert cited <= CITABLE, (rule.action, cited - CITABLE)
    for asked in MODEL.properties:
        assert asked.clauses
        assert set(asked.clauses) <= CITABLE, asked.id
    assert set(FACTS) <= {c.id for c in CLAUSES}


def test_every_assumption_is_cited_by_the_parts_that_it_switches() -> None:
    for assumption in MODEL.assumptions:
        parts = [p for r in MODEL.rules for p in (*r.guards, *r.effects, *r.on_failure)]
        switched = [p for p in parts if any(reading.assumption == assumption.name for reading in p.under)]
        assert switched, f"{assumption.name} switches nothing"
        assert len(assumption.values) > 1
        assert assumption.evidence
        assert all(means.endswith(".") for means in assumption.values.values())


def test_every_convention_is_cited() -> None:
    cited = {p.clause for r in MODEL.rules for p in (*r.guards, *r.effects, *r.on_failure)}
    cited |= {clause for r in MODEL.rules for clause in r.clauses}
    assert set(CONVENTIONS) <= cited


def test_property_ids_are_their_sentences_and_differ() -> None:
    ids = [p.id for p in MODEL.properties]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9_]+", i) for i in ids)
