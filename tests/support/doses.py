"""How much of a large dose the quick suite takes: the rest is marked slow, so that `make test-all` runs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def few(values: Iterable[Any], keep: int = 2) -> list[Any]:
    """The values of a parameter, evenly spread ones of which stay quick."""
    every = list(values)
    step = max(1, len(every) // max(1, keep))
    quick = set(range(0, len(every), step)) if keep else set()
    return [v if i in quick else pytest.param(v, marks=pytest.mark.slow) for i, v in enumerate(every)]
