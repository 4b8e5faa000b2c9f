"""How much memory this process has taken, and how much there is."""

from __future__ import annotations

import os
import sys

try:
    import resource
except ImportError:  # not on this system
    resource = None

MIB = 1 << 20


def peak() -> int:
    """The most bytes that this process has had in memory so far; 0 where the system does not tell."""
    if resource is None:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def installed() -> int | None:
    """The bytes of memory of this machine; None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
