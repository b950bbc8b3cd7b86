"""Stored answers, one by one."""
