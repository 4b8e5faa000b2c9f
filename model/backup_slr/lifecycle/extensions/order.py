"""The order of guards across extensions: in which order AWS is taken to look for reasons to refuse a request.

A guard of an extension has the number of its kind as its `Guard.stratum`, so that the order of the guards of a rule
does not depend on the order in which extensions are composed. AWS documents no order; all but the first four kinds have
the same error code, so that only the text of an error would show it.
"""

STRATA = (
    "client",
    "throttling",
    "permission",
    "vault access policy",
    "existence",
    "lock",
    "hold",
    "state of the recovery point",
    "content",
    "collision",
)
"""The kinds of reasons, first to last."""

CLIENT, _THROTTLING, PERMISSION, ACCESS_POLICY, EXISTENCE, LOCK, HOLD, POINT_STATE, CONTENT, COLLISION = range(
    1, 1 + len(STRATA)
)
