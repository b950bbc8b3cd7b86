"""The pytest plugin: golden examples and gates as tests, and prompts asked by tests in Python."""
