"""Equivalence checking, each built on the one before: `transition_diff`, `model_diff`, `table_diff`."""
