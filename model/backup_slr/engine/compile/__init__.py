"""Passes over a model: well-formedness, simplification, grounding, interpretation, code generation."""
