"""The properties that the rules must satisfy: each is a sentence with its formula.

`Property` (in `engine.core.rule`) defines the five kinds. The properties are the same for every value of the
assumptions; ``check --assume`` shows which of them depend on a value.
"""

from __future__ import annotations

from backup_slr.engine.core.rule import Property
from backup_slr.lifecycle.properties.behaviors import EVENTUALLY, POSSIBLE, SOMETIMES
from backup_slr.lifecycle.properties.invariants import ALWAYS, STEP
from backup_slr.lifecycle.properties.responses import RESPONSES

PROPERTIES: tuple[Property, ...] = (*ALWAYS, *STEP, *RESPONSES, *SOMETIMES, *EVENTUALLY, *POSSIBLE)
