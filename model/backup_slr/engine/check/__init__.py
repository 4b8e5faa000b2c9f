"""Explicit-state model checking: exploration, verdicts, liveness, witnesses. It does not depend on AWS.

The algorithm, in plain Python and in reading order:

1. `transitions`: the rules with places and inputs filled in, as guarded commands; `packing`: a state as an integer;
2. `exploration`: breadth-first search of all reachable states; `symmetry`: one state for each orbit;
3. `queries`: shortest paths and backward reachability; `liveness` with `fair_edges` and `cycles`: fair cycles;
4. `checker` with `step_cases`: the verdict on each property (`results`), with a trace that `confirm` replays
   independently.

Built on it: `witness` (one reachable state; from an account with many places `guided` by the lower bounds of
`projection`), `combinations` and `sensitivity` (values of the assumptions).
For speed only: `vectorized` answers the same `queries` with NumPy; `engine` chooses. Processes: `workers`, `memory`.
"""
