"""Find the last commit whose score record of an eval was made from that commit's own files.

A record that was not is no base: a fall would hide behind it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.check.evalstate import EvalState, is_rescored, read_eval_state
from promptci.compare.pairing.comparedside import ComparedSide, Pick, revision_side
from promptci.compare.pairing.renames import find_renames
from promptci.errors import PromptCIError
from promptci.git.folderhistory import first_parents
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.projectpaths import CONFIG
from promptci.records.record import Record
from promptci.run.planning.task import BuildOf
from promptci.specs.answerer import data_paths
from promptci.specs.evalspec import EvalSpec
from promptci.suite.evalfiles import path_beside
from promptci.suite.loading import load_base
from promptci.suite.suite import Suite

FARTHEST = 200
"""Commits that changed an eval's files and are looked at before the search is given up."""

Adopt = Callable[[Suite], Suite]
"""Puts today's configuration in the place of an older one, so that no key goes astray."""


class RecordedEval(Struct, frozen=True):
    """An eval at a commit whose record fits its files; `name` is what it is called there."""

    revision: Revision
    suite: Suite
    name: str
    record: Record


class LastFitting(Struct, frozen=True):
    """What an eval is to be compared with.

    `why` says what is wrong with the record of the commit asked about, and is empty if that fits.
    `found` is the eval at the last commit whose record fits; None where there is no such commit.
    """

    found: RecordedEval | None
    why: str = ""

    def said(self, whose: str) -> str:
        """A sentence on the record used, where another was passed over; else nothing."""
        if not self.why:
            return ""
        if self.found is None:
            return f"{whose}'s record {self.why}, and no commit before has one that fits its files"
        there = f"{self.found.revision.short}, the last commit whose record fits its files"
        return f"{whose}'s record {self.why}: judged against {there}"


FindLastFitting = Callable[[str, str, bool], LastFitting | None]
"""What an eval of the base is to be compared with: its name there, the model, if it is the only."""


def with_stand_ins(base: ComparedSide, others: Mapping[str, Sequence[LastFitting]]) -> ComparedSide:
    """A base in which other commits are used for single evals, by their names at the head."""
    sides = {
        name: revision_side(each.found.suite, each.found.revision.short, {name: each.found.name})
        for name, found in others.items()
        for each in found
        if each.found is not None
    }

    def pick(spec: EvalSpec) -> Pick | None:
        return sides.get(spec.name, base).pick(spec)

    return replace(base, pick=pick)


class FittingRecords(Struct, frozen=True):
    """Looks for records that fit, along the first parents of a commit; each is read once."""

    repo: Repo
    build_of: BuildOf
    adopt: Adopt
    _known: dict[tuple[str, str], EvalState | None] = field(default_factory=dict)

    def last(
        self, start: Revision, name: str, model: str, *, is_only: bool = False
    ) -> LastFitting | None:
        """The last commit, from `start` on, whose record of an eval on a model fits its files.

        `is_only` says that the eval has no other model now. None where `start` has no such eval,
        or not on that model, or where no record of it was ever committed.
        """
        first = self._state(start, name)
        if first is None:
            return None
        earlier = (each for each in self._earlier(start, name, first) if each[2].has_record)
        newest = None if first.has_record else next(earlier, None)
        if not first.has_record and newest is None:
            return None
        chosen = first.chosen(model, is_only=is_only)
        if first.tasks and not chosen:
            return None
        fault, here = first.fault(chosen), self._recorded(start, name, first, chosen)
        if not fault:
            return LastFitting(here)
        for revision, there, state in chain(() if newest is None else (newest,), earlier):
            fits = state.chosen(model, is_only=is_only)
            if fits and not state.fault(fits):
                return LastFitting(self._recorded(revision, there, state, fits), fault)
        return LastFitting(here if is_rescored(first, chosen) else None, fault)

    def _recorded(
        self, revision: Revision, name: str, state: EvalState, model: str
    ) -> RecordedEval | None:
        """The eval at a commit with its record; None where it has none or cannot be read."""
        if state.suite is None or model not in state.records:
            return None
        return RecordedEval(revision, self.adopt(state.suite), name, state.records[model])

    def _earlier(
        self, start: Revision, name: str, state: EvalState
    ) -> Iterator[tuple[Revision, str, EvalState]]:
        """The eval at each commit before `start` that changed its files, through renames."""
        left, at = FARTHEST, start
        newer = start
        while left > 0:
            names = name
            for id_ in first_parents(self.repo, at, _paths(name, state), most=left):
                left, at = left - 1, Revision(id_)
                if id_ == start.id:
                    continue
                found = self._state(at, name) or self._former(at, name, newer)
                if found is None:
                    return
                if isinstance(found, str):
                    name = found
                    break
                state, newer = found, at
                yield at, name, state
            if name == names:
                return

    def _former(self, revision: Revision, name: str, newer: Revision) -> str | None:
        """What an eval of a later commit is called at one that does not have its name, or None.

        All evals are looked at on both sides: a copy beside its origin is none that was renamed.
        """
        try:
            before, after = (load_base(self.repo.tree(each)) for each in (revision, newer))
            return find_renames(before, after).get(name)
        except PromptCIError:
            return None

    def _state(self, revision: Revision, name: str) -> EvalState | None:
        """An eval at a commit; None where it is not there."""
        key = (revision.id, name)
        if key not in self._known:
            self._known[key] = read_eval_state(self.repo, revision, name, self.build_of)
        return self._known[key]


def _paths(name: str, state: EvalState) -> tuple[str, ...]:
    """The files by which an eval may have changed."""
    endings = (".yaml", ".yml", ".scores.yaml")
    paths = {CONFIG, "prompts", "flows", *(f"evals/{name}{ending}" for ending in endings)}
    spec = None if state.suite is None else state.suite.evals.get(name)
    if state.suite is not None and spec is not None:
        prompt = state.suite.prompts[spec.prompt]
        paths |= {spec.mark.path, prompt.mark.path} - {""}
        paths.update(data_paths(prompt))
        if isinstance(spec.examples, str):
            paths.update(path_beside(spec.mark.path, spec.examples))
    return tuple(sorted(paths))
