"""The reports of `examples`, and a candidate that is asked about."""

import json
from collections.abc import Iterator, Mapping

from promptci.parsing.source import Plain
from promptci.render.figures import counted
from promptci.reporting.goldenset import GoldenStats, JudgedCandidates, SplitResult
from promptci.secrets.safetext import for_terminal

_MOST_LISTED = 8
_BY_DIGEST = (
    "an example's part follows from its digest and the seed: it stays there when others are "
    "added, and the shares are met about, not to the example"
)


def stats_text(found: GoldenStats) -> str:
    """What golden examples are like."""
    return _lines(_stats(found))


def split_text(found: SplitResult) -> str:
    """The files that examples were split into, and the inputs that are nearly in two of them."""
    written = (f"wrote {path} ({counted(n, 'example')})" for path, n in found.files.items())
    leaks = (f"nearly equal, in two parts: {one}, {other}" for one, other in found.leaks)
    first = next(iter(found.files), "").rpartition("/")[2]
    alone = f"to test one part alone, write `examples: {first}` in the eval"
    return _lines((*written, _BY_DIGEST, *([alone] if first else []), *leaks))


def label_text(found: JudgedCandidates) -> str:
    """What became of candidates, in numbers."""
    return f"{found.taken:,} taken, {found.skipped:,} skipped, {found.dropped:,} dropped"


def candidate_text(variables: Mapping[str, Plain], answer: str) -> str:
    """A candidate as a person sees it who says what is expected."""
    shown = [(name, _written(value)) for name, value in variables.items()]
    return _lines(f"{name}: {value}" for name, value in (*shown, ("answered", answer)))


def _written(value: Plain) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _lines(texts: Iterator[str] | tuple[str, ...]) -> str:
    return "\n".join(map(for_terminal, texts))


def _stats(found: GoldenStats) -> Iterator[str]:
    least, middle, most = found.lengths
    yield f"{found.name}: {counted(found.count, 'example')}"
    yield f"input  {least:,} to {most:,} characters, median {middle:g}"
    for title, counts in (("expected", found.classes), ("tag", found.tags)):
        for value, count in counts.items():
            yield f"{title}  {value}: {count:,} ({count / found.count:.0%})"
    for one, other in found.near[:_MOST_LISTED]:
        yield f"nearly equal  {one}, {other}"
    yield from _fates(found)
    yield f"{counted(found.commits, 'commit')} on record"


def _fates(found: GoldenStats) -> Iterator[str]:
    told = {
        "passed at every commit": found.always_pass,
        "failed at every commit": found.always_fail,
        "flapping": found.flapping,
    }
    for title, ids in told.items():
        if ids:
            more = f" and {len(ids) - _MOST_LISTED:,} more" if len(ids) > _MOST_LISTED else ""
            yield f"{title}  {', '.join(ids[:_MOST_LISTED])}{more}"
