"""Prompt templates: placeholders filled, and the tags of Jinja read."""
