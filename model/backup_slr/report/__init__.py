"""Reports of results: English, names, text, Markdown and JSON."""
