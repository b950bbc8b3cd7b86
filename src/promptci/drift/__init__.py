"""Drift of hosted models: the same questions asked again, day by day."""
