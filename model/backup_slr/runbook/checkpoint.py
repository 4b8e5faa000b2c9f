"""Checkpoints for ``run --resume``: a file of the runs so far, from which a later call continues.

The file has a checksum of its content; a changed file is rejected.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import astuple, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from backup_slr.engine.serialize.json_file import parsed
from backup_slr.errors import BadInput, printable
from backup_slr.runbook.experiment import Chunk, Study
from backup_slr.runbook.simulate.batch import CallKind
from backup_slr.runbook.statistics import Summary, Sums
from backup_slr.scenario.toml_source import read
from backup_slr.version import __version__

FORMAT = 6
OVER = "name another file to start over"


@dataclass(frozen=True)
class Checkpoint:
    """The first runs of a study, and the size of the CSV file after them."""

    chunk: Chunk | None
    rows: int = 0

    @property
    def done(self) -> int:
        return self.chunk.number if self.chunk else 0


def checkpoint_text(study: Study, checkpoint: Checkpoint) -> str:
    chunk = checkpoint.chunk
    if chunk is None:
        return ""
    document = {
        "backup-slr": __version__,
        "format": FORMAT,
        "study": study.fingerprint,
        "done": chunk.number,
        "rows": checkpoint.rows,
        "summaries": [
            {
                "share": astuple(summary.share),
                "minutes": astuple(summary.minutes),
                "bins": sorted(summary.bins.items()),
                "calls": astuple(summary.calls),
                "counts": [(*kind, n) for kind, n in sorted(summary.counts.items())],
                "remains": dict(summary.remains),
                "refused": dict(summary.refused),
                "times": [summary.calling, summary.waiting, summary.pausing],
                "recreated": summary.recreated,
            }
            for summary in chunk.summaries
        ],
        "differences": [astuple(difference) for difference in chunk.differences],
    }
    return json.dumps(document | {"checksum": _checksum(document)})


def _summary(document: dict[str, Any]) -> Summary:
    return Summary(
        Sums(*document["share"]),
        Sums(*document["minutes"]),
        Counter(dict(document["bins"])),
        Sums(*document["calls"]),
        Counter({CallKind(*kind): n for *kind, n in document["counts"]}),
        Counter(document["remains"]),
        Counter(document["refused"]),
        document["recreated"],
        *document["times"],
    )


def _checksum(document: dict[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()


def read_checkpoint(file: Path, study: Study) -> Checkpoint:
    """Read a checkpoint; it is empty if there is no such file yet. A damaged one, or of other runs, is `BadInput`."""
    if not file.exists():
        return Checkpoint(None)
    text = read(file, "file that 'run --resume' wrote")
    try:
        document: dict[str, Any] = parsed(text, str(file))
        written_by = document["backup-slr"], document["format"]
    except (BadInput, TypeError, KeyError):
        raise BadInput("not a file that 'run --resume' wrote; name such a file, or a new one", str(file)) from None
    if written_by != (__version__, FORMAT):
        version, number = (printable(str(part)) for part in written_by)
        raise BadInput(
            f"written by backup-slr {version}, format {number}, but this is {__version__}, format {FORMAT}; {OVER}",
            str(file),
        )
    if document.get("study") != study.fingerprint:
        raise BadInput(
            f"holds the results of other runbooks, another account, seed, number of runs or deadline; {OVER}", str(file)
        )
    said = document.pop("checksum", None)
    try:
        if said != _checksum(document):
            raise ValueError("another checksum")
        summaries, differences = map(_summary, document["summaries"]), (Sums(*d) for d in document["differences"])
        return Checkpoint(Chunk(document["done"], list(summaries), list(differences)), document["rows"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadInput(f"is damaged: its content does not match its checksum; {OVER}", str(file)) from None
