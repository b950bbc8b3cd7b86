"""Large records: a summary and chunks, written for equal results alike and read when needed."""

import pytest
import yaml
from msgspec.structs import replace

from promptci.errors import SpecError
from promptci.records import chunkfiles
from promptci.records.acceptedlosses import healed_losses
from promptci.records.chunkfiles import chunk_name, chunk_path, digits_for, is_record_file, name_of
from promptci.records.chunkmerging import merge_chunks
from promptci.records.chunkwriter import dump_files, merged_text
from promptci.records.merging import merge_records
from promptci.records.record import Accepted, Parts, Record, Result
from promptci.records.recordfile import check_chunks
from promptci.records.scorefile import parse
from promptci.records.shared import without_shared
from tables import every_row

PATH = "evals/many.scores.yaml"
PARTS = Parts(*(each * 32 for each in "abcd"))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Records are large from twenty examples on."""
    monkeypatch.setattr(chunkfiles, "LARGE", 20)


def result(number, fate="pass", score=None):
    value = float(fate == "pass") if score is None else score
    return Result(f"e{number}", f"{number:032x}", fate, value)


def record(results, *, model="small", parts=PARTS, **changes):
    results = tuple(sorted(results, key=lambda each: each.id))
    answered = [each.score for each in results if each.fate != "error"]
    given = {
        "score": sum(answered) / len(answered),
        "passed": sum(each.passed for each in results),
        "total": len(results),
        **changes,
    }
    return Record("many", model, "f" * 32, parts, results=results, model_id="local x", **given)


MANY = [result(n, "fail" if n % 7 == 0 else "pass") for n in range(60)]
WHOLE = record(MANY)


def files(*records):
    texts = dump_files({each.model: each for each in records}).at(PATH)
    return {path: text.encode() for path, text in texts.items()}


def read(found, opened=None):
    """The records in some files; the paths of chunks that are read go into `opened`."""

    def open_(path):
        if opened is not None:
            opened.append(path)
        return found.get(path)

    return parse(found[PATH].decode(), PATH, "many", open_)


def test_a_small_record_is_one_file():
    assert [*files(record(MANY[:19]))] == [PATH]
    assert [*files(replace(WHOLE, fingerprint="f" * 12))] == [PATH]


def test_a_large_record_is_read_back_as_it_was():
    graded = record([*MANY[:40], result(70, "fail", 0.25), result(71, "error")], model="other")
    found = files(WHOLE, graded)
    back = read(found)
    assert [*back] == ["other", "small"]
    for each in (WHOLE, graded):
        its = back[each.model]
        assert its.results == each.results
        assert tuple(its.results) == each.results
        assert (its.passed, its.total, its.errors) == (each.passed, each.total, each.errors)
        assert not its.is_merged
        assert not its.is_old
    assert dump_files(back).at(PATH) == dump_files({"other": graded, "small": WHOLE}).at(PATH)
    check_chunks(back)


def test_every_file_is_yaml():
    for text in files(WHOLE).values():
        assert yaml.safe_load(text)["format"] == 3


def test_the_order_of_examples_makes_no_difference():
    assert files(record(MANY[::-1])) == files(WHOLE)


def test_what_does_not_change_is_in_the_same_chunks():
    before, after = files(WHOLE), files(record([*MANY, result(99)]))
    assert {path for path in after if before.get(path) != after[path]} == {
        PATH,
        chunk_path(PATH, chunk_name("e99", 2)),
    }
    edited = [replace(each, fate="fail", score=0.0) if each.id == "e5" else each for each in MANY]
    after = files(record(edited))
    assert {path for path in after if before[path] != after[path]} == {
        PATH,
        chunk_path(PATH, chunk_name("e5", 2)),
    }


def test_how_many_chunks_follows_from_the_number_of_results():
    assert [digits_for(n) for n in (19, 20, 255_999, 256_000)] == [0, 2, 2, 3]


@every_row(
    ("path", "name", "is_ours"),
    [
        ("evals/a.scores.yaml", "", True),
        ("evals/a.scores/0f.chunk", "0f", True),
        ("evals/team/a.scores/0f3.chunk", "0f3", True),
        ("evals/a.scores/.0f.chunk", "", True),
        ("evals/a.scores/0F.chunk", "", False),
        ("evals/a.scores/notes.chunk", "", False),
        ("evals/a/0f.chunk", "", False),
        ("evals/a.yaml", "", False),
    ],
)
def test_which_files_are_a_records(path, name, is_ours):
    assert (name_of(path), is_record_file(path)) == (name, is_ours)


def test_nothing_is_read_before_it_is_asked_for():
    opened = []
    its = read(files(WHOLE), opened)["small"]
    assert (its.passed, len(its.results), its.errors, bool(its.results)) == (51, 60, 0, True)
    other = read(files(WHOLE), opened)["small"]
    assert its == other
    assert not without_shared(its, other)[0].results
    assert opened == []
    assert healed_losses(replace(its, accepted=(Accepted("e5", "meant"),))) == ("e5",)
    assert opened == [chunk_path(PATH, chunk_name("e5", 2))]


def test_two_records_share_what_did_not_change():
    graded = [*MANY[:59], result(59, "fail", 0.5)]
    changed = [
        replace(graded[3], fate="fail", score=0.0) if n == 3 else r for n, r in enumerate(graded)
    ]
    base, head = (read(files(record(each)))["small"] for each in (graded, changed))
    one, other, shared = without_shared(base, head)
    assert {r.id for r in one.results} == {r.id for r in other.results} != set()
    assert "e3" in {r.id for r in other.results}
    assert len(other.results) < 10
    assert shared.answered == 60 - len(other.results)
    assert sum(shared.counts().values()) == shared.answered
    assert shared.counts()[0.5, False] == 1


def edit(found, name, old, new):
    path = chunk_path(PATH, name)
    text = found[path].decode()
    assert old in text
    return {**found, path: text.replace(old, new).encode()}


E5 = chunk_name("e5", 2)


@every_row(
    ("spoil", "said"),
    [
        (lambda f: {p: d for p, d in f.items() if E5 not in p}, f"chunk {E5} of .* is missing"),
        (lambda f: edit(f, E5, "is: pass", "is: fail"), f"chunk {E5} is not what .* says"),
        (lambda f: edit(f, E5, "a" * 32, "e" * 32), f"chunk {E5} is of another record"),
        (lambda f: edit(f, E5, "  small:", "  large:"), f"chunk {E5} is not of the models"),
        (lambda f: edit(f, E5, "format: 3", "format: 4"), f"not the chunk {E5}"),
        (lambda f: edit(f, E5, "      e5", "<<<<<<< a\n      e5"), "a section that promptci does"),
        (lambda f: edit(f, E5, "e5:", "é5:"), f"chunk {E5} is not what"),
        (lambda f: {**f, chunk_path(PATH, E5): b"\xff"}, "not UTF-8"),
        (lambda f: {**f, chunk_path(PATH, E5): b""}, f"not the chunk {E5}"),
        (
            lambda f: {**f, chunk_path(PATH, E5): f[chunk_path(PATH, chunk_name("e6", 2))]},
            f"not the chunk {E5}",
        ),
    ],
)
def test_a_spoiled_chunk_is_never_taken(spoil, said):
    its = read(spoil(files(WHOLE)))
    for look in (check_chunks, lambda records: list(records["small"].results)):
        with pytest.raises(SpecError, match=said) as found:
            look(its)
        assert found.value.faults[0].path == chunk_path(PATH, E5)
        assert "run `promptci run`" in str(found.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("passed: 51", "passed: 52"),
        ("total: 60", "total: 61"),
        ("score: 0.85", "score: 0.86"),
        (f'"{E5}":', '"zz":'),
        (f'"{E5}":', f'"{E5}0":'),
        ("    chunks:", "    examples:"),
        ("format: 3", "format: 2"),
    ],
)
def test_a_summary_that_does_not_add_up_is_refused(old, new):
    found = files(WHOLE)
    assert old in found[PATH].decode()
    with pytest.raises(SpecError):
        read({**found, PATH: found[PATH].decode().replace(old, new, 1).encode()})


def test_lines_that_a_forger_digested_again_must_still_add_up():
    lie = record([replace(each, fate="pass", score=1.0) for each in MANY])
    forged = files(lie)
    text = (
        forged[PATH]
        .decode()
        .replace("passed: 60", "passed: 51")
        .replace("score: 1\n", "score: 0.85\n")
    )
    with pytest.raises(SpecError, match="does not add up"):
        read({**forged, PATH: text.encode()})
    digest = forged[PATH].decode().split(f'"{E5}": ')[1].split('digest: "')[1][:32]
    true = files(WHOLE)[PATH].decode()
    line = next(each for each in true.splitlines() if f'"{E5}"' in each)
    known = line.split('digest: "')[1][:32]
    mixed = {**files(WHOLE), chunk_path(PATH, E5): forged[chunk_path(PATH, E5)]}
    mixed[PATH] = true.replace(known, digest).encode()
    if digest != known:
        with pytest.raises(SpecError, match="does not add up"):
            list(read(mixed)["small"].results)


def test_an_example_in_another_chunks_place_is_refused():
    found = files(WHOLE)
    e6 = chunk_name("e6", 2)
    text = found[chunk_path(PATH, e6)].decode().replace(f'chunk: "{e6}"', f'chunk: "{E5}"')
    summary = found[PATH].decode()
    lines = {n: next(x for x in summary.splitlines() if f'"{n}"' in x) for n in (E5, e6)}
    swapped = summary.replace(lines[E5], lines[e6].replace(e6, E5))
    assert swapped != summary
    with pytest.raises(SpecError, match=r"in another chunk's place|does not add up"):
        list(
            read({PATH: swapped.encode(), **{chunk_path(PATH, E5): text.encode()}})["small"].results
        )


def test_line_ends_of_another_system_make_no_difference():
    found = {path: data.replace(b"\n", b"\r\n") for path, data in files(WHOLE).items()}
    assert read(found)["small"].results == WHOLE.results


# Merging, file by file, as git does.


def merge_all(base, ours, theirs):
    """Every file that both sides changed goes to the driver, the others come from one side."""
    merged = {}
    for path in sorted(ours.keys() | theirs.keys()):
        was, mine, its = (side.get(path, b"") for side in (base, ours, theirs))
        if mine == its or its == was:
            merged[path] = mine
        elif mine == was:
            merged[path] = its
        elif path == PATH:
            sides = (read({path: each})["small"] for each in (was, mine, its))
            found = merge_records(*({"small": each} for each in sides))
            merged[path] = merged_text(found).encode()
        else:
            merged[path] = merge_chunks(was, mine, its, path=path).encode()
    return {path: data for path, data in merged.items() if data}


def with_fates(fates):
    return [
        replace(r, fate=fates[r.id], score=float(fates[r.id] == "pass")) if r.id in fates else r
        for r in MANY
    ]


def test_chunks_of_two_branches_are_merged_one_by_one():
    examples = replace(PARTS, examples="e" * 32), replace(PARTS, examples="1" * 32)
    ours = record(with_fates({"e1": "fail"}), parts=examples[0])
    theirs = record([*with_fates({"e2": "fail"}), result(99)], parts=examples[1])
    merged = read(merge_all(files(WHOLE), files(ours), files(theirs)))["small"]
    assert merged.is_merged
    fates = {each.id: each.fate for each in merged.results}
    assert (fates["e1"], fates["e2"], fates["e99"], fates["e3"]) == ("fail", "fail", "pass", "pass")


def test_what_was_measured_with_another_prompt_is_unmeasured():
    prompt = record(with_fates({"e1": "fail"}), parts=replace(PARTS, prompt="9" * 32))
    more = record([*MANY, result(99), result(100)], parts=replace(PARTS, examples="8" * 32))
    merged = read(merge_all(files(WHOLE), files(prompt), files(more)))["small"]
    assert merged.is_merged
    unmeasured = {each.id for each in merged.results if each.is_unmeasured}
    assert unmeasured == {"e99", "e100"}
    assert {each.id: each.fate for each in merged.results}["e1"] == "fail"


def test_what_one_side_only_accepted_stays_measured():
    accepted = replace(WHOLE, accepted=(Accepted("e7", "meant"),))
    changed = record(with_fates({"e1": "fail"}))
    merged = read(merge_all(files(WHOLE), files(accepted), files(changed)))["small"]
    assert not merged.is_merged
    assert merged.results == changed.results
    assert [loss.id for loss in merged.accepted] == ["e7"]
