"""SVG: a drawing of Graphviz or our own layout of a sequence, with classes, a style sheet and a legend."""
