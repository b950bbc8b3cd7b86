"""Scorers for HTML, XML, YAML and fenced blocks."""
