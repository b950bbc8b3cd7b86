"""What a model answered while it was measured."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct, field

from promptci.compare.outcomes.failurereasons import why_failed
from promptci.records.record import Fate
from promptci.run.driving.work import Finished


class DriftAnswers(Struct):
    """What became of each attempt, why the last one failed or had no answer, and who answered."""

    fates: dict[str, list[Fate]] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    served: dict[str, None] = field(default_factory=dict)
    whys: dict[str, str] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)

    def take(self, finished: Finished) -> None:
        """Hear of one more attempt."""
        result, completion = finished.evaluated.result, finished.evaluated.completion
        self.fates.setdefault(result.id, []).append(result.fate)
        if result.fate != "error":
            self.scores[result.id] = result.score
        else:
            self.errors[finished.evaluated.why] += 1
        if result.fate == "fail":
            self.whys[result.id] = why_failed(finished.evaluated)
        if completion is not None:
            named = (completion.served_model, completion.system_fingerprint)
            self.served[" ".join(filter(None, named))] = None

    def miss(self, ids: Sequence[str], why: str) -> None:
        """Have examples without an answer be errors, which say why."""
        missing = [id_ for id_ in ids if id_ not in self.fates]
        self.fates |= {id_: ["error"] for id_ in missing}
        self.errors[why] += len(missing)
