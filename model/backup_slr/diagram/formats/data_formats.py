"""A diagram as data for other tools: JSON, GraphML (through networkx), SCXML, and a Markdown table."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from backup_slr.diagram.graph import Cluster, Diagram, Edge, Node
from backup_slr.diagram.palette import EDGES, NODES

SCXML = "http://www.w3.org/2005/07/scxml"
OURS = "urn:backup-slr:diagram"
SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "<br>"}
MEANINGFUL = re.compile(
    r"[&<>\n|`\\*~\[\]$]"  # anywhere
    r"|(?<![^\W_])_|_(?![^\W_])"  # an underscore that is not inside a word
    r"|:(?=//)|(?<=www)\."  # links
    r"|^[-+=#]|(?<=^\d)[.)]|(?<=^\d\d)[.)]|^[ \t]"  # at the beginning: lists, headings, code
)
"""Characters with a meaning in Markdown, and where they have it."""
NODE_FIELDS = "id kind lines folded tooltip clauses cluster"
EDGE_FIELDS = "id source target kind lines events condition reach tooltip clauses order"
OPTIONAL = {"parent", "cluster", "condition", "reach", "order"}


def json_document(diagram: Diagram) -> dict[str, Any]:
    """The whole diagram as JSON."""
    return {
        "schema_version": 1,
        **_fields(diagram, "name title description caption form direction numbers"),
        "clusters": [_fields(c, "id label parent") for c in diagram.clusters],
        "nodes": [_fields(n, NODE_FIELDS) for n in diagram.nodes],
        "edges": [_fields(e, EDGE_FIELDS) for e in diagram.edges],
    }


def _fields(thing: Cluster | Diagram | Edge | Node, names: str) -> dict[str, Any]:
    """Fields by name, with None for optional ones that are empty."""
    values = {name: getattr(thing, name) for name in names.split()}
    return {
        name: list(value) if isinstance(value, tuple) else None if name in OPTIONAL and not value else value  # pyright: ignore[reportUnknownArgumentType]
        for name, value in values.items()
    }


def json_text(diagram: Diagram) -> str:
    """The JSON document as text."""
    return json.dumps(json_document(diagram), indent=2) + "\n"


def graphml_text(diagram: Diagram) -> str:
    """GraphML, as networkx writes it; edges have their ids as keys."""
    import networkx as nx  # imported here, because only GraphML needs it

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=diagram.name, title=diagram.title, caption=diagram.caption)
    for n in diagram.nodes:
        label, folded = "\n".join(n.lines), "\n".join(n.folded)
        graph.add_node(n.id, kind=n.kind, label=label, folded=folded, clauses=" ".join(n.clauses))
    for e in diagram.edges:
        values = {"kind": e.kind, "label": "\n".join(e.lines), "events": " ".join(e.events), "condition": e.condition}
        values |= {"reach": e.reach, "clauses": " ".join(e.clauses)}
        graph.add_edge(e.source, e.target, key=e.id, **values, order=e.order)
    generate: Callable[..., Iterator[str]] = nx.generate_graphml  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]
    return "\n".join(generate(graph, named_key_ids=True)) + "\n"


def scxml_text(diagram: Diagram) -> str:
    """SCXML: nodes as states, edges as transitions.

    Conditions are attributes in a namespace of this program: they are text, not expressions of a data model.
    """
    ElementTree.register_namespace("", SCXML)
    ElementTree.register_namespace("slr", OURS)
    root = Element(f"{{{SCXML}}}scxml", {"version": "1.0", "name": diagram.name})
    for start in sorted(diagram.nodes, key=lambda n: n.kind != "initial")[:1]:
        root.set("initial", start.id)
    # An XML comment must not contain two adjacent dashes.
    said = re.sub("-(?=-)", "- ", f"{diagram.title}. {diagram.caption}").replace("\n", " ")
    root.append(ElementTree.Comment(f" {said} "))
    clusters: dict[str, Element] = {"": root}
    for cluster in diagram.clusters:
        frame = SubElement(clusters[cluster.parent], f"{{{SCXML}}}state", {"id": f"c-{cluster.id}"})
        frame.set(f"{{{OURS}}}label", cluster.label)
        clusters[cluster.id] = frame
    for node in diagram.nodes:
        state = SubElement(clusters[node.cluster], f"{{{SCXML}}}state", {"id": node.id})
        state.set(f"{{{OURS}}}kind", node.kind)
        state.set(f"{{{OURS}}}label", "; ".join(node.lines))
        for edge in diagram.edges:
            if edge.source == node.id:
                transition = SubElement(state, f"{{{SCXML}}}transition", {"target": edge.target})
                transition.set("event", " ".join(edge.events) or edge.kind)
                values = {"id": edge.id, "kind": edge.kind, "label": "; ".join(edge.lines)}
                values |= {"condition": edge.condition, "reach": edge.reach, "clauses": " ".join(edge.clauses)}
                for name, value in values.items():
                    if value:
                        transition.set(f"{{{OURS}}}{name}", value)
    for frame in [f for name, f in clusters.items() if name and not len(f)]:
        frame.set(f"{{{OURS}}}empty", "true")
    ElementTree.indent(root, "  ")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def markdown_text(diagram: Diagram) -> str:
    """The picture as two Markdown tables: boxes and arrows."""
    lines = [f"# {cell(diagram.title)}", "", cell(diagram.description), ""]
    if diagram.caption:
        lines += [f"*{cell(diagram.caption.replace(chr(10), '; '))}*", ""]
    lanes = diagram.form == "sequence"
    lines.append("| participant | | at the start |" if lanes else "| box | kind | details | clauses |")
    lines.append("|---|---|---|" if lanes else "|---|---|---|---|")
    same = Counter(node.lines for node in diagram.nodes)
    for node in diagram.nodes:
        # Boxes with the same text get different names in a table, where no arrows distinguish them.
        name, folded = ("<br>".join(map(cell, said)) for said in (node.lines, node.folded))
        name = name if same[node.lines] == 1 else cell(node.called)
        if lanes:
            lines.append(f"| {name} | {cell(node.tooltip)} | {folded} |")
        else:
            lines.append(f"| {name} | {NODES[node.kind].means} | {folded} | {cell(' '.join(node.clauses))} |")
    lines += ["", "| from | to | label | kind | clauses |", "|---|---|---|---|---|"]
    called = {n.id: cell(n.called) for n in diagram.nodes}
    for edge in diagram.edges:
        how = f"{EDGES[edge.kind].means}{f'; from {edge.reach}' if edge.reach else ''}"
        what, ends = "<br>".join(map(cell, edge.lines)), f"{called[edge.source]} | {called[edge.target]}"
        lines.append(f"| {ends} | {what} | {how} | {cell(' '.join(edge.clauses))} |")
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """A text as one cell of a Markdown table, or a paragraph, with all special characters escaped.

    >>> cell("list_resources <b> *x* _y_")
    'list_resources &lt;b&gt; &#42;x&#42; &#95;y&#95;'
    """
    return MEANINGFUL.sub(lambda found: SIGNS.get(found[0], f"&#{ord(found[0])};"), text)
