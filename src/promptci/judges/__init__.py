"""Judges held against people's labels."""
