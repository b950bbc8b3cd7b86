"""Batches: many requests handed to a service in one file, at half the price, answered in hours."""
