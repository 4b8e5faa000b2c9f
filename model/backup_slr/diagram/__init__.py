"""Pictures of the model: one neutral graph for each view, and one renderer for each format. Nothing restates a rule."""
