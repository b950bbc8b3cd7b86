"""Finished examples: counted, and handed on once."""

from promptci.run.driving.work import Finished, Sink, Work
from promptci.run.solving.solve import Evaluated, unanswered
from promptci.specs.completion import Completion
from promptci.spending.limits import Progress


class Finishing:
    """Hands results to a sink and counts in `progress` what was asked and done for them."""

    def __init__(self, sink: Sink, progress: Progress) -> None:
        self._sink, self._progress = sink, progress

    @property
    def has_only_errors(self) -> bool:
        """Whether no example so far has a result."""
        return self._progress.done == self._progress.errors

    def count_asked(self, completion: Completion) -> None:
        """Count an answer that was asked for, and its cost."""
        self._progress.asked += 1
        self._progress.input_tokens += completion.usage.input_tokens
        self._progress.read_tokens += completion.usage.cached_tokens
        if completion.cost is None:
            self._progress.has_unknown_cost = True
        else:
            self._progress.cost += completion.cost

    def fail(self, work: Work, why: str) -> None:
        """Hand on that an example has no result."""
        work.steps.close()
        work.note_answers()
        self.finish(work, Evaluated(unanswered(work.example), why=why))

    def finish(self, work: Work, evaluated: Evaluated) -> None:
        """Hand on a result; of questions asked side by side several may fail, which is one."""
        if work.is_over:
            return
        work.is_over = True
        self._progress.done += 1
        self._progress.cached += work.took.answers - work.asked
        self._progress.errors += evaluated.result.fate == "error"
        self._sink(
            Finished(
                work.task,
                work.example,
                work.attempt,
                evaluated,
                work.took,
                work.asked,
                work.keys,
                work.first,
            )
        )
