"""A scorer for the form of an answer: several checks, one value."""

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, TypeAlias

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.fences import fenced_blocks
from promptci.scorers.base.options import Options
from promptci.scorers.base.patterns import PatternError, compile_pattern, search
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, failed, graded, shorten
from promptci.scorers.json.structured import Count, JSONOptions, LengthOptions, is_json, length
from promptci.scorers.markup.blocks import BlockOptions, code_block
from promptci.scorers.markup.htmltext import HTMLOptions, is_html
from promptci.scorers.markup.xmltext import XMLOptions, is_xml
from promptci.scorers.markup.yamltext import YAMLOptions, is_yaml
from promptci.scorers.sql.sql import SQLOptions, is_sql

_Text: TypeAlias = Annotated[str, Meta(min_length=1)]

_MARKDOWN = re.compile(
    r"^(?:#{1,6}[ \t]|[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]|[ \t]*```|>[ \t]|\|.{0,1000}\|[ \t]*$)"
    r"|\*\*[^\s*][^*\n]{0,500}\*\*|\[[^\[\]\n]{1,500}\]\([^()\n]{1,500}\)|`[^`\n]{1,500}`",
    re.MULTILINE,
)


class FormatOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The checks; each that is asked for has the same share in the value.

    With `fence`, the checks of a language look at what is in the first fenced block.
    """

    json: Annotated[bool, Meta(description="it is JSON")] = False
    schema: Annotated[
        dict[str, Any] | bool | UnsetType, Meta(description="it is JSON that the schema allows")
    ] = UNSET
    xml: Annotated[bool, Meta(description="it is well-formed XML")] = False
    html: Annotated[bool, Meta(description="it is HTML as a whole")] = False
    yaml: Annotated[bool, Meta(description="it is YAML, a mapping or list")] = False
    sql: Annotated[bool | _Text, Meta(description="it is SQL; a text names the dialect")] = False
    fence: Annotated[
        bool | _Text, Meta(description="it is one fenced block; a text names its language")
    ] = False
    no_fence: Annotated[bool, Meta(description="it holds no fenced block")] = False
    no_markdown: Annotated[
        bool, Meta(description="it holds no heading, list, table, link, bold text or code")
    ] = False
    one_line: Annotated[bool, Meta(description="it is one line")] = False
    trimmed: Annotated[bool, Meta(description="no white space is around it")] = False
    min_words: Annotated[Count | None, Meta(description="the fewest words")] = None
    max_words: Annotated[Count | None, Meta(description="the most words")] = None
    min_chars: Annotated[Count | None, Meta(description="the fewest characters")] = None
    max_chars: Annotated[Count | None, Meta(description="the most characters")] = None
    min_lines: Annotated[Count | None, Meta(description="the fewest lines")] = None
    max_lines: Annotated[Count | None, Meta(description="the most lines")] = None
    starts_with: Annotated[_Text | None, Meta(description="what it begins with")] = None
    ends_with: Annotated[_Text | None, Meta(description="what it ends with")] = None
    pattern: Annotated[_Text | None, Meta(description="a regular expression for all of it")] = None


def bundle(options: FormatOptions, binding: ScorerContext) -> Judge | None:
    """The share of the checks that hold."""
    if options.fence and options.no_fence:
        binding.fault("`fence` and `no_fence` cannot both hold: drop one", "no_fence")
        return None
    made = {**dict(_languages(options, binding)), **dict(_forms(options, binding))}
    checks = {name: check for name, check in made.items() if check is not None}
    if not made:
        binding.fault("`format` has nothing to check: add an option such as `json: true`")
    if not checks or len(checks) < len(made):
        return None

    def judge(subject: Subject) -> Score:
        wrong = [
            f"{name}: {why}" for name, check in checks.items() if (why := _why(check, subject))
        ]
        if not wrong:
            return PASSED
        return graded(1 - len(wrong) / len(checks), "; ".join(wrong))

    return judge


def _languages(
    options: FormatOptions, binding: ScorerContext
) -> Iterator[tuple[str, Judge | None]]:
    """The checks of what the answer is written in."""
    is_fenced = bool(options.fence)
    dialect = options.sql if isinstance(options.sql, str) else None
    has_schema = options.schema is not UNSET
    wanted: dict[str, tuple[bool, Callable[[], Judge | None]]] = {
        "json": (
            options.json and not has_schema,
            lambda: is_json(JSONOptions(), binding),
        ),
        "schema": (has_schema, lambda: is_json(JSONOptions(schema=options.schema), binding)),
        "xml": (options.xml, lambda: is_xml(XMLOptions(), binding)),
        "html": (options.html, lambda: is_html(HTMLOptions(), binding)),
        "yaml": (options.yaml, lambda: is_yaml(YAMLOptions(), binding)),
        "sql": (bool(options.sql), lambda: is_sql(SQLOptions(dialect=dialect), binding)),
    }
    for name, (is_wanted, make) in wanted.items():
        if is_wanted:
            check = make()
            yield name, _in_fence(check) if check is not None and is_fenced else check


def _forms(options: FormatOptions, binding: ScorerContext) -> Iterator[tuple[str, Judge | None]]:
    """The checks of how the answer is placed there."""
    if options.fence:
        language = options.fence if isinstance(options.fence, str) else None
        block = BlockOptions(language=language, single=True, alone=True)
        yield "fence", code_block(block, binding)
    if options.no_fence:
        yield "no_fence", code_block(BlockOptions(fence=False), binding)
    if options.no_markdown:
        yield "no_markdown", _no_markdown
    if options.one_line:
        yield "one_line", _one_line
    if options.trimmed:
        yield "trimmed", _trimmed
    yield from _sizes(options, binding)
    yield from _texts(options, binding)


def _sizes(options: FormatOptions, binding: ScorerContext) -> Iterator[tuple[str, Judge | None]]:
    sizes = {
        "min_words": LengthOptions(min=options.min_words, unit="words"),
        "max_words": LengthOptions(max=options.max_words, unit="words"),
        "min_chars": LengthOptions(min=options.min_chars),
        "max_chars": LengthOptions(max=options.max_chars),
        "min_lines": LengthOptions(min=options.min_lines, unit="lines"),
        "max_lines": LengthOptions(max=options.max_lines, unit="lines"),
    }
    for name, size in sizes.items():
        if size.min is not None or size.max is not None:
            yield name, length(size, binding)


def _texts(options: FormatOptions, binding: ScorerContext) -> Iterator[tuple[str, Judge | None]]:
    start, end = options.starts_with, options.ends_with
    if start is not None:
        yield "starts_with", _check(lambda text: text.startswith(start), f"not {shorten(start)}")
    if end is not None:
        yield "ends_with", _check(lambda text: text.rstrip().endswith(end), f"not {shorten(end)}")
    if options.pattern is None:
        return
    try:
        pattern = compile_pattern(options.pattern)
    except PatternError as error:
        binding.fault(f"`pattern` {error}", "pattern")
        yield "pattern", None
    else:
        yield "pattern", _check(lambda text: search(pattern, text) is not None, "does not match")


def _why(check: Judge, subject: Subject) -> str:
    """What is wrong by one check; empty if it holds."""
    try:
        score = check(subject)
    except Unjudged as error:
        return str(error)
    assert isinstance(score, Score)
    return "" if score.passed else score.why.partition("; for fenced blocks")[0]


def _in_fence(check: Judge) -> Judge:
    """The check of what the first fenced block holds."""

    def judge(subject: Subject) -> Score:
        block = next(fenced_blocks(subject.output), None)
        if block is None:
            return failed("no fenced block")
        score = check(replace(subject, output=block[1]))
        assert isinstance(score, Score)
        return score

    return judge


def _check(holds: Callable[[str], bool], why: str) -> Judge:
    return lambda subject: PASSED if holds(subject.output) else failed(why)


def _no_markdown(subject: Subject) -> Score:
    found = _MARKDOWN.search(subject.output)
    return PASSED if found is None else failed(f"found {shorten(found[0].strip(), 30)}")


def _one_line(subject: Subject) -> Score:
    lines = subject.output.strip().count("\n") + 1
    return PASSED if lines == 1 else failed(f"{lines:,} lines")


def _trimmed(subject: Subject) -> Score:
    is_trimmed = subject.output == subject.output.strip()
    return PASSED if is_trimmed else failed("there is white space around it")


SCORERS = {
    "format": Scorer(
        bundle,
        FormatOptions,
        "the share of several checks of form that hold",
        version=3,
        example="format: {json: true, no_fence: true, max_chars: 500}",
        is_format=True,
    ),
}
