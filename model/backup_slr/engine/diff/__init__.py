"""Semantic difference of two tables of rules."""
