"""Rules as JSON: they survive a round trip, and every mistake is reported with its path."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.console import asked, call, timeless
from support.random_models import Maker, random_models, rules
from support.strategies import COUNTS, ROOM, SHELF, VARIABLES, Dice, dice
from support.strategies import model_of as toy

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.core.formula import FALSE, TRUE, Every, Formula, Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, PropertyKind, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.serialize.compatibility import load
from backup_slr.engine.serialize.table_reader import model_of
from backup_slr.engine.serialize.table_writer import table_document
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.report.explain import explanation, explanation_lines
from backup_slr.report.reference import rules_lines

OTHERS = [(a.name, value) for a in lifecycle().assumptions for value in list(a.values)[1:]]


def written(folder: Path, text: str) -> str:
    """A file with this text (lone surrogates are bytes); its name."""
    file = folder / "rules.json"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    return str(file)


def again(model: Model, definitions: dict[str, Formula] | None = None) -> Model:
    """A model after it is written as text and read."""
    return model_of(json.loads(json.dumps(table_document(model, definitions))))


# ---------------------------------------------------------------- round trips


def test_the_built_in_table_survives_a_round_trip() -> None:
    assert again(lifecycle()) == lifecycle()
    assert again(lifecycle(), BACKUP.definitions) == lifecycle()


def test_a_round_trip_keeps_the_phrases() -> None:
    """Comparing variables ignores phrases, so the English text is compared."""
    model, same = lifecycle().assuming(), again(lifecycle()).assuming()
    assert list(rules_lines(model.rules)) == list(rules_lines(same.rules))
    for rule in model.rules:
        ours, read = (explanation(rule.action, BACKUP.having(m)) for m in (model, same))
        assert list(explanation_lines(ours)) == list(explanation_lines(read))


@pytest.mark.parametrize("other", OTHERS, ids=" ".join)
def test_assumptions_can_still_be_chosen_after_a_round_trip(other: tuple[str, str]) -> None:
    assert again(lifecycle()).assuming(dict([other])) == lifecycle().assuming(dict([other]))
    settled = lifecycle().assuming(dict([other]))
    assert again(settled) == settled


@st.composite
def whole_models(draw: st.DrawFn) -> Model:
    """A random model with properties of every kind."""
    model, _ = draw(random_models(actions=3))
    maker = Maker(Random(draw(st.integers(0, 2**32))))
    kinds: tuple[PropertyKind, ...] = ("always", "step", "sometimes", "eventually", "possible")
    drawn = [replace(maker.property(model, kind), id=kind, sentence=kind.capitalize()) for kind in kinds]
    return replace(model, properties=(*drawn[:-1], replace(drawn[-1], needs=(("room", 2),))))


@settings(max_examples=25)
@given(whole_models())
def test_any_model_survives_a_round_trip(model: Model) -> None:
    assert again(model) == model


@settings(max_examples=25)
@given(rules(VARIABLES), dice())
def test_a_round_trip_keeps_the_behavior(rule: Rule, throws: Dice) -> None:
    model, here = toy(VARIABLES, rule), Scope({"room": 2, "shelf": 2}, dict.fromkeys(COUNTS, 2))
    one, two = Machine(model, here), Machine(again(model), here)
    for _ in range(20):
        state = throws.state(one.layout)
        place = tuple(e.index for e in throws.place(here, rule.place).values())
        request = Request(rule.action, place, throws.inputs(rule.inputs))
        assert one.step(state, request) == two.step(state, request)


def test_two_parameters_of_one_name_are_rejected() -> None:
    a, b = Param("a", ROOM), Param("a", SHELF)
    asked_of = Property("always", "x", "x", Every((a,), TRUE) & Every((b,), FALSE), ())
    with pytest.raises(ValueError, match="different things have the name 'a'"):
        Model("toy", (ROOM, SHELF), (Flag("lit"),), (), (asked_of,))


# ---------------------------------------------------------------- on the command line


@pytest.fixture(scope="module")
def table_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("table") / "rules.json"
    assert call("rules", "--json", "-o", str(file)).code == 0
    return str(file)


def test_a_printed_table_prints_the_same_when_it_is_read(table_file: str) -> None:
    assert call("rules", "--rules", table_file, "--json").out == Path(table_file).read_text()


@pytest.mark.parametrize(
    "command",
    [
        ("check", "--regions", "1"),
        pytest.param(
            ("check", "--regions", "1", "--assume", "default-vault=needs-another-vault"), marks=pytest.mark.slow
        ),
        pytest.param(
            ("check", "--regions", "1", "--without", "delete_backup_vault/vault-has-recovery-points"),
            marks=pytest.mark.slow,
        ),
        ("witness", "role == deleting", "--scenario", "--without", "delete_service_linked_role/not-permitted"),
        ("simulate", "simulations/clean-up-in-the-console.toml", "simulations/broken/job-never-ends.toml"),
        ("rules",),
        ("explain", "delete_backup_vault"),
    ],
    ids=" ".join,
)
def test_every_command_answers_the_same_from_the_file(command: tuple[str, ...], table_file: str) -> None:
    ours, theirs = asked(*command), call(*command, "--rules", table_file)
    assert theirs.code == ours.code
    told = theirs.out.replace(f" --rules {table_file}", "").replace(f"rules        {table_file}\n", "")
    assert timeless(told) == timeless(ours.out)


def test_parts_removed_when_it_was_printed_stay_removed(tmp_path: Path) -> None:
    file = str(tmp_path / "rules.json")
    part = "delete_backup_vault/vault-has-recovery-points"
    call("rules", "--json", "-o", file, "--without", part, "--without", "start_job/job-already-running")
    answer = call("check", "--rules", file, "--regions", "1", "--property", "recovery_points_lie_in_vaults")
    assert (answer.code, "verdict      violated" in answer.out) == (1, True)
    assert f"--rules {file} --property" in answer.out
    answer = call("check", "--rules", file, "--without", part)
    assert answer.code == 2
    assert "unknown part of delete_backup_vault" in answer.err


def test_assumptions_noted_when_it_was_printed_apply_again_and_can_be_overridden(tmp_path: Path) -> None:
    file = str(tmp_path / "rules.json")
    call("rules", "--json", "-o", file, "--assume", "usage-check=at-submit")
    scenario = "simulations/a-deletion-request-is-refused-at-once.toml"
    assert call("rules", "--rules", file).out == call("rules", "--assume", "usage-check=at-submit").out
    assert call("rules", "--rules", file, "--assume", "usage-check=at-task-end").out == call("rules").out
    assert call("simulate", scenario, "--rules", file).code == 0


# ---------------------------------------------------------------- bad input


@cache
def good() -> Any:
    return json.loads(asked("rules", "--json").out)["table"]


def put(table: Any, path: str, value: Any) -> None:
    """Change the value at a path such as ``rules.3.guards.0.condition``; + adds, - removes."""
    *way, last = path.split(".")
    for key in way:
        table = table[int(key) if isinstance(table, list) else key]
    if last == "+":
        table.append(value)
    elif last.startswith("-"):
        del table[int(last[1:]) if isinstance(table, list) else last[1:]]
    else:
        table[int(last) if isinstance(table, list) else last] = value


@pytest.fixture
def table() -> Any:
    """The built-in table, to be changed."""
    return copy.deepcopy(good())


@pytest.fixture
def told(table: Any, tmp_path: Path) -> Callable[[], str]:
    """Write rules to a file, read them, and return the error message."""

    def message() -> str:
        with pytest.raises(BadInput) as error:
            load(written(tmp_path, json.dumps({"schema_version": 1, "table": table})), BACKUP)
        return str(error.value)

    return message


POINTS = ["points", "r", "v"]
C = "rules.9.guards.4.condition"  # delete_backup_vault: it holds no recovery points
P = "$.rules[9].guards[4].condition"
WRONG = [
    (C, ["annd", True], f"{P}[0]: unknown operator 'annd'; did you mean 'and'?"),
    (C, ["not", ["not", ["nott", True]]], f"{P}[1][1][0]: unknown operator 'nott'"),
    (C, "true", f"{P}: must be a formula: true, false or an array"),
    (C, [], f"{P}: must have at least 1 element"),
    (C, [7], f"{P}[0]: must be a string, not 7"),
    (C, ["not"], f"{P}: 'not' expects a formula"),
    (C, ["implies", True], f"{P}: 'implies' expects two formulas"),
    (C, ["at-most", POINTS, -1], f"{P}[2]: must be a whole number from 0"),
    (C, ["at-most", POINTS, True], f"{P}[2]: must be a whole number from 0 to 2147483648, not true"),
    (C, ["at-most", POINTS, 1.5], f"{P}[2]: must be a whole number from 0 to 2147483648, not 1.5"),
    (C, ["at-most", "role", 1], f"{P}[1]: role is an enum, but 'at-most' expects a count and a number"),
    (C, ["flag", "role"], f"{P}[1]: role is an enum, but 'flag' expects a flag"),
    (C, ["is", "role", "gone"], f"{P}[2]: unknown value of role: 'gone'; known: absent, present, deleting"),
    (C, ["flag", ["vault", "r"]], f"{P}[1]: vault must be indexed by region, vault"),
    (C, ["flag", ["vault", "v", "r"]], f"{P}[1]: vault must be indexed by region, vault"),
    (C, ["flag", ["cross_account", "r"]], f"{P}[1]: cross_account takes no index"),
    (C, ["flag", ["vault", "r", "w"]], f"{P}[1][2]: unknown parameter 'w'"),
    (C, ["flag", ["vault", "r", "other"]], f"{P}[1][2]: 'other' is not bound here"),
    (C, ["flag", ["vault", "r", {"vault": "Defualt"}]], f"{P}[1][2].vault: unknown element of vault: 'Defualt'; did"),
    (C, ["flag", ["vault", "r", {"shelf": 1}]], f"{P}[1][2]: unknown sort 'shelf'"),
    (C, ["flag", ["vault", "r", {}]], f'{P}[1][2]: must be a parameter or one element, such as {{"vault": "Default"}}'),
    (C, ["flag", "vaults"], f"{P}[1]: unknown variable 'vaults'; did you mean 'vault'?"),
    (C, ["flag", "succeeds"], f"{P}[1]: succeeds is not an input here; list it among the inputs of the rule"),
    (C, ["after", True], f"{P}[0]: 'after' is about a step, but this formula must be about a state"),
    (C, ["every", [], True], f"{P}[1]: must have at least 1 element"),
    (C, ["every", ["r", "r"], True], f"{P}[1][1]: 'r' stands here twice"),
    (C, ["same", {"vault": "Default"}, {"vault": "Default"}], f"{P}[1]: must be a parameter"),
    (C, ["same", "r", {"vault": "Default"}], f"{P}[2]: must be a special element of region"),
    (C, ["same", "v", {"region": 1}], f"{P}[2].region: no region has a name: all are interchangeable"),
    (C, ["same", "v", {"vault": 2}], f"{P}[2].vault: expected an element with a name: 'Default'"),
    (C, ["use", "using_rule"], f"{P}[1]: unknown definition 'using_rule'; did you mean 'using_role'?"),
    ("rules.9.guards.4.refusal", "no", "$.rules[9].guards[4].refusal: unknown refusal 'no'"),
    ("rules.9.guards.4.fails", 1, "$.rules[9].guards[4].fails: must be true or false, not 1"),
    ("rules.9.guards.4.fials", True, "$.rules[9].guards[4].fials: unknown key 'fials'; did you mean 'fails'?"),
    ("rules.9.guards.4.-clause", None, "$.rules[9].guards[4]: the key 'clause' is missing"),
    ("rules.9.guards.3.under.0.values", ["ever"], "guards[3].under[0].values[0]: unknown value of efs"),
    ("rules.9.effects.0.variable", "via", "$.rules[9].effects[0].variable: via is a parameter; an effect changes"),
    ("rules.9.effects.0.value", "yes", "$.rules[9].effects[0].value: must be true or false, not a string"),
    ("rules.8.effects.0.value", 2, "$.rules[8].effects[0].value: must be a whole number from -1 to 1, not 2"),
    ("rules.8.effects.0.value", 0, "$.rules[8].effects[0].value: expected 1 or -1: a count changes by one"),
    ("rules.9.by", "robot", "$.rules[9].by: unknown doer 'robot'; known: person, service"),
    ("rules.9.inputs.+", "viaa", "$.rules[9].inputs[3]: unknown input 'viaa'"),
    ("rules.9.action", "delete_recovery_point", "$.rules[9].action: a second rule for 'delete_recovery_point'"),
    ("rules.9.action", "__import__('os')", "$.rules[9].action: \"__import__('os')\" cannot be a name"),
    ("rules.9.action", "lambda", "$.rules[9].action: 'lambda' cannot be a name"),
    ("rules.0.guards.0.condition", ["flag", "collides"], "guards[0].condition[1]: collides is not an input here"),
    ("rules.-9", None, "$.properties[12].formula[2][2][1][1][0]: unknown action 'delete_backup_vault'; did you"),
    ("rules.-0", None, "unknown action 'list_resources'"),
    ("rules.9.place", ["r"], "'v' is not bound here"),
    ("rules", {}, "$.rules: must be an array, not an object"),
    ("properties.0.kind", "never", "$.properties[0].kind: unknown kind of property: 'never'"),
    (
        "properties.0.by",
        [{"kind": "step", "sentence": "So", "clauses": [], "formula": True}],
        "$.properties[0].by[0].kind: unknown kind of helper: 'step'; known: always",
    ),
    ("properties.0.formula", ["ends", "done"], "$.properties[0].formula[0]: 'ends' is about a step"),
    ("properties.4.formula", ["ends", "dine"], "$.properties[4].formula[1]: unknown outcome or refusal 'dine'"),
    ("properties.4.formula", ["does", ["list_resources"], "r"], "[4].formula: list_resources happens at no place"),
    ("properties.4.formula", ["does", ["list_resources"], {"vault": "Default"}], "list_resources happens at no place"),
    ("properties.4.formula", ["does"], "$.properties[4].formula: 'does' expects an array of actions"),
    ("properties.4.formula", ["unchanged", "via"], "$.properties[4].formula[1]: unknown state variable: 'via'"),
    ("sorts.+", {"name": "vault", "special": []}, "$.sorts[2]: a second sort called 'vault'"),
    ("sorts.0.name", "area", "unknown sort 'region'"),
    ("parameters.r", "regoin", "$.parameters.r: unknown sort 'regoin'; did you mean 'region'?"),
    ("parameters.all", "region", "$.parameters.all: 'all' cannot be a name"),
    ("state.0.values", [], "$.state[0].values: must have at least 1 element"),
    ("state.0.values", ["a", "a"], "$.state[0].values[1]: 'a' stands here twice"),
    ("state.0.reads", ["one"], "$.state[0].reads: expected 3 phrases, one for each value, or none"),
    ("state.0.reads", [], "$.state[0]: must be 'role' as in 'backup-slr rules --json'"),
    ("state.0.type", "set", "$.state[0].type: unknown type of variable: 'set'; known: flag, enum, count"),
    ("state.2.default", True, "$.state[2]: must be 'cross_account'"),
    ("sorts.+", {"name": "extra", "special": []}, "$.sorts[2]: 'extra' is not in the lifecycle; known: region, vault"),
    ("state.+", {"name": "role", "type": "flag", "per": []}, "$.state[7]: a second variable called 'role'"),
    ("inputs.0.per", ["region"], "$.inputs[0].per: an input has no places"),
    ("inputs.0.kind", "state", "$.inputs[0].kind: unknown kind of input: 'state'; known: choice, parameter"),
    ("inputs.+", {"kind": "choice", "name": "job", "type": "flag", "per": []}, "$.inputs[5].name: 'job' is already"),
    ("refusals.+", {"id": "no-such-role", "says": "x", "error_code": None}, "a second refusal called 'no-such-role'"),
    ("assumptions.0.values", {}, "$.assumptions[0].values: an assumption has at least one value"),
    ("assumed", {"usage": "x"}, "$.assumed.usage: unknown assumption 'usage'"),
    ("assumed", {"usage-check": "x"}, "$.assumed['usage-check']: unknown value of usage-check: 'x'"),
    ("definitions.+", {"name": "a", "formula": ["not", ["use", "a"]]}, "the definition of 'a' is circular"),
    ("definitions.+", {"name": "using_role", "formula": True}, "$.definitions[1]: a second definition of 'using_role'"),
    ("extra", 1, "$.extra: unknown key 'extra'"),
    ("-sorts", None, "the key 'sorts' is missing"),
]


@pytest.mark.parametrize(("path", "value", "message"), WRONG, ids=[m for _, _, m in WRONG])
def test_an_error_in_a_table_is_reported_with_its_path(
    path: str, value: Any, message: str, table: Any, told: Callable[[], str]
) -> None:
    put(table, path, value)
    said = told()
    assert message.replace("$", "$.table", 1) in said
    assert said.partition("rules.json: ")[2].startswith("$.table")


def test_a_circle_of_definitions_is_reported_in_full(table: Any, told: Callable[[], str]) -> None:
    table["definitions"] += [
        {"name": name, "formula": ["not", ["use", other]]} for name, other in (("a", "b"), ("b", "c"), ("c", "b"))
    ]
    assert "the definition of 'b' is circular: b -> c -> b" in told()


def test_a_missing_action_that_nothing_mentions_is_reported(table: Any, tmp_path: Path) -> None:
    table["rules"] = [rule for rule in table["rules"] if rule["action"] != "turn_off_cross_account_backup"]
    table["properties"] = table["properties"][:1]
    file = written(tmp_path, json.dumps(table))
    answer = call("check", "--rules", file)
    assert answer.code == 3
    assert "$.rules: no rule for the action turn_off_cross_account_backup" in answer.err
    assert len(load(file, BACKUP, every_action=False).model.rules) == 20


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON: Expecting value (column 1)"),
        ("[1, 2", ":1: not valid JSON: Expecting ',' delimiter"),
        ("[]", "$: must be an object, not an array"),
        ("{}", "the key 'name' is missing"),
        ('{"schema_version": 2, "table": {}}', "$.schema_version: must be a whole number from 1 to 1, not 2"),
        ('{"schema_version": 1, "rules": []}', "from a version that cannot read rules"),
        ('{"name": 1, "name": 2}', "$: duplicate key 'name'"),
        ('{"name": NaN}', "not valid JSON: NaN is not a number"),
        ("[" * 100_000, "not valid JSON: nested too deep"),
        (f'{{"name": {"1" * 5000}}}', "a number with too many digits"),
        ("\udcff\udcfe", "not a text file in UTF-8; a rule set is JSON"),
    ],
    ids=lambda text: ascii(text[:30]),
)
def test_a_file_without_a_table_is_reported(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as told:
        load(written(tmp_path, text), BACKUP)
    assert message in str(told.value)


def test_a_formula_nested_too_deeply_is_reported(table: Any, told: Callable[[], str]) -> None:
    deep: Any = True
    for _ in range(100):
        deep = ["not", deep]
    put(table, C, deep)
    assert "nested more than 60 deep" in told()


@pytest.mark.parametrize("file", ["nowhere.json", "tests", "a\0b"])
def test_an_unreadable_file_is_reported(file: str) -> None:
    answer = call("simulate", "--rules", file, "simulations")
    assert answer.code == 3
    assert "cannot be read" in answer.err


def test_a_table_may_have_further_actions(table: Any, tmp_path: Path) -> None:
    table["rules"].append({**table["rules"][0], "action": "look_around"})
    file = written(tmp_path, json.dumps(table))
    report = Checker(load(file, BACKUP).model.assuming(), scope(1, 2, 1)).check()
    assert "look_around" in {way.rule.action for way in report.outcomes}
    assert call("explain", "look_around", "--rules", file).code == 0
    assert call("rules", "--rules", file, "--json").code == 0


def test_an_error_in_a_definition_has_the_path_of_the_definition(table: Any, told: Callable[[], str]) -> None:
    table["definitions"].append({"name": "changed", "formula": ["and", ["not", ["unchanged", "role"]], True]})
    put(table, C, ["not", ["use", "changed"]])
    message = "definitions[1].formula[1][1][0]: 'unchanged' is about a step, but this formula must be about a state"
    assert message in told()
