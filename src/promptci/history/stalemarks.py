"""Decide which records of a history are marked stale: not of the files of their own commit.

A commit may take a record from elsewhere, as a merge does that takes one side's, or its files were
edited once more after the run. Scorers are not compared: their versions are those of the program.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

from msgspec.structs import replace

from promptci.errors import Fault, PromptCIError, SpecError
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.history.recordlog import Entry
from promptci.history.trendpoints import TrendPoint
from promptci.projectpaths import CONFIG, PROMPT_YML
from promptci.records.chunkfiles import RECORD, score_path
from promptci.records.record import Record
from promptci.records.recordfile import commit_opener, read_records
from promptci.remembered import Remembered, key_of
from promptci.run.planning.ready import Ready, make_ready, make_task
from promptci.run.planning.task import no_build
from promptci.suite.configuration import Configuration, read_configuration
from promptci.suite.evalfiles import EvalFiles
from promptci.suite.golden import Golden
from promptci.suite.loading import load_suite
from promptci.suite.suite import Suite

MOST = 200
"""Records of one history that are looked at, the newest: each needs files of its commit."""
MOST_EXAMPLES = 20_000
"""Examples that are read for it, of one golden set after another."""
_KEPT = 20_000
_AHEAD = 24
"""Files of a commit that are asked for together, since those of the last one were needed."""

_STALE = "A stale record is not of the files of its commit, but of others: its figures are theirs."
_BEYOND = "From {} on, records were not compared with the files of their commits."

PartsThen: TypeAlias = Mapping[str, str]
"""What files ask of a model: digests by the part of the fingerprint."""


class FilesThen:
    """What the files of commits ask, to be compared with the records beside them.

    `name` is the eval that the commits are of, empty for any.
    """

    def __init__(self, repo: Repo, found: Remembered, name: str = "") -> None:
        """`found` is where earlier processes left what they read."""
        self._repo, self._found = repo, found
        self._key = key_of("asked by commits", repo.prefix, name)
        self._known = found.get(self._key, dict[str, dict[str, PartsThen]]) or {}
        self._has_new = False
        self._left, self._examples, self._digest = MOST, MOST_EXAMPLES, ""
        self._is_any, self._beyond = False, ""
        self._there: dict[str, bytes | None] = {}
        self._configured: tuple[bytes | None, Configuration] | None = None
        self._last: tuple[object, Ready] | None = None

    def stale(self, commit: str, path: str, record: Record) -> tuple[str, ...] | None:
        """The parts in which the record at a path is not of its commit's files.

        None past the bounds; nothing where the files cannot be read, and of an old record, of whose
        digests only the first digits are known.
        """
        if record.parts.examples != self._digest:
            self._digest = record.parts.examples
            self._examples -= record.total
        self._left -= 1
        if self._left < 0 or self._examples < 0:
            self._beyond = self._beyond or Revision(commit).short
            return None
        asked = {} if record.is_old else self._asked(commit, path, record.model)
        said = ((part, digest, getattr(record.parts, part)) for part, digest in asked.items())
        found = tuple(part for part, now, was in said if now != was and was.strip("0"))
        self._is_any |= bool(found)
        return found

    @property
    def is_through(self) -> bool:
        """Whether the bounds were reached."""
        return bool(self._beyond)

    def save(self) -> list[str]:
        """Leave what was read for later processes; says what to know of the records."""
        if self._has_new and len(self._known) <= _KEPT:
            self._found.put(self._key, self._known)
            self._found.write()
        beyond = [_BEYOND.format(self._beyond)] if self._beyond else []
        return [*([_STALE] if self._is_any else []), *beyond]

    def _asked(self, commit: str, path: str, model: str) -> PartsThen:
        known = self._known.setdefault(f"{commit} {path}", {})
        if model not in known:
            self._has_new, known[model] = True, {}
            with suppress(PromptCIError):
                known[model] = self._read(Revision(commit), path, model)
        return known[model]

    def _read(self, commit: Revision, path: str, model: str) -> PartsThen:
        """What the files of a commit ask; nothing where it has no such eval."""
        folder, _, file = path.rpartition("evals/")
        name = file.removesuffix(RECORD)
        files = self._files(commit, folder or self._repo.folder_at(commit), name)
        suite = load_suite(files, known=self._configuration(files)) if files.has_eval else None
        ready = None if suite is None else self._ready(suite, files, name)
        if ready is None:
            return {}
        suite, prompt = ready.suite, ready.suite.prompts[ready.spec.prompt]
        now = make_task(ready, prompt, suite.config.model(model), no_build).parts
        is_plain = ready.found.is_whole or not any(e.scorers for e in ready.golden.examples())
        examples = {"examples": now.examples} if is_plain else {}
        return {"prompt": now.prompt, **examples, "model": now.model}

    def _files(self, commit: Revision, folder: str, name: str) -> EvalFiles:
        names = tuple(self._there)[:_AHEAD]
        found = self._repo.find_blobs([f"{commit.id}:{folder}{each}" for each in names])
        there = self._there = dict(zip(names, found, strict=True))

        def find(path: str) -> bytes | None:
            if path not in there:
                there[path] = self._repo.find_blob(f"{commit.id}:{folder}{path}")
            return there[path]

        tree = self._repo.tree(commit).below(folder)
        return EvalFiles(find, name, name=commit.short, below=tree.files)

    def _configuration(self, files: EvalFiles) -> Configuration:
        """The configuration among files, read once where commits in a row have the same."""
        data = files.contents.get(CONFIG)
        if self._configured is None or self._configured[0] != data:
            self._configured = data, read_configuration(files)
        return self._configured[1]

    def _ready(self, suite: Suite, files: EvalFiles, name: str) -> Ready | None:
        """An eval ready to be asked; where only its prompt's words are others, as it was before."""
        spec = replace(suite.evals[name], strict_variables=False)
        path = Golden.of(files, spec).path
        rest = [each for each in files.contents.items() if not _is_prompt(each[0])]
        state = name, rest, self._there.get(path)
        if self._last is not None and self._last[0] == state:
            return replace(self._last[1], suite=suite)
        ready = make_ready(suite, spec, suite.prompts[spec.prompt], no_build, list[Fault]())
        self._last = (state, ready) if ready is not None and ready.found.is_whole else None
        return ready


def mark_stale(
    repo: Repo, rows: Sequence[Entry], found: Remembered
) -> tuple[list[Entry], list[str]]:
    """The rows of an eval's history with what is stale of them, and what to know of that."""
    then, made = FilesThen(repo, found, rows[0].eval), list(rows)
    for index, row in enumerate(rows):
        if row.record is None or row.is_later:
            continue
        stale = then.stale(row.step.revision.id, row.step.path, row.record)
        if stale is None:
            made[index:] = (replace(each, stale=None) for each in rows[index:])
            break
        made[index] = replace(row, stale=stale)
    return made, then.save()


def stale_evals(
    repo: Repo, points: Sequence[TrendPoint], found: Remembered
) -> tuple[list[TrendPoint], list[str]]:
    """The points of a project's history with the evals whose record, new there, is stale."""
    then, made = FilesThen(repo, found), list(points)
    for index, point in enumerate(points):
        commit, stale = point.step.revision, list[str]()
        for name in (*point.changed, *point.added):
            path = score_path(name)
            parts = [then.stale(commit.id, path, record) for record in _records(repo, commit, path)]
            stale += [name] * any(parts)
        made[index] = replace(point, stale=tuple(stale))
        if then.is_through:
            break
    return made, then.save()


def _records(repo: Repo, commit: Revision, path: str) -> Iterable[Record]:
    """The records at a path of a commit; none where they are damaged."""
    data = repo.find_blob(f"{commit.id}:{repo.folder_at(commit)}{path}")
    with suppress(SpecError):
        return read_records(data or b"", path, "", commit_opener(repo, commit.id)).values()
    return ()


def _is_prompt(path: str) -> bool:
    return path.startswith("prompts/") and not path.endswith(PROMPT_YML)
