"""Scorers for short answers: choices, numbers, dates, classes."""
