"""Answers of a part of a run, carried in one file from one machine to another."""
