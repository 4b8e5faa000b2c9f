"""Test your own implementation of the lifecycle (a fake, a client library) against the model.

==================  ==================================================================================
`Adapter`, `Reply`  the interface that an implementation provides, and its answer to a request
`machine_for`       a Hypothesis state machine that sends random requests to it and to the model
`suite`, `Tour`     fixed tests: every transition, or every pair of transitions, in few requests
`follow`            run one tour, or any requests, on an implementation; return the first difference
`Known`             known differences, which `machine_for` and `follow` count and do not report
`assert_copes`      fail unless a clean-up script copes with every schedule of the environment
==================  ==================================================================================

A fake that forgets to check permissions, and its tests:

>>> from backup_slr.testing import follow, machine_for, suite
>>> class MyFake:
...     def reset(self):
...         self.role = "absent"
...     def perform(self, action, parameters):  # parameters: {"permitted": True, "via": "api"}, also region, vault
...         if action == "create_service_linked_role" and self.role == "absent":
...             self.role = "present"
...         elif action == "delete_service_linked_role" and self.role != "absent":
...             self.role = "deleting"
...         elif action == "finish_deletion_task" and self.role == "deleting":
...             self.role = "absent"
...         else:
...             return "refused"
...         return "done"
...     def observe(self):  # keys of [account] in a scenario file; omitted keys are not compared
...         return {"role": self.role}
>>> actions = ["create_service_linked_role", "delete_service_linked_role", "finish_deletion_task"]
>>> [tour] = suite(actions=actions)
>>> print(follow(MyFake(), tour.trace.machine, tour.names, tour.requests))  # doctest: +ELLIPSIS
step ...: outcome: expected refused, got done...; the model answers refused: ... (not-permitted, ...) [...]
>>> known = [("create_service_linked_role", "not-permitted"), ("delete_service_linked_role", "not-permitted")]
>>> follow(MyFake(), tour.trace.machine, tour.names, tour.requests, ignore=known)
>>> TestMyFake = machine_for(MyFake, actions=actions, ignore=known).TestCase  # run by pytest and unittest

A difference that `machine_for` finds is reduced to a minimal sequence of requests. The report has both answers, the
clauses behind the model's, and Python statements that reproduce it. `machine_for` needs Hypothesis (the extra
``testing``). Each name is imported only when it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backup_slr.testing.adapter import Adapter, Parameters, Reply, parameters_of
    from backup_slr.testing.conformance import follow
    from backup_slr.testing.divergence import Divergence, Known
    from backup_slr.testing.script_assertion import assert_copes
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
    "assert_copes",
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
    "assert_copes": "script_assertion",
    "follow": "conformance",
    "machine_for": "stateful",
    "suite": "suites",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{MODULES.get(name, 'adapter')}"), name)
