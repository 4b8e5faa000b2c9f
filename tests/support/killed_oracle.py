"""The oracle of `beside_oracle`, in a process that is killed by the request for one action."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Any

from backup_slr.testing.adapter import Parameters, Reply
from support import beside_oracle


class Killed:
    """Forwards all requests except the deletion of the role."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def perform(self, action: str, parameters: Parameters) -> Reply:
        """Answer, or be killed as if the system were out of memory."""
        if action == "delete_role":
            os.kill(os.getpid(), signal.SIGKILL)
        return self.inner.perform(action, parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def adapter(regions: int, vaults: int, points: int, assumptions: Mapping[str, str]) -> Killed:
    """The adapter for ``--oracle``."""
    return Killed(beside_oracle.adapter(regions, vaults, points, assumptions))
