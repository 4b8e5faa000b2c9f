"""Shared parts of tests: independent judges, random models, a console."""

from __future__ import annotations

import os
import shutil

import pytest


def slow(*cases: object) -> list[object]:
    """Cases that only ``make test-all`` tries."""
    return [pytest.param(case, marks=pytest.mark.slow) for case in cases]


def needs_the_cli() -> None:
    """Skip a test of a script in bash, unless it was asked for: each call of the AWS CLI takes a second."""
    if not os.environ.get("BASH_SCRIPTS"):
        pytest.skip("scripts in bash take minutes: make scripts")
    if shutil.which("aws") is None:
        pytest.skip("the AWS CLI is not installed")
