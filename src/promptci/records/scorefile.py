"""`evals/NAME.scores.yaml` read back, line by line.

It needs no YAML parser, which would take half a second for 10,000 examples, and it takes nothing
but what `promptci.records.scorewriter` writes: figures that do not add up are no record of a run.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from math import fsum
from typing import NoReturn

from promptci.errors import Fault, SpecError
from promptci.parsing.source import excerpt
from promptci.records.record import Accepted, Fate, Parts, Record, Result, Tally
from promptci.records.scorevalue import NUMBER, TEXT, Raw, Raws, ScoreValues
from promptci.records.scorewriter import DIGITS, FORMAT, dump, dump_scalar, number
from promptci.specs.completion import SamplingMode

__all__ = ["DIGITS", "FORMAT", "NewerFormatError", "dump", "dump_scalar", "number", "parse"]

_LINE = re.compile(rf"( *)({TEXT}):(?: (.+))?")
_RESULT = re.compile(
    rf" {{6}}({TEXT}): \{{is: (pass|fail|error|unmeasured), score: ({NUMBER}), "
    r'digest: "([0-9a-f]+)"(?:, scores: (\{.+\}))?\}'
)
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_FATES: Mapping[str, Fate] = {
    "pass": "pass",
    "fail": "fail",
    "error": "error",
    "unmeasured": "error",
}
_SAMPLINGS: Mapping[str, SamplingMode] = {
    "greedy": "greedy",
    "sampled": "sampled",
    "provider-default": "provider-default",
}
_FIELDS = {
    *("model", "build", "prompt", "version", "fingerprint", "parts"),
    *("sampling", "score", "passed", "total"),
}
_BLOCKS = ("metrics", "tags", "accepted")
_PARTS = ("prompt", "examples", "scorers", "model")
_LONG_DIGESTS = 2
"""The first format in which every digest has at least 128 bits."""


class NewerFormatError(SpecError):
    """A score file that only a later promptci understands; it must not be overwritten."""


def parse(text: str, path: str, eval_name: str) -> dict[str, Record]:
    """The records in a score file, by model.

    `path` is only its name in errors. Raises `SpecError` with the line for anything that `dump`
    would not have written: merge conflicts, a cut-off file, figures that do not add up; and
    `NewerFormatError` for a later format. LF and CRLF line ends are taken alike.
    """
    return _Reader(text, path).records(eval_name)


class _Reader:
    """One pass over the lines."""

    def __init__(self, text: str, path: str) -> None:
        self._lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
        self._values = ScoreValues(path)
        self._at = 0

    def records(self, eval_name: str) -> dict[str, Record]:
        self._refuse_conflicts()
        made = self._head()
        records: dict[str, Record] = {}
        while (pair := self._next(indent=2)) is not None:
            name, raw = pair
            if name in records or raw.text:
                self._refuse(f"a second section for the model `{excerpt(name)}`", raw)
            records[name] = self._record(eval_name, name, raw)
            if made >= _LONG_DIGESTS and records[name].is_old:
                self._refuse(f"a digest that is too short for format {made}", raw)
        if self._at < len(self._lines):
            self._refuse("a line that does not belong here")
        if not records:
            self._refuse("no section for any model, so the record is cut off")
        return records

    def _refuse_conflicts(self) -> None:
        for index, line in enumerate(self._lines, 1):
            if line.startswith(_CONFLICT):
                self._values.refuse(index, "an unresolved merge conflict")

    def _head(self) -> int:
        """The format."""
        while self._at < len(self._lines) and self._lines[self._at].startswith("#"):
            self._at += 1
        pair = self._next(indent=0)
        if pair is None or pair[0] != "format":
            self._refuse("no `format`, so this is no score record", pair and pair[1])
        made = self._values.count(pair[1])
        if made > FORMAT:
            wrong = f"format {made} was written by a newer promptci: upgrade promptci"
            raise NewerFormatError([Fault(self._values.path, pair[1].line, 1, wrong)])
        pair = self._next(indent=0)
        if made < 1 or pair is None or (pair[0], pair[1].text) != ("models", ""):
            self._refuse("no `models`, so the record is cut off", pair and pair[1])
        return made

    def _record(self, eval_name: str, model: str, head: Raw) -> Record:
        fields: Raws = {}
        blocks: dict[str, Raws] = {}
        results: tuple[Result, ...] | None = None
        while (pair := self._next(indent=4)) is not None:
            name, raw = pair
            if name in _FIELDS and name not in fields and raw.text:
                fields[name] = raw
            elif name in _BLOCKS and name not in blocks and not raw.text:
                blocks[name] = self._pairs()
            elif name == "examples" and results is None and not raw.text:
                results = self._results()
            else:
                self._refuse(f"`{excerpt(name)}` does not belong here", raw)
        section = _Section(self._values, fields, head)
        record = section.record(eval_name, model, blocks, results or ())
        self._check_sums(record, fields["score"])
        return record

    def _pairs(self) -> Raws:
        pairs: Raws = {}
        while (pair := self._next(indent=6)) is not None:
            if pair[0] in pairs:
                self._refuse(f"`{excerpt(pair[0])}` a second time", pair[1])
            pairs[pair[0]] = pair[1]
        return pairs

    def _results(self) -> tuple[Result, ...]:
        results: dict[str, Result] = {}
        while self._at < len(self._lines) and self._lines[self._at].startswith("      "):
            result = self._result(self._lines[self._at])
            if result.id in results:
                self._refuse(f"a second result for the example `{excerpt(result.id)}`")
            results[result.id] = result
            self._at += 1
        return tuple(results.values())

    def _result(self, text: str) -> Result:
        try:
            return _read_result(text)
        except SpecError as error:
            fault = replace(error.faults[0], path=self._values.path, line=self._at + 1)
            raise SpecError([fault]) from None

    def _next(self, *, indent: int) -> tuple[str, Raw] | None:
        """The key and raw value of the next line, if it stands at this depth."""
        if self._at >= len(self._lines):
            return None
        match = _LINE.fullmatch(self._lines[self._at])
        if match is None:
            self._refuse("a line that promptci does not write")
        if len(match[1]) != indent:
            return None
        self._at += 1
        key = self._values.text(Raw(match[2], self._at))
        return key, Raw(match[3] or "", self._at)

    def _check_sums(self, record: Record, place: Raw) -> None:
        """The totals must follow from the examples; the last decimal may be rounded."""
        answered = [result.score for result in record.results if result.fate != "error"]
        passed = sum(result.passed for result in record.results)
        mean = fsum(answered) / len(answered) if answered else 0.0
        if (record.passed, record.total) != (passed, len(record.results)):
            said = f"the examples say {passed} of {len(record.results)}"
            self._refuse(f"`passed` or `total` does not add up, {said}", place)
        if abs(record.score - mean) > 2 * 10**-DIGITS:
            self._refuse(f"`score` does not add up, the examples say {number(mean)}", place)

    def _refuse(self, what: str, place: Raw | None = None) -> NoReturn:
        """Refuse a line that was read, or else the next one."""
        here = min(self._at + 1, len(self._lines))
        self._values.refuse(place.line if place else here, what)


@lru_cache(1 << 15)
def _read_result(text: str) -> Result:
    """The line of an example. Kept, since the versions of a record share nearly all their lines."""
    read = ScoreValues("")
    match = _RESULT.fullmatch(text)
    if match is None:
        read.refuse(0, "no result of an example")
    id_, fate, score, digest, scores = match.groups()
    pairs = read.flow(Raw(scores, 0)) if scores else {}
    return Result(
        id=read.text(Raw(id_, 0)),
        digest=digest,
        fate=_FATES[fate],
        score=read.share(Raw(score, 0)),
        scores=tuple((label, read.share(raw)) for label, raw in pairs.items()),
        is_unmeasured=fate == "unmeasured",
    )


class _Section:
    """The fields of one model's section, turned into a record."""

    def __init__(self, values: ScoreValues, fields: Raws, head: Raw) -> None:
        self._values = values
        self._fields = fields
        self._head = head

    def record(
        self,
        eval_name: str,
        model: str,
        blocks: Mapping[str, Raws],
        results: tuple[Result, ...],
    ) -> Record:
        read, need = self._values, self._need
        metrics, tags, accepted = (blocks.get(name, {}) for name in _BLOCKS)
        return Record(
            eval=eval_name,
            model=model,
            model_id=read.text(need("model")),
            build=self._text("build"),
            prompt=read.text(need("prompt")),
            version=self._text("version"),
            fingerprint=read.digest(need("fingerprint")),
            parts=self._parts(),
            sampling=self._sampling(),
            score=read.share(need("score")),
            passed=read.count(need("passed")),
            total=read.count(need("total")),
            metrics={label: read.number(raw) for label, raw in metrics.items()},
            tags={tag: self._tally(raw) for tag, raw in tags.items()},
            accepted=tuple(Accepted(id_, read.text(raw)) for id_, raw in accepted.items()),
            results=results,
        )

    def _need(self, name: str) -> Raw:
        if name not in self._fields:
            self._values.refuse(self._head.line, f"no `{name}` in this section")
        return self._fields[name]

    def _text(self, name: str) -> str:
        return self._values.text(self._fields[name]) if name in self._fields else ""

    def _parts(self) -> Parts:
        raw = self._need("parts")
        pairs = self._values.flow(raw)
        if tuple(pairs) != _PARTS:
            self._values.refuse(raw.line, f"`{excerpt(raw.text)}` are not the parts of an eval")
        return Parts(*(self._values.digest(pair) for pair in pairs.values()))

    def _sampling(self) -> SamplingMode:
        raw = self._need("sampling")
        if raw.text not in _SAMPLINGS:
            self._values.refuse(raw.line, f"`{excerpt(raw.text)}` is no way of sampling")
        return _SAMPLINGS[raw.text]

    def _tally(self, raw: Raw) -> Tally:
        pairs = self._values.flow(raw)
        if tuple(pairs) != ("score", "passed", "total"):
            self._values.refuse(raw.line, f"`{excerpt(raw.text)}` is no tally")
        score, passed, total = pairs.values()
        read = self._values
        return Tally(read.share(score), read.count(passed), read.count(total))
