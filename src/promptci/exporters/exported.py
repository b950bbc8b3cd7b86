"""What exporters are given, and what they make."""

from collections.abc import Callable, Iterator

from msgspec import Struct, field

from promptci.parsing.source import Plain
from promptci.records.record import Record, Result
from promptci.run.planning.task import Task
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.request import Request


class ExportedAnswer(Struct, frozen=True):
    """An example on one model: what is asked, the stored answer and its result in the record.

    `completion` is None where no answer is stored, `result` where the record is of other files.
    """

    example: Example
    request: Request
    completion: Completion | None
    result: Result | None


class ExportedEval(Struct, frozen=True):
    """An eval on one model as it is at a commit; `answers` are read again each time.

    `commit` is the full id of the one checked out where no other is asked for, `time` that of the
    commit, in seconds since 1970. `record` is the score record there, None where it is of other
    files.
    """

    task: Task
    answers: Callable[[], Iterator[ExportedAnswer]]
    commit: str = ""
    time: int = 0
    record: Record | None = None

    @property
    def name(self) -> str:
        """The eval's name."""
        return self.task.spec.name


class ExportOptions(Struct, frozen=True):
    """What a user may choose.

    `answers_from` is `expected` or `passed`. `validation` is the share of examples in a file of
    their own, chosen by `seed`. `kept_out` are digests of inputs that are not to be trained on.
    `with_variants` writes the other forms of a prompt beside it, `with_bom` a byte-order mark
    before the lines to learn from.
    """

    answers_from: str = "expected"
    validation: float = 0.0
    seed: int = 1
    kept_out: frozenset[str] = frozenset()
    with_content: bool = False
    commit: str = ""
    with_variants: bool = False
    with_bom: bool = False


class Exported(Struct):
    """Files by name, their parts made as they are written, and what to say of them."""

    files: dict[str, Callable[[], Iterator[bytes]]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


class Exporter(Struct, frozen=True):
    """One kind of export.

    `of_commits` says that it may hold several commits beside each other, `of_flows` that it takes
    evals of flows.
    """

    name: str
    title: str
    write: Callable[[tuple[ExportedEval, ...], ExportOptions], Exported]
    of_commits: bool = False
    of_flows: bool = False


def message_body(request: Request) -> list[Plain]:
    """The turns of a request as a chat has them; parts that are files appear as their names."""
    return [{"role": each.role, "content": each.shown} for each in request.messages]


def goes_on(each: ExportedEval, example: Example) -> bool:
    """Whether an example takes more than one answer: a conversation of several, or with tools."""
    talk = each.task.talk
    if talk is None:
        return False
    if talk.user is not None or talk.written.tools:
        return True
    opening = each.task.single.render(example.vars, example.files)
    begins = bool(opening) and opening[-1].role in ("user", "tool")
    return begins + len(talk.written.spoken(example.vars)) > 1
