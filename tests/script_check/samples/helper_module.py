"""A module beside a script: each run imports it afresh."""

runs: list[int] = []
runs.append(1)
