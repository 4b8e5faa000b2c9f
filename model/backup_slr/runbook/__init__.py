"""Runbooks against a busy account: simulated many times over, and solved exactly where that is possible.

The algorithm, in reading order: `book` and `busy_account` (what files say), `control_flow` (a runbook as a graph of
positions), `lifecycle.environment` (what may happen meanwhile, as data), `markov.build` (one step of everything, state
by state) and `markov.solve`; `distributions` and `statistics` are the mathematics.

For speed there is `simulate`, which does the same to thousands of runs at once: `events` is its loop, `operator` and
`background` what happens in it, `vectorized_rules` the table as NumPy code, `batch` what is prepared once. `rng`
gives each run its own random numbers, so that neither batches nor `executors` nor `checkpoint` change a result.

`experiment` puts them together; `study_report`, `html`, `plots`, `to_scenario` and `cloudtrail` show what came of it.
"""

MAX_STATES = 50_000
"""The default limit on the states of a Markov chain."""
MAX_STEPS = 100_000
"""The default limit on the steps of a run; a thousand are usual."""
