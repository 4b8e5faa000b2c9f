"""Compare a saved copy of the AWS page with the clauses that were taken from it."""
