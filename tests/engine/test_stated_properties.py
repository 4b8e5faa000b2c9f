"""Properties that users state as expressions or in files: parsed, checked, proved, and reproduced."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from support.console import asked, call
from support.schemas import valid
from support.second_role import CLUSTERS

import backup_slr as slr
from backup_slr.api import witness_search
from backup_slr.engine.core.formula import After, Does, Ends, Not
from backup_slr.engine.spec.query import parse_step
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.lifecycle.vocabulary import r, v, vault
from backup_slr.scenario.property_file import load

MODEL = slr.load()
TOY = slr.load(lifecycle=CLUSTERS)
SMALL = ("--regions", "1")
SAMPLE = Path(__file__).parent.parent / "samples" / "properties" / "deletion.toml"
POINTS_NEED_A_ROLE = "any(points > 0) implies role != absent"
POINTS_BLOCK = "not any(action == delete_backup_vault and points > 0 and after(not vault))"


# ---------------------------------------------------------------- expressions about a step


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("action == edit_description", Does(("edit_description",))),
        ("action != edit_description", Not(Does(("edit_description",)))),
        ("outcome == refused", Ends(("refused",))),
        ("refusal == no-such-vault", Ends(("no-such-vault",))),
        ("not after(cross_account)", Not(After(BACKUP.model.state[2]))),
    ],
)
def test_an_expression_about_a_step_is_parsed_into_a_formula(text: str, formula: Any) -> None:
    assert parse_step(text, BACKUP) == formula


def test_inside_any_an_action_is_one_at_this_place() -> None:
    inside = parse_step("any(action == delete_backup_vault and after(vault))", BACKUP)
    assert inside.body == Does(("delete_backup_vault",), (r, v)) & After(vault[r, v])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "place", "fragment"),
    [
        ("action = edit_description", "= edit", "use '=='"),
        ("action == edit", "edit", "unknown action 'edit'"),
        ("action", "", "expected == or != after 'action'"),
        ("outcome == ok", "ok", "known: done, refused, failed"),
        ("refusal == no-such-valt", "no-such-valt", "did you mean 'no-such-vault'?"),
        ("refusal ==", "", "expected the name of the refusal"),
        ("after role == absent", "role", "expected '(' after 'after'"),
        ("after(after(cross_account))", "after(cross", "the body of after(...) is about a state"),
        ("after(via == cli)", "via", "the body of after(...) is about a state"),
        ("via == phone", "phone", "via is one of api, cli, console"),
        ("role == absent implies cross_account implies using_role", "implies using", "'implies' does not chain"),
    ],
)  # fmt: skip
def test_a_mistake_about_a_step_is_shown_with_a_caret(text: str, place: str, fragment: str) -> None:
    with pytest.raises(BadInput) as raised:
        parse_step(text, BACKUP)
    message, shown, caret = str(raised.value).split("\n")
    assert fragment in message
    assert shown[len(caret) - 1 :].startswith(place)


@pytest.mark.parametrize("text", ["after(cross_account)", "action == edit_description", "permitted"])
def test_a_state_has_no_action(text: str) -> None:
    with pytest.raises(BadInput, match="this expression is about a state"):
        MODEL.always(text)


# ---------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    ("stated", "verdict"),
    [
        (MODEL.always(POINTS_NEED_A_ROLE), "holds"),
        (MODEL.always("any(points > 0) implies role == present"), "violated"),
        (MODEL.step(POINTS_BLOCK), "holds"),
        (MODEL.step("action == delete_backup_vault implies via == cli"), "violated"),
        (MODEL.step("refusal == no-such-role implies role == absent"), "holds"),
        (MODEL.leads_to("role == deleting", "role != deleting"), "holds"),
        (MODEL.leads_to("role == present", "role == absent"), "violated"),
        (TOY.always("any(cluster) implies role == usable"), "holds"),
        (TOY.always("not any(nodes > 0)"), "violated"),
        (TOY.step("any(action == delete_cluster and nodes > 0) implies outcome == refused"), "holds"),
        (TOY.leads_to("role == usable", "role == missing"), "violated"),
    ],
    ids=lambda value: getattr(value, "sentence", value)[:60],
)
def test_a_stated_property_has_a_verdict(stated: Any, verdict: str) -> None:
    toy = "cluster" in repr(stated) or "missing" in stated.sentence or "nodes" in stated.sentence
    model, scope = (TOY, {}) if toy else (MODEL, {"regions": 1})
    answer = model.check(stated, **scope)
    assert (answer.verdict, len(answer.properties)) == (verdict, 1)
    assert stated.sentence in str(answer)
    if stated.kind != "eventually":
        pytest.importorskip("z3")
        assert (model.prove(stated).verdict == "proved") is (verdict == "holds")


ORDINARY = "not any(vault and not is_default_vault and not is_efs_vault)"


@pytest.mark.parametrize(
    ("stated", "given", "verdict", "scope", "note"),
    [
        (MODEL.always("not any(points >= 3)"), {"regions": 1}, "violated", (1, 2, 3), ""),
        (MODEL.always("not any(points >= 37)"), {}, "violated", (1, 2, 37), ""),
        (MODEL.always("not any(points >= 3)"), {"points": 2}, "holds", (2, 2, 2), "points never exceeds 2"),
        (MODEL.step("not any(after(points == 2))"), {"regions": 1}, "violated", (1, 2, 4), ""),
        (MODEL.leads_to("any(points == 2)", "any(points < 2)"), {"regions": 1}, "violated", (1, 2, 3), ""),
        (MODEL.always(ORDINARY), {"regions": 1}, "violated", (1, 3, 1), ""),
        (MODEL.always(ORDINARY), {"regions": 1, "vaults": 2}, "holds", (1, 2, 1), "give --vaults 3"),
        (TOY.always("not any(nodes > 3)"), {}, "violated", (2, 4), ""),
        (TOY.always("not any(nodes > 3)"), {"nodes": 1}, "holds", (2, 1), "give --nodes 4"),
    ],
    ids=str,
)
def test_a_scope_is_as_large_as_a_stated_property_needs(
    stated: Any, given: dict[str, int], verdict: str, scope: tuple[int, ...], note: str
) -> None:
    model = TOY if "nodes" in stated.sentence else MODEL
    answer = model.check(stated, **given)
    assert (answer.verdict, tuple(answer.document()["scope"].values())) == (verdict, scope)
    assert note in answer.note
    assert bool(note) == bool(answer.note)
    assert ("in this scope (" in str(answer)) == (verdict == "holds")


def test_a_guard_that_is_missing_violates_it() -> None:
    broken = slr.load(without=["delete_backup_vault/vault-has-recovery-points"])
    (violation,) = broken.check(broken.step(POINTS_BLOCK), regions=1).violations
    assert violation.trace
    assert violation.trace[-1].action == "delete_backup_vault"


def test_names_and_own_properties_are_checked_together() -> None:
    own = MODEL.always("not cross_account or role != absent"), MODEL.always("true", id="trivial")
    found = MODEL.check("jobs_have_a_role", *own, regions=1)
    assert [p.id for p in found.properties] == ["jobs_have_a_role", "always_1", "trivial"]
    assert len(MODEL.properties) == len(lifecycle().properties)


def test_a_violation_can_be_reproduced_as_it_is_printed() -> None:
    options = ("--always", "role == absent", "--step", "not (via == cli)", "--leads-to", "cross_account", "any(job)")
    answer = call("check", *SMALL, *options)
    assert answer.code == 1
    assert "verdict      violated: 3 of 3 properties" in answer.out
    commands = [line.partition("again: backup-slr ")[2] for line in answer.out.splitlines() if "again: " in line]
    assert len(commands) == 3
    for command in commands:
        again = call(*shlex.split(command))
        assert (again.code, "violated: 1 of 1 property" in again.out) == (1, True)


def test_an_own_property_can_depend_on_an_assumption() -> None:
    option = ("--step", "refusal == resources-remain implies any(vault)")
    answer = call("check", "--all-assumptions", *option, "--timeout", "120")
    assert answer.code == 0
    assert answer.out.splitlines()[-1].startswith("verdict      all hold under the default assumptions")


# ---------------------------------------------------------------- files


def test_the_properties_of_a_file_are_checked_and_proved() -> None:
    document = valid("check", call("check", *SMALL, "--properties", str(SAMPLE), "--json"))
    assert {p["id"]: p["verdict"] for p in document["properties"]} == dict.fromkeys(
        ("points_need_a_role", "points_block_deletion", "console_can_delete", "deletion_ends", "role_can_go"), "holds"
    )
    one = call("check", *SMALL, "--properties", str(SAMPLE), "--property", "deletion_ends")
    assert "verdict      holds in this scope (--regions 1 --vaults 2 --points 1): 1 property" in one.out
    pytest.importorskip("z3")
    proved = call("prove", "--properties", str(SAMPLE))
    assert (proved.code, proved.out.splitlines()[-1]) == (0, "2 of 2 proved.")


ONE = '[[property]]\nid = "mine"\nkind = "{}"\nformula = "{}"\n{}\n'


@pytest.mark.parametrize(
    ("text", "line", "fragment"),
    [
        ("", 1, "'property' is missing"),
        ("property = []", 1, "at least one [[property]]"),
        (ONE.format("allways", "cross_account", ""), 3, "did you mean 'always'?"),
        (ONE.format("always", "rol == absent", ""), 4, "unknown name 'rol'"),
        (ONE.format("always", "after(cross_account)", ""), 4, "about a state"),
        (ONE.format("eventually", "cross_account", ""), 3, "needs 'earlier'"),
        (ONE.format("eventually", "cross_account", 'earlier = "x"'), 5, "unknown name 'x'"),
        (ONE.format("always", "cross_account", 'earlier = "using_role"'), 5, "only 'eventually' has it"),
        (ONE.format("always", "cross_account", 'clauses = ["CLEAN-99"]'), 5, "unknown clause 'CLEAN-99'"),
        (ONE.format("always", "cross_account", 'clause = ["CLEAN-1"]'), 5, "did you mean 'clauses'?"),
        (ONE.replace("mine", "Mine!").format("always", "cross_account", ""), 2, "cannot be an id"),
        (ONE.replace("mine", "jobs_have_a_role").format("always", "true", ""), 2, "of the model"),
        (2 * ONE.format("always", "cross_account", ""), 7, "another property of this file"),
        ('[property]\nid = "x"', 1, "two brackets"),
        ("[[property", 1, "not valid TOML"),
    ],
)
def test_a_mistake_in_a_file_has_its_line(text: str, line: int, fragment: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    answer = call("check", "--properties", str(file))
    assert answer.code == 3
    assert f"{file}:{line}: " in answer.err
    assert fragment in answer.err


def test_a_file_belongs_to_a_lifecycle(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    text = (
        '[[property]]\nid = "x"\nkind = "always"\nformula = "any(cluster) implies role == usable"\nclauses = ["C-1"]\n'
    )
    file.write_text(text, encoding="utf-8")
    assert TOY.check(*TOY.properties_in(file)).holds
    with pytest.raises(BadInput, match="C-1"):
        load(file)


# ---------------------------------------------------------------- selection and output


def test_properties_are_selected_by_pattern_or_sentence() -> None:
    roles = [p.id for p in lifecycle().properties if p.id.startswith("role_")]
    assert list(MODEL.property_ids(["role_*"])) == roles
    assert MODEL.property_ids(["While a job runs, the role exists"]) == ("jobs_have_a_role",)
    unknown = call("check", "--property", "xyz_*")
    assert (unknown.code, "unknown property 'xyz_*'" in unknown.err) == (2, True)


def test_a_check_is_short_unless_more_is_requested() -> None:
    lines = asked("check", *SMALL).out.splitlines()
    assert [line.split()[0] for line in lines] == ["scope", "explored", "out", "out", "verdict"]
    more = asked("check", *SMALL, "-v", "--clauses").out
    assert "coverage     67 of 67 outcomes reached" in more
    assert "deadlocks    none" in more
    assert "  ok           always " in more
    assert "CLEAN-5" in more


def test_a_sometimes_that_is_selected_is_shown_with_its_witness() -> None:
    found = asked("check", *SMALL, "--property", "role_returns_after_deletion").out
    assert "witness of role_returns_after_deletion" in found
    assert "   3 finish_deletion_task\n" in found


def test_a_property_out_of_scope_is_named() -> None:
    out = asked("check", *SMALL).out
    assert "out of scope deletion_fails_for_another_region (needs at least 2 regions)" in out


# ---------------------------------------------------------------- witness


def test_a_search_without_a_result_tries_every_size() -> None:
    pytest.importorskip("z3")
    assert MODEL.witness("role == absent and using_role", regions=1).every_size == "proved"
    assert MODEL.witness("any(points > 1)", regions=1, points=1).every_size == "not-proved"
    assert MODEL.witness("role == absent", "role == absent", regions=1).every_size == "proved"
    assert TOY.witness("role == missing and any(cluster)").every_size == "proved"
    text = call("witness", "any(points > 1)", "--points", "1", *SMALL)
    assert text.code == 6
    assert text.out.startswith("unreachable in this scope; not proved for larger ones: any(points > 1)\n")
    assert text.err == "points never exceeds 1 in this scope: give --points 2\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [("--vaults", "500"), ("--regions", "2", "--points", "9", "--max-states", "9")], ids=" ".join
)
def test_a_proof_is_tried_where_not_all_states_can_be_explored(arguments: tuple[str, ...]) -> None:
    pytest.importorskip("z3")
    found = call("witness", "role == absent and any(points > 3)", *arguments, "--json")
    assert (found.code, found.document["verdict"], found.document["every_size"]) == (1, "unreachable", "proved")
    assert found.document["stopped"] is None


@pytest.mark.parametrize(
    ("arguments", "smaller"),
    [
        (("any(points == 9)", "--regions", "3", "--max-states", "9"), "--regions 1 --vaults 2 --points 10"),
        (("any(points == 9)", "--regions", "9", "--vaults", "9"), "--regions 1 --vaults 2 --points 10"),
        (("role == deleting", "--vaults", "99"), "--regions 2 --vaults 2 --points 1"),
        (("role == deleting", *SMALL, "--max-states", "1"), ""),
    ],
)
def test_the_scope_that_is_proposed_is_smaller_and_large_enough(
    arguments: tuple[str, ...], smaller: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness_search, "SECONDS_FOR_SIZES", 0.0)
    out = call("witness", *arguments).out
    assert "not found in the first" in out or "nothing was explored" in out
    commands = [line for line in out.splitlines() if line.startswith("  in a smaller scope: ")]
    assert [smaller] * bool(smaller) == [line.partition("' ")[2] for line in commands]


def test_repeated_steps_are_folded() -> None:
    out = call("witness", "any(points == 9)", *SMALL).out
    assert out.startswith("reachable in 19 steps (shortest): ")
    assert re_folded(out) == ["2-19 9 times: start_job", "finish_job"]
    toy = str(TOY.witness("any(nodes == 5)"))
    assert "5 times: add_node north" in toy
    assert "done: nodes north 0 -> 5" in toy


def re_folded(out: str) -> list[str]:
    """The requests of the folded line, without their places."""
    (line,) = (line for line in out.splitlines() if " times: " in line)
    return [part.rpartition(" ")[0].strip() for part in line.split(", ")]
