"""Write files completely or not at all: as a temporary file in the same folder, which is renamed when complete.

A special file such as ``/dev/full`` or a FIFO is written directly. So is a file that is a standard stream of this
process, has several hard links, or is in a folder that is not writable.
"""

from __future__ import annotations

import errno
import os
import secrets
import signal
import stat
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain

from backup_slr.cli import bounds
from backup_slr.errors import BadInput

PIECE = 1 << 20
"""The number of bytes per write."""
_aside: dict[str, str] = {}
"""Temporary files, each with the file that it will replace."""
_together: list[str] = []
"""Nonempty while `together` is collecting files to rename."""


class NotWritten(Exception):
    """A file cannot be written; `rest` has all of its bytes."""

    def __init__(self, why: str, rest: Iterable[bytes]) -> None:
        super().__init__(why)
        self.rest = rest


def save(parts: Iterable[bytes], name: str) -> None:
    """Write a file. Raises `NotWritten` when it cannot be written; an existing file is unchanged."""
    pieces = _pieces(iter(parts))
    aside = ""
    try:
        try:
            target, there = _target(name)
            if not _special(target, there):
                aside = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.part")
                _aside[aside] = target
            stream = _opened_aside(aside, there) if aside else None
            if stream is None:
                aside, stream = "", os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        except (OSError, ValueError) as error:  # a file name cannot contain a null byte
            raise NotWritten(_reason(error), pieces) from None
        with os.fdopen(stream, "wb", buffering=0):
            _fill(stream, aside, pieces)
        if aside and not _together:
            _replace([aside])
    except BaseException:
        _discard([aside])
        raise


def save_whole(data: bytes, name: str, what: str = "") -> None:
    """Write a file; when this fails, raise BadInput about its contents, named `what`."""
    try:
        save((data,), name)
    except NotWritten as error:
        raise BadInput(f"{what}cannot be written: {error}", name) from None


@contextmanager
def together() -> Generator[None]:
    """Write several files: at the end of the block all of them replace existing files, or none does."""
    before = set(_aside)
    _together.append("")
    try:
        yield
        _together.pop()
        _replace([aside for aside in _aside if aside not in before])
    except BaseException:
        _together.clear()
        _discard([aside for aside in _aside if aside not in before])
        raise


# ---------------------------------------------------------------- one file


def _target(name: str) -> tuple[str, os.stat_result | None]:
    """Return the file of a name, with links resolved, and the status of an existing one."""
    target = os.path.realpath(name or os.curdir)
    try:
        there = os.stat(name or os.curdir)
    except FileNotFoundError:
        return target, None
    if stat.S_ISDIR(there.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(name, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return target, there


def _special(target: str, there: os.stat_result | None) -> bool:
    """Return whether a file must be written directly."""
    if there is None:
        return False
    if not stat.S_ISREG(there.st_mode) or there.st_nlink > 1 or target.startswith(("/dev/", "/proc/")):
        return True
    for number in (0, 1, 2):
        with suppress(OSError):
            if os.path.samestat(there, os.fstat(number)):
                return True
    return False


def _opened_aside(aside: str, there: os.stat_result | None) -> int | None:
    """Open a new file with the permissions of another; None if the folder is not writable but that file is."""
    try:
        stream = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except PermissionError:
        if there is None:
            raise
        del _aside[aside]
        return None
    if there is not None:
        with suppress(OSError):
            os.chown(aside, there.st_uid, there.st_gid)
        with suppress(OSError):
            os.chmod(aside, stat.S_IMODE(there.st_mode))
    return stream


def _pieces(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Join bytes into larger pieces."""
    size, kept = 0, list[bytes]()
    for part in parts:
        kept.append(part)
        size += len(part)
        if size >= PIECE:
            yield b"".join(kept)
            size, kept = 0, []
    if kept:
        yield b"".join(kept)


def _fill(stream: int, aside: str, pieces: Iterator[bytes]) -> None:
    """Write all pieces; if that fails, bytes in a temporary file count as not written."""
    for piece in pieces:
        rest = memoryview(piece)
        try:
            while rest:
                rest = rest[os.write(stream, rest) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            written = b""
            if aside:
                with open(aside, "rb") as file:
                    written = file.read()
            raise NotWritten(_reason(error), chain((written, bytes(rest)), pieces)) from None


# ---------------------------------------------------------------- renaming


def _replace(files: list[str]) -> None:
    """Replace files by others, with signals blocked."""
    done: list[str] = []
    mask = getattr(signal, "pthread_sigmask", None)
    before = mask(signal.SIG_BLOCK, {*bounds.SIGNALS, signal.SIGALRM}) if mask else None
    try:
        for aside in files:
            os.replace(aside, _aside[aside])
            done.append(_aside.pop(aside))
    except OSError as error:
        target = _aside[files[len(done)]]
        before_that = f"; replaced before that: {', '.join(done)}" if done else ""
        raise BadInput(f"cannot be written: {_reason(error)}{before_that}", target) from None
    finally:
        if mask:
            mask(signal.SIG_SETMASK, before)


def _discard(files: Iterable[str]) -> None:
    for aside in files:
        _aside.pop(aside, None)
        with suppress(OSError):
            os.unlink(aside)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


bounds.at_once(lambda: _discard(list(_aside)))
