"""The formats of a diagram, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backup_slr.diagram.formats.data_formats import graphml_text, json_text, markdown_text, scxml_text
from backup_slr.diagram.formats.dot import dot_text
from backup_slr.diagram.formats.mermaid import mermaid_state_text, mermaid_text
from backup_slr.diagram.formats.plantuml import plantuml_text
from backup_slr.diagram.graph import Diagram

TEXT: Mapping[str, Callable[[Diagram], str]] = {
    "dot": dot_text,
    "mermaid": mermaid_text,
    "mermaid-state": mermaid_state_text,
    "plantuml": plantuml_text,
    "md": markdown_text,
    "json": json_text,
    "graphml": graphml_text,
    "scxml": scxml_text,
}
"""The formats that need no renderer."""

DATA = ("json", "graphml", "scxml")
"""The formats for programs."""

PICTURES = ("svg", "png")
SUFFIXES = {".gv": "dot", ".mmd": "mermaid", ".puml": "plantuml"} | {
    f".{form}": form for form in (*TEXT, *PICTURES, "html", "csv")
}
"""The format for each suffix of a file name."""
