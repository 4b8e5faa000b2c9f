"""The same clean-up implemented in SimPy, without the rules: it has the same means."""

from __future__ import annotations

import sys
from math import sqrt
from pathlib import Path
from statistics import fmean, pvariance

import pytest
from support.runbooks import gallery

from backup_slr.runbook.experiment import played
from backup_slr.runbook.statistics import TICKS

BENCHMARKS = str(Path(__file__).parent.parent / "benchmarks")
THEIRS, OURS = 1_500, 20_000
ERRORS = 4.58
"""Standard errors of the difference: an error probability below 5e-6 for each comparison."""


def test_simpy_has_the_same_time_and_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("simpy", reason="SimPy is not installed: pip install simpy")
    monkeypatch.setattr(sys, "path", [*sys.path, BENCHMARKS])
    import simpy_cleanup

    runs = [simpy_cleanup.run(seed) for seed in range(THEIRS)]
    summary = played(gallery("the-page", "five-by-twenty", runs=OURS), 0, OURS).summaries[0]
    assert all(success for success, _, _ in runs)
    assert summary.successes == OURS
    for theirs, ours, scale in (
        ([minutes for _, minutes, _ in runs], summary.minutes, TICKS),
        ([float(calls) for _, _, calls in runs], summary.calls, 1),
    ):
        assert ours.mean is not None
        variance = (ours.squares / ours.number - ours.mean**2) / scale**2
        error = sqrt(pvariance(theirs) / THEIRS + variance / OURS)
        assert abs(fmean(theirs) - ours.mean / scale) < ERRORS * error
