"""Pictures in a browser: screen readers get the title, axe finds nothing, text fits, nothing is loaded."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.browser import CHROMIUM, QUIET, needs_chromium, violations
from support.outside import JUDGES, needs_npm
from support.pictures import GALLERY, OTHERS, ROOT, gallery, needs_renderer, picture, svg

from backup_slr.diagram.formats import TEXT

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
pytestmark = [
    pytest.mark.slow,
    needs_renderer,
    needs_chromium,
]
schemes = pytest.mark.parametrize("scheme", ["light", "dark"])

MISFITS = """() => {
  const out = [];
  for (const group of document.querySelectorAll("svg g.node")) {
    if (group.closest(".legend")) continue;
    const shapes = [...group.children].filter((c) => /polygon|path|ellipse|rect|polyline/.test(c.tagName));
    const boxes = shapes.map((s) => s.getBBox());
    const left = Math.min(...boxes.map((b) => b.x)), right = Math.max(...boxes.map((b) => b.x + b.width));
    const top = Math.min(...boxes.map((b) => b.y)), bottom = Math.max(...boxes.map((b) => b.y + b.height));
    for (const text of group.querySelectorAll("text")) {
      const b = text.getBBox();
      if (b.x < left || b.x + b.width > right || b.y < top - 1 || b.y + b.height > bottom + 1)
        out.push(`${group.id}: ${text.textContent} ${b.x}+${b.width} in ${left}..${right}`);
    }
  }
  for (const text of document.querySelectorAll("svg text")) {
    const r = text.getBoundingClientRect(), s = document.querySelector("svg").getBoundingClientRect();
    if (r.left < s.left - 1 || r.right > s.right + 1 || r.top < s.top - 1 || r.bottom > s.bottom + 1)
      out.push(`outside of the picture: ${text.textContent}`);
  }
  return out;
}"""
OVERLAPS = """() => {
  const texts = [...document.querySelectorAll("svg text")].map((t) => [t, t.getBoundingClientRect()]);
  const out = [];
  for (let i = 0; i < texts.length; i++)
    for (let j = i + 1; j < texts.length; j++) {
      const [a, r] = texts[i], [b, s] = texts[j];
      const width = Math.min(r.right, s.right) - Math.max(r.left, s.left);
      const height = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
      if (width > 2 && height > 0.4 * Math.min(r.height, s.height)) out.push(`${a.textContent} / ${b.textContent}`);
    }
  return out;
}"""
CROSSED = """() => {
  const out = [];
  const lines = [...document.querySelectorAll("svg .edge path.line")].filter((l) => !l.closest(".legend"));
  const texts = [...document.querySelectorAll("svg .edge text")].filter((t) => !t.closest(".legend"));
  for (const line of lines) {
    const points = [];
    for (let s = 0; s <= line.getTotalLength(); s += 1.5) points.push(line.getPointAtLength(s));
    for (const text of texts) {
      const b = text.getBBox();
      const inside = (p) => p.x > b.x + 1 && p.x < b.x + b.width - 1 && p.y > b.y + 2 && p.y < b.y + b.height - 3;
      if (!points.some(inside)) continue;
      const halo = getComputedStyle(text);
      const behind = line.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING;
      const own = line.closest("g").id === text.closest("g").id.replace(/-label$/, "");
      out.push({text: text.textContent, line: line.closest("g").id, own,
                legible: Boolean(behind) && halo.paintOrder.startsWith("stroke") && halo.strokeWidth === "3px"});
    }
  }
  return out;
}"""
ON_BOXES = """() => {
  const out = [];
  const boxes = [...document.querySelectorAll("svg g.node")].filter((g) => !g.closest(".legend"));
  for (const text of document.querySelectorAll("svg .edge text")) {
    if (text.closest(".legend")) continue;
    const r = text.getBoundingClientRect();
    for (const box of boxes) {
      if (/k-(condition|chance|wait|initial)/.test(box.getAttribute("class"))) continue;
      const shapes = [...box.children].filter((c) => /polygon|path|rect/.test(c.tagName));
      for (const s of shapes.map((shape) => shape.getBoundingClientRect())) {
        const width = Math.min(r.right, s.right) - Math.max(r.left, s.left);
        const height = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
        if (width > 3 && height > 3) out.push(`${text.textContent} on ${box.id}`);
      }
    }
  }
  return out;
}"""
SQUEEZED = """() => [...document.querySelectorAll("svg text[textLength]")].map((text) => {
  const set = text.textLength.baseVal.value;
  text.removeAttribute("textLength");
  return [text.textContent, set / text.getComputedTextLength()];
})"""
BROKEN_IDS = """() => [...document.querySelectorAll("tbody th")].filter((cell) => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return range.getClientRects().length !== 1;
}).map((cell) => cell.id)"""
WRAPPED = """() => [...document.querySelectorAll(".edgeLabel foreignObject > div")]
  .filter((label) => label.style.width === "200px" || label.style.display === "table")
  .map((label) => label.textContent)"""
FONTS = Path("/usr/share/fonts")
TYPEFACES = {"wide": ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"), "of one width": ("DejaVuSansMono*.ttf",)}
"""Typefaces that are wider than the font metrics; a browser that has only these must use them."""


@pytest.fixture(scope="module")
def started() -> Iterator[Any]:
    with playwright.sync_playwright() as found:
        yield found


def opened(started: Any, **environment: str) -> Iterator[Any]:
    """A page without a network; its requests are recorded."""
    browser = started.chromium.launch(executable_path=CHROMIUM, args=QUIET, env={**os.environ, **environment})
    made = browser.new_context(offline=True).new_page()
    made.asked = []
    made.on("request", lambda request: made.asked.append(request.url))
    yield made
    browser.close()


@pytest.fixture(scope="module")
def page(started: Any) -> Iterator[Any]:
    yield from opened(started)


@pytest.fixture(scope="module", params=TYPEFACES)
def narrow_page(started: Any, request: Any, tmp_path_factory: Any) -> Iterator[Any]:
    """The same in a browser that has one typeface only."""
    files = [f for pattern in TYPEFACES[request.param] for f in FONTS.rglob(pattern)]
    if not files:
        pytest.skip(f"no {' '.join(TYPEFACES[request.param])} below {FONTS}: apt-get install fonts-dejavu-core")
    folder = tmp_path_factory.mktemp("fonts")
    for file in files:
        (folder / file.name).symlink_to(file)
    config = folder / "fonts.conf"
    config.write_text(f"<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>")
    yield from opened(started, FONTCONFIG_FILE=str(config))


def inline(page: Any, source: str, scheme: str = "light") -> None:
    """Show a picture as a part of a page."""
    page.goto("about:blank")
    page.set_viewport_size({"width": 1280, "height": 720})
    page.asked.clear()
    page.emulate_media(color_scheme=scheme)
    paper, ink = ("#15181c", "#f0f0f0") if scheme == "dark" else ("#ffffff", "#1a1a1a")
    page.set_content(
        '<!doctype html><html lang="en"><head><title>A picture</title>'
        f"<style>body{{margin:0;background:{paper};color:{ink}}}</style>"
        f"</head><body><main><h1>A picture</h1>{source}</main></body></html>"
    )


def misfits(page: Any) -> list[Any]:
    """Text outside of its box, text over other text or boxes, and text that a line crosses unreadably."""
    found = [*page.evaluate(MISFITS), *page.evaluate(OVERLAPS), *page.evaluate(ON_BOXES)]
    crossed = page.evaluate(CROSSED)
    found += [c for c in crossed if c["own"] or not c["legible"]]
    return found + (crossed if len({c["text"] + c["line"] for c in crossed}) > 5 else [])


@pytest.mark.slow
@pytest.mark.parametrize("name", [*GALLERY, *OTHERS])
def test_text_fits_a_screen_reader_reads_the_title_and_nothing_is_loaded(page: Any, name: str) -> None:
    inline(page, svg(name))
    assert misfits(page) == []
    told = [line.strip("- '") for line in page.locator("main").aria_snapshot().splitlines()]
    assert told == ["main:", 'heading "A picture" [level=1]', f'img "{picture(name).title}"']
    assert [url for url in page.asked if not url.startswith(("data:", "about:"))] == []


@needs_npm("axe-core")
@schemes
@pytest.mark.parametrize(
    "name", [n if n == "dependencies" else pytest.param(n, marks=pytest.mark.slow) for n in GALLERY]
)
def test_axe_finds_nothing(page: Any, name: str, scheme: str) -> None:
    inline(page, svg(name), scheme)
    assert violations(page) == []


@pytest.mark.slow
def test_a_picture_alone_is_well_formed_and_loads_nothing(page: Any, tmp_path: Path) -> None:
    file = tmp_path / "picture.svg"
    for name in GALLERY:
        file.write_text(svg(name), encoding="utf-8")
        page.asked.clear()
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.tagName") == "svg"
        title = page.evaluate("document.documentElement.querySelector(':scope > title').textContent")
        assert title == gallery()[name].title
        assert page.asked == [file.as_uri()]


@schemes
def test_the_reader_s_light_or_dark_selects_the_colors(page: Any, scheme: str) -> None:
    inline(page, svg(GALLERY[0]), scheme)
    paper = page.evaluate("getComputedStyle(document.querySelector('svg rect.paper')).fill")
    assert paper == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(21, 24, 28)")


def test_the_goal_has_a_visible_double_outline(page: Any) -> None:
    inline(page, svg("teardown-cli"))
    fills = page.evaluate(
        "[...document.querySelectorAll('svg .k-final .outline')].map((e) => getComputedStyle(e).fill)"
    )
    assert fills == ["none"]


@pytest.mark.slow
def test_text_fits_in_any_typeface(narrow_page: Any) -> None:
    for name in (*GALLERY, *OTHERS):
        inline(narrow_page, svg(name))
        assert narrow_page.evaluate(MISFITS) == [], name
        assert narrow_page.evaluate(OVERLAPS) == [], name


def test_a_typeface_is_fitted_with_little_distortion(page: Any) -> None:
    for name in ("teardown-console", "lifecycle-obstacles", "sequence-clean-up-in-the-console"):
        inline(page, svg(name))
        odd = [(text, ratio) for text, ratio in page.evaluate(SQUEEZED) if not 0.8 < ratio < 1.2]
        assert odd == [], name


def show_matrix(page: Any, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto((ROOT / "diagrams" / "traceability.html").as_uri())


@pytest.mark.parametrize(("width", "tallest"), [(360, 15_000), (1280, 4_500)])
@schemes
def test_the_matrix_is_a_short_page_and_fits_a_phone(page: Any, width: int, tallest: int, scheme: str) -> None:
    show_matrix(page, width, scheme)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    assert page.evaluate("document.scrollingElement.scrollHeight") <= tallest
    assert page.evaluate(BROKEN_IDS) == [], "the id of a clause is on one line"


@needs_npm("axe-core")
@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.slow)])
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_axe_finds_nothing_in_the_matrix(page: Any, width: int, scheme: str) -> None:
    show_matrix(page, width, scheme)
    assert violations(page) == []


@pytest.mark.slow
@needs_npm("mermaid")
def test_mermaid_draws_every_edge_of_pictures(page: Any) -> None:
    inline(page, "<div id=here></div>")
    script = JUDGES / "node_modules" / "mermaid" / "dist" / "mermaid.min.js"
    page.add_script_tag(content=script.read_text(encoding="utf-8"))
    page.evaluate("mermaid.initialize({startOnLoad: false, securityLevel: 'strict', maxEdges: 500})")
    # The judge outside of a browser reads every picture.
    for number, name in enumerate(GALLERY[::3]):
        diagram = gallery()[name]
        drawn = page.evaluate(
            "async ([id, text]) => here.innerHTML = (await mermaid.render(id, text)).svg",
            [f"m{number}", TEXT["mermaid"](diagram)],
        )
        assert page.evaluate(WRAPPED) == [], "Mermaid breaks what we did not break before, in the middle of names"
        kind = "messageLine" if diagram.form == "sequence" else "flowchart-link"
        lines = len(re.findall(f'<[a-z]+ [^>]*class="[^"]*{kind}', drawn))
        assert lines == len(diagram.edges), name
        assert "Unsupported markdown" not in drawn
        assert diagram.title in drawn
        for node in diagram.nodes:
            if node.kind != "initial":
                assert node.lines[0].replace(">", "&gt;") in drawn, (name, node.lines)
    assert page.asked == []
