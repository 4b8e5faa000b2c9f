"""Scenario files: read with the place of every mistake, played through the model, told and recorded, saved."""
