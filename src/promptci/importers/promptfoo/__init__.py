"""Configurations of promptfoo: prompts, providers, tests and assertions."""
