"""The traceability matrix: rules, properties, scenarios and tests for each clause, as Markdown, HTML, CSV, JSON."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import Any
from urllib.parse import quote

from backup_slr.diagram.formats.data_formats import cell
from backup_slr.report.coverage import Covered

COLUMNS = ("clause", "kind", "the page, in our words", "rules", "properties", "scenarios", "tests")
TITLE = "Traceability matrix: sentence, rule, property, scenario, test"
SHORT = 1
"""Longer lists are collapsed on the page."""
STYLE = """
:root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--faint:#5c5c5c;--rule:#d5d9de;--head:#f0f3f6;--link:#0b5cad}
@media (prefers-color-scheme:dark){
:root{--ink:#f0f0f0;--paper:#15181c;--faint:#b4b4b4;--rule:#3a4048;--head:#23282e;--link:#8cc4ff}}
body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:1.5rem}
table{border-collapse:collapse;width:100%}
th,td{border:1px solid var(--rule);padding:.35rem .6rem;text-align:left;vertical-align:top}
thead th{background:var(--head);position:sticky;top:0;white-space:nowrap}
tbody th{white-space:nowrap}
ul{margin:0;padding-left:1.1rem}summary{cursor:pointer;white-space:nowrap}
a{color:var(--link)}code{font-size:.86em}
.none,caption{color:var(--faint)}caption{text-align:left;padding-bottom:.6rem}
@media (max-width:64rem){
table,tbody,tr,th,td,caption{display:block}thead{display:none}
tr{border:1px solid var(--rule);margin-bottom:1rem}th,td{border:0}tbody th{background:var(--head)}
td::before{content:attr(data-label)": ";color:var(--faint)}}
"""


@dataclass(frozen=True)
class Links:
    """The folders of scenarios and tests, relative to the table; empty for no links."""

    scenarios: str = ""
    tests: str = ""

    def of(self, column: str, name: str) -> str:
        """The address of one of them; empty if it has no link."""
        folder, file = {
            "scenarios": (self.scenarios, f"{name}.toml"),
            "tests": (self.tests, name.partition("::")[0]),
        }.get(column, ("", ""))
        return quote(f"{folder}/{file}") if folder else ""


NO_LINKS = Links()


def _lists(row: Covered) -> dict[str, tuple[str, ...]]:
    """Rules (or constants), properties, scenarios, tests, each by the name of its column."""
    return dict(zip(COLUMNS[3:], (row.rules or row.facts, row.properties, row.scenarios, row.tests), strict=True))


def matrix_documents(found: Iterable[Covered]) -> list[dict[str, Any]]:
    """The rows as JSON."""
    return [
        {
            "clause": row.clause.id,
            "kind": row.clause.kind,
            "says": row.clause.says,
            **{name: list(getattr(row, name)) for name in ("rules", "facts", "properties", "scenarios", "tests")},
            "reason": row.reason or None,
        }
        for row in found
    ]


def matrix_markdown(found: Iterable[Covered], caption: str, links: Links = NO_LINKS) -> str:
    """A Markdown table; long lists are cut, and the number of the others is added."""
    lines = [f"# {TITLE}", "", f"*{cell(caption)}*", "", f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for row in found:
        c = row.clause
        empty = "-" if row.by else ""
        lists = ["<br>".join(_few(column, names, links)) or empty for column, names in _lists(row).items()]
        if row.reason:
            lists[0] = cell(row.reason)
        lines.append(f"| {c.id} | {c.kind} | {cell(c.says)} | {' | '.join(lists)} |")
    return "\n".join(lines) + "\n"


def _few(column: str, names: tuple[str, ...], links: Links) -> list[str]:
    items: list[str] = []
    for name in names[:4]:
        text, address = f"`{name.replace('`', '')}`", links.of(column, name)
        items.append(f"[{text}]({address})" if address else text)
    return [*items, f"+{len(names) - 4} more"] if len(names) > 4 else items


def matrix_csv(found: Iterable[Covered]) -> str:
    """Comma-separated values (RFC 4180); lists are separated by spaces."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in found:
        c = row.clause
        writer.writerow([c.id, c.kind, c.says, *(" ".join(names) for names in _lists(row).values())])
    return out.getvalue()


def matrix_html(found: Iterable[Covered], caption: str, links: Links = NO_LINKS) -> str:
    """A complete HTML page without scripts and external references, for light and dark, and for phones."""
    head = "".join(f'<th scope="col" role="columnheader">{escape(c)}</th>' for c in COLUMNS)
    rows_text = "\n".join(_row(row, links) for row in found)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n'
        f'<body><main><h1>{TITLE}</h1>\n<table role="table"><caption>{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead><tbody role="rowgroup">\n{rows_text}\n</tbody>'
        "</table></main></body></html>\n"
    )


def _row(row: Covered, links: Links) -> str:
    """A row with explicit ARIA roles, since a narrow page lays it out as a block."""
    c = row.clause
    cells = [(COLUMNS[1], escape(c.kind)), (COLUMNS[2], escape(c.says))]
    reason = f'<td role="cell" colspan="4" class="none">{escape(row.reason)}</td>' if row.reason else ""
    if not row.reason:
        cells += [(column, _list(column, names, links)) for column, names in _lists(row).items()]
    name = f'<th scope="row" role="rowheader" id="{escape(c.id)}">{escape(c.id)}</th>'
    cells_html = "".join(f'<td role="cell" data-label="{column}">{text}</td>' for column, text in cells)
    return f'<tr role="row">{name}{cells_html}{reason}</tr>'


def _list(column: str, names: tuple[str, ...], links: Links) -> str:
    items = "".join(f"<li>{_linked(name, links.of(column, name))}</li>" for name in names)
    if not names:
        return '<span class="none">-</span>'
    if len(names) <= SHORT:
        return f"<ul>{items}</ul>"
    return f"<details><summary>{len(names)} {column}</summary><ul>{items}</ul></details>"


def _linked(name: str, address: str) -> str:
    """A name that a browser may break only after its punctuation."""
    text = f"<code>{re.sub(r'(?<=[_/:-])(?![_/:-])', '<wbr>', escape(name))}</code>"
    return f'<a href="{escape(address)}">{text}</a>' if address else text
