"""``backup-slr export``: the model, or its graph, for other tools."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

from backup_slr.cli import progress
from backup_slr.cli.files import together
from backup_slr.cli.options import UsageError, limits, the_model, the_scope, too_large
from backup_slr.cli.output import note, write, write_json, write_lines
from backup_slr.engine.check.checker import Judge
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.export import graphs
from backup_slr.engine.export.promela import promela
from backup_slr.engine.export.promela_names import Names
from backup_slr.engine.export.tla import configuration, tla
from backup_slr.report.check import WHY_STOPPED, scope_text
from backup_slr.report.names import usual_names
from backup_slr.version import __version__

MODULE = "BackupSLR"


def export(args: argparse.Namespace) -> int:
    """Write the model in the form that another tool reads."""
    if args.cfg and args.form != "tla":
        raise UsageError("--cfg: only TLA+ has a configuration beside it")
    if args.check and args.form != "promela":
        raise UsageError("--check: only Promela is checked here, by Spin")
    model, scope = the_model(args), the_scope(args)
    if too_large(args):
        note("a scope of so many vaults or recovery points is too large to be written")
        return 5
    if args.form == "promela":
        return _promela(model, scope, args)
    if args.form == "tla":
        return _tla(model, scope, args)
    return _graph(model, scope, args)


def _promela(model: Model, scope: Scope, args: argparse.Namespace) -> int:
    try:
        if args.check:
            return _check(model, scope, args)
        write_lines(promela(model, scope), args.output)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return 0


def _check(model: Model, scope: Scope, args: argparse.Namespace) -> int:
    """Let Spin explore it, and compare."""
    from backup_slr.cli.spin import compared, spin, spun_lines

    found = spin(promela(model, scope), Names(model).asserted, args.timeout)
    only = [p.id for p in model.properties if p.kind in ("always", "step")]
    report = Judge(model, scope).check(limits(args), only=only).confirmed()
    violated = [j.property.id for j in report.judgements if j.verdict == "violated"]
    states = report.explored.count
    why = WHY_STOPPED[report.stopped] if report.stopped else ""
    write_lines(spun_lines(found, states, violated, why), args.output)
    match compared(found, states, violated, why):
        case "inconclusive":
            return 5
        case "agrees" if not violated:
            return 0
        case _:
            return 1


def _tla(model: Model, scope: Scope, args: argparse.Namespace) -> int:
    """The module; into a file, its configuration beside it."""
    if args.cfg:
        write_lines(configuration(model, scope), args.output)
        return 0
    if args.output in (None, "-"):
        write_lines(tla(model, MODULE), args.output)
        note("its configuration: backup-slr export tla --cfg; with -o MODULE.tla both are written")
        return 0
    file = Path(args.output)
    if not re.fullmatch(r"[A-Za-z]\w*\.tla", file.name):
        raise UsageError(f"-o: a module is called as its file: {MODULE}.tla, say, not {file.name!r}")
    with together():
        write_lines(tla(model, file.stem), args.output)
        write_lines(configuration(model, scope), str(file.with_suffix(".cfg")))
    note(f"wrote {file} and {file.with_suffix('.cfg')}")
    return 0


def _graph(model: Model, scope: Scope, args: argparse.Namespace) -> int:
    space = Space(model, scope)
    try:
        explored = space.explore(limits(args), progress=progress.progress())
    finally:
        progress.clear()
    names = usual_names(args.regions, args.vaults)
    graph = graphs.StateGraph(space, explored, names.place)
    about = {
        "model": model.name,
        "scope": scope_text(args.regions, args.vaults, args.points),
        "assumptions": " ".join(f"{name}={value}" for name, value in model.assumed),
        "without": " ".join(dict.fromkeys(args.without)),
        "complete": explored.complete,
        "left_out": graphs.LEFT_OUT,
        "made_by": f"backup-slr {__version__}",
    }
    writers: dict[str, Callable[[], None]] = {
        "aut": lambda: _write(graphs.aut(graph), args.output),
        "graphml": lambda: _write(graphs.graphml(graph, about), args.output),
        "json": lambda: write_json(graphs.node_link(graph, about), args.output),
    }
    writers[args.form]()
    if explored.complete:
        return 0
    note(f"not the whole graph, {graph.nodes:,} states of it: {WHY_STOPPED[explored.stopped or 'interrupted']}")
    return 130 if explored.stopped == "interrupted" else 5


def _write(lines: Iterable[str], target: str | None) -> None:
    """Write lines as they are: nothing in them was written by a user."""
    write(chain.from_iterable((line, "\n") for line in lines), target)
