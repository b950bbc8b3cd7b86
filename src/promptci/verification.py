"""A committed record against what was run: where they differ, and what to say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from promptci.record import Record, Result

_ROUNDING = 1e-5
"""Records are written with six decimals."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A committed record that is not what the files call for, and the command that mends it."""

    path: str
    why: str
    cure: str

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
    """Examples whose committed verdict or score is not the one found."""
    there = {result.id: result for result in committed.results}
    return frozenset(
        result.id
        for result in ran.results
        if result.fate != "error" and not _agree(there.get(result.id), result)
    )


def _agree(committed: Result | None, ran: Result) -> bool:
    return (
        committed is not None
        and committed.fate == ran.fate
        and abs(committed.score - ran.score) < _ROUNDING
    )


def denied(name: str, why: str) -> Stale:
    """A record that says what cannot be."""
    return Stale(f"evals/{name}.scores.yaml", why, f"run `promptci run {name}` and commit the file")


def contradicted(name: str, ids: frozenset[str]) -> Stale:
    shown = ", ".join(f"`{id_}`" for id_ in sorted(ids)[:5])
    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    return Stale(
        f"evals/{name}.scores.yaml",
        f"it does not say what was run of {shown}{more}",
        f"run `promptci run {name}` and commit the file",
    )
