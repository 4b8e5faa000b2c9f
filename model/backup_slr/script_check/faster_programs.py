"""Programs that sleep sixty times as fast, where libfaketime is installed.

It is preloaded into programs that are neither Python nor shell scripts: their clocks start at the time of the model and
run faster. This is not the time of the model, which passes only when the checker knows that a script waits: how much
passes between two calls depends on the machine, so that what a program decides by its clock can differ between runs.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

FASTER = 60
"""A greater number would let clients give up a request before this machine has answered it."""
LIBRARIES = ("/usr/lib*/faketime", "/usr/lib/*/faketime", "/usr/local/lib*/faketime")
NAME = "libfaketimeMT.so.1"
SHELLS = frozenset({"sh", "ash", "bash", "dash", "ksh", "mksh", "zsh"})


def library(folders: tuple[str, ...] = LIBRARIES) -> Path | None:
    """Return the file of libfaketime, if it is installed where Linux distributions have it.

    >>> library(()) is None
    True
    """
    if not sys.platform.startswith("linux"):
        return None
    found = (file for folder in folders for file in sorted(Path("/").glob(f"{folder[1:]}/{NAME}")))
    return next(found, None)


def is_shell(first: bytes) -> bool:
    """Whether the first line of a program names a shell, for which `shell_commands` has the time of the model.

    >>> is_shell(b"#!/usr/bin/env bash"), is_shell(b"#!/bin/sh -eu"), is_shell(b"#!/usr/bin/env node")
    (True, True, False)
    """
    words = first.removeprefix(b"#!").decode(errors="replace").split()
    return first.startswith(b"#!") and any(word.rpartition("/")[2] in SHELLS for word in words[:3])


def faster(now: float) -> dict[str, str]:
    """Return the environment in which a program sleeps faster, from this time on; empty without the library."""
    file = library()
    if file is None:
        return {}
    loaded = os.environ.get("LD_PRELOAD", "")
    start = datetime.fromtimestamp(now).strftime("%Y-%m-%d %H:%M:%S")  # it reads the local time
    return {"LD_PRELOAD": f"{file} {loaded}".strip(), "FAKETIME": f"@{start} x{FASTER}"}


def remove_shared(process: int) -> None:
    """Remove the shared memory that the library leaves when a process is killed."""
    for name in (f"faketime_shm_{process}", f"sem.faketime_sem_{process}"):
        with suppress(OSError):
            Path("/dev/shm", name).unlink()


def note(first: bytes) -> str:
    """Return what a report says about the time of a program; empty for a shell script."""
    if is_shell(first):
        return ""
    how = "in real time, because libfaketime is not installed"
    if library() is not None:
        how = f"{FASTER} times as fast as it says, with libfaketime, unless it is linked statically"
    return (
        f"The script is neither Python nor a shell script: it sleeps {how}. The environment does not know that it "
        "waits, so that jobs and tasks end only as events."
    )
