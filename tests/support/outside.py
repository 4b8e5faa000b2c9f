"""External readers of pictures: the nodes, edges and text that each finds."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from shutil import which
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import pytest
from markdown_it import MarkdownIt

JUDGES = Path(__file__).parent.parent / "judges"
INSTALL = "npm ci --prefix tests/judges"
SVG = "{http://www.w3.org/2000/svg}"
SCXML = "{http://www.w3.org/2005/07/scxml}"


def needs_npm(package: str) -> pytest.MarkDecorator:
    """Skip a test, with the reason, if Node or one of its packages is missing."""
    there = which("node") and (JUDGES / "node_modules" / package / "package.json").is_file()
    return pytest.mark.skipif(not there, reason=f"{package} is not installed: install Node, then {INSTALL}")


@dataclass(frozen=True)
class Seen:
    """The result of a reader: ids of nodes, pairs of ends of the edges, and all text."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    text: str = ""


def ask_node(judge: str, sources: Sequence[str]) -> list[dict[str, Any]]:
    """The result of a parser on Node for each source, in one process, because it is slow to start."""
    told = subprocess.run(
        ["node", str(JUDGES / f"{judge}.mjs")],
        input=json.dumps(sources).encode(),
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert told.returncode == 0, told.stderr.decode()[-2000:]
    return json.loads(told.stdout)


def by_mermaid(sources: Sequence[str]) -> list[Seen]:
    """Flowcharts and sequences, read by the parser of Mermaid; labels are without line breaks."""
    found: list[Seen] = []
    for source, told in zip(sources, ask_node("mermaid", sources), strict=True):
        assert "error" not in told, f"{told['error']}\n{source[:3000]}"
        labels = [x["label"] for x in (*told["nodes"], *told["edges"], *told["clusters"])]
        assert not [n for n in told["nodes"] if n.get("link")]
        edges = tuple((e["source"], e["target"]) for e in told["edges"])
        text = re.sub("<br/?>", "", "\n".join(labels))
        found.append(Seen(tuple(n["id"] for n in told["nodes"]), edges, text))
    return found


def by_plantuml(sources: Sequence[str]) -> list[Seen]:
    """Boxes or lanes, and arrows, counted in what PlantUML draws.

    In a sequence it does not mark arrows: each has one head, which is filled or consists of two slanting lines.
    """
    found: list[Seen] = []
    for source, told in zip(sources, ask_node("plantuml", sources), strict=True):
        assert "error" not in told, f"{told['error']}\n{source[:3000]}"
        svg = re.sub(r"<\?plantuml.*?\?>", "", told["svg"]).replace(' xmlns="http://www.w3.org/2000/svg"', "", 1)
        root = ElementTree.fromstring(svg)
        text = "\n".join("".join(t.itertext()) for t in root.iter(f"{SVG}text"))
        assert "Syntax Error" not in text, f"{text}\n{source[:3000]}"
        groups = list(root.iter(f"{SVG}g"))
        boxes = {
            g.get("id", ""): g.get("data-qualified-name", "").split(".")[-1]
            for g in groups
            if g.get("class") == "entity"
        }
        # PlantUML draws an empty frame like a box.
        boxes = {key: name for key, name in boxes.items() if not name.startswith("c_")}
        links = [g for g in groups if g.get("class") == "link"]
        edges = [(boxes[g.get("data-entity-1", "")], boxes[g.get("data-entity-2", "")]) for g in links]
        if "participant" in source:
            boxes = {str(n): "lane" for n, g in enumerate(groups) if g.find(f"{SVG}title") is not None}
            slanting = [x for x in root.iter(f"{SVG}line") if x.get("x1") != x.get("x2") and x.get("y1") != x.get("y2")]
            edges = [("", "")] * (len(list(root.iter(f"{SVG}polygon"))) + len(slanting) // 2)
        # For PlantUML an empty frame is a box.
        nodes = tuple(box for box in boxes.values() if not box.startswith("c_"))
        found.append(Seen(nodes, tuple(edges), text))
    return found


def by_markdown(source: str) -> Seen:
    """The two tables of a page, read as CommonMark with tables; there is nothing else but a title and a caption."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(source)
    kinds = [t.type for t in tokens if t.nesting >= 0]
    others = [k for k in kinds if not k.startswith(("t", "inline"))]
    assert others in (["heading_open", *["paragraph_open"] * n] for n in (1, 2)), others
    inline = [child for t in tokens for child in t.children or ()]
    markup = {t.content if t.type == "html_inline" else t.type for t in inline}
    assert markup <= {"text", "<br>", "em_open", "em_close", "softbreak", "text_special"}, markup
    assert sum(t.type == "em_open" for t in inline) == len(others) - 2
    assert kinds.count("table_open") == 2
    second = len(kinds) - kinds[::-1].index("table_open")
    rows = [kinds[:second].count("tr_open") - 1, kinds[second:].count("tr_open") - 1]
    return Seen(("",) * rows[0], (("", ""),) * rows[1], "\n".join(t.content for t in inline))


def by_plain(source: str) -> Seen:
    """The plain output of Graphviz: a line for each node and edge."""
    lines = [re.findall(r'"(?:[^"\\]|\\.)*"|\S+', line) for line in source.replace("\\\n", "").splitlines()]
    nodes = tuple(words[1].strip('"') for words in lines if words and words[0] == "node")
    edges = tuple((w[1].strip('"'), w[2].strip('"')) for w in lines if w and w[0] == "edge")
    return Seen(nodes, edges, source)


def by_graphml(source: str) -> Seen:
    """Read back through networkx."""
    graph = nx.read_graphml(StringIO(source), force_multigraph=True)
    return Seen(tuple(graph.nodes), tuple(graph.edges()), "\n".join(str(d) for _, d in graph.nodes(data=True)))


def by_scxml(source: str) -> Seen:
    """Read by the SCXML reader of python-statemachine."""
    from statemachine.io.scxml.reader import parse_scxml

    found: list[Any] = []

    def walk(states: Any) -> None:
        for state in states.values():
            found.append(state)
            walk(state.states)

    walk(parse_scxml(source).states)
    nodes = tuple(s.id for s in found if not s.id.startswith("c-"))
    return Seen(nodes, tuple((s.id, t.target) for s in found for t in s.transitions), source)


def by_svg(source: str) -> Seen:
    """Groups of the classes *node* and *edge* outside the legend; only edges with a line.

    Their ids are without the prefix, the name of the picture.
    """
    root = ElementTree.fromstring(source)
    legend = {id(e) for g in root.iter(f"{SVG}g") if g.get("class") == "legend" for e in g.iter()}
    groups = [g for g in root.iter(f"{SVG}g") if id(g) not in legend]
    nodes = tuple(own(g) for g in groups if "node" in g.get("class", "").split())
    edges = [g for g in groups if "edge" in g.get("class", "").split() and g.find(f"{SVG}path") is not None]
    text = "\n".join("".join(t.itertext()) for t in root.iter(f"{SVG}text"))
    return Seen(nodes, tuple((own(g), "") for g in edges), text)


def own(element: ElementTree.Element) -> str:
    """The id of an element of an SVG without the name of the picture."""
    return element.get("id", "").partition("--")[2]
