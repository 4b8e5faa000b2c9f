"""Advice about an account: the order of steps to the goal, and its proof."""
