"""Flows: several prompts, queries and texts in steps, under conditions and in loops."""
