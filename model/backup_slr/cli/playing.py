"""Playing the runs of a study while somebody waits: progress, rows of CSV, what is kept to go on from, Ctrl-C."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from backup_slr.cli.files import NotWritten, save
from backup_slr.cli.output import note
from backup_slr.errors import BadInput, MissingTool
from backup_slr.runbook import checkpoint, executors
from backup_slr.runbook.checkpoint import Checkpoint
from backup_slr.runbook.experiment import COLUMNS, Chunk, Study, TooManySteps


def gather(study: Study, args: argparse.Namespace) -> tuple[Chunk | None, BaseException | None]:
    """Play all runs; what those came to that were done (None: nothing was), and what stopped it, if anything did."""
    resume = Path(args.resume) if args.resume else None
    kept = checkpoint.read_checkpoint(resume, study) if resume else Checkpoint(None)
    if kept.done:
        note(f"going on from run {kept.done:,}, kept in {resume}")
    rows = _rows(args.csv, kept) if args.csv else None
    chunk = kept.chunk
    pieces = [(f + kept.done, n) for f, n in _rest(study, kept.done, _ways(args))]

    def store(piece: Chunk) -> None:
        if rows:
            _append(rows, piece.rows, args.csv)
        if resume:
            _keep(resume, checkpoint.checkpoint_text(study, Checkpoint(chunk, rows.tell() if rows else 0)))

    try:
        with progress(study.total, kept.done) as advance:
            try:
                for piece in played(study, pieces, rows is not None, args):
                    chunk = chunk + piece if chunk else piece
                    store(piece)
                    advance(piece.number)
            except TooManySteps as stopped:
                for piece in _before(study, chunk.number if chunk else 0, stopped, rows is not None):
                    chunk = chunk + piece if chunk else piece
                    store(piece)
                raise
    except (KeyboardInterrupt, BadInput, MissingTool) as stopped:
        return chunk, stopped
    finally:
        if rows:
            with suppress(OSError):  # what could not be written was told of
                rows.close()
    return chunk, None


def _before(study: Study, done: int, stopped: TooManySteps, rows: bool) -> Iterator[Chunk]:
    """The runs before one that takes too many steps: they were over and got lost with it, and are played again."""
    together = study.runs if study.fleet else 1
    number = (stopped.run - done) // together * together
    if number > 0:
        try:
            yield from executors.here(study, [(done, number)], rows)
        except TooManySteps as earlier:  # of another runbook
            yield from _before(study, done, earlier, rows)


def _keep(file: Path, text: str) -> None:
    try:
        save((text.encode(),), str(file))
    except NotWritten as error:
        raise BadInput(f"cannot be written: {error}", str(file)) from None


def _append(rows: TextIO, text: str, name: str) -> None:
    try:
        rows.write(text)
        rows.flush()
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror or error}", name) from None


def _ways(args: argparse.Namespace) -> int:
    return args.workers if args.executor == "local" else 4


def _rest(study: Study, done: int, workers: int) -> list[tuple[int, int]]:
    left = study.total - done
    return study.cut(left, workers) if left else []


def played(study: Study, pieces: executors.Pieces, rows: bool, args: argparse.Namespace) -> Iterator[Chunk]:
    """The pieces, played wherever the command line says."""
    if args.executor == "dask":
        return executors.dask(study, pieces, rows, args.scheduler)
    if args.workers == 1 or len(pieces) == 1:
        return executors.here(study, pieces, rows)
    return executors.pool(study, pieces, rows, min(args.workers, len(pieces)))


def _rows(name: str, kept: Checkpoint) -> TextIO:
    """The file of all runs, as long as it was when what is kept was kept."""
    file = Path(name)
    try:
        if not kept.done:
            opened = file.open("w", encoding="utf-8", newline="")
            opened.write(",".join(COLUMNS) + "\n")
            return opened
        if not kept.rows or not file.is_file() or not _holds(file, kept.rows):
            raise BadInput("does not hold the runs that --resume goes on from; name another --resume file", name)
        opened = file.open("r+", encoding="utf-8", newline="")
        opened.seek(kept.rows)
        opened.truncate()
        return opened
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror or error}", name) from None


def _holds(file: Path, rows: int) -> bool:
    """The file begins with the header, and a row ends where the runs that were kept ended: it is cut nowhere else."""
    header = (",".join(COLUMNS) + "\n").encode()
    with file.open("rb") as stream:
        if stream.read(len(header)) != header or rows < len(header):
            return False
        stream.seek(rows - 1)
        return stream.read(1) == b"\n"


def _say_nothing(number: int) -> None:
    pass


@contextmanager
def progress(total: int, done: int = 0) -> Generator[Callable[[int], None]]:
    """A bar on stderr with rate and time left, if a terminal is there; what is called with each piece that is done."""
    if not sys.stderr.isatty():
        yield _say_nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("runs"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("runs", total=total, completed=done, rate="")

        def advance(number: int) -> None:
            bar.advance(task, number)
            speed = bar.tasks[0].speed
            bar.update(task, rate=f"{speed:,.0f} a second" if speed else "")

        yield advance
