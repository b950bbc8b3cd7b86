"""The report of `scorers`."""

from collections.abc import Iterable
from typing import Annotated, Literal

from promptci.render.json.structure import ExitCode, Part, Report, says
from promptci.scorers.registry.described import Described, Option, common


class OptionV1(Part, frozen=True, kw_only=True):
    """One option of a scorer."""

    name: Annotated[str, says("its name")]
    type: Annotated[str, says("what it takes, in words")]
    default: Annotated[str, says("what it is where it is not given; empty where nothing is set")]
    required: Annotated[bool, says("whether it must be given")]
    description: Annotated[str, says("what it means")]
    options: Annotated[list["OptionV1"], says("the keys, where it takes a mapping")]


class ScorerV1(Part, frozen=True, kw_only=True):
    """One scorer."""

    name: Annotated[str, says("its name")]
    module: Annotated[str, says("the module that defines it")]
    summary: Annotated[str, says("what it judges")]
    example: Annotated[str, says("how it is used, in YAML")]
    shorthand: Annotated[str, says("the option that a bare value sets")]
    version: Annotated[int, says("goes up when its verdicts change")]
    is_format: Annotated[bool, says("whether it judges the form of an answer")]
    options: Annotated[list[OptionV1], says("its own options")]
    aliases: Annotated[list[str], says("its other names")]
    prompt: Annotated[str, says("a judge's prompt")]


class ScorersV1(Report, frozen=True, kw_only=True):
    """The scorers that there are."""

    command: Literal["scorers"] = "scorers"
    exit_code: ExitCode = 0
    scorers: Annotated[list[ScorerV1], says("one item per scorer")]
    common_options: Annotated[list[OptionV1], says("the options that every scorer takes")]


def scorers_report(scorers: Iterable[Described]) -> ScorersV1:
    """Scorers with all that is known of them."""
    return ScorersV1(
        scorers=[_scorer(each) for each in scorers],
        common_options=[_option(each) for each in common()],
    )


def _scorer(found: Described) -> ScorerV1:
    return ScorerV1(
        name=found.name,
        module=found.module,
        summary=found.summary,
        example=found.example,
        shorthand=found.shorthand,
        version=found.version,
        is_format=found.is_format,
        options=[_option(each) for each in found.options],
        aliases=list(found.aliases),
        prompt=found.prompt,
    )


def _option(found: Option) -> OptionV1:
    return OptionV1(
        name=found.name,
        type=found.kind,
        default=found.default,
        required=found.is_required,
        description=found.description,
        options=[_option(inner) for inner in found.inner],
    )
