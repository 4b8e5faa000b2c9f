"""Answers to questions about a model: as text, Markdown, HTML and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, Self, TypeVar

from backup_slr.report.sarif import Finding

if TYPE_CHECKING:
    from backup_slr.engine.diff.table_diff import TableDiff
    from backup_slr.engine.spec.lifecycle import Lifecycle

T = TypeVar("T")
EXIT = {
    **dict.fromkeys(("violated", "unreachable", "different"), 1),
    "inconclusive": 5,
    **dict.fromkeys(("not-inductive", "unreachable-in-scope"), 6),
}
"""The exit code of each verdict that is not fine."""
Lines = Callable[..., Iterable[str]]


def exit_code(verdict: str, interrupted: bool = False) -> int:
    """The exit code of a command whose answer has a verdict."""
    return 130 if interrupted else EXIT.get(verdict, 0)


def until_interrupted(things: Iterator[T]) -> tuple[list[T], bool]:
    """The elements of an iterator until it ends or is interrupted, and whether it was interrupted."""
    found: list[T] = []
    try:
        for thing in things:  # one at a time, to keep the elements before an interruption
            found.append(thing)
    except KeyboardInterrupt:
        return found, True
    return found, False


@dataclass(frozen=True)
class Answer:
    """The base class of answers.

    Attributes
    ----------
    text, markdown
        Functions that return lines of text; without a Markdown form of its own, an answer is a code block of its text.
    document
        Function that returns the JSON document.
    findings
        Function that returns the problems found, for machines; None if this kind of answer has none.
    code
        The exit code of a command with this answer.
    note
        A message for stderr.
    """

    text: Lines = field(repr=False)
    document: Callable[[], Mapping[str, Any]] = field(repr=False)
    markdown: Lines | None = field(default=None, repr=False)
    findings: Callable[[], Iterable[Finding]] | None = field(default=None, repr=False)
    code: int = field(default=0, repr=False)
    note: str = field(default="", repr=False)

    def __str__(self) -> str:
        return "\n".join(self.text())

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def _repr_markdown_(self) -> str:
        return "\n".join(self.markdown()) if self.markdown else f"```\n{self}\n```"


@dataclass(frozen=True)
class DetailedAnswer(Answer):
    """The base class of answers whose text and Markdown can have more details."""

    def lines(self, **details: bool) -> Iterable[str]:
        """The lines of the text; ``verbose=True`` adds all places and names, or all properties."""
        return self.text(**details)

    def verbose(self) -> Self:
        """The same answer, with these details in its text and in its Markdown."""
        markdown = self.markdown and partial(self.markdown, verbose=True)
        return replace(self, text=partial(self.text, verbose=True), markdown=markdown)


@dataclass(frozen=True)
class TraceStep:
    """One step of a trace, by name."""

    action: str
    place: str
    outcome: str
    refusal: str | None
    clauses: tuple[str, ...]
    changes: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Verdict:
    """The verdict on one property, with a counterexample or witness, if there is one."""

    id: str
    sentence: str
    verdict: str
    clauses: tuple[str, ...]
    trace: tuple[TraceStep, ...] | None = None


@dataclass(frozen=True)
class CheckAnswer(DetailedAnswer):
    """The verdicts on properties in every reachable state of one scope.

    ``lines(verbose=True)`` lists all properties; ``lines(clauses=True)`` adds the table of clauses.
    """

    verdict: str = ""
    states: int = 0
    complete: bool = False
    properties: tuple[Verdict, ...] = field(default=(), repr=False)

    @property
    def holds(self) -> bool:
        """Whether every property holds."""
        return self.verdict == "holds"

    @property
    def violations(self) -> tuple[Verdict, ...]:
        """The violated properties."""
        return tuple(p for p in self.properties if p.verdict == "violated")


@dataclass(frozen=True)
class WitnessAnswer(Answer):
    """A shortest trace to a state, if there is one in the scope.

    `verdict` is ``"reached"``, ``"unreachable"`` (proved for every scope), ``"unreachable-in-scope"`` (not proved for
    larger ones) or ``"inconclusive"``; `every_size` is ``"proved"`` or ``"not-proved"``, None if a proof for every
    scope was not tried. `scenario` returns the trace, if there is one, as a file for ``backup-slr simulate``. From an
    account with very many recovery points a state may be reached by a way that is too long for a `trace`.
    """

    verdict: str = ""
    trace: tuple[TraceStep, ...] | None = None
    scenario: Callable[[], str] | None = field(default=None, repr=False)
    every_size: str | None = None


@dataclass(frozen=True)
class ProofAnswer(Answer):
    """Properties proved in every scope at once, by induction.

    `verdict` is the worst of ``"proved"``, ``"inconclusive"``, ``"not-inductive"``, ``"violated"``.
    """

    verdict: str = ""
    properties: tuple[Verdict, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class DiffAnswer(Answer):
    """The comparison of two rule sets, and the actions that differ.

    `verdict` is ``"equivalent"``, ``"different"`` or ``"inconclusive"``.
    """

    verdict: str = ""
    actions: tuple[str, ...] = ()


def diff_answer(lifecycle: Lifecycle, found: TableDiff, old: str, new: str) -> DiffAnswer:
    """The result of the comparison of two rule sets, named `old` and `new`."""
    from backup_slr.api.telling import placed
    from backup_slr.report import diff

    about, interrupted = (lifecycle, found, old, new), found.stopped == "interrupted"
    return DiffAnswer(
        lambda: diff.comparison_lines(*about),
        lambda: diff.comparison_document(*about),
        lambda: diff.comparison_markdown(*about),
        lambda: map(placed, diff.comparison_findings(lifecycle, found)),
        exit_code(found.verdict, interrupted),
        "interrupted; showing partial results" if interrupted else "",
        verdict=found.verdict,
        actions=tuple(shown.differs.action for shown in found.differing),
    )


@dataclass(frozen=True)
class Picture:
    """A diagram. Mermaid text has no dependencies; `dot` needs the graphviz package, `svg` a renderer (`doctor`).

    Raises
    ------
    MissingTool
        From `svg`, when no renderer is installed.
    """

    name: str
    mermaid: str = field(repr=False)
    _dot: Callable[[], str] = field(repr=False)
    _svg: Callable[[], str] = field(repr=False)

    @property
    def dot(self) -> str:
        """The picture in the language of Graphviz."""
        return self._dot()

    @property
    def svg(self) -> str:
        """The picture as SVG."""
        return self._svg()

    def _repr_svg_(self) -> str | None:
        from backup_slr.errors import MissingTool

        try:
            return self.svg
        except MissingTool:
            return None

    def _repr_markdown_(self) -> str:
        return f"```mermaid\n{self.mermaid}\n```"
