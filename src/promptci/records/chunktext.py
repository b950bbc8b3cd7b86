"""The text of a chunk: the lines of some examples of a large record, a section per model.

Each section says what its lines were measured with, so that git can merge chunks one by one.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import fsum
from typing import NoReturn

from msgspec import Struct
from msgspec.structs import replace

from promptci.digest import LONG
from promptci.errors import Fault, SpecError
from promptci.latepattern import late
from promptci.records.chunkfiles import chunk_name
from promptci.records.record import Parts, Record, Result
from promptci.records.results import ChunkLine
from promptci.records.scoresection import read_result
from promptci.records.scorevalue import TEXT, Raw, ScoreValues
from promptci.records.scorewriter import CHUNKED, DIGITS, dump_scalar, result_line

_HEAD = "# Scores of some examples, written by `promptci run`. Commit this file; do not edit it."
_OPENING = late(rf'{re.escape(_HEAD)}\nformat: {CHUNKED}\nchunk: "([0-9a-f]+)"\nmodels:\n')
_DIGEST = '"([0-9a-f]+)"'
_SECTION = late(
    rf"  ({TEXT}):\n"
    rf"    parts: \{{prompt: {_DIGEST}, scorers: {_DIGEST}, model: {_DIGEST}\}}\n"
    r"    examples:\n((?:      .*\n)+)"
)


_SIMPLE = late(
    r' {6}("[0-9][A-Za-z0-9_./+-]*"|[A-Za-z_][A-Za-z0-9_./+-]{5,}): '
    r'\{is: (pass, score: 1|fail, score: 0), digest: "([0-9a-f]+)"\}'
)
"""A line of which the id is written as it must be, and the score follows from the verdict."""


class ChunkSection(Struct, frozen=True):
    """The lines of one model's examples in a chunk, and of what they were measured.

    `parts` has no digest of the examples; `line` is the number of the first line.
    """

    model: str
    parts: Parts
    text: str
    line: int

    @property
    def digest(self) -> str:
        """The digest of the lines."""
        return digest_of_lines(self.text)


def measured_with(parts: Parts) -> Parts:
    """The parts of a fingerprint by which a chunk was measured: all but the whole golden set."""
    return replace(parts, examples="")


def digest_of_lines(text: str) -> str:
    """The digest of lines of examples."""
    return hashlib.sha256(text.encode()).hexdigest()[:LONG]


def dump_chunk(name: str, sections: Mapping[str, tuple[Parts, str]]) -> str:
    """The text of a chunk: for each model what its lines were measured with, and the lines."""
    texts = [f'{_HEAD}\nformat: {CHUNKED}\nchunk: "{name}"\nmodels:\n']
    for model in sorted(sections):
        parts, lines = sections[model]
        texts.append(
            f"  {dump_scalar(model)}:\n"
            f'    parts: {{prompt: "{parts.prompt}", scorers: "{parts.scorers}", '
            f'model: "{parts.model}"}}\n'
            f"    examples:\n{lines}"
        )
    return "".join(texts)


def lines_of(results: Sequence[Result]) -> str:
    """The lines of examples."""
    return "".join(f"      {result_line(result)}\n" for result in results)


def summed(results: Sequence[Result], lines: str) -> ChunkLine:
    """What a summary says of a chunk with these results, whose lines are given."""
    sides = Counter((r.fate, r.score, r.is_unmeasured) for r in results)
    answered = [(fate, round(s, DIGITS), n) for (fate, s, _), n in sides.items() if fate != "error"]
    is_plain = all(score == (fate == "pass") for fate, score, _ in answered)
    return ChunkLine(
        passed=sum(n for fate, _, n in answered if fate == "pass"),
        total=len(results),
        digest=digest_of_lines(lines),
        errors=len(results) - sum(n for _, _, n in answered),
        unmeasured=sum(n for (_, _, is_unmeasured), n in sides.items() if is_unmeasured),
        score=None if is_plain else round(fsum(score * n for _, score, n in answered), DIGITS),
    )


def parse_chunk(data: bytes, path: str, name: str) -> dict[str, ChunkSection]:
    """The sections of a chunk by model, their lines unread.

    Raises `SpecError` for what is no chunk of this name, such as one with a merge conflict.
    """
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        refuse(path, 1, "it is not UTF-8")
    opening = _OPENING.match(text)
    if opening is None or opening[1] != name:
        refuse(path, 1, f"this is not the chunk {name} of a record")
    found: dict[str, ChunkSection] = {}
    for match in _sections(text, opening.end(), path):
        line = text.count("\n", 0, match.start(5)) + 1
        model = ScoreValues(path).text(Raw(match[1], line - 3))
        if model in found:
            refuse(path, line - 3, "a second section for a model")
        found[model] = ChunkSection(model, Parts(match[2], "", match[3], match[4]), match[5], line)
    return found


def _sections(text: str, at: int, path: str) -> Iterator[re.Match[str]]:
    while at < len(text):
        match = _SECTION.match(text, at)
        if match is None:
            refuse(path, text.count("\n", 0, at) + 1, "a section that promptci does not write")
        yield match
        at = match.end()


def section_results(section: ChunkSection, path: str, name: str) -> tuple[Result, ...]:
    """The results in a section. Raises `SpecError` for lines that are not as they are written."""
    found: dict[str, Result] = {}
    digits = len(name)
    for number, line in enumerate(section.text.removesuffix("\n").split("\n"), section.line):
        try:
            result = _result(line)
        except SpecError as error:
            raise SpecError([replace(error.faults[0], path=path, line=number)]) from None
        if result.id in found or chunk_name(result.id, digits) != name:
            refuse(path, number, "an example a second time, or in another chunk's place")
        if len(result.digest) < LONG:
            refuse(path, number, "a digest that is too short")
        found[result.id] = result
    return tuple(found.values())


def _result(line: str) -> Result:
    """The result in a line; most lines are of one simple form, which takes a fifth of the time."""
    match = _SIMPLE.fullmatch(line)
    if match is None:
        return read_result(line)
    id_, fate, digest = match.groups()
    has_passed = fate == "pass, score: 1"
    return Result(id_.strip('"'), digest, "pass" if has_passed else "fail", float(has_passed))


def refuse(path: str, line: int, what: str) -> NoReturn:
    """Say what is wrong with a chunk."""
    raise SpecError([Fault(path, line, 1, f"{what}: run `promptci run` to rewrite it")])


def record_of(section: ChunkSection, results: tuple[Result, ...]) -> Record:
    """The lines of a chunk as if they were a record, to be merged like one."""
    return Record("", section.model, "", section.parts, 0.0, 0, 0, results)
