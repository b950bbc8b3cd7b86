"""How scores came about over the last commits, from the records in git alone."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct, field

from promptci.compare.outcome import score_interval
from promptci.errors import PromptCIError, SpecError
from promptci.git.commits import file_at
from promptci.git.folderchanges import ChangedFile, CommitChanges, changes_below
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.history.movedexamples import compare_moved
from promptci.history.recordhistory import Records, damage_of, path_eval_name
from promptci.history.recordlog import changed_parts, pair_models
from promptci.records.chunkfiles import RECORD
from promptci.records.record import Accepted, Record
from promptci.records.recordfile import check_chunks, commit_opener, read_records
from promptci.stats import Interval

MOST_COMMITS = 40
"""Commits that a report goes back, unless it is told otherwise."""

MOST_RESULTS = 600_000
"""Results of single examples read for it: older commits are left out beyond."""

ENDING = RECORD
_LETTERS = {"pass": "p", "fail": "f", "error": "e"}

_Column: TypeAlias = dict[tuple[str, str], tuple[tuple[str, str], ...]]
"""Examples with the letter of their fate at one commit, by eval and model that it wrote."""


class PastScore(Struct, frozen=True):
    """One eval on one model at a commit that wrote its record.

    `what` are the parts that differ from the record before, `lost` and `won` examples against it.
    `damage` says why the record cannot be read; then nothing else is known of it.
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
    damage: str = ""


class PromptChange(Struct, frozen=True):
    """A prompt's file before and after a commit; empty where it was not there."""

    path: str
    before: str
    after: str


class PastCommit(Struct, frozen=True):
    """A commit that wrote records, with what they say and the prompts that it changed."""

    revision: Revision
    date: str
    author: str
    subject: str
    scores: tuple[PastScore, ...]
    prompts: tuple[PromptChange, ...] = ()


class Past(Struct, frozen=True):
    """The last commits that wrote records, the oldest first.

    `fates` has a letter for each of these commits, by eval, model and example: `p` passed, `f`
    failed, `e` no answer, a blank where the example was not there. `single` are evals that never
    ran on several models at once: theirs are under the model `""`, whichever it was. `is_cut` says
    that older commits were left out, `is_shallow` that this clone lacks some.
    """

    commits: tuple[PastCommit, ...] = ()
    fates: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    single: frozenset[str] = frozenset()
    is_cut: bool = False
    is_shallow: bool = False


def read_past(repo: Repo, start: Revision | None, *, most: int = MOST_COMMITS) -> Past:
    """The past up to a commit; nothing before the first one."""
    if start is None or most < 1:
        return Past()
    found = changes_below(repo, "evals", ENDING, start, most=most + 1)
    reader = _Reader(repo)
    commits: list[PastCommit] = []
    for change in found[:most]:
        if reader.count > MOST_RESULTS:
            break
        commits.append(reader.commit(change))
    is_cut = len(found) > len(commits)
    single = reader.single()
    shallow = repo.is_shallow
    return Past(tuple(reversed(commits)), reader.fates(single), single, is_cut, shallow)


class _Reader(Struct):
    """Reads the records of commits, newest first, each object once while it is near."""

    repo: Repo
    count: int = 0
    commits: int = 0
    _known: dict[str, tuple[Records, str]] = field(default_factory=dict)
    _columns: list[_Column] = field(default_factory=list)

    def commit(self, change: CommitChanges) -> PastCommit:
        """What one commit wrote."""
        column: _Column = {}
        scores = [each for file in change.files for each in self._scores(change, file, column)]
        self._columns.append(column)
        older = {file.before for file in change.files}
        self._known = {blob: known for blob, known in self._known.items() if blob in older}
        return PastCommit(
            change.revision,
            change.date,
            change.author,
            change.subject,
            tuple(scores),
            tuple(self._prompts(change, scores)),
        )

    def _scores(
        self, change: CommitChanges, file: ChangedFile, column: _Column
    ) -> Iterator[PastScore]:
        name = path_eval_name(file.path)
        head, damage = self._read(file.blob, name, change.revision.id)
        base, _ = self._read(file.before, name, change.parent)
        if damage:
            yield PastScore(name, "", damage=damage)
            return
        for model, before, after in pair_models(base, head):
            column[name, model] = _letters(after)
            if before is not None and before.model != model:
                column[name, before.model] = ()
            if after is not None and after != before:
                yield _past_score(after, before)

    def _read(self, blob: str, name: str, commit: str) -> tuple[Records, str]:
        """The records in an object, or what is wrong with it; kept until the older side asked."""
        if not blob:
            return {}, ""
        if blob not in self._known:
            try:
                data, path = self.repo.blob(blob), f"evals/{name}{ENDING}"
                records = read_records(data, path, name, commit_opener(self.repo, commit))
                check_chunks(records)
                damage = ""
            except SpecError as error:
                records, damage = {}, damage_of(error)
            except PromptCIError as error:
                records, damage = {}, str(error)
            self._known[blob] = records, damage
            self.count += sum(len(record.results) for record in records.values())
        return self._known[blob]

    def _prompts(self, change: CommitChanges, scores: list[PastScore]) -> Iterator[PromptChange]:
        """The files of prompts that differ, each once."""
        names = dict.fromkeys(each.prompt for each in scores if "prompt" in each.what)
        for name in names:
            yamls = (f"prompts/{name}.yaml", f"prompts/{name}.yml", f"flows/{name}.yaml")
            for path in (*yamls, f"{name}.prompt.yml"):
                after = file_at(self.repo, change.revision, path)
                before = (
                    file_at(self.repo, Revision(change.parent), path) if change.parent else None
                )
                if before != after:
                    yield PromptChange(path, *(_text(side) for side in (before, after)))
                    break

    def single(self) -> frozenset[str]:
        """The evals that never ran on several models at once."""
        names = {name for column in self._columns for name, _ in column}
        several = set()
        for column in self._columns:
            counts = Counter(name for (name, _), letters in column.items() if letters)
            several |= {name for name, count in counts.items() if count > 1}
        return frozenset(names - several)

    def fates(self, single: frozenset[str]) -> dict[tuple[str, str], dict[str, str]]:
        """A letter per commit of each example, the oldest commit first.

        A commit that did not write a record leaves it as it was.
        """
        found: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        standing: _Column = {}
        for index, column in enumerate(reversed(self._columns)):
            standing.update(column)
            for (name, model), letters in standing.items():
                rows = found[name, "" if name in single else model]
                for id_, letter in letters:
                    rows[id_] = rows.get(id_, "").ljust(index) + letter
        size = len(self._columns)
        return {
            name: {id_: row.ljust(size) for id_, row in rows.items()}
            for name, rows in found.items()
        }


def _past_score(record: Record, base: Record | None) -> PastScore:
    found, _ = (None, None) if base is None else compare_moved(base, record)
    is_paired = found is not None and not found.obstacle
    return PastScore(
        eval=record.eval,
        model=record.model,
        score=record.score if record.errors < record.total else None,
        interval=score_interval(record.results),
        passed=record.passed,
        total=record.total,
        model_id=record.model_id,
        model_before=base.model_id if base else "",
        prompt=record.prompt,
        version=record.version,
        what=changed_parts(base, record) if base else (),
        lost=found.ids("lost") if found and is_paired else (),
        won=found.ids("won") if found and is_paired else (),
        accepted=tuple(a for a in record.accepted if base is None or a not in base.accepted),
        is_new=base is None,
    )


def _letters(record: Record | None) -> tuple[tuple[str, str], ...]:
    return tuple((r.id, _LETTERS[r.fate]) for r in record.results) if record else ()


def _text(data: bytes | None) -> str:
    return "" if data is None else data.decode("utf-8", "replace")
