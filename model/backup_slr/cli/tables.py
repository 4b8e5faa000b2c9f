"""``backup-slr rules``, ``clauses``, ``assumptions`` and ``explain``: the tables, for people and as data."""

from __future__ import annotations

import argparse

from backup_slr.cli.check import scenario_clauses
from backup_slr.cli.options import UsageError, assumed, left_out, the_model, the_table
from backup_slr.cli.output import write_json, write_lines
from backup_slr.engine.core.model import Model
from backup_slr.errors import unknown
from backup_slr.lifecycle import BACKUP
from backup_slr.report import tables
from backup_slr.report.coverage import coverage


def form(args: argparse.Namespace) -> str:
    """The form in which the table is wanted."""
    return "json" if args.json else args.format or "text"


def rules(args: argparse.Namespace) -> int:
    """The table of rules."""
    model = the_model(args)
    if form(args) == "json":
        documents = [tables.rule_document(model, rule) for rule in model.rules]
        from backup_slr.engine.serialize.write import table_document

        table = {"table": table_document(whole_table(args), BACKUP.definitions)}
        write_json({"schema_version": 1, "assumptions": dict(model.assumed), "rules": documents, **table}, args.output)
    else:
        write_lines(tables.rules_markdown(model) if form(args) == "md" else tables.rules_lines(model), args.output)
    return 0


def whole_table(args: argparse.Namespace) -> Model:
    """The table with all readings in it, so that others can be taken later; what somebody asked for is noted."""
    table = the_table(args)
    return table.without(left_out(args.without, table)).noting(assumed(args.assume, table))


def clauses(args: argparse.Namespace) -> int:
    """The clauses of the page, and what cites them; or what became of them on a saved copy of it."""
    if args.page is not None:
        from backup_slr.cli.page import page

        return page(args)
    if args.old_page is not None or args.tests is not None or args.sarif is not None:
        raise UsageError("--old-page, --tests and --sarif are for --page FILE")
    covered = coverage(the_model(args), scenario_clauses(args.scenarios, the_table(args)))
    if form(args) == "json":
        write_json({"schema_version": 1, "clauses": tables.clauses_documents(covered)}, args.output)
    else:
        lines = tables.clauses_markdown(covered) if form(args) == "md" else tables.clauses_lines(covered)
        write_lines(lines, args.output)
    return 0


def assumptions(args: argparse.Namespace) -> int:
    """The assumptions, their values, and why there is a choice."""
    model = the_model(args)
    if form(args) == "json":
        write_json({"schema_version": 1, "assumptions": tables.assumptions_documents(model)}, args.output)
    else:
        lines = tables.assumptions_markdown(model) if form(args) == "md" else tables.assumptions_lines(model)
        write_lines(lines, args.output)
    return 0


def explain(args: argparse.Namespace) -> int:
    """One action: its guards in order, and what would unblock each."""
    model = the_model(args)
    names = [rule.action for rule in model.rules]
    if args.action not in names:
        raise UsageError(unknown("action", args.action, names, show=30))
    rule = model.rule(args.action)
    if form(args) == "json":
        write_json({"schema_version": 1, **tables.rule_document(model, rule)}, args.output)
    else:
        lines = tables.explain_markdown(model, rule) if form(args) == "md" else tables.explain_lines(model, rule)
        write_lines(lines, args.output)
    return 0
