"""Words that are hard to read: each has a plain replacement, which is obvious or in CONTRIBUTING."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__)
ROOT = HERE.parents[1]
WORDS = (
    *("somebody", "nobody", "anybody", "whoever", "whomever", "anew", "lest", "thereby", "hitherto"),
    *("is told", "are told", "tells", "so many", "for ever", "goes round", "in sight", "gets? rid of"),
    *("behaviour", "modelled", "modelling", "colour", "formalises?", "recognised?"),
    *("otherwise than", "of whom", "be had", "if need be", "by itself alone", "whatever it"),
)
WORST = re.compile(rf"\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
PLACES = (
    *sorted((ROOT / "model").rglob("*.py")),
    *sorted(file for file in (ROOT / "tests").rglob("*.py") if "installed" not in file.parts),
    *sorted((ROOT / "simulations").rglob("*.toml")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "pyproject.toml")),
    *(ROOT / name for name in ("model/README.md", "simulations/README.md", "simulations/runbooks/README.md")),
    ROOT / "tests" / "benchmarks" / "README.md",
)


def worst(text: str) -> list[str]:
    """The lines of a text that have one of the words, with their numbers."""
    return [f"{number}: {line.strip()}" for number, line in enumerate(text.split("\n"), 1) if WORST.search(line)]


def test_a_line_with_a_banned_word_is_found() -> None:
    assert worst("fine\nWhoever asks is told so.") == ["2: Whoever asks is told so."]


def test_no_file_has_a_banned_word() -> None:
    texts = {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in PLACES if file != HERE}
    assert {name: lines for name, text in texts.items() if (lines := worst(text))} == {}
