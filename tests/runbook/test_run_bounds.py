"""``run`` under adverse conditions: bounds, time, workers, names; it reports the problem once and loses no results."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from runbook.test_executors import always_dying
from support.console import Answer, call
from support.runbooks import ACCOUNTS, BOOKS, MEMORYLESS_ACCOUNT, MEMORYLESS_BOOK, rows_of, written
from support.schemas import valid

from backup_slr.cli import bounds, run_progress
from backup_slr.errors import cell, printable
from backup_slr.runbook import executors
from backup_slr.runbook.experiment import Chunk, Study

PAGE = str(BOOKS / "the-page.toml")
SMALL, BUSY = (str(ACCOUNTS / f"{n}.toml") for n in ("small", "busy"))


def one_line(answer: Answer) -> str:
    """The only line on stderr."""
    (line,) = answer.err.splitlines()
    return line


# ---------------------------------------------------------------- steps


@pytest.mark.parametrize("option", ["--scenario-out", "--report"])
def test_a_recorded_run_of_too_many_steps_is_reported_once_and_loses_no_results(tmp_path: Path, option: str) -> None:
    name = str(tmp_path / ("run.svg" if "plot" in option else "run"))
    question = ("run", PAGE, "--account", BUSY, "--runs", "3", "--max-steps", "150", "--json", "--run", "2")
    answer = call(*question, option, name)
    assert answer.code == 5
    assert re.fullmatch(r"error: .*run 2 is not over after 150 steps, .* the first 2 of 3 runs; .*", one_line(answer))
    assert valid("run", answer)["done"] == 2
    assert not Path(name).exists()


def test_there_is_no_result_if_the_runs_of_the_first_account_are_unfinished() -> None:
    answer = call("run", PAGE, "--account", BUSY, "--fleet", "1", "--runs", "300", "--max-steps", "150", "--seed", "3")
    assert (answer.code, answer.out) == (5, "")
    assert "is not over after 150 steps" in one_line(answer)


# ---------------------------------------------------------------- fleets


def test_a_fleet_in_which_no_run_succeeds_has_sums() -> None:
    answer = call("run", PAGE, "--account", BUSY, "--fleet", "3", "--runs", "2", "--deadline", "0.01", "--json")
    assert answer.code == 0, answer.err
    (found,) = valid("run", answer)["runbooks"]
    assert found["success_rate"] == 0
    assert found["minutes"]["mean"] is None


# ---------------------------------------------------------------- time


def test_a_timeout_reports_the_completed_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def here(asked: Study, pieces: executors.Pieces, rows: bool) -> Iterator[Chunk]:
        yield from spread_here(asked, pieces[:1], rows)
        monkeypatch.setattr(bounds._state, "until", 0.0)
        signal.raise_signal(signal.SIGALRM)

    spread_here = executors.here
    monkeypatch.setattr(run_progress.executors, "here", here)
    monkeypatch.setattr(Study, "cut", lambda *_: [(i, 100) for i in range(0, 300, 100)])
    answer = call("run", PAGE, "--account", SMALL, "--runs", "300", "--json", "--timeout", "1000")
    assert answer.code == 5
    assert "the time limit was reached (--timeout); these are the first 100 of 300 runs" in one_line(answer)
    document = valid("run", answer)
    assert document["done"] == 100
    assert document["runbooks"][0]["no_exact_because"] == "no time was left"


@pytest.mark.parametrize("option", ["--output", "--scenario-out"])
def test_a_timeout_applies_to_a_pipe_without_a_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr(bounds, "SLACK", 0.2)
    monkeypatch.setattr(bounds, "GRACE", 0.2)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    answer = call("run", PAGE, "--account", SMALL, "--runs", "2", "--timeout", "1", option, str(pipe))
    assert answer.code == 5
    assert "the time limit was reached (--timeout)" in answer.err


def test_a_sufficient_time_limit_changes_nothing() -> None:
    question = ("run", PAGE, "--account", SMALL, "--runs", "50", "--json")
    assert call(*question, "--timeout", "100000").out == call(*question).out
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


# ---------------------------------------------------------------- workers


def test_workers_that_die_repeatedly_are_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def pool(study: Study, pieces: executors.Pieces, rows: bool, workers: int) -> Iterator[Chunk]:
        yield from executors.here(study, pieces[:1], rows)
        yield from dying(study, pieces[1:], rows, workers)

    dying: Any = partial(executors.pool, play=always_dying)
    monkeypatch.setattr(run_progress.executors, "pool", pool)
    monkeypatch.setattr(executors, "MOST_DEATHS", 0)
    answer = call("run", PAGE, "--account", SMALL, "--runs", "200", "--workers", "2", "--json")
    assert answer.code == 5
    assert "a worker process ended once at run 100; these are the first 100 of 200 runs" in one_line(answer)
    assert valid("run", answer)["done"] == 100


# ---------------------------------------------------------------- names

NAME = "_$x$ \0\x1b[2J\u202e<b>&amp;\x85$\\frac \ufffe]]><script>"


def test_names_are_text_in_every_format(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told = json.dumps(NAME).replace("\\ufffe", "\ufffe")
    environment = MEMORYLESS_ACCOUNT.replace('"Two vaults"', told).replace('"archive"', told)
    account = written(tmp_path, "account.toml", environment.replace("points = 2", "points = 2, job = true"))
    book = written(tmp_path, "=book.toml", MEMORYLESS_BOOK.replace('"Now and then"', told))
    files = {option: str(tmp_path / f"{option}.svg") for option in ("plot", "plot-calls", "plot-timeline")}
    page, rows, trace = (tmp_path / n for n in ("page.html", "rows.csv", "trace.toml"))
    options = [part for option, file in files.items() for part in (f"--{option}", file)]
    answer = call(
        "run", book, "--account", account, "--runs", "5", *options,
        "--report", str(page), "--csv", str(rows), "--scenario-out", str(trace),
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert capfd.readouterr().err == ""
    for file in files.values():
        ElementTree.parse(file)
    for text in (answer.out, page.read_text(encoding="utf-8"), *(Path(f).read_text() for f in files.values())):
        assert {c for c in text if not c.isprintable()} <= {"\n"}
    assert "<script" not in page.read_text(encoding="utf-8")
    assert {row["runbook"] for row in rows_of(rows)} == {"'=book"}
    assert call("simulate", str(trace)).code == 0


def test_a_cell_is_not_a_formula_or_a_control_sequence() -> None:
    assert [cell(x) for x in ("=1", "+1", "-1", "@x", "\t=1", "a=1")] == ["'=1", "'+1", "'-1", "'@x", "\\t=1", "a=1"]
    assert cell("\x1b") == printable("\x1b")


def test_more_points_than_a_sampler_can_count_are_refused(tmp_path: Path) -> None:
    account = written(tmp_path, "account.toml", MEMORYLESS_ACCOUNT.replace("points = 3", f"points = {2**63 - 1}"))
    answer = call("run", PAGE, "--account", account)
    assert answer.code == 3
    assert "'points' must be a number of at most 1,000,000,000,000,000" in one_line(answer)


# ---------------------------------------------------------------- files that --resume and --csv do not change


def test_resume_does_not_read_an_endless_file() -> None:
    answer = call("run", PAGE, "--account", SMALL, "--runs", "5", "--resume", "/dev/zero")
    assert answer.code == 3
    assert "larger than" in one_line(answer)


def test_resume_does_not_replace_another_file_and_follows_a_link(tmp_path: Path) -> None:
    real, link, other = tmp_path / "real.json", tmp_path / "link.json", tmp_path / "link.json.new"
    link.symlink_to(real)
    other.write_text("precious")
    assert call("run", PAGE, "--account", SMALL, "--runs", "5", "--resume", str(link)).code == 0
    assert link.is_symlink()
    assert json.loads(real.read_text())["done"] == 5
    assert other.read_text() == "precious"


def test_resume_cuts_a_csv_file_only_at_the_end_of_its_runs(tmp_path: Path) -> None:
    kept, rows = tmp_path / "kept.json", tmp_path / "rows.csv"
    question = ("run", PAGE, "--account", SMALL, "--resume", str(kept), "--csv", str(rows))
    assert call(*question, "--runs", "5").code == 0
    for other in ("precious\n" * 1000, rows.read_text().replace("\n", " \n")):
        rows.write_text(other)
        answer = call(*question, "--runs", "5")
        assert answer.code == 3
        assert "does not hold the runs before the checkpoint" in answer.err
        assert rows.read_text() == other
