"""Advice about one account: what blocks the deletion of its role, the steps to it, and the proof of both."""
