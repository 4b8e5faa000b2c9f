"""The kills of all mutants, compared with the record: ``python tests/mutants.py [--record]``.

It takes many minutes on two processors, so it is not part of ``make test-all``: ``make mutants`` calls it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from backup_slr.lifecycle.extensions import EXTENSIONS

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests/golden/mutants.json"
KEPT = ("mutants", "killed", "equivalent", "proved_equivalent", "survived", "by_judge", "by_properties_alone", "score")
KEPT_OF_EXTENSIONS = ("mutants", "killed", "equivalent", "survived")
"""Of the actions that an extension adds or changes."""


def mutated(*arguments: str) -> dict[str, Any]:
    """The document of a run of ``mutate``."""
    command = [sys.executable, "-m", "backup_slr", "mutate", "--json", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    printed = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=False)
    if printed.returncode not in (0, 1):
        sys.exit(printed.returncode)
    return json.loads(printed.stdout)


def score(names: Iterable[str]) -> dict[str, Any]:
    """The figures of a complete run, including the oracle, in total and for each clause; then for some extensions."""
    found = mutated("--oracle", "support.beside_oracle:adapter")
    clauses = {c["id"]: [c["mutants"], c["killed"], c["by_properties"]] for c in found["clauses"]}
    extensions: dict[str, Any] = {}
    for name in names:
        print(f"with {name}", file=sys.stderr)
        composed = mutated("--with", name, "--first-kill")
        extensions[name] = {key: composed[key] for key in KEPT_OF_EXTENSIONS}
    kept = {key: found[key] for key in KEPT}
    return {**kept, "clauses": clauses, "untouched": found["untouched"], "extensions": extensions}


def main(arguments: list[str]) -> int:
    """Compare with the record, or update it."""
    every = [extension.name for extension in EXTENSIONS]
    if arguments == ["--record"]:
        found = score(every)
        lines = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in found.items())
        GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        print(f"recorded {GOLDEN.name}")
        return 0
    kept = json.loads(GOLDEN.read_text(encoding="utf-8"))
    found = score(kept["extensions"])
    for key in dict.fromkeys((*kept, *found)):
        if kept.get(key) != found.get(key):
            print(f"{key}: recorded {kept.get(key)}, found {found.get(key)}")
    if kept != found:
        print("if this is meant: python tests/mutants.py --record, and the README")
        return 1
    print(f"as recorded: {found['killed']} of {found['mutants'] - found['equivalent']} mutants are killed")
    for name, one in found["extensions"].items():
        print(f"with {name}: {one['killed']} of {one['mutants'] - one['equivalent']}")
    left = ", ".join(name for name in every if name not in kept["extensions"])
    if left:
        print(f"not recorded yet, and not compared: {left}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
