"""What can go wrong on purpose: one sentence for the user and one exit code each."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from errno import EACCES, EPERM, EROFS
from pathlib import Path

from msgspec.structs import replace

from promptci.withasides import WithAsides


class Fault(WithAsides, frozen=True):
    """One thing wrong in one file: where it is, what it is, how to fix it.

    `line` and `column` count from 1; 0 means that the fault belongs to the whole file.
    A fault that is only a `warning` does not stop a run. `more` counts the faults that follow from
    it or say the same elsewhere, and are not reported themselves.
    """

    ASIDES = frozenset({"more"})

    path: str
    line: int
    column: int
    message: str
    warning: bool = False
    more: int = 0

    def __lt__(self, other: "Fault") -> bool:
        return self.place < other.place

    @property
    def place(self) -> tuple[str, int, int, str, bool]:
        """Its sort key among others: file, line and column."""
        return self.path, self.line, self.column, self.message, self.warning

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        more = f" (and {self.more:,} more for the same reason)" if self.more else ""
        return f"{place}: {'warning: ' if self.warning else ''}{self.message}{more}"


def told_once(faults: Iterable[Fault]) -> list[Fault]:
    """Equal faults as one, in the order in which they were found, with what follows from each."""
    found: dict[Fault, int] = {}
    for fault in faults:
        found[fault] = found.get(fault, 0) + fault.more
    return [replace(fault, more=more) for fault, more in found.items()]


def told_by_reason(faults: Iterable[Fault]) -> list[Fault]:
    """Of the faults of a file that say the same the first, with the number of the others."""
    found: dict[tuple[str, str], Fault] = {}
    for fault in faults:
        first = found.setdefault((fault.path, fault.message), fault)
        if first is not fault:
            found[fault.path, fault.message] = replace(first, more=first.more + 1 + fault.more)
    return list(found.values())


class PromptCIError(Exception):
    """Base of all errors that reach the user as a sentence instead of a traceback."""

    exit_code = 3


def verdict_code(*, is_worse: bool, is_open: bool, stopped: PromptCIError | None = None) -> int:
    """What a command that judges exits with: 1 where something certainly blocks, whatever else.

    A certain no stays one however much could not be found out beside it; whoever asks again on 3
    would ask in vain. Then comes what `stopped` it, 3 where something is open, else 0.
    """
    if is_worse:
        return 1
    if stopped is not None:
        return stopped.exit_code
    return 3 if is_open else 0


MOST_SHOWN = 200
"""Faults of files that an error tells; of the rest only their number."""


class RequestError(PromptCIError):
    """The user asked for something malformed: a wrong name, option or setting. Exit 2."""

    exit_code = 2


class SeveralError(RequestError):
    """A name of a commit is ambiguous. Exit 2."""

    def __init__(self, name: str, *, is_ref: bool) -> None:
        """`is_ref` says that they are refs, such as a branch and a tag, and not ids."""
        cure = f"write `heads/{name}` for the branch or `tags/{name}` for the tag"
        digits = "write more digits of the commit's id"
        super().__init__(f"`{name}` names several objects: {cure if is_ref else digits}")


class MissingKeyError(RequestError):
    """An endpoint that was to be asked lacks its key. Exit 2."""


class SpecError(RequestError):
    """Files that cannot be used as they are; carries every fault found, in file order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(dict.fromkeys(faults)))  # evals may share a file
        shown = list(map(str, self.faults[:MOST_SHOWN]))
        more = len(self.faults) - MOST_SHOWN
        super().__init__("\n".join([*shown, f"and {more:,} more"] if more > 0 else shown))


class RepoError(PromptCIError):
    """Git could not say what was asked: no repository, a shallow clone, damage. Exit 3."""


class NotAtBaseError(RepoError):
    """A change wants an endpoint or own code that its base does not know. Exit 3."""


class StorageError(PromptCIError):
    """A file could not be written or read: full disk, missing permission. Exit 3."""


_UNWRITTEN = "cannot be written"
_MAKE_WRITABLE = "make its folder writable, or work in a copy of the project that may be written"


@contextmanager
def as_storage_error(
    path: Path,
    what: str = _UNWRITTEN,
    *,
    passes: tuple[type[OSError], ...] = (),
    if_closed: str = "",
) -> Iterator[None]:
    """Turn a refusal of the system into a `StorageError` that names the file; `passes` go on.

    `if_closed` is the cure where the file or its folder may only be read; what cannot be written
    has one anyway.
    """
    if_closed = if_closed or (_MAKE_WRITABLE if what == _UNWRITTEN else "")
    try:
        yield
    except passes:
        raise
    except OSError as error:
        cure = f": {if_closed}" if if_closed and error.errno in (EACCES, EPERM, EROFS) else ""
        raise StorageError(f"{path}: {what}: {error.strerror or error}{cure}") from error


class ModelError(PromptCIError):
    """A model gave no answer.

    `kind` is one of `rate_limit`, `transient`, `timeout`, `quota`, `auth`, `unusable` (a wrong
    address, an unknown model: no request gets an answer), `bad_request`, `malformed` and
    `parameter`, which means that the next call goes out without the one that the model refused;
    `retry_after` is the server's wish in seconds, if it had one. `may_cost` says whether the
    provider may charge for an answer that did not arrive whole or in time, `is_refused` that there
    is no listener at the address, `is_of_settings` that all requests with these settings would
    get the same. `was_sent` is false where the request was held back, since another one like it
    had got this.
    """

    was_sent = True

    def __init__(
        self,
        message: str,
        kind: str,
        *,
        retry_after: float | None = None,
        may_cost: bool | None = None,
        is_refused: bool = False,
        is_of_settings: bool = False,
    ) -> None:
        super().__init__(message)
        self.is_refused = is_refused
        self.is_of_settings = is_of_settings
        self.kind = kind
        self.retry_after = retry_after
        self.may_cost = kind in ("timeout", "malformed") if may_cost is None else may_cost

    def reworded(self, message: str, *, may_cost: bool | None = None) -> "ModelError":
        """The same failure in other words."""
        cost = self.may_cost if may_cost is None else may_cost
        found = ModelError(
            message,
            self.kind,
            retry_after=self.retry_after,
            may_cost=cost,
            is_refused=self.is_refused,
            is_of_settings=self.is_of_settings,
        )
        found.was_sent = self.was_sent
        return found

    def held_back(self) -> "ModelError":
        """The same for a request that was not sent because of it."""
        found = self.reworded(str(self), may_cost=False)
        found.was_sent = False
        return found

    @property
    def stops_the_run(self) -> bool:
        """Whether asking anything else of this endpoint would be in vain."""
        return self.kind in ("quota", "auth")

    @property
    def ends_the_model(self) -> bool:
        """Whether asking anything else of this model there would be in vain."""
        return self.stops_the_run or self.kind == "unusable"


class BudgetError(PromptCIError):
    """A ceiling on cost, tokens, calls or time was reached; what was done is kept. Exit 4."""

    exit_code = 4


class RepeatsStoppedError(BudgetError):
    """A ceiling lets nothing be asked again; who asks goes on with what there is. Exit 4."""


class GateMissedError(PromptCIError):
    """The gate can no longer pass, so the rest was not asked. Exit 1."""

    exit_code = 1


class NothingToRunError(PromptCIError):
    """There is nothing to evaluate, or the selection matches nothing. Exit 5."""

    exit_code = 5


class NotStoredError(RequestError):
    """An answer is missing where none may be asked for; nothing was asked or written."""
