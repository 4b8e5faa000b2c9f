"""What the command line knows of a command before it runs it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A command: where its function is (``module:function``), what help says of it, and its options.

    `short` completes the sentence "this command ..."; `setup` adds the options to a parser, importing what it needs
    only then.
    """

    function: str
    short: str
    setup: Callable[[argparse.ArgumentParser], None]
    long: str
    examples: str
