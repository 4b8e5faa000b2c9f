"""Random inputs, each with a judge that shares no code with the program.

Each module of this folder, except this one and `__main__`, is one *kind*: it defines ``trial(random)``, which makes one
random case, consults the program and an independent judge, and returns `None` if they agree, or one line about their
difference. `DOSE` is the number of cases that ``make test-all`` tries; ``make test`` tries an eighth of them, and
``make fuzz MINUTES=10`` as many as fit.

A case depends on its seed alone: ``python -m fuzz KIND SEED`` repeats it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from random import Random


@dataclass(frozen=True)
class Kind:
    """One kind of random case: its name, a function that tries a case, and the number of cases in ``make test-all``."""

    name: str
    trial: Callable[[Random], str | None]
    dose: int

    def run(self, seed: int) -> str | None:
        """Try the case of a seed; a line that describes the disagreement, if there is one.

        An exception is a disagreement too: no generated case may end in one.
        """
        try:
            return self.trial(Random(f"{self.name} {seed}"))
        except Exception as error:
            return f"{type(error).__name__}: {error}"


def names() -> list[str]:
    """The names of all kinds."""
    return sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def kind(name: str) -> Kind:
    """The kind with this name.

    Raises
    ------
    ModuleNotFoundError
        When it does not exist.
    """
    module = import_module(f"fuzz.{name}")
    return Kind(name, module.trial, module.DOSE)
