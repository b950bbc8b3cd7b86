"""Screens of stored answers, one by one."""
