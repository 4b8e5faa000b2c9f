"""The script and the program of a plan, run against a stand-in for AWS."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from datetime import datetime
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from support.stand_in import ACCOUNT, DENYING, SETTINGS, ServiceError, StandIn, every_call

from backup_slr.advice.plan import StepPlan, planned
from backup_slr.advice.plan_formats.plan_python import python_program
from backup_slr.advice.plan_formats.plan_shell import shell_script
from backup_slr.advice.plan_search import SPARE
from backup_slr.lifecycle import BACKUP
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import StartingAccount

pytest.importorskip("jmespath", reason="the stand-in needs jmespath, a part of boto3")
HOSTILE = ("$(touch pwned)", "a'b\"c`id`", "two\nlines", "rtl\u202etxt", "-rf *", "aws/efs/automatic-backup-vault")


def account(*vaults: tuple[str, int], job: str = "", **values: Any) -> StartingAccount:
    entries = tuple(EntrySpec(("eu-west-1", n), {"points": p, "job": int(n == job)}) for n, p in vaults)
    spec = AccountSpec(
        {"role": 1, "cross_account": 1}, tables={"vault": entries}, paths=tuple((e.place, ()) for e in entries)
    )
    return StartingAccount("", BACKUP, spec, values)


ACCOUNTS: dict[str, Callable[[], StartingAccount]] = {
    "pages": lambda: account(("Default", 3), ("archive", 5), ("empty", 0)),
    "a job": lambda: account(("Default", 1), ("busy", 1), job="busy"),
    "default alone": lambda: account(("Default", 2)),
    "needs another": lambda: account(("Default", 2), **{"default-vault": "needs-another-vault"}),
    "at submit": lambda: account(("a", 1), **{"usage-check": "at-submit"}),
    "hostile": lambda: account(*((name, 1) for name in HOSTILE)),
}


PLANS: dict[str, StepPlan] = {}


def plan_of(start: StartingAccount) -> StepPlan:
    """The plan of an account, found once."""
    key = repr((start.spec, start.assume))
    if key not in PLANS:
        PLANS[key] = planned(start)
    return PLANS[key]


def shell(aws: StandIn, start: StartingAccount, folder: Path, *options: str, answers: str = "") -> tuple[int, str]:
    script = folder / "plan.sh"
    script.write_text(shell_script(plan_of(start), "proved", ACCOUNT))
    with aws.serving(folder) as environment:
        done = subprocess.run(
            ["bash", str(script), *options], env=environment, cwd=folder, input=answers, capture_output=True, text=True
        )
    return done.returncode, done.stdout + done.stderr


def boto3(aws: StandIn, start: StartingAccount, folder: Path, *options: str, answers: str = "") -> tuple[int, str]:
    program: dict[str, Any] = {"__name__": "plan"}
    exec(compile(python_program(plan_of(start), "proved", ACCOUNT), "plan.py", "exec"), program)
    return ran(program, aws, folder, *options, answers=answers)


def ran(program: dict[str, Any], aws: StandIn, folder: Path, *options: str, answers: str = "") -> tuple[int, str]:
    """Run the program of a plan in a folder, with the settings of the environment that scripts get."""
    environment = {**SETTINGS, **os.environ}
    modules = {"boto3": SimpleNamespace(Session=lambda: aws)}
    with ExitStack() as stack:
        stack.enter_context(patch.dict("os.environ", environment))
        stack.enter_context(patch.dict("sys.modules", modules))
        stack.enter_context(patch("sys.argv", ["plan.py", *options]))
        stack.enter_context(patch("sys.stdin", StringIO(answers)))
        stack.enter_context(chdir(folder))
        out = stack.enter_context(redirect_stdout(StringIO()))
        stack.enter_context(redirect_stderr(out))
        try:
            return program["main"](), out.getvalue()
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 1, out.getvalue()


WAYS = pytest.mark.parametrize("way", [shell, boto3], ids=["shell", "python"])


@pytest.mark.slow
@WAYS
@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_role_is_deleted_through_collisions_and_pages(way: Any, name: str, tmp_path: Path) -> None:
    aws = StandIn(ACCOUNTS[name](), collisions=2)
    code, out = way(aws, ACCOUNTS[name](), tmp_path, "--yes")
    assert (code, aws.get("role")) == (0, 0), out
    assert not aws.plans
    assert not list(tmp_path.glob("pwned"))


@WAYS
def test_without_an_option_nothing_changes(way: Any, tmp_path: Path) -> None:
    aws = StandIn(ACCOUNTS["pages"]())
    before = aws.state
    assert way(aws, ACCOUNTS["pages"](), tmp_path)[0] == 0
    assert (aws.state, aws.changes, len(aws.plans)) == (before, 0, 3)


DENIED = {"deletion_denied": 1, "points": 1}


def denied() -> StartingAccount:
    """An account with an access policy that denies deletions."""
    vault = EntrySpec(("eu-west-1", "a/b"), DENIED)
    spec = AccountSpec({"role": 1}, tables={"vault": (vault,)}, paths=((vault.place, ()),))
    return StartingAccount("", BACKUP.extended("access-policy"), spec)


@WAYS
def test_an_access_policy_is_saved_before_it_is_replaced(way: Any, tmp_path: Path) -> None:
    aws, saved = StandIn(denied()), tmp_path / f"saved-{ACCOUNT}" / "eu-west-1.a%2Fb"
    code, out = way(aws, denied(), tmp_path)
    assert (code, aws.changes, saved.exists()) == (0, 0, False)
    assert "would save what this replaces" in out
    code, out = way(aws, denied(), tmp_path, "--yes")
    assert (code, aws.get("role"), saved.read_text()) == (0, 0, f"{DENYING}\n"), out
    assert "saved what this replaces" in out


@WAYS
def test_a_policy_names_the_partition_of_the_account(way: Any, tmp_path: Path) -> None:
    aws = StandIn(denied())
    aws.partition = "aws-cn"
    code, out = way(aws, denied(), tmp_path, "--yes")
    assert (code, aws.get("role")) == (0, 0), out
    assert "arn:aws-cn:iam::" in next(iter(aws.policies.values()))


@WAYS
def test_a_legal_hold_is_canceled_only_with_the_consent_of_the_person_who_decides(way: Any, tmp_path: Path) -> None:
    vault = EntrySpec(("eu-west-1", "a"), {"held": 1, "points": 1})
    spec = AccountSpec({"role": 1}, tables={"vault": (vault,)}, paths=((vault.place, ()),))
    start, says = StartingAccount("", BACKUP.extended("legal-hold"), spec), "responsible for legal holds decides: add"
    aws = StandIn(start)
    code, out = way(aws, start, tmp_path)
    assert (code, aws.changes, says in out) == (0, 0, True)
    code, out = way(aws, start, tmp_path, "--yes")
    assert (code, aws.changes, says in out) == (2, 0, True)
    assert way(aws, start, tmp_path, "--yes", "--cancel-legal-holds")[0] == 0
    assert aws.get("role") == 0


def test_a_consent_has_its_option_whatever_the_others_are_called(tmp_path: Path) -> None:
    program: dict[str, Any] = {"__name__": "plan"}
    exec(compile(python_program(plan_of(denied()), "proved", ACCOUNT), "plan.py", "exec"), program)
    first, *_ = program["PLAN"]["phases"]
    more = [{**first, "consent": consent, "note": f"{consent}?"} for consent in ("yes-to-all", "yes-to", "yes-to")]
    program["PLAN"]["phases"] += more
    aws = StandIn(denied())
    code, out = ran(program, aws, tmp_path, "--yes", "--yes-to")
    assert (code, aws.changes) == (2, 0)
    assert "yes-to-all?: add --yes-to-all with their consent." in out
    assert "yes-to?" not in out


@WAYS
def test_another_policy_does_not_replace_the_saved_one(way: Any, tmp_path: Path) -> None:
    folder = tmp_path / f"saved-{ACCOUNT}"
    folder.mkdir()
    (folder / "eu-west-1.a%2Fb").write_text("another\n")
    assert way(StandIn(denied()), denied(), tmp_path, "--yes")[0] == 0
    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        "eu-west-1.a%2Fb": "another\n",
        "eu-west-1.a%2Fb.2": f"{DENYING}\n",
    }


@pytest.mark.slow
@WAYS
def test_more_points_than_the_plan_knows_are_not_deleted(way: Any, tmp_path: Path) -> None:
    aws = StandIn(account(("a", 4), ("b", 1)))
    code, out = way(aws, account(("a", 2), ("b", 1)), tmp_path, "--yes")
    assert (code, aws.changes, aws.get("role")) == (4, 0, 1)
    assert "eu-west-1/a: 4 recovery points (at most 2 expected), created from 2020-05-01 to 2023-05-01" in out
    assert "make a new plan" in out
    assert way(aws, account(("a", 2), ("b", 1)), tmp_path)[0] == 0
    assert way(aws, account(("a", 2), ("b", 1)), tmp_path, "--yes", "--new-points")[0] == 0
    assert aws.get("role") == 0


class Throttled(StandIn):
    """The deletion of the role is refused, as if there were too many requests."""

    def answer(self, operation: str, p: dict[str, Any], region: str) -> dict[str, Any]:
        if operation != "DeleteServiceLinkedRole":
            return super().answer(operation, p, region)
        self.log.append(operation)
        raise ServiceError("ThrottlingException")


@WAYS
def test_the_environment_sets_how_often_is_tried(way: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WAIT": "0.01", "TRIES": "3", "ROUNDS": "2"}.items():
        monkeypatch.setenv(name, value)
    aws = Throttled(account(("a", 1)))
    code, out = way(aws, account(("a", 1)), tmp_path, "--yes")
    assert (code, aws.log.count("DeleteServiceLinkedRole")) == (1, 6), out
    assert "trying again in 0.01 seconds" in out
    assert "still exists after 2 rounds" in out


@WAYS
def test_the_environment_sets_where_is_saved(way: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAVED", "other/folder")
    assert way(StandIn(denied()), denied(), tmp_path, "--yes")[0] == 0
    assert (tmp_path / "other" / "folder" / "eu-west-1.a%2Fb").read_text() == f"{DENYING}\n"


@WAYS
@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [("WAIT", "soon", "a number of seconds"), ("TRIES", "0", "a number from 1"), ("ROUNDS", "08", "a number from 1")],
)
def test_a_wrong_setting_is_one_message(
    way: Any, name: str, value: str, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    aws = StandIn(ACCOUNTS["pages"]())
    code, out = way(aws, ACCOUNTS["pages"](), tmp_path, "--yes")
    assert (code, aws.log, len(out.splitlines())) == (2, [], 1)
    assert f"{name} in the environment must be {wanted}, not " in out


class FirstCli(StandIn):
    """The AWS CLI 1 shows a date as seconds since 1970."""

    def answer(self, operation: str, p: dict[str, Any], region: str) -> dict[str, Any]:
        found = super().answer(operation, p, region)
        for point in found.get("RecoveryPoints", ()):
            point["CreationDate"] = datetime.fromisoformat(point["CreationDate"]).timestamp()
        return found


@pytest.mark.parametrize("version", [StandIn, FirstCli])
def test_days_are_readable_with_every_version_of_the_cli(version: type[StandIn], tmp_path: Path) -> None:
    given = account(("a", 2))
    assert "created from 2020-05-01 to 2021-05-01" in shell(version(given), given, tmp_path)[1]


@WAYS
def test_points_that_appear_later_are_not_deleted(way: Any, tmp_path: Path) -> None:
    aws = StandIn(account(("a", 1)))
    original = aws.answer

    def answer(operation: str, p: dict[str, Any], region: str) -> dict[str, Any]:
        if operation == "DeleteBackupPlan":
            aws.act("start_job", "eu-west-1", "a")
            aws.act("finish_job", "eu-west-1", "a", succeeds=1)
        return original(operation, p, region)

    aws.answer = answer  # type: ignore[method-assign]
    code, out = way(aws, account(("a", 1)), tmp_path, "--yes")
    assert (code, aws.get("points", "eu-west-1", "a")) == (4, 2), out
    assert "2 are left, and at most 1 were expected" in out


@WAYS
def test_another_account_is_refused(way: Any, tmp_path: Path) -> None:
    aws = StandIn(ACCOUNTS["pages"]())
    aws.account = "999999999999"
    assert way(aws, ACCOUNTS["pages"](), tmp_path, "--yes")[0] == 1
    assert aws.log == ["GetCallerIdentity"]


@pytest.mark.slow
@WAYS
def test_a_broken_run_can_be_started_again(way: Any, tmp_path: Path) -> None:
    aws = StandIn(ACCOUNTS["pages"]())
    aws.breaks_after = 9
    assert way(aws, ACCOUNTS["pages"](), tmp_path, "--yes")[0] != 0
    assert aws.get("role") == 1
    aws.breaks_after = 10**9
    assert way(aws, ACCOUNTS["pages"](), tmp_path, "--yes")[0] == 0
    assert aws.get("role") == 0


class Recreated(StandIn):
    """Another person uses a feature right after the deletion, which creates the role again, once."""

    recreated = False

    def answer(self, operation: str, p: dict[str, Any], region: str) -> dict[str, Any]:
        found = super().answer(operation, p, region)
        if not self.recreated and found.get("Status") == "SUCCEEDED":
            self.recreated = True
            self.act("create_service_linked_role")
        return found


@pytest.mark.slow
@WAYS
def test_a_role_that_is_created_again_is_deleted_again(way: Any, tmp_path: Path) -> None:
    aws = Recreated(ACCOUNTS["pages"]())
    code, out = way(aws, ACCOUNTS["pages"](), tmp_path, "--yes")
    assert (code, aws.get("role")) == (0, 0), out
    assert aws.recreated


@WAYS
def test_a_vault_that_the_plan_does_not_name_stays(way: Any, tmp_path: Path) -> None:
    aws = StandIn(account(("a", 1), ("unknown", 1)))
    code, _ = way(aws, account(("a", 1)), tmp_path, "--yes")
    assert (code, aws.get("role"), aws.get("vault", "eu-west-1", "a")) == (1, 1, 0)
    assert aws.get("points", "eu-west-1", "unknown") == 1


def test_each_phase_is_confirmed(tmp_path: Path) -> None:
    aws = StandIn(ACCOUNTS["pages"]())
    code, out = shell(aws, ACCOUNTS["pages"](), tmp_path, "--run", answers="y\ny\ny\nn\n")
    assert (code, aws.get("role")) == (1, 1)
    assert "Stopped." in out
    assert not aws.get("points", "eu-west-1", "archive") or aws.vaults()


def test_the_temporary_vault_is_deleted_again(tmp_path: Path) -> None:
    aws = StandIn(ACCOUNTS["default alone"]())
    shell(aws, ACCOUNTS["default alone"](), tmp_path, "--yes")
    assert "CreateBackupVault" in aws.log
    assert not aws.get("vault", "eu-west-1", SPARE)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_script_is_valid(name: str, tmp_path: Path) -> None:
    script = tmp_path / "plan.sh"
    text = shell_script(plan_of(ACCOUNTS[name]()), "proved", ACCOUNT)
    assert text.replace("\n", "").isprintable()
    script.write_text(text)
    subprocess.run(["bash", "-n", str(script)], check=True)
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    subprocess.run(["shellcheck", str(script)], check=True)


def test_the_policy_is_readable_in_the_script_and_in_the_program() -> None:
    script = shell_script(planned(denied()), "proved", ACCOUNT)
    assert '\n      "Action": [\n        "backup:DeleteBackupVault",\n' in script
    assert "arn:'\"$PARTITION\"':iam::'\"$ACCOUNT\"':root" in script
    assert '"backup:DeleteBackupVault",\n' in python_program(planned(denied()), "proved", ACCOUNT)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_program_is_valid(name: str) -> None:
    compile(python_program(plan_of(ACCOUNTS[name]()), "proved", ACCOUNT), name, "exec")


# ---------------------------------------------------------------- the calls


def sample(shape: Any, depth: int = 0) -> Any:
    """A value of a shape of botocore."""
    match shape.type_name:
        case "structure":
            return {name: sample(one, depth + 1) for name, one in shape.members.items()} if depth < 6 else {}
        case "list":
            return [sample(shape.member, depth + 1)]
        case "map":
            return {"isCrossAccountBackupEnabled": "true"}
        case "boolean":
            return True
        case "string":
            return next((word for word in ("ACTIVE", "DELETING") if word in shape.enum), "text")
        case _:
            return 1


def test_the_calls_fit_the_service_models() -> None:
    session = pytest.importorskip("botocore.session").get_session()
    names = {"elasticfilesystem": "efs"}
    for call in every_call():
        service, operation = call.operation.split(":")
        model = session.get_service_model(names.get(service, service)).operation_model(operation)
        members = model.input_shape.members if model.input_shape else {}
        required = model.input_shape.required_members if model.input_shape else []
        assert set(required) <= set(call.parameters) <= set(members), call


def test_the_queries_fit_the_answers() -> None:
    session = pytest.importorskip("botocore.session").get_session()
    from dataclasses import asdict

    import jmespath

    from backup_slr.lifecycle.procedures import OPERATIONS

    def listings(data: Any) -> Any:
        if isinstance(data, dict):
            if "query" in data:
                yield data["call"]["operation"], data["query"]
            for value in data.values():
                yield from listings(value)
        elif isinstance(data, list | tuple):
            for value in data:
                yield from listings(value)

    task = OPERATIONS.task
    more = [(OPERATIONS.identity.operation, OPERATIONS.account), (task.begin.operation, task.task)]
    more += [(task.status.operation, task.state), (task.status.operation, task.reason)]
    for name, query in [*listings(asdict(OPERATIONS)), *more]:
        service, operation = name.split(":")
        model = session.get_service_model(OPERATIONS.clients.get(service, service)).operation_model(operation)
        found = jmespath.search(query, sample(model.output_shape))
        assert found not in (None, [], [[None]]), (name, query)
