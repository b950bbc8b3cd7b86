"""The report of `why`."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, UnsetType

from promptci.check.baserevision import Base
from promptci.history.partdiff import ExampleEdit, PartDiff, example_edits
from promptci.render.json.compare.base import BaseV1, base_of
from promptci.render.json.structure import ExitCode, Part, Report, says
from promptci.render.parttext import part_lines


class FieldEditV1(Part, frozen=True, kw_only=True):
    """A field of an example on both sides."""

    name: Annotated[str, says("its name")]
    base: Annotated[Any, says("its value at the base; null where it is not given")]
    head: Annotated[Any, says("its value now; null where it is not given")]


class ExampleEditV1(Part, frozen=True, kw_only=True):
    """An example that is not the same on both sides."""

    id: Annotated[str, says("its id")]
    kind: Annotated[
        Literal["added", "taken", "removed", "edited", "moved"], says("what was done to it")
    ]
    to: Annotated[str | None, says("the eval that has it now, where it was moved")]
    source: Annotated[str | None, says("the eval that had it, where that was joined into this one")]
    fields: Annotated[list[FieldEditV1], says("the fields that were edited")]


class PartDiffV1(Part, frozen=True, kw_only=True):
    """A part of the fingerprint that differs."""

    part: Annotated[str, says("`prompt`, `examples`, `scorers`, `model`, …")]
    diff: Annotated[list[str] | UnsetType, says("its text as a unified diff")] = UNSET
    examples: Annotated[
        list[ExampleEditV1] | UnsetType, says("of `examples` instead: those that differ")
    ] = UNSET


class SidesV1(Part, frozen=True, kw_only=True):
    """A fingerprint on both sides."""

    base: Annotated[str | None, says("null where the base does not ask that")]
    head: Annotated[str | None, says("null where the head does not ask that")]


class WhyEvalV1(Part, frozen=True, kw_only=True):
    """One eval on one model."""

    eval: Annotated[str, says("the eval's name")]
    was: Annotated[str | None, says("what the base calls it; null where that is the same")]
    model: Annotated[str, says("the model's name")]
    state: Annotated[Literal["new", "gone", "both"], says("which sides have it")]
    fingerprint: Annotated[SidesV1, says("the digest of everything that is evaluated")]
    parts: Annotated[list[PartDiffV1], says("the parts that differ")]
    record: Annotated[
        Literal["none", "stale", "current"], says("whether there is a score record of these files")
    ]
    stale_parts: Annotated[list[str], says("parts that changed since the record was made")]


class WhyV1(Report, frozen=True, kw_only=True):
    """Which parts of an eval differ from the base."""

    command: Literal["why"] = "why"
    exit_code: ExitCode = 0
    base: Annotated[BaseV1, says("the base")]
    evals: Annotated[list[WhyEvalV1], says("one item per eval and model")]


def why_report(found: Sequence[PartDiff], base: Base) -> WhyV1:
    """Every eval and model, with what differs from the base."""
    return WhyV1(base=base_of(base), evals=[_eval(each, base) for each in found])


def _eval(found: PartDiff, base: Base) -> WhyEvalV1:
    stale = found.stale_parts
    return WhyEvalV1(
        eval=found.task.spec.name,
        was=found.was or None,
        model=found.task.model.name,
        state="new" if found.base is None else "gone" if found.head is None else "both",
        fingerprint=SidesV1(
            base=found.base.fingerprint if found.base else None,
            head=found.head.fingerprint if found.head else None,
        ),
        parts=[_part(found, part, base) for part in found.parts],
        record="none" if stale is None else "stale" if stale else "current",
        stale_parts=list(stale or ()),
    )


def _part(found: PartDiff, part: str, base: Base) -> PartDiffV1:
    if part != "examples":
        return PartDiffV1(part=part, diff=part_lines(found, part, base))
    edits = [_example(edit) for edit in example_edits(found)]
    return PartDiffV1(part=part, examples=edits)


def _example(edit: ExampleEdit) -> ExampleEditV1:
    fields = [FieldEditV1(name=f.name, base=f.base, head=f.head) for f in edit.fields]
    to, source = edit.to or None, edit.source or None
    return ExampleEditV1(id=edit.id, kind=edit.kind, to=to, source=source, fields=fields)
