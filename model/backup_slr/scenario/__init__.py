"""Scenario files: read with the line of every error, run on the model, reported, recorded and written."""
