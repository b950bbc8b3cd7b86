"""Scorers: what says how good an answer is."""
