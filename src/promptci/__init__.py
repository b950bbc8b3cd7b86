"""Versions prompts under git and tests them for regressions."""

__version__ = "0.1.0"
