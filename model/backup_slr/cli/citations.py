"""Which tests cite which clauses: read in their source, so that nothing runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from backup_slr.cli.render import note
from backup_slr.errors import BadInput
from backup_slr.scenario.source import is_folder


def clauses_of_tests(folder: str | None) -> dict[str, tuple[str, ...]]:
    """The clauses that the tests of a folder cite with ``pytest.mark.clause``, by ``FILE::TEST``.

    A file that cannot be read is passed over with a note.
    """
    path = Path("tests" if folder is None else folder)
    if not is_folder(path):
        if folder is not None:
            raise BadInput("is no folder of tests", folder)
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(path.rglob("*.py")):
        try:
            source = file.read_bytes()
            tree = ast.parse(source if b"mark.clause" in source else b"")
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            note(f"passed over: {file}: {error}")
            continue
        for name, cited in _cited(tree, file.relative_to(path).as_posix(), ()):
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *cited)))
    return found


def _cited(body: ast.Module | ast.ClassDef, name: str, outer: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The tests of a module or class with what they cite; what is not in a test marks all of them."""
    tests = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    decorators = body.decorator_list if isinstance(body, ast.ClassDef) else []
    others = [node for node in body.body if not isinstance(node, tests)]
    everywhere = (*outer, *(clause for node in (*decorators, *others) for clause in _marks(node)))
    for node in body.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _cited(node, f"{name}::{node.name}", everywhere)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            cited = (*everywhere, *_marks(node))
            if cited:
                yield f"{name}::{node.name}", cited


def _marks(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="mark"), attr="clause"), args=args):
                yield from (a.value for a in args if isinstance(a, ast.Constant) and isinstance(a.value, str))
            case _:
                pass
