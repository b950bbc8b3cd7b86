"""Requests sent as batches: written as lines, handed in, waited for, their answers stored."""
