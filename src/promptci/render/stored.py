"""What `show` shows: results of examples, and all that is stored of one."""

from msgspec import Struct

from promptci.run.logged.logformat import Line
from promptci.run.rejudged import StoredJudgement
from promptci.run.solved import Picked, StepAnswer
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.request import Request


class Listed(Struct, frozen=True):
    """The newest result of an example; `is_current` is false if an earlier prompt was asked."""

    line: Line
    is_current: bool


class Shown(Struct, frozen=True):
    """One example on one model: as it would be asked now, and what is stored of it.

    `is_current` is false where the stored answer belongs to an earlier prompt. `repeats` are
    further answers to the same question, with what they scored, `judgements` what judges were asked
    about the answer. `key` is that of the question, `request` None of a flow, which has one for
    each step. `steps` are what was asked for an answer that took several requests, `picked`
    is which of several samples it is.
    """

    eval: str
    model: str
    example: Example
    key: str
    request: Request | None
    completion: Completion | None
    line: Line | None
    is_current: bool
    repeats: tuple[tuple[Line, Completion | None], ...] = ()
    judgements: tuple[StoredJudgement, ...] = ()
    steps: tuple[StepAnswer, ...] = ()
    picked: Picked | None = None
