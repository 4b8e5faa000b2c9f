"""Errors about bad input: the problem, its place, and the correction.

Names come from files of unknown origin. `printable` escapes each name before it is shown, so that it stays on one line
and sends only text to a terminal.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from shutil import which

LONGEST = 60
"""Longer names are cut in their middle for display."""
SYSTEM = {"apt-get": "sudo apt-get install", "dnf": "sudo dnf install", "brew": "brew install"}
"""Package managers, with their commands."""


class BadInput(Exception):
    """A file, a name or an expression cannot be used; the message is complete and is printed unchanged.

    Parameters
    ----------
    message
        The problem, and the solution.
    file, line
        The location, if known.
    """

    def __init__(self, message: str, file: str | None = None, line: int | None = None) -> None:
        name = printable(file, None) if file is not None else ""
        where = f"{name}:{line}: " if file is not None and line else f"{name}: " if file is not None else ""
        super().__init__(f"{where}{message}")


class Incompatible(BadInput):
    """A file that cannot be used with the chosen extensions, although nothing in it is wrong."""


class BadScope(BadInput):
    """Numbers of a scope that do not fit."""


class MissingTool(Exception):
    """A library or program is needed but not installed; the message says how to install it (exit code 4)."""


def install(extra: str = "", library: str = "") -> str:
    """Return the shell command that installs packages for the Python that runs this program.

    It names the packages themselves, so that it works wherever this program was installed from.

    Parameters
    ----------
    extra
        The extra whose packages are installed; the required packages if there is none.
    library
        Only the package of this name.
    """
    from importlib import metadata  # slow to import, and rarely needed

    marker = f"extra == '{extra}'" if extra else ""
    try:
        needed = [line.partition(";") for line in metadata.requires("backup-slr") or ()]
    except metadata.PackageNotFoundError:
        needed = []
    found = [name.strip() for name, _, of in needed if of.strip().replace('"', "'") == marker]
    found = [name for name in found if name.startswith(library)]
    return shlex.join([sys.executable, "-m", "pip", "install", *(found or [library or "backup-slr"])])


def install_system(package: str) -> str:
    """Return the shell command that installs a package of the operating system, or advice if none is known."""
    for manager, command in SYSTEM.items():
        if which(manager):
            return f"{command} {package}"
    return f"{package}, with the package manager of your system"


def shortened(text: str, longest: int = LONGEST) -> str:
    """Cut the middle out of a long text."""
    if len(text) <= longest:
        return text
    tail = (longest - 5) // 2
    return f"{text[: longest - 5 - tail]} ... {text[len(text) - tail :]}"


def printable(text: str, longest: int | None = LONGEST) -> str:
    r"""Return a name for display: cut if it is long, with control and invisible characters escaped.

    >>> printable("a\x1b[2Jb"), printable("x" * 100, 20)
    ('a\\x1b[2Jb', 'xxxxxxxx ... xxxxxxx')
    """
    text = text if longest is None else shortened(text, longest)
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def cell(text: str) -> str:
    """Return a name as a cell of a spreadsheet: `printable`, and never a formula.

    >>> cell("=1+1"), cell("the-page")
    ("'=1+1", 'the-page')
    """
    shown = printable(text, None)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown


def quoted(name: object) -> str:
    """Quote a name, shortened and escaped."""
    return repr(shortened(str(name)))


def raised(error: BaseException) -> str:
    """Describe an exception of another program on one line.

    >>> raised(KeyError("x"))
    "KeyError: 'x'"
    """
    return printable(f"{type(error).__name__}: {error}".rstrip(": "), 200)


def unknown(kind: str, name: object, known: Iterable[str], show: int = 12, listed: str = "") -> str:
    """Return the message about an unknown name: with the nearest known one, or with all known ones if they are few.

    If they are many, the message may name the command that lists them.

    >>> unknown("action", "list_resource", ["list_resources", "rename_role"])
    "unknown action 'list_resource'; did you mean 'list_resources'?"
    """
    names = list(known)
    near = get_close_matches(str(name)[:LONGEST], names, n=1, cutoff=0.61)
    if near:
        return f"unknown {kind} {quoted(name)}; did you mean {quoted(near[0])}?"
    if len(names) <= show:
        return f"unknown {kind} {quoted(name)}; known: {', '.join(map(printable, names)) or 'none'}"
    return f"unknown {kind} {quoted(name)}{f'; see {quoted(listed)}' if listed else ''}"
