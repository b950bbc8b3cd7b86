"""OpenAI's evals: the registry of openai/evals, and graders of the platform."""
