"""A change compared with its base."""
