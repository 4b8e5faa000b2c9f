"""Extensions of a rules file, and what is wrong with one: each mistake has its path, or names what would be right."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from support.console import call
from support.second_role import CLUSTERS as TOY

from backup_slr.api import load
from backup_slr.engine.check.checker import Checker
from backup_slr.engine.compile.naming import IllFormed
from backup_slr.engine.core.rule import Guard, Refusal, Rule
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.serialize.compatibility import load as load_rules
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.extension import AddedGuard, Extension
from backup_slr.engine.spec.query import STEP_WORDS
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.lifecycle.extensions import LEGAL_HOLD, RETENTION, VAULT_LOCK
from backup_slr.runbook.runbook_file import call_types
from backup_slr.scenario.account_codec import account_format
from backup_slr.scenario.file_types import step_types
from backup_slr.schemas.generate import EVERYTHING

EXAMPLE = "simulations/extensions/sealed-vaults.json"
ONCE, SMALL = "simulations/runbooks/no-retry.toml", "simulations/accounts/small.toml"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def example() -> dict[str, Any]:
    return json.loads(Path(EXAMPLE).read_text(encoding="utf-8"))


def test_the_example_is_composed_with_the_rules() -> None:
    model = load(rules=EXAMPLE, extensions=["sealed-vaults"])
    account = model.account(role="present", vaults={"us-east-1/Default": 1})
    sealed = account.request("seal_vault", "us-east-1/Default").account
    refused = sealed.request("delete_recovery_point", "us-east-1/Default")
    assert (refused.refusal and refused.refusal.id, refused.clause) == ("vault-sealed", "SEAL-1")
    assert model.check(regions=1).verdict == "holds"


def test_a_composed_table_goes_round(tmp_path: Path) -> None:
    file = tmp_path / "composed.json"
    file.write_text(call("rules", "--rules", EXAMPLE, "--with", "sealed-vaults", "--json").out, encoding="utf-8")
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["table"]["composed_of"] == ["sealed-vaults"]
    document["table"]["composed_of"] = []  # this file does not offer it
    file.write_text(json.dumps(document), encoding="utf-8")
    assert load(rules=file).model.state == load(rules=EXAMPLE, extensions=["sealed-vaults"]).model.state


def test_the_rules_with_one_extension_take_another_in_the_same_order(tmp_path: Path) -> None:
    file = tmp_path / "held.json"
    file.write_text(call("rules", "--with", "legal-hold", "--json").out, encoding="utf-8")
    read = load(rules=file, extensions=["vault-lock"]).table
    whole = BACKUP.extended("vault-lock", "legal-hold").model
    assert read.composed_of == ("retention", "legal-hold", "vault-lock")
    assert {rule.action: rule for rule in read.rules}.keys() == {rule.action: rule for rule in whole.rules}.keys()
    for rule in whole.rules:
        assert [g.otherwise.id for g in read.rule(rule.action).guards] == [g.otherwise.id for g in rule.guards]
        assert [g.stratum for g in read.rule(rule.action).guards] == [g.stratum for g in rule.guards]
    owners = {asked.id: (asked.extension, asked.variant_of) for asked in whole.properties}
    assert {asked.id: (asked.extension, asked.variant_of) for asked in read.properties} == owners


def at(*path: str | int, value: Any) -> Change:
    """Replace a part of the extension of the example."""

    def change(extension: dict[str, Any]) -> None:
        target: Any = extension
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (at("guards", 0, "at", value="before vault-sealt"), ".guards[0].at: delete_recovery_point has no position"),
        (at("guards", 0, "at", value="behind not-permitted"), ".guards[0].at: delete_recovery_point has no position"),
        (at("guards", 0, "actions", value=["delete_point"]), "unknown action 'delete_point'"),
        (at("state", 0, "name", value="job"), ".state[0]: a second variable called 'job'"),
        (at("rules", 0, "action", value="start_job"), ".rules[0].action: a second rule for 'start_job'"),
        (at("refusals", 0, "id", value="not-permitted"), "a second refusal called 'not-permitted'"),
        (at("amendments", 0, "properties", value=["role_leaves"]), "[0]: the model has no property 'role_leaves'"),
        (at("requires", value=["unknown"]), ".requires[0]: unknown extension 'unknown'"),
        (at("name", value="obstacle"), "an extension called 'obstacle' exists already"),
        (at("restrictions", value=[{"action": "start_job", "variable": "points", "when": True}]), "has no effect on"),
        (at("guard", value=1), "unknown key"),
        (at("name", value="all"), ".name: 'all' cannot be the name of an extension"),
        (at("name", value="a,b"), ".name: 'a,b' cannot be the name of an extension"),
        (at("excludes", value={"vault-lok": "both"}), ".excludes['vault-lok']: unknown extension 'vault-lok'; did you"),
        (at("clauses", 0, "id", value="CLEAN-1"), ".clauses[0].id: a second clause called 'CLEAN-1'"),
        (at("guards", 0, "guard", "clause", value="SEAL-9"), ".guards[0]: unknown clause 'SEAL-9'; did you mean"),
        (at("amendments", 0, "unless", value=False), ".amendments[0]: changes nothing: expected retired, unless,"),
        (
            at("amendments", 0, "retired", value=True),
            ".amendments[0].retired: a property cannot be retired and have 'unless'",
        ),
        (
            lambda extension: extension["amendments"][2].update(variant="role_needed_to_start", sentence=""),
            ".amendments[2].sentence: a variant needs a sentence",
        ),
        (
            lambda extension: extension["amendments"][2].update(variant="jobs_start_and_end", sentence="Again"),
            ".amendments[2].variant: the model has a property 'jobs_start_and_end' already",
        ),
        (
            at("guards", 0, "guard", "condition", value=["flag", "succeeds"]),
            ".guards[0].guard.condition[1]: succeeds is",
        ),
        (
            at("restrictions", value=[{"action": "finish_job", "variable": "points", "when": ["after", True]}]),
            ".restrictions[0].when: 'after' is about a step",
        ),
        (at("rules", 1, "place", value=["v"]), ".rules[1].effects[0].variable[1]: 'r' is not bound here"),
        (at("amendments", 1, "unless", value=["after", ["after", True]]), ".amendments[1].formula: "),
        (
            at("guards", 0, "at", value="last"),
            ".guards[0].at: 'last' contradicts its stratum: in delete_recovery_point, lock",
        ),
        (
            at("guards", 0, "at", value="first"),
            ".guards[0].at: 'first' contradicts its stratum: in delete_recovery_point,",
        ),
        (at("guards", 0, "guard", "stratum", value="loock"), ".guards[0].guard.stratum: unknown stratum 'loock'"),
        (at("guards", 0, "guard", "stratum", value=6), ".guards[0].guard.stratum: must be a string"),
        (lambda extension: extension["guards"][0]["guard"].pop("stratum"), ".guards[0].guard.stratum: must be one of"),
        (
            at("clocks", value={"seal_expire": 5}),
            "unknown action of the service: 'seal_expire'; did you mean",
        ),
        (at("clocks", value={"unseal_vault": 5}), ".clocks.unseal_vault: unknown action of the service:"),
        (at("clocks", value={"seal_expires": 0}), ".seal_expires: must be a number of minutes above 0, or null, not 0"),
        (at("clocks", value={"seal_expires": "a day"}), ".clocks.seal_expires: must be"),
        (at("clocks", value={"finish_job": 5}), ".clocks.finish_job: its time is that of schedules"),
        (at("chances", value={"collides": 0.5}), ".chances.collides: its probability is that of collisions"),
        (at("chances", value={"succeed": 0.5}), "unknown choice 'succeed'; did you mean 'succeeds'"),
        (at("chances", value={"succeeds": 2}), ".chances.succeeds: must be a probability from 0 to 1, not 2"),
        (at("chances", value={"succeeds": {"yes": 1}}), ".chances.succeeds: must be a probability"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_in_an_extension_has_its_path(
    example: dict[str, Any], change: Change, message: str, tmp_path: Path
) -> None:
    change(example["extensions"][0])
    file = tmp_path / "extensions.json"
    file.write_text(json.dumps(example), encoding="utf-8")
    answer = call("check", "--rules", str(file), "--with", "sealed-vaults")
    assert answer.code == 3
    assert answer.err.startswith(f"error: {file}: $.extensions[0]")
    assert message in answer.err
    assert answer.err.count("\n") == 1


def other_words() -> set[str]:
    """The keys that steps, requests and accounts of files have beside inputs and variables, and steps of no action."""
    names = {i.name for rule in EVERYTHING.model.rules for i in rule.inputs} | {
        r.action for r in EVERYTHING.model.rules
    }
    steps = [*get_args(step_types(EVERYTHING.model.rules)), *call_types(EVERYTHING.model)]
    found = {str(kind.__struct_config__.tag) for kind in steps}
    found |= {name for kind in steps for name in kind.__struct_encode_fields__}
    form = account_format(EVERYTHING.model.state)
    columns = {name for table in form.tables for name in (table.key, *table.columns)}
    return {name.replace("-", "_") for name in found | columns | {form.elements_key, *STEP_WORDS}} - names


@pytest.mark.parametrize("word", sorted({*other_words(), "using_role", "is_locked", "implies", "place"}))
def test_a_word_of_files_or_expressions_cannot_be_a_name(example: dict[str, Any], word: str, tmp_path: Path) -> None:
    file = tmp_path / "extensions.json"
    for key, name in (("state", "sealed"), ("action", "seal_vault"), ("input", "")):
        changed = copy.deepcopy(example)
        extension = changed["extensions"][0]
        if key == "input":
            extension["inputs"] = [{"type": "flag", "name": word, "kind": "parameter", "per": []}]
            extension["effects"] = [{"action": "delete_recovery_point", "inputs": [word]}]
        changed = json.loads(json.dumps(changed).replace(f'"{name}"', f'"{word}"')) if name else changed
        file.write_text(json.dumps(changed), encoding="utf-8")
        with pytest.raises(BadInput, match=f"'{word}' (cannot be|is already|stands)|second .*'{word}'"):
            load(rules=file)


def test_an_extension_of_a_file_builds_on_a_built_in_one(example: dict[str, Any], tmp_path: Path) -> None:
    extension = example["extensions"][0]
    extension["requires"] = ["vault-lock"]
    extension["guards"][0]["at"] = "before vault-locked"
    extension["amendments"][0]["unless"] = [
        "or",
        extension["amendments"][0]["unless"],
        ["is", ["lock", "r", "v"], "none"],
    ]
    extension["amendments"].append({"properties": ["locked_points_stay"], "why": "A test.", "retired": True})
    extension["amendments"][0]["unless"] = ["some", ["r", "v"], extension["amendments"][0]["unless"]]
    file = tmp_path / "extensions.json"
    file.write_text(json.dumps(example), encoding="utf-8")
    model = load(rules=file, extensions=["sealed-vaults"]).table
    assert model.composed_of == ("retention", "vault-lock", "sealed-vaults")
    assert "locked_points_stay" not in {asked.id for asked in model.properties}
    assert [g.otherwise.id for g in model.rule("delete_recovery_point").guards][-3:-1] == [
        "vault-sealed",
        "vault-locked",
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (0.5, ".chances.fits: must be an object with the probability of each value"),
        ({"well": 0.5, "bad": 0.5}, ".chances.fits.bad: unknown value of fits: 'bad'"),
        ({"well": 0.5, "badly": 0.4}, ".chances.fits: the probabilities of the values of fits must sum to 1, not 0.9"),
        ({"badly": 1.5}, ".chances.fits.badly: must be a probability from 0 to 1"),
        ({"well": 0.25, "badly": 0.75}, ""),
    ],
)
def test_each_value_of_a_choice_has_a_probability(
    example: dict[str, Any], given: Any, message: str, tmp_path: Path
) -> None:
    extension = example["extensions"][0]
    says = ["it fits well", "it fits badly"]
    fits = {"type": "enum", "name": "fits", "kind": "choice", "per": [], "values": ["well", "badly"], "reads": says}
    extension["inputs"] = [fits]
    extension["rules"][0]["inputs"].append("fits")
    extension["chances"] = {"fits": given}
    file = tmp_path / "extensions.json"
    file.write_text(json.dumps(example), encoding="utf-8")
    answer = call(
        "run", ONCE, "--account", SMALL, "--rules", str(file), "--with", "sealed-vaults", "--json", "--runs", "9"
    )
    assert (answer.code, message in answer.err) == (3 if message else 0, True)
    if not message:
        assert answer.document["choices"] == {"fits": given}


def test_an_extension_of_a_file_says_when_its_actions_happen() -> None:
    answer = call(
        "run", ONCE, "--account", SMALL, "--rules", EXAMPLE, "--with", "sealed-vaults", "--json", "--runs", "9"
    )
    assert answer.document["clocks"] == {"seal_expires": "exponential, mean 1440 min"}


def test_two_extensions_of_one_name_are_rejected(example: dict[str, Any], tmp_path: Path) -> None:
    example["extensions"].append(copy.deepcopy(example["extensions"][0]))
    file = tmp_path / "extensions.json"
    file.write_text(json.dumps(example), encoding="utf-8")
    with pytest.raises(BadInput, match=r"\$\.extensions\[1\]\.name: a second extension called 'sealed-vaults'"):
        load(rules=file)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("obstcle", "unknown extension 'obstcle'; did you mean 'obstacle'?"),
        ("obstacle,obstacle", "the extension obstacle is given twice"),
    ],
)
def test_a_wrong_name_says_what_would_be_right(names: str, message: str) -> None:
    answer = call("check", "--with", names)
    assert (answer.code, message in answer.err) == (2, True)


SCENARIO = """
title = "A protected recovery point"
{with_}
[account]
role = "present"
vaults = [{{ region = "us-east-1", name = "Default", points = 1{key} }}]
[[step]]
do = "{do}"
region = "us-east-1"
vault = "Default"
expect = "done"
"""


@pytest.mark.parametrize(
    ("with_", "key", "do", "code", "message"),
    [
        ('with = ["obstacle"]', ', obstacle = "person"', "remove_obstacle", 0, ""),
        ("", ', obstacle = "person"', "delete_recovery_point", 3, ":5: 'obstacle' belongs to the extension obstacle"),
        (
            "",
            "",
            "remove_obstacle",
            3,
            "'remove_obstacle' belongs to the extension obstacle: add with = [\"obstacle\"]",
        ),
        ('with = ["obstakle"]', "", "delete_recovery_point", 3, ":2: unknown extension 'obstakle'"),
        ('with = ["obstacle", "obstacle"]', "", "delete_recovery_point", 3, "'obstacle' stands here twice"),
        ('with = "obstacle"', "", "delete_recovery_point", 3, ":2: 'with' must be an array"),
    ],
)
def test_a_scenario_names_its_extensions(
    with_: str, key: str, do: str, code: int, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text(SCENARIO.format(with_=with_, key=key, do=do).removeprefix("\n"), encoding="utf-8")
    answer = call("simulate", str(file))
    assert answer.code == code, answer.err
    assert message in answer.err


# ---------------------------------------------------------------- another role

frozen = Flag("frozen", reads=("the account is frozen", "the account is not frozen"))
FROZEN = Refusal("account-frozen", "the account is frozen", "Denied")
FREEZE = Extension(
    "freeze",
    "an account can be frozen",
    state=(frozen,),
    rules=(
        Rule("freeze", "freeze the account", "person", (), ("C-1",), effects=(frozen.becomes(True, clause="C-1"),)),
    ),
    guards=(AddedGuard(("create_cluster",), "last", Guard(~frozen, FROZEN, "C-1")),),
)


def test_another_role_takes_extensions_too() -> None:
    lifecycle = replace(TOY, extensions=(FREEZE,)).extended("freeze")
    assert lifecycle.composed_of == ("freeze",)
    account = load(lifecycle=lifecycle).account()
    refused = account.request("freeze").account.request("create_cluster", "zone-1")
    assert refused.refusal == FROZEN
    report = Checker(lifecycle.model.assuming(), lifecycle.scope()).check()
    assert report.explored.complete


def test_what_changes_where_extensions_meet_does_not_depend_on_their_order() -> None:
    thawed = Flag("thawed", reads=("a thaw is announced", "no thaw is announced"))
    said = thawed.becomes(True, clause="C-1")
    announce = Rule("announce_thaw", "announce a thaw", "person", (), ("C-1",), effects=(said,))
    thaw = Extension("thaw", "a thaw can be announced", state=(thawed,), rules=(announce,))
    clause = Clause("C-2", "rule", "A frozen account announces no thaw.", ())
    guards = (AddedGuard(("announce_thaw",), "last", Guard(~frozen, FROZEN, "C-2")),)
    meeting = Extension("frost", "no thaw while frozen", requires=(FREEZE, thaw), guards=guards, clauses=(clause,))
    toy = TOY.having(replace(TOY.model, interactions=(meeting,)))
    for given in ((FREEZE, thaw), (thaw, FREEZE)):
        alone, met = toy.extended(given[0]), toy.extended(*given)
        assert clause not in alone.clauses
        assert met.clauses.count(clause) == 1
        assert met.composed_of == tuple(one.name for one in given)
        assert [guard.otherwise for guard in met.model.rule("announce_thaw").guards] == [FROZEN]
        assert met == toy.extended(given[0]).extended(given[1])


def test_an_extension_of_another_role_says_when_its_actions_happen(tmp_path: Path) -> None:
    file = tmp_path / "extensions.json"
    said = {"name": "time", "says": "clusters change with time", "clocks": {"add_node": 60, "wait": 1}}
    file.write_text(json.dumps({"extensions": [said]}), encoding="utf-8")
    with pytest.raises(BadInput, match="unknown action of the service: 'wait'"):
        load_rules(str(file), TOY)
    del said["clocks"]["wait"]  # type: ignore[attr-defined]
    file.write_text(json.dumps({"extensions": [said]}), encoding="utf-8")
    (time,) = load_rules(str(file), TOY).extensions
    assert time.activity.clocks == {"add_node": 60}


def test_extensions_that_exclude_each_other_are_not_combined() -> None:
    other = replace(FREEZE, name="other", excludes={"freeze": "both freeze the account"})
    with pytest.raises(ValueError, match="freeze and other cannot be combined: both freeze the account"):
        TOY.extended(FREEZE, other)
    with pytest.raises(ValueError, match="obstacle and vault-lock cannot be combined"):
        BACKUP.extended("obstacle", "vault-lock")  # not retention, on which vault-lock builds
    with pytest.raises(ValueError, match="vault-lock and obstacle cannot be combined"):
        BACKUP.extended(VAULT_LOCK, "obstacle")


def test_extensions_bring_what_they_build_on() -> None:
    needs = Extension("needs", "a frozen account thaws", requires=(FREEZE,))
    composed = TOY.model.extended(needs)
    assert composed.composed_of == TOY.extended(needs).composed_of == ("freeze", "needs")
    assert composed.extended(Extension("more", "it builds on both", requires=(needs, FREEZE))).composed_of[-1] == "more"
    assert TOY.model.extended(needs, FREEZE).composed_of == ("freeze", "needs")
    with pytest.raises(ValueError, match="the extension freeze is given twice"):
        composed.extended(FREEZE)
    with pytest.raises(IllFormed, match=r"requires\[0\]: the model is not composed with 'freeze'"):
        needs.applied_to(TOY.model)


def test_extensions_are_given_as_objects_or_by_name() -> None:
    assert lifecycle().extended(VAULT_LOCK, LEGAL_HOLD) == BACKUP.extended("vault-lock", "legal-hold").model
    for given in ((VAULT_LOCK, LEGAL_HOLD), (LEGAL_HOLD, "vault-lock"), (LEGAL_HOLD, VAULT_LOCK, RETENTION)):
        assert BACKUP.extended(*given).composed_of == ("retention", "vault-lock", "legal-hold")


# ---------------------------------------------------------------- names of an extension that is not given


@pytest.mark.parametrize(
    ("options", "name", "extension"),
    [
        (("--property", "locked_points_stay"), "locked_points_stay", "vault-lock"),
        (("--without", "delete_backup_plan/plan-belongs-to-efs"), "delete_backup_plan", "backup-plans"),
        (("--without", "delete_recovery_point/vault-locked"), "vault-locked", "vault-lock"),
        (("--assume", "endless-retention=no"), "endless-retention", "retention"),
    ],
)
def test_an_option_says_which_extension_a_name_belongs_to(options: tuple[str, str], name: str, extension: str) -> None:
    answer = call("check", *options)
    assert answer.code == 2
    assert f"{options[0]}: '{name}' belongs to the extension {extension}: add --with {extension}" in answer.err


def test_a_runbook_does_not_suggest_a_deletion_for_an_action_of_an_extension(tmp_path: Path) -> None:
    file = tmp_path / "runbook.toml"
    loop = 'title = "A"\ncalls = 99\n[[step]]\neach = "region"\n[[step.step]]\neach = "vault"\n[[step.step.step]]\n'
    file.write_text(f'{loop}do = "delete_backup_plan"\n', encoding="utf-8")
    answer = call("run", str(file), "--account", SMALL, "--runs", "1")
    assert answer.code == 3
    assert ":8: 'delete_backup_plan' belongs to the extension backup-plans: add --with backup-plans" in answer.err
    assert call("run", str(file), "--account", SMALL, "--runs", "1", "--with", "backup-plans").err == ""


def test_two_editions_contradict_each_other() -> None:
    answer = call("check", "--edition", "source", "--edition", "2025-10")
    assert answer.code == 2
    assert "--edition: source and 2025-10 contradict each other: give one" in answer.err
