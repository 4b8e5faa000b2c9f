"""The options of each command; light to import, so that help comes at once."""
