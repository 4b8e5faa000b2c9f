"""Files are written completely or not at all, with their permissions; special files are written directly."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from support.console import PASSING, asked, call, interrupted, playing, program, scenario

from backup_slr.cli import diagram as diagram_command
from backup_slr.cli import export as export_command
from backup_slr.cli.files import NotWritten, save, together
from backup_slr.errors import BadInput

RULES = asked("rules").out


def half(*_: object) -> Iterator[str]:
    """Yield some text, and then raise KeyboardInterrupt."""
    yield "half of it"
    interrupted()


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "rules"
    target.touch(mode=0o640)
    target.chmod(0o604)
    assert call("rules", "-o", str(target)).code == 0
    assert target.read_text(encoding="utf-8") == RULES
    assert stat.S_IMODE(target.stat().st_mode) == 0o604


def test_a_new_file_has_the_default_permissions(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    target = tmp_path / "rules"
    call("rules", "-o", str(target))
    assert target.stat().st_mode == usual.stat().st_mode


def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = tmp_path / "link"
    for content in (None, "before"):
        if content is not None:
            (folder / "rules").write_text(content)
        link.unlink(missing_ok=True)
        link.symlink_to(folder / "rules")
        assert call("rules", "-o", str(link)).code == 0
        assert link.is_symlink()
        assert (folder / "rules").read_text(encoding="utf-8") == RULES
    assert os.listdir(folder) == ["rules"]


def test_a_file_with_two_names_keeps_both(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.touch()
    other.hardlink_to(one)
    call("rules", "-o", str(one))
    assert other.read_text(encoding="utf-8") == RULES


def test_a_fifo_is_written_directly(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_text(encoding="utf-8")))
    reader.start()
    assert call("rules", "-o", str(fifo)).code == 0
    reader.join()
    assert read == [RULES]
    assert stat.S_ISFIFO(fifo.stat().st_mode)


@pytest.mark.parametrize("link", [False, True], ids=["itself", "by a link"])
def test_standard_output_that_is_a_file_stays_that_file(link: bool, tmp_path: Path) -> None:
    target, name = tmp_path / "out", tmp_path / "link"
    name.symlink_to("/dev/stdout")
    with target.open("w") as stream:
        there = os.fstat(stream.fileno())
        assert program("rules", "-o", str(name) if link else "/dev/stdout", stdout=stream).returncode == 0
    assert os.path.samestat(there, target.stat())
    assert target.read_text(encoding="utf-8") == RULES


def test_a_result_without_space_goes_to_stdout_and_the_file_is_unchanged(tmp_path: Path) -> None:
    target = tmp_path / "rules"
    target.write_text("before")
    code = "from backup_slr.cli import files, main; files.PIECE = 700; main.main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "rules", "-o", str(target)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert ran.returncode == 3
    assert ran.stdout == RULES
    assert ran.stderr == f"error: {target}: cannot be written: File too large; the result went to stdout\n"
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["rules"]


@pytest.mark.parametrize(
    ("form", "writer", "name"), [("promela", "promela", "model.pml"), ("tla", "configuration", "Old.tla")]
)
@pytest.mark.parametrize("before", [None, "before"])
def test_an_interrupted_export_leaves_the_files_unchanged(
    form: str, writer: str, name: str, before: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_command, writer, half)
    if before is not None:
        (tmp_path / name).write_text(before)
    with pytest.raises(KeyboardInterrupt):
        call("export", form, "-o", str(tmp_path / name))
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == ({} if before is None else {name: before})


def test_an_interrupted_simulation_records_nothing(tmp_path: Path) -> None:
    files = [scenario(tmp_path, PASSING, name) for name in ("a.toml", "b.toml")]
    for file in files:
        Path(file).with_suffix(".trace").write_text("before")
    with playing("b.toml", interrupted):
        answer = call("simulate", "--record", *files)
    assert answer.code == 130
    assert "no run was recorded" in answer.err
    assert {Path(file).with_suffix(".trace").read_text() for file in files} == {"before"}


@pytest.mark.slow
def test_an_interrupted_gallery_is_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def drawn(*_: object) -> str:
        made.append("picture")
        if len(made) == 3:
            raise KeyboardInterrupt
        return "<svg/>"

    monkeypatch.setattr(diagram_command, "GALLERY", diagram_command.GALLERY[:3])
    monkeypatch.setattr(diagram_command, "choose", lambda _: "none")
    monkeypatch.setattr(diagram_command, "svg_text", drawn)
    (tmp_path / "README.md").write_text("before")
    with pytest.raises(KeyboardInterrupt):
        call("diagram", "--all", "-o", str(tmp_path))
    assert len(made) == 3
    assert os.listdir(tmp_path) == ["README.md"]
    assert (tmp_path / "README.md").read_text() == "before"


def test_files_are_replaced_together_or_not_at_all(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("before")

    def write(last: Path) -> None:
        with together():
            save([b"after"], str(one))
            save([b"after"], str(last))

    with pytest.raises(NotWritten):
        write(tmp_path / "no" / "folder")
    assert one.read_text() == "before"
    with together():
        save([b"after"], str(one))
        save([b"after"], str(other))
        assert one.read_text() == "before"
    assert (one.read_text(), other.read_text()) == ("after", "after")
    assert sorted(os.listdir(tmp_path)) == ["one", "other"]


def test_a_file_that_cannot_be_replaced_is_named_with_those_that_were(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"

    def write() -> None:
        with together():
            save([b"after"], str(one))
            save([b"after"], str(other))
            other.mkdir()

    with pytest.raises(BadInput, match=r"other: cannot be written: .*; replaced before that: .*one"):
        write()
    assert one.read_text() == "after"
    assert sorted(os.listdir(tmp_path)) == ["one", "other"]
