"""Text into values with their places: YAML, JSON lines, CSV, formulas."""
