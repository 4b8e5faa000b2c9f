"""The language of models: formulas, rules, one step, traces. Standard library only; no I/O, no clock, no randomness."""
