"""Runs a clean-up script against every schedule of the environment within a bound."""
