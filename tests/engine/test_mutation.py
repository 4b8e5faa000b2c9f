"""Mutants of the table: each is one change, each is noticed or equivalent, and what says so can be trusted."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from support.console import call
from support.naive import Naive
from support.strategies import Dice, dice, small_models

from backup_slr.cli.mutate import Settings, consulting, opened
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.check.transitions import moves_of
from backup_slr.engine.core.formula import Same, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Property
from backup_slr.engine.core.step import Machine
from backup_slr.engine.diff.compare import differences, first_difference
from backup_slr.engine.mutation.court import Court, Ruling, Verdict
from backup_slr.engine.mutation.mutants import OPERATORS, Mutant, mutants
from backup_slr.engine.prove import available
from backup_slr.engine.prove.alike import Alike
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.lifecycle.clauses import CLAUSES
from backup_slr.lifecycle.vocabulary import EFS_VAULT, NO_SUCH_ROLE, r, role, v, vault
from backup_slr.report.mutation import mutated_lines
from backup_slr.scenario.load import load

MUTANTS = mutants(lifecycle())
BY_ID = {m.id: m for m in MUTANTS}
GALLERY = tuple(load(str(file), lifecycle()) for file in sorted(Path("simulations").glob("*.toml")))
ORACLE = "support.beside_oracle:adapter"
EQUIVALENT = [
    "start_job/move-guard/no-such-role/to-2",  # an absent role is not being deleted
    "create_backup_vault/move-effect/vault-1/to-2",  # both put the vault there
    "use_feature_from_another_service/change-when/role-2/without-1",  # where it is present already
    "finish_job/change-when/points/without-3",  # a count never leaves its range
]


@cache
def court(oracle: str | None = ORACLE) -> object:
    return opened(Settings(lifecycle(), GALLERY, oracle, available()))


def ruling(id: str, oracle: str | None = ORACLE) -> Ruling:
    return court(oracle).judge(BY_ID[id])  # type: ignore[attr-defined]


# ---------------------------------------------------------------- the mutants


def test_there_are_mutants_of_every_kind_with_ids_that_differ() -> None:
    assert len(MUTANTS) > 850
    assert set(Counter(m.operator for m in MUTANTS)) == set(OPERATORS)
    assert len(BY_ID) == len(MUTANTS)
    assert all(m.id.startswith(f"{m.action}/{m.operator}/") for m in MUTANTS)


def test_a_mutant_changes_one_rule_and_cites_what_it_changes() -> None:
    table = lifecycle()
    for mutant in MUTANTS:
        changed = [r.action for r, other in zip(table.rules, mutant.of(table).rules, strict=True) if r != other]
        assert changed == [mutant.action]
        assert mutant.clauses
        assert mutant.change


def test_every_guard_and_effect_has_a_mutant_without_it() -> None:
    dropped = Counter((m.action, m.operator) for m in MUTANTS)
    for rule in lifecycle().rules:
        assert dropped[rule.action, "drop-guard"] == len(rule.guards)
        assert dropped[rule.action, "drop-effect"] == len(rule.effects) + len(rule.on_failure)


def test_ids_do_not_depend_on_the_rules_around_them() -> None:
    table = lifecycle()
    alone = replace(table, rules=table.rules[9:10], properties=())
    assert [m.id for m in mutants(alone)] == [m.id for m in MUTANTS if m.action == alone.rules[0].action]


# ---------------------------------------------------------------- where answers differ


@given(small_models(actions=2), dice())
def test_differences_are_those_that_trying_every_request_finds(drawn: tuple[Model, object], throws: Dice) -> None:
    model, here = drawn
    every = mutants(model)
    if not every:
        return
    mutant = every[throws.random.randrange(len(every))]
    one, other = Naive(model, here), Naive(mutant.of(model), here)
    space = Space(model, here)
    states = space.explore().states
    old = [m for m in space.moves if m.ending.action == mutant.action]
    found = list(differences(old, moves_of(mutant.rule, here)))
    first = first_difference(space, found, states) if found else None
    expected = None
    for number, word in enumerate(states):
        state = space.words.unpack(word)
        for request in one.requests:
            if request.action == mutant.action and expected is None:
                a, b = one.taken(state, request), other.taken(state, request)
                if (a.outcome, a.because, a.after) != (b.outcome, b.because, b.after):
                    expected = number
    assert (first[0] if first else None) == expected


# ---------------------------------------------------------------- the court


@pytest.mark.parametrize("id", EQUIVALENT)
def test_what_changes_no_answer_is_equivalent_and_proved_so(id: str) -> None:
    found = ruling(id)
    assert (found.verdict, found.proved, found.kills, found.example) == ("equivalent", True, (), None)


def test_z3_proves_nothing_that_a_small_scope_refutes() -> None:
    table = lifecycle().assuming()
    alike, asked = Alike(), 0
    for mutant in MUTANTS[::29]:
        old, new = table.rule(mutant.action), mutant.of(lifecycle()).assuming().rule(mutant.action)
        if old != new:
            here = scope(1, 3, 1)
            space = Space(table, here)
            moves = [m for m in space.moves if m.ending.action == mutant.action]
            found = list(differences(moves, moves_of(new, here)))
            if found and first_difference(space, found, space.explore().states):
                asked += 1
                assert not alike(table, old, new, {}), mutant.id
    assert asked > 15


@pytest.mark.parametrize("id", list(BY_ID)[::45])
def test_who_kills_a_mutant_shows_how(id: str) -> None:
    """What the court says can be played again: both models answer alike up to the last request, and not that."""
    found = ruling(id)
    if found.example is None:
        assert found.verdict == "equivalent"
        return
    assert found.verdict == "killed"
    example = found.example
    whole = lifecycle().assuming(dict(example.assumed))
    changed = found.mutant.of(lifecycle()).assuming(dict(example.assumed))
    one, other = Machine(whole, example.scope), Machine(changed, example.scope)
    state = one.initial
    for number, request in enumerate(example.requests, 1):
        a, b = one.step(state, request), other.step(state, request)
        told = [(s.outcome, s.guard and (s.guard.otherwise.id, s.guard.shows_as), s.state) for s in (a, b)]
        assert (told[0] != told[1]) == (number == len(example.requests))
        state = a.state


def test_a_reading_that_is_not_the_default_one_is_taken_where_the_change_shows() -> None:
    found = ruling("delete_backup_vault/drop-guard/default-vault-needs-another-vault")
    assert found.verdict == "killed"
    assert found.example
    assert dict(found.example.assumed)["default-vault"] == "needs-another-vault"


def test_without_an_oracle_something_survives_and_is_shown() -> None:
    id = "delete_recovery_point/drop-reading/vault"
    assert ruling(id).verdict == "killed"
    answer = call("mutate", "--mutant", id, "--jobs", "1")
    assert answer.code == 1
    assert f"SURVIVED {id}" in answer.out
    assert "done: vault us-east-1/Default absent -> there" in answer.out


def test_shares_leave_equivalent_mutants_out() -> None:
    some = tuple(ruling(id) for id in (*EQUIVALENT, "edit_description/drop-guard/not-permitted"))
    verdict = Verdict(some, ("properties", "outcomes"), 1.0)
    assert (verdict.count("equivalent"), verdict.score, verdict.by_properties_alone) == (4, 1.0, 1.0)
    assert verdict.by_clause() == {"PERM-1": (1, 1, 1)}


def test_what_one_judge_notices_does_not_depend_on_the_others() -> None:
    """The oracle notices this one under the defaults, properties under another value only."""
    mutant = BY_ID["list_resources/change-when/role-2/not"]
    scopes = [scope(1, 2, 1)]
    oracle = consulting(ORACLE)
    alone, together = (Court(lifecycle(), scopes, oracle=said).judge(mutant) for said in (None, oracle))
    assert alone.by_properties
    assert [k for k in together.kills if k.judge != "oracle"] == list(alone.kills)
    assert [k.judge for k in together.kills].count("oracle") == 1


def beyond_the_defaults(*properties: Property) -> tuple[Model, Mutant]:
    """A guard that matters where the role is gone and a vault is left: under no default, but under other values."""
    table = lifecycle()
    rule = table.rule("delete_backup_vault")
    needs = Guard(~(Same(v, EFS_VAULT) & role.is_("absent")), NO_SUCH_ROLE, "CLEAN-2")
    guarded = replace(rule, guards=(*rule.guards[:2], needs, *rule.guards[2:]))
    rules = tuple(guarded if r is rule else r for r in table.rules)
    return replace(table, rules=rules, properties=properties), Mutant("planted", "drop-guard", "planted", (), rule)


WITHOUT_A_ROLE = Property(
    "always",
    "without_the_role_there_is_no_efs_vault",
    "Without the role there is no EFS vault",
    role.is_("absent").implies(~Some((r,), vault[r, EFS_VAULT])),
    (),
)


@pytest.mark.parametrize("properties", [(), (WITHOUT_A_ROLE,)], ids=["alone", "with an invariant of the defaults"])
@pytest.mark.parametrize("prove", [None, Alike()], ids=["explored", "proved"])
def test_what_shows_only_under_a_value_that_another_rule_reads_is_not_equivalent(
    properties: tuple[Property, ...], prove: Alike | None
) -> None:
    table, mutant = beyond_the_defaults(*properties)
    found = Court(table, [scope(1, 2, 1)], prove=prove).judge(mutant)
    assert found.verdict == "killed"
    assert found.example is not None
    usual = {a.name: a.default for a in table.assumptions}
    unusual = {name: value for name, value in found.example.assumed if usual[name] != value}
    assert unusual in ({"empty-vaults-count": "no"}, {"usage-check": "at-submit"})
    assert found.example.requests[-1].action == "delete_backup_vault"


def test_where_not_every_combination_could_be_looked_at_nothing_is_called_equivalent() -> None:
    table, mutant = beyond_the_defaults()
    with patch("backup_slr.engine.check.combinations.MOST", 0):
        found = Court(table, [scope(1, 2, 1)]).judge(mutant)
    assert (found.verdict, found.example) == ("survived", None)
    lines = mutated_lines(table, Verdict((found,), ("properties",), 1.0), 1)
    assert "not every combination of the assumptions could be looked at" in "\n".join(lines)


def test_a_worker_that_is_killed_costs_what_was_not_judged_yet_and_no_more() -> None:
    chosen = ("--action", "rename_role", "--action", "delete_role", "--scenarios", "tests")
    answer = call("mutate", *chosen, "--json", "--jobs", "2", "--oracle", "support.killed_oracle:adapter")
    assert answer.code == 5
    assert "a worker process ended unexpectedly" in answer.err
    assert "Traceback" not in answer.err
    document = answer.document
    assert document["complete"] is False
    assert 0 < document["judged"] == len(document["matrix"]) < document["mutants"]


# ---------------------------------------------------------------- the command


def test_a_command_judges_what_was_chosen(tmp_path: Path) -> None:
    file = tmp_path / "found.sarif"
    answer = call(
        "mutate", "--action", "rename_role", "--jobs", "2", "--oracle", ORACLE, "--matrix", "--sarif", str(file)
    )
    assert answer.code == 0
    assert len(answer.out.splitlines()) == sum(m.action == "rename_role" for m in MUTANTS)
    assert all(line.startswith("killed ") for line in answer.out.splitlines())
    assert json.loads(file.read_text())["runs"][0]["results"] == []


def test_the_matrix_comes_as_markdown_too() -> None:
    answer = call("mutate", "--mutant", EQUIVALENT[0], "--jobs", "1", "--matrix", "--format", "md")
    assert answer.out.splitlines()[0] == "| mutant | verdict | properties | outcomes | scenarios |"
    assert f"| `{EQUIVALENT[0]}` | equivalent |" in answer.out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--action", "foo"), 2, "unknown action 'foo'; known: list_resources, "),
        (("--action", "rename_rule"), 2, "unknown action 'rename_rule'; did you mean 'rename_role'?"),
        (("--operator", "drop-gard"), 2, "unknown operator 'drop-gard'; did you mean 'drop-guard'?"),
        (("--mutant", "x"), 2, "unknown mutant 'x'"),
        (("--jobs", "0"), 2, "--jobs: a whole number from 1 to"),
        (("--action", "rename_role", "--operator", "drop-effect"), 2, "no mutant is of that action and operator"),
        (("--oracle", "oracle"), 2, "say MODULE:FUNCTION"),
        (("--oracle", "nowhere_at_all:x"), 2, "cannot be imported"),
        (("--oracle", "oracle:nothing"), 2, "oracle has no 'nothing'"),
        (("--scenarios", "nowhere"), 3, "is no folder of scenarios"),
        (("--rules", "nowhere.json"), 3, "cannot be read"),
    ],
    ids=str,
)
def test_bad_input_of_mutate_is_told_of(arguments: tuple[str, ...], code: int, message: str) -> None:
    answer = call("mutate", *arguments)
    assert (answer.code, answer.out) == (code, "")
    assert message in answer.err


def test_without_z3_it_says_that_nothing_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backup_slr.cli.mutate.available", lambda: False)
    answer = call("mutate", "--mutant", EQUIVALENT[0], "--jobs", "1")
    assert "z3 is not there (the extra 'prove')" in answer.err
    assert "0 proved at every size, 1 in the scopes looked at" in answer.out


def test_every_mutant_of_a_part_of_the_table_is_noticed() -> None:
    """Some of all, spread over the table; CI judges all of them."""
    rulings = [ruling(m.id) for m in MUTANTS[3::23]]
    assert [r.mutant.id for r in rulings if r.verdict == "survived"] == []
    verdict = Verdict(tuple(rulings), ("properties", "outcomes", "scenarios", "oracle"), 0.0)
    assert verdict.by_properties_alone > 0.6
    assert all(isinstance(r.mutant, Mutant) for r in rulings)


# ---------------------------------------------------------------- what is chosen, left out and written


ONE = "delete_recovery_point/drop-reading/vault"


def figures(*arguments: str) -> dict[str, object]:
    document = call("mutate", "--json", *arguments).document
    return {key: value for key, value in document.items() if key not in ("seconds", "matrix")}


@pytest.mark.parametrize("assumed", [(), ("--assume", "default-vault=needs-another-vault")], ids=["all", "one taken"])
def test_a_table_that_was_written_to_a_file_has_the_same_mutants_under_the_same_readings(
    tmp_path: Path, assumed: tuple[str, ...]
) -> None:
    file = tmp_path / "rules.json"
    assert call("rules", "--json", *assumed, "-o", str(file)).code == 0
    assert json.loads(file.read_text())["table"]["assumed"] == dict(a.split("=") for a in assumed[1:])
    some = ("--action", "delete_backup_vault", "--operator", "drop-reading")
    assert figures("--rules", str(file), *some) == figures(*assumed, *some)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_scenarios_that_another_table_cannot_play_are_passed_over_and_told_of(tmp_path: Path, jobs: str) -> None:
    for file in Path("simulations").glob("*.toml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "broken.toml").write_text("steps = [", encoding="utf-8")
    without = ("--without", "delete_backup_vault/vault-has-recovery-points")
    chosen = ("--mutant", ONE, "--jobs", jobs, "--scenarios", str(tmp_path))
    answer = call("mutate", *without, *chosen)
    assert answer.code in (0, 1)
    assert f"passed over: {tmp_path / 'broken.toml'}:1: " in answer.err
    assert "unknown refusal 'vault-has-recovery-points'" in answer.err
    assert "  by scenarios" in answer.out


def test_a_scenario_that_fails_on_the_table_itself_notices_nothing_and_is_told_of(tmp_path: Path) -> None:
    text = 'title = "A wrong one"\n[[step]]\ndo = "list_resources"\nexpect = "refused"\n'
    file = tmp_path / "wrong.toml"
    file.write_text(text, encoding="utf-8")
    answer = call("mutate", "--mutant", ONE, "--jobs", "1", "--scenarios", str(tmp_path))
    assert answer.code == 1
    assert f"passed over: {file} does not go as it expects on this table" in answer.err


def test_a_picture_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    sarif = tmp_path / "found.sarif"
    picture = str(tmp_path / "nowhere" / "kills.svg")
    answer = call("mutate", "--mutant", ONE, "--jobs", "1", "--picture", picture, "--sarif", str(sarif))
    assert answer.code == 3
    assert f"{picture}: cannot be written" in answer.err
    assert f"SURVIVED {ONE}" in answer.out
    assert sarif.exists()


@pytest.mark.parametrize(
    "form", [("--json",), ("--format", "json"), ("--json", "--matrix"), ("--format", "json", "--matrix")]
)
def test_json_is_json_however_it_is_asked_for(form: tuple[str, ...]) -> None:
    assert call("mutate", "--mutant", ONE, "--jobs", "1", *form).document["survived"][0]["id"] == ONE


def test_the_result_comes_as_markdown() -> None:
    lines = call("mutate", "--mutant", ONE, "--jobs", "1", "--format", "md").out.splitlines()
    assert lines[0] == "## Mutants of the rules"
    assert "| survived | 1 |" in lines
    assert f"SURVIVED {ONE}" in lines


def test_clauses_that_no_mutant_touches_are_listed_by_kind() -> None:
    answer = call("mutate", "--mutant", ONE, "--jobs", "1")
    cited = {clause for m in MUTANTS for clause in m.clauses}
    silent = [clause for clause in CLAUSES if clause.id not in cited]
    assert silent
    for kind in {clause.kind for clause in silent}:
        assert f"  {kind}: {' '.join(c.id for c in silent if c.kind == kind)}" in answer.out.splitlines()
    document = call("mutate", "--mutant", ONE, "--jobs", "1", "--json").document
    assert document["untouched"] == [clause.id for clause in silent]


def test_the_matrix_says_how_many_more_notice() -> None:
    id = "list_resources/drop-guard/not-permitted"
    document = call("mutate", "--mutant", id, "--jobs", "1", "--json").document
    names = [kill["by"] for kill in document["matrix"][0]["kills"] if kill["judge"] == "scenarios"]
    assert len(names) == 3
    assert f"{names[0]} and 2 more" in call("mutate", "--mutant", id, "--jobs", "1", "--matrix", "--format", "md").out
