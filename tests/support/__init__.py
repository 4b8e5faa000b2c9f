"""Shared parts of tests: independent judges, random models, a console."""

from __future__ import annotations

import pytest


def slow(*cases: object) -> list[object]:
    """Cases that only ``make test-all`` tries."""
    return [pytest.param(case, marks=pytest.mark.slow) for case in cases]
