"""Mutants of the table of rules, and who notices them (DeMillo, Lipton and Sayward, *Hints on Test Data Selection*)."""
