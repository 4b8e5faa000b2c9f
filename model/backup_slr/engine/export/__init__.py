"""The model for other tools: Promela for Spin, TLA+ for TLC, and its graph in the formats that graph tools read."""
