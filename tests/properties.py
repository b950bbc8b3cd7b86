"""How many inputs a property is tried on."""

from hypothesis import settings

USUAL = 30
"""In a usual run; the profile `fast` tries fewer, `thorough` a thousand."""


def usually(inputs: int) -> settings:
    """So many inputs in a usual run; in a fast or a thorough one as many as of all others."""
    of_profile = settings().max_examples
    return settings(max_examples=inputs if of_profile == USUAL else of_profile)
