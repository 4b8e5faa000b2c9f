"""The memory of this process and of the machine."""

from __future__ import annotations

import os
import sys

try:
    import resource
except ImportError:  # not on this system
    resource = None

MIB = 1 << 20


def peak() -> int:
    """The peak resident memory of this process in bytes; 0 where the system does not report it."""
    if resource is None:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def installed() -> int | None:
    """The memory of this machine in bytes; None where the system does not report it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
