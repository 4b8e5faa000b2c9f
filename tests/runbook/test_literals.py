"""Nothing in `runbook/` names an action, a refusal, a variable, a value, an operation, a Region or a vault."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import backup_slr.runbook
from backup_slr.engine.core.variable import Enum
from backup_slr.lifecycle import BACKUP

MODEL = BACKUP.model
NAMES = {
    *(rule.action for rule in MODEL.rules),
    *(operation for rule in MODEL.rules for operation in rule.operations),
    *(guard.otherwise.id for rule in MODEL.rules for guard in rule.guards),
    *(variable.name for variable in MODEL.state),
    *(value for variable in MODEL.state if isinstance(variable, Enum) for value in variable.values),
    *(name for sort in MODEL.sorts for name in sort.special),
    *BACKUP.known_names["region"],
    *(sort.name for sort in MODEL.sorts),
}
FORMATS = {"account.py", "book.py", "load.py", "reading.py"}
"""What files say; some of their keys are names of the model."""
ROOT = Path(backup_slr.runbook.__file__).parent
FILES = sorted(file for file in ROOT.rglob("*.py") if file.name not in FORMATS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_name_of_the_lifecycle_is_a_literal(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    attributes = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    assert sorted(texts & NAMES) == []
    assert not [text for text in texts if text.split(":")[0] in ("backup", "iam", "sts") and ":" in text]
    assert not attributes & {"is_efs", "role", "efs_automatic_backup"}
