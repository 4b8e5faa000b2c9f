"""The whole rule set as one JSON document, which can be written, read, and used instead of the built-in one."""
