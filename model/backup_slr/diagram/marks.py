"""Which tests say which clauses they are about, read from the files of the tests; nothing is run.

A mark ``pytest.mark.clause("CLEAN-2")`` counts wherever pytest lets it stand: at a test, at a class, in ``pytestmark``
of a class or a module, at one set of parameters, and under a name that the module gave to it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from backup_slr.errors import BadInput

Function = ast.FunctionDef | ast.AsyncFunctionDef


def marked_tests(folder: Path) -> dict[str, list[str]]:
    """For each clause the tests that carry its mark, as ``file::name`` or ``file::Class::name``.

    Raises
    ------
    BadInput
        When a file is no Python.
    """
    found: dict[str, list[str]] = {}
    for file in sorted(folder.glob("**/test_*.py")):
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError, OSError, RecursionError) as error:
            raise BadInput(f"cannot be read for its marks: {error}", str(file)) from None
        name = file.relative_to(folder).as_posix()
        for test, clauses in _Module(tree).tests():
            for clause in dict.fromkeys(clauses):
                found.setdefault(clause, []).append(f"{name}::{test}")
    return found


class _Module:
    """One file of tests."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.named = {name: value for name, value in _assigned(tree.body) if name != "pytestmark"}

    def tests(self) -> Iterator[tuple[str, list[str]]]:
        """Every test with the clauses that it carries."""
        yield from self._inside(self.tree.body, "", [])

    def _inside(self, body: Iterable[ast.stmt], prefix: str, outer: list[str]) -> Iterator[tuple[str, list[str]]]:
        statements = list(body)
        marks = [*outer, *(c for name, value in _assigned(statements) if name == "pytestmark" for c in self._in(value))]
        for node in statements:
            if isinstance(node, Function) and node.name.startswith("test"):
                yield f"{prefix}{node.name}", [*marks, *self._at(node)]
            elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                yield from self._inside(node.body, f"{prefix}{node.name}::", [*marks, *self._at(node)])

    def _at(self, node: Function | ast.ClassDef) -> list[str]:
        return [clause for mark in node.decorator_list for clause in self._in(mark)]

    def _in(self, expression: ast.expr) -> Iterator[str]:
        """The clauses of the marks in an expression, however deep."""
        yield from _marks(expression)
        for part in ast.walk(expression):
            if isinstance(part, ast.Name) and part.id in self.named:
                yield from _marks(self.named[part.id])


def _marks(expression: ast.expr) -> Iterator[str]:
    for part in ast.walk(expression):
        if isinstance(part, ast.Call) and ast.unparse(part.func).endswith("mark.clause"):
            yield from (a.value for a in part.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


def _assigned(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Names that statements give to values."""
    for node in body:
        if isinstance(node, ast.Assign):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value
