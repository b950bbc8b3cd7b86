"""How far judges agree with people's labels, all of them."""

from promptci.judges.agreement import Agreement
from promptci.lateclass import dataclass
from promptci.spending.limits import NOTHING_TAKEN, Taken


@dataclass(frozen=True, slots=True)
class JudgeResult:
    """Every judge with the name of its golden set; `taken` is what that asked and cost."""

    found: tuple[tuple[str, Agreement], ...]
    taken: Taken = NOTHING_TAKEN

    @property
    def exit_code(self) -> int:
        """3 where too little is known of a judge, 1 where one is below a floor, else 0."""
        return max((each.exit_code for _, each in self.found), default=0)
