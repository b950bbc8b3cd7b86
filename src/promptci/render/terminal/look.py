"""How a terminal looks."""

from msgspec import Struct


class Look(Struct, frozen=True):
    """Width in columns, and whether colours and other escapes are wanted.

    `is_workflow` says that GitHub's runner reads along and takes some texts for commands.
    """

    width: int = 80
    colour: bool = False
    is_workflow: bool = False
