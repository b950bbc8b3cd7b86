"""The report of `explain`: what words of the reports mean."""

from collections.abc import Sequence
from typing import Annotated, Literal

from promptci.render.glossary import Word
from promptci.render.json.structure import ExitCode, Part, Report, says


class WordV1(Part, frozen=True, kw_only=True):
    """A word of the reports."""

    name: Annotated[str, says("the word")]
    also: Annotated[list[str], says("other ways to write it, and words explained with it")]
    text: Annotated[str, says("what it means, with an example")]


class ExplainV1(Report, frozen=True, kw_only=True):
    """What words mean."""

    command: Literal["explain"] = "explain"
    exit_code: ExitCode = 0
    words: Annotated[list[WordV1], says("one item per word")]


def explain_report(words: Sequence[Word]) -> ExplainV1:
    """What these words mean."""
    return ExplainV1(words=[WordV1(name=w.name, also=list(w.also), text=w.text) for w in words])
