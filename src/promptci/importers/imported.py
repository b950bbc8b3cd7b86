"""What an importer gives: prompts, evals, settings, and what could not be carried."""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Plain

Row = dict[str, Plain]
"""A golden example as a line of a data file has it."""


_LONGEST_TAG = 200


def tags_and_meta(meta: Mapping[str, Plain]) -> Row:
    """What is said of an example besides: its `tags` where it lists such texts, the rest `meta`."""
    rest, row = dict(meta), Row()
    tags = rest.get("tags")
    if isinstance(tags, list) and tags and all(map(_is_tag, tags)):
        row["tags"] = rest.pop("tags")
    return row | ({"meta": rest} if rest else {})


def _is_tag(value: Plain) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TAG


class StandIn(Struct, frozen=True):
    """A prompt that its source has not, and that merely sends the variables of the examples.

    `said` is reported where it is written. A prompt of the project that takes no other `variables`
    is tested in its place.
    """

    variables: frozenset[str]
    said: str


class ImportedPrompt(Struct, frozen=True):
    """One prompt file to be: `body` holds its keys in the order in which they are written."""

    name: str
    body: Mapping[str, Plain]
    origin: str
    stands_in: StandIn | None = None


class ImportedEval(Struct, frozen=True):
    """One eval file to be, without its examples.

    `examples` names the `ExampleSet` that it uses; evals may share one.
    """

    name: str
    body: Mapping[str, Plain]
    examples: str
    origin: str


class ExampleSet(Struct, frozen=True):
    """Golden examples, made row by row each time they are asked for.

    While they are made, what cannot be carried is added to the losses of the whole.
    """

    name: str
    rows: Callable[[], Iterator[Row]]


class OutputSet(Struct, frozen=True):
    """Recorded outputs, for `promptci score`: rows with `id` and `output`."""

    name: str
    rows: Callable[[], Iterator[Row]]


class ImportedJudge(Struct, frozen=True):
    """One judge's prompt to be, in the folder `judges` beside the evals."""

    name: str
    body: Mapping[str, Plain]
    origin: str


class Imported(Struct):
    """Everything that was read from a source, and what was not.

    `losses` name what could not be carried, each with its place; `notes` what is carried and runs
    otherwise than before. `settings` are keys of `promptci.yaml`. `place` is where the example that
    was made last is kept, where its importer says so.
    """

    prompts: list[ImportedPrompt] = field(default_factory=list)
    evals: list[ImportedEval] = field(default_factory=list)
    examples: list[ExampleSet] = field(default_factory=list)
    outputs: list[OutputSet] = field(default_factory=list)
    judges: list[ImportedJudge] = field(default_factory=list)
    settings: dict[str, Plain] = field(default_factory=dict)
    losses: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    place: Mark | None = None


class Importer(Struct, frozen=True):
    """One kind of source.

    `matches` says from a path and its first bytes whether it may be of this kind; `read` never
    writes, never runs anything and never leaves the folder of the sources. A kind that has to be
    told what its columns mean lists them with `columns` and takes a mapping from our names to them.
    """

    name: str
    title: str
    matches: Callable[[str, bytes], bool]
    read: Callable[[Sources, str], Imported]
    columns: Callable[[Sources, str], list[str]] | None = None
    read_mapped: Callable[[Sources, str, Mapping[str, str]], Imported] | None = None
