"""The table of rules as JSON: it goes round, and whatever is wrong with one is told with its path."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.console import asked, call
from support.strategies import (
    INPUTS,
    ROOM,
    SHELF,
    Dice,
    dice,
    few_variables,
    formulas,
    rules,
    small_models,
    step_formulas,
)

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.core.formula import FALSE, TRUE, And, Every, Formula, Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Fair, Property
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Flag, Variable
from backup_slr.engine.serialize.compatibility import load
from backup_slr.engine.serialize.table_reader import model_of
from backup_slr.engine.serialize.table_writer import table_document
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.report.reference import explain_lines, rules_lines

OTHERS = [(a.name, value) for a in lifecycle().assumptions for value in list(a.values)[1:]]


def again(model: Model, definitions: dict[str, Formula] | None = None) -> Model:
    """A model written as text, and read."""
    return model_of(json.loads(json.dumps(table_document(model, definitions))))


# ---------------------------------------------------------------- round


def test_our_table_goes_round() -> None:
    assert again(lifecycle()) == lifecycle()
    assert again(lifecycle(), BACKUP.definitions) == lifecycle()


def test_it_goes_round_with_its_words() -> None:
    """Phrases do not count when variables are compared, so the English is."""
    model, same = lifecycle().assuming(), again(lifecycle()).assuming()
    assert list(rules_lines(model.rules)) == list(rules_lines(same.rules))
    for rule in model.rules:
        assert list(explain_lines(BACKUP, model, rule)) == list(explain_lines(BACKUP, same, same.rule(rule.action)))


@pytest.mark.parametrize("other", OTHERS, ids=" ".join)
def test_readings_can_still_be_taken_after_it_went_round(other: tuple[str, str]) -> None:
    assert again(lifecycle()).assuming(dict([other])) == lifecycle().assuming(dict([other]))
    settled = lifecycle().assuming(dict([other]))
    assert again(settled) == settled


@st.composite
def whole_models(draw: st.DrawFn) -> Model:
    """A random model with properties of every kind."""
    model, _ = draw(small_models(actions=3))
    known: tuple[Variable, ...] = (*model.state, *INPUTS)
    actions = tuple((rule.action, len(rule.place)) for rule in model.rules)
    step = st.builds(And, st.tuples(step_formulas(model.state, actions), formulas(known, depth=1)))
    named = iter(("One", "Two", "Three", "Four", "Five"))
    ids = iter("abcde")
    properties = [
        Property("always", next(ids), next(named), draw(formulas(model.state)), ("CLAUSE-1",)),
        Property("step", next(ids), next(named), draw(step), ()),
        Property(
            "sometimes",
            next(ids),
            next(named),
            draw(step),
            (),
            earlier=draw(formulas(model.state)),
            meanwhile=draw(step),
        ),
        Property(
            "eventually",
            next(ids),
            next(named),
            draw(step),
            (),
            fair=(Fair("weak", draw(step), "says", each=(Param("a", ROOM),)), Fair("strong", draw(step), "")),
            each=(Param("b", SHELF),),
        ),
        Property("possible", next(ids), next(named), draw(formulas(model.state)), (), needs=(("room", 2),)),
    ]
    return Model(model.name, model.sorts, model.state, model.rules, tuple(properties))


@settings(max_examples=25)
@given(whole_models())
def test_any_model_goes_round(model: Model) -> None:
    assert again(model) == model


@settings(max_examples=25)
@given(few_variables().flatmap(rules), dice())
def test_what_goes_round_does_the_same(rule: Any, throws: Dice) -> None:
    variables = tuple(v for v in _state(rule))
    model = Model("toy", (ROOM, SHELF), variables, (rule,), ())
    here = scope_of(variables)
    one, two = Machine(model, here), Machine(again(model), here)
    for _ in range(20):
        state = throws.state(one.layout)
        place = tuple(e.index for e in throws.place(here, rule.place).values())
        request = Request(rule.action, place, throws.inputs(rule.inputs))
        assert one.step(state, request) == two.step(state, request)


def _state(rule: Any) -> list[Variable]:
    from support.strategies import VARIABLES

    return list(VARIABLES)


def scope_of(variables: tuple[Variable, ...]) -> Any:
    from support.strategies import COUNTS

    from backup_slr.engine.core.scope import Scope

    return Scope({"room": 2, "shelf": 2}, dict.fromkeys(COUNTS, 2))


def test_two_parameters_of_one_name_are_no_model() -> None:
    a, b = Param("a", ROOM), Param("a", SHELF)
    asked_of = Property("always", "x", "x", Every((a,), TRUE) & Every((b,), FALSE), ())
    with pytest.raises(ValueError, match="two different things are called 'a'"):
        Model("toy", (ROOM, SHELF), (Flag("lit"),), (), (asked_of,))


# ---------------------------------------------------------------- on the command line


@pytest.fixture(scope="module")
def table_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("table") / "rules.json"
    assert call("rules", "--json", "-o", str(file)).code == 0
    return str(file)


def test_the_printed_table_prints_the_same_again(table_file: str) -> None:
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
    assert told == ours.out


def test_what_was_left_out_when_it_was_printed_stays_out(tmp_path: Path) -> None:
    file = str(tmp_path / "rules.json")
    part = "delete_backup_vault/vault-has-recovery-points"
    call("rules", "--json", "-o", file, "--without", part, "--without", "start_job/job-already-running")
    answer = call("check", "--rules", file, "--regions", "1", "--property", "recovery_points_lie_in_vaults")
    assert (answer.code, "verdict      violated" in answer.out) == (1, True)
    assert f"--rules {file}" in answer.out.splitlines()[-1]
    answer = call("check", "--rules", file, "--without", part)
    assert answer.code == 2
    assert "unknown part of delete_backup_vault" in answer.err


def test_readings_taken_when_it_was_printed_are_taken_again_and_can_be_overruled(tmp_path: Path) -> None:
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


def put(path: str, value: Any) -> Callable[[Any], None]:
    """A change of a table: the value at a path such as ``rules.3.guards.0.condition``; + adds, - takes away."""

    def change(table: Any) -> None:
        *way, last = path.split(".")
        for key in way:
            table = table[int(key) if isinstance(table, list) else key]
        if last == "+":
            table.append(value)
        elif last.startswith("-"):
            del table[int(last[1:]) if isinstance(table, list) else last[1:]]
        else:
            table[int(last) if isinstance(table, list) else last] = value

    return change


POINTS = ["points", "r", "v"]
C = "rules.9.guards.4.condition"  # delete_backup_vault: it holds no recovery points
P = "$.rules[9].guards[4].condition"
WRONG = [
    (C, ["annd", True], f"{P}[0]: unknown operator 'annd'; did you mean 'and'?"),
    (C, ["not", ["not", ["nott", True]]], f"{P}[1][1][0]: unknown operator 'nott'"),
    (C, "true", f"{P}: must be a formula: true, false or an array"),
    (C, [], f"{P}: must have at least 1 element"),
    (C, [7], f"{P}[0]: must be a string, not 7"),
    (C, ["not"], f"{P}: 'not' wants a formula"),
    (C, ["implies", True], f"{P}: 'implies' wants two formulas"),
    (C, ["at-most", POINTS, -1], f"{P}[2]: must be a whole number from 0"),
    (C, ["at-most", POINTS, True], f"{P}[2]: must be a whole number from 0 to 2147483648, not true"),
    (C, ["at-most", POINTS, 1.5], f"{P}[2]: must be a whole number from 0 to 2147483648, not 1.5"),
    (C, ["at-most", "role", 1], f"{P}[1]: role is an enum, and 'at-most' wants a count and a number"),
    (C, ["flag", "role"], f"{P}[1]: role is an enum, and 'flag' wants a flag"),
    (C, ["is", "role", "gone"], f"{P}[2]: unknown value of role: 'gone'; known: absent, present, deleting"),
    (C, ["flag", ["vault", "r"]], f"{P}[1]: vault is kept for each region, vault: index it so"),
    (C, ["flag", ["vault", "v", "r"]], f"{P}[1]: vault is kept for each region, vault: index it so"),
    (C, ["flag", ["cross_account", "r"]], f"{P}[1]: cross_account is kept once: no index"),
    (C, ["flag", ["vault", "r", "w"]], f"{P}[1][2]: unknown parameter 'w'"),
    (C, ["flag", ["vault", "r", "other"]], f"{P}[1][2]: 'other' is not bound here"),
    (C, ["flag", ["vault", "r", {"vault": "Defualt"}]], f"{P}[1][2].vault: unknown element of vault: 'Defualt'; did"),
    (C, ["flag", ["vault", "r", {"shelf": 1}]], f"{P}[1][2]: unknown sort 'shelf'"),
    (C, ["flag", ["vault", "r", {}]], f'{P}[1][2]: must be a parameter or one element, such as {{"vault": "Default"}}'),
    (C, ["flag", "vaults"], f"{P}[1]: unknown variable 'vaults'; did you mean 'vault'?"),
    (C, ["flag", "succeeds"], f"{P}[1]: succeeds is no input here; list it among the inputs of the rule"),
    (C, ["after", True], f"{P}[0]: 'after' speaks of a step, and this must be about a state"),
    (C, ["every", [], True], f"{P}[1]: must have at least 1 element"),
    (C, ["every", ["r", "r"], True], f"{P}[1][1]: 'r' stands here twice"),
    (C, ["same", {"vault": "Default"}, {"vault": "Default"}], f"{P}[1]: must be a parameter"),
    (C, ["same", "r", {"vault": "Default"}], f"{P}[2]: must be a special element of region"),
    (C, ["same", "v", {"region": 1}], f"{P}[2].region: no region can be singled out: all are alike"),
    (C, ["same", "v", {"vault": 2}], f"{P}[2].vault: must be one that has a name: 'Default', 'aws/efs"),
    (C, ["use", "using_rule"], f"{P}[1]: unknown definition 'using_rule'; did you mean 'using_role'?"),
    ("rules.9.guards.4.refusal", "no", "$.rules[9].guards[4].refusal: unknown refusal 'no'"),
    ("rules.9.guards.4.fails", 1, "$.rules[9].guards[4].fails: must be true or false, not 1"),
    ("rules.9.guards.4.fials", True, "$.rules[9].guards[4].fials: unknown key 'fials'; did you mean 'fails'?"),
    ("rules.9.guards.4.-clause", None, "$.rules[9].guards[4]: the key 'clause' is missing"),
    (
        "rules.9.guards.3.under.0.values",
        ["ever"],
        "$.rules[9].guards[3].under[0].values[0]: unknown value of efs",
    ),
    ("rules.9.effects.0.variable", "via", "$.rules[9].effects[0].variable: via is a parameter; an effect changes"),
    ("rules.9.effects.0.value", "yes", "$.rules[9].effects[0].value: must be true or false, not a string"),
    ("rules.8.effects.0.value", 2, "$.rules[8].effects[0].value: must be a whole number from -1 to 1, not 2"),
    ("rules.8.effects.0.value", 0, "$.rules[8].effects[0].value: must be 1 or -1: a count goes one up or one down"),
    ("rules.9.by", "nobody", "$.rules[9].by: unknown doer 'nobody'; known: person, service"),
    ("rules.9.inputs.+", "viaa", "$.rules[9].inputs[3]: unknown input 'viaa'"),
    ("rules.9.action", "delete_recovery_point", "$.rules[9].action: a second rule for 'delete_recovery_point'"),
    ("rules.9.action", "__import__('os')", "$.rules[9].action: \"__import__('os')\" cannot be a name"),
    ("rules.9.action", "lambda", "$.rules[9].action: 'lambda' cannot be a name"),
    (
        "rules.0.guards.0.condition",
        ["flag", "collides"],
        "$.rules[0].guards[0].condition[1]: collides is no input here",
    ),
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
    ("properties.0.formula", ["ends", "done"], "$.properties[0].formula[0]: 'ends' speaks of a step"),
    ("properties.4.formula", ["ends", "dine"], "$.properties[4].formula[1]: unknown outcome or refusal 'dine'"),
    (
        "properties.4.formula",
        ["does", ["list_resources"], "r"],
        "$.properties[4].formula: list_resources happens at no place",
    ),
    ("properties.4.formula", ["does", ["list_resources"], {"vault": "Default"}], "list_resources happens at no place"),
    ("properties.4.formula", ["does"], "$.properties[4].formula: 'does' wants an array of actions"),
    ("properties.4.formula", ["unchanged", "via"], "$.properties[4].formula[1]: unknown variable of the state: 'via'"),
    ("sorts.+", {"name": "vault", "special": []}, "$.sorts[2]: a second sort called 'vault'"),
    ("sorts.0.name", "area", "unknown sort 'region'"),
    ("parameters.r", "regoin", "$.parameters.r: unknown sort 'regoin'; did you mean 'region'?"),
    ("parameters.all", "region", "$.parameters.all: 'all' cannot be a name"),
    ("state.0.values", [], "$.state[0].values: must have at least 1 element"),
    ("state.0.values", ["a", "a"], "$.state[0].values[1]: 'a' stands here twice"),
    ("state.0.reads", ["one"], "$.state[0].reads: must be 3 phrases, one for each value, or none"),
    ("state.0.reads", [], "$.state[0]: must be 'role' as 'backup-slr rules --json' has it"),
    ("state.0.type", "set", "$.state[0].type: unknown type of variable: 'set'; known: flag, enum, count"),
    ("state.2.default", True, "$.state[2]: must be 'cross_account'"),
    ("state.+", {"name": "extra", "type": "flag", "per": ["vault"]}, "$.state[7]: extra must be kept per the first of"),
    ("state.+", {"name": "extra", "type": "flag", "per": []}, "$.state[7]: 'extra' is one too many; known: role,"),
    ("state.+", {"name": "role", "type": "flag", "per": []}, "$.state[7]: a second variable called 'role'"),
    ("inputs.0.per", ["region"], "$.inputs[0].per: an input is given once, and not for each of anything"),
    ("inputs.0.kind", "state", "$.inputs[0].kind: unknown kind of input: 'state'; known: choice, parameter"),
    ("inputs.+", {"kind": "choice", "name": "job", "type": "flag", "per": []}, "$.inputs[5].name: 'job' is already"),
    ("refusals.+", {"id": "no-such-role", "says": "x", "error_code": None}, "a second refusal called 'no-such-role'"),
    ("assumptions.0.values", {}, "$.assumptions[0].values: an assumption has at least one value"),
    ("assumed", {"usage": "x"}, "$.assumed.usage: unknown assumption 'usage'"),
    ("assumed", {"usage-check": "x"}, "$.assumed['usage-check']: unknown value of usage-check: 'x'"),
    ("definitions.+", {"name": "a", "formula": ["not", ["use", "a"]]}, "the definition of 'a' goes round in a circle"),
    ("definitions.+", {"name": "using_role", "formula": True}, "$.definitions[1]: a second definition of 'using_role'"),
    ("extra", 1, "$.extra: unknown key 'extra'"),
    ("-sorts", None, "the key 'sorts' is missing"),
]


@pytest.mark.parametrize(("path", "value", "message"), WRONG, ids=[m for _, _, m in WRONG])
def test_what_is_wrong_with_a_table_is_told_with_its_path(path: str, value: Any, message: str, tmp_path: Path) -> None:
    table = copy.deepcopy(good())
    put(path, value)(table)
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"schema_version": 1, "table": table}))
    with pytest.raises(BadInput) as told:
        load(str(file), BACKUP)
    assert message.replace("$", "$.table", 1) in str(told.value)
    assert str(told.value).startswith(f"{file}: $.table")


def test_a_circle_of_definitions_is_told_in_full(tmp_path: Path) -> None:
    table = copy.deepcopy(good())
    table["definitions"] += [
        {"name": name, "formula": ["not", ["use", other]]} for name, other in (("a", "b"), ("b", "c"), ("c", "b"))
    ]
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(table))
    answer = call("rules", "--rules", str(file))
    assert answer.code == 3
    assert "the definition of 'b' goes round in a circle: b -> c -> b" in answer.err


def test_an_action_of_ours_that_nothing_mentions_is_missed_too(tmp_path: Path) -> None:
    table = copy.deepcopy(good())
    table["rules"] = [rule for rule in table["rules"] if rule["action"] != "turn_off_cross_account_backup"]
    table["properties"] = table["properties"][:1]
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(table))
    answer = call("check", "--rules", str(file))
    assert answer.code == 3
    assert "$.rules: no rule for the action turn_off_cross_account_backup" in answer.err
    assert len(load(str(file), BACKUP, every_action=False).rules) == 20


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON: Expecting value (column 1)"),
        ("[1, 2", ":1: not valid JSON: Expecting ',' delimiter"),
        ("[]", "$: must be an object, not an array"),
        ("{}", "the key 'name' is missing"),
        ('{"schema_version": 2, "table": {}}', "$.schema_version: must be a whole number from 1 to 1, not 2"),
        ('{"schema_version": 1, "rules": []}', "printed by a version that could not read it back"),
        ('{"name": 1, "name": 2}', "$: the key 'name' stands here twice"),
        ('{"name": NaN}', "not valid JSON: NaN is no number"),
        ("[" * 100_000, "not valid JSON: nested too deep"),
        (f'{{"name": {"1" * 5000}}}', "a number with too many digits"),
        ("\xff", "$: "),
    ],
    ids=lambda text: text[:30],
)
def test_a_file_that_is_no_table_is_told_of(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    if text == "\xff":
        file.write_bytes(b"\xff\xfe")
        message = "not a text file in UTF-8; a table of rules is JSON"
    else:
        file.write_text(text)
    with pytest.raises(BadInput) as told:
        load(str(file), BACKUP)
    assert message in str(told.value)


def test_a_formula_nested_without_end_is_told_of(tmp_path: Path) -> None:
    table = copy.deepcopy(good())
    deep: Any = True
    for _ in range(100):
        deep = ["not", deep]
    put(C, deep)(table)
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(table))
    with pytest.raises(BadInput, match="nested more than 60 deep"):
        load(str(file), BACKUP)


@pytest.mark.parametrize("file", ["nowhere.json", "tests", "a\0b"])
def test_an_unreadable_file_is_reported(file: str) -> None:
    answer = call("simulate", "--rules", file, "simulations")
    assert answer.code == 3
    assert "cannot be read" in answer.err


def test_a_table_may_have_actions_of_its_own(tmp_path: Path) -> None:
    table = copy.deepcopy(good())
    table["rules"].append({**table["rules"][0], "action": "look_around"})
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(table))
    model = load(str(file), BACKUP).assuming()
    report = Checker(model, scope(1, 2, 1)).check()
    assert "look_around" in {way.rule.action for way in report.outcomes}
    assert call("explain", "look_around", "--rules", str(file)).code == 0
    assert call("rules", "--rules", str(file), "--json").code == 0


def test_what_is_wrong_within_a_definition_has_the_path_of_the_definition(tmp_path: Path) -> None:
    table = copy.deepcopy(good())
    table["definitions"].append({"name": "changed", "formula": ["and", ["not", ["unchanged", "role"]], True]})
    put(C, ["not", ["use", "changed"]])(table)
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(table))
    answer = call("rules", "--rules", str(file))
    assert answer.code == 3
    assert (
        "$.definitions[1].formula[1][1][0]: 'unchanged' speaks of a step, and this must be about a state" in answer.err
    )
