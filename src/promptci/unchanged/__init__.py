"""A command that is asked again where nothing has changed says what it said before."""
