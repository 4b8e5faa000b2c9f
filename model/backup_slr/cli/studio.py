"""From the words of a command line to a picture: which view, of which model, at which scope."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path

from backup_slr.check.explore import Limits
from backup_slr.check.judge import EACH_WAY, Judge
from backup_slr.cli.check import scenario_clauses
from backup_slr.cli.diff import settled, table_of
from backup_slr.cli.options import UsageError, assumed, left_out, the_model, the_scope, the_table, too_large
from backup_slr.cli.parsers.draw import NAMES
from backup_slr.cli.simulate import play_file
from backup_slr.core.rule import Model, Property, Rule
from backup_slr.diagram.caption import caption, model_text
from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.quotient import Quotient, Reached, quotient, reach
from backup_slr.diagram.tracefile import steps_of
from backup_slr.diagram.views.counterexample import trace_diagram
from backup_slr.diagram.views.decision import decision_diagram
from backup_slr.diagram.views.dependencies import dependencies_diagram
from backup_slr.diagram.views.difference import difference_diagram
from backup_slr.diagram.views.lifecycle import lifecycle_diagram, reachable_diagram
from backup_slr.diagram.views.sequence import sequence_diagram
from backup_slr.diagram.views.teardown import teardown_diagram
from backup_slr.diagram.views.traceability import Row, marked_tests, rows
from backup_slr.errors import BadInput, unknown
from backup_slr.lifecycle.abstraction import abstraction
from backup_slr.lifecycle.vocabulary import role
from backup_slr.report.coverage import coverage
from backup_slr.report.names import usual_names
from backup_slr.scenario.source import is_folder, read
from backup_slr.scenario.tell import run_document

MOST_NODES = 30
"""A reachable graph with more nodes than this is no picture any more."""
USUAL = {"lifecycle": "role", "reachable": "left", "difference": "obstacles"}
SUBJECTS = {"decision": "the action", "counterexample": "the property", "difference": "the old table and the new one"}


class BoundHit(Exception):
    """A limit was reached before the picture was complete; the message says which."""


@dataclass
class Studio:
    """Makes pictures; what was explored for one serves the others of the same model and scope."""

    explored: dict[tuple[str, ...], Reached] = field(default_factory=dict[tuple[str, ...], Reached])

    def diagram(self, args: argparse.Namespace) -> Diagram:
        """The picture that a command line asks for.

        Raises
        ------
        UsageError
            When it asks for nothing that there is, with the nearest that exists.
        BadInput
            When a file or an expression cannot be used.
        BoundHit
            When exploring took more than it was allowed to.
        """
        check_name(args)
        without = tuple(dict.fromkeys(args.without))
        match args.name:
            case "lifecycle":
                return lifecycle_diagram(self.quotient(args))
            case "reachable":
                found = self.quotient(args)
                if len(found.classes) > MOST_NODES:
                    raise UsageError(
                        f"--abstract {args.abstract}: {len(found.classes)} nodes are too many for a picture (at most "
                        f"{MOST_NODES}); take more states together, or take --raw as data"
                    )
                return reachable_diagram(found)
            case "teardown":
                self.way(args.via)
                return teardown_diagram(
                    the_model(args), the_scope(args), (role, "absent"), args.via, f"teardown-{args.via}"
                )
            case "dependencies":
                return dependencies_diagram(the_model(args), without)
            case "decision":
                return decision_diagram(the_model(args), self.rule(args), without)
            case "sequence":
                return self.sequence(args)
            case "difference":
                return self.difference(args)
            case _:
                return self.counterexample(args)

    @staticmethod
    def way(via: str) -> None:
        """Complain about a way to ask that there is not."""
        if via not in ("console", "cli", "api"):
            raise UsageError(f"--via: {unknown('way to ask', via, ('console', 'cli', 'api'))}")

    @staticmethod
    def rule(args: argparse.Namespace) -> Rule:
        """The rule of the action that a decision tree is about."""
        model: Model = the_model(args)
        names = [rule.action for rule in model.rules]
        if args.subject not in names:
            raise UsageError(unknown("action", args.subject, names, show=30))
        return model.rule(args.subject)

    # ------------------------------------------------------------ what needs exploring

    def reached(self, args: argparse.Namespace) -> Reached:
        """The reachable graph, explored once for each model and scope."""
        key = (*map(str, (args.regions, args.vaults, args.points)), *sorted(args.assume), "/", *sorted(args.without))
        if key not in self.explored:
            self.explored[key] = self.reached_by(args, the_model(args))
        return self.explored[key]

    @staticmethod
    def reached_by(args: argparse.Namespace, model: Model) -> Reached:
        """The reachable graph of a model at the scope that the options name."""
        scope = the_scope(args)
        if too_large(args):
            raise BoundHit("a scope of so many vaults or recovery points is too large to begin with")
        found = reach(model, scope, Limits(args.max_states, args.timeout))
        if not found.explored.complete:
            raise BoundHit(
                f"only {len(found.explored.states):,} states were found before a limit (--max-states, --timeout), "
                "and a picture of a part would mislead"
            )
        return found

    def quotient(self, args: argparse.Namespace) -> Quotient:
        """The reachable graph under the abstraction that is asked for."""
        return quotient(self.reached(args), abstraction(args.abstract or USUAL[args.name]))

    def difference(self, args: argparse.Namespace) -> Diagram:
        """What a change of the rules adds and removes."""
        known = abstraction(args.abstract or USUAL[args.name])
        names = (args.subject, args.other)
        found = [quotient(self.reached_by(args, settled(table_of(name), name, args)), known) for name in names]
        return difference_diagram(found[0], found[1], names)

    def counterexample(self, args: argparse.Namespace) -> Diagram:
        """The trace that shows that a property is violated, or how a *sometimes* comes about."""
        model, scope = the_model(args), the_scope(args)
        asked = _property(model, args.subject)
        if too_large(args):
            raise BoundHit("a scope of so many vaults or recovery points is too large to begin with")
        report = Judge(model, scope).check(Limits(args.max_states, args.timeout), only=[asked.id])
        judged = next(j for j in report.judgements if j.property.id == asked.id)
        if judged.verdict == "inconclusive":
            raise BoundHit("a limit was reached before the verdict was known")
        if judged.trace is None:
            raise UsageError(
                f"'{asked.id}' is not violated in this scope, so there is no counterexample to draw; break the model "
                "with --without ACTION/PART or --assume NAME=VALUE, or take a larger scope"
            )
        told = caption(model, scope, report.explored.count, without=tuple(dict.fromkeys(args.without)))
        names = usual_names(args.regions, args.vaults)
        return trace_diagram(asked, judged.verdict == "violated", judged.trace, names, told)

    # ------------------------------------------------------------ what is read from files

    def sequence(self, args: argparse.Namespace) -> Diagram:
        """A scenario or a trace as a sequence."""
        if bool(args.scenario) == bool(args.trace):
            raise UsageError("sequence: say either --scenario FILE or --trace FILE")
        if args.trace:
            model = the_model(args)
            title, steps = steps_of(read(args.trace), args.trace, model)
            return sequence_diagram(model, title, "", steps, f"{model_text(model)}; {Path(args.trace).name}")
        table = the_table(args)
        run = play_file(Path(args.scenario), table, assumed(args.assume, table), left_out(args.without, table))
        document = run_document(run)
        story = " ".join(str(document["story"]).split())
        told = f"{model_text(run.machine.model)}; {Path(args.scenario).name}"
        return sequence_diagram(run.machine.model, str(document["title"]), story, document["steps"], told)

    def matrix(self, args: argparse.Namespace) -> list[Row]:
        """The traceability matrix."""
        tests = Path("tests" if args.tests is None else args.tests)
        if args.tests is not None and not is_folder(tests):
            raise BadInput("is no folder of tests", args.tests)
        covered = coverage(the_model(args), scenario_clauses(args.scenarios))
        return rows(covered, marked_tests(tests) if is_folder(tests) else {})


def check_name(args: argparse.Namespace) -> None:
    """Complain about a picture that there is not, or one that lacks what it is about."""
    if args.name not in NAMES:
        raise UsageError(
            unknown("diagram", args.name, NAMES) if args.name else f"say which: {', '.join(NAMES)}, or --all"
        )
    if args.subject is None and args.name in SUBJECTS:
        raise UsageError(f"{args.name}: say {SUBJECTS[args.name]} too, as 'backup-slr diagram {args.name} NAME'")
    if args.subject is not None and args.name not in SUBJECTS:
        raise UsageError(f"{args.name} takes no further word, not {args.subject!r}")
    if (args.other is not None) != (args.name == "difference"):
        wanted = "say both tables, the old one and the new one" if args.other is None else "one word too many"
        raise UsageError(f"{args.name}: {wanted}")


def _property(model: Model, name: str) -> Property:
    known = {p.id: p for p in model.properties}
    if name not in known:
        raise UsageError(unknown("property", name, [*known, EACH_WAY.id]))
    return known[name]
