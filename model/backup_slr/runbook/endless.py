"""Whether a runbook can go round for ever, seen in its program before anything is played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from backup_slr.runbook.program import PENDING, Position, Program


def may_loop(program: Program) -> bool:
    """Some way through the program comes back to where it was without any bound.

    What ends by itself does not count: going through the points that a list has shown, limited retries, and looking
    at a deletion task, which the service ends.
    """
    after: Mapping[int, set[int]] = {i: set(_leads(p, i)) for i, p in enumerate(program.positions)}
    done: set[int] = set()
    for start in after:
        stack: list[tuple[int, Iterator[int]]] = [(start, iter(after[start]))] if start not in done else []
        on_way = {start}
        while stack:
            number, rest = stack[-1]
            nxt = next(rest, None)
            if nxt is None:
                stack.pop()
                on_way.discard(number)
                done.add(number)
            elif nxt in on_way:
                return True
            elif nxt not in done:
                on_way.add(nxt)
                stack.append((nxt, iter(after[nxt])))
    return False


def _leads(position: Position, number: int) -> Iterator[int]:
    if position.kind == "take":
        return  # the items of a fork are handed out once each
    ways = list(position.ways)
    if position.calls:
        ways += [position.throttled, position.exhausted]
        limited = position.backoff is not None and position.backoff.attempts is not None
        for way in ways:
            if way.retry and limited:
                continue
            if way.takes or (position.kind == "poll" and way is position.ways[PENDING]):
                yield from {way.empty} - {number}
            else:
                yield from {way.to, way.empty}
        return
    yield from (way.to for way in ways)
    yield from position.items
