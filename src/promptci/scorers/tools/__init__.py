"""Scorers for tool calls and for what an answer took."""
