"""Scorers for JSON: equal, alike, of a schema, at a path."""
