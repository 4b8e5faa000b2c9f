"""What was played so far, kept in a file from which a later call goes on (``--resume``)."""

from __future__ import annotations

import json
import os
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, cast

from backup_slr.errors import BadInput
from backup_slr.runbook.study import Chunk, Study
from backup_slr.runbook.summary import Summary
from backup_slr.runbook.sums import Sums
from backup_slr.version import __version__

FORMAT = 2


@dataclass(frozen=True)
class Kept:
    """The runs from the first up to some number, and how long the file of all runs was then."""

    chunk: Chunk | None
    rows: int = 0

    @property
    def done(self) -> int:
        """How many runs are done."""
        return self.chunk.number if self.chunk else 0


def keep(file: Path, study: Study, kept: Kept) -> None:
    """Write it, so that at any moment a whole file is there.

    Raises
    ------
    BadInput
        When it cannot be written.
    """
    if kept.chunk is None:
        return
    document = {
        "backup-slr": __version__,
        "format": FORMAT,
        "study": study.fingerprint,
        "done": kept.done,
        "rows": kept.rows,
        "summaries": [s.document() for s in kept.chunk.summaries],
        "differences": [astuple(d) for d in kept.chunk.differences],
    }
    beside = file.with_name(f"{file.name}.new")
    try:
        beside.write_text(json.dumps(document), encoding="utf-8")
        os.replace(beside, file)
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror or error}", str(file)) from None


def kept(file: Path, study: Study) -> Kept:
    """Read it; nothing if there is no such file yet.

    Raises
    ------
    BadInput
        When it is something else, from another version, or about other runs.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Kept(None)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", str(file)) from None
    except UnicodeDecodeError:
        text = ""
    try:
        document = cast("dict[str, Any]", json.loads(text))
        version, number = document["backup-slr"], document["format"]
    except (ValueError, TypeError, KeyError):
        raise BadInput(
            "no file that 'run --resume' wrote; name one that is, or one that does not exist yet", str(file)
        ) from None
    if (version, number) != (__version__, FORMAT):
        raise BadInput(
            f"written by backup-slr {version}, and this is {__version__}: results of two versions are not mixed; "
            "name another file to begin anew",
            str(file),
        )
    if document.get("study") != study.fingerprint:
        raise BadInput(
            "holds the results of other runbooks, another account, seed, number of runs or deadline; "
            "name another file to begin anew",
            str(file),
        )
    try:
        summaries = [Summary.read(s) for s in document["summaries"]]
        differences = [Sums(*d) for d in document["differences"]]
        chunk = Chunk(0, int(document["done"]), summaries, differences)
        if len(summaries) != len(study.books) or any(s.runs != chunk.number for s in summaries):
            raise ValueError
        return Kept(chunk, int(document["rows"]))
    except (KeyError, TypeError, ValueError):
        raise BadInput("is damaged; name another file to begin anew", str(file)) from None
