"""How scores came about over the last commits, from the records in git alone."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.compare.outcomes.outcome import score_interval
from promptci.compare.pairing.renamedetection import Traits, match_renames, traits_of_records
from promptci.git.folderchanges import ChangedFile, CommitChanges, changes_below
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.history.modelpairs import pair_models
from promptci.history.movedexamples import compare_moved
from promptci.history.stalemarks import FilesThen
from promptci.records.record import Record
from promptci.reportdata.pastprompts import changed_prompts
from promptci.reportdata.pastrecords import ENDING, PastRecords
from promptci.reportdata.pastscores import Past, PastCommit, PastScore
from promptci.suite.filenames import path_eval_name

MOST_COMMITS = 40
"""Commits that a report goes back, unless it is told otherwise."""

MOST_RESULTS = 600_000
"""Results of single examples read for it: older commits are left out beyond."""

_LETTERS = {"pass": "p", "fail": "f", "error": "e"}

_Column: TypeAlias = dict[tuple[str, str], tuple[tuple[str, str], ...]]
"""Examples with the letter of their fate at one commit, by eval and model that it wrote."""


def read_past(
    repo: Repo,
    start: Revision | None,
    *,
    most: int = MOST_COMMITS,
    then: FilesThen | None = None,
) -> Past:
    """The past up to a commit, nothing before the first; with `then` stale records are marked."""
    if start is None or most < 1:
        return Past()
    found = changes_below(repo, "evals", ENDING, start, most=most + 1)
    reader = _Reader(repo, PastRecords(repo), then)
    commits: list[PastCommit] = []
    for change in found[:most]:
        if reader.records.count > MOST_RESULTS:
            break
        commits.append(reader.commit(change))
    is_cut = len(found) > len(commits)
    single = reader.single()
    shallow = repo.is_shallow
    notes = () if then is None else tuple(then.save())
    return Past(tuple(reversed(commits)), reader.fates(single), single, is_cut, shallow, notes)


class _Reader(Struct):
    """Reads the records of commits, newest first, each object once while it is near.

    `_names` are the last names of evals that were renamed later.
    """

    repo: Repo
    records: PastRecords
    then: FilesThen | None = None
    _columns: list[_Column] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)

    def commit(self, change: CommitChanges) -> PastCommit:
        """What one commit wrote."""
        column: _Column = {}
        was = self._renamed(change)
        gone = {each.path for each in was.values()}
        files = [file for file in change.files if file.path not in gone]
        scores = [each for it in files for each in self._scores(change, it, was, column)]
        names = dict.fromkeys(each.prompt for each in scores if "prompt" in each.what)
        removed = tuple(self._called(file.path) for file in files if not file.blob)
        self._columns.append(column)
        self._names |= {path_eval_name(it.path): self._called(path) for path, it in was.items()}
        older = {file.before for file in change.files}
        self.records.keep(older)
        return PastCommit(
            change.revision,
            change.date,
            change.author,
            change.subject,
            tuple(scores),
            tuple(changed_prompts(self.repo, change, names)),
            removed,
        )

    def _called(self, path: str) -> str:
        """The last name of the eval whose records are there."""
        name = path_eval_name(path)
        return self._names.get(name, name)

    def _renamed(self, change: CommitChanges) -> dict[str, ChangedFile]:
        """What became of files that a commit took away: those that hold the same examples."""
        gone = {file.path: file for file in change.files if not file.blob}
        new = [file for file in change.files if not file.before] if gone else []
        if not new:
            return {}
        before = {p: self._traits(file.before, p, change.parent) for p, file in gone.items()}
        after = {f.path: self._traits(f.blob, f.path, change.revision.id) for f in new}
        return {path: gone[was] for path, was in match_renames(before, after).items()}

    def _traits(self, blob: str, path: str, commit: str) -> Traits:
        return traits_of_records(self.records.read(blob, path_eval_name(path), commit)[0].values())

    def _scores(
        self,
        change: CommitChanges,
        file: ChangedFile,
        renamed: Mapping[str, ChangedFile],
        column: _Column,
    ) -> Iterator[PastScore]:
        name, older = self._called(file.path), renamed.get(file.path, file)
        was = path_eval_name(older.path)
        head, damage = self.records.read(file.blob, path_eval_name(file.path), change.revision.id)
        base, _ = self.records.read(older.before, was, change.parent)
        if damage:
            yield PastScore(name, "", damage=damage)
            return
        for model, before, after in pair_models(base, head):
            column[name, model] = _letters(after)
            if before is not None and before.model != model:
                column[name, before.model] = ()
            if after is not None and (older is not file or after != before):
                former = was if older is not file else ""
                stale = self.then and self.then.stale(change.revision.id, file.path, after)
                yield replace(_past_score(after, before, name, former), stale=stale or ())

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
        latest: _Column = {}
        for index, column in enumerate(reversed(self._columns)):
            latest.update(column)
            for (name, model), letters in latest.items():
                rows = found[name, "" if name in single else model]
                for id_, letter in letters:
                    rows[id_] = rows.get(id_, "").ljust(index) + letter
        size = len(self._columns)
        return {
            name: {id_: row.ljust(size) for id_, row in rows.items()}
            for name, rows in found.items()
        }


def _past_score(record: Record, base: Record | None, name: str, was: str) -> PastScore:
    found, _ = (None, None) if base is None else compare_moved(base, record)
    is_paired = found is not None and not found.obstacle
    return PastScore(
        eval=name,
        model=record.model,
        score=record.score if record.errors < record.total else None,
        interval=score_interval(record.results),
        passed=record.passed,
        total=record.total,
        model_id=record.model_id,
        model_before=base.model_id if base else "",
        prompt=record.prompt,
        version=record.version,
        what=record.changed_since(base) if base else (),
        lost=found.ids("lost") if found and is_paired else (),
        won=found.ids("won") if found and is_paired else (),
        accepted=tuple(a for a in record.accepted if base is None or a not in base.accepted),
        is_new=base is None,
        was=was,
    )


def _letters(record: Record | None) -> tuple[tuple[str, str], ...]:
    return tuple((r.id, _LETTERS[r.fate]) for r in record.results) if record else ()
