"""What the base's judges and examples say where a change alters them, in `check`'s report."""

from typing import Annotated

from promptci.check.basejudges import JudgedByBase
from promptci.compare.results import BaseAnswers
from promptci.render.json.compare.comparison import ComparisonV1, comparison
from promptci.render.json.structure import Part, says


class JudgeChangeV1(Part, frozen=True, kw_only=True):
    """A judge that the change alters."""

    eval: Annotated[str, says("the eval's name")]
    label: Annotated[str, says("the scorer's name")]
    base: Annotated[str, says("its lines at the base")]
    head: Annotated[str, says("its lines now, empty where it is gone")]


class JudgedByBaseV1(Part, frozen=True, kw_only=True):
    """Evals judged by the base's judges as well."""

    judges: Annotated[list[JudgeChangeV1], says("the judges that the change alters")]
    evals: Annotated[list[ComparisonV1], says("one comparison per eval, by the base's judges")]
    not_judged: Annotated[dict[str, str], says("why other evals could not be, by their names")]


class MovedQuestionsV1(Part, frozen=True, kw_only=True):
    """Golden examples that the change edits or removes, asked as the base has them."""

    eval: Annotated[str, says("the eval's name")]
    examples: Annotated[int, says("how many there are")]
    lost: Annotated[list[str], says("ids of those that are lost as the base has them")]
    must_pass: Annotated[list[str], says("ids of those of them that the base says must pass")]


class BaseQuestionsV1(Part, frozen=True, kw_only=True):
    """What the base's own examples and scorers say where the change judges otherwise."""

    evals: Annotated[
        list[ComparisonV1], says("one comparison per eval, on the examples left as they are")
    ]
    moved: Annotated[list[MovedQuestionsV1], says("the examples that the change edits or removes")]
    not_asked: Annotated[dict[str, str], says("why other evals could not be, by their names")]


class MissingV1(Part, frozen=True, kw_only=True):
    """An example that must pass, as the base has it, and is gone."""

    eval: Annotated[str, says("the eval's name")]
    example: Annotated[str, says("the example's id")]


def judged_by_base(found: JudgedByBase) -> JudgedByBaseV1:
    """What the base's judges say."""
    return JudgedByBaseV1(
        judges=[
            JudgeChangeV1(eval=each.eval, label=each.label, base=each.base, head=each.head)
            for each in found.changed
        ],
        evals=[comparison(each) for each in found.found],
        not_judged=dict(found.obstacles),
    )


def base_questions(found: BaseAnswers) -> BaseQuestionsV1:
    """What the base's examples and scorers say."""
    return BaseQuestionsV1(
        evals=[comparison(each) for each in found.found],
        moved=[
            MovedQuestionsV1(
                eval=each.eval,
                examples=each.moved,
                lost=list(each.lost),
                must_pass=list(each.must_pass),
            )
            for each in found.moved
        ],
        not_asked=dict(found.obstacles),
    )
