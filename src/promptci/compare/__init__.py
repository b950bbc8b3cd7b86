"""Two sides on the same golden examples: paired, confirmed, judged."""
