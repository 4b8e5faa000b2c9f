"""Every format, read by other programs: nothing is lost, everything has its name, and any text stays text."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.console import call
from support.outside import (
    Seen,
    by_graphml,
    by_markdown,
    by_mermaid,
    by_plain,
    by_plantuml,
    by_scxml,
    by_svg,
    needs_npm,
)
from support.pictures import (
    GALLERY,
    HOSTILE,
    RENDERER,
    gallery,
    hand_made,
    needs_dot,
    needs_renderer,
    needs_wasi,
    shown,
    wasi,
)
from support.schemas import validator

from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.formats.data_formats import json_document
from backup_slr.diagram.formats.dot import dot_text
from backup_slr.diagram.graph import LONGEST_TEXT, Diagram
from backup_slr.diagram.svg.document import svg_text

READERS: Mapping[str, Callable[[str], Seen]] = {"graphml": by_graphml, "scxml": by_scxml, "md": by_markdown}
TAGS = {"svg", "g", "title", "desc", "metadata", "style", "rect", "text", "path", "polygon", "ellipse", "circle"}
TAGS |= {"polyline"}
FORMS = ("graph", "sequence")
every_picture = pytest.mark.parametrize("name", GALLERY)
every_name = pytest.mark.parametrize("name", HOSTILE)


def same(found: Seen, diagram: Diagram, about: object = "") -> None:
    """Check that all nodes and edges exist."""
    assert (len(found.nodes), len(found.edges)) == (len(diagram.nodes), len(diagram.edges)), about


def equal(found: Seen, diagram: Diagram, dash: str = "-") -> None:
    """Check the ids of the nodes and the ends of the edges; `dash` replaces a dash in an id."""
    assert set(found.nodes) == {n.id.replace("-", dash) for n in diagram.nodes}
    ends = ((e.source.replace("-", dash), e.target.replace("-", dash)) for e in diagram.edges)
    assert Counter(found.edges) == Counter(ends)


# ---------------------------------------------------------------- the gallery


@every_picture
def test_readers_of_data_find_every_node_edge_and_label(name: str) -> None:
    diagram = gallery()[name]
    texts = {form: write(diagram) for form, write in TEXT.items()}
    assert not [(form, e.id) for form, text in texts.items() if form != "md" for e in diagram.edges if e.id not in text]
    equal(by_graphml(texts["graphml"]), diagram)
    equal(by_scxml(texts["scxml"]), diagram)
    same(by_markdown(texts["md"]), diagram)
    document = json.loads(texts["json"])
    validator("diagram").validate(document)
    assert document == json_document(diagram)
    lines = {line for n in diagram.nodes if n.kind != "initial" for line in n.lines}
    found = {form: READERS[form](texts[form]).text for form in ("graphml", "md")}
    assert not [line for line in lines if line not in found["graphml"]]
    assert not [line for line in lines | {x for e in diagram.edges for x in e.lines} if line not in found["md"]]


@needs_wasi
@every_picture
def test_graphviz_finds_every_node_and_edge(name: str) -> None:
    assert "newrank=true" in dot_text(gallery()[name])
    equal(by_plain(wasi(gallery()[name], "plain")), gallery()[name])


@needs_dot
def test_the_program_dot_finds_every_node_and_edge_and_does_not_complain() -> None:
    for diagram in gallery().values():
        source = dot_text(diagram)
        told = subprocess.run(["dot", "-Tplain"], input=source, capture_output=True, text=True, check=True)
        equal(by_plain(told.stdout), diagram)
        assert not told.stderr


# ---------------------------------------------------------------- any text


@cache
def hostile() -> dict[tuple[str, str], Diagram]:
    """A picture of each hostile name in each form."""
    return {(name, form): hand_made(text, form) for name, text in HOSTILE.items() for form in FORMS}


def stays_text(diagram: Diagram) -> None:
    """Check that data formats keep the text of a picture whole and read it as text."""
    for form, read in READERS.items():
        found = read(TEXT[form](diagram))
        same(found, diagram, form)
        if form == "md":
            assert shown(" ".join(diagram.edges[0].lines)) in shown(found.text).replace("<br>", "")
    document = json.loads(TEXT["json"](diagram))
    assert [tuple(e["lines"]) for e in document["edges"]] == [e.lines for e in diagram.edges]


def stays_text_in_svg(diagram: Diagram, renderer: str) -> None:
    """Check that a picture has the text of a diagram, and no other elements or attributes."""
    source = svg_text(diagram, renderer)
    root, found = ElementTree.fromstring(source), by_svg(source)
    same(found, diagram)
    assert {e.tag.split("}")[1] for e in root.iter()} <= TAGS
    assert not [a for e in root.iter() for a in e.attrib if a.startswith(("on", "{")) or a == "href"]
    lines = [line for x in (*diagram.nodes, *diagram.edges[1:2]) if x.kind != "initial" for line in x.shown]
    assert all(shown(line) in shown(found.text) for line in lines)
    assert root.findtext("{*}title") == diagram.title
    assert not re.search(r"url\(|@import", root.findtext("{*}style") or "")


@every_name
def test_hostile_names_are_text_in_every_data_format(name: str) -> None:
    for form in FORMS:
        diagram = hostile()[name, form]
        stays_text(diagram)
        for text in (write(diagram) for write in TEXT.values()):
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]", text)
            assert len(text) < 300_000


@needs_renderer
@every_name
def test_hostile_names_in_an_svg_are_text(name: str) -> None:
    for form in FORMS:
        stays_text_in_svg(hostile()[name, form], RENDERER)


SIGNS = "ab01 \t\n\\\"'`<>&#;:{}[]()|%$*_~-=+.,/!?@^\u202e\x00\u00e9\u4e2d\U0001f389"
TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=SIGNS, max_size=40),
    st.lists(st.sampled_from(sorted(HOSTILE.values(), key=len)[:-1]), min_size=1, max_size=3).map("".join),
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(TEXTS, st.sampled_from(FORMS))
def test_any_text_is_text_in_every_data_format(text: str, form: str) -> None:
    diagram = hand_made(text, form)
    stays_text(diagram)
    if form == "sequence":
        stays_text_in_svg(diagram, "none")
    lines = [line for x in (*diagram.nodes, *diagram.edges) for line in x.lines]
    assert all(line and line.isprintable() and len(line) <= 12 * LONGEST_TEXT for line in lines)


@pytest.mark.slow
@needs_wasi
@settings(max_examples=15, deadline=None)
@given(TEXTS, st.sampled_from(["TB", "LR"]))
def test_graphviz_draws_any_text_as_text(text: str, direction: str) -> None:
    diagram = hand_made(text, "graph", direction)
    same(by_plain(wasi(diagram, "plain")), diagram)
    stays_text_in_svg(diagram, "wasi")


def some_texts(number: int) -> list[str]:
    """Random texts, always the same ones, for readers that start slowly and so run once."""
    chance = random.Random(number)
    pieces = [*SIGNS, *sorted(HOSTILE.values(), key=len)[:-1], "end", "graph", "style", "class", "note", "1. ", "- "]
    return ["".join(chance.choices(pieces, k=chance.randint(1, 12))) for _ in range(number)]


def reads_all(judge: Callable[[Sequence[str]], list[Seen]], form: str, diagrams: Sequence[Diagram]) -> None:
    """Check that a reader that starts slowly, and so runs once, reads all of these pictures."""
    for found, diagram in zip(judge([TEXT[form](d) for d in diagrams]), diagrams, strict=True):
        same(found, diagram, diagram.title)
        if diagram.name != "hand-made" and found.edges[0] != ("", ""):
            equal(found, diagram, "_")
        if diagram.name == "hand-made":
            assert all(shown(line) in shown(found.text) for line in diagram.edges[1].shown), diagram.title


def made_of(texts: Sequence[str]) -> list[Diagram]:
    return [hand_made(text, form) for text in texts for form in FORMS]


@pytest.mark.slow
@needs_npm("mermaid")
def test_mermaid_reads_every_picture_and_any_text_as_text() -> None:
    reads_all(by_mermaid, "mermaid", [*gallery().values(), *made_of([*HOSTILE.values(), *some_texts(50)])])


@pytest.mark.slow
@needs_npm("@plantuml/core")
def test_plantuml_reads_every_picture_and_any_text_as_text() -> None:
    """Without the long text, whose layout is slow and which adds nothing to the shorter ones."""
    texts = [text for name, text in HOSTILE.items() if name != "long"]
    reads_all(by_plantuml, "plantuml", [*gallery().values(), *made_of([*texts, *some_texts(10)])])


# ---------------------------------------------------------------- names from files


@pytest.mark.slow
@needs_renderer
@every_name
def test_hostile_names_in_a_trace_or_scenario_are_drawn_or_rejected(name: str, tmp_path: Path) -> None:
    text = HOSTILE[name]
    step = {"do": "create_backup_vault", "region": text, "vault": text, "outcome": "refused"}
    step |= {"because": text, "error_code": text, "via": text, "changed": [], "clauses": []}
    wait = {"do": "wait", "outcome": "done", "minutes": 5}
    made = {"variable": "vault", "region": text, "vault": text, "before": False, "after": True}
    done = {"do": "create_backup_vault", "region": text, "vault": text, "outcome": "done", "changed": [made]}
    trace, scenario = tmp_path / "trace.json", tmp_path / "hostile.toml"
    trace.write_text(json.dumps({"title": text, "steps": [step, wait, done]}), encoding="utf-8")
    said = json.dumps(text, ensure_ascii=False)
    scenario.write_text(
        f'title = "Hostile <b>names</b>"\nstory = "A story -- of <script>alert(1)</script> and | ]]> %%{{init}}%%."\n'
        f'[account]\nregions = [{said}]\n[[step]]\ndo = "create_backup_vault"\nregion = {said}\nvault = {said}\n',
        encoding="utf-8",
    )
    for option, file in (("--trace", trace), ("--scenario", scenario)):
        answer = call("diagram", "sequence", option, str(file), "--format", "json")
        assert answer.code in ((0,) if option == "--trace" else (0, 3)), answer.err
        if answer.code == 3:
            assert "hostile.toml" in answer.err
            continue
        for form, read in (("svg", by_svg), ("md", by_markdown)):
            found = read(call("diagram", "sequence", option, str(file), "--format", form).out)
            assert len(found.edges) == len(answer.document["edges"]), form
