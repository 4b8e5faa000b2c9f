"""Values, places and inputs of an account by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, quoted, unknown
from backup_slr.report.names import place_path, plural

Path: TypeAlias = tuple[str, ...]
Key: TypeAlias = tuple[str, Path]
"""A variable and the names of its place."""


def path_of(lifecycle: Lifecycle, what: str, place: str, depth: int) -> Path:
    """The names in a place such as ``"us-east-1/Default"``, which must have `depth` of them.

    Raises
    ------
    BadInput
        When it has a different number of names, or a name that does not exist in reality.
    """
    sorts = lifecycle.model.sorts[:depth]
    path = place_path(place, depth)
    if len(path) != depth or not all(path):
        form = "/".join(sort.name.upper() for sort in sorts)
        raise BadInput(f"{what} {f'needs a place {form}' if depth else 'has no place'}, not {quoted(place)}")
    for sort, name in zip(sorts, path, strict=True):
        known = lifecycle.known_names.get(sort.name)
        if known is not None and name not in known:
            raise BadInput(unknown(sort.noun, name, sorted(known), show=0))
    return path


def inputs_of(rule: Rule, given: Mapping[str, str | bool]) -> dict[str, int]:
    """The numbers of the inputs that a request states.

    Raises
    ------
    BadInput
        When the action has no such input or value, or needs another input.
    """
    known = {variable.name: variable for variable in rule.inputs}
    found: dict[str, int] = {}
    for name, value in given.items():
        if name not in known:
            raise BadInput(unknown(f"input of {rule.action}", name, known, show=len(known)))
        found[name] = number_of(known[name], value)
    for variable in rule.inputs:
        if isinstance(variable, Enum) and variable.required and variable.name not in given:
            raise BadInput(f"{rule.action} needs {variable.name}: one of {', '.join(variable.values)}")
    return found


def number_of(variable: Variable, value: object) -> int:
    """The number that stands for a value of a variable in a state.

    Raises
    ------
    BadInput
        When the variable has no such value.
    """
    match variable:
        case Enum(values=values):
            if isinstance(value, str) and value in values:
                return values.index(value)
            wanted = f"one of {', '.join(values)}"
        case Flag():
            if isinstance(value, bool):
                return int(value)
            wanted = "True or False"
        case Count():
            if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                return value
            wanted = "a number of at least 0"
    raise BadInput(f"{variable.name} is {wanted}, not {value!r}")


def account_values(lifecycle: Lifecycle, given: Mapping[str, Any]) -> tuple[dict[Key, int], list[Path]]:
    """The values of an account by variable and place, and further places that it names.

    A variable of the account has a value. A variable of places has a mapping of places to values, or, if it is a flag,
    a list of the places where it is true. The plural of a sort (``vaults``) lists things that exist: a list of places,
    or a mapping of each place to a number (if it has exactly one count) or to its variables.

    Raises
    ------
    BadInput
        When a name, a place or a value does not exist.
    """
    variables = {variable.name: variable for variable in lifecycle.model.state}
    plurals = {plural(sort.name): depth for depth, sort in enumerate(lifecycle.model.sorts, 1)}
    values: dict[Key, int] = {}
    paths: list[Path] = []
    for name, value in given.items():
        if name in plurals:
            for place, contents in _by_place(name, value):
                path = path_of(lifecycle, name, place, plurals[name])
                paths.append(path)
                for variable, number in _contents(lifecycle, name, len(path), contents):
                    values[variable, path] = number
        elif name not in variables:
            raise BadInput(unknown("variable of an account", name, [*variables, *plurals]))
        elif not variables[name].per:
            values[name, ()] = number_of(variables[name], value)
        else:
            for place, one in _by_place(name, value):
                path = path_of(lifecycle, name, place, len(variables[name].per))
                values[name, path] = number_of(variables[name], one)
    return values, paths


def _contents(lifecycle: Lifecycle, name: str, depth: int, contents: Any) -> Iterator[tuple[str, int]]:
    """The variables of a thing that exists; its existence is the flag with the name of its sort."""
    here = {variable.name: variable for variable in lifecycle.model.state if len(variable.per) == depth}
    existence = lifecycle.model.sorts[depth - 1].name
    if existence in here:
        yield existence, 1
    if isinstance(contents, Mapping):
        for inner, value in cast("Mapping[str, Any]", contents).items():
            if inner not in here:
                raise BadInput(unknown(f"variable of {name}", str(inner), here))
            yield inner, number_of(here[inner], value)
    elif contents is not True:
        counts = [variable for variable in here.values() if isinstance(variable, Count)]
        if len(counts) != 1:
            raise BadInput(f"{name} is a list of places, or a mapping of places to their variables: {', '.join(here)}")
        yield counts[0].name, number_of(counts[0], contents)


def _by_place(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    pairs: list[tuple[Any, Any]] | None = None
    if isinstance(value, Mapping):
        pairs = list(cast("Mapping[Any, Any]", value).items())
    elif isinstance(value, Iterable) and not isinstance(value, str):
        pairs = [(place, True) for place in cast("Iterable[Any]", value)]
    if pairs is None or not all(isinstance(place, str) for place, _ in pairs):
        raise BadInput(f"{name} is a list of places, or a mapping of places to values, not {value!r}")
    yield from pairs
