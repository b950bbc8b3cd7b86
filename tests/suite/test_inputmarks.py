"""Golden inputs that a text holds are found alike, whether their beginnings are known or not."""

import pytest

from projects import MemoryTree, example, jsonl
from promptci.remembered import REMEMBERED
from promptci.suite import golden
from promptci.suite import outlines as packed_outlines
from promptci.suite.golden import Golden
from promptci.suite.leakedexamples import shown_examples
from promptci.suite.loading import load_suite
from promptci.suite.outlines import input_marks, outlines
from tables import every_row

LONG = ("\u201c " * 40) + "Stra\xdfe nach Hause, bitte"
ROWS = [
    example("short", "Hello there", "x"),
    example("odd", LONG, "x"),
    example("twelve", "TWELVE chars", "x"),
    *(example(f"n{n}", f"A ticket with number {n:04}", "x") for n in range(8)),
]
FILES = {
    "evals/r.yaml": "examples: r.jsonl\nscorers: [equals]\n",
    "evals/r.jsonl": jsonl(ROWS),
}


def prompt(text, shots=""):
    return f"messages: [{{role: user, content: '{text}: {{{{ ticket }}}}'}}]\n{shots}"


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """The ids of examples that a prompt shows, and whether the data file was parsed for it."""
    monkeypatch.setattr(packed_outlines, "_AT_ONCE", 2)  # more than one piece is kept
    parsed, read = [], golden._READERS[".jsonl"]
    monkeypatch.setitem(golden._READERS, ".jsonl", lambda *of: parsed.append(of) or read(*of))

    def show(source, *, is_known):
        REMEMBERED.keep_in(lambda: tmp_path / ".promptci")
        suite = load_suite(MemoryTree({**FILES, "prompts/r.yaml": source}))
        if is_known:
            list(outlines(Golden.of(suite.tree, suite.evals["r"])))
        there = Golden.of(suite.tree, suite.evals["r"])
        assert (input_marks(there) is not None) == is_known
        parsed.clear()
        found = [each.id for each in shown_examples(there, suite.prompts["r"])]
        return found, bool(parsed)

    return show


@every_row(
    ("source", "ids", "is_parsed"),
    [
        (prompt("Say it"), [], False),
        (prompt("Hello there, go on"), [], False),
        (prompt("All tickets with numbers"), [], False),
        (prompt("xtwelve, CHARS"), ["twelve"], True),
        (prompt("From: STRASSE nach hause bitte now"), ["odd"], True),
        (prompt("A ticket with number 0007"), ["n7"], True),
        (prompt("A ticket with numbers"), [], True),
        (
            prompt("Say it", "shots: [{vars: {ticket: A ticket with number 0003}, output: x}]\n"),
            ["n3"],
            True,
        ),
    ],
)
def test_a_file_is_read_only_where_one_of_its_inputs_may_be_in_the_text(
    shown, source, ids, is_parsed
):
    assert shown(source, is_known=False) == (ids, True)
    assert shown(source, is_known=True) == (ids, is_parsed)
