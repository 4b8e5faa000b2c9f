"""Ctrl-C ends proofs and workers at once, and unfinished results are inconclusive."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from multiprocessing import active_children
from typing import Any
from unittest.mock import patch

import pytest
from support.console import Answer, call

from backup_slr.engine.check.workers import workers
from backup_slr.engine.prove.induction import Prover
from backup_slr.engine.prove.proof_search import overall
from backup_slr.engine.prove.solver import uninterrupted

AFTER = 40
"""The number of calls of z3 before the interruption."""


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Handle the signal even in a background job, where it may be ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Finalized:
    """An object interrupted in its finalizer, as expressions of z3 often are; Python drops exceptions in it."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def nothing() -> None:
    """The initializer of workers."""


def test_an_interruption_in_a_finalizer_is_not_lost() -> None:
    came = 0
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012
        with uninterrupted():
            Finalized()
            came = 1
        came = 2
    assert came == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def interrupted_after(questions: int, *arguments: str) -> Answer:
    """Call a command that is interrupted while z3 works."""
    satisfy, asked = Prover.satisfy, []

    def some(self: Prover, *terms: Any) -> tuple[str, Any]:
        asked.append(terms)
        if len(asked) == questions:
            Finalized()
        return satisfy(self, *terms)

    with patch.object(Prover, "satisfy", some):
        return call(*arguments)


def test_an_interrupted_proof_keeps_its_results_and_is_inconclusive() -> None:
    answer = interrupted_after(AFTER, "prove", "--json")
    assert answer.code == 130
    assert answer.document["verdict"] == "inconclusive"
    found = {p["verdict"] for p in answer.document["properties"]}
    assert found == {"proved"}


def test_an_interrupted_proof_under_all_assumptions_is_inconclusive() -> None:
    answer = interrupted_after(AFTER, "prove", "--all-assumptions")
    assert answer.code == 130
    assert answer.out.splitlines()[0] == "verdict      inconclusive under the default assumptions"


def test_a_violation_remains_after_an_interruption() -> None:
    assert overall(["proved", "violated"], stopped=True) == "violated"
    assert overall(["proved"], stopped=True) == "inconclusive"
    assert overall(["proved"]) == "proved"


def interrupted_at_work() -> None:
    with workers(2, nothing) as pool:
        for each in [pool.submit(nothing) for _ in range(2)]:
            each.result()
        for _ in range(6):
            pool.submit(time.sleep, 300)
        raise KeyboardInterrupt


def test_workers_end_with_an_interrupted_command() -> None:
    began, before = time.monotonic(), set(active_children())
    with pytest.raises(KeyboardInterrupt):
        interrupted_at_work()
    assert time.monotonic() - began < 60
    assert set(active_children()) == before


def test_workers_ignore_interruptions() -> None:
    with workers(1, nothing) as pool:
        assert pool.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN
