"""The views: each reads the model in one way, and returns a neutral graph."""
