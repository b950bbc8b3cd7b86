"""What experiments with one prompt found: shots, formats, variants and trials."""
