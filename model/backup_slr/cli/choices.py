"""The views of ``diagram``, and the formats of ``diagram`` and ``export``: names, each with a line of help."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from backup_slr.cli.parameters import UsageError
from backup_slr.errors import unknown

DIAGRAMS = {
    "lifecycle": "the states of the role, and what changes them",
    "teardown": "the steps of a plan, and what goes wrong out of order",
    "dependencies": "which resource blocks or needs which other one",
    "sequence": "a scenario or a run as messages",
    "decision": "why a request is refused, as a decision tree",
    "reachable": "all reachable states, in groups",
    "traceability": "rules, properties, scenarios and tests by sentence",
    "counterexample": "the shortest trace that violates a property",
    "difference": "what a change of the rules adds and removes",
}
"""Every view."""
FORMATS = {
    "svg": "a picture (needs a renderer, see 'doctor')",
    "png": "a picture (needs a renderer and the extra 'png', see 'doctor')",
    "dot": "the source of Graphviz",
    "mermaid": "a flowchart or sequence diagram, as GitHub shows it (default)",
    "mermaid-state": "a state diagram of Mermaid",
    "plantuml": "the source of PlantUML",
    "md": "tables in Markdown (default for traceability)",
    "json": "boxes and arrows as data",
    "graphml": "the same for graph tools",
    "scxml": "the same as a state machine (SCXML)",
    "html": "a page, only for traceability",
    "csv": "a table, only for traceability",
}
"""Every format of a picture."""
ALIASES = {"mmd": "mermaid", "puml": "plantuml", "markdown": "md", "gv": "dot"}
FORMS = {
    "promela": "the model for Spin, with its properties of states and of steps (.pml)",
    "tla": "the same for TLC: a module of TLA+ (.tla), and its configuration (.cfg)",
    "aut": "the reachable states and the steps between them, for CADP and mCRL2 (.aut)",
    "graphml": "the same for graph tools (.graphml)",
    "json": "the same as node-link data, as networkx and d3 read it (.json)",
}
"""Every format of an exported model."""
FORM_ALIASES = {"pml": "promela", "spin": "promela", "tlc": "tla", "tla+": "tla", "aldebaran": "aut"}
MODEL_SUFFIXES = {".pml": "promela"} | {f".{form}": form for form in FORMS}
"""The format of an exported model for each suffix of a file name."""
PLAN_SUFFIXES = {".sh": "shell", ".py": "python", ".toml": "runbook", ".md": "md", ".json": "json"}
"""The format of a plan for each suffix of a file name; text for any other."""


def by_suffix(output: str | None, suffixes: Mapping[str, str], more: str) -> str:
    """Return the format for the suffix of a file's name; empty without a file.

    >>> by_suffix("model.pml", MODEL_SUFFIXES, "")
    'promela'

    Raises `UsageError` when there is none; `more` is another way to name the format.
    """
    if output in (None, "-"):
        return ""
    suffix = Path(output).suffix.lower()
    if suffix not in suffixes:
        raise UsageError(f"-o {output}: {unknown('suffix', suffix, suffixes, show=20)} {more}")
    return suffixes[suffix]
