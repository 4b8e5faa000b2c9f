"""Random command lines with good and bad numbers, names and files.

The judge checks the contract of every command: a documented exit code, no traceback, one message about bad input, and
with ``--json`` exactly one document. Output is written to a separate folder.
"""

from __future__ import annotations

import json
import os
from contextlib import chdir, redirect_stderr, redirect_stdout
from functools import cache
from io import BytesIO, TextIOWrapper
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

from click.exceptions import Exit

from backup_slr.cli import bounds
from backup_slr.cli.app import parse, run
from backup_slr.cli.commands import COMMANDS
from backup_slr.cli.parameters import Choice, Parameter, UsageError

DOSE = 12

HOSTILE = "a\x1b[31m\r\nb\u202ec\x9b2J[red]d\t\u200b\x7f"
NUMBERS = (
    *("0", "1", "2", "3", "7", "-1", "-0", "1_0", "\uff11", "\u0661", "1e3", "1e-9", "1e400", "nan", "inf", "-inf"),
    *("+1", " 1", "1 ", "1.5", "", "0x10", "4294967296", "1" + "0" * 30, "9" * 5000, "999", "64", "1000000"),
)
NAMES = (
    *("x", "", "-", HOSTILE, "y" * 300, "\0", "\ud800", "=", "a=b", "efs-vault=never", "usage-check=at-submit"),
    *("delete_role", "delete_role/no-such-role", "drop-guard", "role", "role == absent", "any(points > 0)", "role, x"),
    *("recovery_points_lie_in_vaults", "deletion_task_ends", "console", "svg", "md", "json", "dot", "reachable"),
    *("lifecycle", "teardown", "sequence", "decision", "now", "HEAD", "now --assume efs-vault=never", "now --x", "'"),
    *("wait=1..2", "wait=1..2..1e-300", "wait=nan..1", "os:getcwd", "os:nothing", "no.such:thing", "(" * 300),
)
FILES = (
    *("play.toml", "broken.toml", "book.toml", "account.toml", "table.json", "broken.json", "page.txt", "run.json"),
    *(".", "nowhere", "no/where/x.svg", "/dev/null", "/dev/full", "", "-", HOSTILE, "z" * 300, "a\0b"),
    *("out.svg", "out.json", "out.md", "out.tla", "out.png", "out", "link", "read-only"),
)
PLAY = 'title = "x"\nclauses = ["CREATE-2"]\n[[step]]\ndo = "list_resources"\nexpect = "done"\n'
BOOK = 'title = "b"\n[[param]]\nname = "wait"\nvalue = 1\n[[step]]\ndo = "delete_service_linked_role"\n'
ACCOUNT = 'title = "a"\n[account]\nrole = "present"\nvaults = [{ region = "eu-west-1", name = "v" }]\n'
SMALL = {
    "--regions": "1",
    "--vaults": "2",
    "--points": "1",
    "--max-states": "400",
    "--runs": "3",
    "--max-steps": "500",
    "--jobs": "1",
    "--workers": "1",
    "--timeout": "0.4",
    "--executor": "local",
}
"""The last options of a command line, which bound slow work; all others are still read and checked."""
MUTANT = "rename_role/drop-guard/name-is-immutable"
FINE = {
    "N": ("1", "2", "3"),
    "K": ("0", "1"),
    "S": ("5",),
    "MIB": ("100000",),
    "SECONDS": ("1",),
    "MINUTES": ("60",),
    "SHARE": ("0.5",),
    "FILE": ("out.json", "out", "-", "link"),
    "DIR": (".",),
    "ID": ("recovery_points_lie_in_vaults", MUTANT),
    "ACTION": ("delete_role", "rename_role"),
    "EXPR": ("role == present", "any(points > 0)", "role == deleting"),
    "NAME=VALUE": ("efs-vault=never", "usage-check=at-submit"),
    "ACTION/PART": ("delete_role/no-such-role", "delete_backup_vault/vault-has-recovery-points"),
    "NAME=A..B[..STEP]": ("wait=1..2",),
    "OLD": ("now", "table.json"),
    "NEW": ("now --assume efs-vault=never", "table.json"),
    "NAME": ("lifecycle", "teardown", "decision", "traceability", "dependencies"),
    "SUBJECT": ("delete_role",),
    "RUNBOOK": ("book.toml",),
    "FORMAT": ("json", "dot", "md"),
}
"""Valid values, by the name of an option or argument."""


@cache
def table() -> str:
    """The rules as a file."""
    return said("rules", "--json")[1]


def prepared(folder: Path) -> None:
    """Input files, some of which are valid."""
    texts = {"play.toml": PLAY, "broken.toml": "title = 1", "book.toml": BOOK, "account.toml": ACCOUNT}
    texts |= {"broken.json": "{", "page.txt": "Some page.\n", "run.json": "{}", "table.json": table()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "link").symlink_to("linked")
    (folder / "read-only").touch(mode=0o400)


def said(*arguments: str) -> tuple[int, str, str]:
    """The result of a command line: exit code, stdout, stderr."""
    out, err = (TextIOWrapper(BytesIO(), encoding="utf-8", errors="backslashreplace", newline="") for _ in range(2))
    around = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "GITHUB_ACTIONS")}
    alone = patch("os.cpu_count", return_value=1)  # no other processes
    with alone, patch.dict(os.environ, around, clear=True), redirect_stdout(out), redirect_stderr(err):
        code = run(arguments)
    texts: list[str] = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8", "replace"))  # type: ignore[attr-defined]
    return code, texts[0], texts[1]


def value(random: Random, key: str, asked: Parameter, fine: bool) -> str:
    """A value for an option or an argument, of the right kind or of another one."""
    if isinstance(asked.read, Choice) and random.random() < (1 if fine else 0.8):
        return random.choice(asked.read.names)
    name = (asked.metavar or "").removesuffix("...")
    readable = {"account": "account.toml", "files": "play.toml", "rules": "table.json"}
    if fine and key in readable:
        return readable[key]
    if fine and name in FINE:
        return random.choice(FINE[name])
    kinds = (NUMBERS, NAMES, FILES)
    usual = FILES if name in ("FILE", "DIR") else NUMBERS if asked.read is not str else NAMES
    if name == "RUNBOOK" or key in ("account", "files"):
        usual = ("book.toml", "account.toml", "play.toml") if random.random() < 0.7 else FILES
    return random.choice(usual if random.random() < 0.85 else random.choice(kinds))


@cache
def parameters(command: str) -> dict[str, Parameter]:
    """The options and arguments of a command, by their fields."""
    return {key: asked for key, (_, asked) in COMMANDS[command].parser(command).parameters.items()}


def words(random: Random, command: str) -> list[str]:
    """A random command line of a command."""
    fine = random.random() < 0.6
    options: list[str] = []
    places: list[str] = []
    known = parameters(command)
    for key, asked in known.items():
        if not asked.names:
            if asked.required or random.random() < 0.7:
                many = 1 if fine or not asked.multiple else random.choice((1, 1, 2))
                places += [value(random, key, asked, fine) for _ in range(many)]
        elif random.random() < (0.9 if asked.required else 4 / len(known)):
            name = random.choice(asked.names)
            if asked.flag:
                options.append(name)
            elif name.startswith("--"):
                options.append(f"{name}={value(random, key, asked, fine)}")
            else:
                options += [name, value(random, key, asked, fine)]
    if not fine and random.random() < 0.2:
        options.insert(random.randrange(len(options) + 1), random.choice(("--x", "--json", "-j", HOSTILE, "--timeout")))
    names = {name for asked in known.values() for name in asked.names}
    last = [f"{name}={number}" for name, number in SMALL.items() if name in names]
    if command == "mutate":
        last.append(f"--mutant={MUTANT}")
    if command == "collect":  # without one of its prints it would use the network
        last.append("--fields")
    return [*options, *last, "--", *places] if places else [*options, *last]


WAITING = {"serve", "explore"}
"""The commands that wait for a client or for lines of input, and have tests of their own."""


def trial(random: Random) -> str | None:
    """Run a random command line."""
    command = random.choice(sorted(COMMANDS.keys() - WAITING))
    with TemporaryDirectory() as folder, chdir(folder):
        prepared(Path(folder))
        asked = [command, *words(random, command)]
        target = output(asked)
        before = written(target)
        with patch.object(bounds, "SLACK", 0.1), patch.object(bounds, "GRACE", 10.0):
            code, out, err = said(*asked)
        if target not in (None, "-"):
            after = written(target)
            out = after if after != before else out
        wrong = judged(command, asked, code, out, err)
    return f"{asked!r}: {wrong}; exit code {code}, stderr {err[-300:]!r}" if wrong else None


def written(target: str | None) -> str:
    """The content of a file, if it exists."""
    try:
        return Path(target).read_text(encoding="utf-8", errors="replace") if target and os.path.isfile(target) else ""
    except (OSError, ValueError):
        return ""


def output(asked: list[str]) -> str | None:
    """The file for the result, if the command line names a usable one."""
    try:
        options = parse(asked)
    except (UsageError, Exit):
        return None
    return options.output if isinstance(options.output, str | None) else options.output.output


def judged(command: str, asked: list[str], code: int, out: str, err: str) -> str | None:
    """The error in an answer, if any."""
    if code not in ((0, 1, 2, 3, 4, 5, 6) if command == "prove" else (0, 1, 2, 3, 4, 5)):
        return "an exit code of no meaning"
    if "Traceback" in err:
        return "a traceback"
    if not all(line.isprintable() for line in err.split("\n")):
        return "a message that is not printable"
    blamed = sum(line.startswith(("error: ", f"backup-slr {command}: ")) for line in err.split("\n"))
    if code in (2, 3, 4) and blamed != 1 and not (command == "simulate" and blamed > 1):
        return f"{blamed} messages"
    if "--json" in asked and code in (0, 1, 5):
        if code == 5 and not out:
            return None if err else "nothing at all"
        try:
            json.loads(out, parse_constant=_no_number)
        except ValueError as error:
            return f"no JSON document: {error}"
    return None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
