"""Exports, judged by the tools that they are for: Spin, networkx, and a reader of TLA+."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice, product
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import tla_reader
from support.console import asked, call
from support.strategies import (
    INPUTS,
    Dice,
    dice,
    few_variables,
    formulas,
    model_of,
    scopes,
    small_models,
    step_formulas,
)

from backup_slr.engine.check.checker import Judge
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.compile.interpreter import Situation, holds, interpreted_step
from backup_slr.engine.core.formula import Does, Ends, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import Layout, Scope, State
from backup_slr.engine.core.variable import Count, Enum, Flag, usual
from backup_slr.engine.export.printed import Printed
from backup_slr.engine.export.promela import promela
from backup_slr.engine.export.tla import configuration, tla
from backup_slr.engine.export.tla_formulas import Tla
from backup_slr.engine.export.tla_names import Names
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.lifecycle.vocabulary import cross_account

MODEL = lifecycle().assuming()
SMALL = scope(regions=1, vaults=2, points=1)
SAFETY = [p.id for p in MODEL.properties if p.kind in ("always", "step")]
SPIN = "Spin or a C compiler is not installed (apt-get install spin gcc)"
needs_spin = pytest.mark.skipif(not (shutil.which("spin") and shutil.which("gcc")), reason=SPIN)

# ---------------------------------------------------------------- Spin


def spin(lines: Iterable[str], optimised: bool = False) -> tuple[int, set[str]]:
    """What Spin finds: the number of states, and the properties that do not hold.

    To compile takes longer than to search, unless there are many states.
    """
    with TemporaryDirectory() as folder:
        (Path(folder) / "m.pml").write_text("\n".join(lines) + "\n")

        def run(*command: str) -> str:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        run("spin", "-a", "m.pml")
        run("gcc", "-O1" if optimised else "-O0", "-w", "-DSAFETY", "-o", "pan", "pan.c")
        out = run("./pan", "-m1000000", "-w20", "-c0")
    states = re.search(r"(\d+) states, stored", out)
    assert states, out
    assert "max search depth too small" not in out
    assert "pan:1: invalid end state" not in out
    return int(states[1]), set(re.findall(r"assertion violated holds_(\w+)", out))


def ours(model: Model, where: Scope) -> tuple[int, set[str]]:
    """The same as our own exploration finds it."""
    judge = Judge(model, where)
    report = judge.check(only=[p.id for p in model.properties if p.kind in ("always", "step")] or ["none"])
    return len(judge.explored.states), {j.property.id for j in report.judgements if j.verdict == "violated"}


PLANTED = [
    "delete_backup_vault/vault-has-recovery-points",
    "delete_backup_vault/default-vault-in-console",
    "finish_deletion_task/resources-remain",
    "finish_deletion_task/service-using-role",
    "finish_deletion_task/role",
    "delete_recovery_point/service-using-role",
    "edit_description/role-being-deleted",
    "rename_role/name-is-immutable",
    "list_resources/role",
    "start_job/no-such-role",
    "assume_role/only-the-service-may-assume",
]
READINGS = [
    {"usage-check": "at-submit"},
    {"default-vault": "needs-another-vault"},
    {"console-visit-recreates-default-vault": "yes", "trigger-while-deleting": "recreates"},
    {"empty-vaults-count": "no", "efs-trigger-without-permission": "creates-role"},
]


@needs_spin
def test_spin_finds_the_same_states_at_the_default_scope_and_no_violation() -> None:
    assert spin(promela(MODEL, scope(regions=2, vaults=2, points=1)), optimised=True) == (41_504, set())


@needs_spin
@pytest.mark.parametrize("size", [(1, 2, 1), (1, 3, 1), (1, 2, 2)], ids=str)
def test_spin_finds_as_many_states_as_we_do(size: tuple[int, int, int]) -> None:
    assert spin(promela(MODEL, scope(*size))) == ours(MODEL, scope(*size))


@needs_spin
@pytest.mark.parametrize("part", PLANTED)
def test_spin_finds_the_same_planted_faults(part: str) -> None:
    action, _, name = part.partition("/")
    model = MODEL.without([(action, name)])
    found = spin(promela(model, SMALL))
    assert found == ours(model, SMALL)
    assert found[1] or part in ("delete_recovery_point/service-using-role", "edit_description/role-being-deleted")


@needs_spin
@pytest.mark.parametrize("taken", READINGS, ids=str)
def test_spin_comes_to_the_same_verdicts_under_other_readings(taken: dict[str, str]) -> None:
    model = lifecycle().assuming(taken)
    assert spin(promela(model, SMALL)) == ours(model, SMALL)


@st.composite
def guesses(draw: st.DrawFn) -> tuple[Model, Scope]:
    """A random model with a few random properties."""
    model, where = draw(small_models(most=64))
    actions = tuple((rule.action, len(rule.place)) for rule in model.rules)
    found = [Property("always", f"guess_{n}", f"Guess {n}", draw(formulas(model.state)), ()) for n in (1, 2)]
    found += [
        Property("step", f"guess_{n}", f"Guess {n}", draw(step_formulas(model.state, actions)), ()) for n in (3, 4)
    ]
    return Model("toy", model.sorts, model.state, model.rules, tuple(found)), where


@needs_spin
@settings(max_examples=8)
@given(guesses())
def test_spin_agrees_on_random_models(guess: tuple[Model, Scope]) -> None:
    model, where = guess
    states, violated = spin(promela(model, where))
    assert violated == ours(model, where)[1]
    assert states == ours(model, where)[0]


@needs_spin
def test_the_program_itself_lets_spin_check_the_export_and_compares() -> None:
    fine = call("export", "promela", "--check", "--regions", "1")
    assert (fine.code, fine.out.splitlines()[0]) == (0, "verdict      agrees")
    assert "584 states" in fine.out
    broken = call("export", "promela", "--check", "--regions", "1", *BROKEN)
    assert broken.code == 1
    assert "VIOLATED, say both: recovery_points_lie_in_vaults" in broken.out


def test_where_spin_is_missing_its_package_is_named() -> None:
    with patch("shutil.which", lambda _: None):
        answer = call("export", "promela", "--check", "--regions", "1")
    assert answer.code == 4
    assert "apt-get install spin gcc" in answer.err
    assert call("export", "aut", "--check").code == 2


def test_a_disagreement_with_spin_would_be_told() -> None:
    from backup_slr.cli.spin import SpinReport, comparison_lines

    assert next(comparison_lines(SpinReport(3, (), True), 4, [])) == "verdict      DISAGREES"
    assert next(comparison_lines(SpinReport(4, ("a",), True), 4, [])) == "verdict      DISAGREES"
    assert next(comparison_lines(SpinReport(0, (), False), 4, [])) == "verdict      inconclusive"


@pytest.mark.parametrize(("spun", "ours", "verdict"), [
    ((4, (), True), (4, [], "it was cut"), "inconclusive"),  # a part is not the whole, even if the numbers are alike
    ((9, (), True), (4, [], "it was cut"), "inconclusive"),
    ((4, (), False), (4, [], ""), "inconclusive"),
    ((9, ("a",), True), (4, [], "it was cut"), "inconclusive"),  # ours may still come to it
    ((9, (), True), (4, ["a"], "it was cut"), "DISAGREES"),  # Spin has seen everything, and it was not there
    ((3, ("a",), False), (4, [], ""), "DISAGREES"),
    ((4, ("a",), True), (4, ["a"], ""), "agrees"),
])  # fmt: skip
def test_nothing_is_said_to_agree_or_not_that_was_not_looked_at(
    spun: tuple[int, tuple[str, ...], bool], ours: tuple[int, list[str], str], verdict: str
) -> None:
    from backup_slr.cli.spin import SpinReport, comparison_lines

    lines = list(comparison_lines(SpinReport(*spun, "it was late"), *ours))
    assert lines[0] == f"verdict      {verdict}"
    assert ("and not all: it was cut" in "".join(lines)) is bool(ours[2])
    assert not any("No property" in line for line in lines)


@needs_spin
def test_a_search_of_ours_that_was_cut_is_not_compared_with_one_that_was_not() -> None:
    cut = call("export", "promela", "--check", "--regions", "1", "--max-states", "10")
    assert cut.code == 5
    assert "verdict      inconclusive" in cut.out
    assert "states, and not all: the limit on states was reached (--max-states)" in cut.out


def test_promela_is_refused_where_a_byte_is_too_small() -> None:
    answer = call("export", "promela", "--points", "256")
    assert answer.code == 2
    assert "255" in answer.err
    assert not answer.out


# ---------------------------------------------------------------- TLA+


def constants(model: Model, where: Scope) -> dict[str, object]:
    """What the constants of the module are at a scope: elements are their numbers."""
    found: dict[str, object] = {}
    names = Names(model)
    for sort in model.sorts:
        found[names("set", sort.name)] = frozenset(f"{sort.name} {i}" for i in range(where.size(sort)))
        found |= {names("element", sort.name, name): f"{sort.name} {i}" for i, name in enumerate(sort.special)}
    for variable in model.state:
        if isinstance(variable, Count):
            found[names("most", variable.name)] = where.bounds[variable.name]
    return found


def values(variable: Flag | Enum | Count, number: int) -> object:
    if isinstance(variable, Count):
        return number
    return variable.values[number] if isinstance(variable, Enum) else bool(number)


def as_tla(layout: Layout, state: State) -> dict[str, object]:
    """A state as the module has it."""
    found: dict[str, object] = {}
    called = Names(layout.model)
    for (variable, place), x in zip(layout.cells, state, strict=True):
        if not variable.per:
            found[called("variable", variable.name)] = values(variable, x)
            continue
        names = tuple(f"{sort.name} {i}" for sort, i in zip(variable.per, place, strict=True))
        function = found.setdefault(called("variable", variable.name), {})
        assert isinstance(function, dict)
        function[names if len(names) > 1 else names[0]] = values(variable, x)
    return found


@st.composite
def questions(draw: st.DrawFn) -> tuple[Layout, Formula, Dice]:
    few = draw(few_variables())
    where = draw(scopes(most=2))
    asks = Rule("ask", "ask", "person", (), (), inputs=INPUTS)
    return Layout(model_of(few, asks), where), draw(formulas((*few, *INPUTS))), draw(dice())


@settings(max_examples=200)
@given(questions())
def test_a_formula_that_is_read_back_means_what_it_meant(question: tuple[Layout, Formula, Dice]) -> None:
    """With the precedence of TLA+: a negation that loses its parentheses would be found here."""
    layout, formula, throw = question
    text = Printed(Tla(layout.model))(formula)
    read = tla_reader.Parser(text).whole()
    for _ in range(6):
        here = Situation(layout, throw.state(layout), {}, throw.inputs())
        bound = {i.name: values(i, here.inputs[i.name]) for i in INPUTS}
        world = tla_reader.World(constants(layout.model, layout.scope), {}, as_tla(layout, here.before), {}, bound)
        assert read(world) is holds(formula, here), text


def test_the_reader_knows_that_a_negation_binds_tighter_than_a_conjunction() -> None:
    world = tla_reader.World({"a": False, "b": False}, {})
    assert tla_reader.Parser("~(a /\\ b)").whole()(world) is True
    assert tla_reader.Parser("~a /\\ b").whole()(world) is False
    for wrong in ("a /\\ b \\/ a", "~~a", "(a", "a b"):
        with pytest.raises(AssertionError):
            tla_reader.Parser(wrong).whole()


@cache
def module(without: tuple[tuple[str, str], ...] = ()) -> tla_reader.Module:
    return tla_reader.module("\n".join(tla(MODEL.without(without))) + "\n")


def requests(rule: Rule, where: Scope) -> Iterable[tuple[dict, dict[str, int]]]:
    """Every place and all inputs of a rule."""
    options = [range(len(i.values) if isinstance(i, Enum) else 2) for i in rule.inputs]
    for place in where.places(rule.place):
        for numbers in product(*options):
            yield place, {i.name: n for i, n in zip(rule.inputs, numbers, strict=True)}


def step_of(layout: Layout, rule: Rule, place: Mapping, inputs: Mapping[str, int], state: State):
    """The step by the interpreter, and by the module: its state and what it remembers of the step."""
    here = Situation(layout, state, place, inputs)
    outcome, guard, after = interpreted_step(rule, here)
    arguments = {p.name: f"{p.sort.name} {e.index}" for p, e in place.items()}
    arguments |= {i.name: values(i, inputs[i.name]) for i in rule.inputs}
    before = {**as_tla(layout, state), "step": {"turn": False}}
    world = tla_reader.World(constants(layout.model, layout.scope), module().definitions, before)
    found = tla_reader.perform(world, rule.action, arguments)
    return (outcome, guard.otherwise.id if guard else ""), after, before, found


def test_the_module_takes_every_step_from_every_reachable_state_as_the_interpreter_does() -> None:
    space = Space(MODEL, SMALL)
    layout = space.words.layout
    states = [space.words.unpack(word) for word in space.explore().states]
    ordinary = {i.name: values(i, usual(i)) for rule in MODEL.rules for i in rule.inputs}
    for rule in MODEL.rules:
        for place, inputs in requests(rule, SMALL):
            told = {i.name: values(i, inputs[i.name]) for i in rule.inputs}
            asked_ = {"action": rule.action, "place": tuple(f"{p.sort.name} {e.index}" for p, e in place.items())}
            for state in states[:: 1 if len(rule.inputs) < 2 else 7]:
                ends, after, _, found = step_of(layout, rule, place, inputs, state)
                assert found.pop("step") == {**asked_, **ordinary, **told, "ends": ends, "turn": True}
                assert found == as_tla(layout, after)


def test_the_properties_of_the_module_hold_of_the_steps_of_which_they_hold_and_of_no_others() -> None:
    layout, throw, seen = Layout(MODEL, SMALL), Dice(3), Counter()
    for rule in MODEL.rules:
        for place, inputs in list(requests(rule, SMALL))[::3]:
            for _ in range(6):
                state = throw.state(layout)
                ends, after, before, found = step_of(layout, rule, place, inputs, state)
                world = tla_reader.World(constants(MODEL, SMALL), module().definitions, before, found)
                there = Situation(layout, state, {}, inputs, after, rule.action,
                                  tuple(e.index for e in place.values()), tuple(filter(None, ends)))  # fmt: skip
                for one in (p for p in MODEL.properties if p.id in SAFETY):
                    expected = holds(one.formula, there)
                    assert module().definitions[one.id].body(world) is expected, one.id
                    seen[one.id, expected] += 1
    assert sum(not expected for _, expected in seen) >= 5, "hardly any of these steps breaks anything"


def test_the_module_begins_where_the_model_does_and_tries_every_action() -> None:
    layout, read = Layout(MODEL, SMALL), module()
    assert read.variables == (*(v.name for v in MODEL.state), "step")
    world = tla_reader.World(constants(MODEL, SMALL), read.definitions)
    first = {name: value(world) for name, value in read.definitions["Init"].assigns}
    assert {**first, "step": None} == {**as_tla(layout, layout.initial), "step": None}
    tried = Counter(re.search(r"(\w+)(\([^()]*\))?$", line)[1] for line in read.actions)  # type: ignore[index]
    assert tried == Counter(rule.action for rule in MODEL.rules)
    for line, rule in zip(read.actions, MODEL.rules, strict=True):
        bound = dict(re.findall(r"(\w+) \\in ([^:,{]+|\{[^}]*\})", line))
        assert list(bound) == [*(p.name for p in rule.place), *(i.name for i in rule.inputs)]
        for given_ in rule.inputs:
            every = tla_reader.Parser(bound[given_.name]).whole()(world)
            number = len(given_.values) if isinstance(given_, Enum) else 2
            assert every == {values(given_, n) for n in range(number)}


def test_the_configuration_names_every_property_once_and_every_constant() -> None:
    lines = list(configuration(MODEL, scope(2, 3, 2)))
    assert Counter(line.strip() for line in lines if line.strip() in SAFETY) == Counter(SAFETY)
    assert "  Vault = {Default, AwsEfsAutomaticBackupVault, vault3}" in lines
    assert "  MostPoints = 2" in lines
    named = set(re.search(r"CONSTANTS (.*)", "\n".join(tla(MODEL)))[1].split(", "))  # type: ignore[index]
    assert named == {line.split(" = ")[0].strip() for line in lines if " = " in line}


def repeated() -> Model:
    """A property that fails only in a step which repeats the one before it."""
    never = Property(
        "step",
        "cross_account_backup_is_not_turned_off_twice",
        "Cross account backup is not turned off twice",
        ~(Does(("turn_off_cross_account_backup",)) & idle),
        (),
    )
    return replace(MODEL, properties=(never,))


idle = ~cross_account & Ends(("done",))


def judged_by_tlc(model: Model, where: Scope) -> set[str]:
    """The step properties that fail in some step, as TLC judges them.

    It goes on from one state of each VIEW, and judges of a step only what holds of one that changes a variable.
    """
    read = tla_reader.module("\n".join(tla(model)) + "\n")
    names = Names(model)
    known = constants(model, where)
    world = tla_reader.World(known, read.definitions)
    first = {name: value(world) for name, value in read.definitions["Init"].assigns}
    views, found = {seen_by(model, first)}, set[str]()
    todo = [first]
    for before in todo:
        for rule in model.rules:
            for place, inputs in requests(rule, where):
                arguments = {names("param", p.name): f"{p.sort.name} {e.index}" for p, e in place.items()}
                arguments |= {names("input", i.name): values(i, inputs[i.name]) for i in rule.inputs}
                world = tla_reader.World(known, read.definitions, before)
                after = tla_reader.perform(world, names("action", rule.action), arguments)
                world = tla_reader.World(known, read.definitions, before, after)
                if before != after:
                    found |= {
                        p.id
                        for p in model.properties
                        if p.kind == "step" and not read.definitions[names("property", p.id)].body(world)
                    }
                if seen_by(model, after) not in views:
                    views.add(seen_by(model, after))
                    todo.append(after)
    return found


def seen_by(model: Model, state: Mapping[str, object]) -> str:
    """What the configuration lets TLC see of a state."""
    assert "VIEW State" in configuration(model, SMALL)
    return str([state[Names(model)("variable", v.name)] for v in model.state])


def test_a_violation_in_a_step_that_repeats_the_one_before_it_is_no_stutter() -> None:
    rules = tuple(MODEL.rule(a) for a in ("set_up_cross_account_backup", "turn_off_cross_account_backup"))
    model = replace(repeated(), rules=rules)
    (wrong,) = model.properties
    assert ours(model, SMALL)[1] == {wrong.id}
    assert judged_by_tlc(model, SMALL) == {wrong.id}


@needs_spin
def test_spin_finds_a_violation_in_a_step_that_repeats_the_one_before_it() -> None:
    assert spin(promela(repeated(), SMALL)) == ours(repeated(), SMALL)


def test_an_export_says_in_its_head_what_it_leaves_out() -> None:
    kinds = Counter(p.kind for p in MODEL.properties)
    told = [f"{kinds[kind]} of kind '{kind}'" for kind in ("sometimes", "eventually", "possible")]
    for lines in (tla(MODEL), promela(MODEL, SMALL)):
        head = "\n".join(islice(lines, 4))
        assert all(part in head for part in told)
        assert "fairness" in head
    assert "Left out" not in "\n".join(tla(replace(MODEL, properties=())))
    graph = asked("export", "json", "--regions", "1").document["graph"]
    assert "steps that change nothing" in graph["left_out"]
    assert graph["left_out"] in asked("export", "graphml", "--regions", "1").out


def test_a_module_in_a_file_is_called_as_the_file_and_has_its_configuration_beside_it(tmp_path: Path) -> None:
    assert call("export", "tla", "--regions", "1", "-o", str(tmp_path / "Mine.tla")).code == 0
    assert tla_reader.module((tmp_path / "Mine.tla").read_text()).name == "Mine"
    assert (tmp_path / "Mine.cfg").read_text() == call("export", "tla", "--cfg", "--regions", "1").out
    for name in ("mine", "my-own.tla", "1.tla"):
        answer = call("export", "tla", "-o", str(tmp_path / name))
        assert answer.code == 2
        assert not (tmp_path / name).exists()


# ---------------------------------------------------------------- graphs

BROKEN = ("--without", "delete_backup_vault/vault-has-recovery-points")
GRAPHS = [("--regions", "1"), ("--regions", "1", *BROKEN), ("--regions", "1", "--assume", "efs-creates-its-vault=no")]


def checked(arguments: tuple[str, ...]) -> tuple[int, int]:
    document = asked("check", *arguments, "--json").document
    return document["states"], document["transitions"]


def read_aut(text: str) -> nx.MultiDiGraph:
    head, *lines = text.splitlines()
    first, transitions, states = map(int, re.fullmatch(r"des \((\d+), (\d+), (\d+)\)", head).groups())  # type: ignore[union-attr]
    graph = nx.MultiDiGraph(first=first)
    graph.add_nodes_from(range(states))
    for line in lines:
        source, label, target = re.fullmatch(r'\((\d+), "([^"]*)", (\d+)\)', line).groups()  # type: ignore[union-attr]
        graph.add_edge(int(source), int(target), label=label)
    assert graph.number_of_edges() == transitions
    assert graph.number_of_nodes() == states
    return graph


def labelled(graph: nx.MultiDiGraph) -> Counter[tuple[int, str, int]]:
    """The edges of a graph with what their labels say."""
    return Counter(
        (int(a), data.get("label") or f"{data['action']} {data['place']}".strip(), int(b))
        for a, b, data in graph.edges(data=True)
    )


@pytest.mark.parametrize("arguments", GRAPHS, ids=" ".join)
def test_all_forms_of_the_graph_are_one_graph_and_count_as_the_check_does(arguments: tuple[str, ...]) -> None:
    aut = read_aut(asked("export", "aut", *arguments).out)
    graphml = nx.read_graphml(io.BytesIO(asked("export", "graphml", *arguments).out.encode()), force_multigraph=True)
    document = json.loads(asked("export", "json", *arguments).out)
    linked = nx.node_link_graph({key: document[key] for key in ("directed", "multigraph", "graph", "nodes", "edges")},
                                edges="edges")  # fmt: skip
    for graph in (aut, graphml, linked):
        assert (graph.number_of_nodes(), graph.number_of_edges()) == checked(arguments)
        assert graph.is_directed()
    assert labelled(aut) == labelled(graphml) == labelled(linked)
    assert set(labelled(aut).values()) == {1}
    assert {int(n): data for n, data in graphml.nodes(data=True)} == dict(linked.nodes(data=True))
    assert len({tuple(data.items()) for _, data in linked.nodes(data=True)}) == linked.number_of_nodes()
    assert set(linked.nodes[0].values()) == {"absent", "default", False}
    assert len(nx.descendants(nx.DiGraph(aut), 0)) == aut.number_of_nodes() - 1


def test_an_aldebaran_file_written_from_what_was_read_is_the_same() -> None:
    text = asked("export", "aut", "--regions", "1").out
    graph = read_aut(text)
    lines = [f"des ({graph.graph['first']}, {graph.number_of_edges()}, {graph.number_of_nodes()})"]
    lines += [f'({a}, "{data["label"]}", {b})' for a, b, data in graph.edges(data=True)]
    assert Counter(text.splitlines()) == Counter(lines)


@pytest.mark.parametrize("form", ["aut", "graphml", "json"])
def test_of_a_graph_that_is_too_large_the_part_that_was_found_is_written_and_told_to_be_one(form: str) -> None:
    answer = call("export", form, "--max-states", "200")
    assert answer.code == 5
    assert "not the whole graph" in answer.err
    if form == "aut":
        assert read_aut(answer.out).number_of_nodes() > 200
    elif form == "graphml":
        graph = nx.read_graphml(io.BytesIO(answer.out.encode()))
        assert graph.graph["complete"] == "false"
    else:
        assert json.loads(answer.out)["graph"]["complete"] is False


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (("spin",), 2, "unknown form"),
    (("aut", "--cfg"), 2, "only TLA+"),
    (("promela", "--regions", "200"), 5, "too large"),
    (("aut", "--without", "list_resource/role"), 2, "did you mean 'list_resources'"),
    (("aut", "--regions", "1", "-o", "/nowhere/at/all.aut"), 3, "cannot be written"),
])  # fmt: skip
def test_what_cannot_be_exported_is_told(arguments: tuple[str, ...], code: int, said: str) -> None:
    answer = call("export", *arguments)
    assert answer.code == code
    assert said in answer.err


def test_a_graph_that_needs_more_memory_than_it_may_is_not_whole_and_that_is_said() -> None:
    assert call("export", "graphml", "--max-memory", "1").code == 5
