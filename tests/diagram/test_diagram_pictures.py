"""Every picture has a name, tooltips, a correct legend, colors with contrast, and a size that can be drawn."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.console import call
from support.outside import SVG, by_svg, own
from support.pictures import GALLERY, RENDERER, gallery, hand_made, needs_renderer, picture, svg

from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.graph import LONGEST_CAPTION, Diagram
from backup_slr.diagram.palette import DARK, EDGES, LIGHT, NODES
from backup_slr.diagram.svg import renderers
from backup_slr.diagram.svg.document import drawn_by, source_hash, svg_text
from backup_slr.diagram.svg.font_metrics import WIDTHS, Face, exact
from backup_slr.diagram.svg.legend import legend
from backup_slr.diagram.svg.renderers import choose
from backup_slr.diagram.svg.style_sheet import FACES, Theme, style_sheet

ONE = ("diagram", "decision", "delete_service_linked_role")


@needs_renderer
@pytest.mark.parametrize("name", GALLERY)
def test_an_svg_has_a_name_a_description_a_hash_and_no_external_reference(name: str) -> None:
    text, diagram = svg(name), gallery()[name]
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    found = {e.get("id"): e for e in root.iter() if e.get("id")}
    assert len(found) == sum(1 for e in root.iter() if e.get("id"))
    assert found[root.get("aria-labelledby")].text == diagram.title
    assert (found[root.get("aria-describedby")].text or "").startswith(diagram.description)
    assert root.findtext(f"{SVG}metadata") == f"source {source_hash(diagram)}; drawn by {drawn_by(diagram, RENDERER)}"
    assert not re.search(r'="[\d.]+pt"', text)
    assert {e.tag.removeprefix(SVG) for e in root.iter()}.isdisjoint({"script", "a", "image", "use", "foreignObject"})
    assert re.findall(r"\w+://[^\"<]*", text.replace("http://www.w3.org/2000/svg", "")) == []
    assert "prefers-color-scheme:dark" in text
    assert all(own == diagram.name or own.startswith(f"{diagram.name}-") for own in found), "ids of this picture alone"


@needs_renderer
@pytest.mark.parametrize("name", GALLERY)
def test_every_node_and_arrow_has_a_tooltip(name: str) -> None:
    diagram, found = gallery()[name], by_svg(svg(name))
    assert sorted(found.nodes) == sorted(n.id for n in diagram.nodes)
    assert sorted(one for one, _ in found.edges) == sorted(e.id for e in diagram.edges)
    root = ElementTree.fromstring(svg(name))
    told = {own(g): g.findtext(f"{SVG}title") for g in root.iter(f"{SVG}g") if g.get("id")}
    for thing in (*diagram.nodes, *diagram.edges):
        assert thing.hint
        assert told[thing.id] == thing.hint
    if diagram.form == "graph":
        labels = {e.id: told.get(f"{e.id}-label") for e in diagram.edges if e.shown}
        assert labels == {e.id: e.hint for e in diagram.edges if e.shown}
    cited = {own(g): g.get("data-clauses") for g in root.iter(f"{SVG}g")}
    assert all(cited[e.id] == " ".join(e.clauses) for e in diagram.edges)


SHAPES = {"box": "rect", "hexagon": "polygon", "ellipse": "ellipse"}


@needs_renderer
@pytest.mark.parametrize("name", GALLERY)
def test_the_legend_shows_each_kind_that_occurs_in_its_own_shape_and_no_other(name: str) -> None:
    diagram = gallery()[name]
    entries = next(g for g in ElementTree.fromstring(svg(name)).iter(f"{SVG}g") if g.get("class") == "legend")
    told = {entry.get("class", ""): entry.findall(f"{SVG}text")[-1].text for entry in entries}
    nodes = [k for k in diagram.node_kinds if k not in ("initial", "lane")]
    if len(diagram.node_kinds) > 1:
        assert {k: told[f"node k-{k}"] for k in nodes} == {k: NODES[k].means for k in nodes}
    assert {k: told[f"edge k-{k}"] for k in diagram.edge_kinds} == {k: EDGES[k].means for k in diagram.edge_kinds}
    reaches = len({e.reach for e in diagram.edges if e.reach})
    shown = (len(nodes) if len(diagram.node_kinds) > 1 else 0) + len(diagram.edge_kinds) + reaches
    assert len(list(entries)) == shown + len(diagram.signs)
    for entry in entries:
        if entry.get("class", "").startswith("node"):
            look = NODES[entry.get("class", "").removeprefix("node k-")]  # type: ignore[index]
            assert len(entry.findall(f"{SVG}{SHAPES[look.shape]}")) == look.peripheries


def test_lines_of_the_legend_look_as_in_the_picture() -> None:
    diagram = hand_made("x")
    style = style_sheet(diagram, "light")
    heads: dict[tuple[str, ...], str] = {}
    for kind, look in EDGES.items():
        wanted = f".k-{kind} .line{{stroke:{LIGHT[look.stroke]};fill:none"
        rule = next(line for line in style.splitlines() if wanted in line)
        assert ("stroke-dasharray" in rule) == (look.style in ("dashed", "dotted")), kind
        entry = next(g for g in legend(diagram, 0, 0, 500)[1] if g.get("class") == f"edge k-{kind}")
        line, head = entry[0], entry[1]
        assert line.get("stroke-width") == ("2" if look.style == "bold" else "1")
        drawn = rule.partition("dasharray:")[2], line.get("stroke-width") or "", head.get("points") or ""
        drawn = (*drawn, head.get("class") or "")
        assert drawn not in heads, (kind, heads.get(drawn))
        heads[drawn] = kind


def test_every_text_has_the_width_of_the_layout() -> None:
    for name in GALLERY:
        for text in ElementTree.fromstring(svg(name)).iter(f"{SVG}text"):
            said, face = text.text or "", FACES[text.get("class", "")]
            if exact(said):
                assert text.get("textLength") == f"{face.wide(said):.1f}"
                assert text.get("lengthAdjust") == "spacingAndGlyphs"


def test_widths_of_common_characters_are_known_and_of_others_estimated() -> None:
    keyboard = "".join(map(chr, range(32, 127)))
    assert all(exact(c) for c in keyboard)
    assert set(WIDTHS[0]) == set(WIDTHS[1]) == {*keyboard, "…"}
    wide = Face(10).wide
    assert wide("iiii") < wide("WWWW") < Face(10, bold=True).wide("WWWW") * 1.01
    assert wide("中") > wide("M")
    assert wide("e\u0301") == wide("e")
    assert not exact("é")


def test_the_hash_of_the_source_changes_with_the_widths(monkeypatch: pytest.MonkeyPatch) -> None:
    before = source_hash(hand_made("x"))
    monkeypatch.setitem(WIDTHS[1], "Z", 1)
    assert source_hash(hand_made("x")) != before


def test_the_hash_of_the_source_changes_with_everything_drawn() -> None:
    assert len({source_hash(hand_made(t, f)) for t in ("a", "b") for f in ("graph", "sequence")}) == 4


PNGS = [("dependencies", "light"), ("sequence-a-job-in-another-region-blocks-a-deletion", "dark")]
ALL_PNGS = [(name, ("light", "dark")[number % 2]) for number, name in enumerate(GALLERY)]


@needs_renderer
@pytest.mark.parametrize(
    ("name", "theme"), [*PNGS, *(pytest.param(*p, marks=pytest.mark.slow) for p in ALL_PNGS if p not in PNGS)]
)
def test_a_png_can_be_read_and_is_not_blank(name: str, theme: Theme) -> None:
    pytest.importorskip("resvg_py", reason="resvg is not installed: pip install backup-slr[png]")
    source = svg_text(gallery()[name], choose("auto"), theme)
    assert "var(" not in source
    data = renderers.png_bytes(source)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    size = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    root = ElementTree.fromstring(source)
    assert size == tuple(round(2 * float(root.get(side) or 0)) for side in ("width", "height"))
    assert len(data) > 5_000


@needs_renderer
def test_a_png_of_another_script_is_drawn_with_the_installed_typefaces(monkeypatch: pytest.MonkeyPatch) -> None:
    resvg = pytest.importorskip("resvg_py")
    asked: list[bool] = []
    usual = resvg.svg_to_bytes

    def noting(**how: object) -> object:
        asked.append(bool(how["skip_system_fonts"]))
        return usual(**how)

    monkeypatch.setattr(resvg, "svg_to_bytes", noting)
    for text in ("plain, ångström, Ελλάδα, Київ", "東京", "עברית"):
        renderers.png_bytes(svg_text(hand_made(text, "sequence"), "none", "light"))
    assert asked == [find_spec("font_roboto") is not None, False, False]


def test_a_png_of_very_many_messages_is_refused_at_once_and_a_large_one_is_drawn_smaller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("resvg_py")
    with pytest.raises(renderers.TooLarge, match=r"900 x 500,000 pixels.*use SVG"):
        renderers.png_bytes('<svg xmlns="http://www.w3.org/2000/svg" width="900" height="500000"></svg>')
    monkeypatch.setattr(renderers, "MOST_PIXELS", 100_000)
    data = renderers.png_bytes(
        '<svg xmlns="http://www.w3.org/2000/svg" width="500" height="120"><rect width="9"/></svg>'
    )
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (500, 120)


def test_too_large_a_png_ends_with_the_code_of_a_bound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    monkeypatch.setattr(renderers, "MOST_PIXELS", 1000)
    answer = call(*ONE, "-o", str(tmp_path / "x.png"))
    assert answer.code == 5
    assert "use SVG" in answer.err
    assert not (tmp_path / "x.png").exists()


# ---------------------------------------------------------------- colors


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colors written ``#rrggbb``, from 1 to 21 (WCAG 2.2, relative luminance).

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return sum(c * weight for c, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_lines_stand_out_against_their_background(colors: dict[str, str]) -> None:
    fills = {look.fill for look in NODES.values() if look.fill != look.stroke}
    for behind in {"paper", *fills}:
        for ink in ("ink", "faint"):
            assert contrast(colors[ink], colors[behind]) >= 4.5, (ink, behind)
    for look in EDGES.values():
        assert contrast(colors[look.stroke], colors["paper"]) >= 3, look
    for look in NODES.values():
        assert contrast(colors[look.stroke], colors["paper"]) >= 3, look
        assert look.fill == look.stroke or contrast(colors[look.stroke], colors[look.fill]) >= 3, look


def test_kinds_of_node_differ_in_more_than_color() -> None:
    alike: dict[tuple[str, str, int], list[str]] = {}
    for kind, look in NODES.items():
        alike.setdefault((look.shape, look.style, look.peripheries), []).append(kind)
    together = [set(diagram.node_kinds) for diagram in gallery().values()]
    for kinds in alike.values():
        assert not [seen for seen in together if len(seen & set(kinds)) > 1], kinds


@pytest.mark.parametrize("page", ["#ffffff", "#0d1117"])
def test_mermaid_s_lines_stand_out_on_light_and_dark_pages(page: str) -> None:
    for name, diagram in gallery().items():
        text = TEXT["mermaid"](diagram)
        for color in re.findall(r"linkStyle .* stroke:(#\w+)", text):
            assert contrast(color, page) >= 3, (name, color)
        for fill, stroke, ink in re.findall(r"classDef \w+ fill:(#\w+),stroke:(#\w+),color:(#\w+)", text):
            assert contrast(stroke, page) >= 3, (name, stroke)
            assert fill == ink or contrast(fill, ink) >= 4.5, (name, fill)


def test_mermaid_leaves_lines_of_no_color_to_the_theme() -> None:
    text = TEXT["mermaid"](gallery()["decision-delete-backup-vault"])
    styled = {int(n) for numbers in re.findall(r"linkStyle ([\d,]+)", text) for n in numbers.split(",")}
    edges = gallery()["decision-delete-backup-vault"].edges
    assert styled == {n for n, e in enumerate(edges) if e.kind != "next"} != set(range(len(edges)))


@needs_renderer
@pytest.mark.parametrize("name", ["teardown-console", "decision-delete-service-linked-role"])
def test_what_comes_next_is_straight_below(name: str) -> None:
    root = ElementTree.fromstring(svg(name))
    ids = {f"{picture(name).name}--{e.id}" for e in picture(name).edges if e.kind in ("start", "next")}
    lines = [
        path.get("d", "")
        for group in root.iter(f"{SVG}g")
        if group.get("id") in ids
        for path in group.iter(f"{SVG}path")
    ]
    assert len(lines) == len(ids)
    for line in lines:
        across = [float(x) for x in re.findall(r"(-?[\d.]+),-?[\d.]+", line)]
        assert max(across) - min(across) <= 1


@needs_renderer
def test_every_line_of_the_name_of_a_box_is_bold() -> None:
    name = "decision-locks-and-legal-holds"
    box = next(n for n in picture(name).nodes if n.lines[:1] == ("refused: the vault holds",))
    root = ElementTree.fromstring(svg(name))
    group = next(g for g in root.iter(f"{SVG}g") if g.get("id") == f"{picture(name).name}--{box.id}")
    faces = [text.get("class") for text in group.iter(f"{SVG}text")]
    assert faces == ["name"] * 2 + ["small"] * len(box.folded)


def test_a_long_caption_is_wrapped_and_not_cut() -> None:
    caption = "first line\n" + "word " * 300
    shown = Diagram("x", "x", "x", caption, (), ()).shown_caption
    assert " ".join(shown) == f"first line {'word ' * 300}".strip()
    assert shown[0] == "first line"
    assert max(map(len, shown)) <= LONGEST_CAPTION
