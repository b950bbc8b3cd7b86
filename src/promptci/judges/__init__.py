"""Judges compared with people's labels."""
