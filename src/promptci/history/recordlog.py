"""How the scores of one eval came about, commit by commit, read from its records in git."""

from msgspec import Struct

from promptci.compare.comparison import ExampleEdits
from promptci.compare.outcomes.splits import ResultSplit
from promptci.git.filechanges import FileChange
from promptci.history.recordhistory import (
    MAIN,
    Place,
)
from promptci.judges.changedjudge import ChangedJudge
from promptci.records.record import Accepted, Record
from promptci.suite.filenames import path_eval_name


class Entry(Struct, frozen=True):
    """What became of one model's record at one commit.

    `record` comes without its results and is None where the record went away or is damaged; then
    `damage` says how. `score` is None also where no example has an answer. `base` is the record
    before it, None for a first one. `what` names the parts of the fingerprint that differ. `score`
    is in 0..1. `delta`, `lost` and `won` are those of a comparison, head minus base, which
    `obstacle` rules out. `accepted` are losses accepted here. `is_cut` says that the record before
    is not known: a shallow clone lacks it, or it is damaged. `judges` are those that changed, where
    that was looked for. `fallen` are expected values and tags that fell beyond the tolerance.
    `split` names the evals among which this one was split here, `joined` those that were joined
    into it. `unmeasured` examples were not asked since two branches were merged, and `measured` are
    those of the record before that were. `edits` are the examples that are others than before.
    `stale` names the parts of the fingerprint in which the record is not of its commit's files,
    None where that was not looked for.
    """

    step: FileChange
    model: str
    record: Record | None
    score: float | None = None
    base: Record | None = None
    what: tuple[str, ...] = ()
    delta: float | None = None
    lost: tuple[str, ...] = ()
    won: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    obstacle: str = ""
    damage: str = ""
    is_later: bool = False
    is_cut: bool = False
    judges: tuple[ChangedJudge, ...] = ()
    fallen: tuple[ResultSplit, ...] = ()
    place: Place = MAIN
    split: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    unmeasured: int = 0
    measured: int = 0
    edits: ExampleEdits = ExampleEdits()
    stale: tuple[str, ...] | None = ()

    @property
    def eval(self) -> str:
        """What the eval is called at this commit."""
        return path_eval_name(self.step.path.rpartition("evals/")[2])

    @property
    def was(self) -> str:
        """What the eval was called in the record before, if otherwise."""
        return path_eval_name(self.step.source.rpartition("evals/")[2]) if self.base else ""


class RecordLog(Struct, frozen=True):
    """The history of an eval's records, the newest first, with what to know of it.

    `older` says of the record in the working tree that it is older than the files there.
    """

    eval: str
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()
    older: tuple[str, ...] = ()

    @property
    def former(self) -> tuple[str, ...]:
        """What the eval was called at these commits and before them, if otherwise; newest first."""
        names = (name for entry in self.entries for name in (entry.eval, entry.was))
        return tuple(dict.fromkeys(name for name in names if name and name != self.eval))

    @property
    def begins_stale(self) -> bool:
        """Whether any record of the newest commit is not of its files, or was not compared."""
        newest = self.entries[0].step.revision
        return any(entry.stale != () for entry in self.entries if entry.step.revision == newest)

    @property
    def exit_code(self) -> int:
        """0: a history is neither good nor bad."""
        return 0
