"""Evals and examples of base and head that belong together, renamed or not."""
