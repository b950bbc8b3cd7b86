"""Prompts, examples and answers written in the forms of other tools."""
