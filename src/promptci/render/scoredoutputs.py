"""What was found of each output that `score` judges."""

from msgspec import Struct, field

from promptci.records.record import Fate, Score
from promptci.run.driving.work import Finished


class ExaminedOutput(Struct, frozen=True):
    """One output: `why` says why it is an error or misses the eval's threshold."""

    example: str
    fate: Fate
    score: float
    why: str
    scores: tuple[tuple[str, Score], ...]


class Examined(Struct, frozen=True):
    """Gathers them for the report."""

    results: list[ExaminedOutput] = field(default_factory=list)

    def take(self, finished: Finished) -> None:
        """Add one."""
        evaluated, result = finished.evaluated, finished.evaluated.result
        scores = tuple(evaluated.scores)
        self.results.append(
            ExaminedOutput(result.id, result.fate, result.score, evaluated.why, scores)
        )
