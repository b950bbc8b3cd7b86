"""A committed record against what was run: where they differ, and what to say of it."""

from dataclasses import dataclass, replace

from promptci.record import Record, Result


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
        and abs(committed.score - ran.score) < 1e-5
    )


def contradicted(name: str, ids: frozenset[str]) -> Stale:
    shown = ", ".join(f"`{id_}`" for id_ in sorted(ids)[:5])
    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    return Stale(
        f"evals/{name}.scores.yaml",
        f"it does not say what was run of {shown}{more}",
        f"run `promptci run {name}` and commit the file",
    )
