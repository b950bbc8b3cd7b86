"""Commands that ask more often to measure a prompt, a judge or a model."""
