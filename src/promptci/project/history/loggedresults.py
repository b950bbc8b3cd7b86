"""Results as lines of a run log, so that `promptci show` has what any command asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from promptci.compare.planruns import pass_over
from promptci.errors import RequestError, StorageError
from promptci.run.driving.work import Finished
from promptci.run.logged.logformat import Line
from promptci.run.logged.runlog import RunLog
from promptci.run.solving.questions import key_by_first, question_key


@contextmanager
def logged(folder: Path, now: datetime) -> Iterator[Callable[[Finished], None]]:
    """What takes the results of a command that writes no record, and logs them. `now` is in UTC.

    Such a log names no eval, so that one cut short is no unfinished run. Where none can be begun,
    results are not logged. Raises `StorageError` where writing it ends.
    """
    try:
        log = RunLog(folder, now=now)
    except StorageError:  # a folder that may only be read: nothing depends on logs
        yield pass_over
        return
    try:
        yield lambda finished: log.add(line_of(finished))
        log.end()
    except RequestError:  # such as a key that is missing: nothing was asked
        log.discard()
        raise
    finally:
        log.close()


def line_of(finished: Finished) -> Line:
    """One result, by the key of its answer."""
    evaluated = finished.evaluated
    return Line(
        eval=finished.task.spec.name,
        model=finished.task.model.name,
        example=finished.example.id,
        attempt=finished.attempt,
        fate=evaluated.result.fate,
        score=evaluated.result.score,
        key=_key(finished),
        scores=tuple((label, s.value, s.passed, s.why) for label, s in evaluated.scores),
        why=evaluated.why,
    )


def _key(finished: Finished) -> str:
    """The address of what was asked, empty where nothing was answered."""
    evaluated = finished.evaluated
    if finished.first and evaluated.walked is not None:
        return key_by_first(finished.task, finished.first)
    if evaluated.trace or evaluated.walked is not None:
        return question_key(finished.task, finished.example, attempt=finished.attempt)
    return evaluated.request.key if evaluated.request else ""
