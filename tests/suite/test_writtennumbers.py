"""Numbers in files of examples, and what is sent of them."""

from itertools import chain

from projects import PROMPT, MemoryTree
from promptci.scorers.base.reach import Reach
from promptci.scorers.registry.catalogue import SCORERS as KNOWN
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden
from promptci.suite.lint import lint_examples
from promptci.suite.loading import load_suite
from promptci.suite.writtennumbers import AS_TEXT, in_scorers, text_scorer
from tables import every_row

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


SCORERS = """examples:
  - {vars: {ticket: a}, expected: 1.10}
  - vars: {ticket: b}
    expected: [2.5, 3.90]
scorers:
  - SCORER
"""


def doubts(**files):
    tree = {"prompts/a.yaml": PROMPT, **{f"evals/{name}": text for name, text in files.items()}}
    suite = load_suite(MemoryTree(tree))
    spec = suite.evals["a"]
    golden = Golden.of(suite.tree, spec)
    compared_by = text_scorer(Judges(spec, Reach(lambda *_: None), []).shared)
    found = lint_examples(golden, suite.prompts["a"], compared_by)
    told = chain(found, in_scorers(suite.tree, spec.scorers))
    return [(fault.line, fault.message) for fault in told]


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


@every_row(
    "scorer, name",
    [
        ("contains", "contains"),
        ("short_answer", "short_answer"),
        ("any_of: [numeric, {set_f1: {threshold: 0.5}}]", "set_f1"),
        ('equals: "{{ expected }}"', "equals"),
        ("numeric", ""),
        ("equals", ""),
        ("contains: shipped", ""),
    ],
)
def test_an_expectation_that_is_compared_as_text_is_named(scorer, name):
    told = doubts(**{"a.yaml": SCORERS.replace("SCORER", scorer)})
    said = f"`expected: 1.10` is a number and is compared as `1.1` by `{name}`"
    more = "and 1 more is compared otherwise: put quotes around it to compare it as written"
    assert told == ([(2, f"{said}, {more}")] if name else [])


@every_row(
    "scorer, literal, name",
    [
        ("starts_with: 1.30", "1.30", "starts_with"),
        ("icontains-any: [1.3, +4]", "+4", "icontains-any"),
        ("one_of: {values: [1.0, 2.50]}", "2.50", "one_of"),
        ("not: {any_of: [{contains: 1e3}]}", "1e3", "contains"),
        ("numeric: 2.50", "", ""),
        ('contains: "1.30"', "", ""),
    ],
)
def test_a_number_of_a_scorer_that_compares_text_is_named(scorer, literal, name):
    told = [message for line, message in doubts(**{"a.yaml": SCORERS.replace("SCORER", scorer)})]
    assert [each.partition(" is compared")[0] for each in told] == (
        [f"`{literal}` is a number and"] if name else []
    )
    assert all(f" by `{name}`: put quotes" in each for each in told)


def test_all_scorers_that_are_known_to_read_text_exist():
    assert set(KNOWN) >= AS_TEXT
