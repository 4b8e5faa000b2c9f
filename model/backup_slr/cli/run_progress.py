"""Run a study: progress, rows of CSV, checkpoints, and interruptions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from backup_slr.cli.bounds import because
from backup_slr.cli.command_options import MOST_RUNS, RunOptions
from backup_slr.cli.files import save_whole
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note
from backup_slr.errors import BadInput, MissingTool
from backup_slr.runbook import executors
from backup_slr.runbook.book import Runbook
from backup_slr.runbook.busy_account import BusyAccount
from backup_slr.runbook.checkpoint import Checkpoint, checkpoint_text, read_checkpoint
from backup_slr.runbook.experiment import COLUMNS, Chunk, Study, TooManySteps


def study_of(options: RunOptions, books: list[Runbook], environment: BusyAccount) -> Study:
    """Return the study that the command line describes."""
    runs = options.runs if options.runs is not None else (1 if options.fleet else 1000)
    limits = options.deadline, options.fleet, options.max_steps, options.stays_gone
    study = Study(tuple(books), environment, options.seed, runs, *limits)
    if study.total > MOST_RUNS:
        raise UsageError(f"--runs: at most {MOST_RUNS:,} runs in all")
    if options.run is not None and options.run >= study.total:
        raise UsageError(f"--run: runs are numbered from 0 to {study.total - 1}, not {options.run}")
    return study


def code_of(stopped: BaseException | None) -> int:
    """Return the exit code for the reason why the runs stopped, or their results could not be written."""
    if stopped is None:
        return 0
    if isinstance(stopped, TooManySteps | executors.WorkersLost):
        return 5
    return 4 if isinstance(stopped, MissingTool) else 3 if isinstance(stopped, BadInput) else 130


def why(stopped: BaseException | None, interrupted: str = "") -> str:
    """Return the reason why the runs stopped; `interrupted` is added after an interruption."""
    return f"error: {stopped}" if isinstance(stopped, Exception) else f"{because()}{interrupted}"


def gather(study: Study, options: RunOptions) -> tuple[Chunk | None, BaseException | None]:
    """Do all runs; return the results of the finished ones (None if there are none), and why they stopped early."""
    resume = Path(options.resume) if options.resume else None
    kept = read_checkpoint(resume, study) if resume else Checkpoint(None)
    if kept.done:
        note(f"continuing from run {kept.done:,}, saved in {resume}")
    rows = _rows(options.csv, kept) if options.csv else None
    chunk = kept.chunk
    left, processes = study.total - kept.done, options.workers if options.executor == "local" else 4
    pieces = [(first + kept.done, number) for first, number in (study.cut(left, processes) if left else ())]

    def store(piece: Chunk) -> None:
        nonlocal chunk
        chunk = chunk + piece if chunk else piece
        if rows:
            _append(rows, piece.rows, options.csv or "")
        if resume:
            so_far = Checkpoint(chunk, rows.tell() if rows else 0)
            save_whole(checkpoint_text(study, so_far).encode(), str(resume))

    try:
        with ProgressBar("runs", study.total, kept.done) as bar:
            try:
                for piece in played(study, pieces, rows is not None, options):
                    store(piece)
                    bar.advance(piece.number)
            except TooManySteps as stopped:
                for piece in _before(study, chunk.number if chunk else 0, stopped, rows is not None):
                    store(piece)
                raise
    except (KeyboardInterrupt, BadInput, MissingTool) as stopped:
        return chunk, stopped
    finally:
        if rows:
            with suppress(OSError):  # reported already
                rows.close()
    return chunk, None


def _before(study: Study, done: int, stopped: TooManySteps, rows: bool) -> Iterator[Chunk]:
    """Repeat the runs that had finished before one took too many steps: their results were lost with it."""
    together = study.runs if study.fleet else 1
    number = (stopped.run - done) // together * together
    if number > 0:
        try:
            yield from executors.here(study, [(done, number)], rows)
        except TooManySteps as earlier:  # of another runbook
            yield from _before(study, done, earlier, rows)


def _append(rows: TextIO, text: str, name: str) -> None:
    try:
        rows.write(text)
        rows.flush()
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror or error}", name) from None


def played(study: Study, pieces: executors.Pieces, rows: bool, options: RunOptions) -> Iterator[Chunk]:
    """Do the runs of all pieces, with the executor of the command line."""
    if options.executor == "dask":
        return executors.dask(study, pieces, rows, options.scheduler or "")
    if options.workers == 1 or len(pieces) == 1:
        return executors.here(study, pieces, rows)
    return executors.pool(study, pieces, rows, min(options.workers, len(pieces)))


def _rows(name: str, kept: Checkpoint) -> TextIO:
    """Open the file of all runs, cut to its length at the checkpoint."""
    file = Path(name)
    try:
        if not kept.done:
            opened = file.open("w", encoding="utf-8", newline="")
            opened.write(",".join(COLUMNS) + "\n")
            return opened
        if not kept.rows or not file.is_file() or not _holds(file, kept.rows):
            raise BadInput("does not hold the runs before the checkpoint of --resume; name another --resume file", name)
        opened = file.open("r+", encoding="utf-8", newline="")
        opened.seek(kept.rows)
        opened.truncate()
        return opened
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror or error}", name) from None


def _holds(file: Path, rows: int) -> bool:
    """Return whether the file begins with the header and a row ends at this length, so that no row is cut."""
    header = (",".join(COLUMNS) + "\n").encode()
    with file.open("rb") as stream:
        if stream.read(len(header)) != header or rows < len(header):
            return False
        stream.seek(rows - 1)
        return stream.read(1) == b"\n"
