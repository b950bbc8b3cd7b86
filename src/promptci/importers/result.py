"""What an import did."""

from msgspec import Struct

from promptci.errors import Fault


class ImportResult(Struct, frozen=True):
    """What an import wrote, what it could not carry and what runs otherwise from now on.

    `written` are paths relative to the project, in order. Losses fail it unless they are allowed.
    """

    kind: str
    written: tuple[str, ...]
    losses: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    is_lossy_allowed: bool

    @property
    def exit_code(self) -> int:
        """0, or 1 where something was lost that the user did not allow to be."""
        return 1 if self.losses and not self.is_lossy_allowed else 0
