"""Runbooks, an account, a seed and a number of runs: everything that determines the results of ``run``."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from hashlib import sha256
from io import StringIO

import numpy as np

from backup_slr.engine.spec.extension import left_out
from backup_slr.errors import BadInput, cell
from backup_slr.runbook import MAX_STEPS
from backup_slr.runbook.book import Runbook
from backup_slr.runbook.busy_account import BusyAccount
from backup_slr.runbook.control_flow import GOOD, program, with_created
from backup_slr.runbook.rng import Integers, Words, keys
from backup_slr.runbook.simulate import batch as sim
from backup_slr.runbook.simulate.background import beginning
from backup_slr.runbook.simulate.events import Simulation
from backup_slr.runbook.statistics import Summary, Sums, in_ticks

LARGEST_BATCH = 32_768
MOST_CELLS = 2**22
"""The maximum number of vaults in all runs of a batch; this bounds memory."""
TRIED = 10_000
"""The steps of a run from which its whole length is estimated."""
FLEET = 1
"""Distinguishes the keys of accounts from those of runs."""
COLUMNS = ("run", "account", "runbook", "success", "minutes", "calls", "refusals", "calling", "waiting", "pausing")


class TooManySteps(BadInput):
    """A run takes more steps than the maximum; `run` is its number."""

    run = 0


@dataclass(frozen=True, eq=False)
class Study:
    """The input of `run`. With a fleet, `runs` counts the runs of each account. Equal if the fingerprints are.

    If the role must `stay` deleted, a run succeeds if the role is deleted at the deadline, and not when it is deleted.
    The account gets names for the vaults that the runbooks create.
    """

    books: tuple[Runbook, ...]
    environment: BusyAccount
    seed: int
    runs: int
    deadline: float | None = None
    fleet: int | None = None
    steps: int = MAX_STEPS
    stay: bool = False

    def __post_init__(self) -> None:
        names = with_created(self.environment.names, self.books, self.environment.model)
        object.__setattr__(self, "environment", replace(self.environment, names=names))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Study) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @property
    def total(self) -> int:
        return self.runs * (self.fleet or 1)

    @property
    def left_out(self) -> list[str]:
        """The extensions that change what the runbooks do, and that the account is not composed with."""
        return left_out(self.environment.lifecycle, {call.do for book in self.books for call in book.every_call})

    def accounts(self, first: int, number: int) -> Integers:
        return np.arange(first, first + number) // self.runs

    def limits(self, book: Runbook) -> sim.RunLimits:
        minutes = min((x for x in (book.deadline, self.deadline) if x is not None), default=sim.FOREVER)
        calls = sim.UNLIMITED if book.calls is None else book.calls
        if self.stay and self.deadline is not None:
            return sim.RunLimits(self.deadline, calls, self.steps, self.stay, minutes)
        return sim.RunLimits(minutes, calls, self.steps, self.stay)

    def check(self) -> None:
        """Check that every run ends, in reasonable time."""
        for number, book in enumerate(self.books):
            limits = self.limits(book)
            made = dispatch_of(self, number).program
            if self.stay and limits.minutes == sim.FOREVER:
                raise BadInput(
                    "it has no deadline until which the role must stay deleted: add deadline = MINUTES to it, or use "
                    "--deadline",
                    book.file,
                )
            if limits.minutes == sim.FOREVER and limits.calls == sim.UNLIMITED and made.may_loop():
                raise BadInput(
                    "it can loop forever: add deadline = MINUTES or calls = NUMBER to it, or use --deadline", book.file
                )
            waits = sum(p.before.mean for p in made.positions if p.kind == "wait" and p.before is not None)
            minutes = limits.minutes if limits.minutes < sim.FOREVER else waits
            if minutes * self.environment.pace > self.steps:
                self._try(number, limits, minutes)

    def _try(self, number: int, limits: sim.RunLimits, minutes: float) -> None:
        """Simulate the beginning of the first run, and estimate how many steps the whole would take."""
        run_keys, fleet = _keys(self, 0, 1)
        some = min(TRIED, self.steps)
        try:
            Simulation(_batch(self, number, 1), run_keys, replace(limits, steps=some), fleet).run()
        except sim.RunUnfinished as found:
            needed = some * minutes / max(found.minute, 1e-12)
            if needed > self.steps:
                raise BadInput(
                    f"the first run is at minute {found.minute:.4g} of {minutes:g} after {some:,} steps, and would "
                    f"take about {needed:.1g}; use longer durations, an earlier deadline, or more than --max-steps "
                    f"{self.steps}",
                    self.books[number].file,
                ) from None

    @cached_property
    def fingerprint(self) -> str:
        """An id of exactly this study, to match a file of results to its study."""
        return sha256(repr(replace(self, steps=MAX_STEPS)).encode()).hexdigest()[:16]  # no result depends on these

    @property
    def batch(self) -> int:
        return max(min(LARGEST_BATCH, MOST_CELLS // len(self.environment.places)), 1)

    def cut(self, number: int, workers: int = 1) -> list[tuple[int, int]]:
        """Cut runs into pieces for workers: the first run and the number of each. Results do not depend on this.

        The runs of one account stay together.
        """
        together = self.runs if self.fleet else 1
        number //= together
        largest = max(self.batch // together, 1)
        pieces = max(workers * -(-number // (largest * workers)), 1)
        size = -(-number // pieces)
        return [(first * together, min(size, number - first) * together) for first in range(0, number, size)]


@dataclass
class Chunk:
    """Results of some of the runs: a summary of each runbook, its difference from the first one, and rows of CSV."""

    number: int
    summaries: list[Summary]
    differences: list[Sums]
    rows: str = ""

    def __add__(self, other: Chunk) -> Chunk:
        return Chunk(
            self.number + other.number,
            [a + b for a, b in zip(self.summaries, other.summaries, strict=True)],
            [a + b for a, b in zip(self.differences, other.differences, strict=True)],
        )


@lru_cache(maxsize=32)  # preparation takes longer than simulating a few runs
def dispatch_of(study: Study, number: int) -> sim.Dispatch:
    """The dispatch table of one runbook."""
    return sim.Dispatch(program(study.books[number], study.environment), study.environment)


@lru_cache(maxsize=32)
def _batch(study: Study, number: int, size: int) -> sim.Batch:
    return sim.Batch(dispatch_of(study, number), size)


def _keys(study: Study, first: int, number: int) -> tuple[Words, Words | None]:
    run_keys = keys(study.seed, first, number)
    if study.fleet is None:
        return run_keys, None
    accounts = study.accounts(first, number)
    drawn = keys(study.seed, int(accounts[0]), int(accounts[-1] - accounts[0]) + 1, FLEET)
    return run_keys, drawn[accounts - accounts[0]]


def _results(study: Study, book: int, first: int, number: int) -> sim.Results:
    """The results of these runs of one runbook, in several batches if one account has more runs than a batch holds."""
    end = first + number
    starts = range(first, end, study.batch)
    found = [_simulated(study, book, min(study.batch, end - start), start) for start in starts]
    if len(found) == 1:
        return found[0]
    return sim.Results(*(np.concatenate([getattr(r, f.name) for r in found], axis=-1) for f in fields(sim.Results)))


def _simulated(study: Study, book: int, size: int, first: int, events: sim.Recording = None) -> sim.Results:
    run_keys, fleet = _keys(study, first, size)
    try:
        return Simulation(_batch(study, book, size), run_keys, study.limits(study.books[book]), fleet, events).run()
    except sim.RunUnfinished as why:
        error = TooManySteps(
            f"run {first + why.lane} is not over after {study.steps:,} steps, at minute {why.minute:.4g}; "
            f"use longer durations, a deadline, or more than --max-steps {study.steps}",
            study.books[book].file,
        )
        error.run = first + why.lane
        raise error from None


def played(study: Study, first: int, number: int, rows: bool = False) -> Chunk:
    """Simulate these runs of every runbook, all on the same random numbers."""
    found = [_results(study, i, first, number) for i in range(len(study.books))]
    accounts = study.accounts(first, number) if study.fleet and study.runs > 1 else None
    summaries = [Summary.of(r, dispatch_of(study, i).counters, accounts) for i, r in enumerate(found)]
    text = "".join(_rows(study, i, r, first) for i, r in enumerate(found)) if rows else ""
    return Chunk(number, summaries, [_difference(found[0], other, accounts) for other in found], text)


def _difference(one: sim.Results, other: sim.Results, accounts: Integers | None) -> Sums:
    both = one.success & other.success
    ticks = [in_ticks(r.minutes[both]) for r in (other, one)]
    return Sums.of(ticks[0] - ticks[1], None if accounts is None else accounts[both])


def _rows(study: Study, number: int, results: sim.Results, first: int) -> str:
    kinds = dispatch_of(study, number).counters
    called = np.array([kind.called for kind in kinds])
    refused = np.array([kind.called and kind.answer not in GOOD for kind in kinds])
    out, name = StringIO(), cell(study.books[number].name)
    writer = csv.writer(out, lineterminator="\n")
    columns = (
        results.success.tolist(),
        results.minutes.tolist(),
        results.counts[called].sum(axis=0).tolist(),
        results.counts[refused].sum(axis=0).tolist(),
        *results.times.tolist(),
    )
    for i, (success, minutes, calls, refusals, *times) in enumerate(zip(*columns, strict=True), first):
        account = i // study.runs if study.fleet else 0
        spent = [f"{x:.6f}" for x in times]
        writer.writerow((i, account, name, int(success), f"{minutes:.6f}", calls, refusals, *spent))
    return out.getvalue()


@dataclass(frozen=True)
class Recorded:
    dispatch: sim.Dispatch
    start: tuple[int, ...]
    events: list[sim.Event]
    success: bool
    minutes: float


def recorded(study: Study, book: int, run: int) -> Recorded:
    """Simulate one run again and record its events."""
    events: list[sim.Event] = []
    start = beginning(_batch(study, book, 1), *_keys(study, run, 1))
    results = _simulated(study, book, 1, run, events)
    return Recorded(dispatch_of(study, book), start, events, bool(results.success[0]), float(results.minutes[0]))
