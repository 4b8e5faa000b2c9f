"""A local endpoint for AWS clients: a server on loopback, and the same inside a Python process."""
