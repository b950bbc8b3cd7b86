"""Turns, answers and calls of tools in the forms of APIs and frameworks."""
