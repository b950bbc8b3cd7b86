"""Numbers in files of examples, and what is sent of them."""

from projects import PROMPT, MemoryTree
from promptci.suite.golden import Golden
from promptci.suite.lint import lint_examples
from promptci.suite.loading import load_suite

INLINE = """scorers: [equals]
examples:
  - {vars: {ticket: 1.10}, expected: 2.50}
  - {vars: {ticket: "3.10"}, expected: x}
  - vars:
      ticket: 1e3
    expected: y
  - {vars: {ticket: 4.5}, expected: z}
  - {vars: {ticket: 17}, expected: w}
  - {vars: {ticket: +5}, expected: w}
"""
ROWS = """{"vars": {"ticket": 7.5}, "expected": "x"}
{"vars": {"ticket": 7.20}, "expected": "y"}
{"vars": {"ticket": "7.30"}, "expected": "z"}
"""
CURE = "put quotes around it to send it as written"


def doubts(**files):
    tree = {"prompts/a.yaml": PROMPT, **{f"evals/{name}": text for name, text in files.items()}}
    suite = load_suite(MemoryTree(tree))
    golden = Golden.of(suite.tree, suite.evals["a"])
    return [(fault.line, fault.message) for fault in lint_examples(golden, suite.prompts["a"])]


def test_numbers_that_are_not_sent_as_written_are_said_once_a_file():
    said = f"`ticket: 1.10` is a number and is sent as `1.1`, and 2 more are sent otherwise: {CURE}"
    assert doubts(**{"a.yaml": INLINE}) == [(3, said)]


def test_a_number_of_jsonl_is_looked_up_in_its_row():
    spec = "examples: a.jsonl\nscorers: [equals]\n"
    said = f"`ticket: 7.20` is a number and is sent as `7.2`: {CURE}"
    assert doubts(**{"a.yaml": spec, "a.jsonl": ROWS}) == [(2, said)]


def test_numbers_that_are_sent_as_written_and_texts_are_not_spoken_of():
    rows = "".join(line for line in ROWS.splitlines(keepends=True) if "7.20" not in line)
    spec = "examples: a.jsonl\nscorers: [equals]\n"
    assert doubts(**{"a.yaml": spec, "a.jsonl": rows}) == []
