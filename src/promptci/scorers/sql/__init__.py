"""Scorers for SQL."""
