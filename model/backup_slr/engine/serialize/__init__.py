"""The whole table of rules as one JSON document, which can be written, read back, and used instead of our own."""
