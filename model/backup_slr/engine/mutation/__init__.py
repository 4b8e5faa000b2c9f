"""Mutants of the rules, and what kills them (DeMillo, Lipton and Sayward, *Hints on Test Data Selection*)."""
