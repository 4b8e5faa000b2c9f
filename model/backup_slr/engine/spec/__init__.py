"""The other parts of a lifecycle: documentation, scope options, questions, abstractions."""
