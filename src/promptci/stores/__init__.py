"""Answers shared by several machines: a folder or a bucket, and what is written there."""
