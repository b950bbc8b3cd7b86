"""What `check`, `diff` and `why` compare with: the base, and evals that have another name there."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from promptci.check.baserevision import Base
from promptci.records.record import Accepted, Record
from promptci.render.json.structure import Part, says


class BaseV1(Part, frozen=True, kw_only=True):
    """The revision compared with."""

    commit: Annotated[str, says("the full id")]
    why: Annotated[str, says("why that one")]


class RenamedV1(Part, frozen=True, kw_only=True):
    """An eval that the base has under another name."""

    eval: Annotated[str, says("its name now")]
    was: Annotated[str, says("its name at the base")]


class SplitEvalV1(Part, frozen=True, kw_only=True):
    """An eval of the base whose examples several have now."""

    was: Annotated[str, says("its name at the base")]
    evals: Annotated[list[str], says("the names of its parts")]


class RenamedExampleV1(Part, frozen=True, kw_only=True):
    """A golden example of which only the id changed."""

    example: Annotated[str, says("its id now")]
    was: Annotated[str, says("its id at the base")]


class MovedExampleV1(Part, frozen=True, kw_only=True):
    """A golden example that another eval has now."""

    example: Annotated[str, says("its id at the base")]
    eval: Annotated[str, says("the eval that has it now")]


class EndedLossV1(Part, frozen=True, kw_only=True):
    """A loss that was accepted until a day that is over."""

    eval: Annotated[str, says("the eval")]
    model: Annotated[str, says("the model's name")]
    example: Annotated[str, says("the example's id")]
    until: Annotated[str, says("the last day on which it held")]


class StaleV1(Part, frozen=True, kw_only=True):
    """A committed record that does not match what it was made from."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    path: Annotated[str, says("the record's path")]
    why: Annotated[str, says("what does not match")]
    cure: Annotated[str, says("what to do")]


def base_of(found: Base) -> BaseV1:
    """The revision compared with."""
    return BaseV1(commit=found.revision.id, why=found.why)


def renamed(found: Mapping[str, str]) -> list[RenamedV1]:
    """Evals by their name now, with that at the base."""
    return [RenamedV1(eval=name, was=was) for name, was in sorted(found.items())]


def split_parts(found: Mapping[str, Sequence[str]]) -> list[SplitEvalV1]:
    """Evals that were split, by their name at the base."""
    return [SplitEvalV1(was=was, evals=list(parts)) for was, parts in sorted(found.items())]


def ended_losses_of(found: Sequence[tuple[Record, Accepted]]) -> list[EndedLossV1]:
    """Accepted losses that hold no longer, each with its record."""
    return [
        EndedLossV1(eval=record.eval, model=record.model, example=loss.id, until=loss.until)
        for record, loss in found
    ]
