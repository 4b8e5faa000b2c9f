"""The properties that must follow from the rules: each is a sentence, and a formula that says the same.

`Property` (in `engine.core.rule`) explains the five kinds. The properties are the same under every value of the
assumptions: where one depends on a value, ``check --assume`` shows it.
"""

from __future__ import annotations

from backup_slr.engine.core.rule import Property
from backup_slr.lifecycle.properties.behaviors import EVENTUALLY, POSSIBLE, SOMETIMES
from backup_slr.lifecycle.properties.invariants import ALWAYS, STEP
from backup_slr.lifecycle.properties.responses import RESPONSES

PROPERTIES: tuple[Property, ...] = (*ALWAYS, *STEP, *RESPONSES, *SOMETIMES, *EVENTUALLY, *POSSIBLE)
