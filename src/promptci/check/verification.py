"""A committed record against what was run: where they differ, and what to say of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.records.chunkfiles import score_path
from promptci.records.record import Record, Result

_ROUNDING = 1e-5
"""Records are written with six decimals."""

UNLIKELY = 0.005
"""The p below which a judge's noise does not explain how a record differs from what was run."""


Lack: TypeAlias = Literal["stale", "missing", "damaged", "merged"]
"""What is wrong with a record: of other files or answers, none, not to be read, not measured."""


class Stale(Struct, frozen=True):
    """A committed record that is not what the files call for, and the command that fixes it."""

    eval: str
    model: str
    why: str
    cure: str
    lack: Lack = "stale"

    @property
    def path(self) -> str:
        """The file that it is in."""
        return score_path(self.eval)

    def __str__(self) -> str:
        return f"{self.path}: {self.why}: {self.cure}"


def says_the_same(base: Record, head: Record) -> bool:
    """Whether two records are equal but for their names and remarks."""
    plain = (replace(each, accepted=(), version="", prompt="", eval="") for each in (base, head))
    return next(plain) == next(plain)


def forged(committed: Record, ran: Record) -> str:
    """What a committed record says that no run of the same files could, in a few words; or nothing.

    To be asked where the verdicts and scores of all examples agree: the rest follows from them.
    """
    if committed.build and not ran.build:
        return "it names a build, which a hosted model has none of"
    ids = {result.id for result in ran.results}
    invented = sorted(result.id for result in committed.results if result.id not in ids)
    if invented:
        return f"it has a result of `{invented[0]}`, which is no golden example"
    digests = {result.id: result.digest for result in ran.results}
    other = [r.id for r in committed.results if digests[r.id] != r.digest]
    if other:
        return f"the digest of `{other[0]}` is not the golden example's"
    return ""


def misstated(committed: Record, ran: Record) -> str:
    """The same of its sums, which follow from the answers that were given."""
    if not _close(committed.metrics, ran.metrics):
        return "its metrics are not those of its examples"
    tags = ({name: each.score for name, each in record.tags.items()} for record in (committed, ran))
    if not _close(*tags):
        return "its tags are not those of its examples"
    if committed.sampling != ran.sampling:
        return f"it says that the sampling is {committed.sampling}, which is {ran.sampling}"
    return ""


def _close(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return one.keys() == other.keys() and all(
        abs(one[name] - other[name]) < _ROUNDING for name in one
    )


def differing(committed: Record, ran: Record) -> frozenset[str]:
    """The ids of examples whose committed verdict or score is not the one found.

    Scores are in 0..1, and equal to less than 0.00001. One that the run has no answer to is none of
    them, nor is one that a merge left unmeasured.
    """
    there = {result.id: result for result in committed.results}
    return frozenset(
        result.id
        for result in ran.results
        if result.fate != "error" and not _agree(there.get(result.id), result)
    )


def _agree(committed: Result | None, ran: Result) -> bool:
    if committed is not None and committed.is_unmeasured:
        return True
    return (
        committed is not None
        and committed.fate == ran.fate
        and abs(committed.score - ran.score) < _ROUNDING
    )


def is_noise(firm: int, flaky: int) -> bool:
    """Whether a judge's noise explains differences, of which `firm` ones were confirmed.

    Record and run are two answers to the same question. Where they differ, either may be the one
    that comes rarely, with equal chances; so of honest differences about half, and never more, are
    firm, however noisy the judge is. Both are counts of examples. More `firm` ones than `flaky` are
    no noise where the exact test of McNemar (1947) gives them a p of `UNLIKELY` at most.
    """
    from promptci.stats.mcnemar import exact_mcnemar

    return firm <= flaky or exact_mcnemar(firm, flaky).p > UNLIKELY


def turned(committed: Record, ran: Record) -> frozenset[str]:
    """Examples whose verdict is not the committed one, whatever their scores."""
    there = {result.id: result.fate for result in committed.results}
    return frozenset(result.id for result in ran.results if there.get(result.id) != result.fate)


def is_level(committed: Record, ran: Record) -> bool:
    """Whether the scores of a record are, on average, those of what was run, but for noise.

    Of the examples answered in both, by the paired test of `graded_test`, with p above `UNLIKELY`.
    """
    there = {result.id: result for result in committed.results}
    both = [(there[r.id], r) for r in ran.results if r.id in there and r.fate != "error"]
    moves = [after.score - before.score for before, after in both if before.fate != "error"]
    from promptci.stats.graded import graded_test

    return not any(moves) or graded_test(moves, seed=len(moves)).p > UNLIKELY


def denied(name: str, model: str, why: str) -> Stale:
    """A record that says what cannot be."""
    return Stale(name, model, why, run_again(name))


def contradicted(name: str, model: str, ids: frozenset[str]) -> Stale:
    """A record that says what was not found when its examples were run."""
    return denied(name, model, f"it does not say what was run of {_few(sorted(ids))}")


def run_again(*names: str) -> str:
    """What fixes the records of some evals; of all where none is named."""
    command = " ".join(("promptci run", *names))
    return f"run `{command}` and commit the {'file' if len(names) == 1 else 'files'}"


def stage_first(stale: Iterable[Stale], edited: Mapping[str, Sequence[str]]) -> tuple[Stale, ...]:
    """Stale records of staged files, cured where evals have `edited` files that are not staged.

    A run records the working tree, so another one would leave them as stale as they are.
    """
    return tuple(
        replace(each, cure=f"{_stage(edited[each.eval])}, then {each.cure}")
        if edited.get(each.eval) and each.cure == run_again(each.eval)
        else each
        for each in stale
    )


def _stage(paths: Sequence[str]) -> str:
    which = "the edits" if len(paths) > 1 else "its edits"
    return f"not all of {_few(paths)} is staged, so stage or put aside {which}"


def left_to_chance(name: str, model: str, ids: frozenset[str], must_pass: Sequence[str]) -> str:
    """A note on verdicts of a record that did not come back and need not; the weightiest first."""
    ordered = sorted(ids, key=lambda id_: (id_ not in must_pass, id_))
    return (
        f"{name} on {model}: the record does not say what the judge said of {_few(ordered)}; a "
        "judge that varies is no cause to run again"
    )


def _few(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    return ", ".join(f"`{id_}`" for id_ in ids[:5]) + more
