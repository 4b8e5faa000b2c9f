"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from shlex import quote
from typing import TYPE_CHECKING

from backup_slr.engine.core.model import Model, parts_of
from backup_slr.engine.core.scope import Scope
from backup_slr.errors import MissingTool, quoted, unknown
from backup_slr.lifecycle import BACKUP, lifecycle, scope

if TYPE_CHECKING:
    from backup_slr.engine.check.engine import Settings
    from backup_slr.engine.check.exploration import Limits

MOST_PLACES = {"check": 25, "witness": 64, "diagram": 25, "prove": 25, "export": 25, "diff": 25}
"""A scope with more places for vaults than this is not even begun: spelling out what is asked would take too long."""


MAX_STATES = 20_000_000
MOST_STATES = 10**12
MOST_REGIONS = 1000
MOST_POINTS = 2**31
MOST_SECONDS = 10**9


class UsageError(Exception):
    """A command line that makes no sense; the message is complete."""


def whole(least: int, most: int) -> Callable[[str], int]:
    """The type of an option that takes a whole number: plain digits, between two bounds.

    >>> whole(1, 1000)("12")
    12
    """

    def number(text: str) -> int:
        digits = re.fullmatch(r"-?([0-9]+)", text)
        # Longer than any bound: never converted, which would take long.
        if digits and len(digits[1]) <= 30 and text != "-0" and least <= int(text) <= most:
            return int(text)
        example = "" if digits else f" such as {min(max(1000, least), most)},"
        raise argparse.ArgumentTypeError(f"a whole number{example} from {least:,} to {most:,}, not {quoted(text)}")

    return number


def decimal(text: str) -> float | None:
    """The number that a text means in plain digits, perhaps with a fraction or an exponent; None if it is none.

    >>> decimal("0.5"), decimal("1e-9"), decimal("1_0"), decimal("nan")
    (0.5, 1e-09, None, None)
    """
    plain = re.fullmatch(r"-?([0-9]{1,300}(\.[0-9]{0,300})?|\.[0-9]{1,300})([eE][+-]?[0-9]{1,3})?", text)
    return float(text) if plain else None


def positive(most: float, what: str, example: str) -> Callable[[str], float]:
    """The type of an option that takes a number above 0 and not above a bound."""

    def number(text: str) -> float:
        found = decimal(text)
        if found is not None and 0 < found <= most:
            return found
        wanted = f"{what}{'' if found is not None else f' such as {example},'} above 0 and at most {most:,}"
        raise argparse.ArgumentTypeError(f"{wanted}, not {quoted(text)}")

    return number


def model_options(parser: argparse.ArgumentParser) -> None:
    """Options that change which model is meant."""
    group = parser.add_argument_group("the model")
    group.add_argument(
        "--rules", metavar="FILE", help="take the table of rules from a file that 'backup-slr rules --json' made"
    )
    _reading_options(group)


def reading_options(parser: argparse.ArgumentParser) -> None:
    """The same for commands that name their tables otherwise."""
    _reading_options(parser.add_argument_group("the model"))


def _reading_options(group: argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage]
    group.add_argument(
        "--assume",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="read an assumption differently (see 'backup-slr assumptions'); may be repeated",
    )
    group.add_argument(
        "--without",
        metavar="ACTION/PART",
        action="append",
        default=[],
        help="leave out a guard (named by its refusal) or an effect (named by its variable); may be repeated",
    )


def scope_options(
    parser: argparse.ArgumentParser, points: int | None = 1, regions: int = 2, vaults: int = 2, several: str = ""
) -> None:
    """Options that say how large a scope is explored, and when to give up; `several`: what is done if none is named."""

    def told(number: int | None) -> str:
        if several:
            return ""
        return f" (default {number})" if number else " (default: as many as the expression speaks of)"

    group = parser.add_argument_group("the scope", several or None)
    group.add_argument(
        "--regions", type=whole(1, MOST_REGIONS), default=regions, metavar="N", help=f"Regions{told(regions)}"
    )
    group.add_argument(
        "--vaults",
        type=whole(2, MOST_REGIONS),
        default=vaults,
        metavar="N",
        help=f"vaults in each, Default and the EFS one among them{told(vaults)}",
    )
    group.add_argument(
        "--points",
        type=whole(1, MOST_POINTS),
        default=points,
        metavar="N",
        help=f"recovery points in each vault{told(points)}",
    )
    group.add_argument(
        "--max-states",
        type=whole(1, MOST_STATES),
        default=MAX_STATES,
        metavar="N",
        help=f"give up once this number of states is kept (default {MAX_STATES})",
    )
    if several:
        parser.set_defaults(regions=None, vaults=None, points=None)


def bound_options(parser: argparse.ArgumentParser) -> None:
    """Options that every command has: where it gives up (`cli.bounds`)."""
    group = parser.add_argument_group("bounds")
    group.add_argument(
        "--timeout",
        type=positive(MOST_SECONDS, "a number of seconds", "60"),
        metavar="SECONDS",
        help="give up after this time; what is known by then is written",
    )
    group.add_argument(
        "--max-memory",
        type=whole(1, MOST_SECONDS),
        metavar="MIB",
        help="give up at this size (default: three quarters of the memory of this machine)",
    )


def memory(args: argparse.Namespace) -> int | None:
    """The bytes of memory that a command may take, if there is a limit."""
    from backup_slr.engine.check.memory import MIB, installed

    machine = installed()
    return args.max_memory * MIB if args.max_memory is not None else machine and machine * 3 // 4


def engine_options(parser: argparse.ArgumentParser) -> None:
    """Options that say how to explore; what is found is the same."""
    group = parser.add_argument_group("the engine")
    group.add_argument(
        "--engine",
        choices=("auto", "python", "numpy"),
        default="auto",
        help="what explores (default: what fits the scope)",
    )
    group.add_argument(
        "--no-symmetry", action="store_true", help="keep all of the states that differ by exchanged Regions or vaults"
    )


def settings(args: argparse.Namespace) -> Settings:
    """How to explore, as the options say.

    Raises
    ------
    MissingTool
        When the library of an engine is not installed.
    """
    from backup_slr.engine.check.engine import NoEngine, Settings

    try:
        return Settings(args.engine, not args.no_symmetry)
    except NoEngine as error:
        raise MissingTool(str(error)) from None


def limits(args: argparse.Namespace) -> Limits:
    """Where to give up, as the options say."""
    from backup_slr.engine.check.exploration import Limits

    return Limits(args.max_states, args.timeout, memory(args))


def output_options(parser: argparse.ArgumentParser, markdown: bool = False) -> None:
    """Options that say in which form the result comes, and where it goes."""
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="exactly one JSON document on stdout")
    if markdown:
        group.add_argument("--format", choices=("text", "md", "json"), help="text (default), Markdown or JSON")
    group.add_argument("-o", "--output", metavar="FILE", help="write to a file (- for stdout)")


def findings_options(parser: argparse.ArgumentParser) -> None:
    """The option that hands findings to machines beside the answer (`cli.findings.hand_over`)."""

    def file(name: str) -> str:
        if name == "-":
            raise argparse.ArgumentTypeError("name a file: stdout has the answer itself")
        return name

    parser.add_argument("--sarif", metavar="FILE", type=file, help="write the findings to a file too, as SARIF 2.1.0")


def the_table(args: argparse.Namespace) -> Model:
    """The table that is meant: that of ``--rules FILE``, or our own; its assumptions are not settled yet.

    Raises
    ------
    BadInput
        When the file cannot be used.
    """
    if args.rules is None:
        return lifecycle()
    if getattr(args, "table", None) is None:
        from backup_slr.engine.serialize.compatibility import load

        args.table = load(args.rules, BACKUP)
    return args.table


def assumed(said: Iterable[str], model: Model | None = None) -> dict[str, str]:
    """The readings that ``--assume`` options name; of our own assumptions, unless those of a `model` are meant.

    Raises
    ------
    UsageError
        When one names no assumption or none of its values, with the nearest that exists.
    """
    known = {a.name: a for a in (model or lifecycle()).assumptions}
    taken: dict[str, str] = {}
    for item in said:
        name, sign, value = item.partition("=")
        name = name.lower().removeprefix("assume-")
        if not sign:
            raise UsageError(f"--assume {quoted(item)}: say NAME=VALUE")
        if name not in known:
            raise UsageError(f"--assume: {unknown('assumption', name, known, show=20)}")
        if value not in known[name].values:
            raise UsageError(f"--assume: {unknown(f'value of {name}:', value, known[name].values)}")
        if taken.get(name, value) != value:
            raise UsageError(f"--assume: {name} cannot be both {taken[name]} and {value}")
        taken[name] = value
    return taken


def left_out(said: Iterable[str], model: Model) -> list[tuple[str, str]]:
    """The parts of rules that ``--without`` options name; raises as `assumed` does."""
    rules = {rule.action: rule for rule in model.rules}
    found: list[tuple[str, str]] = []
    for item in said:
        action, sign, part = item.partition("/")
        if action not in rules:
            raise UsageError(f"--without: {unknown('action', action, rules, show=len(rules))}")
        parts = parts_of(rules[action])
        if not sign or part not in parts:
            message = unknown(f"part of {action}:", part, parts) if sign else f"{quoted(item)}: say ACTION/PART"
            raise UsageError(f"--without: {message}")
        found.append((action, part))
    return found


def the_model(args: argparse.Namespace) -> Model:
    """The model under the readings, and without the parts, that the options name."""
    table = the_table(args)
    model = table.assuming(assumed(args.assume, table))
    return model.without(left_out(dict.fromkeys(args.without), model))


def the_scope(args: argparse.Namespace) -> Scope:
    """The scope that the options name.

    Raises
    ------
    UsageError
        When a number is too small to mean anything.
    """
    try:
        return scope(args.regions, args.vaults, args.points)
    except ValueError as error:
        raise UsageError(str(error)) from None


def too_large(args: argparse.Namespace) -> bool:
    """The scope has so many places that it is not even begun."""
    return args.regions * args.vaults > MOST_PLACES[args.command]


def scope_arguments(args: argparse.Namespace) -> str:
    """The options that name the same model and scope again."""
    parts = [f"--regions {args.regions} --vaults {args.vaults} --points {args.points}"]
    parts += [f"--rules {quote(args.rules)}"] if args.rules is not None else []
    parts += [f"--assume {name}={value}" for name, value in assumed(args.assume, the_table(args)).items()]
    parts += [f"--without {part}" for part in dict.fromkeys(args.without)]
    return " ".join(parts)
