"""How far judges agree with people's labels, all of them."""

from msgspec import Struct

from promptci.errors import verdict_code
from promptci.judges.agreement import Agreement
from promptci.spending.limits import NOTHING_TAKEN, Taken


class JudgeResult(Struct, frozen=True):
    """Every judge with the name of its golden set; `taken` is what that asked and cost."""

    found: tuple[tuple[str, Agreement], ...]
    taken: Taken = NOTHING_TAKEN

    def of(self, question: str) -> tuple[str, Agreement] | None:
        """The golden set of a judge by its `question`, and what was found; None without one."""
        return next((each for each in self.found if each[1].question == question), None)

    @property
    def exit_code(self) -> int:
        """1 where a judge is below a floor, 3 where too little is known of one, else 0."""
        codes = [each.exit_code for _, each in self.found]
        return verdict_code(is_worse=1 in codes, is_open=3 in codes)
