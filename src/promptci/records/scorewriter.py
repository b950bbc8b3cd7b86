"""The text of `evals/NAME.scores.yaml`: a fixed form of YAML, so equal results are equal bytes.

Sorted, LF, no time, no latency, no price, no output. Any YAML reader reads it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, islice
from math import isfinite

from promptci.latepattern import late
from promptci.records.record import Accepted, Record, Result, Tally

FORMAT = 2
CHUNKED = 3
"""The format of a record in chunks: its summary, and each of them."""
_SHORT_DIGESTS = 1
"""The format of a file with a record whose digests are short, and have not been recognised yet."""

DIGITS = 6
"""Decimals kept of a score."""

_AT_ONCE = 1000
"""Lines joined at a time."""

_KEPT = 1000
"""Scores and names of scorers whose texts are kept: most examples have the same few."""

HEAD = "# Scores, written by `promptci run`. Commit this file; do not edit it."
"""The first line."""
_PLAIN = late(r"[A-Za-z_][\w./+-]*(?: [\w./+-]+)*", re.ASCII)
_RESERVED = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
_HIDDEN = late(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\ufffe\uffff]"
)
"""What YAML forbids or a reviewer would not see; a list of our own, the same in every Python."""


def dump(records: Mapping[str, Record]) -> str:
    """The text of a score file: one section per model, in the order of their names.

    Without any record it is empty. Only with long digests alone it is of the newest format.
    Raises `ValueError` for a score that is not finite.
    """
    if not records:
        return ""
    head = (HEAD, f"format: {_format(records)}", "models:")
    sections = (line for name in sorted(records) for line in _section(name, records[name]))
    return "".join(_joined(chain(head, sections)))


def _joined(lines: Iterator[str]) -> Iterator[str]:
    """Lines as a few large texts: of 100,000 small ones each takes more than what it says."""
    while some := list(islice(lines, _AT_ONCE)):
        yield "\n".join((*some, ""))


def _format(records: Mapping[str, Record]) -> int:
    return _SHORT_DIGESTS if any(record.is_old for record in records.values()) else FORMAT


def dump_scalar(text: str) -> str:
    """A text as YAML: plain where every reader takes it for a text, else quoted as in JSON."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isprintable():  # most are, and the pattern takes half a millisecond to compile
        return quoted
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


_label = lru_cache(_KEPT)(dump_scalar)


@lru_cache(_KEPT)
def number(value: float) -> str:
    """A score, rounded, in its shortest form."""
    if not isfinite(value):
        raise ValueError(f"{value} is no score")
    return f"{round(value, DIGITS) + 0.0:.{DIGITS}f}".rstrip("0").rstrip(".")


def _section(name: str, record: Record) -> Iterator[str]:
    yield from section_head(name, record)
    if record.results:
        yield "    examples:"
    yield from (f"      {result_line(result)}" for result in record.results)


def section_head(name: str, record: Record) -> Iterator[str]:
    """The lines of a model's section but for the examples."""
    yield f"  {dump_scalar(name)}:"
    for key, value in _fields(record):
        yield f"    {key}: {value}"
    yield from _block("metrics", ((label, number(mean)) for label, mean in record.metrics.items()))
    yield from _block("tags", ((tag, _tally(record.tags[tag])) for tag in sorted(record.tags)))
    yield from _block("accepted", ((loss.id, _accepted(loss)) for loss in record.accepted))


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    parts = record.parts
    yield "model", dump_scalar(record.model_id)
    if record.build:
        yield "build", dump_scalar(record.build)
    yield "prompt", dump_scalar(record.prompt)
    if record.version:
        yield "version", dump_scalar(record.version)
    yield "fingerprint", f'"{record.fingerprint}"'
    yield (
        "parts",
        f'{{prompt: "{parts.prompt}", examples: "{parts.examples}", '
        f'scorers: "{parts.scorers}", model: "{parts.model}"}}',
    )
    yield "sampling", record.sampling
    yield "score", number(record.score)
    yield "passed", str(record.passed)
    yield "total", str(record.total)


def _block(title: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for place, (key, value) in enumerate(pairs):
        if not place:
            yield f"    {title}:"
        yield f"      {dump_scalar(key)}: {value}"


def _accepted(loss: Accepted) -> str:
    """Why, and who and when where that is known; a day in quotes, which keep it a text."""
    more = {"by": loss.by, "when": loss.when, "until": loss.until}
    pairs = [f"{key}: {dump_scalar(text)}" for key, text in more.items() if text]
    why = dump_scalar(loss.why)
    return f"{{{', '.join((f'why: {why}', *pairs))}}}" if pairs else why


def _tally(tally: Tally) -> str:
    return f"{{score: {number(tally.score)}, passed: {tally.passed}, total: {tally.total}}}"


def result_line(result: Result) -> str:
    """The line of an example, without what it is indented by."""
    scores = ", ".join(f"{_label(label)}: {number(value)}" for label, value in result.scores)
    tail = f", scores: {{{scores}}}" if scores else ""
    fate = "unmeasured" if result.is_unmeasured else result.fate
    id_ = dump_scalar(result.id)
    return f'{id_}: {{is: {fate}, score: {number(result.score)}, digest: "{result.digest}"{tail}}}'
