"""Solve a runbook exactly, as a Markov chain."""
