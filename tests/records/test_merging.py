"""Records of two branches become one, example by example."""

from msgspec.structs import asdict, replace

from histories import record
from promptci.digest import long_digest
from promptci.records.chunkfiles import chunk_name
from promptci.records.merging import merge_records
from promptci.records.record import Accepted
from promptci.records.results import ChunkedResults, ChunkLine
from tables import every_row

SCORES = {"a": 1.0, "b": 0.0}
PLAIN = Accepted("b", "known", "Ada", "2026-01-02")
BRIEF = replace(PLAIN, until="2026-02-01")
LONG = replace(PLAIN, until="2026-03-01")


@every_row(
    ("base", "ours", "theirs", "merged"),
    [
        (PLAIN, PLAIN, BRIEF, BRIEF),  # whoever changed it is heard
        (PLAIN, BRIEF, PLAIN, BRIEF),
        (BRIEF, BRIEF, LONG, LONG),
        (None, PLAIN, BRIEF, BRIEF),  # of two that differ the one that ends first
        (None, LONG, BRIEF, BRIEF),
        (PLAIN, BRIEF, LONG, BRIEF),
        (None, None, PLAIN, PLAIN),
        (PLAIN, None, PLAIN, None),  # and what one side took out is out
    ],
)
def test_an_accepted_loss_is_as_the_side_has_it_that_changed_it(base, ours, theirs, merged):
    sides = [
        {"small": replace(record(SCORES, version=name), accepted=(loss,) if loss else ())}
        for name, loss in (("v1", base), ("v2", ours), ("v3", theirs))
    ]
    found = merge_records(*sides)["small"].accepted
    assert found == ((merged,) if merged else ())


def test_what_was_accepted_alone_leaves_the_figures_as_they_are():
    """In a file a score has six digits, of which the mean has more."""
    was = replace(record({"a": 1.0, "b": 0.0, "c": 0.0}, metrics={"equals": 0.333333}), version="")
    was = replace(was, fingerprint=long_digest(asdict(was.parts)))
    sides = [replace(was, score=0.333333, accepted=found) for found in ((), (PLAIN,), (BRIEF,))]
    found = merge_records(*({"small": side} for side in sides))["small"]
    assert (found.metrics, found.tags) == (was.metrics, was.tags)
    assert found.accepted == (BRIEF,)


def in_chunks(small, **lines):
    """The same record in chunks, of which a summary is all there is; `lines` differ from it."""
    kept = {chunk_name(each.id, 2): each for each in small.results}
    whole = {name: ChunkLine(int(each.passed), 1, each.digest) for name, each in kept.items()}
    return replace(small, results=ChunkedResults(whole | lines))


def test_one_file_and_chunks_merge_into_the_form_of_whoever_changed_it():
    """What the other side changed is unknown in a chunk, and unmeasured in a file."""
    base = record({"a": 1.0, "b": 1.0, "c": 1.0}, version="")
    here = replace(record({"a": 1.0, "b": 0.0, "c": 1.0}, version=""), accepted=(PLAIN,))
    chunk = chunk_name("b", 2)
    grown = in_chunks(base, ff=ChunkLine(1, 1, "9" * 32))
    found = merge_records({"small": base}, {"small": here}, {"small": grown})["small"]
    assert {n for n, line in found.results.lines.items() if line.is_merged} == {chunk}
    assert ("ff" in found.results.lines, found.accepted) == (True, (PLAIN,))
    edited = in_chunks(replace(base, accepted=(PLAIN,)), **{chunk: ChunkLine(0, 1, "8" * 32)})
    shrunk = replace(here, results=here.results[1:], accepted=())
    for sides in ((shrunk, edited), (edited, shrunk)):
        ours, theirs = ({"small": each} for each in sides)
        found = merge_records({"small": in_chunks(base)}, ours, theirs)["small"]
        assert {each.id: each.fate for each in found.results} == {"b": "error", "c": "pass"}
        assert ([r.id for r in found.results if r.is_unmeasured], found.accepted) == (
            ["b"],
            (PLAIN,),
        )
