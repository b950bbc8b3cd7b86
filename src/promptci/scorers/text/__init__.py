"""Scorers for text."""
