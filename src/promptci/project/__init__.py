"""The library: a project opened, and what can be done with it."""
