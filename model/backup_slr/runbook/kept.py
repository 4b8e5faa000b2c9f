"""Checkpoints for ``run --resume``: the runs played so far, kept in a file from which a later call goes on.

The file has a checksum over its content. What was changed since it was written is refused, and so is what no study can
come to: every number has a type and a range, and numbers that depend on each other have to agree.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import astuple, dataclass
from hashlib import sha256
from math import exp
from pathlib import Path
from typing import Any, cast

from backup_slr.errors import BadInput, printable
from backup_slr.runbook.study import Chunk, Study, tables_of
from backup_slr.runbook.summary import LARGEST_BIN, RATIO, Summary
from backup_slr.runbook.sums import Sums
from backup_slr.scenario.toml_source import read
from backup_slr.version import __version__

FORMAT = 3
KEYS = ("backup-slr", "format", "study", "done", "rows", "summaries", "differences")
SUMMARY = ("share", "minutes", "bins", "calls", "counts", "times")
MOST = 10**60
"""No sum of squares of times is larger; a mean of such sums is still a number that a computer has."""
OVER = "name another file to start over"


@dataclass(frozen=True)
class Kept:
    """The runs from the first up to some number, and how long the file of all runs was then."""

    chunk: Chunk | None
    rows: int = 0

    @property
    def done(self) -> int:
        """How many runs are done."""
        return self.chunk.number if self.chunk else 0


def kept_text(study: Study, kept: Kept) -> str:
    """The content of the file; empty if no run is done."""
    if kept.chunk is None:
        return ""
    document = {
        "backup-slr": __version__,
        "format": FORMAT,
        "study": study.fingerprint,
        "done": kept.done,
        "rows": kept.rows,
        "summaries": [s.document() for s in kept.chunk.summaries],
        "differences": [astuple(d) for d in kept.chunk.differences],
    }
    return json.dumps(document | {"checksum": checksum(document)})


def checksum(document: dict[str, Any]) -> str:
    """A checksum of the content of a document, however it is laid out.

    Raises
    ------
    ValueError
        When a number in it is not finite.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()


def kept(file: Path, study: Study) -> Kept:
    """Read it; nothing if there is no such file yet.

    Raises
    ------
    BadInput
        When it is something else, from another version, about other runs, or not as it was written.
    """
    if not file.exists():
        return Kept(None)
    text = read(file, "file that 'run --resume' wrote")
    try:
        document = cast("dict[str, Any]", json.loads(text, object_pairs_hook=_each_once))
        version, number = document["backup-slr"], document["format"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadInput(
            "no file that 'run --resume' wrote; name one that is, or one that does not exist yet", str(file)
        ) from None
    if (version, number) != (__version__, FORMAT):
        raise BadInput(
            f"written by backup-slr {printable(str(version))}, format {printable(str(number))}, and this is "
            f"{__version__}, format {FORMAT}: results of two versions are not mixed; {OVER}",
            str(file),
        )
    if document.get("study") != study.fingerprint:
        raise BadInput(
            f"holds the results of other runbooks, another account, seed, number of runs or deadline; {OVER}",
            str(file),
        )
    said = document.pop("checksum", None)
    try:
        fits = checksum(document) == said
    except (ValueError, RecursionError):
        fits = False
    if not fits:
        raise BadInput(f"is damaged: its content is not what its checksum says; {OVER}", str(file))
    try:
        return _Reader(study).kept(document)
    except _Damaged as error:
        raise BadInput(f"is damaged: {error}; {OVER}", str(file)) from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


class _Damaged(Exception):
    """Where a document is not as it should be, and how it should be."""


def _check(right: bool, path: str, wanted: str) -> None:
    if not right:
        raise _Damaged(f"{path} should be {wanted}")


@dataclass
class _Reader:
    """Reads the document of a study, and believes nothing in it."""

    study: Study

    def kept(self, document: Any) -> Kept:
        values = self.keys(document, KEYS, "the document")
        done = self.whole(values["done"], "done", 1, self.study.total)
        together = self.study.runs if self.study.fleet else 1
        _check(done % together == 0, "done", f"a multiple of {together}, the runs of each account")
        size = len(self.study.books)
        summaries = [self.summary(s, done, i) for i, s in enumerate(self.items(values["summaries"], "summaries", size))]
        differences = [
            self.difference(d, summaries, i)
            for i, d in enumerate(self.items(values["differences"], "differences", size))
        ]
        return Kept(Chunk(0, done, summaries, differences), self.whole(values["rows"], "rows"))

    # ------------------------------------------------------------ plain values

    def keys(self, value: Any, keys: tuple[str, ...], path: str) -> dict[str, Any]:
        right = isinstance(value, dict) and set(cast("dict[str, Any]", value)) == set(keys)
        _check(right, path, f"an object with {', '.join(keys)}")
        return cast("dict[str, Any]", value)

    def items(self, value: Any, path: str, size: int | None = None) -> list[Any]:
        right = isinstance(value, list) and size in (None, len(cast("list[Any]", value)))
        _check(right, path, "a list" if size is None else f"a list of {size}")
        return cast("list[Any]", value)

    def whole(self, value: Any, path: str, least: int = 0, most: int = MOST) -> int:
        right = type(value) is int and least <= value <= most
        limit = f" and at most {most}" if most < MOST else ""
        _check(right, path, f"a whole number of at least {least}{limit}")
        return value

    # ------------------------------------------------------------ sums and summaries

    def sums(self, value: Any, path: str, number: int, least: int = 0) -> Sums:
        """Sums of a number of values; with a `least` below 0 they are differences, which may be negative."""
        names = tuple(vars(Sums()))
        numbers = [
            self.whole(x, f"{path}[{i}]", least if names[i] in ("total", "products") else 0)
            for i, x in enumerate(self.items(value, path, len(names)))
        ]
        found = Sums(*numbers)
        _check(found.number == number, f"{path}[0]", str(number))
        _check(found.total**2 <= found.number * found.squares, f"{path}[2]", "large enough for the sum of its values")
        if not least:
            _check(found.total <= found.squares <= found.total**2, f"{path}[2]", "a sum of squares of whole numbers")
        if self.study.fleet is None or self.study.runs == 1:
            alone = Sums(number, found.total, found.squares, number, number, found.total, found.squares)
            _check(found == alone, f"{path}[3:]", "the same sums, each run by itself")
        else:
            _check(found.groups <= number <= found.groups * self.study.runs, f"{path}[3]", "a number of accounts")
            _check(
                number**2 <= found.groups * found.numbers_squared,
                f"{path}[4]",
                "large enough for the number of accounts",
            )
            _check(number <= found.numbers_squared <= number * self.study.runs, f"{path}[4]", "small enough for them")
            bound = found.numbers_squared * found.totals_squared
            _check(found.products**2 <= bound, f"{path}[5]", "small enough for the sums of its accounts")
            _check(found.total**2 <= found.groups * found.totals_squared, f"{path}[6]", "large enough for its sum")
            _check(
                found.totals_squared <= self.study.runs * found.squares, f"{path}[6]", "small enough for its squares"
            )
        return found

    def summary(self, value: Any, done: int, book: int) -> Summary:
        path = f"summaries[{book}]"
        values = self.keys(value, SUMMARY, path)
        share = self.sums(values["share"], f"{path}.share", done)
        _check(share.total == share.squares <= done, f"{path}.share", "sums of zeros and ones")
        minutes = self.sums(values["minutes"], f"{path}.minutes", share.total)
        calls = self.sums(values["calls"], f"{path}.calls", done)
        bins = self.bins(values["bins"], f"{path}.bins", minutes)
        counts = self.counts(values["counts"], f"{path}.counts", book)
        made = sum(n for (_, _, called), n in counts.items() if called)
        _check(made == calls.total, f"{path}.calls[1]", f"{made}, the number of calls in counts")
        times = tuple(
            self.whole(x, f"{path}.times[{i}]") for i, x in enumerate(self.items(values["times"], f"{path}.times", 3))
        )
        return Summary(share, minutes, bins, calls, counts, times)

    def bins(self, value: Any, path: str, minutes: Sums) -> Counter[int]:
        found: Counter[int] = Counter()
        before = -1
        for i, item in enumerate(self.items(value, path)):
            number, times = self.items(item, f"{path}[{i}]", 2)
            before = self.whole(number, f"{path}[{i}][0]", before + 1, LARGEST_BIN)
            found[before] = self.whole(times, f"{path}[{i}][1]", 1)
        _check(found.total() == minutes.number, path, f"a distribution of {minutes.number} runs")
        most = sum(n * exp(k * RATIO) for k, n in found.items())
        least = sum(n * exp((k - 1) * RATIO) for k, n in found.items() if k)
        slack = 1e-6 * most + 1
        _check(least - slack <= minutes.total <= most + slack, path, "a distribution with the mean that 'minutes' has")
        return found

    def counts(self, value: Any, path: str, book: int) -> Counter[tuple[str, str, bool]]:
        known = {(row.operation, row.answer, row.called) for row in tables_of(self.study, book).rows}
        found: Counter[tuple[str, str, bool]] = Counter()
        for i, item in enumerate(self.items(value, path)):
            *key, number = self.items(item, f"{path}[{i}]", 4)
            right = [type(x) for x in key] == [str, str, bool] and tuple(key) in known and tuple(key) not in found
            _check(right, f"{path}[{i}]", "an operation and an answer of the runbook, each pair once")
            found[key[0], key[1], key[2]] = self.whole(number, f"{path}[{i}][3]", 1)
        return found

    def difference(self, value: Any, summaries: list[Summary], book: int) -> Sums:
        path, first, other = f"differences[{book}]", summaries[0].minutes, summaries[book].minutes
        items = self.items(value, path, len(vars(Sums())))
        number = self.whole(items[0], f"{path}[0]", 0, min(first.number, other.number))
        if first.number == other.number == summaries[0].runs or not book:
            number = first.number  # both succeed in all of these runs
        found = self.sums(value, path, number, -MOST)
        if first.number == other.number == number:
            _check(found.total == other.total - first.total, f"{path}[1]", "the difference of the sums of minutes")
        return found
