"""Runs a script of somebody else against every schedule of the environment within a bound."""
