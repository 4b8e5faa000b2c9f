"""The same bits for any number of workers, in a pool and in Dask; no run is lost or repeated when a worker dies."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.console import call
from support.runbooks import ACCOUNTS, BOOKS, gallery

from backup_slr.errors import BadInput, MissingTool, install
from backup_slr.runbook import executors
from backup_slr.runbook.experiment import Chunk, Study, played

RUNS = 400
PIECES = [(0, 60), (60, 100), (160, 40), (200, 200)]


def asked() -> Study:
    """A study with workers, throttling, stale lists and other users."""
    return gallery("four-workers", "busy", runs=RUNS)


def joined(chunks: Iterator[Chunk]) -> tuple[list[Any], str]:
    """All summaries, and all rows."""
    whole, rows = None, ""
    for chunk in chunks:
        whole = chunk if whole is None else whole + chunk
        rows += chunk.rows
    assert whole is not None
    assert whole.number == RUNS
    return [*whole.summaries, *whole.differences], rows


@pytest.fixture(scope="module")
def whole() -> tuple[list[Any], str]:
    """The results of one piece in this process."""
    return joined(executors.here(asked(), [(0, RUNS)], True))


@dataclass
class Dying:
    """Simulates a piece; but the first worker that gets the second piece dies."""

    folder: Path

    def __call__(self, study: Study, first: int, number: int, rows: bool) -> Chunk:
        if first == 60 and not (self.folder / "died").exists():
            (self.folder / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return played(study, first, number, rows)


def always_dying(study: Study, first: int, number: int, rows: bool) -> Chunk:
    """End the worker process."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def test_any_number_of_pieces_gives_the_same_bits(whole: tuple[list[Any], str]) -> None:
    assert joined(executors.here(asked(), PIECES, True)) == whole


@pytest.mark.slow
def test_a_dead_worker_of_the_pool_does_not_change_the_results(whole: tuple[list[Any], str], tmp_path: Path) -> None:
    found = joined(executors.pool(asked(), PIECES, True, 2, Dying(tmp_path)))
    assert (tmp_path / "died").exists()
    assert found == whole


@pytest.mark.slow
def test_workers_that_always_die_are_given_up() -> None:
    with pytest.raises(BadInput, match="a worker process ended 4 times in a row at run 0"):
        list(executors.pool(asked(), [(0, 10)], False, 1, always_dying))


# ---------------------------------------------------------------- Dask


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A Dask cluster of two processes on this machine."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as made:
        yield made


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_worker_of_dask_that_dies_loses_and_repeats_nothing(
    cluster: Any, whole: tuple[list[Any], str], tmp_path: Path
) -> None:
    found = joined(executors.dask(asked(), PIECES, True, cluster.scheduler_address, Dying(tmp_path)))
    assert (tmp_path / "died").exists()
    assert found == whole


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_command_line_finds_the_same_on_dask_and_here(cluster: Any) -> None:
    page, busy = str(BOOKS / "the-page.toml"), str(ACCOUNTS / "busy.toml")
    question = ("run", page, "--account", busy, "--runs", "500", "--json")
    here = call(*question)
    there = call(*question, "--executor", "dask", "--scheduler", cluster.scheduler_address)
    assert here.code == there.code == 0
    assert here.out == there.out


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_is_given_up_with_exit_code_4(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install distributed")
    monkeypatch.setattr(executors, "PATIENCE", 0.5)
    question = ("run", str(BOOKS / "the-page.toml"), "--account", str(ACCOUNTS / "small.toml"), "--runs", "5")
    answer = call(*question, "--executor", "dask", "--scheduler", "tcp://127.0.0.1:9")
    assert answer.code == 4
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in answer.err
    assert "Traceback" not in answer.err


def test_without_dask_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingTool, match=re.escape(install("dask"))):
        list(executors.dask(asked(), PIECES, False, "tcp://127.0.0.1:9"))
