"""A scorer for YAML, taken apart but never built: no tag is followed, no alias expanded."""

from collections.abc import Iterator
from typing import Annotated, Literal

import yaml
from msgspec import Meta, Struct

from promptci.parsing.source import MAX_DEPTH, excerpt
from promptci.parsing.yamlevents import is_nothing
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.fences import fence_hint
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, failed, shorten

MAX_CHARS = 1_000_000
MAX_ALIASES = 100
MAX_SIZE = 100_000
"""Values in one answer, counted with its aliases written out."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_Kind = Literal["mapping", "list", "scalar"]


class YAMLOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the YAML must be."""

    kind: Annotated[
        Literal["mapping", "list", "collection", "any"],
        Meta(description="what is at the top; any prose is a YAML text, so `any` says little"),
    ] = "collection"
    documents: Annotated[bool, Meta(description="several documents are allowed, not just one")] = (
        False
    )


class NotYAML(ValueError):
    """A text that is not YAML; the message begins with `not YAML` and says where it fails."""


def is_yaml(options: YAMLOptions, binding: ScorerContext) -> Judge:
    """The output is YAML as a whole: one mapping or list, each key once."""
    allowed = {"collection": ("mapping", "list"), "any": ("mapping", "list", "scalar")}
    kinds = allowed.get(options.kind, (options.kind,))

    def judge(subject: Subject) -> Score:
        try:
            found = read_yaml(subject.output)
        except NotYAML as error:
            return failed(str(error))
        if len(found) != 1 and not (found and options.documents):
            return failed(f"{len(found)} YAML documents, one wanted" if found else "no YAML at all")
        wrong = [kind for kind in found if kind not in kinds]
        hint = fence_hint(subject.output)
        return failed(f"YAML, but a {wrong[0]} at the top{hint}") if wrong else PASSED

    return judge


def read_yaml(text: str) -> list[_Kind]:
    """What is at the top of each document of a text.

    Raises `NotYAML`, also for a duplicate key and for deep nesting, and `Unjudged` beyond
    the limits of promptci's own files for length, aliases and size.
    """
    if len(text) > MAX_CHARS:
        raise Unjudged(f"{len(text):,} characters: YAML is read up to {MAX_CHARS:,}")
    reader = _Reader()
    try:
        return list(reader.documents(yaml.parse(text, Loader=_LOADER)))
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in (error.problem or ""):  # a limit of the parser's own
            raise NotYAML(f"not YAML: nested more than {MAX_DEPTH} deep") from None
        mark = error.problem_mark
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise NotYAML(f"not YAML: {excerpt(error.problem or 'wrong', 80)}{where}") from None
    except (yaml.YAMLError, UnicodeError):
        raise NotYAML("not YAML: a character that is not allowed there") from None
    except RecursionError:
        raise NotYAML(f"not YAML: nested more than {MAX_DEPTH} deep") from None


class _Open(Struct):
    """A list or mapping that is not closed yet; a list has no `keys`."""

    anchor: str | None
    size: int
    keys: set[str] | None
    expects_key: bool = True


class _Reader:
    """Counts what the parser's events would build."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.aliases = self.size = 0
        self.open: list[_Open] = []

    def documents(self, events: Iterator[yaml.Event]) -> Iterator[_Kind]:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.sizes.clear()
            elif isinstance(event, yaml.NodeEvent):
                if not self.open and not is_nothing(event):
                    yield _kind(event)
                self._node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._close()

    def _node(self, event: yaml.Event) -> None:
        self._weigh(1)
        self._note_key(event)
        if isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(self.open) >= MAX_DEPTH:
                raise NotYAML(f"not YAML: nested more than {MAX_DEPTH} deep{_where(event)}")
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            self.open.append(_Open(event.anchor, self.size, set() if is_mapping else None))
        elif isinstance(event, yaml.ScalarEvent) and event.anchor:
            self.sizes[event.anchor] = 1

    def _close(self) -> None:
        closed = self.open.pop()
        if closed.anchor:
            self.sizes[closed.anchor] = self.size - closed.size + 1

    def _note_key(self, event: yaml.Event) -> None:
        """A key and a value take turns in a mapping; a key must not come twice."""
        around = self.open[-1] if self.open else None
        if around is None or around.keys is None:
            return
        is_key, around.expects_key = around.expects_key, not around.expects_key
        if not is_key or not isinstance(event, yaml.ScalarEvent):
            return
        if event.value in around.keys and event.value != "<<":
            raise NotYAML(
                f"not YAML: the key {shorten(event.value, 40)} is given twice{_where(event)}"
            )
        around.keys.add(event.value)

    def _alias(self, event: yaml.AliasEvent) -> None:
        self.aliases += 1
        name = event.anchor or ""
        if self.aliases > MAX_ALIASES:
            raise Unjudged(f"more than {MAX_ALIASES} aliases{_where(event)}")
        if name not in self.sizes:
            raise NotYAML(f"not YAML: `*{excerpt(name)}` refers to nothing{_where(event)}")
        self._weigh(self.sizes[name])

    def _weigh(self, size: int) -> None:
        self.size += size
        if self.size > MAX_SIZE:
            raise Unjudged(f"more than {MAX_SIZE:,} values of YAML, its aliases written out")


def _kind(event: yaml.Event) -> _Kind:
    if isinstance(event, yaml.MappingStartEvent):
        return "mapping"
    return "list" if isinstance(event, yaml.SequenceStartEvent) else "scalar"


def _where(event: yaml.Event) -> str:
    mark = event.start_mark
    assert mark is not None
    return f" in line {mark.line + 1}, column {mark.column + 1}"


SCORERS = {
    "is_yaml": Scorer(
        is_yaml,
        YAMLOptions,
        "the output is YAML: one mapping or list, each key once",
        "kind",
        example="is_yaml: mapping",
        is_format=True,
    ),
}
