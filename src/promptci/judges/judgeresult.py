"""How far judges agree with people's labels, all of them."""

from msgspec import Struct

from promptci.judges.agreement import Agreement
from promptci.spending.limits import NOTHING_TAKEN, Taken


class JudgeResult(Struct, frozen=True):
    """Every judge with the name of its golden set; `taken` is what that asked and cost."""

    found: tuple[tuple[str, Agreement], ...]
    taken: Taken = NOTHING_TAKEN

    @property
    def exit_code(self) -> int:
        """3 where too little is known of a judge, 1 where one is below a floor, else 0."""
        return max((each.exit_code for _, each in self.found), default=0)
