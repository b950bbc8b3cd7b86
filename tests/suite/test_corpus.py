"""The documents of a corpus: files that a pattern names, or rows of JSON lines."""

import pytest

from promptci.git.repo import Repo
from promptci.parsing.source import Mark, Node, as_node
from promptci.suite.corpus import corpus_beside, corpus_files

FILES = {
    "docs/a.md": "A\n",
    "docs/deep/b.md": "B\n",
    "docs/deep/er/c.md": "C\n",
    "docs/d.txt": "D\n",
    "docs/.hidden.md": "no\n",
    "rows.jsonl": '{"id": "r1", "text": "R"}\n{"id": 2, "text": "two"}\n',
}


@pytest.fixture
def read(repo):
    """Reads a corpus written in prompts/find.yaml; gives ids and what is wrong."""
    repo.write(FILES)
    opened = Repo.discover(repo.path)

    def run(written):
        faults = []
        node = as_node(written, Mark("prompts/find.yaml", 1, 9))
        found = corpus_beside(opened.worktree, "prompts/find.yaml")(node, faults)
        return [each.id for each in found], [str(fault) for fault in faults]

    yield run
    opened.close()


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("../docs/*.md", ["a.md"]),
        ("../docs/**/*.md", ["a.md", "deep/b.md", "deep/er/c.md"]),
        ("../docs/*/b.md", ["deep/b.md"]),
        ("../docs/?.*", ["a.md", "d.txt"]),
        ("../docs/deep/b.md", ["b.md"]),
        ("../rows.jsonl", ["2", "r1"]),
        (["../docs/*.md", "../rows.jsonl"], ["2", "a.md", "r1"]),
    ],
)
def test_patterns_name_documents_and_rows(read, written, ids):
    assert read(written) == (ids, [])


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("../docs/*.html", "names no file, so the corpus is empty"),
        ("../../etc/*", "leads out of the project"),
        ("/etc/*", "is no path inside the project"),
        ("../.git/*", "names no file, so the corpus is empty"),
        ("../docs/.*.md", "names no file, so the corpus is empty"),
        (["../docs/a.md", "../docs/*.md"], "docs/a.md: the document `a.md` is there twice"),
    ],
)
def test_what_cannot_be_read_is_told(read, written, fault):
    assert fault in "\n".join(read(written)[1])


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"docs/a.md": " \n"}, "docs/a.md: the document `a.md` is blank"),
        ({"docs/a.md": b"\xff\x00"}, "this is binary"),
        ({"docs/a.md": "x" * 100_001}, "has 100,001 characters, more than 100,000: cut it"),
    ],
)
def test_documents_that_cannot_be_embedded_are_told(read, repo, files, fault):
    repo.write(files)
    assert fault in "\n".join(read("../docs/*.md")[1])


def test_a_corpus_that_is_too_large_is_told(read, monkeypatch):
    monkeypatch.setattr("promptci.suite.corpus.MOST_CHARACTERS", 3)
    assert read("../docs/**/*.md")[0] == []
    assert "keep it in a search service" in read("../docs/**/*.md")[1][-1]


def test_rows_without_a_text_are_told_with_their_line(read, repo):
    repo.write({"rows.jsonl": '{"id": "a", "text": "A"}\n{"id": "b"}\n'})
    assert read("../rows.jsonl") == (
        ["a"],
        ["rows.jsonl:2:1: a document needs an `id` and a `text`: add them"],
    )


def test_the_files_of_a_corpus_are_those_that_are_read():
    node = Node("../docs/**/*.md", Mark(""))
    found = corpus_files(
        lambda folder: [f"{folder}/a.md", f"{folder}/x/b.md"], "prompts/p.yaml", node
    )
    assert list(found) == ["docs/a.md", "docs/x/b.md"]
