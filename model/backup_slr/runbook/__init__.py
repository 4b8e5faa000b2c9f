"""Runbooks in a busy account: simulated many times, and solved exactly where possible.

The algorithm, in reading order: `book` and `busy_account` (the contents of files), `service_clocks` (the times of
actions that extensions add), `control_flow` (a runbook as a graph of positions), `lifecycle.environment` (the possible
background events, as data), `views` (reads that lag), `markov.build` (all steps from each state) and `markov.solve`,
with `markov.staying` for a role that must stay deleted; `distributions` and `statistics` are the mathematics.

For speed, `simulate` does thousands of runs at once: `events` is its loop, `operator` and `background` are the events,
`timers` are the clocks of extensions, `seen` is what the operator sees, `vectorized_rules` is the rules
as NumPy code, and `batch` has the data that is prepared once. `rng` gives each run its own random numbers, so batches,
`executors` and `checkpoint` do not change a result.

`experiment` combines them; `study_document`, `study_report`, `html`, `plots`, `to_scenario` and `cloudtrail` show the
results.
"""

MAX_STATES = 50_000
"""The default limit on the states of a Markov chain."""
MAX_STEPS = 100_000
"""The default limit on the steps of a run; a thousand are usual."""
