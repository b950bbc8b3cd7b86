"""How a terminal looks."""

from promptci.lateclass import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """Width in columns, and whether colours and other escapes are wanted.

    `is_workflow` says that GitHub's runner reads along and takes some texts for commands.
    """

    width: int = 80
    colour: bool = False
    is_workflow: bool = False
