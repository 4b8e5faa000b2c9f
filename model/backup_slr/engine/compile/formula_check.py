"""Well-formedness of formulas: which names and which kinds of node may appear where (see `wellformed`)."""

# pyright: reportUnnecessaryIsInstance=false
# Type hints are not enforced at run time: this module checks them.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from backup_slr.engine.compile.naming import Path, Problem, Signature, unnamed
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.variable import AtMost, Count, Enum, HasRoom, Is, Variable, unplaced, variable_of


@dataclass(frozen=True)
class FormulaContext:
    """The names that a formula may mention at some point."""

    signature: Signature
    bound: frozenset[f.Param]
    inputs: Mapping[str, Variable] | None = None
    """The inputs that may be mentioned; None: any."""
    of_step: bool = False
    within_after: bool = False


def formula_problems(formula: f.Formula, here: FormulaContext, path: Path) -> Iterator[Problem]:
    """The problems of a formula and of everything below it."""
    if message := _no_formula(formula):
        yield path, message
        return
    if isinstance(formula, f.After | f.Unchanged | f.Does | f.Ends):
        name = type(formula).__name__.lower()
        if here.within_after:
            yield (*path, 0), f"{name!r} is about a step, but the body of 'after' is about the state after it"
        elif not here.of_step:
            yield (*path, 0), f"{name!r} is about a step, but this formula must be about a state"
    match formula:
        case f.Does(actions, at):
            yield from _does(actions, at, here, path)
        case f.Unchanged(names):
            known = {variable.name for variable in here.signature.state}
            for number, name in enumerate(names, 1):
                if name not in known:
                    yield (*path, number), f"{name!r} is not a state variable"
        case f.Same(param, element):
            yield from _index(param, here, (*path, 1))
            if element.sort != param.sort or not _exists(element, here.signature):
                yield (*path, 2), f"must be a special element of {param.sort.name}"
        case f.Every(over, body) | f.Some(over, body):
            yield from binding_problems(over, here.signature, (*path, 1))
            inner = FormulaContext(here.signature, here.bound | set(over), here.inputs, here.of_step, here.within_after)
            yield from formula_problems(body, inner, (*path, 2))
        case f.After(body):
            yield from formula_problems(
                body, FormulaContext(here.signature, here.bound, here.inputs, False, True), (*path, 1)
            )
        case _:
            yield from _variable(formula, here, path)
            for number, child in enumerate(f.children(formula), 1):
                yield from formula_problems(child, here, (*path, number))


def _no_formula(formula: object) -> str:
    """The type error of a node or of its parts; empty if there is none."""
    match formula:
        case f.Literal(value) if type(value) is not bool:
            return f"a literal is True or False, not {value!r}"
        case f.Does(actions=names) | f.Unchanged(names=names) | f.Ends(how=names) if not (
            isinstance(names, tuple) and all(isinstance(name, str) for name in names)
        ):
            return f"must be a tuple of names, not {names!r}"
        case Is(variable, value) if not isinstance(variable, Enum) or type(value) is not int:
            return "compares an enumeration with the number of a value"
        case AtMost(variable, number) if not isinstance(variable, Count) or type(number) is not int:
            return "compares a count with a whole number"
        case HasRoom(variable) if not isinstance(variable, Count):
            return "asks whether a count has room"
        case f.Formula():
            return ""
        case _:
            return f"must be a formula, not {formula!r}"


def _variable(formula: f.Formula, here: FormulaContext, path: Path) -> Iterator[Problem]:
    variable = variable_of(formula)
    if variable is None:
        return
    if variable.kind == "state":
        yield from placing_problems(variable, here, (*path, 1), 1)
    elif here.inputs is not None and here.inputs.get(variable.name) != variable:
        of_rule = "list it among the inputs of the rule" if here.inputs else "this must be about a state"
        yield (*path, 1), f"{variable.name} is not an input here; {of_rule}"
    match formula:
        case Is(Enum(values=values), value) if not 0 <= value < len(values):
            yield (*path, 2), f"must be the number of a value of {variable.name}: 0 to {len(values) - 1}"
        case AtMost(_, number) if number < 0:
            yield (*path, 2), "must be 0 or more"
        case _:
            pass


def placing_problems(variable: Variable, here: FormulaContext, path: Path, first: int) -> Iterator[Problem]:
    """A state variable where it is used: declared, and indexed."""
    declared = next((v for v in here.signature.state if v.name == variable.name), None)
    if declared is None or declared != unplaced(variable):
        yield path, f"{variable.name} is not a state variable, or is declared differently"
    elif tuple(i.sort for i in variable.at) != declared.per:
        wanted = ", ".join(s.name for s in declared.per)
        yield path, f"{variable.name} {f'must be indexed by {wanted}' if wanted else 'takes no index'}"
    for number, index in enumerate(variable.at, first):
        yield from _index(index, here, (*path, number))


def _index(index: f.Index, here: FormulaContext, path: Path) -> Iterator[Problem]:
    if isinstance(index, f.Param):
        if index not in here.bound:
            yield path, f"{index.name!r} is not bound here"
    elif not _exists(index, here.signature):
        yield path, f"must be a special element of {index.sort.name}; all others are interchangeable"


def _exists(element: f.Element, signature: Signature) -> bool:
    return element.sort in signature.sorts and 0 <= element.index < len(element.sort.special)


def _does(actions: tuple[str, ...], at: tuple[f.Index, ...], here: FormulaContext, path: Path) -> Iterator[Problem]:
    known = dict(here.signature.actions)
    for number, action in enumerate(actions):
        if action not in known:
            yield (*path, 1, number), f"{action!r} is not an action of the model"
        elif tuple(i.sort for i in at) != known[action][: len(at)]:
            place = ", ".join(s.name for s in known[action]) or "no place"
            yield path, f"{action} happens at {place}: give at most these indices"
    for number, index in enumerate(at, 2):
        yield from _index(index, here, (*path, number))


def binding_problems(over: tuple[f.Param, ...], signature: Signature, path: Path) -> Iterator[Problem]:
    """The problems of parameters where they are bound."""
    names = [param.name for param in over]
    for number, param in enumerate(over):
        here: Path = (*path, number)
        yield from ((here, message) for message in unnamed(param.name))
        if param.sort not in signature.sorts:
            yield here, f"{param.sort.name!r} is not a sort of the model"
        if names.index(param.name) < number:
            yield here, f"{param.name!r} is bound here twice"
