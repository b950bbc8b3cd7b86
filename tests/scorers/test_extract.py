"""The part of an answer that is scored, and what happens where it is not there."""

import json

from tables import every_row

FENCED = 'Sure!\n```json\n{"a": {"b": [1, 2]}}\n```\nAnd:\n~~~sql\nSELECT 1;\n~~~\n'
CASES = [
    # extract, output, part
    ({"json": "a.b[1]"}, '{"a": {"b": [1, 2]}}', "2"),
    ({"json": "a.b"}, FENCED, "[1, 2]"),
    ({"json": "name"}, 'So: {"name": "Ann", "age": 3}. Done.', "Ann"),
    ({"json": "name"}, 'See [1]: {not json} but {"name": "Ann"}', "Ann"),
    ({"json": "[0]"}, "Here: [3, 4]", "3"),
    ({"json": "@"}, "42", "42"),
    ({"json": "length(@)"}, "[1, 2, 3]", "3"),
    ({"json": "ok"}, '{"ok": false}', "false"),
    ({"json": "x"}, '```\nnot json\n```\n```json\n{"x": "y"}\n```', "y"),
    ({"regex": r"total: (\d+)"}, "total: 12, total: 13", "12"),
    ({"regex": r"\d+"}, "total: 12", "12"),
    ({"regex": r"(\d+)-(\d+)", "group": 2}, "3-4", "4"),
    ({"regex": r"(\d+)-(\d+)", "group": 0}, "3-4", "3-4"),
    ({"regex": r"(?P<year>\d{4})", "group": "year"}, "in 2024", "2024"),
    ({"after": "Answer:"}, "Answer: 1\nno, Answer:  2 \n", "2"),
    ({"after": "Answer:", "first": True}, "Answer: 1\nno, Answer: 2", "1\nno, Answer: 2"),
    ({"fence": "json"}, FENCED, '{"a": {"b": [1, 2]}}'),
    ({"fence": "SQL"}, FENCED, "SELECT 1;"),
    ({"fence": "any"}, "  ```\n  x\n  ```", "  x"),
    ({"fence": "python"}, "````python title=a\n```\nx\n```\n````", "```\nx\n```"),
    ({"fence": "any"}, "```\nno end\nhere", "no end\nhere"),
    ({"fence": "any"}, "```a``` is inline\n```\nx\n```", "x"),
    ({"fence": "any"}, "```\r\nx\r\n```", "x\r"),
    ({"fence": "any"}, "```\n```", ""),
    ({"line": "last"}, "I think…\n\nbilling \n\n", "billing"),
    ({"line": "first"}, "\n billing\nbecause", "billing"),
    ([{"fence": "json"}, {"json": "a.b[0]"}], FENCED, "1"),
    ([{"after": "Answer:"}, {"line": "first"}], "Answer: 42\nThat is it.", "42"),
    ({"line": "last"}, "x\n" * 500_000 + "y", "y"),
    ({"fence": "any"}, "\n" * 1_000_000 + "```\ny\n```", "y"),
]


@every_row(("extract", "output", "part"), CASES)
def test_extract(score, extract, output, part):
    assert score({"equals": {"extract": extract, "value": [part]}}, output).why == ""


OPTIONAL = [
    ({"after": "Answer:", "optional": True}, "42", "42"),
    ({"after": "Answer:", "optional": True}, "Answer: 42", "42"),
    ({"regex": r"x=(\d)", "optional": True}, "y", "y"),
    ({"json": "queue", "optional": True}, "billing", "billing"),
    ([{"fence": "json", "optional": True}, {"json": "a"}], '{"a": 1}', "1"),
    ({"after": "</think>"}, "Yes", "Yes"),
    ({"after": "[/THINK]"}, "Yes", "Yes"),
    ({"regex": "(?s)</think>(.*)"}, "Yes", "Yes"),
    ({"after": "</think>"}, "no</think> Yes", "Yes"),
]


@every_row(("extract", "output", "part"), OPTIONAL)
def test_an_optional_step_takes_what_is_there(score, extract, output, part):
    assert score({"equals": {"extract": extract, "value": part}}, output).passed


def test_a_step_that_wants_thoughts_finds_none_and_fails(score):
    scorer = {"equals": {"extract": {"regex": "<think>(.*)</think>"}, "value": "Yes"}}
    assert not score(scorer, "Yes").passed


MISSING = [
    ({"json": "b"}, '{"a": 1}', "extract: nothing at `b`"),
    ({"json": "a"}, "plain words", "extract: not JSON: expecting value in line 1, column 1"),
    ({"json": "a"}, "", "extract: not JSON: expecting value in line 1, column 1"),
    ({"json": "length(a)"}, '{"a": 1}', "extract: In function length(), invalid type for value: 1"),
    ({"json": "nope(a)"}, "{}", "extract: Unknown function: nope()"),
    ({"json": "x"}, '{"y": ' * 50_000 + '{"x": 1}', "extract: not JSON: nested more than 100 deep"),
    ({"json": "a"}, "[" * 500_000, "extract: not JSON: nested more than 100 deep"),
    ({"json": "a"}, '{"a":' * 100 + "1," * 400_000, "extract: not JSON: "),
    ({"json": "a"}, "{" * 500_000, "extract: not JSON: expecting property name"),
    ({"regex": "x"}, "abc", "extract: the regex matches nothing"),
    ({"regex": "(x)|abc"}, "abc", "extract: group 1 took no part in the match"),
    ({"regex": "(a|aa)+$"}, "a" * 99 + "!", "extract: regex timed out after 0.05 s"),
    ({"after": "Answer:"}, "answer: 3", "extract: no `Answer:` in the output"),
    ({"fence": "json"}, "```\n{}\n```", "extract: no fenced block of `json`"),
    ({"fence": "any"}, "none", "extract: no fenced block"),
    ({"fence": "any"}, "```" + "a" * 500_000 + "`", "extract: no fenced block"),
    ({"line": "last"}, " \n\t\n", "extract: the output is blank"),
]


@every_row(("extract", "output", "why"), MISSING)
def test_where_there_is_no_such_part_the_answer_fails_even_under_not(score, extract, output, why):
    for options in ({"extract": extract}, {"extract": extract, "not": True, "threshold": 0}):
        found = score({"equals": {"value": "x", **options}}, output)
        assert (found.value, found.passed) == (0.0, False)
        assert found.why.startswith(why)


FAULTY = [
    ({}, "`extract` takes exactly one of `json`, `regex`, `after`, `fence`, `line` in a step"),
    ({"json": "a", "line": "last"}, "`extract` takes exactly one of "),
    ({"json": "a.[b"}, "`json`: "),
    ({"json": ""}, "`json`: "),
    ({"json": "a" + ".a" * 500}, "`json`: the path has 1,001 characters: at most 1,000"),
    ({"json": "[" * 1_000}, "`json`: "),
    ({"regex": "("}, "`regex`: not a regular expression: missing ) at character 2: fix it"),
    ({"regex": "a(b)", "group": 2}, "`regex`: there is no group 2 in the pattern: it has 1"),
    ({"regex": "a(b)", "group": "x"}, "`regex`: there is no group x in the pattern: it has 1"),
    ({"after": ""}, "`after`: is empty: write the text before the answer"),
    ({"line": "last", "group": 1}, "`group` goes with `regex`: drop it"),
    ({"fence": "any", "first": True}, "`first` goes with `after`: drop it"),
    ({"jsonpath": "a"}, "unknown key `extract.jsonpath`: did you mean `json`?"),
]


@every_row(("extract", "message"), FAULTY)
def test_a_bad_extract_is_a_fault_before_anything_runs(faults, extract, message):
    [said] = faults({"equals": {"value": "x", "extract": extract}})
    assert said.startswith(message)


def test_each_bad_step_is_named(faults):
    assert len(faults({"equals": {"value": "x", "extract": [{"json": "["}, {"regex": "["}]}})) == 2


def test_what_is_extracted_is_what_is_scored(score):
    scorer = {"json_fields": {"extract": {"json": "result"}}}
    output = json.dumps({"thinking": "…", "result": {"a": 1}})
    assert score(scorer, output, {"a": 1}).passed
