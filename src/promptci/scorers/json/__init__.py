"""Scorers for JSON and lists."""
