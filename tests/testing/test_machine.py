"""Implementations compared with the model by random requests: injected faults are found, reduced and reported."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from oracle import DONE, Outcome, refused
from support.beside import Size
from support.beside_oracle import OracleAdapter
from support.fake import FAULTS, Bounded, Fake, FaultyAccount

from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import replay
from backup_slr.engine.core.variable import usual
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.lifecycle.clauses import CLAUSES
from backup_slr.report.names import example_names
from backup_slr.testing import Diverged, Known, Reply, follow, machine_for, suite
from backup_slr.testing.adapter import open_adapter
from backup_slr.testing.conformance import ConformanceRun
from backup_slr.testing.shrinking import Shrinker

LOOK = settings(
    # Hypothesis also takes constants from the modules that are loaded, so which example comes first varies.
    max_examples=3000,
    stateful_step_count=30,
    database=None,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
QUICK = (
    "full-vaults-can-be-deleted",
    "the-role-goes-with-vaults-left",
    "a-failed-task-leaves-the-role-hanging",
    "edit-without-permission",
    "regions-are-mixed-up",
    "the-wrong-reason",
)
"""One fault of each kind: a missing guard, a guard of a task, an effect, a permission, another place, another
reason."""
ON_THE_ROLE = (
    "create_service_linked_role",
    "delete_service_linked_role",
    "finish_deletion_task",
    "create_backup_vault",
    "delete_backup_vault",
)
CLEAN_2 = next(clause.says for clause in CLAUSES if clause.id == "CLEAN-2")


def fake(*faults: str) -> type:
    return type("Planted", (), {"__new__": lambda _: Fake(*faults)})


def fake_of(account: type[FaultyAccount]) -> type:
    return type("Planted", (Fake,), {"account_of": account})


# ---------------------------------------------------------------- at random


def test_a_fake_without_faults_agrees_with_the_model() -> None:
    run_state_machine_as_test(machine_for(lambda: Fake()), settings=settings(LOOK, max_examples=20))


@pytest.mark.parametrize("fault", [pytest.param(f, marks=() if f in QUICK else pytest.mark.slow) for f in FAULTS])
def test_every_injected_fault_is_found_and_shrunk(fault: str) -> None:
    told = diverged(lambda: Fake(fault))
    steps = [line for line in told.splitlines() if line.startswith("  ")]
    assert FAULTS[fault] <= len(steps) <= FAULTS[fault] + 1, told


def shrunk(adapter: type, asked: list[Request], **given: object) -> list[Request]:
    """The reduced requests of a divergence."""
    machine, names = Machine(lifecycle().assuming(), scope(2, 3, 1)), example_names(BACKUP, BACKUP.scope(2, 3, 1))

    @contextmanager
    def begin() -> Iterator[ConformanceRun]:
        with open_adapter(adapter) as made:
            yield ConformanceRun(made, machine, names)

    shrinker = Shrinker(begin, machine, **given)  # type: ignore[arg-type]
    return shrinker.shortest(shrinker.again(asked)).asked


def usually(action: str, *place: int) -> Request:
    return Request(action, place, {i.name: usual(i) for i in lifecycle().rule(action).inputs})


def test_a_nearer_state_is_tried() -> None:
    """All four requests are needed; but EFS automatic backup creates both the role and a vault."""
    machine = Machine(lifecycle().assuming(), scope(2, 3, 1))
    efs = usually("perform_efs_automatic_backup", 0)
    asked = [
        usually("list_resources"),
        usually("create_backup_vault", 0, 0),
        usually("delete_service_linked_role"),
        usually("finish_deletion_task"),
    ]
    paths = [(path, replay(machine, path).final) for path in ((), (efs,), (efs, asked[2]))]
    planted, plainer = fake("the-role-goes-with-vaults-left"), {q.action: [q] for q in (efs, *asked)}
    assert shrunk(planted, asked, plainer=plainer) == asked
    assert shrunk(planted, asked, plainer=plainer, paths=paths) == [efs, *asked[2:]]


def test_all_requests_about_a_vault_are_moved_to_a_plainer_one() -> None:
    """A single request cannot be moved: the deleted vault must be the created one."""
    made, deleted = "create_backup_vault", "delete_backup_vault"
    asked = [usually(made, 1, 2), Request(deleted, (1, 2), {**usually(deleted, 1, 2).inputs, "via": 1})]
    plainer = {q.action: [q] for q in asked}

    class Keeps(FaultyAccount):
        def delete_backup_vault(self, r: int, v: int, *_: object) -> Outcome:
            return DONE if self.vault[r][v] else refused("no-such-vault")

    assert [q.place for q in shrunk(fake_of(Keeps), asked, plainer=plainer)] == [(0, 0), (0, 0)]


OTHERWISE = {"usage-check": "at-submit", "console-visit-recreates-default-vault": "yes"}


@pytest.mark.slow
@pytest.mark.parametrize(("size", "assume"), [((2, 3, 2), OTHERWISE), ((3, 5, 4), {})], ids=["readings", "large"])
def test_the_oracle_agrees_with_the_model_under_other_assumptions_and_sizes(size: Size, assume: dict[str, str]) -> None:
    regions, vaults, points = size
    sized = {"regions": regions, "vaults": vaults, "points": points, "assume": assume}
    beside = machine_for(lambda: OracleAdapter(*size, assume), **sized)  # type: ignore[arg-type]
    run_state_machine_as_test(beside, settings=settings(LOOK, max_examples=20))


def test_an_implementation_under_another_assumption_is_found() -> None:
    diverged(lambda: OracleAdapter(2, 3, None, OTHERWISE))


class Moody(FaultyAccount):
    """An account in which every third deletion collides, by its own choice."""

    asked = 0

    def _collides(self, r: int, v: int, collides: bool) -> bool:
        self.asked += 1
        return self.asked % 3 == 0


@pytest.mark.slow
def test_an_implementation_may_make_choices_of_its_own() -> None:
    calm = settings(LOOK, max_examples=15)
    run_state_machine_as_test(machine_for(fake_of(Moody), controls=("succeeds",)), settings=calm)
    diverged(fake_of(Moody))


def test_an_implementation_may_have_few_actions_and_return_little() -> None:
    class Few:
        def reset(self) -> None:
            self.role = "absent"

        def perform(self, action: str, parameters: object) -> str:
            self.role = "present"
            return "done" if parameters["permitted"] else "refused"  # type: ignore[index]

        def observe(self) -> dict[str, str]:
            return {}

    run_state_machine_as_test(machine_for(Few, actions=["list_resources"]), settings=settings(LOOK, max_examples=10))
    for wrong in ({"actions": ["list_resource"]}, {"controls": ["collide"]}):
        with pytest.raises(ValueError, match="did you mean"):
            machine_for(Few, **wrong)  # type: ignore[arg-type]


# ---------------------------------------------------------------- messages


def diverged(adapter: Callable[[], object], look: settings = LOOK, **given: object) -> str:
    """The message about an implementation that differs from the model."""
    with pytest.raises(Diverged) as found:
        run_state_machine_as_test(machine_for(adapter, **given), settings=look)  # type: ignore[arg-type]
    assert not hasattr(found.value, "__notes__")
    return str(found.value)


def test_a_divergence_has_both_answers_and_the_clause() -> None:
    after, one, other, *lines = diverged(fake("the-role-goes-with-vaults-left"), actions=ON_THE_ROLE).splitlines()
    assert after == "after"
    assert {one[5:], other[5:]} == {  # in either order
        "create_service_linked_role permitted=true via=api",
        "create_backup_vault us-east-1 Default permitted=true via=api",
    }
    assert lines == [
        "   3 delete_service_linked_role permitted=true via=api",
        "   4 finish_deletion_task",
        "the model answers failed: vaults or recovery points remain (resources-remain, FAILED); "
        "role deleting -> present",
        f"by CLEAN-2: {CLEAN_2}",
        "the implementation answers done",
        "outcome: expected failed, got done",
        "role: expected present, got absent",
        "to reproduce:",
        "adapter.reset()",
        *lines[9:11],
        "adapter.perform('delete_service_linked_role', {'permitted': True, 'via': 'api'})",
        "adapter.perform('finish_deletion_task', {})",
        "adapter.observe()",
    ]


def test_the_reproduction_of_a_divergence_runs() -> None:
    told = diverged(fake("the-role-goes-with-vaults-left"), actions=ON_THE_ROLE)
    _, _, statements = told.partition("to reproduce:\n")
    adapter = Fake("the-role-goes-with-vaults-left")
    exec(statements, {"adapter": adapter})
    assert adapter.observe()["role"] == "absent"


class Counted(Fake):
    """A fake that counts its requests, and the open adapters."""

    calls = open = most = 0

    def __init__(self, *faults: str) -> None:
        super().__init__(*(faults or ("the-role-goes-with-vaults-left",)))
        type(self).open += 1
        type(self).most = max(self.most, self.open)

    def close(self) -> None:
        type(self).open -= 1

    def perform(self, action: str, said: Mapping[str, str | bool]) -> Reply:
        type(self).calls += 1
        return super().perform(action, said)


@pytest.mark.slow
def test_an_implementation_is_not_called_while_hypothesis_shrinks() -> None:
    calls: list[int] = []
    for phases in ([Phase.generate], [Phase.generate, Phase.shrink]):

        class Planted(Counted): ...

        look = settings(LOOK, max_examples=60, stateful_step_count=10, phases=phases)
        diverged(Planted, look, actions=ON_THE_ROLE)
        assert (Planted.open, Planted.most) == (0, 1)
        calls.append(Planted.calls)
    assert calls[0] == calls[1] <= 1000


def test_the_same_state_machine_run_again_finds_the_same() -> None:
    class Planted(Counted): ...

    beside = machine_for(Planted, actions=ON_THE_ROLE)
    told: list[str] = []
    for _ in range(2):
        with pytest.raises(Diverged) as found:
            run_state_machine_as_test(beside, settings=LOOK)
        told.append(str(found.value))
    assert told[0] == told[1]
    Planted.faults = ()
    with pytest.raises(Diverged):
        beside.TestCase("runTest").runTest()


def test_every_adapter_is_closed_before_the_next_one_is_made() -> None:
    log: list[str] = []

    class Entered(Fake):
        def __enter__(self) -> Entered:
            log.append("open")
            return self

        def __exit__(self, *_: object) -> None:
            log.append("close")

    @contextmanager
    def around() -> Iterator[Fake]:
        log.append("open")
        yield Fake()
        log.append("close")

    for adapter in (Entered, around):
        log.clear()
        run_state_machine_as_test(machine_for(adapter), settings=settings(LOOK, max_examples=3, stateful_step_count=3))
        assert log == ["open", "close"] * (len(log) // 2) != []


class Throttled(FaultyAccount):
    """An account that refuses every seventh creation of a vault, even after a reset."""

    made = 0

    def create_backup_vault(self, r: int, v: int, via: str) -> Outcome:
        type(self).made += 1
        return refused("throttled") if self.made % 7 == 0 else super().create_backup_vault(r, v, via)


@pytest.mark.parametrize("phases", [[Phase.generate], [Phase.generate, Phase.shrink]], ids=["generate", "shrink"])
def test_a_flaky_implementation_is_reported_as_flaky(phases: list[Phase]) -> None:
    class Planted(Throttled): ...

    told = diverged(fake_of(Planted), settings(LOOK, stateful_step_count=10, phases=phases), actions=ON_THE_ROLE)
    assert told.startswith("flaky: the implementation answers the same requests differently after a reset")
    assert "the implementation answers refused (throttled) the first time" in told
    assert "the implementation answers done the second time" in told
    assert "outcome: expected done, got refused" in told


WRONG_ADAPTERS: list[tuple[type, str]] = [
    (type("Nothing", (Fake,), {"perform": lambda *_: None}), "perform() must return 'done', 'refused', 'failed' or a"),
    (type("Ok", (Fake,), {"perform": lambda *_: "ok"}), "it returned 'ok'"),
    (type("Five", (Fake,), {"observe": lambda _: 5}), "observe() must return a mapping with keys among role, desc"),
    (
        type("Odd", (Fake,), {"observe": lambda _: {"rolle": 1}}),
        "'rolle', which is not a key of an account: role, desc",
    ),
    (type("Broken", (Fake,), {"perform": lambda *_: 1 // 0}), "ZeroDivisionError"),
]


@pytest.mark.parametrize(("adapter", "message"), WRONG_ADAPTERS, ids=lambda x: getattr(x, "__name__", ""))
def test_an_invalid_answer_of_an_adapter_is_reported(adapter: type, message: str) -> None:
    told = diverged(adapter, actions=["list_resources"]).splitlines()
    assert told[:2] == ["after", "   1 list_resources permitted=true via=api"]
    assert message in told[told.index("to reproduce:") - 1]
    machine = Machine(lifecycle().assuming(), scope(1, 2, 1))
    with pytest.raises((TypeError, ZeroDivisionError)) as found:
        follow(adapter(), machine, example_names(BACKUP, BACKUP.scope(1, 2, 1)), [usually("list_resources")])
    assert message in f"{found.type.__name__}: {found.value}"
    assert "at step 1, list_resources" in found.value.__notes__[0]


def test_an_exception_of_an_implementation_is_the_cause() -> None:
    class Planted(FaultyAccount):
        def edit_description(self) -> Outcome:
            raise LookupError("no description") from None

    with pytest.raises(Diverged) as found:
        run_state_machine_as_test(machine_for(fake_of(Planted)), settings=LOOK)
    assert isinstance(found.value.__cause__, LookupError)
    assert str(found.value).splitlines()[2:4] == [
        "   2 edit_description permitted=true via=api",
        "the model answers done: description default -> edited",
    ]


# ---------------------------------------------------------------- known differences

KNOWN = "everybody-makes-the-efs-vault"
KNOWN_PAIR = ("create_backup_vault", "vault-name-reserved")


@pytest.mark.slow
def test_known_differences_are_counted_and_not_reported() -> None:
    for ignore in ([KNOWN_PAIR], lambda found: found.pair == KNOWN_PAIR and found.heard.reply.outcome == "done"):
        beside = machine_for(fake(KNOWN), ignore=ignore)
        run_state_machine_as_test(beside, settings=settings(LOOK, max_examples=15))
        assert set(beside.known.met) == {KNOWN_PAIR}  # type: ignore[attr-defined]
    assert KNOWN_PAIR[1] in diverged(fake(KNOWN))


@pytest.mark.slow
def test_unknown_differences_are_found_next_to_known_ones() -> None:
    """A request with a known difference is undone, so that its consequences are not reported."""
    # The order of the search depends on the seed of hashes; this number of examples meets the fault in any order.
    patient, actions = settings(LOOK, max_examples=3000), (*ON_THE_ROLE, "perform_efs_automatic_backup", "start_job")
    told = diverged(
        fake(KNOWN, "the-role-goes-with-jobs-running"), patient, ignore=[KNOWN_PAIR], vaults=2, actions=actions
    )
    assert "the model answers failed: AWS Backup is using the role" in told
    assert "known and ignored: create_backup_vault where the model answers vault-name-reserved" in told


def test_a_known_difference_in_the_refusal_alone_is_skipped() -> None:
    known = Known([("delete_recovery_point", "no-recovery-points")])
    (tour,) = suite(actions=[*ON_THE_ROLE, "list_resources", "start_job", "finish_job", "delete_recovery_point"])
    resets: list[int] = []
    planted = Bounded("the-wrong-reason")
    planted.reset = lambda: resets.append(Bounded.reset(planted) or 1)  # type: ignore[method-assign]
    assert follow(planted, tour.trace.machine, tour.names, tour.requests, known) is None
    assert known.met.total() > 10
    assert len(resets) == 1


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (("create_backup_vaul", None), "unknown action 'create_backup_vaul'; did you mean 'create_backup_vault'?"),
        (("create_backup_vault", "vault-exist"), "create_backup_vault: unknown refusal 'vault-exist'; did you mean"),
        ("create_backup_vault/vault-exists", "ignore: expected pairs (action, refusal)"),
    ],
)
def test_an_invalid_known_difference_is_rejected(pair: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        machine_for(Fake, ignore=[pair])  # type: ignore[list-item]


def test_hypothesis_is_imported_only_when_it_is_used() -> None:
    code = (
        "import sys, backup_slr.testing as t; t.Adapter; assert 'hypothesis' not in sys.modules; "
        "t.suite; assert 'hypothesis' not in sys.modules; t.machine_for; assert 'hypothesis' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
