"""A change held against its base."""
