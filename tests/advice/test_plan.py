"""Plans: their order, what remains, the proof, and the command."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from random import Random

import pytest
from support.console import asked, call
from support.schemas import valid
from support.second_role import CLUSTERS

import backup_slr as slr
from backup_slr.advice.plan import StepPlan, planned
from backup_slr.advice.plan_order import PlanOrder
from backup_slr.advice.plan_phases import most, phases, requests
from backup_slr.advice.plan_proof import PlanProof, proved
from backup_slr.advice.plan_report import headline
from backup_slr.advice.plan_runs import HAPPENS
from backup_slr.advice.plan_search import SPARE
from backup_slr.advice.plan_step import Remains
from backup_slr.advice.why import asked as why_asked
from backup_slr.advice.why_report import why_lines
from backup_slr.api.planning import PlanAnswer, plan_answer
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Count, Enum
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP
from backup_slr.report.names import Names
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import Observation, Place, Remark, StartingAccount

ROOT = Path(__file__).parent.parent.parent
ENDS, LOCKED = "retention_ends", ("eu-west-1", "a")
SETTLED = {assumption.name: assumption.default for assumption in BACKUP.model.assumptions}


def start(
    *vaults: tuple[str, dict[str, int]],
    lifecycle: Lifecycle = BACKUP,
    given: dict[str, str] | None = None,
    **account: int,
) -> StartingAccount:
    entries = tuple(EntrySpec(("eu-west-1", name), values) for name, values in vaults)
    spec = AccountSpec({"role": 1} | account, tables={"vault": entries}, paths=tuple((e.place, ()) for e in entries))
    return StartingAccount("", lifecycle, spec, given or {})


def does(plan: StepPlan) -> list[str]:
    return [f"{step.rule.action} {plan.names.parts(step.place)[-1]}".strip() for step in plan.steps if step.place]


@pytest.mark.parametrize(
    ("extension", "values", "expected"),
    [
        ("legal-hold", {"held": 1}, ["cancel_legal_hold a", "delete_recovery_point a", "delete_backup_vault a"]),
        ("vault-lock", {"lock": 1}, ["unlock_vault a", "delete_recovery_point a", "delete_backup_vault a"]),
        ("vault-lock", {"lock": 3}, ["retention_ends a", "delete_backup_vault a"]),
        ("access-policy", {"deletion_denied": 1}, ["replace_access_policy a", "delete_recovery_point a"]),
        ("backup-plans", {}, ["delete_backup_plan a", "delete_recovery_point a", "delete_backup_vault a"]),
    ],
)
def test_what_protects_goes_first(extension: str, values: dict[str, int], expected: list[str]) -> None:
    plan = planned(start(("a", {"points": 2, **values}), lifecycle=BACKUP.extended(extension)))
    assert [step for step in does(plan) if step in expected] == expected
    assert plan.reached
    assert not proved(plan).refuted


@pytest.mark.parametrize(
    ("extension", "values", "refusal"),
    [
        ("vault-lock", {"lock": 3, "kept_forever": 1}, "vault-locked"),
        ("obstacle", {"obstacle": 3}, "protected-permanently"),
    ],
)
def test_what_never_ends_remains(extension: str, values: dict[str, int], refusal: str) -> None:
    plan = planned(start(("a", {"points": 1, **values}), lifecycle=BACKUP.extended(extension)))
    assert not plan.reached
    assert refusal in {one.guard.otherwise.id for one in plan.remains}
    assert phases(plan) == []


def test_what_never_ends_has_the_words_of_why() -> None:
    lifecycle = BACKUP.extended("vault-lock")
    answer = plan_answer(start(("a", {"points": 1, "lock": 3, "kept_forever": 1}), lifecycle=lifecycle))
    text = " ".join(str(answer).split())
    assert text.startswith("The role cannot be deleted: 1 recovery point exists in eu-west-1/a, one of its recovery")
    assert text.endswith("Proof: an exhaustive search found no sequence of actions after which the role is deleted.")
    assert "what remains" not in text


@pytest.mark.parametrize(
    ("dates", "says"),
    [
        ({(ENDS, LOCKED): datetime(2031, 1, 1, tzinfo=UTC)}, "wait until 2031-01-01T00:00:00Z: a retention period"),
        ({}, "wait until a date that is not known: a retention period ends"),
    ],
)
def test_a_wait_has_its_date(dates: dict[tuple[str, Place], datetime | None], says: str) -> None:
    locked = start(("a", {"points": 2, "lock": 3}), lifecycle=BACKUP.extended("vault-lock"))
    seen = Observation("111122223333", (datetime(2030, 1, 1, tzinfo=UTC),) * 2, dates)
    text = str(plan_answer(replace(locked, observation=seen)))
    assert says in text
    assert ("but not before 2031-01-01T00:00:00Z" in text) == bool(dates)
    assert ("but only after a date that is not known" in text.partition(":")[0].replace("\n", " ")) != bool(dates)


BEFORE, AFTER = datetime(2030, 1, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)
DATE = datetime(2031, 1, 1, tzinfo=UTC)


def seen(
    values: dict[str, int], dates: dict[tuple[str, Place], datetime | None], *remarks: Remark, of: str = "vault-lock"
) -> StartingAccount:
    """An account with one vault, as it was observed."""
    account = start(("a", values), lifecycle=BACKUP.extended(of))
    return replace(account, observation=Observation("111122223333", (BEFORE,) * 2, dates, (), remarks))


def words(answer: PlanAnswer) -> str:
    return " ".join(str(answer).split())


def test_a_date_that_has_passed_has_the_words_of_why() -> None:
    account = seen({"points": 2, "lock": 3}, {(ENDS, LOCKED): DATE})
    due = "due since 2031-01-01T00:00:00Z; if it still exists, wait, or read the account again"
    text = words(plan_answer(account, now=AFTER))
    assert f"AWS Backup deletes the recovery point, until none is left ({due})" in text
    assert "not before" not in text
    assert "wait until 2031" not in text
    assert due in " ".join(why_lines(why_asked(account, now=AFTER)))


@pytest.mark.parametrize(
    ("now", "says"),
    [(BEFORE, "act before: 2031"), (AFTER, "this has probably happened, so read the account again: 2031")],
)
def test_a_deadline_is_told(now: datetime, says: str) -> None:
    answer = plan_answer(seen({"points": 2, "lock": 2}, {("grace_time_ends", LOCKED): DATE}), now=now)
    assert f"{says}-01-01T00:00:00Z: the grace time of a lock ends (eu-west-1/a); then only time helps" in words(answer)


def test_what_the_model_does_not_represent_is_told_with_the_plan() -> None:
    answer = plan_answer(seen({"points": 1}, {}, Remark(LOCKED, "a strange vault")))
    text, told = words(answer), "found, but not represented in the model: eu-west-1/a: a strange vault"
    assert text.startswith("The role can be deleted with these steps as far as the model knows: 3 requests in all.")
    assert told in text
    assert text.endswith("The proof is about what the model represents: see what it does not.")
    assert told in answer.document()["warnings"]
    assert told in " ".join(answer.markdown() if answer.markdown else ())
    assert "as far as" not in words(plan_answer(seen({"points": 1}, {}, Remark(LOCKED, "fine", True))))


@pytest.mark.parametrize(("endless", "never"), [("no", False), ("yes", True)])
def test_a_job_into_a_locked_vault_qualifies_the_plan(endless: str, never: bool) -> None:
    account = start(("a", {"job": 1, "lock": 3}), lifecycle=BACKUP.extended("vault-lock"))
    text = words(plan_answer(replace(account, assume={"endless-retention": endless})))
    assert "It depends on how running work ends: see below." in text
    assert "if it leaves a recovery point, only time helps" in text
    assert ("the deletion is never possible" in text) == never


def test_work_of_a_whole_region_may_fill_a_vault() -> None:
    file = ROOT / "simulations" / "inventories" / "locks-and-holds.json"
    answer = call("plan", str(file), "--with", "all", "--now", "2026-11-27T00:00:00Z")
    assert answer.code == 1
    assert answer.out.startswith("The role cannot be deleted: 1 recovery point exists in eu-west-1/archive-worm")


def test_a_plan_without_a_proof_says_so_first() -> None:
    plan = planned(start(("a", {"points": 1}), given=SETTLED))
    proof = PlanProof(1, 0, (dict(SETTLED),), 2, 1, 1, 2, 10, causes=("a new job starts",))
    assert headline(plan, proof=proof) == (
        "The role can perhaps be deleted with these steps: 3 requests in all. This is not proved: at the end it may "
        "still exist if a new job starts."
    )


def test_an_account_may_start_with_a_deletion_under_way(tmp_path: Path) -> None:
    file = tmp_path / "account.toml"
    file.write_text('[account]\nrole = "deleting"\nvaults = [{ region = "eu-west-1", name = "a" }]\n')
    assert slr.load_account(file).why().verdict == "after-steps"
    for command in ("plan", "why"):
        answer = call(command, str(file))
        assert (answer.code in (0, 1), answer.err) == (True, "")
    assert json.loads(asked("why", str(file), "--json").out)["then"] == ["finish_deletion_task"]


def test_what_time_makes_impossible_comes_before_every_wait() -> None:
    grace = 2  # the lock is in compliance mode, and can still be removed
    vaults = ("a", {"points": 1, "lock": grace, "job": 1}), ("b", {"points": 1, "lock": 1})
    plan = planned(start(*vaults, lifecycle=BACKUP.extended("vault-lock")))
    kinds = [(phase.kind, phase.action, phase.where) for phase in phases(plan)]
    assert [kind for kind, _, _ in kinds[:3]] == ["action", "stop", "settle"]
    assert kinds[0][1:] == ("unlock_vault", ("eu-west-1/a",))
    assert kinds[3][1:] == ("unlock_vault", ("eu-west-1/b",)), "a lock that stays removable protects meanwhile"
    proof = proved(plan)
    assert not proof.refuted
    assert ("grace_time_ends", HAPPENS) in proof.excluded


def test_an_empty_vault_gets_one_new_access_policy() -> None:
    lifecycle = BACKUP.extended("access-policy")
    vaults = ("a", {"deletion_denied": 1}), ("b", {"deletion_denied": 1, "points": 1})
    plan = planned(start(*vaults, lifecycle=lifecycle))
    sent = [(phase.action, requests(plan, phase)) for phase in phases(plan) if requests(plan, phase)]
    assert sent[0] == ("replace_access_policy", 2)
    assert sum(number for _, number in sent) == 6


def test_a_legal_hold_is_for_the_person_who_is_responsible() -> None:
    answer = plan_answer(start(("a", {"points": 1, "held": 1}), lifecycle=BACKUP.extended("legal-hold")))
    assert "eu-west-1/a decided by the person who is responsible for legal holds" in words(answer)
    assert "Decided by the person who is responsible for legal holds." in (answer.markdown and [*answer.markdown()])


def test_a_default_vault_alone_gets_company_for_a_while() -> None:
    plan = planned(start(("Default", {"points": 1})))
    expected = [f"create_backup_vault {SPARE}", "delete_backup_vault Default", f"delete_backup_vault {SPARE}"]
    assert [step for step in does(plan) if "backup_vault" in step] == expected
    assert not plan.fails_under()
    settled = planned(start(("Default", {"points": 1}), given={"default-vault": "cli-deletes"}))
    assert not any(SPARE in step for step in does(settled))


def test_an_assumption_that_matters_is_named() -> None:
    plan = planned(start(("aws/efs/automatic-backup-vault", {})))
    assert plan.fails_under() == [{"efs-vault": "never", "empty-vaults-count": "yes"}]
    text = " ".join(str(plan_answer(plan.start)).split())
    assert "under efs-vault=never and empty-vaults-count=yes it cannot be deleted" in text
    assert "backup-slr assumptions efs-vault" in text


def test_features_are_turned_off_first() -> None:
    plan = planned(start(("a", {"points": 1}), cross_account=1))
    assert plan.steps[0].rule.action == "turn_off_cross_account_backup"
    assert phases(plan)[0].kind == "stop"
    assert "for every account of the organization: only its management account" in phases(plan)[1].title


@pytest.mark.parametrize(
    ("values", "sent"),
    [({"points": 1}, 2), ({"points": 3}, 4), ({"points": 1, "lock": 3}, 2), ({"points": 2, "lock": 3}, 2)],
)
def test_a_point_that_is_being_deleted_is_not_deleted_again(values: dict[str, int], sent: int) -> None:
    lifecycle = BACKUP.extended("deleting", "vault-lock")
    plan = planned(start(("a", {**values, "point_status": 1}), lifecycle=lifecycle))
    assert sum(requests(plan, phase) for phase in phases(plan)) == sent
    # A lock for good refuses every deletion.
    assert ("delete_recovery_point a" in does(plan)) == ("lock" not in values)
    assert not proved(plan).refuted


def test_deletions_end_before_anything_else_is_deleted_where_they_are() -> None:
    lifecycle = BACKUP.extended("deleting", "vault-lock")
    plan = planned(
        start(("worm", {"points": 1, "lock": 3}), ("dd", {"points": 1, "point_status": 1}), lifecycle=lifecycle)
    )
    order = [action for action in does(plan) if action.endswith(" dd")]
    assert order == ["finish_point_deletion dd", "delete_recovery_point dd", "delete_backup_vault dd"]


def test_what_keeps_an_expired_point_is_removed_before_the_wait() -> None:
    values = {"points": 2, "lock": 3, "point_status": 2, "kept_by": 1}
    plan = planned(start(("a", values), lifecycle=BACKUP.extended("expired", "vault-lock")))
    steps = [action for action in does(plan) if action.endswith(" a")]
    assert steps[:2] == ["grant_missing_permission a", "retention_ends a"]
    assert not proved(plan).refuted


@pytest.mark.parametrize(("endless", "told"), [("no", False), ("yes", True)])
def test_a_choice_that_no_rule_reads_is_not_part_of_a_proof(endless: str, told: bool) -> None:
    lifecycle, given = BACKUP.extended("vault-lock"), SETTLED | {"endless-retention": endless}
    proof = proved(planned(start(("a", {"points": 1, "lock": 3}), lifecycle=lifecycle, given=given)))
    assert any(name == "keeps_forever" for name, _ in (*proof.varied, *proof.excluded)) == told


@pytest.mark.parametrize("linger", [0, 1])
@pytest.mark.parametrize("on", [0, 1])
@pytest.mark.parametrize("copying", ["none", "into", "out"])
def test_no_plan_turns_a_feature_on(copying: str, on: int, linger: int) -> None:
    values = {"points": 1, "copying": ("none", "into", "out").index(copying)}
    lifecycle = BACKUP.extended("copies")
    plan = planned(start(("a", values), lifecycle=lifecycle, cross_account=on, copies_linger=linger))
    actions = {step.rule.action for step in plan.steps}
    assert "set_up_cross_account_backup" not in actions
    assert ("turn_off_cross_account_backup" in actions) == bool(on)
    # A copy out of a vault adds nothing to it.
    assert most(plan, ("eu-west-1", "a")) == (2 if copying == "into" else 1)


def test_an_account_without_the_role_needs_no_plan() -> None:
    answer = plan_answer(start(("a", {"points": 1}), role=0))
    assert (answer.code, answer.document()["phases"]) == (0, [])
    assert str(answer).startswith("There is nothing to do: the role does not exist.")
    with pytest.raises(BadInput, match="nothing to do"):
        answer.program("shell")


def test_a_kept_vault_keeps_the_role() -> None:
    answer = plan_answer(start(("a", {"points": 1}), ("b", {"points": 1})), keep=["b"])
    assert (answer.reached, answer.code) == (False, 1)
    assert "resources-remain" in str(answer)
    assert "The role cannot be deleted: eu-west-1/b is kept." in str(answer)
    with pytest.raises(BadInput, match="there is nothing to run"):
        answer.program("shell")
    with pytest.raises(BadInput, match="unknown place"):
        plan_answer(start(("a", {})), keep=["c"])


def test_a_kept_empty_vault_depends_on_an_assumption() -> None:
    account = start(("a", {"points": 1}), ("b", {}))
    answer = plan_answer(account, keep=["b"])
    only = "only under empty-vaults-count=no, which is not the default"
    assert (answer.code, answer.reached, only in " ".join(str(answer).split())) == (1, True, True)
    assert "under empty-vaults-count=yes it cannot be deleted: eu-west-1/b is kept" in str(answer)
    document = answer.document()
    assert (document["reached_by_default"], document["keep"]) == (False, [{"region": "eu-west-1", "vault": "b"}])
    with pytest.raises(BadInput, match="if that is right, add --assume empty-vaults-count=no"):
        answer.program("shell")
    settled = plan_answer(replace(account, assume={"empty-vaults-count": "no"}), keep=["b"])
    assert (settled.code, settled.document()["reached_by_default"]) == (1, True)
    assert "Not proved on the account reduced to 2 vaults: if a new job starts, it is not certain" in settled.proof
    lifecycle, quiet = BACKUP.extended("backup-plans"), {"unplanned": 1}
    account = start(("a", {"points": 1}), ("b", quiet), lifecycle=lifecycle, given={"empty-vaults-count": "no"})
    assert plan_answer(account, keep=["b"]).code == 0


def test_a_proof_finds_a_run_that_fails() -> None:
    plan = planned(start(("Default", {"points": 1}), ("a", {"points": 1}), given=SETTLED))
    vars(plan)["steps"] = tuple(step for step in plan.steps if step.rule.action != "delete_recovery_point")
    assert proved(plan).refuted == ({},)


@pytest.mark.parametrize(
    ("extensions", "values", "step", "says"),
    [
        (("vault-lock",), {"lock": 3}, "retention_ends a", "only if work that still runs adds something"),
        (("vault-lock",), {"lock": 2}, "unlock_vault a", "remove the lock of a vault, 1 request"),
        (("backup-roles",), {"own_job": 1}, "finish_own_job a", "wait until a backup job under the customer's own"),
        (("copies",), {"copying": 1}, "finish_copy a", "wait until a copy job ends"),
        (("deleting",), {"points": 1, "point_status": 1}, "delete_recovery_point a", "1 new job"),
        (("deleting",), {"points": 1}, "delete_recovery_point a", "2 unusual events (the deletion takes time; the"),
    ],
)
def test_what_running_work_may_add_is_planned_for(
    extensions: tuple[str, ...], values: dict[str, int], step: str, says: str
) -> None:
    account = start(("a", values), lifecycle=BACKUP.extended(*extensions))
    plan = planned(account)
    proof = proved(plan)
    assert step in does(plan)
    assert proof.refuted == ()
    # What others may begin at any time is not planned for, and the proof says so.
    assert [event for event in proof.excluded if event[1] != HAPPENS] == []
    assert says in " ".join(str(plan_answer(account)).split())


def test_many_running_jobs_end_in_turn() -> None:
    vaults = [("Default", 1), ("Default-2", 0), ("b", 1), ("c", 2), ("aws/efs/automatic-backup-vault", 1)]
    account = start(*((name, {"points": n, "job": 1}) for name, n in vaults), given=SETTLED)
    proof = proved(planned(account))
    assert (proof.refuted, proof.ordered) == ((), True)
    assert "more than 3 things that run at once end in turn" in proof.says("vault", "the role does not exist")


@pytest.mark.parametrize(
    ("extension", "says"),
    [
        ("copies", "a copy of a recovery point to another account starts"),
        ("copies", "a copy from another account starts and uses the role"),
        ("backup-roles", "a backup job starts under the customer's own role"),
    ],
)
def test_work_that_others_begin_is_varied(extension: str, says: str) -> None:
    account = start(("a", {"points": 1}), lifecycle=BACKUP.extended(extension), given=SETTLED, cross_account=1)
    document = plan_answer(account).document()["proof"]
    assert (document["refuted"], document["not_covered"]) == ([], [])
    assert says in document["varied"]
    assert "only after such work has ended" in document["says"]


def test_vaults_that_hold_none_of_a_kind_of_points_are_emptied_of_them_too() -> None:
    account = start(
        ("a", {"points": 1}), ("b", {"own_points": 1}), ("c", {}), lifecycle=BACKUP.extended("backup-roles")
    )
    steps = does(planned(account))
    for action in ("delete_own_recovery_point", "delete_recovery_point"):
        assert {step for step in steps if step.startswith(action)} == {f"{action} {name}" for name in "abc"}


def test_a_choice_that_no_plan_survives_is_named() -> None:
    account = start(("a", {"points": 1}), lifecycle=BACKUP.extended("obstacle"))
    proof = proved(planned(account))
    assert (proof.refuted, proof.varied, len(proof.excluded)) == ((), (), 3)
    answer = plan_answer(account)
    document = answer.document()
    assert document["proof"]["not_covered"][2] == "the new recovery point is protected permanently"
    assert "Not covered: the new recovery point is protected until a person acts;" in answer.proof
    assert answer.code == 0


def test_an_interrupted_proof_keeps_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: StepPlan) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("backup_slr.api.planning.proved", interrupted)
    answer = plan_answer(start(("a", {"points": 1})))
    assert answer.code == 130
    assert "delete_backup_vault" in [phase["action"] for phase in answer.document()["phases"]]
    assert str(answer).endswith("Nothing was proved: the proof was interrupted.")
    assert "the proof was interrupted" in answer.program("shell")


@pytest.mark.parametrize(
    ("after", "verdict", "says"),
    [
        (0, "interrupted", "Not decided: the search for the steps was interrupted."),
        (1, "reached", "the search was interrupted: the steps are those under the default values of assumptions"),
    ],
)
def test_an_interrupted_search_keeps_the_steps_that_were_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, after: int, verdict: str, says: str
) -> None:
    causes, ended = PlanOrder._causes, list[PlanOrder]()

    def interrupted(search: PlanOrder, met: set[int]) -> list[Remains]:
        if len(ended) == after:
            raise KeyboardInterrupt
        ended.append(search)
        return causes(search, met)

    monkeypatch.setattr(PlanOrder, "_causes", interrupted)
    file = tmp_path / "account.toml"
    file.write_text('[account]\nrole = "present"\nvaults = [{region = "eu-west-1", name = "Default", points = 1}]\n')
    answer = call("plan", str(file))
    assert answer.code == 130
    assert says in " ".join(answer.out.split())
    assert "delete one recovery point of a vault" in answer.out
    ended.clear()
    document = valid("plan", call("plan", str(file), "--json"))
    assert document["verdict"] == verdict
    ended.clear()
    program = call("plan", str(file), "--format", "shell")
    assert (program.code, bool(program.out)) == (130, bool(after))
    assert "interrupted" in program.err


def test_the_api_has_plans() -> None:
    model = slr.load(assume={"default-vault": "needs-another-vault"})
    plan = model.account(role="present", efs_automatic_backup=["eu-west-1"], vaults={"eu-west-1/Default": 1}).plan()
    actions = [phase["action"] for phase in plan.document()["phases"]]
    assert actions[1] == "turn_off_efs_automatic_backup"
    assert "create_backup_vault" in actions
    assert plan.reached
    small = slr.load().plan(ROOT / "simulations" / "accounts" / "small.toml", keep=["archive"])
    assert not small.reached


# ---------------------------------------------------------------- the second role


def test_the_second_role_has_plans() -> None:
    cluster = EntrySpec(("north",), {"cluster": 1, "nodes": 3})
    account = StartingAccount(
        "", CLUSTERS, AccountSpec({"role": 1}, tables={"zone": (cluster,)}, paths=((("north",), ()),))
    )
    answer = plan_answer(account)
    assert answer.reached
    assert [p["action"] for p in answer.document()["phases"]] == ["remove_node", "delete_cluster", "delete_role"]
    assert answer.proof.startswith("Proved")
    for form in ("shell", "python", "runbook"):
        with pytest.raises(BadInput):
            answer.program(form)


# ---------------------------------------------------------------- brute force


def reachable(account: StartingAccount) -> bool:
    """Whether the operator, and the service, can bring the role to an end: every request, in every order."""
    names = Names.of(account.lifecycle.sorts, [*account.spec.places(), ("eu-west-1", "new")])
    model = account.lifecycle.model.assuming(account.assume)
    scope = names.unbounded(model)
    scope = type(scope)(scope.sizes, {v.name: 1 for v in model.state if isinstance(v, Count)})
    machine = Machine(model, scope)
    account.__dict__["names"] = names
    first = account.state(machine)
    moves = list(_moves(machine))
    seen, todo = {first}, [first]
    role = machine.layout.cell("role", ())
    while todo:
        state = todo.pop()
        if state[role] == 0:
            return True
        for move in moves:
            after = machine.step(state, move).state
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return False


STOPPED = {
    "list_resources",
    "set_up_cross_account_backup",
    "perform_efs_automatic_backup",
    "start_job",
    "edit_description",
}


def _moves(machine: Machine) -> Iterator[Request]:
    """The requests that can help: none that only adds, and none through the console."""
    for rule in machine.model.rules:
        if rule.action not in STOPPED and not rule.action.startswith(("place_", "deny_", "lock_")):
            inputs = [i for i in rule.inputs if i.name not in ("permitted", "via", "collides")]
            values = [range(len(i.values)) if isinstance(i, Enum) else range(2) for i in inputs]
            for place in machine.scope.places(rule.place):
                for chosen in product(*values):
                    given = {i.name: value for i, value in zip(inputs, chosen, strict=True)}
                    yield Request(rule.action, tuple(e.index for e in place.values()), given)


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_reaches_the_goal_if_anything_does(seed: int) -> None:
    random = Random(seed)
    extensions = random.choice([(), ("obstacle",), ("legal-hold",), ("vault-lock",), ("access-policy",)])
    lifecycle = BACKUP.extended(*extensions) if extensions else BACKUP
    given = {a.name: random.choice([*a.values]) for a in lifecycle.model.assumptions}
    given |= {"console-visit-recreates-default-vault": "no"}
    choices = {"points": 2, "job": 2, "held": 2, "lock": 5, "obstacle": 4, "kept_forever": 2, "deletion_denied": 2}
    known = {v.name for v in lifecycle.model.state}
    kinds = random.sample(["Default", "aws/efs/automatic-backup-vault", "a"], random.randint(1, 2))
    vaults = [(kind, {n: random.randrange(m) for n, m in choices.items() if n in known}) for kind in kinds]
    for _, values in vaults:
        if not values["points"]:
            values |= {n: 0 for n in ("held", "obstacle", "kept_forever") if n in values}
    account = start(*vaults, lifecycle=lifecycle, given=given)
    plan = planned(account)
    assert plan.reached == reachable(start(*vaults, lifecycle=lifecycle, given=given)), (vaults, given)
    assert not proved(plan).refuted, (vaults, given)


# ---------------------------------------------------------------- the command


@pytest.mark.parametrize("name", ["small", "many-regions", "efs-still-on"])
def test_the_document_matches_its_schema(name: str) -> None:
    file = str(ROOT / "simulations" / "accounts" / f"{name}.toml")
    document = valid("plan", asked("plan", file, "--json"))
    assert document["verdict"] == "reached"
    assert document["proof"]["refuted"] == []
    assert asked("plan", file, "--format", "json").out == json.dumps(document, indent=2) + "\n"


def test_every_format_is_written() -> None:
    file = str(ROOT / "simulations" / "accounts" / "small.toml")
    first = "The role can be deleted with these steps: 11 requests in all.\n\n1.  stop backup plans"
    assert asked("plan", file).out.startswith(first)
    assert "delete_backup_vault, backup:DeleteBackupVault" in asked("plan", file, "-v").out
    many = str(ROOT / "simulations" / "accounts" / "many-regions.toml")
    for form in ("text", "md"):
        assert not re.search(r"and [0-9]+ more", asked("plan", many, "-v", "--format", form).out)
    markdown = asked("plan", file, "--format", "md").out
    assert "in the console" not in markdown.replace("in the console meanwhile", "")
    assert "`aws backup delete-backup-vault --backup-vault-name=Default --region us-east-1`" in markdown
    assert asked("plan", file, "--format", "shell").out.startswith("#!/usr/bin/env bash")
    assert asked("plan", file, "--format", "python").out.startswith("#!/usr/bin/env python3")


@pytest.mark.parametrize(
    ("name", "more", "first"),
    [
        ("plan.sh", (), "#!/usr/bin/env bash"),
        ("plan.PY", (), "#!/usr/bin/env python3"),
        ("plan.sh", ("--format", "text"), "The role can be deleted"),
        ("plan", (), "The role can be deleted"),
    ],
)
def test_the_name_of_the_file_chooses_the_format(name: str, more: tuple[str, ...], first: str, tmp_path: Path) -> None:
    file = str(ROOT / "simulations" / "accounts" / "small.toml")
    assert asked("plan", file, "-o", str(tmp_path / name), *more).code == 0
    assert (tmp_path / name).read_text().startswith(first)


def test_a_runbook_of_a_plan_runs(tmp_path: Path) -> None:
    file = str(ROOT / "simulations" / "accounts" / "small.toml")
    book = tmp_path / "plan.toml"
    assert asked("plan", file, "--format", "runbook", "-o", str(book)).code == 0
    assert "100 %" in asked("run", str(book), "--account", file, "--runs", "5").out


def test_a_kept_vault_on_the_command_line() -> None:
    file = str(ROOT / "simulations" / "accounts" / "small.toml")
    answer = asked("plan", file, "--keep", "us-east-1/archive")
    assert (answer.code, "what remains" in answer.out) == (1, True)
    assert asked("plan", file, "--keep", "archiv").code == 2


@pytest.mark.parametrize(
    ("extension", "values", "first"),
    [
        ("deleting", {"points": 5, "point_status": 1}, "finish_point_deletion"),
        ("expired", {"points": 5, "point_status": 2, "kept_by": 2}, "release_snapshot"),
    ],
)
def test_one_special_point_among_others_is_not_all_of_them(extension: str, values: dict[str, int], first: str) -> None:
    vault = EntrySpec(("eu-west-1", "archive"), values)
    spec = AccountSpec({"role": 1}, tables={"vault": (vault,)}, paths=((vault.place, ()),))
    plan = planned(StartingAccount("", BACKUP.extended(extension), spec))
    assert [step.rule.action for step in plan.steps][:2] == [first, "delete_recovery_point"]
    assert not proved(plan).refuted


def test_a_vault_that_stays_is_emptied_of_what_a_running_job_adds() -> None:
    vault = EntrySpec(("eu-west-1", "archive"), {"job": 1})
    spec = AccountSpec({"role": 1}, tables={"vault": (vault,)}, paths=((vault.place, ()),))
    plan = planned(StartingAccount("", BACKUP, spec, {"empty-vaults-count": "no"}))
    assert not proved(plan).refuted
