"""Pictures as inline SVG, each with its numbers as a table."""
