"""``run --resume``: a changed file is rejected and not modified; one with only a different layout is accepted."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from support.console import call

DOSE = 15
BOOKS = ("simulations/runbooks/the-page.toml", "simulations/runbooks/no-retry.toml")
ASKED = {
    "alone": ("run", *BOOKS[:1], "--account", "simulations/accounts/small.toml", "--runs", "50", "--json"),
    "two": ("run", *BOOKS, "--account", "simulations/accounts/small.toml", "--runs", "30", "--json"),
    "fleet": (
        "run", *BOOKS, "--account", "simulations/accounts/busy.toml", "--fleet", "8", "--runs", "3", "--json",
    ),
}  # fmt: skip
STRANGE = (
    "null",
    "true",
    '"7"',
    "[]",
    "{}",
    "-1",
    "0",
    "7",
    "1" + "0" * 400,
    "0.5",
    "1e999",
    "NaN",
    "",
    "[" * 100_000,
    "}",
)


@cache
def valid(which: str) -> tuple[str, str]:
    """A file that `run` wrote, and the answer of that run."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "kept.json"
        answer = call(*ASKED[which], "--resume", str(file))
        assert answer.code == 0, answer.err
        return file.read_text(encoding="utf-8"), answer.out


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document: its container, and its key or number."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [spot for key in keys for spot in ((value, key), *spots(value[key]))]


def mutated(random: Random, document: Any) -> str:
    """The text of a document in which one part is removed, duplicated, or replaced by an odd value."""
    holder, key = random.choice(spots(document))
    match random.randrange(3):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.insert(key, holder[key])
        case _:
            holder[key] = "STRANGE"
    return json.dumps(document).replace('"STRANGE"', random.choice(STRANGE))


def trial(random: Random) -> str | None:
    """Change a file that `run` wrote, and resume from it."""
    which = random.choice(sorted(ASKED))
    text, right = valid(which)
    document = json.loads(text)
    if random.random() < 0.1:
        items = list(document.items())
        random.shuffle(items)
        changed = json.dumps(dict(items), indent=random.choice((None, 1, 4))) + random.choice(("", "\n\n  "))
    else:
        changed = mutated(random, document)
        if random.random() < 0.05:
            changed = changed[: random.randrange(len(changed))]
    try:
        same = json.dumps(json.loads(changed), sort_keys=True) == json.dumps(json.loads(text), sort_keys=True)
    except (ValueError, RecursionError):
        same = False
    with TemporaryDirectory() as folder:
        file = Path(folder) / "kept.json"
        file.write_text(changed, encoding="utf-8")
        answer = call(*ASKED[which], "--resume", str(file))
        left = file.read_text(encoding="utf-8")
    if same:
        return None if (answer.code, answer.out) == (0, right) else f"{which}: {answer.code} {answer.err} for the same"
    if (answer.code, answer.out, left) != (3, "", changed):
        return f"{which}: {answer.code} {answer.err!r} for a changed file, or it was written"
    if answer.err.count("\n") != 1 or "kept.json: " not in answer.err:
        return f"{which}: refused with {answer.err!r}"
    return None
