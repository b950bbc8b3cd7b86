"""The reports of `examples`."""

from typing import Annotated, Literal

from msgspec.structs import asdict

from promptci.render.json.structure import ExitCode, Report, says
from promptci.reportdata.goldenset import GoldenStats, JudgedCandidates, SplitResult


class ExamplesStatsV1(Report, frozen=True, kw_only=True):
    """What an eval's golden examples are like."""

    command: Literal["examples stats"] = "examples stats"
    exit_code: ExitCode = 0
    eval: Annotated[str, says("the eval")]
    count: Annotated[int, says("how many examples")]
    classes: Annotated[dict[str, int], says("examples by expected value, where those are few")]
    tags: Annotated[dict[str, int], says("examples by tag")]
    lengths: Annotated[tuple[int, float, int], says("characters of an input: least, median, most")]
    near: Annotated[list[tuple[str, str]], says("ids of nearly equal inputs")]
    always_pass: Annotated[list[str], says("examples that passed at every commit on record")]
    always_fail: Annotated[list[str], says("examples that failed at every commit on record")]
    flapping: Annotated[list[str], says("examples that changed their fate at least twice")]
    commits: Annotated[int, says("commits on record")]


class ExamplesAddV1(Report, frozen=True, kw_only=True):
    """Where an example was added."""

    command: Literal["examples add"] = "examples add"
    exit_code: ExitCode = 0
    path: Annotated[str, says("the file")]


class ExamplesSplitV1(Report, frozen=True, kw_only=True):
    """The files that the examples were split into."""

    command: Literal["examples split"] = "examples split"
    exit_code: ExitCode
    files: Annotated[dict[str, int], says("examples by file")]
    leaks: Annotated[list[tuple[str, str]], says("ids of nearly equal inputs in different files")]


class ExamplesLabelV1(Report, frozen=True, kw_only=True):
    """What became of the candidates that were gone through."""

    command: Literal["examples label"] = "examples label"
    exit_code: ExitCode = 0
    taken: Annotated[int, says("candidates that are golden examples now")]
    skipped: Annotated[int, says("candidates that stay candidates")]
    dropped: Annotated[int, says("candidates that are not drafted again")]


def stats_report(found: GoldenStats) -> ExamplesStatsV1:
    """What golden examples are like, for programs."""
    values = asdict(found)
    return ExamplesStatsV1(eval=values.pop("name"), **values)


def split_report(found: SplitResult) -> ExamplesSplitV1:
    """A split, for programs."""
    return ExamplesSplitV1(
        exit_code=found.exit_code, files=dict(found.files), leaks=list(found.leaks)
    )


def label_report(found: JudgedCandidates) -> ExamplesLabelV1:
    """What became of candidates, for programs."""
    return ExamplesLabelV1(**asdict(found))
