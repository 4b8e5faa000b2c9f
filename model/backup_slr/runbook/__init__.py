"""Runbooks played against a busy account: sampled many times over, and exactly where an exact answer exists."""

MAX_STATES = 50_000
"""So many states a Markov chain may have unless somebody says more."""
MAX_STEPS = 100_000
"""So many steps a run may take unless somebody says more; a thousand are usual."""
