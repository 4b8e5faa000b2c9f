"""The checker on NumPy arrays: the same questions for millions of states."""
