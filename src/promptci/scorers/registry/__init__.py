"""Scorers by name, made ready from what a file says."""
