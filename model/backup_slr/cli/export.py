"""``backup-slr export``: write the model, or its graph, for other tools."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain
from pathlib import Path

from backup_slr.cli import spin
from backup_slr.cli.choices import FORMS, MODEL_SUFFIXES, by_suffix
from backup_slr.cli.command_options import ExportOptions
from backup_slr.cli.files import together
from backup_slr.cli.listings import formats_listed
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note, write, write_json, write_lines
from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.export import graphs
from backup_slr.engine.export.promela import asserted, promela
from backup_slr.engine.export.tla import TLC, configuration, tla
from backup_slr.report.check import WHY_STOPPED
from backup_slr.report.names import example_names
from backup_slr.report.scopes import scope_text
from backup_slr.version import __version__

MODULE = "BackupSLR"


def export(options: ExportOptions) -> int:
    """Write the model in the format of another tool."""
    if options.list:
        write_lines(formats_listed().text(), options.output.output)
        return 0
    chosen = options.form or by_suffix(options.output.output, MODEL_SUFFIXES, "(or name the format)")
    if not chosen:
        raise UsageError(f"name a format: {', '.join(FORMS)} ('backup-slr export --list' says more), or -o FILE")
    options = replace(options, form=chosen)
    if options.cfg and options.form != "tla":
        raise UsageError("--cfg: only tla has a configuration file")
    if options.check and options.form != "promela":
        raise UsageError("--check: only promela can be checked (by Spin)")
    model = options.model.model
    if options.scope.too_large():
        note("scope too large to export: reduce its numbers")
        return 5
    return {"promela": _promela, "tla": _tla}.get(chosen, _graph)(model, options.scope.scope, options)


def _promela(model: Model, scope: Scope, options: ExportOptions) -> int:
    try:
        if options.check:
            return _check(model, scope, options)
        write_lines(promela(model, scope), options.output.output)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return 0


def _check(model: Model, scope: Scope, options: ExportOptions) -> int:
    """Run Spin, and compare the results."""
    found = spin.explore(promela(model, scope), asserted(model, scope), options.bounds.timeout)
    only = [p.id for p in model.properties if p.kind in ("always", "step")]
    report = Checker(model, scope).check(options.bounds.limits(options.scope), only=only).confirmed()
    violated = [j.property.id for j in report.results if j.verdict == "violated"]
    states = report.explored.count
    why = WHY_STOPPED[report.stopped] if report.stopped else ""
    compared = found, states, violated, why
    write_lines(spin.comparison_lines(*compared), options.output.output)
    return {"inconclusive": 5, "agrees": int(bool(violated)), "DISAGREES": 1}[spin.compare(*compared)]


def _tla(model: Model, scope: Scope, options: ExportOptions) -> int:
    """Write the module; next to a file, also its configuration."""
    target = options.output.output
    if options.cfg:
        write_lines(configuration(model, scope), target)
    elif target in (None, "-"):
        write_lines(tla(model, MODULE), target)
        note(f"its configuration: 'backup-slr export tla --cfg'; '-o {MODULE}.tla' writes both files")
    else:
        file = Path(target)
        if not re.fullmatch(r"[A-Za-z]\w*\.tla", file.name):
            raise UsageError(f"-o: the file must have the name of a module, such as {MODULE}.tla, not {file.name!r}")
        with together():
            write_lines(tla(model, file.stem), target)
            write_lines(configuration(model, scope), str(file.with_suffix(".cfg")))
        note(f"wrote {file} and {file.with_suffix('.cfg')}; check it in its folder: {TLC.replace('MODULE', file.stem)}")
    return 0


def _graph(model: Model, scope: Scope, options: ExportOptions) -> int:
    space, target = Space(model, scope), options.output.output
    with ProgressBar() as bar:
        explored = space.explore(options.bounds.limits(options.scope), progress=bar.explored)
    graph = graphs.StateGraph(space, explored, example_names(options.model.role.lifecycle, scope).place)
    about = {
        "model": model.name,
        "scope": scope_text(options.model.role.lifecycle, scope),
        "assumptions": " ".join(f"{name}={value}" for name, value in model.assumed),
        "without": " ".join(options.model.parts),
        "complete": explored.complete,
        "left_out": graphs.LEFT_OUT,
        "made_by": f"backup-slr {__version__}",
    }
    if options.form == "json":
        write_json(graphs.node_link(graph, about), target)
    else:  # no escaping: none of these lines contains user input
        lines = graphs.aut(graph) if options.form == "aut" else graphs.graphml(graph, about)
        write(chain.from_iterable((line, "\n") for line in lines), target)
    if explored.complete:
        return 0
    note(f"incomplete graph ({graph.nodes:,} states): {WHY_STOPPED[explored.stopped or 'interrupted']}")
    return 130 if explored.stopped == "interrupted" else 5
