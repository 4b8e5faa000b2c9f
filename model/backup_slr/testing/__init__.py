"""For other people's tests: an implementation beside the model, suites of tests from its graph, a pytest plugin.

==================  ===========================================================================================
`Adapter`, `Reply`  what an implementation has to offer, and what it answers
`machine_for`       a state machine of Hypothesis that drives it beside the model
`suite`, `Tour`     fixed tests: every transition, or every pair of transitions, in a shortest tour
`follow`            one tour, or any requests, on an implementation: the first divergence
`Known`             known differences, which `machine_for` and `follow` count and do not report
==================  ===========================================================================================

An adapter, and its test, which pytest and unittest run:

>>> class Mine:
...     def reset(self): self.role = "absent"
...     def perform(self, action, parameters):  # ("create_backup_vault", {"region": ..., "vault": ..., ...})
...         if not parameters["permitted"]:
...             return "refused"
...         self.role = "present"
...         return "done"
...     def observe(self): return {"role": self.role}  # as far as it is known; keys as in [account] of a scenario
...     def close(self): ...  # may be left out
>>> from backup_slr.testing import machine_for
>>> TestMine = machine_for(Mine, actions=["list_resources"]).TestCase

`machine_for` needs Hypothesis, which the extra ``testing`` brings. Each name is imported only when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backup_slr.testing.adapter import Adapter, Parameters, Reply, parameters_of
    from backup_slr.testing.conformance import follow
    from backup_slr.testing.divergence import Divergence, Known
    from backup_slr.testing.stateful import Diverged, machine_for
    from backup_slr.testing.suites import Tour, suite

__all__ = [
    "Adapter",
    "Diverged",
    "Divergence",
    "Known",
    "Parameters",
    "Reply",
    "Tour",
    "follow",
    "machine_for",
    "parameters_of",
    "suite",
]

MODULES = {
    "Diverged": "stateful",
    "Divergence": "divergence",
    "Known": "divergence",
    "Tour": "suites",
    "follow": "conformance",
    "machine_for": "stateful",
    "suite": "suites",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{MODULES.get(name, 'adapter')}"), name)
