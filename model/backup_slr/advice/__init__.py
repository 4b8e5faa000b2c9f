"""Advice about one account: what blocks the deletion of its role, and who or what removes it."""
