"""A judge that a change alters or takes away."""

from msgspec import Struct


class ChangedJudge(Struct, frozen=True):
    """A judge of an eval that was altered or taken away, as text at base and head.

    `head` is empty where it is gone.
    """

    eval: str
    label: str
    base: str
    head: str
