"""Logs and samples of Inspect and lm-eval."""
