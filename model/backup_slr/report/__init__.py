"""What was found, told: English, names, JSON, tables."""
