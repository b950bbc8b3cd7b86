"""Completions stored by request key."""
