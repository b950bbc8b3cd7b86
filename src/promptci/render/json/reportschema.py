"""The JSON Schema of all reports and their page in docs/: decides which documents both name."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UnsetType, inspect

from promptci.parsing.shape import DRAFT
from promptci.render.json.compare.check import CheckV1
from promptci.render.json.compare.comment import CommentV1
from promptci.render.json.compare.compare import CompareV1
from promptci.render.json.evaluate.batch import BatchesV1
from promptci.render.json.evaluate.run import DryRunV1, RunV1
from promptci.render.json.evaluate.score import ScoreReportV1
from promptci.render.json.evaluate.shard import ShardV1
from promptci.render.json.evaluate.trials import RecordedTrialsV1
from promptci.render.json.examples import (
    ExamplesAddV1,
    ExamplesLabelV1,
    ExamplesSplitV1,
    ExamplesStatsV1,
)
from promptci.render.json.exchange.collected import CollectV1
from promptci.render.json.exchange.exported import ExportV1
from promptci.render.json.exchange.imported import ImportV1
from promptci.render.json.exchange.synced import SyncV1
from promptci.render.json.experiments.curve import CurveV1
from promptci.render.json.experiments.drift import DriftV1
from promptci.render.json.experiments.judge import JudgeV1
from promptci.render.json.experiments.noise import NoiseV1
from promptci.render.json.experiments.search import SearchLedgerV1, SearchV1
from promptci.render.json.experiments.sensitivity import SensitivityV1
from promptci.render.json.experiments.shots import ShotsV1
from promptci.render.json.experiments.variants import VariantsV1
from promptci.render.json.explain import ExplainV1
from promptci.render.json.faults import ErrorV1, LintV1
from promptci.render.json.history.accept import AcceptV1
from promptci.render.json.history.bisect import BisectV1
from promptci.render.json.history.diff import DiffV1
from promptci.render.json.history.log import LogV1
from promptci.render.json.history.past import BackfillV1
from promptci.render.json.history.trend import TrendV1
from promptci.render.json.history.why import WhyV1
from promptci.render.json.init import InitV1
from promptci.render.json.page.page import PageV1
from promptci.render.json.results.cache import (
    CacheCarriedV1,
    CacheDeletedV1,
    CachePathV1,
    CachePushedV1,
    CacheSizeV1,
    CacheVerifyV1,
)
from promptci.render.json.results.show import ShowExampleV1, ShowResultsV1
from promptci.render.json.scorers import ScorersV1
from promptci.render.json.setup import CompletionV1, MergeRecordV1, SchemaV1
from promptci.render.json.structure import REF, Part, Report
from promptci.scorers.registry.described import description_of

DOCUMENTS: Mapping[str, tuple[type[Report], ...]] = {
    "run": (RunV1, DryRunV1, BackfillV1, ShardV1),
    "merge": (RunV1,),
    "batch": (BatchesV1,),
    "score": (ScoreReportV1,),
    "check": (CheckV1,),
    "compare": (
        CompareV1,
        VariantsV1,
    ),
    "diff": (DiffV1,),
    "log": (LogV1, TrendV1),
    "why": (WhyV1,),
    "accept": (AcceptV1,),
    "bisect": (BisectV1,),
    "noise": (NoiseV1, RecordedTrialsV1),
    "shots": (ShotsV1,),
    "curve": (CurveV1,),
    "sensitivity": (SensitivityV1,),
    "drift": (DriftV1,),
    "search": (SearchV1, SearchLedgerV1),
    "judge": (JudgeV1,),
    "report": (PageV1,),
    "browse": (PageV1,),
    "show": (ShowResultsV1, ShowExampleV1),
    "lint": (LintV1,),
    "scorers": (ScorersV1,),
    "explain": (ExplainV1,),
    "cache": (
        CacheSizeV1,
        CachePathV1,
        CacheDeletedV1,
        CacheVerifyV1,
        CacheCarriedV1,
        CachePushedV1,
    ),
    "comment": (CommentV1,),
    "import": (ImportV1,),
    "export": (ExportV1,),
    "sync": (SyncV1,),
    "collect": (CollectV1,),
    "examples": (ExamplesStatsV1, ExamplesAddV1, ExamplesSplitV1, ExamplesLabelV1),
    "init": (InitV1,),
    "schema": (SchemaV1,),
    "completion": (CompletionV1,),
    "merge-record": (MergeRecordV1,),
    "Errors": (ErrorV1,),
}
"""The documents of each command."""

REPORTS_HERE = "<!-- reports -->"
"""Where the page's template wants what is generated."""

_IN_ALL = ("format", "command", "exit_code")


def reports_schema() -> dict[str, Any]:
    """The JSON Schema of every document, of which each is one."""
    whole = [report for reports in DOCUMENTS.values() for report in reports]
    parts = list(_all_parts())
    _, definitions = msgspec.json.schema_components(parts, ref_template=REF + "{name}")
    for part in parts:
        definitions[part.__name__]["required"] = list(_required(part))
    return {
        "$schema": DRAFT,
        "title": "JSON documents of promptci",
        "anyOf": [{"$ref": REF + report.__name__} for report in whole],
        "$defs": dict(sorted(definitions.items())),
    }


def _all_parts(of: type[Part] = Part) -> Iterator[type[Part]]:
    """Every type that a document may hold."""
    for part in of.__subclasses__():
        if part.__name__.endswith("V1") and part.__module__.startswith("promptci."):
            yield part
        yield from _all_parts(part)


def _required(part: type[Part]) -> Iterator[str]:
    """The fields that are always there."""
    for field in msgspec.structs.fields(part):
        if not (field.type == UnsetType or UnsetType in _members(field.type)):
            yield field.encode_name


def _members(kind: Any) -> tuple[Any, ...]:
    """The members of a union, what is said about it left out."""
    bare = getattr(kind, "__origin__", kind) if hasattr(kind, "__metadata__") else kind
    return getattr(bare, "__args__", ())


def reports_page(template: str) -> str:
    """The page about JSON documents: the template, with what is generated put in."""
    sections, seen = [], set[type]()
    for command, reports in DOCUMENTS.items():
        title = command if command == "Errors" else f"`{command}`"
        parts = [part for report in reports for part in _section(report, seen)]
        sections.append("\n\n".join((f"## {title}", *parts)))
    return template.replace(REPORTS_HERE, "\n\n".join(sections))


def _section(part: type[msgspec.Struct], seen: set[type]) -> Iterator[str]:
    """A type with its fields, then those that it holds and that had none yet."""
    if part in seen:
        return
    seen.add(part)
    info = inspect.type_info(part)
    assert isinstance(info, inspect.StructType)
    yield f"### {part.__name__}"
    yield f"{part.__doc__}"
    rows = [_row(field) for field in info.fields if field.encode_name not in _IN_ALL]
    yield "\n".join(("| field | holds | |", "| --- | --- | --- |", *rows))
    for field in info.fields:
        for inner in _structs(field.type):
            yield from _section(inner, seen)


def _row(field: inspect.Field) -> str:
    kind = _in_words(field.type)
    text = description_of(field.type)
    return f"| `{field.encode_name}` | {kind} | {text} |".replace("||", "| |")


def _structs(kind: inspect.Type) -> Iterator[type[msgspec.Struct]]:
    """The types of this package that a field holds."""
    if isinstance(kind, inspect.StructType):
        yield kind.cls
    for inner in _inside(kind):
        yield from _structs(inner)
    if isinstance(kind, inspect.Metadata):
        names = [each["$ref"] for each in (kind.extra_json_schema or {}).get("anyOf", ())]
        yield from (part for part in _all_parts() if REF + part.__name__ in names)


def _inside(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    """The types that a type is made of."""
    if isinstance(kind, inspect.Metadata):
        return (kind.type,)
    if isinstance(kind, inspect.UnionType):
        return kind.types
    if isinstance(kind, inspect.ListType):
        return (kind.item_type,)
    if isinstance(kind, inspect.TupleType):
        return kind.item_types
    return (kind.value_type,) if isinstance(kind, inspect.DictType) else ()


_WORDS: Mapping[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.IntType: "whole number",
    inspect.FloatType: "number",
    inspect.BoolType: "true or false",
    inspect.NoneType: "null",
    inspect.AnyType: "any value",
    inspect.TupleType: "two numbers",
}


def _in_words(kind: inspect.Type) -> str:
    """What a field holds: `text or null`, `list of SideV1`."""
    if isinstance(kind, inspect.Metadata):
        names = [part.__name__ for part in _structs(kind)] if kind.extra_json_schema else []
        is_open = isinstance(kind.type, inspect.AnyType)
        return " or ".join(names) if names and is_open else _in_words(kind.type)
    if isinstance(kind, inspect.UnionType):
        return " or ".join(word for each in kind.types if (word := _in_words(each)))
    if isinstance(kind, inspect.ListType):
        return f"list of {_in_words(kind.item_type)}"
    if isinstance(kind, inspect.DictType):
        return f"mapping to {_in_words(kind.value_type)}"
    if isinstance(kind, inspect.StructType):
        return kind.cls.__name__
    if isinstance(kind, inspect.LiteralType):
        return ", ".join(f"`{value}`" for value in kind.values)
    return _WORDS.get(type(kind), "")
