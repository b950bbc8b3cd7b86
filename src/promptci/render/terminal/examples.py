"""The reports of `examples`, and a candidate that is asked about."""

from collections.abc import Iterator, Mapping

from promptci.parsing.source import Plain
from promptci.render.figures import counted
from promptci.render.idlist import named
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, labelled, text
from promptci.reportdata.goldenset import GoldenStats, JudgedCandidates, SplitResult
from promptci.secrets.safetext import for_terminal
from promptci.templates.template import as_text

_MOST_LISTED = 8
_BY_DIGEST = (
    "an example's part follows from its digest and the seed: it stays there when others are "
    "added, and the shares are met about, not to the example"
)


def stats_text(found: GoldenStats, look: Look) -> str:
    """What golden examples are like."""
    on_record = counted(found.commits, "commit")
    head = f"{found.name}: {counted(found.count, 'example')}, {on_record} on record"
    parts = (text(head), text(_tells(found)), text(""), labelled(_rows(found)))
    return draw(parts, look).rstrip("\n")


def split_text(found: SplitResult, look: Look) -> str:
    """The files that examples were split into, and the inputs that are nearly in two of them."""
    written = (f"wrote {path} ({counted(n, 'example')})" for path, n in found.files.items())
    leaks = (f"nearly equal, in two parts: {one}, {other}" for one, other in found.leaks)
    first = next(iter(found.files), "").rpartition("/")[2]
    alone = f"to test one part alone, write `examples: {first}` in the eval"
    lines = (*written, _BY_DIGEST, *([alone] if first else []), *leaks)
    return draw(map(text, lines), look).rstrip("\n")


def label_text(found: JudgedCandidates) -> str:
    """What became of candidates, in numbers."""
    return f"{found.taken:,} taken, {found.skipped:,} skipped, {found.dropped:,} dropped"


def candidate_text(variables: Mapping[str, Plain], answer: str) -> str:
    """A candidate as a person sees it who says what is expected."""
    shown = [(name, as_text(value)) for name, value in variables.items()]
    return _lines(f"{name}: {value}" for name, value in (*shown, ("answered", answer)))


def _lines(texts: Iterator[str] | tuple[str, ...]) -> str:
    return "\n".join(map(for_terminal, texts))


def _tells(found: GoldenStats) -> str:
    """What to look at, by what history says."""
    if not found.commits:
        return "No commit has recorded scores yet, so nothing says which of them tell anything."
    if not (found.flapping or found.always_fail or found.always_pass):
        return "Too few commits to say which of them tell anything."
    said = [
        f"{len(found.always_pass):,} passed and {len(found.always_fail):,} failed at every commit, "
        "which tells nothing.",
    ]
    if found.flapping:
        said.append(f"{len(found.flapping):,} flapped: see whether what is asked there is clear.")
    return " ".join(said)


def _rows(found: GoldenStats) -> Iterator[tuple[str, str]]:
    least, middle, most = found.lengths
    yield "input", f"{least:,} to {most:,} characters, median {middle:g}"
    for title, counts in (("expected", found.classes), ("tag", found.tags)):
        if counts:
            shares = [f"{value} {n:,} ({n / found.count:.0%})" for value, n in counts.items()]
            yield title, named(shares)
    if found.near:
        pairs = [f"{one} and {other}" for one, other in found.near]
        yield "nearly equal", named(pairs, _MOST_LISTED)
    told = {
        "flapping": found.flapping,
        "always failed": found.always_fail,
        "always passed": found.always_pass,
    }
    for title, ids in told.items():
        if ids:
            yield title, named(ids, _MOST_LISTED)
