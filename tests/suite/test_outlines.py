"""Outlines of golden examples: read once for all who ask, and again where they may differ."""

import json
import os

import pytest

from projects import MemoryTree, example, jsonl
from promptci.errors import SpecError
from promptci.git.gitprocess import Git
from promptci.git.repo import WorkTree
from promptci.remembered import REMEMBERED
from promptci.scorers.registry.registry import Reach
from promptci.specs.outline import outline_of
from promptci.suite import golden
from promptci.suite import outlines as packed_outlines
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden
from promptci.suite.loading import load_suite
from promptci.suite.outlines import examples_in, outlines, outlines_in
from promptci.suite.scanned import scan_once
from tables import every_row

ROWS = [
    example("a", "Hi", "other", tags=["x", "y"], cluster=7),
    example("b", "Ho", {"queue": "other"}, scorers=["equals"]),
    *(example(f"n{n}", f"No. {n}", "x") for n in range(2_100)),
]
PROMPT = "messages: [{role: user, content: '{{ ticket }}'}]\n"


@pytest.fixture(autouse=True)
def reads(tmp_path, monkeypatch):
    """The paths of the data files that are parsed, while nothing is known yet."""
    REMEMBERED.keep_in(lambda: tmp_path / ".promptci")
    parsed, read = [], golden._READERS[".jsonl"]

    def noted(file, path):
        parsed.append(path)
        yield from read(file, path)

    monkeypatch.setitem(golden._READERS, ".jsonl", noted)
    return parsed


def tree_of(text, spec="examples: r.jsonl\nscorers: [equals]\n"):
    content = {"prompts/r.yaml": PROMPT, "evals/r.yaml": spec, "evals/r.jsonl": text}
    return MemoryTree(content)


def golden_of(tree):
    return Golden.of(tree, load_suite(tree).evals["r"])


def test_they_say_of_each_example_what_the_example_says_and_are_read_once(reads):
    tree = tree_of(jsonl(ROWS))
    wanted = [outline_of(each) for each in golden_of(tree).examples()]
    reads.clear()
    assert [list(outlines(golden_of(tree))) for _ in range(3)] == [wanted] * 3
    assert len(reads) == 1
    assert [each.is_scored for each in wanted[:3]] == [False, True, False]
    assert (wanted[0].tags, wanted[0].cluster) == (("x", "y"), "7")
    chosen = frozenset({"b", "n2099"})
    assert [each.id for each in outlines_in(golden_of(tree), chosen)] == ["b", "n2099"]


@every_row(
    ("written", "is_by_row"),
    [
        (lambda: jsonl(ROWS), True),
        (lambda: "\n  \n" + jsonl(ROWS).replace("\n", "\r\n\n", 40), True),
        (lambda: "\ufeff" + jsonl(ROWS), True),
        (lambda: json.dumps(ROWS, indent=1), False),
        (lambda: "[\n" + jsonl(ROWS).strip().replace("\n", ",\n") + "]", False),
    ],
)
def test_of_few_examples_the_rows_alone_are_read(monkeypatch, written, is_by_row):
    tree, ids = tree_of(written()), frozenset({"a", "b", "n7", "n2099", "none"})
    made, parse = [], golden.parse_example
    wanted = [each for each in golden_of(tree).examples() if each.id in ids]
    assert len(wanted) == 4
    list(outlines(golden_of(tree)))
    monkeypatch.setattr(golden, "parse_example", lambda *row: made.append(row) or parse(*row))
    found = list(examples_in(golden_of(tree), ids))
    assert (found, [e.mark for e in found]) == (wanted, [e.mark for e in wanted])
    assert (len(made) == 4) == is_by_row
    monkeypatch.undo()


def test_a_later_process_finds_them_by_what_the_file_holds(tmp_path, reads):
    (tmp_path / ".promptci").mkdir()
    wanted = list(outlines(golden_of(tree_of(jsonl(ROWS)))))
    for change, times in ((ROWS, 0), ([*ROWS, example("z", "Z", "x")], 1), (ROWS[:3], 1)):
        REMEMBERED.write()
        REMEMBERED.keep_in(lambda: tmp_path / ".promptci")
        reads.clear()
        found = list(outlines(golden_of(tree_of(jsonl(change)))))
        assert ([each.id for each in found], len(reads)) == ([row["id"] for row in change], times)
        assert [each for each in wanted if each in found] == wanted[: len(change)]


def test_a_file_that_was_not_there_when_an_example_named_it_counts_once_it_is(tmp_path):
    """Neither what examples are known by nor that they have no fault is believed without a look."""
    (tmp_path / ".promptci").mkdir()
    few = [{"id": row["id"], "vars": {**row["vars"], "more": "o"}} for row in ROWS]
    rows = [*few, {"id": "p", "vars": {"ticket": "x", "more": {"file": "note.txt"}}}]
    spec = "examples: r.jsonl\nscorers: [{contains: '{{ more }}'}]\n"

    def known(more):
        tree = MemoryTree({**tree_of(jsonl(rows), spec).content, **more})
        suite, faults = load_suite(tree), []
        judges = Judges(suite.evals["r"], Reach(lambda name, parameters: None), [])
        found = scan_once(golden_of(tree), suite.evals["r"], suite.prompts["r"], judges, faults)
        assert faults == []
        REMEMBERED.write()
        REMEMBERED.keep_in(lambda: tmp_path / ".promptci")
        digests = {each.id: each.digest for each in outlines(golden_of(tree))}
        return digests["p"], digests["a"], found.digest

    before, after = known({}), known({"evals/note.txt": b"Hi"})
    assert (before[0] == after[0], before[1] == after[1]) == (False, True)
    assert before[2] != after[2]
    assert known({"evals/note.txt": b"Ho"})[0] not in (before[0], after[0])


def test_whoever_looks_for_faults_notes_them_on_the_way(reads):
    tree = tree_of(jsonl(ROWS))
    suite = load_suite(tree)
    judges = Judges(suite.evals["r"], Reach(lambda name, parameters: None), [])
    scan_once(golden_of(tree), suite.evals["r"], suite.prompts["r"], judges, [])
    assert [each.id for each in outlines(golden_of(tree))] == [row["id"] for row in ROWS]
    assert len(reads) == 1


def test_whoever_looks_for_faults_notes_none_that_are_held(monkeypatch):
    tree, noted = tree_of(jsonl(ROWS)), []
    suite = load_suite(tree)
    list(outlines(golden_of(tree)))
    monkeypatch.setattr(packed_outlines, "marks_of", noted.append)
    judges = Judges(suite.evals["r"], Reach(lambda name, parameters: None), [])
    found = scan_once(golden_of(tree), suite.evals["r"], suite.prompts["r"], judges, [])
    assert (found.count, noted) == (len(ROWS), [])
    assert [each.id for each in outlines(golden_of(tree))] == [row["id"] for row in ROWS]


def test_what_is_in_the_state_folder_takes_no_memory_until_somebody_asks(tmp_path, reads):
    (tmp_path / ".promptci").mkdir()
    tree = tree_of(
        jsonl([example(f"m{n}", "m" * 200, "x", tags=["t" * 200]) for n in range(1_900)])
    )
    suite = load_suite(tree)
    judges = Judges(suite.evals["r"], Reach(lambda name, parameters: None), [])
    scan_once(golden_of(tree), suite.evals["r"], suite.prompts["r"], judges, [])
    assert not any(each.tree() is tree for each in packed_outlines._HELD)
    assert all(len(data) < 100_000 for data in REMEMBERED._found.values())
    assert len(list(outlines(golden_of(tree)))) == 1_900
    assert any(each.tree() is tree for each in packed_outlines._HELD)


def test_another_tree_other_columns_and_what_is_not_whole_are_read_again(reads):
    one, other = tree_of(jsonl(ROWS[:3])), tree_of(jsonl(ROWS[3:6]))
    list(outlines(golden_of(one)))
    list(outlines(golden_of(other)))
    assert len(reads) == 2
    mapped = "examples: r.jsonl\nscorers: [equals]\ncolumns: {id: ticket, vars: [ticket]}\n"
    one.content["evals/r.yaml"] = mapped
    one.content["evals/r.jsonl"] = '{"ticket": "Hi"}\n'
    assert [each.id for each in outlines(golden_of(one))] == ["Hi"]
    broken = tree_of(jsonl(ROWS[:3]) + "{")
    for _ in range(2):
        with pytest.raises(SpecError):
            list(outlines(golden_of(broken)))
    assert len(reads) == 5


def test_a_file_that_was_written_to_is_read_again(tmp_path, reads):
    path = tmp_path / "evals/r.jsonl"
    path.parent.mkdir()
    tree = WorkTree(Git(tmp_path), tmp_path)
    for count, times in ((3, 1), (3, 1), (4, 2)):
        path.write_text(jsonl(ROWS[:count]))
        os.utime(path, (count, count))
        assert len(list(outlines(Golden(tree, path="evals/r.jsonl")))) == count
        assert len(reads) == times


def test_examples_that_are_in_the_eval_are_not_packed():
    spec = "examples: [{id: a, vars: {ticket: Hi}, expected: x, tags: [t]}]\nscorers: [equals]\n"
    tree = tree_of("", spec)
    assert [(each.id, each.tags) for each in outlines(golden_of(tree))] == [("a", ("t",))]
