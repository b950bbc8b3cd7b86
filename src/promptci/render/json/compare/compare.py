"""The report of `compare`."""

from typing import Annotated, Literal

from promptci.compare.pairing.comparedside import OperandKind
from promptci.compare.results import CompareResult
from promptci.render.comparesentence import comparison_sentence, unchanged_names
from promptci.render.json.compare.basejudged import BaseQuestionsV1, MissingV1, base_questions
from promptci.render.json.compare.comparison import ComparisonV1, comparison
from promptci.render.json.evaluate.batch import BatchV1, batch_parts
from promptci.render.json.measures import TakenV1, taken
from promptci.render.json.structure import ExitCode, Part, Report, says


class OperandV1(Part, frozen=True, kw_only=True):
    """One of the two things compared."""

    name: Annotated[str, says("as it was given")]
    kind: Annotated[OperandKind, says("what it names")]


class CompareV1(Report, frozen=True, kw_only=True):
    """A comparison of two revisions, models or versions of prompts."""

    command: Literal["compare"] = "compare"
    exit_code: ExitCode
    sentence: Annotated[str, says("all evals in one sentence")]
    base: Annotated[OperandV1, says("the first operand")]
    head: Annotated[OperandV1, says("the second operand")]
    evals: Annotated[list[ComparisonV1], says("one comparison per eval and pair of models")]
    unchanged: Annotated[
        list[str], says("evals that both sides ask alike, beside those that differ; not asked")
    ]
    not_compared: Annotated[
        dict[str, str], says("why other evals could not be compared, by their names")
    ]
    base_questions: Annotated[
        BaseQuestionsV1,
        says("what the base's own examples and scorers say where the head's are others"),
    ]
    missing: Annotated[
        list[MissingV1], says("examples that must pass by the base's gate and are gone")
    ]
    batches: Annotated[list[BatchV1], says("batches that were sent or collected")]
    taken: Annotated[TakenV1, says("what all of it asked and cost")]
    error: Annotated[str | None, says("what ended it before its end; null otherwise")]


def compare_report(found: CompareResult) -> CompareV1:
    """The report of a comparison."""
    base, head = found.base, found.head
    return CompareV1(
        exit_code=found.exit_code,
        sentence=comparison_sentence(found),
        base=OperandV1(name=base.name, kind=base.kind),
        head=OperandV1(name=head.name, kind=head.kind),
        evals=[comparison(each) for each in found.found],
        unchanged=unchanged_names(found),
        not_compared=dict(sorted(found.obstacles.items())),
        base_questions=base_questions(found.asked_by_base),
        missing=[MissingV1(eval=name, example=id_) for name, id_ in found.missing],
        batches=batch_parts(found.batches),
        taken=taken(found.taken),
        error=None if found.stopped is None else str(found.stopped),
    )
