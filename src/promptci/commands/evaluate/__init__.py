"""Commands that score prompts on their examples: `run` and what goes with it."""
