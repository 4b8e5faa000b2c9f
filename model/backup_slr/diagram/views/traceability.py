"""From sentence to rule to property to scenario to test: one row for each clause, as Markdown, HTML, CSV or JSON."""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

from backup_slr.diagram.exchange import cell
from backup_slr.errors import BadInput
from backup_slr.report.coverage import Covered

COLUMNS = ("clause", "kind", "the page, in our words", "rules", "properties", "scenarios", "tests")
TITLE = "From sentence to rule to property to scenario to test"
STYLE = """
:root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--faint:#5c5c5c;--rule:#d5d9de;--head:#f0f3f6}
@media (prefers-color-scheme:dark){:root{--ink:#f0f0f0;--paper:#15181c;--faint:#b4b4b4;--rule:#3a4048;--head:#23282e}}
body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:2rem}
table{border-collapse:collapse;width:100%}
th,td{border:1px solid var(--rule);padding:.4rem .6rem;text-align:left;vertical-align:top}
thead th{background:var(--head);position:sticky;top:0}
td ul{margin:0;padding-left:1.1rem}code{font-size:.86em;overflow-wrap:anywhere}
.none,caption{color:var(--faint)}caption{text-align:left;padding-bottom:.6rem}
"""


@dataclass(frozen=True)
class Row:
    """A clause with everything that reaches it; `reason` says why nothing does, if nothing does."""

    covered: Covered
    tests: tuple[str, ...]

    @property
    def lists(self) -> tuple[tuple[str, ...], ...]:
        """Rules (or constants), properties, scenarios, tests."""
        c = self.covered
        return c.rules or c.facts, c.properties, c.scenarios, self.tests


def rows(covered: Iterable[Covered], tests: Mapping[str, Iterable[str]]) -> list[Row]:
    """One row for each clause; `tests` maps clauses to the tests that are marked with them."""
    return [Row(c, tuple(tests.get(c.clause.id, ()))) for c in covered]


def marked_tests(folder: Path) -> dict[str, list[str]]:
    """For each clause the tests that carry the mark ``@pytest.mark.clause("...")``; the files are read, not run.

    Raises
    ------
    BadInput
        When a file is no Python.
    """
    found: dict[str, list[str]] = {}
    for file in sorted(folder.glob("**/test_*.py")):
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError, OSError) as error:
            raise BadInput(f"cannot be read for its marks: {error}", str(file)) from None
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                for clause in _marks(node):
                    found.setdefault(clause, []).append(f"{file.relative_to(folder).as_posix()}::{node.name}")
    return found


def _marks(function: ast.FunctionDef) -> Iterator[str]:
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("mark.clause"):
            yield from (a.value for a in mark.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


def matrix_documents(found: Iterable[Row]) -> list[dict[str, Any]]:
    """The rows as JSON."""
    return [
        {
            "clause": row.covered.clause.id,
            "kind": row.covered.clause.kind,
            "says": row.covered.clause.says,
            "rules": list(row.covered.rules),
            "facts": list(row.covered.facts),
            "properties": list(row.covered.properties),
            "scenarios": list(row.covered.scenarios),
            "tests": list(row.tests),
            "reason": row.covered.reason or None,
        }
        for row in found
    ]


def matrix_markdown(found: Iterable[Row], caption: str) -> str:
    """A Markdown table; long lists are told by their first members and their number."""
    lines = [f"# {TITLE}", "", f"*{cell(caption)}*", "", f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for row in found:
        c = row.covered.clause
        lists = ["<br>".join(_few(names)) or ("-" if row.covered.by else "") for names in row.lists]
        if row.covered.reason:
            lists[0] = cell(row.covered.reason)
        lines.append(f"| {c.id} | {c.kind} | {cell(c.says)} | {' | '.join(lists)} |")
    return "\n".join(lines) + "\n"


def _few(names: tuple[str, ...]) -> list[str]:
    told = [f"`{name.replace('`', '')}`" for name in names[:4]]
    return [*told, f"+{len(names) - 4} more"] if len(names) > 4 else told


def matrix_csv(found: Iterable[Row]) -> str:
    """Comma-separated values (RFC 4180); lists are separated by spaces."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in found:
        c = row.covered.clause
        writer.writerow([c.id, c.kind, c.says, *(" ".join(names) for names in row.lists)])
    return out.getvalue()


def matrix_html(found: Iterable[Row], caption: str) -> str:
    """A page of its own: no scripts, nothing from elsewhere, light and dark."""
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in COLUMNS)
    body: list[str] = []
    for row in found:
        c = row.covered.clause
        lists = "".join(f"<td>{_list(names)}</td>" for names in row.lists)
        if row.covered.reason:
            lists = f'<td colspan="{len(row.lists)}" class="none">{escape(row.covered.reason)}</td>'
        name = f'<th scope="row" id="{escape(c.id)}">{escape(c.id)}</th>'
        body.append(f"<tr>{name}<td>{escape(c.kind)}</td><td>{escape(c.says)}</td>{lists}</tr>")
    rows_text = "\n".join(body)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n'
        f"<body><main><h1>{TITLE}</h1>\n"
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>\n{rows_text}\n</tbody></table>"
        "</main></body></html>\n"
    )


def _list(names: tuple[str, ...]) -> str:
    items = "".join(f"<li><code>{escape(name)}</code></li>" for name in names)
    return f"<ul>{items}</ul>" if items else '<span class="none">-</span>'
