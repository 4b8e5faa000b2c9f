"""Simulate many runs of one runbook at once."""
