"""Goldens, test cases and conversations of DeepEval."""
