"""Try random cases: ``python -m fuzz --minutes 10 [KIND ...]``, or one case again: ``python -m fuzz KIND SEED``.

Every kind gets the same share of the time on each of the processors. The exit code is 1 if any case disagreed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from random import Random

from fuzz import kind, names

SLICE = 10.0
"""Seconds that one worker spends on one kind before it reports."""


def tried(name: str, first: int, seconds: float) -> tuple[str, int, list[str]]:
    """Try cases of a kind, starting at a seed, for some seconds; return the kind, their number, and disagreements."""
    asked, until, number = kind(name), time.monotonic() + seconds, 0
    wrong: list[str] = []
    while time.monotonic() < until:
        found = asked.run(first + number)
        if found is not None:
            wrong.append(f"{name} {first + number}: {found}")
        number += 1
    return name, number, wrong


def main() -> int:
    """Read the command line and try the cases."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("kinds", nargs="*", help=f"kinds, or one kind and a seed; known: {', '.join(names())}")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (default 1)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: all)")
    args = parser.parse_args()
    if len(args.kinds) == 2 and args.kinds[0] in names() and args.kinds[1].isdecimal():
        try:
            found = kind(args.kinds[0]).trial(Random(f"{args.kinds[0]} {args.kinds[1]}"))
        except Exception:
            traceback.print_exc()
            return 1
        print(found or "agreed")
        return int(found is not None)
    unknown = [name for name in args.kinds if name not in names()]
    if unknown:
        parser.error(f"unknown kind {unknown[0]!r}; known: {', '.join(names())}")
    wanted = args.kinds or names()
    until = time.monotonic() + 60 * args.minutes
    seeds = Random()
    count: Counter[str] = Counter()
    wrong: list[str] = []
    with ProcessPoolExecutor(args.workers) as pool:
        while (left := until - time.monotonic()) > 0:
            share = min(SLICE, max(1.0, left * args.workers / len(wanted)))
            jobs = [pool.submit(tried, name, seeds.randrange(10**12), share) for name in wanted]
            for name, number, found in (job.result() for job in jobs):
                count[name] += number
                wrong += found
                print(*found, sep="\n", end="\n" if found else "", flush=True)
    for name in wanted:
        print(f"{name:20} {count[name]:>9,} cases, {sum(w.startswith(f'{name} ') for w in wrong)} disagreed")
    print(f"{'all':20} {sum(count.values()):>9,} cases, {len(wrong)} disagreed")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
