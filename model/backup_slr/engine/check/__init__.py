"""Everything that can be reached: exploration, verdicts, liveness, witnesses. It knows nothing of AWS."""
