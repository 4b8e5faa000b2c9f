"""Equivalence checking: `transition_diff`, `model_diff` and `table_diff`, each built on the previous one."""
