"""From the words of a command line to a picture: which view, of which model, at which scope."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path

from backup_slr.cli.check import scenario_clauses
from backup_slr.cli.citing import clauses_of_tests
from backup_slr.cli.diff import model_of
from backup_slr.cli.options import (
    UsageError,
    assumed,
    left_out,
    limits,
    the_model,
    the_scope,
    the_table,
    too_large,
)
from backup_slr.cli.simulate import play_file
from backup_slr.cli.wanted import WAYS
from backup_slr.diagram.caption import caption, model_text
from backup_slr.diagram.graph import Diagram, name_of
from backup_slr.diagram.quotient import Quotient, Reached, quotient, reach
from backup_slr.diagram.read_trace import read_trace
from backup_slr.diagram.refusals import Unfinished
from backup_slr.diagram.views.counterexample import trace_diagram
from backup_slr.diagram.views.decision import decision_diagram
from backup_slr.diagram.views.dependencies import dependencies_diagram
from backup_slr.diagram.views.difference import difference_diagram
from backup_slr.diagram.views.lifecycle import lifecycle_diagram, reachable_diagram
from backup_slr.diagram.views.sequence import at_start, sequence_diagram
from backup_slr.diagram.views.teardown import teardown_diagram
from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Explored
from backup_slr.engine.check.results import EVERY_OUTCOME
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.diff.model_diff import diff_models
from backup_slr.engine.spec.abstraction import abstraction
from backup_slr.errors import BadInput, unknown
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.vocabulary import role
from backup_slr.report.coverage import Covered, coverage
from backup_slr.report.names import usual_names
from backup_slr.scenario.toml_source import STDIN, read

MOST_NODES, MOST_ARROWS = 30, 15
"""A reachable graph with more nodes, and a lifecycle with more arrows, is no picture any more."""
USUAL = {"lifecycle": "role", "reachable": "left", "difference": "obstacles"}
EMPTY = ({"variable": role.name, "value": role.values[0]},)
"""An empty account, as `sequence_diagram` takes it."""
MISLEADING = "and a picture of a part would mislead"


class BoundHit(Exception):
    """A limit was reached before the picture was complete; the message says which."""


class Interrupted(Exception):
    """Somebody had enough before the picture was complete."""


@dataclass
class Studio:
    """Makes pictures; what was explored for one serves the others of the same model and scope."""

    explored: dict[tuple[object, ...], Reached] = field(default_factory=dict[tuple[object, ...], Reached])

    def diagram(self, args: argparse.Namespace) -> Diagram:
        """The picture that a command line asks for, which `wanted.check` found nothing wrong with.

        Raises
        ------
        UsageError
            When it asks for nothing that there is, with the nearest that exists.
        BadInput
            When a file or an expression cannot be used.
        BoundHit, Interrupted
            When exploring took more than it was allowed to.
        """
        without = tuple(dict.fromkeys(args.without))
        match args.name:
            case "lifecycle":
                return self.lifecycle(args)
            case "reachable":
                return self.reachable(args)
            case "teardown":
                return self.teardown(args)
            case "dependencies":
                return dependencies_diagram(BACKUP.having(the_model(args)), without)
            case "decision":
                return decision_diagram(BACKUP.having(the_model(args)), self.rule(args), without)
            case "sequence":
                return self.sequence(args)
            case "difference":
                return self.difference(args)
            case _:
                return self.counterexample(args)

    @staticmethod
    def rule(args: argparse.Namespace) -> Rule:
        """The rule of the action that a decision tree is about."""
        model: Model = the_model(args)
        names = [rule.action for rule in model.rules]
        if args.subject not in names:
            raise UsageError(unknown("action", args.subject, names, show=30))
        return model.rule(args.subject)

    # ------------------------------------------------------------ what needs exploring

    def reached(self, args: argparse.Namespace, model: Model) -> Reached:
        """The reachable graph of a model at the scope that the options name, explored once."""
        found = the_scope(args)
        if too_large(args):
            raise BoundHit("a scope of so many vaults or recovery points is too large to begin with")
        key = (args.regions, args.vaults, args.points, model.rules)
        if key not in self.explored:
            self.explored[key] = reach(BACKUP.having(model), found, limits(args))
        _complete(self.explored[key].explored)
        return self.explored[key]

    @staticmethod
    def teardown(args: argparse.Namespace) -> Diagram:
        """The order of deletion."""
        via, table = args.via or WAYS[0], BACKUP.having(the_model(args))
        try:
            return teardown_diagram(table, the_scope(args), via, f"teardown-{via}", limits(args))
        except Unfinished as error:
            _complete(error.explored)
            raise

    def quotient(self, args: argparse.Namespace, model: Model) -> Quotient:
        """The reachable graph under the abstraction that is asked for."""
        known = abstraction(args.abstract or USUAL[args.name], BACKUP)
        return quotient(self.reached(args, model), known)

    def lifecycle(self, args: argparse.Namespace) -> Diagram:
        """The role's life, as long as it is a picture."""
        found = lifecycle_diagram(self.quotient(args, the_model(args)), USUAL["lifecycle"])
        if len(found.edges) > MOST_ARROWS:
            raise UsageError(
                f"--abstract {args.abstract}: {len(found.edges)} arrows are too many for a picture of the lifecycle "
                f"(at most {MOST_ARROWS}); take more states together, or draw it as 'reachable', which leaves the "
                "conditions out"
            )
        return found

    def reachable(self, args: argparse.Namespace) -> Diagram:
        """The reachable graph, as long as it is a picture."""
        found = self.quotient(args, the_model(args))
        if len(found.classes) > MOST_NODES:
            raise UsageError(
                f"--abstract {args.abstract}: {len(found.classes)} nodes are too many for a picture (at most "
                f"{MOST_NODES}); take more states together, or take --raw as data"
            )
        return reachable_diagram(found, USUAL["reachable"])

    def difference(self, args: argparse.Namespace) -> Diagram:
        """What a change of the rules adds and removes."""
        before, after = (model_of(name, args) for name in (args.subject, args.other))
        old, new = self.quotient(args, before), self.quotient(args, after)
        try:
            found = diff_models(before, after, the_scope(args), limits(args))
        except ValueError as error:
            raise BadInput(str(error), f"{args.subject} and {args.other}") from None
        if found.explored.stopped == "interrupted":
            raise Interrupted
        if not found.explored.complete:
            raise BoundHit(f"a limit was reached before all differences were known, {MISLEADING}")
        differing = [d.action for d in found.differing]
        return difference_diagram(old, new, _called(args.subject, args.other), differing)

    def counterexample(self, args: argparse.Namespace) -> Diagram:
        """The trace that shows that a property is violated, or how a *sometimes* comes about."""
        model, size = the_model(args), the_scope(args)
        asked = _property(model, args.subject)
        if too_large(args):
            raise BoundHit("a scope of so many vaults or recovery points is too large to begin with")
        report = Checker(model, size).check(limits(args), only=[asked.id]).confirmed()
        if report.stopped == "interrupted":
            raise Interrupted
        judged = next(j for j in report.results if j.property.id == asked.id)
        if judged.verdict == "inconclusive":
            raise BoundHit("a limit was reached before the verdict was known")
        if judged.trace is None:
            raise UsageError(f"'{asked.id}' {_no_trace(asked, judged.verdict)}")
        told = caption(BACKUP.having(model), size, report.explored.count, without=tuple(dict.fromkeys(args.without)))
        names = usual_names(args.regions, args.vaults)
        return trace_diagram(BACKUP.having(model), asked, judged.verdict == "violated", judged.trace, names, told)

    # ------------------------------------------------------------ what is read from files

    def sequence(self, args: argparse.Namespace) -> Diagram:
        """A scenario or a trace as a sequence."""
        if bool(args.scenario) == bool(args.trace):
            raise UsageError("sequence: say either --scenario FILE or --trace FILE")
        table = the_table(args)
        if args.trace:
            model, file = the_model(args), Path(args.trace if args.trace != STDIN else "standard input")
            kept = read_trace(read(args.trace, "trace"), args.trace, model)
            start = EMPTY if kept.from_empty else ()
            told = f"{model_text(model)}; {file.name}"
            return sequence_diagram(
                BACKUP.having(model), name_of("sequence", file.stem), kept.title, "", kept.steps, told, start
            )
        file = Path(args.scenario)
        run = play_file(file, table, assumed(args.assume, table), left_out(args.without, table))
        from backup_slr.scenario.report import run_document

        document = run_document(run)
        return sequence_diagram(
            BACKUP.having(run.machine.model),
            name_of("sequence", file.stem),
            str(document["title"]),
            " ".join(str(document["story"]).split()),
            document["steps"],
            f"{model_text(run.machine.model)}; {file.name}",
            at_start(run.machine.layout, run.initial, run.names),
            run.misses,
        )

    def matrix(self, args: argparse.Namespace) -> list[Covered]:
        """The traceability matrix."""
        return coverage(the_model(args), scenario_clauses(args.scenarios), clauses_of_tests(args.tests))


def _complete(explored: Explored) -> None:
    """Complain where not all states were found."""
    if explored.stopped == "interrupted":
        raise Interrupted
    if not explored.complete:
        raise BoundHit(
            f"only {len(explored.states):,} states were found before a limit (--max-states, --max-memory, "
            f"--timeout), {MISLEADING}"
        )


def _property(model: Model, name: str) -> Property:
    known = {p.id: p for p in (*model.properties, EVERY_OUTCOME)}
    if name not in known:
        raise UsageError(unknown("property", name, known))
    return known[name]


def _no_trace(asked: Property, verdict: str) -> str:
    """Why there is no trace that shows a verdict."""
    if verdict == "out of scope":
        least = " and ".join(f"{number} {sort}s" for sort, number in asked.needs)
        return f"means something only with {least} or more: take a larger scope"
    if asked == EVERY_OUTCOME:
        return (
            f"{'is violated' if verdict == 'violated' else 'holds'}, but is about all actions at once, which no single "
            f"trace shows; 'backup-slr check --property {asked.id}' lists them"
        )
    if verdict == "violated":
        return "is violated: what it asks for never happens in this scope, and of what never happens there is no trace"
    return (
        "is not violated in this scope, so there is no counterexample to draw; break the model with --without "
        "ACTION/PART or --assume NAME=VALUE, or take a larger scope"
    )


def _called(old: str, new: str) -> tuple[str, str]:
    """What two tables are called in a picture: files by their names alone, unless these are the same."""
    short = [Path(name).name if Path(name).suffix == ".json" else name for name in (old, new)]
    return (old, new) if short[0] == short[1] else (short[0], short[1])
