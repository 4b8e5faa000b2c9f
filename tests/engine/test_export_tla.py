"""The TLA+ export, evaluated by a reader that knows only the language, against the interpreter of the rules."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.awkward import ACTION, INIT, WHERE, awkward
from support.console import call
from support.naive import Naive
from support.random_models import formulas
from support.strategies import INPUTS, ROOM, SHELF, Dice, dice, few_variables, model_of, scopes
from support.tla_reader import Module, evaluated

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import Does, Ends, Every, Formula, Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import Scope, State, shown
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.trace import Taken
from backup_slr.engine.core.variable import Count, Enum, Flag, usual
from backup_slr.engine.export.formula_text import Context
from backup_slr.engine.export.tla import configuration, tla
from backup_slr.engine.export.tla_formulas import TlaPrinter
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.lifecycle.vocabulary import cross_account

MODEL = lifecycle().assuming()
SMALL = scope(regions=1, vaults=2, points=1)
SAFETY = [p.id for p in MODEL.properties if p.kind in ("always", "step")]


class Read:
    """The module of a model at a scope, and the names of the model's things in it; elements are strings."""

    def __init__(self, model: Model, where: Scope) -> None:
        self.naive, printer = Naive(model, where), TlaPrinter(model)
        self.layout = self.naive.layout
        self.names, self.fields = printer.names, printer.fields
        self.constants: dict[str, object] = {}
        for sort in model.sorts:
            elements = [f"{sort.name} {i}" for i in range(where.size(sort))]
            self.constants[self.names("set", sort.name)] = frozenset(elements)
            for name, element in zip(sort.special, elements, strict=False):
                self.constants[self.names("element", sort.name, name)] = element
        for variable in model.state:
            if isinstance(variable, Count):
                self.constants[self.names("most", variable.name)] = where.bounds[variable.name]

    @classmethod
    @cache
    def module(cls, model: Model, where: tuple[int, int, int]) -> Read:
        return cls.of(model, scope(*where))

    @classmethod
    def of(cls, model: Model, where: Scope) -> Read:
        read = cls(model, where)
        read.text = Module("\n".join(tla(model)) + "\n", read.constants)
        return read

    def state(self, state: State) -> dict[str, object]:
        """A state as the module represents it."""
        found: dict[str, object] = {}
        for (variable, place), x in zip(self.layout.cells, state, strict=True):
            name = self.names("variable", variable.name)
            if variable.per:
                at = tuple(f"{sort.name} {i}" for sort, i in zip(variable.per, place, strict=True))
                found.setdefault(name, {})[at if len(at) > 1 else at[0]] = shown(variable, x)  # type: ignore[index]
            else:
                found[name] = shown(variable, x)
        return found

    def place(self, request: Request) -> dict[str, str]:
        """The elements of a place by the names of its parameters."""
        params = self.naive.model.rule(request.action).place
        return {p.name: f"{p.sort.name} {i}" for p, i in zip(params, request.place, strict=True)}

    def perform(self, request: Request, before: Mapping[str, object]) -> dict:
        """The state after an action."""
        arguments = {self.names("param", name): element for name, element in self.place(request).items()}
        for i in self.naive.model.rule(request.action).inputs:
            arguments[self.names("input", i.name)] = shown(i, request.inputs[i.name])
        return self.text.value(self.names("action", request.action), before, **arguments)

    def step(self, request: Request, state: State) -> tuple[Taken, dict, dict]:
        """A step, after a check that module and interpreter agree on it, with the states of the module."""
        taken = self.naive.taken(state, request)
        before = {**self.state(state), "step": {"turn": False}}
        found = self.perform(request, before)
        inputs = {i.name: i for rule in self.naive.model.rules for i in rule.inputs}
        step = {self.fields[name]: shown(i, request.inputs.get(name, usual(i))) for name, i in inputs.items()}
        step |= {"action": request.action, "place": tuple(self.place(request).values())}
        step |= {"ends": (taken.outcome, taken.because or ""), "turn": True}
        assert found == {**self.state(taken.after), "step": step}
        return taken, before, found

    def requests(self, rule: Rule) -> list[Request]:
        """Every request of an action."""
        return [request for request in self.naive.requests if request.action == rule.action]


# ---------------------------------------------------------------- the reader itself


@pytest.mark.parametrize(("text", "value"), [
    (r"~(a /\ b)", True), (r"~a /\ b", False), (r"~1 = 2", True), (r"a => b \/ TRUE", True),
    (r"\A x \in S : \E y \in S : (x = y) /\ (y <= 2)", True),
    (r"[x \in S |-> x + 1]", {1: 2, 2: 3}), (r"[x \in S, y \in {1} |-> y][2, 1]", 1),
    (r'[p |-> <<"u", "v">>].p[2]', "v"), (r"(IF b THEN 1 ELSE 2) \in 0..1", False),
])  # fmt: skip
def test_the_reader_follows_the_rules_of_tla(text: str, value: object) -> None:
    assert evaluated(text, {"a": False, "b": False, "S": frozenset((1, 2))}, {}) == value


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("a /\\ b \\/ a", "beside"),
        ("~~a", "operator of its own"),
        ("(a", "'[)]'"),
        ("a b", "'b'"),
        ("c", "unknown"),
        ("a = 1", "cannot be compared"),
        ("1 /\\ a", "no truth value"),
        (r"\A x \in S : \E x \in S : x = 1", "means something already"),
        (r"\A v \in S : v = 1", "means something already"),
        (r"\A S \in S : TRUE", "means something already"),
    ],
)
def test_the_reader_rejects_text_that_is_not_tla(text: str, wrong: str) -> None:
    with pytest.raises(AssertionError, match=wrong):
        evaluated(text, {"a": False, "b": False, "S": frozenset((1, 2))}, {"v": 1})


# ---------------------------------------------------------------- formulas


@st.composite
def questions(draw: st.DrawFn) -> tuple[Layout, Formula, Dice]:
    few = draw(few_variables())
    asks = Rule("ask", "ask", "person", (), (), inputs=INPUTS)
    return Layout(model_of(few, asks), draw(scopes(most=2))), draw(formulas((*few, *INPUTS))), draw(dice())


@settings(max_examples=80)
@given(questions())
def test_a_formula_keeps_its_meaning_when_it_is_written_and_read(question: tuple[Layout, Formula, Dice]) -> None:
    """The reader has the precedence of TLA+, so that missing parentheses change the meaning."""
    layout, formula, throw = question
    text, read = TlaPrinter(layout.model).text(formula, Context()), Read(layout.model, layout.scope)
    for _ in range(6):
        here = Situation(layout, throw.state(layout), {}, throw.inputs())
        inputs = {i.name: shown(i, here.inputs[i.name]) for i in INPUTS}
        assert evaluated(text, {**read.constants, **inputs}, read.state(here.before)) is holds(formula, here), text


@pytest.mark.parametrize("number", [1, 2])
def test_a_quantifier_binds_no_name_in_use(number: int) -> None:
    a, flag = Param("a", ROOM), Flag(f"a{number}", per=(ROOM,))
    read = Read(Model("toy", (ROOM, SHELF), (flag,), (), ()), WHERE)
    text = TlaPrinter(read.layout.model).text(Every((a,), Every((a,), Every((a,), ~flag[a]))), Context())
    assert evaluated(text, read.constants, read.state((0, 0))) is True


# ---------------------------------------------------------------- the module


@pytest.mark.parametrize("every", [16, pytest.param(1, marks=pytest.mark.slow)])
def test_every_step_of_the_module_agrees_with_the_interpreter(every: int) -> None:
    space, read = Space(MODEL, SMALL), Read.module(MODEL, (1, 2, 1))
    states = [space.words.unpack(word) for word in space.explore().states]
    for number, rule in enumerate(MODEL.rules):
        for request in read.requests(rule):
            for state in states[number % every :: every if len(rule.inputs) < 2 else 7 * every]:
                read.step(request, state)


def test_the_properties_of_the_module_hold_for_the_same_steps() -> None:
    read, throw, seen = Read.module(MODEL, (1, 2, 1)), Dice(3), Counter[tuple[str, bool]]()
    for rule in MODEL.rules:
        for request in read.requests(rule)[::3]:
            for _ in range(6):
                taken, before, after = read.step(request, throw.state(read.layout))
                for one in (p for p in MODEL.properties if p.id in SAFETY):
                    expected = holds(one.formula, read.naive.of_step(taken, {}))
                    assert read.text.value(one.id, before, after) is expected, one.id
                    seen[one.id, expected] += 1
    assert sum(not expected for _, expected in seen) >= 5, "hardly any of these steps breaks anything"


def test_the_module_has_the_initial_state_and_every_action() -> None:
    read = Read.module(MODEL, (1, 2, 1))
    assert read.text.variables == (*(v.name for v in MODEL.state), "step")
    assert {**read.text.value("Init", {}), "step": 0} == {**read.state(read.layout.initial), "step": 0}
    for line, rule in zip(read.text.tried, MODEL.rules, strict=True):
        assert re.search(r"(\w+)(\([^()]*\))?$", line)[1] == rule.action  # type: ignore[index]
        bound = dict(re.findall(r"(\w+) \\in ([^:,{]+|\{[^}]*\})", line))
        assert list(bound) == [*(p.name for p in rule.place), *(i.name for i in rule.inputs)]
        for given_ in rule.inputs:
            number = len(given_.values) if isinstance(given_, Enum) else 2
            assert evaluated(bound[given_.name], {}, {}) == {shown(given_, n) for n in range(number)}


def test_the_module_reads_awkward_names_correctly() -> None:
    read, space = Read.of(awkward(), WHERE), Space(awkward(), WHERE)
    for word in space.explore().states:
        for request in read.naive.requests:
            read.step(request, space.words.unpack(word))


def test_an_input_that_no_rule_reads_has_its_usual_value() -> None:
    unread = Flag("unread", kind="choice"), Enum("how", ("by hand", "by post"), kind="parameter")
    formula = ~unread[0] & unread[1].is_("by hand") & INIT & ACTION.is_("if")
    assert TlaPrinter(awkward()).text(formula, Context()) == '(~FALSE /\\ init /\\ (module = "if"))'


def test_the_configuration_names_every_property_once_and_every_constant() -> None:
    lines = list(configuration(MODEL, scope(2, 3, 2)))
    assert Counter(line.strip() for line in lines if line.strip() in SAFETY) == Counter(SAFETY)
    assert "  Vault = {Default, AwsEfsAutomaticBackupVault, vault3}" in lines
    assert "  MostPoints = 2" in lines
    named = set(re.search(r"CONSTANTS (.*)", "\n".join(tla(MODEL)))[1].split(", "))  # type: ignore[index]
    assert named == {line.split(" = ")[0].strip() for line in lines if " = " in line}


def repeated() -> Model:
    """A property that fails only in a step that repeats the previous one."""
    idle = ~cross_account & Ends(("done",))
    never = Property("step", "not_twice", "Not twice", ~(Does(("turn_off_cross_account_backup",)) & idle), ())
    rules = tuple(MODEL.rule(a) for a in ("set_up_cross_account_backup", "turn_off_cross_account_backup"))
    return replace(MODEL, rules=rules, properties=(never,))


def judged_by_tlc(model: Model) -> set[str]:
    """The step properties that TLC finds violated.

    TLC continues from one state of each VIEW, and checks only steps that change a variable.
    """
    read = Read.of(model, SMALL)
    assert "VIEW State" in configuration(model, SMALL)

    def view(state: Mapping[str, object]) -> str:
        return str([state[read.names("variable", v.name)] for v in model.state])

    todo: list[dict[str, object]] = [read.text.value("Init", {})]
    views, found = {view(todo[0])}, set[str]()
    for before in todo:
        for request in read.naive.requests:
            after = read.perform(request, before)
            wrong: Iterable[str] = (p.id for p in model.properties if not read.text.value(p.id, before, after))
            found |= set(wrong) if before != after else set()
            if view(after) not in views:
                views.add(view(after))
                todo.append(after)
    return found


def test_a_violation_in_a_repeated_step_is_not_lost_as_a_stutter() -> None:
    report = Checker(repeated(), SMALL).check(only=["not_twice"])
    assert [j.verdict for j in report.results] == ["violated"]
    assert judged_by_tlc(repeated()) == {"not_twice"}


def test_a_module_in_a_file_has_the_name_of_the_file_and_a_configuration_next_to_it(tmp_path: Path) -> None:
    assert call("export", "tla", "--regions", "1", "-o", str(tmp_path / "Mine.tla")).code == 0
    assert Module((tmp_path / "Mine.tla").read_text(), Read(MODEL, SMALL).constants).name == "Mine"
    assert (tmp_path / "Mine.cfg").read_text() == call("export", "tla", "--cfg", "--regions", "1").out
    assert "tlc2.TLC -config Mine.cfg Mine.tla *)" in (tmp_path / "Mine.tla").read_text()
    assert "tlc2.TLC" in call("doctor").out
    for name in ("mine", "my-own.tla", "1.tla"):
        answer = call("export", "tla", "-o", str(tmp_path / name))
        assert answer.code == 2
        assert not (tmp_path / name).exists()
