"""Screens of commands that ask models."""
