"""A saved copy of the AWS page, and how far the clauses still stand on it."""
