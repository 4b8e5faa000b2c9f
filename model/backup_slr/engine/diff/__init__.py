"""Equivalence checking, each built on the one before: `model_diff`, `table_diff`."""
