"""``--json`` prints exactly one document, which matches its schema in ``schemas/`` and is consistent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.console import asked, call, interrupted, playing, scenario
from support.schemas import SCHEMAS, valid, validator

from backup_slr.cli.commands import COMMANDS
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.lifecycle.clauses import CLAUSES

IN_VAULTS = "recovery_points_lie_in_vaults"
DEFAULT_VAULT = "cli_and_api_delete_empty_default_vault"
SMALL = ("--regions", "1")
EXIT = {"holds": 0, "violated": 1, "inconclusive": 5, "reached": 0, "unreachable": 1, "unreachable-in-scope": 6}
SLOW = pytest.mark.slow
SAMPLES = str(Path(__file__).parent.parent / "samples")
GALLERY = Path(__file__).parent.parent.parent / "simulations"


def test_the_documents_of_doctor_and_diagram_match_their_schemas() -> None:
    assert valid("doctor", asked("doctor", "--json"))["tools"]
    assert valid("diagram", asked("diagram", "decision", "delete_backup_vault", "--json"))["edges"]


# ---------------------------------------------------------------- the schemas themselves


def test_every_command_has_a_schema() -> None:
    """A separate form that an option selects is named after a dot."""
    of_commands = {*COMMANDS} - {"schema", "examples", "completion", "explore", "serve"}
    assert {name.partition(".")[0] for name in SCHEMAS} == of_commands | {"common", "list", "table"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_a_schema_knows_the_actions_of_the_table() -> None:
    assert SCHEMAS["common"]["$defs"]["action"]["enum"] == [
        rule.action for rule in lifecycle().extended(*BACKUP.extensions).rules
    ]


@pytest.mark.slow
def test_a_document_with_a_missing_or_additional_key_is_invalid() -> None:
    document = asked("check", *SMALL, "--max-states", "50", "--json").document
    assert validator("check").is_valid(document)
    for key in ("schema_version", "verdict", "properties"):
        assert not validator("check").is_valid({k: v for k, v in document.items() if k != key})
        assert not validator("check").is_valid({**document, f"{key}s": 1})


# ---------------------------------------------------------------- check


@pytest.mark.parametrize(
    "arguments",
    [
        SMALL,
        (*SMALL, "--max-states", "50"),
        (*SMALL, "--timeout", "1e-9"),
        pytest.param((*SMALL, "--vaults", "3"), marks=SLOW),
        (*SMALL, "--assume", "default-vault=needs-another-vault"),
        pytest.param((*SMALL, "--without", "delete_backup_vault/vault-has-recovery-points"), marks=SLOW),
        (*SMALL, "--without", "finish_deletion_task/role", "--without", "finish_deletion_task/resources-remain"),
        ("--regions", "99"),
    ],
    ids=" ".join,
)
def test_the_document_of_a_check_has_its_shape_and_agrees_with_itself(arguments: tuple[str, ...]) -> None:
    answer = asked("check", *arguments, "--json")
    document = valid("check", answer)
    verdicts = {p["verdict"] for p in document["properties"]}
    assert answer.code == EXIT[document["verdict"]]
    assert (document["verdict"] == "violated") == ("violated" in verdicts)
    assert document["complete"] == (document["stopped"] is None)
    if not document["complete"]:
        assert document["verdict"] != "holds"
        assert document["deadlocks"] is None
    for found in document["properties"]:
        if found["verdict"] == "inconclusive":
            assert not document["complete"]
        if found["verdict"] == "violated" and found["kind"] in ("always", "step", "eventually", "possible"):
            assert found["trace"] is not None
        if found["kind"] == "eventually" and found["trace"]:
            assert all("repeats" in step for step in found["trace"])
    for way in document["rules"]:
        assert bool(way["taken"]) == (way["trace"] is not None)
        assert (way["taken"] is None) <= (document["stopped"] in ("time", "interrupted"))
        if way["trace"]:
            last = way["trace"][-1]
            assert (last["do"], last["outcome"], last["because"]) == (way["action"], way["outcome"], way["because"])
    for trace in [x["trace"] for x in (*document["properties"], *document["rules"]) if x["trace"]]:
        assert [step["n"] for step in trace] == list(range(1, len(trace) + 1))


def test_a_complete_check_names_every_property_rule_and_clause() -> None:
    document = asked("check", *SMALL, "--json").document
    model = lifecycle().assuming()
    assert [p["id"] for p in document["properties"]][:-1] == [p.id for p in model.properties]
    assert [p["sentence"] for p in document["properties"]][:-1] == [p.sentence for p in model.properties]
    ways = [(rule.action, *way) for rule in model.rules for way in rule.outcomes()]
    assert [(w["action"], w["outcome"], w["because"]) for w in document["rules"]] == ways
    assert [(c["id"], c["kind"]) for c in document["clauses"]] == [(c.id, c.kind) for c in CLAUSES]
    assert document["scope"] == {"regions": 1, "vaults": 2, "points": 1}
    assert document["assumptions"] == {a.name: a.default for a in model.assumptions}
    assert document["without"] == []


def test_the_numbers_of_a_check_are_those_that_are_printed() -> None:
    document, text = asked("check", *SMALL, "--json").document, asked("check", *SMALL).out
    assert f"{document['states']:,} states, {document['transitions']:,} transitions, depth {document['depth']}" in text


@pytest.mark.slow
def test_an_incomplete_check_counts_what_it_explored() -> None:
    document = asked("check", *SMALL, "--max-states", "50", "--json").document
    assert document["stopped"] == "states"
    assert 50 < document["states"] < asked("check", *SMALL, "--json").document["states"]


def test_changes_in_a_trace_connect_one_state_to_the_next() -> None:
    """The values before a step are those after the steps before it, from the empty account."""
    document = asked("check", *SMALL, "--json").document
    traces = [x["trace"] for x in (*document["properties"], *document["rules"]) if x["trace"]]
    assert len(traces) > 50
    empty = {"role": "absent", "description": "default", "points": 0}
    for trace in traces:
        now: dict[tuple[str, ...], Any] = {}
        for step in trace:
            for change in step["changed"]:
                place = (change["variable"], change.get("region", ""), change.get("vault", ""))
                assert change["before"] == now.get(place, empty.get(change["variable"], False))
                assert change["after"] != change["before"]
                now[place] = change["after"]


# ---------------------------------------------------------------- witness


@pytest.mark.parametrize(
    "arguments",
    [
        ("role == absent and cross_account",),
        ("role == absent",),
        ("any(points > 1)", "--avoid", "cross_account"),
        ("role == absent and any(points > 0)",),
        ("any(points > 1)", "--points", "1"),
        ("all(points > 1)", "--max-states", "5"),
        ("role == deleting", "--without", "delete_service_linked_role/not-permitted"),
        ("role == deleting", "--assume", "usage-check=at-submit"),
        ("role == deleting", "--vaults", "65"),
    ],
    ids=" ".join,
)
def test_the_document_of_a_witness_has_its_shape_and_agrees_with_itself(arguments: tuple[str, ...]) -> None:
    answer = call("witness", *arguments, *SMALL, "--json")
    document = valid("witness", answer)
    assert answer.code == EXIT[document["verdict"]]
    assert document["expression"] == arguments[0]
    assert (document["trace"] is None) == (document["verdict"] != "reached")
    assert (document["verdict"] == "unreachable") == (document["every_size"] == "proved")
    assert (document["stopped"] is None) == (document["verdict"] != "inconclusive")


# ---------------------------------------------------------------- simulate


@pytest.mark.slow
def test_the_document_of_scenarios_has_its_shape() -> None:
    # The shape knows the names of the rules without extensions.
    plain = [file for file in sorted(GALLERY.glob("*.toml")) if "\nwith = " not in file.read_text(encoding="utf-8")]
    files = [*sorted(Path(SAMPLES).glob("*.toml")), *plain[::8]]
    files.append(GALLERY / "broken" / "edit-without-permission.toml")
    answer = asked("simulate", "--json", *map(str, files))
    document = valid("simulate", answer)
    assert answer.code == 0
    assert [run["file"] for run in document["scenarios"]] == list(map(str, files))
    assert {run["verdict"] for run in document["scenarios"]} == {"pass"}
    assert document["scenarios"][-1]["without"] == ["edit_description/not-permitted"]
    assert document["scenarios"][-1]["violates"]


def test_a_failed_scenario_has_expected_and_actual_outcomes(tmp_path: Path) -> None:
    text = 'title = "x"\n[[step]]\ndo = "list_resources"\npermitted = false\nbecause = "role-being-deleted"\n'
    answer = call("simulate", "--json", scenario(tmp_path, f'{text}[finally]\nrole = "present"\n'))
    (run,) = valid("simulate", answer)["scenarios"]
    assert answer.code == 1
    assert run["verdict"] == "fail"
    assert run["missed"] == ["at the end: expected role = present, got absent"]
    (step,) = run["steps"]
    assert step["expected"] == {"outcome": None, "because": "role-being-deleted"}
    assert (step["outcome"], step["because"], step["as_expected"]) == ("refused", "not-permitted", False)
    assert step["error_code"] == "AccessDeniedException"


def test_a_document_may_have_no_scenarios() -> None:
    with playing("everything.toml", interrupted):
        answer = call("simulate", "--json", str(Path(SAMPLES) / "everything.toml"))
    assert answer.code == 130
    assert valid("simulate", answer) == {"schema_version": 1, "scenarios": []}


def test_json_has_the_parameters_of_a_step_as_in_the_file(tmp_path: Path) -> None:
    (run,) = asked("simulate", "--json", str(Path(SAMPLES) / "everything.toml")).document["scenarios"]
    first = run["steps"][0]
    assert (first["via"], first["collides"], first["permitted"]) == ("console", True, True)
    assert run["final"]["jobs-without-vault"] == []
    assert run["assume"] == {"usage-check": "at-submit", "efs-vault": "never"}
    assert [step["minute"] for step in run["steps"]][:4] == [0, 7.5, 15, 15]


# ---------------------------------------------------------------- the tables


OTHER_READINGS = [
    ("--assume", f"{a.name}={value}") for a in lifecycle().assumptions for value in list(a.values)[1:]
]  # fmt: skip


@pytest.mark.parametrize(
    "reading",
    [(), OTHER_READINGS[0], *(pytest.param(r, marks=SLOW) for r in OTHER_READINGS[1:])],
    ids=lambda r: r[1] if r else "default",
)
def test_the_documents_of_the_tables_have_their_shape_under_every_assumption(reading: tuple[str, ...]) -> None:
    # The table is the same under every assumption, and long, so its schema is checked once.
    answer = call("rules", *reading, "--json")
    rules = answer.document if reading else valid("rules", answer)
    assert [rule["action"] for rule in rules["rules"]] == [rule.action for rule in lifecycle().rules]
    assumptions = valid("assumptions", call("assumptions", *reading, "--json"))
    assert {a["name"]: a["taken"] for a in assumptions["assumptions"]} == rules["assumptions"]
    valid("clauses", call("clauses", *reading, "--json"))


def test_the_document_of_an_explanation_is_that_of_the_rule_with_its_task() -> None:
    for rule in asked("rules", "--json").document["rules"]:
        document = valid("explain", call("explain", rule["action"], "--json"))
        assert (document.pop("task"), document.pop("started_by")).count(None) in (1, 2)
        assert {key: document[key] for key in rule} == rule
        assert document.keys() - rule.keys() == {"schema_version", "assumptions"}


@pytest.mark.parametrize("name", ["UpdateRole", "resources-remain", "InvalidRequestException"])
def test_the_document_of_several_explanations_has_only_the_guards_in_question(name: str) -> None:
    document = valid("explain.matches", call("explain", name, "--json"))
    assert document["name"] == name
    guards = [guard for action in document["actions"] for guard in action["guards"]]
    assert guards
    if name != "UpdateRole":
        assert all(name in (guard["refusal"], guard["error_code"]) for guard in guards)


def test_every_citation_names_a_clause_an_assumption_or_a_convention() -> None:
    for rule in asked("rules", "--json").document["rules"]:
        for guard in rule["guards"]:
            assert guard["clause_says"]


# ---------------------------------------------------------------- as text


def test_a_document_is_ascii_so_that_it_is_safe_on_a_terminal(tmp_path: Path) -> None:
    file = scenario(tmp_path, 'title = "\\u001b[31m\\u009b\\u202eü\\U0001f600"\n[finally]\n')
    answer = call("simulate", "--json", file)
    assert answer.out.isascii()
    assert answer.out.replace("\n", "").isprintable()
    assert answer.document["scenarios"][0]["title"] == "\x1b[31m\x9b\u202eü\U0001f600"


def test_a_step_takes_one_line_so_that_a_million_steps_can_be_streamed(tmp_path: Path) -> None:
    text = 'title = "x"\n[[step]]\ndo = "list_resources"\ntimes = 1000\n'
    answer = call("simulate", "--json", scenario(tmp_path, text))
    lines = [line for line in answer.out.splitlines() if '"do": "list_resources"' in line]
    assert len(lines) == 1000
    assert json.loads(lines[0].rstrip(","))["n"] == 1


@pytest.mark.parametrize(("schema", "arguments"), [
    pytest.param("prove", (), marks=SLOW),
    ("prove", ("--timeout", "1e-9")),
    ("prove", ("--without", "delete_backup_vault/vault-has-recovery-points", "--property", IN_VAULTS)),
    ("prove", ("--assume", "default-vault=needs-another-vault", "--property", DEFAULT_VAULT)),
    ("prove.all-assumptions", ("--all-assumptions", "--property", DEFAULT_VAULT)),
])  # fmt: skip
def test_the_document_of_a_proof_has_its_shape(schema: str, arguments: tuple[str, ...]) -> None:
    answer = asked("prove", *arguments, "--json")
    document = valid(schema, answer)
    assert answer.code == {"proved": 0, "violated": 1, "not-inductive": 6, "inconclusive": 5}[document["verdict"]]
    for found in document["properties"]:
        assert (found["trace"] is not None) == (found["verdict"] == "violated")
        assert (found["counterexample_to_induction"] is not None) == (found["verdict"] == "not-inductive")
        assert found["action"] is None or found["verdict"] != "proved"


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [SMALL, ("--max-states", "100")], ids=" ".join)
def test_the_document_of_a_graph_has_its_shape_and_its_edges_have_targets(arguments: tuple[str, ...]) -> None:
    document = valid("export", asked("export", "json", *arguments))
    ids = [node["id"] for node in document["nodes"]]
    assert ids == list(range(len(ids)))
    assert all(edge["source"] in ids and edge["target"] in ids for edge in document["edges"])


@pytest.mark.parametrize("arguments", [
    pytest.param(("--property", IN_VAULTS, "--property", "role_leaves_only_when_unneeded"), marks=SLOW),
    ("--timeout", "1e-9"),
    pytest.param(("--property", IN_VAULTS, "--without", "delete_backup_vault/vault-has-recovery-points"), marks=SLOW),
], ids=" ".join)  # fmt: skip
def test_the_document_of_all_assumptions_has_its_shape(arguments: tuple[str, ...]) -> None:
    answer = asked("check", "--all-assumptions", *arguments, "--json")
    document = valid("check.all-assumptions", answer)
    assert answer.code == EXIT[document["verdict"]]
    assert document["scope"] == {"regions": 1, "vaults": 2, "points": 1}


# ---------------------------------------------------------------- mutants and differences


@pytest.mark.slow
@pytest.mark.parametrize("action", ["rename_role", pytest.param("edit_description", marks=SLOW)])
def test_the_document_of_mutants_has_its_shape_and_agrees_with_itself(action: str, tmp_path: Path) -> None:
    some = () if action == "edit_description" else ("--scenarios", str(tmp_path))
    document = valid("mutate", call("mutate", "--action", action, "--jobs", "1", "--json", *some))
    verdicts = [row["verdict"] for row in document["matrix"]]
    assert document["mutants"] == document["judged"] == len(verdicts)
    assert document["killed"] == verdicts.count("killed")
    assert document["equivalent"] == verdicts.count("equivalent")
    assert [m["id"] for m in document["survived"]] == [
        m["id"] for m in document["matrix"] if m["verdict"] == "survived"
    ]
    for row in document["matrix"]:
        assert bool(row["kills"]) == (row["verdict"] == "killed")
        assert (row["trace"] is None) == (row["verdict"] == "equivalent")
    for judge, number in document["by_judge"].items():
        assert number == sum(any(k["judge"] == judge for k in row["kills"]) for row in document["matrix"])


def test_the_document_of_a_difference_has_its_shape(tmp_path: Path) -> None:
    file = str(tmp_path / "new.json")
    call("rules", "--json", "-o", file, "--without", "delete_backup_vault/vault-has-recovery-points")
    document = valid("diff", call("diff", "now", file, *SMALL, "--json"))
    (found,) = document["differences"]
    assert (document["verdict"], found["action"]) == ("different", "delete_backup_vault")
    assert found["trace"][-1]["outcome"] == "refused"
    assert found["new_answer"]["outcome"] == "done"
    assert valid("diff", call("diff", "now", "now", *SMALL, "--json"))["verdict"] == "equivalent"
