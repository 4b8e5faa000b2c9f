"""What a lifecycle is beside its rules: documentation, scope options, questions, abstractions."""
