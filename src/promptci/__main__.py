"""`python -m promptci`, where the script is not on the path."""

from promptci.commands.start import start

start()
