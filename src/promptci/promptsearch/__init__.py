"""Prompt search: texts are written, scored, kept; what is judged at the end is not seen."""
