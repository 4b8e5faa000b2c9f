"""The checker on compiled bitsets."""
