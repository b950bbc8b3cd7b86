"""Screens of experiments."""
