"""Records of format 1 get long digests from the files that they were made from, and only so."""

from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from oldformat import as_format_1
from projects import PROMPT, MemoryTree, example, jsonl, planned, router
from promptci.records.record import Record, Result
from promptci.records.scorefile import FORMAT, dump, parse
from promptci.run.planning.oldrecords import update_record, update_records
from promptci.run.planning.task import Task
from properties import usually
from tables import every_row

URL = "http://127.0.0.1:9/v1"
OLD = Path(__file__).parents[2] / "oldproject"
"""A project with the records that the last promptci of format 1 wrote."""


def old_files() -> dict[str, bytes]:
    paths = (path for path in OLD.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(OLD).as_posix(): path.read_bytes() for path in paths}


def recognised(files: Mapping[str, str | bytes], name: str) -> Mapping[str, Record]:
    path = f"evals/{name}.scores.yaml"
    text = files[path]
    assert isinstance(text, bytes)
    return update_records(parse(text.decode(), path, name), MemoryTree(files), name)


ANY = "examples: router.jsonl\nscorers:\n  - regex: '.'\n"
"""An eval that takes whatever is expected."""

COLLIDING = (("00a86bb4", "yes"), ("00191d72", "wrong"))
"""Ends of inputs, with what is expected: two examples whose digests begin with the same 48 bits."""


def task_of(rows: list[dict[str, object]], **files: str) -> Task:
    [task] = planned(router(URL, examples=jsonl(rows), **files)).tasks
    return task


def record_of(task: Task) -> Record:
    """A record in which every example of a task passed."""
    results = tuple(
        Result(each.id, each.digest, "pass", 1.0)
        for each in sorted(task.golden.examples(), key=lambda e: e.id)
    )
    count = len(results)
    made = (task.spec.name, task.model.name, task.fingerprint, task.parts)
    return Record(*made, score=1.0, passed=count, total=count, results=results)


@every_row("name", ["plain", "judged"])
def test_records_of_the_last_promptci_of_format_1_are_recognised(name):
    files = old_files()
    records = recognised(files, name)
    tasks = {t.model.name: t for t in planned(files).tasks if t.spec.name == name}
    assert records.keys() == tasks.keys()
    for model, record in records.items():
        task = tasks[model]
        assert (record.parts, record.fingerprint) == (task.parts, task.fingerprint)
        digests = {each.id: each.digest for each in task.golden.examples()}
        assert {each.id: each.digest for each in record.results} == digests
    assert f"format: {FORMAT}\n" in dump(records)


@every_row(
    ("path", "old", "new", "short"),
    [
        ("evals/judged.jsonl", b"n=1", b"n=9", {"examples"}),
        ("evals/checks.py", b"1.0", b"0.9", {"examples", "scorers"}),
        ("prompts/label.yaml", b"label things", b"sort things", {"prompt"}),
        ("promptci.yaml", b"small-1", b"small-2", {"model"}),
        ("evals/judged.yaml", b"[a-z]+", b"[a-y]+", {"scorers"}),
    ],
)
def test_a_part_that_changed_since_keeps_its_short_digest(path, old, new, short):
    files = old_files()
    assert old in files[path]
    [record] = recognised({**files, path: files[path].replace(old, new)}, "judged").values()
    parts = {name: len(getattr(record.parts, name)) for name in record.parts.__slots__}
    assert {name for name, size in parts.items() if size == 12} == short
    assert (len(record.fingerprint), record.is_old) == (16, True)
    assert {len(each.digest) for each in record.results} == {12 if "examples" in short else 32}
    assert "format: 1\n" in dump({"small": record})


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20)
EXPECTED = st.one_of(TEXTS, st.integers(-9, 9), st.booleans(), st.lists(TEXTS, max_size=2))
ROWS = st.dictionaries(
    st.from_regex("[a-z0-9]{1,12}", fullmatch=True), st.tuples(TEXTS, EXPECTED), min_size=1
)


@usually(25)
@given(ROWS, st.data())
def test_an_old_record_is_recognised_by_its_own_files_and_no_others(rows, data):
    given_ = [example(id_, text, wanted) for id_, (text, wanted) in sorted(rows.items())]
    task = task_of(given_, eval=ANY)
    record = record_of(task)
    old = as_format_1(record, task)
    assert old.is_old
    assert update_record(old, task) == record
    assert update_record(record, task) is record
    edited = data.draw(st.integers(0, len(given_) - 1))
    given_[edited] = {**given_[edited], "vars": {"ticket": data.draw(TEXTS)}}
    other = task_of(given_, eval=ANY)
    if other.parts != task.parts:
        left = update_record(old, other)
        assert left.is_old
        assert (left.results, left.fingerprint) == (old.results, old.fingerprint)
        assert left.parts.examples == old.parts.examples


def test_a_forged_fingerprint_is_not_made_whole():
    task = task_of([example("a", "Hi", "x")])
    old = replace(as_format_1(record_of(task), task), fingerprint="0" * 16)
    assert update_record(old, task).fingerprint == "0" * 16


def test_results_of_other_examples_are_left():
    task = task_of([example("a", "Hi", "x"), example("b", "Ho", "y")])
    old = as_format_1(record_of(task), task)
    for results in (old.results[:1], (*old.results[:1], replace(old.results[1], digest="0" * 12))):
        left = update_record(replace(old, results=results), task)
        assert left.results == results
        assert left.fingerprint == old.fingerprint


def test_equal_short_digests_are_no_equal_examples():
    harmless, broken = (
        task_of(
            [{"id": "e1", "vars": {"t": f"n=1 label=yes order {end}"}, "expected": wanted}],
            prompt=PROMPT.replace("ticket }}", "t }}"),
        )
        for end, wanted in COLLIDING
    )
    [one], [other] = (tuple(task.golden.examples()) for task in (harmless, broken))
    assert one.digest[:12] == other.digest[:12]
    assert one.digest != other.digest
    old = as_format_1(record_of(harmless), harmless)
    assert old == as_format_1(record_of(broken), broken)
    assert update_record(old, harmless) == record_of(harmless)
    assert update_record(old, broken) == record_of(broken)
    assert record_of(harmless).parts.examples != record_of(broken).parts.examples


def test_files_that_cannot_be_read_recognise_nothing():
    files = {**old_files(), "evals/plain.yaml": b"examples: ["}
    assert all(record.is_old for record in recognised(files, "plain").values())
