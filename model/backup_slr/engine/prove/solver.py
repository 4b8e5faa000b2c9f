"""z3, where it is installed, and helpers that build its expressions."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any, TypeAlias

from backup_slr.errors import MissingTool, install

try:
    import z3 as _z3  # pyright: ignore[reportMissingTypeStubs]
except ImportError as error:  # pragma: no cover - the tests have it
    raise MissingTool(f"z3 is not installed; install it with: {install(library='z3-solver')}") from error

z3: Any = _z3
"""The Python interface of z3, which has no type hints."""

Term: TypeAlias = Any
"""An expression of z3, or one of its sorts or functions."""

_fresh = count()


@cache
def values_sort(name: str, values: tuple[str, ...]) -> tuple[Term, tuple[Term, ...]]:
    """The sort of an enumeration and its values; z3 requires each such sort to be created once."""
    sort, constants = z3.EnumSort(f"{name}:{values!r}", [f"{name}:{value}" for value in values])
    return sort, tuple(constants)


def fresh(name: str, sort: Term) -> Term:
    """A constant with a unique name."""
    return z3.Const(f"{name}!{next(_fresh)}", sort)


def conj(*terms: Term) -> Term:
    """The conjunction of some terms."""
    return terms[0] if len(terms) == 1 else z3.And(*terms) if terms else z3.BoolVal(True)


def disj(*terms: Term) -> Term:
    """The disjunction of some terms."""
    return terms[0] if len(terms) == 1 else z3.Or(*terms) if terms else z3.BoolVal(False)


def forall(names: Iterable[Term], body: Term) -> Term:
    """The body, quantified over these constants, if there are any."""
    bound = list(names)
    return z3.ForAll(bound, body) if bound else body


@contextmanager
def uninterrupted() -> Generator[None]:
    """Delay an interruption to the end of the block.

    z3 frees its expressions in finalizers, where Python ignores exceptions: an interruption during a query would often
    be lost.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    noted: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, lambda number, _: noted.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if noted:
        signal.raise_signal(signal.SIGINT)
