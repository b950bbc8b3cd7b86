"""Batches of one command, from sending to collecting."""
