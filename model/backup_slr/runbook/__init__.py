"""Runbooks played against a busy account: sampled many times over, and exactly where an exact answer exists."""
