"""backup-slr: the lifecycle of the IAM role AWSServiceRoleForBackup as a formal model, and a simulator of it.

>>> machine = Machine(lifecycle().assuming(), scope(regions=1, vaults=2, points=1))
>>> machine.step(machine.initial, Request("list_resources")).outcome
'done'
"""

# First: if this process is the program, it hears signals while the rest is loaded.
from backup_slr.cli import bounds as _bounds  # noqa: F401  # pyright: ignore[reportUnusedImport]
from backup_slr.api import *  # noqa: F403
from backup_slr.api import __all__ as _api
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Machine, Request, Step
from backup_slr.engine.core.trace import Trace, replay
from backup_slr.errors import BadInput
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.version import __version__

__all__ = [
    "BadInput",
    "Machine",
    "Model",
    "Property",
    "Request",
    "Rule",
    "Scope",
    "State",
    "Step",
    "Trace",
    "__version__",
    "lifecycle",
    "replay",
    "scope",
]
