"""One model's section of a score file: its fields, and the lines of its examples."""

import re
from collections.abc import Mapping
from functools import lru_cache
from sys import intern

from promptci.latepattern import late
from promptci.parsing.source import excerpt
from promptci.records.record import Accepted, Fate, Parts, Record, Result, Results, Tally
from promptci.records.results import ChunkLine
from promptci.records.scorevalue import NUMBER, TEXT, Raw, Raws, ScoreValues
from promptci.records.scorewriter import dump_scalar
from promptci.specs.completion import RecordedSampling

_RESULT = late(
    rf' {{6}}(?:"([0-9][A-Za-z0-9_./+-]*)"|({TEXT})): '
    rf"\{{is: (pass|fail|error|unmeasured), score: ({NUMBER}), "
    r'digest: "([0-9a-f]+)"(?:, scores: (\{.+\}))?\}'
)
"""An id that begins with a digit is in quotes, and most of them say what is in them."""
_FATES: Mapping[str, Fate] = {
    "pass": "pass",
    "fail": "fail",
    "error": "error",
    "unmeasured": "error",
}
_SAMPLINGS: Mapping[str, RecordedSampling] = {
    "greedy": "greedy",
    "sampled": "sampled",
    "provider-default": "provider-default",
    "picked": "picked",
}
BLOCKS = ("metrics", "tags", "accepted")
_LOSS = ("why", "by", "when", "until")
_PARTS = ("prompt", "examples", "scorers", "model")


@lru_cache(1 << 15)
def read_result(text: str) -> Result:
    """The line of an example. Kept, since the versions of a record share nearly all their lines."""
    match = _RESULT.fullmatch(text)
    if match is None:
        _READ.refuse(0, "no result of an example")
    numeric, id_, fate, score, digest, scores = match.groups()
    is_plain = numeric is None and id_[0] != '"' and dump_scalar(id_) == id_
    return Result(
        intern(numeric or (id_ if is_plain else _READ.text(Raw(id_, 0)))),
        intern(digest),
        _FATES[fate],
        1.0 if score == "1" else _READ.share(Raw(score, 0)),
        _scores(scores) if scores else (),
        fate == "unmeasured",
    )


def _scores(written: str) -> tuple[tuple[str, float], ...]:
    """What each scorer gave."""
    pairs = _READ.flow(Raw(written, 0))
    return tuple((label, _READ.share(raw)) for label, raw in pairs.items())


_READ = ScoreValues("")
_CHUNK = late(
    r' {6}"([0-9a-f]{2,3})": \{passed: (\d{1,9}), total: (\d{1,9})(?:, errors: (\d{1,9}))?'
    r"(?:, unmeasured: (\d{1,9}))?(?:, score: (\d{1,10}(?:\.\d{1,6})?))?"
    r', digest: "([0-9a-f]{32})"\}',
    re.ASCII,
)


def read_chunk_line(text: str) -> tuple[str, ChunkLine] | None:
    """The name of a chunk and what a summary says of it; None for another line."""
    match = _CHUNK.fullmatch(text)
    if match is None:
        return None
    name, passed, total, errors, unmeasured, score, digest = match.groups()
    return name, ChunkLine(
        int(passed),
        int(total),
        digest,
        int(errors or 0),
        int(unmeasured or 0),
        None if score is None else float(score),
    )


class Section:
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
        results: Results,
    ) -> Record:
        read, need = self._values, self._need
        metrics, tags, accepted = (blocks.get(name, {}) for name in BLOCKS)
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
            accepted=tuple(self._accepted(id_, raw) for id_, raw in accepted.items()),
            results=results,
        )

    def _accepted(self, id_: str, raw: Raw) -> Accepted:
        from promptci.records.acceptedlosses import is_day  # late: few records have any

        """An accepted loss: why, or that with who and when."""
        if not raw.text.startswith("{"):
            return Accepted(id_, self._values.text(raw))
        found = self._values.texts(raw)
        days = [found[name] for name in ("when", "until") if name in found]
        keys = [name for name in _LOSS if name in found]
        if list(found) != keys or "why" not in found or not all(map(is_day, days)):
            self._values.refuse(raw.line, f"`{excerpt(raw.text)}` is no accepted loss")
        return Accepted(id_, **found)

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

    def _sampling(self) -> RecordedSampling:
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
