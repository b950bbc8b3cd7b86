"""A golden example without what is asked and expected: what pairs and groups it, in little."""

from typing import TypeAlias

from msgspec import Struct

from promptci.specs.evalspec import Example


class Outline(Struct, frozen=True, array_like=True, gc=False):
    """What an example is known by elsewhere. `is_scored` says that it has scorers of its own."""

    id: str
    digest: str
    tags: tuple[str, ...] = ()
    cluster: str = ""
    is_scored: bool = False


Outlined: TypeAlias = Example | Outline
"""What tells how an example is paired and grouped."""


def outline_of(example: Example) -> Outline:
    """What an example is known by elsewhere."""
    return Outline(
        example.id,
        example.digest,
        tuple(example.tags),
        example.cluster,
        bool(example.scorers),
    )
