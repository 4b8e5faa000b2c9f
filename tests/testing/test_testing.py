"""What other people's tests are offered: every planted fault is found and shrunk, suites cover, the plugin counts."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from scipy.optimize import linprog
from scipy.sparse import coo_array
from support.beside_oracle import OracleAdapter
from support.console import call
from support.fake import FAULTS, Fake

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import replay
from backup_slr.engine.core.variable import Enum, usual
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.lifecycle.clauses import CLAUSES
from backup_slr.report.names import usual_names
from backup_slr.scenario.load import parse
from backup_slr.scenario.run import play
from backup_slr.testing import Diverged, Known, Reply, Tour, follow, machine_for, suite
from backup_slr.testing.adapter import open_adapter
from backup_slr.testing.shorter import Found, Shrinker
from backup_slr.testing.walk import Walk

pytest_plugins = ["pytester"]
LOOK = settings(
    max_examples=500,
    stateful_step_count=30,
    database=None,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
SHORTEST = {
    "full-vaults-can-be-deleted": 4,
    "the-console-deletes-the-default-vault": 2,
    "the-role-goes-with-vaults-left": 3,
    "the-role-goes-with-jobs-running": 5,
    "the-role-goes-at-once": 2,
    "a-failed-task-leaves-the-role-hanging": 3,
    "a-new-role-keeps-the-old-description": 4,
    "deleting-the-role-switches-features-off": 3,
    "anybody-may-edit": 1,
    "no-point-where-a-job-succeeded": 3,
    "two-jobs-in-one-vault": 3,
    "only-jobs-of-the-same-vault-collide": 4,
    "regions-are-mixed-up": 1,
    "the-wrong-reason": 2,
    "everybody-makes-the-efs-vault": 1,
    "every-trigger-resets-the-description": 3,
    "what-is-off-cannot-be-switched-off": 1,
    "the-console-keeps-the-efs-vault": 2,
}
"""How many requests it takes to see each fault, worked out by hand."""


def fake(*faults: str) -> type:
    return type("Planted", (), {"__new__": lambda _: Fake(*faults)})


# ---------------------------------------------------------------- at random


def test_a_dozen_faults_and_more_are_planted() -> None:
    assert len(FAULTS) >= 12
    assert set(SHORTEST) == set(FAULTS)


def test_a_fake_without_faults_goes_beside_the_model() -> None:
    run_state_machine_as_test(machine_for(lambda: Fake()), settings=settings(LOOK, max_examples=60))


@pytest.mark.parametrize("fault", FAULTS)
def test_every_planted_fault_is_found_and_shrunk(fault: str) -> None:
    with pytest.raises(Diverged) as found:
        run_state_machine_as_test(machine_for(lambda: Fake(fault)), settings=LOOK)
    steps = [line for line in str(found.value).splitlines() if line.startswith("  ")]
    assert SHORTEST[fault] <= len(steps) <= SHORTEST[fault] + 1, str(found.value)


def shrunk(adapter: type, asked: list[Request], **given: object) -> list[Request]:
    """What is left of requests that show a divergence."""
    machine, names = Machine(lifecycle().assuming(), scope(2, 3, 1)), usual_names(2, 3)

    @contextmanager
    def begin() -> Iterator[Walk]:
        with open_adapter(adapter) as made:
            yield Walk(made, machine, names)

    shrinker = Shrinker(begin, machine, **given)  # type: ignore[arg-type]
    found = shrinker.again(asked)
    assert isinstance(found, Found)
    return list(shrinker.shortest(found).asked)


def usually(action: str, *place: int) -> Request:
    return Request(action, place, {i.name: usual(i) for i in lifecycle().rule(action).inputs})


def test_a_nearer_state_is_tried() -> None:
    """None of these four can be left out; but the EFS backup makes both the role and a vault."""
    machine = Machine(lifecycle().assuming(), scope(2, 3, 1))
    efs = usually("perform_efs_automatic_backup", 0)
    asked = [
        usually("list_resources"),
        usually("create_backup_vault", 0, 0),
        usually("delete_service_linked_role"),
        usually("finish_deletion_task"),
    ]
    ways = [(way, replay(machine, way).final) for way in ((), (efs,), (efs, asked[2]))]
    planted, plainer = fake("the-role-goes-with-vaults-left"), {q.action: [q] for q in (efs, *asked)}
    assert shrunk(planted, asked, plainer=plainer) == asked
    assert shrunk(planted, asked, plainer=plainer, ways=ways) == [efs, *asked[2:]]


def test_all_requests_about_a_vault_are_moved_to_a_plainer_one() -> None:
    """One alone cannot be: the vault that is deleted must be the one that was made."""
    made, deleted = "create_backup_vault", "delete_backup_vault"
    asked = [usually(made, 1, 2), Request(deleted, (1, 2), {**usually(deleted, 1, 2).inputs, "via": 1})]
    plainer = {q.action: [q] for q in asked}

    class Keeps(Fake):
        def _delete_backup_vault(self, place: tuple[str, str], said: object) -> str | None:
            return None if place in self.vaults else "no-such-vault"

    assert [q.place for q in shrunk(Keeps, asked, plainer=plainer)] == [(0, 0), (0, 0)]


def test_the_oracle_goes_beside_the_model_under_other_readings_too() -> None:
    assume = {"usage-check": "at-submit", "console-visit-recreates-default-vault": "yes"}
    beside = machine_for(lambda: OracleAdapter(2, 3, 2, assume), points=2, assume=assume)
    run_state_machine_as_test(beside, settings=settings(LOOK, max_examples=40))
    with pytest.raises(Diverged):
        run_state_machine_as_test(machine_for(lambda: OracleAdapter(2, 3, None, assume)), settings=LOOK)


class Moody(Fake):
    """A fake that decides by itself when a deletion collides: every third time."""

    def reset(self) -> None:
        super().reset()
        self.asked = 0

    def _collides(self, place: tuple[str, str], said: object) -> bool:
        self.asked += 1
        return bool(self.jobs) and self.asked % 3 == 0


def test_an_implementation_may_make_choices_of_its_own() -> None:
    calm = settings(LOOK, max_examples=100)
    run_state_machine_as_test(machine_for(Moody, controls=("succeeds",)), settings=calm)
    with pytest.raises(Diverged):
        run_state_machine_as_test(machine_for(Moody), settings=LOOK)


def test_an_implementation_may_know_few_actions_and_tell_little() -> None:
    class Few:
        def reset(self) -> None:
            self.role = "absent"

        def perform(self, action: str, parameters: object) -> str:
            self.role = "present"
            return "done" if parameters["permitted"] else "refused"  # type: ignore[index]

        def observe(self) -> dict[str, str]:
            return {}

    run_state_machine_as_test(machine_for(Few, actions=["list_resources"]), settings=settings(LOOK, max_examples=30))
    for wrong in ({"actions": ["list_resource"]}, {"controls": ["collide"]}):
        with pytest.raises(ValueError, match="did you mean"):
            machine_for(Few, **wrong)  # type: ignore[arg-type]


# ---------------------------------------------------------------- what is said of a divergence

ON_THE_ROLE = (
    "create_service_linked_role",
    "delete_service_linked_role",
    "finish_deletion_task",
    "create_backup_vault",
    "delete_backup_vault",
)


def diverged(adapter: Callable[[], object], look: settings = LOOK, **given: object) -> str:
    """What is said of an implementation that does not go beside the model."""
    with pytest.raises(Diverged) as found:
        run_state_machine_as_test(machine_for(adapter, **given), settings=look)  # type: ignore[arg-type]
    assert not hasattr(found.value, "__notes__")
    return str(found.value)


def test_the_answers_of_both_are_told_with_the_clause() -> None:
    after, one, other, *lines = diverged(fake("the-role-goes-with-vaults-left"), actions=ON_THE_ROLE).splitlines()
    assert after == "after"
    assert {one[5:], other[5:]} == {  # in either order
        "create_service_linked_role permitted=true via=api",
        "create_backup_vault us-east-1 Default permitted=true via=api",
    }
    assert lines == [
        "   3 delete_service_linked_role permitted=true via=api",
        "   4 finish_deletion_task",
        "the model answers failed: vaults or recovery points are left (resources-remain, FAILED); "
        "role deleting -> present",
        f"by CLEAN-2: {CLEAN_2}",
        "the implementation answers done",
        "the outcome should be failed, and is done",
        "role should be present, and is absent",
    ]


CLEAN_2 = next(clause.says for clause in CLAUSES if clause.id == "CLEAN-2")


class Counted(Fake):
    """A fake that counts what it is asked, and the adapters that are open."""

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


def test_an_implementation_is_not_asked_while_hypothesis_shrinks() -> None:
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


class Throttled(Fake):
    """A fake that refuses every seventh creation of a vault, whatever happened before."""

    made = 0

    def _create_backup_vault(self, place: tuple[str, str], said: object) -> str | None:
        type(self).made += 1
        return "throttled" if self.made % 7 == 0 else super()._create_backup_vault(place, said)  # type: ignore[arg-type]


@pytest.mark.parametrize("phases", [[Phase.generate], [Phase.generate, Phase.shrink]], ids=["generate", "shrink"])
def test_a_flaky_implementation_is_called_flaky(phases: list[Phase]) -> None:
    class Planted(Throttled): ...

    told = diverged(Planted, settings(LOOK, stateful_step_count=10, phases=phases), actions=ON_THE_ROLE)
    assert told.startswith("flaky: the implementation does not answer the same when it is reset and asked the same")
    assert "the implementation answers refused (throttled) the first time" in told
    assert "the implementation answers done the second time" in told
    assert "the outcome should be done, and is refused" in told


WRONG_ADAPTERS: list[tuple[type, str]] = [
    (type("Nothing", (Fake,), {"perform": lambda *_: None}), "perform() must return 'done', 'refused', 'failed' or a"),
    (type("Ok", (Fake,), {"perform": lambda *_: "ok"}), "it returned 'ok'"),
    (type("Five", (Fake,), {"observe": lambda _: 5}), "observe() must return a mapping with keys among role, desc"),
    (type("Odd", (Fake,), {"observe": lambda _: {"rolle": 1}}), "'rolle', which is no key of an account: role, desc"),
    (type("Broken", (Fake,), {"perform": lambda *_: 1 // 0}), "ZeroDivisionError"),
]


@pytest.mark.parametrize(("adapter", "message"), WRONG_ADAPTERS, ids=lambda x: getattr(x, "__name__", ""))
def test_an_adapter_that_answers_nothing_usable_is_told_what_it_must_return(adapter: type, message: str) -> None:
    told = diverged(adapter, actions=["list_resources"]).splitlines()
    assert told[:2] == ["after", "   1 list_resources permitted=true via=api"]
    assert message in told[-1]
    machine = Machine(lifecycle().assuming(), scope(1, 2, 1))
    with pytest.raises((TypeError, ZeroDivisionError)) as found:
        follow(adapter(), machine, usual_names(1, 2), [usually("list_resources")])
    assert message in f"{found.type.__name__}: {found.value}"
    assert "at step 1, list_resources" in found.value.__notes__[0]


def test_what_an_implementation_raises_is_the_cause() -> None:
    class Planted(Fake):
        def _edit_description(self, place: object, said: object) -> str | None:
            raise LookupError("no description") from None

    with pytest.raises(Diverged) as found:
        run_state_machine_as_test(machine_for(Planted), settings=LOOK)
    assert isinstance(found.value.__cause__, LookupError)
    assert str(found.value).splitlines()[2:4] == [
        "   2 edit_description permitted=true via=api",
        "the model answers done: description default -> edited",
    ]


# ---------------------------------------------------------------- known differences

KNOWN = "everybody-makes-the-efs-vault"
KNOWN_PAIR = ("create_backup_vault", "vault-name-reserved")


def test_known_differences_are_counted_and_not_reported() -> None:
    for ignore in ([KNOWN_PAIR], lambda found: found.pair == KNOWN_PAIR and found.heard.reply.outcome == "done"):
        beside = machine_for(fake(KNOWN), ignore=ignore)
        run_state_machine_as_test(beside, settings=settings(LOOK, max_examples=60))
        assert set(beside.known.met) == {KNOWN_PAIR}  # type: ignore[attr-defined]
    assert KNOWN_PAIR[1] in diverged(fake(KNOWN))


def test_what_is_not_known_is_found_beside_what_is() -> None:
    """A request whose difference is known is taken back: nothing that follows from it is reported."""
    # The order of the search depends on the seed of hashes; this number of examples meets the fault in any order.
    patient = settings(LOOK, max_examples=3000)
    told = diverged(fake(KNOWN, "the-role-goes-with-jobs-running"), patient, ignore=[KNOWN_PAIR])
    assert "the model answers failed: AWS Backup is using the role" in told
    assert "known and ignored: create_backup_vault, where the model answers vault-name-reserved" in told


def test_where_only_the_reason_differs_a_known_difference_is_passed_over() -> None:
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
        ("create_backup_vault/vault-exists", "ignore: pairs (action, refusal) are wanted"),
    ],
)
def test_a_known_difference_that_cannot_be_is_refused(pair: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        machine_for(Fake, ignore=[pair])  # type: ignore[list-item]


# ---------------------------------------------------------------- suites


@cache
def small() -> list[Tour]:
    return suite()


def taken(tours: list[Tour]) -> list[list[tuple[object, ...]]]:
    """The transitions of each tour, one after the other."""
    return [
        [(s.before, s.request.action, s.request.place, s.after) for s in tour.trace.steps if s.before != s.after]
        for tour in tours
    ]


def every_transition() -> set[tuple[object, ...]]:
    space = Space(lifecycle().assuming(), scope(1, 2, 1))
    unpack = space.words.unpack
    return {
        (unpack(word), space.transitions[m].ending.action, space.transitions[m].ending.place, unpack(target))
        for word in space.explore().states
        for m, target in space.successors(word)
    }


def test_a_suite_takes_every_transition_in_one_tour() -> None:
    (tour,) = small()
    assert set(taken([tour])[0]) == every_transition()
    assert tour.trace.final == tour.trace.machine.initial


def test_a_tour_is_as_short_as_one_can_be() -> None:
    """The programme of Edmonds and Johnson, solved by SciPy: how often to take each transition, at least once."""
    (tour,) = suite(changes_only=True)
    (steps,) = taken([tour])
    assert set(steps) == every_transition()
    assert len(tour.requests) == len(steps) == fewest(list(every_transition()))
    lengths = [len(t.requests) for t in suite(changes_only=True, actions=["set_up_cross_account_backup", *BACK])]
    assert lengths == [15]


def fewest(transitions: list[tuple[object, ...]]) -> int:
    """The length of a shortest closed way through all transitions, as a linear programme (its corners are whole)."""
    number = {state: n for n, state in enumerate({t[0] for t in transitions})}
    columns = range(len(transitions))
    balance = coo_array(
        (
            [1] * len(transitions) + [-1] * len(transitions),
            ([number[t[0]] for t in transitions] + [number[t[3]] for t in transitions], [*columns, *columns]),
        )
    )
    ones = [1] * len(transitions)
    found = linprog(ones, A_eq=balance.tocsr(), b_eq=[0] * len(number), bounds=(1, None), method="highs")
    assert found.success
    return round(found.fun)


BACK = ("turn_off_cross_account_backup", "delete_service_linked_role", "finish_deletion_task")
"""With these there are six states and eleven transitions, four of which have to be taken twice."""


def test_each_state_is_asked_for_all_that_can_be_said_in_it() -> None:
    """Whatever is refused or changes nothing included, and every value of a parameter that makes no difference."""
    (tour,) = small()
    asked = {(s.before, s.request.action, s.request.place, said(s.request)) for s in tour.trace.steps}
    states = {s.before for s in tour.trace.steps}
    assert len(states) == 584
    every = {
        (rule.action, tuple(e.index for e in place.values()), tuple(zip((i.name for i in given), values, strict=True)))
        for rule in lifecycle().rules
        for given in [[i for i in rule.inputs if i.kind != "choice"]]
        for place in scope(1, 2, 1).places(rule.place)
        for values in product(*(range(len(i.values) if isinstance(i, Enum) else 2) for i in given))
    }
    assert asked == {(state, *request) for state in states for request in every}


def said(request: Request) -> tuple[tuple[str, int], ...]:
    """What is said in a request, without what the environment chooses."""
    choices = {i.name for i in lifecycle().rule(request.action).inputs if i.kind == "choice"}
    return tuple((name, value) for name, value in request.inputs.items() if name not in choices)


def test_a_suite_of_pairs_takes_every_two_transitions_that_follow_each_other() -> None:
    actions = ["list_resources", "edit_description", "delete_service_linked_role", "finish_deletion_task"]
    tours = suite("pairs", changes_only=True, actions=actions)
    seen = {pair for tour in taken(tours) for pair in pairwise(tour)}
    single = set(taken(suite(changes_only=True, actions=actions))[0])
    assert seen == {(a, b) for a in single for b in single if a[3] == b[0]}


def test_a_suite_of_pairs_asks_for_the_rest_in_a_tour_of_its_own() -> None:
    """What changes nothing makes no pairs: with the whole table there would be millions, and no end of it."""
    actions = ["list_resources", "edit_description", "delete_service_linked_role", "finish_deletion_task"]
    requests = [tour.requests for tour in suite("pairs", actions=actions)]
    alone = suite("pairs", actions=actions, changes_only=True) + suite(actions=actions)
    assert requests == [tour.requests for tour in alone]


def test_tours_can_be_kept_short() -> None:
    tours = suite(changes_only=True, longest=40)
    assert {t for tour in taken(tours) for t in tour} >= every_transition()
    assert all(len(tour.requests) <= 60 for tour in tours)
    assert [tour.number for tour in tours] == list(range(1, len(tours) + 1))


def test_where_no_way_leads_back_there_is_no_tour() -> None:
    with pytest.raises(ValueError, match="there is no tour"):
        suite(actions=["list_resources"])


@pytest.mark.parametrize(("actions", "message"), [(["list_resource"], "did you mean"), ([], "no action to ask for")])
def test_a_suite_of_no_known_action_is_refused(actions: list[str], message: str) -> None:
    for make in (lambda: suite(actions=actions), lambda: machine_for(Fake, actions=actions)):
        with pytest.raises(ValueError, match=message):
            make()


def test_a_tour_is_a_scenario_that_passes() -> None:
    tour = suite(actions=["set_up_cross_account_backup", *BACK], longest=30)[0]
    scenario = parse(tour.scenario())
    assert len(scenario.steps) == len(tour.requests)
    assert play(scenario).passed


@pytest.mark.parametrize("tour", suite(changes_only=True, longest=400)[:3], ids=lambda t: f"tour-{t.number}")
def test_a_tour_serves_as_a_parameter_of_a_test(tour: Tour) -> None:
    assert follow(OracleAdapter(1, 2, 1, {}), tour.trace.machine, tour.names, tour.requests) is None


class Bounded(Fake):
    """A fake with a bound on recovery points, as the account of a suite has it."""

    def _finish_job(self, place: tuple[str, str], said: object) -> str | None:
        full = self.vaults.get(place, 0) >= 1
        return super()._finish_job(place, {"succeeds": said["succeeds"] and not full})  # type: ignore[index]


ONE_REGION = set(FAULTS) - {"regions-are-mixed-up"}


@pytest.mark.parametrize("fault", sorted(ONE_REGION))
def test_a_fixed_suite_finds_the_planted_faults_too(fault: str) -> None:
    (tour,) = small()
    assert follow(Bounded(fault), tour.trace.machine, tour.names, tour.requests) is not None


def test_a_fixed_suite_finds_nothing_where_nothing_is_wrong() -> None:
    (tour,) = small()
    assert follow(Bounded(), tour.trace.machine, tour.names, tour.requests) is None


def test_a_reply_may_be_a_word_or_say_more() -> None:
    assert Reply("done") == Reply("done", None, None)


def test_hypothesis_is_imported_only_by_who_asks_for_it() -> None:
    code = (
        "import sys, backup_slr.testing as t; t.Adapter; assert 'hypothesis' not in sys.modules; "
        "t.suite; assert 'hypothesis' not in sys.modules; t.machine_for; assert 'hypothesis' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---------------------------------------------------------------- the plugin

MARKED = """
import pytest

@pytest.mark.clause("CLEAN-1", "CLEAN-2")
def test_one(): pass

@pytest.mark.clause("CLEAN-2")
def test_two(): assert False

def test_three(): pass
"""


def test_the_plugin_counts_the_clauses_of_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MARKED)
    result = pytester.runpytest_inprocess("--strict-markers", "--junitxml=report.xml")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["*clauses covered*", "CLEAN-1 *1 passed", "CLEAN-2 *1 passed, 1 failed", "no test: *CREATE-2 *CLEAN-3*"]
    )
    cases = {
        case.get("name"): [p.get("value") for p in case.iter("property") if p.get("name") == "clause"]
        for case in ElementTree.parse(pytester.path / "report.xml").iter("testcase")
    }
    assert cases == {"test_one": ["CLEAN-1", "CLEAN-2"], "test_two": ["CLEAN-2"], "test_three": []}


def test_the_plugin_is_silent_where_it_is_not_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_three(): pass")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1)
    assert "clause" not in result.stdout.str()


def test_a_clause_whose_tests_are_all_skipped_has_no_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.skip
        @pytest.mark.clause("CLEAN-1", "CLEAN-2")
        def test_one(): pass

        @pytest.mark.clause("CLEAN-2")
        def test_two(): pass

        @pytest.mark.xfail
        @pytest.mark.clause("CLEAN-3")
        def test_three(): assert False
        """
    )
    told = pytester.runpytest_inprocess().stdout
    told.fnmatch_lines(["CLEAN-1 *1 skipped", "CLEAN-2 *1 skipped, 1 passed", "CLEAN-3 *1 xfailed"])
    (missing,) = [line.split() for line in told.lines if line.startswith("no test:")]
    assert {"CLEAN-1", "CLEAN-2", "CLEAN-3"} & set(missing) == {"CLEAN-1"}


UNKNOWN = ('clause("CLEAN-22")', "unknown clause 'CLEAN-22'; did you mean 'CLEAN-2'?")


@pytest.mark.parametrize(
    ("marker", "message", "how", "code"),
    [
        (*UNKNOWN, (), pytest.ExitCode.INTERRUPTED),
        (*UNKNOWN, ("-n", "1"), pytest.ExitCode.TESTS_FAILED),
        ("clause", "say which clause", (), pytest.ExitCode.INTERRUPTED),
    ],
    ids=["unknown", "unknown-under-xdist", "none"],
)
def test_a_clause_that_does_not_exist_is_an_error(
    pytester: pytest.Pytester, marker: str, message: str, how: tuple[str, ...], code: int
) -> None:
    pytester.makepyfile(f"import pytest\n\n@pytest.mark.{marker}\ndef test_one(): pass\n")
    result = pytester.runpytest_inprocess(*how)
    result.assert_outcomes(errors=1)
    assert result.ret == code
    result.stdout.fnmatch_lines([f"*test_one: {message}*"])
    assert "INTERNALERROR" not in result.stdout.str()


def test_scenario_files_of_a_suite_are_played_by_simulate(tmp_path: Path) -> None:
    for tour in suite(changes_only=True, longest=500)[:2]:
        (tmp_path / f"tour-{tour.number}.toml").write_text(tour.scenario())
    answer = call("simulate", "-q", str(tmp_path))
    assert (answer.code, "2 passed, 0 failed" in answer.out) == (0, True)
