"""Screens of what commits recorded."""
