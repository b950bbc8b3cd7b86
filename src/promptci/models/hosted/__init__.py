"""Hosted models over HTTP."""
