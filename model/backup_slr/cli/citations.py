"""Find which tests cite which clauses, from their source, without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from backup_slr.cli.render import note
from backup_slr.errors import BadInput
from backup_slr.scenario.toml_source import is_folder


def clauses_of_tests(folder: str | None) -> dict[str, tuple[str, ...]]:
    """Return the clauses that the tests of a folder cite with ``pytest.mark.clause``, by ``FILE::TEST``.

    A file that cannot be read is skipped with a note.
    """
    path = Path("tests" if folder is None else folder)
    if not is_folder(path):
        if folder is not None:
            raise BadInput("not a folder of tests", folder)
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(path.rglob("*.py")):
        try:
            source = file.read_bytes()
            tree = ast.parse(source if b"mark.clause" in source else b"")
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            note(f"skipped {file}: {error}")
            continue
        named = {name: value for name, value in _assigned(tree) if name != "pytestmark"}
        for name, cited in _cited(tree, file.relative_to(path).as_posix(), (), named):
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *cited)))
    return found


def _cited(
    body: ast.Module | ast.ClassDef, name: str, outer: tuple[str, ...], named: Mapping[str, ast.expr]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Iterate over the tests of a module or class with their clauses, from decorators and ``pytestmark``.

    `named` are the values of the names in the module, because a mark may have a name.
    """
    everywhere = [value for target, value in _assigned(body) if target == "pytestmark"]
    outer = (*outer, *(clause for value in everywhere for clause in _marks(value, named)))
    for node in body.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        cited = (*outer, *(clause for mark in node.decorator_list for clause in _marks(mark, named)))
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _cited(node, f"{name}::{node.name}", cited, named)
        elif not isinstance(node, ast.ClassDef) and node.name.startswith("test") and cited:
            yield f"{name}::{node.name}", cited


def _assigned(body: ast.Module | ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Iterate over the names and values of assignments."""
    for node in body.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case _:
                pass


def _marks(expression: ast.expr, named: Mapping[str, ast.expr]) -> Iterator[str]:
    """Iterate over the clauses of all marks in an expression."""
    for part in ast.walk(expression):
        match part:
            case ast.Call(func=function, args=args) if ast.unparse(function).endswith("mark.clause"):
                yield from (a.value for a in args if isinstance(a, ast.Constant) and isinstance(a.value, str))
            case ast.Name(id=name) if name in named:
                yield from _marks(named[name], {})
            case _:
                pass
