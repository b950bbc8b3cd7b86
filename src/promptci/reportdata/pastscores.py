"""What commits recorded of an eval's score, as the report page shows it."""

from collections.abc import Mapping

from msgspec import Struct, field

from promptci.git.revision import Revision
from promptci.records.record import Accepted
from promptci.reportdata.pastprompts import PromptChange
from promptci.stats.uncertainty import Interval


class PastScore(Struct, frozen=True):
    """One eval on one model at a commit that wrote its record.

    `what` are the parts that differ from the record before, `lost` and `won` examples against it.
    `was` is what the eval was called before the commit, if otherwise; it has its last name at all
    of them. `stale` are the parts in which the record is not of its commit's files. `damage` says
    why the record cannot be read; then nothing else is known of it.
    """

    eval: str
    model: str
    score: float | None = None
    interval: Interval | None = None
    passed: int = 0
    total: int = 0
    model_id: str = ""
    model_before: str = ""
    prompt: str = ""
    version: str = ""
    what: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    won: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    is_new: bool = False
    was: str = ""
    stale: tuple[str, ...] = ()
    damage: str = ""


class PastCommit(Struct, frozen=True):
    """A commit that wrote records, with what they say and the prompts that it changed.

    `removed` are evals whose records it took away.
    """

    revision: Revision
    date: str
    author: str
    subject: str
    scores: tuple[PastScore, ...]
    prompts: tuple[PromptChange, ...] = ()
    removed: tuple[str, ...] = ()


class Past(Struct, frozen=True):
    """The last commits that wrote records, the oldest first.

    `fates` has a letter for each of these commits, by eval, model and example: `p` passed, `f`
    failed, `e` no answer, a blank where the example was not there. `single` are evals that never
    ran on several models at once: theirs are under the model `""`, whichever it was. `is_cut` says
    that older ones were left out, `is_shallow` that this clone lacks some, `notes` what is stale.
    """

    commits: tuple[PastCommit, ...] = ()
    fates: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    single: frozenset[str] = frozenset()
    is_cut: bool = False
    is_shallow: bool = False
    notes: tuple[str, ...] = ()
