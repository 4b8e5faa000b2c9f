"""The kills of all mutants, compared with the record: ``python tests/mutants.py [--record] [base] [EXTENSION ...]``.

It takes several minutes on two processors, so it is not part of ``make test-all``: ``make mutants`` calls it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from backup_slr.lifecycle.extensions import EXTENSIONS

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests/golden/mutants.json"
BASE = "base"
KEPT = ("mutants", "killed", "equivalent", "proved_equivalent", "survived", "by_judge", "by_properties_alone", "score")
KEPT_OF_EXTENSIONS = ("mutants", "killed", "equivalent", "proved_equivalent", "survived")
"""Of the actions that an extension adds or changes."""


def mutated(*arguments: str) -> dict[str, Any]:
    """The document of a run of ``mutate``."""
    command = [sys.executable, "-m", "backup_slr", "mutate", "--json", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    printed = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=False)
    if printed.returncode not in (0, 1):
        sys.exit(printed.returncode)
    return json.loads(printed.stdout)


def base() -> dict[str, Any]:
    """The figures of the rules without extensions, by every judge and the oracle, in total and for each clause."""
    found = mutated("--oracle", "support.beside_oracle:adapter")
    clauses = {c["id"]: [c["mutants"], c["killed"], c["by_properties"]] for c in found["clauses"]}
    return {**{key: found[key] for key in KEPT}, "clauses": clauses, "untouched": found["untouched"]}


def composed(name: str) -> dict[str, Any]:
    """The figures of the actions that an extension adds or changes."""
    found = mutated("--with", name, "--first-kill", "--jobs", "1")
    return {key: found[key] for key in KEPT_OF_EXTENSIONS}


def measured(parts: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Measure parts of the record: first the base in several processes, then the extensions, each in one."""
    left = list(parts)
    if BASE in left:
        left.remove(BASE)
        yield BASE, base()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(composed, name): name for name in left}
        for future in as_completed(running):
            yield running[future], future.result()


def main(arguments: list[str]) -> int:
    """Compare parts of the record (all by default) with what is measured now, or update them."""
    every = [BASE, *(extension.name for extension in EXTENSIONS)]
    record = "--record" in arguments
    parts = [name for name in arguments if name != "--record"] or every
    if not set(parts) <= set(every):
        sys.exit(f"{sys.argv[0]}: expected parts of the record: {', '.join(every)}")
    kept: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    different, began = False, os.times().elapsed
    for part, found in measured(parts):
        rest, same = found["mutants"] - found["equivalent"], found["equivalent"]
        print(f"{part}: {found['killed']:,} of {rest:,} mutants are killed; {same} others are equivalent", flush=True)
        if record:
            kept = {**json.loads(GOLDEN.read_text(encoding="utf-8")), part: found}
            GOLDEN.write_text(_text({name: kept[name] for name in every if name in kept}), encoding="utf-8")
            continue
        for key, value in found.items():
            before = kept.get(part, {}).get(key)
            if before != value:
                different = True
                print(f"{part}: {key}: recorded {before}, found {value}")
    used = os.times()
    print(f"{used.elapsed - began:.0f} s; {used.children_user + used.children_system:.0f} s of CPU time")
    if different:
        print("if this is meant: python tests/mutants.py --record, and the README")
    elif record:
        print(f"recorded {GOLDEN.name}")
    return int(different)


def _text(record: dict[str, dict[str, Any]]) -> str:
    """JSON with one line for each figure of a part."""
    parts: list[str] = []
    for part, figures in record.items():
        lines = ",\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in figures.items())
        parts.append(f"  {json.dumps(part)}: {{\n{lines}\n  }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
