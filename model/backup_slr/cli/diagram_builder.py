"""Draw the picture that the options of ``diagram`` select: a view of a model at a scope."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path

from backup_slr.api.assumed_model import MOST_CHECKED
from backup_slr.api.checkable_model import TOO_LARGE
from backup_slr.cli.diagram_options import form_of, is_brief
from backup_slr.cli.diff import table_of
from backup_slr.cli.model_options import LIFECYCLE
from backup_slr.cli.parameters import UsageError, blaming
from backup_slr.cli.picture_options import CHANNELS, DiagramOptions
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note
from backup_slr.cli.simulate import play_file
from backup_slr.diagram.caption import caption, model_text
from backup_slr.diagram.formats import DATA
from backup_slr.diagram.graph import Diagram, name_of
from backup_slr.diagram.in_account import PicturedAccount
from backup_slr.diagram.labels import LabelStyle, brief
from backup_slr.diagram.quotient import Quotient, Reached, quotient, reach
from backup_slr.diagram.read_trace import read_trace
from backup_slr.diagram.views.counterexample import trace_diagram
from backup_slr.diagram.views.decision import decision_diagram
from backup_slr.diagram.views.dependencies import dependencies_diagram
from backup_slr.diagram.views.difference import difference_diagram
from backup_slr.diagram.views.sequence import at_start, sequence_diagram
from backup_slr.diagram.views.state_diagram import lifecycle_diagram, reachable_diagram
from backup_slr.diagram.views.teardown import teardown_diagram
from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Explored
from backup_slr.engine.check.results import EVERY_OUTCOME
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.diff.model_diff import diff_models
from backup_slr.engine.spec.abstraction import abstraction
from backup_slr.errors import BadInput
from backup_slr.report.names import example_names
from backup_slr.scenario.examples import example
from backup_slr.scenario.run_report import run_document
from backup_slr.scenario.toml_source import STDIN, read

MOST_NODES = 30
"""The most boxes of a picture of the reachable graph."""
MOST_PICTURED = 250_000
"""The most states of an account that are explored for a picture, unless --max-states is given: about half a minute."""
EMPTY = ({"variable": LIFECYCLE.goal.variable.name, "value": LIFECYCLE.goal.gone},)
"""An empty account, as an argument of `sequence_diagram`."""
ABSTRACTIONS = {
    "lifecycle": LIFECYCLE.abstractions[0].name,
    "difference": LIFECYCLE.abstractions[1].name,
    "reachable": LIFECYCLE.abstractions[-1].name,
}
"""The default abstraction of each picture; the lifecycle lists them from the coarsest on."""
MISLEADING = "and a partial picture would be misleading"


class BoundHit(Exception):
    """A limit was reached before the picture was complete; the message says which."""


class Interrupted(Exception):
    """The command was interrupted before the picture was complete."""


@dataclass
class DiagramBuilder:
    """Draws pictures; explored states are shared by pictures of the same model and scope."""

    explored: dict[tuple[object, ...], Reached] = field(default_factory=dict[tuple[object, ...], Reached])

    def diagram(self, options: DiagramOptions) -> Diagram:
        """The picture of a command line, by the method of its name; `diagram_options.check` must be called first.

        Raises
        ------
        UsageError
            When a name is unknown, with the nearest known one.
        BadInput
            When a file or an expression cannot be used.
        BoundHit, Interrupted
            When a limit was reached or the user interrupted.
        """
        found: Diagram = getattr(self, options.name or "")(options)
        found = brief(found) if is_brief(options) else found
        account = _account(options) if options.name != "teardown" else None
        if account is None:
            return found
        for text in account.explored.notes():
            note(text)
        return account.captioned(found, options.name in ABSTRACTIONS)

    @staticmethod
    def dependencies(options: DiagramOptions) -> Diagram:
        """Dependencies between resources."""
        role, account = options.model.role, _account(options)
        found = dependencies_diagram(role.lifecycle, tuple(options.model.parts), _labels(options), is_brief(options))
        return found if account is None else account.dependencies(found, role.lifecycle.goal.variable.name)

    @staticmethod
    def decision(options: DiagramOptions) -> Diagram:
        """The decision tree of an action."""
        with blaming():
            rule = options.model.role.rule(options.subject or "")
        return decision_diagram(options.model.role.lifecycle, rule, tuple(options.model.parts), _labels(options))

    # ------------------------------------------------------------ pictures of explored states

    def reached(self, options: DiagramOptions, model: Model) -> Reached:
        """The reachable graph of a model at the scope that the options name, explored once."""
        scope = _scope(options)
        key = (*options.scope.numbers.values(), options.model.account, model.rules)
        if key not in self.explored:
            limits = options.bounds.limits(options.scope)
            if options.model.start is not None and "--max-states" not in options.given:
                limits = replace(limits, states=MOST_PICTURED)
            with ProgressBar() as bar:
                self.explored[key] = reach(options.model.lifecycle.having(model), scope, limits, bar.explored)
        _complete(self.explored[key].explored)
        return self.explored[key]

    @staticmethod
    def teardown(options: DiagramOptions) -> Diagram:
        """The order of deletion."""
        via = options.via or CHANNELS[0]
        named = options.model.start is not None
        name = f"teardown-{via}{'-of-account' * named}"
        return teardown_diagram(options.model.role.planned_start(), via, name, _labels(options), named)

    def quotient(self, options: DiagramOptions, model: Model) -> Quotient:
        """The reachable graph under the requested abstraction."""
        known = abstraction(options.abstract or ABSTRACTIONS[options.name or ""], options.model.lifecycle)
        return quotient(self.reached(options, model), known)

    def lifecycle(self, options: DiagramOptions) -> Diagram:
        """The lifecycle of the role."""
        found = self.quotient(options, options.model.model)
        return lifecycle_diagram(found, ABSTRACTIONS["lifecycle"], _labels(options), is_brief(options))

    def reachable(self, options: DiagramOptions) -> Diagram:
        """The reachable graph, unless it is too large for a picture."""
        found = self.quotient(options, options.model.model)
        if len(found.classes) > MOST_NODES:
            raise UsageError(
                f"--abstract {options.abstract}: {len(found.classes)} boxes are too many for a picture (at most "
                f"{MOST_NODES}); choose a coarser abstraction; 'backup-slr export' writes every state"
            )
        return reachable_diagram(found, ABSTRACTIONS["reachable"], _labels(options))

    def difference(self, options: DiagramOptions) -> Diagram:
        """The arrows that a change of the rules adds and removes."""
        names = options.subject or "", options.other or ""
        before, after = (table_of(name, options.model).assuming() for name in names)
        old, new = self.quotient(options, before), self.quotient(options, after)
        try:
            found = diff_models(before, after, options.scope.scope, options.bounds.limits(options.scope))
        except ValueError as error:
            instead = shlex.join(["backup-slr", "diff", *names])
            raise BadInput(f"{error}; {instead} compares them without a picture", " and ".join(names)) from None
        if found.explored.stopped == "interrupted":
            raise Interrupted
        if not found.explored.complete:
            raise BoundHit(f"a limit was reached before all differences were known, {MISLEADING}")
        differing = [d.action for d in found.differing]
        return difference_diagram(old, new, _called(*names), differing, _labels(options))

    def counterexample(self, options: DiagramOptions) -> Diagram:
        """The trace that violates a property, or that reaches a *sometimes*."""
        model = options.model.model
        with blaming():
            id = options.model.role.property_ids([options.subject or ""])[0]
        asked = next(p for p in (*model.properties, EVERY_OUTCOME) if p.id == id)
        scope, limits = _scope(options), options.bounds.limits(options.scope)
        report = Checker(model, scope).check(limits, only=[asked.id]).confirmed()
        if report.stopped == "interrupted":
            raise Interrupted
        judged = next(j for j in report.results if j.property.id == asked.id)
        if judged.verdict == "inconclusive":
            raise BoundHit("a limit was reached before the verdict was known")
        if judged.trace is None:
            raise UsageError(f"'{asked.id}' {_no_trace(asked, judged.verdict)}")
        lifecycle = options.model.role.lifecycle
        under = caption(lifecycle, scope, report.explored.count, without=tuple(options.model.parts))
        names = example_names(lifecycle, scope)
        return trace_diagram(
            lifecycle, asked, judged.verdict == "violated", judged.trace, names, under, _labels(options)
        )

    # ------------------------------------------------------------ pictures of files

    def sequence(self, options: DiagramOptions) -> Diagram:
        """A scenario or a trace as a sequence."""
        labels = _labels(options)
        if bool(options.scenario) == bool(options.trace):
            raise UsageError("sequence: add either --scenario FILE or --trace FILE")
        if options.trace:
            model, file = options.model.model, Path(options.trace if options.trace != STDIN else "standard input")
            kept = read_trace(read(options.trace, "trace"), options.trace, model)
            start = EMPTY if kept.from_empty else ()
            under = f"{model_text(model)}; {file.name}"
            return sequence_diagram(
                options.model.lifecycle.having(model),
                name_of("sequence", file.stem),
                kept.title,
                "",
                kept.steps,
                under,
                start,
                (),
                labels,
            )
        file = example(Path(options.scenario or ""))
        run = play_file(file, options.model)
        document = run_document(run)
        return sequence_diagram(
            options.model.lifecycle.having(run.machine.model),
            name_of("sequence", file.stem),
            str(document["title"]),
            " ".join(str(document["story"]).split()),
            document["steps"],
            f"{model_text(run.machine.model)}; {file.name}",
            at_start(run.machine.layout, run.initial, run.names),
            run.misses,
            labels,
        )


def _labels(options: DiagramOptions) -> LabelStyle:
    """The labels that are requested; by default English in pictures and tables, ids in data."""
    return options.labels or ("id" if form_of(options) in DATA else "english")


def _scope(options: DiagramOptions) -> Scope:
    """The scope to explore: of the account, or the one that the options name, if it is small enough."""
    start = options.model.start
    given = {name: n for name, n in options.scope.given.items() if f"--{name}" in options.given}
    with blaming():
        scope = options.scope.scope if start is None else options.model.role.pictured_scope(given)
    if prod(scope.sizes.values()) > MOST_CHECKED:
        raise BoundHit(TOO_LARGE.partition(";")[0])
    return scope


def _account(options: DiagramOptions) -> PicturedAccount | None:
    """The account of the picture, if there is one."""
    if options.model.start is None:
        return None
    role = options.model.role
    explored = role.explored(role.pictured_scope({}))
    return explored and PicturedAccount(explored)


def _complete(explored: Explored) -> None:
    """Raise an error if not all states were found."""
    if explored.stopped == "interrupted":
        raise Interrupted
    if not explored.complete:
        raise BoundHit(
            f"only {len(explored.states):,} states were found before a limit (--max-states, --max-memory, "
            f"--timeout), {MISLEADING}"
        )


def _no_trace(asked: Property, verdict: str) -> str:
    """The reason why no trace shows a verdict."""
    if verdict == "out of scope":
        least = " and ".join(f"{number} {sort}s" for sort, number in asked.needs)
        return f"needs at least {least}: use a larger scope"
    if asked == EVERY_OUTCOME:
        return (
            f"{'is violated' if verdict == 'violated' else 'holds'}, but is about all actions at once, which no single "
            f"trace shows; 'backup-slr check --property {asked.id}' lists them"
        )
    if verdict == "violated":
        return "is violated: it never happens in this scope, so no trace shows it"
    return (
        "is not violated in this scope, so there is no counterexample to draw; break the model with --without "
        "ACTION/PART or --assume NAME=VALUE, or use a larger scope"
    )


def _called(old: str, new: str) -> tuple[str, str]:
    """The names of two rule sets in a picture: files by their names alone, unless these are equal."""
    short = [Path(name).name if Path(name).suffix == ".json" else name for name in (old, new)]
    return (old, new) if short[0] == short[1] else (short[0], short[1])
