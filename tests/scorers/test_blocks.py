"""Fenced blocks, and the form of an answer as several checks in one."""

from tables import every_row

ONE = "```python\nprint(1)\n```"
TWO = f"{ONE}\nand\n~~~ json\n{{}}\n~~~"
BLOCKS = [
    ({}, ONE, True, ""),
    ({}, f"Sure:\n{ONE}\nDone.", True, ""),
    ({}, "print(1)", False, "no fenced block"),
    ({}, "`print(1)`", False, "no fenced block"),
    ({}, "```\n```", False, "the fenced block is empty"),
    ({}, "```python\n \n```", False, "the fenced block is empty"),
    ({}, "a\n```python\nprint(1)", False, "the fence in line 2 is not closed"),
    ({}, "````md\n```py\n1\n```\n````", True, ""),
    ({}, "", False, "no fenced block"),
    ({"language": "python"}, ONE, True, ""),
    ({"language": "py"}, ONE, True, ""),
    ({"language": "Python"}, "```PY title=x\n1\n```", True, ""),
    ({"language": ["json", "yaml"]}, TWO, True, ""),
    ({"language": "python"}, "```{.python}\n1\n```", True, ""),
    ({"language": "python"}, "```{python}\n1\n```", True, ""),
    ({"language": "json"}, ONE, False, 'no fenced block of json: found "python"'),
    ({"language": "json"}, "```\n{}\n```", False, 'no fenced block of json: found "no language"'),
    ({"single": True}, ONE, True, ""),
    ({"single": True}, TWO, False, "2 fenced blocks, one wanted"),
    ({"alone": True}, f"\n{ONE}\n\n", True, ""),
    ({"alone": True}, f"Sure:\n{ONE}", False, "text around the fenced block"),
    ({"alone": True}, f"{ONE}\nDone.", False, "text around the fenced block"),
    ({"alone": True}, TWO, False, "text around the fenced block"),
    ({"fence": False}, "print(1)", True, ""),
    ({"fence": False}, f"a\n{ONE}", False, "a fenced block in line 2"),
    ({"fence": False}, "a\n```", False, "a fenced block in line 2"),
    ({}, "```\n" * 2_500_000, False, "more than 1,000 fenced blocks"),
]


@every_row(("options", "output", "passed", "why"), BLOCKS)
def test_code_block(score, options, output, passed, why):
    found = score({"code_block": options}, output)
    assert (found.value, found.passed, found.why) == (float(passed), passed, why)


FORMATS = [
    ({"json": True}, "{}", 1.0, ""),
    ({"json": True, "no_fence": True}, "```json\n{}\n```", 0.0, None),
    (
        {"json": True, "no_fence": True},
        "{} and more",
        0.5,
        "json: not JSON: extra data in line 1, column 4",
    ),
    ({"json": True, "fence": "json"}, "```json\n{}\n```", 1.0, ""),
    ({"json": True, "fence": "json"}, "{}", 0.0, "json: no fenced block; fence: no fenced block"),
    (
        {"json": True, "fence": True},
        "Sure:\n```\n{}\n```",
        0.5,
        "fence: text around the fenced block",
    ),
    ({"schema": {"type": "object"}}, "[1]", 0.0, "schema: $: [1] is not of type 'object'"),
    ({"json": True, "schema": {"type": "object"}}, "{}", 1.0, ""),
    ({"xml": True, "one_line": True}, "<a>\n</a>", 0.5, "one_line: 2 lines"),
    ({"html": True}, "<p>x</p>", 1.0, ""),
    ({"yaml": True}, "a: 1", 1.0, ""),
    ({"sql": "postgres"}, "SELECT a::int", 1.0, ""),
    ({"sql": True}, "hello", 0.0, "sql: not SQL: hello is no statement that is known here"),
    (
        {"max_words": 2, "min_words": 2},
        "one two three",
        0.5,
        "max_words: 3 words, at most 2 allowed",
    ),
    ({"max_chars": 3, "max_lines": 1, "min_lines": 1, "min_chars": 1}, "abc", 1.0, ""),
    ({"one_line": True}, "a\n", 1.0, ""),
    ({"one_line": True, "trimmed": True}, " a", 0.5, "trimmed: there is white space around it"),
    ({"starts_with": "Dear", "ends_with": "."}, "Dear Ann.\n", 1.0, ""),
    (
        {"starts_with": "Dear", "ends_with": "."},
        "Hi",
        0.0,
        'starts_with: not "Dear"; ends_with: not "."',
    ),
    ({"pattern": r"^\d+$"}, "12", 1.0, ""),
    ({"pattern": r"^\d+$"}, "x", 0.0, "pattern: does not match"),
    ({"pattern": "(a|aa)+$", "one_line": True}, "a" * 60 + "!", 0.5, "pattern: regex timed out"),
    ({"no_markdown": True}, "A plain - honest - answer, 3 * 4 = 12. See a_b_c.", 1.0, ""),
    ({"no_markdown": True}, "# Title", 0.0, 'no_markdown: found "#"'),
    ({"no_markdown": True}, "a\n- item", 0.0, 'no_markdown: found "-"'),
    ({"no_markdown": True}, "1. item", 0.0, 'no_markdown: found "1."'),
    ({"no_markdown": True}, "this is **bold**", 0.0, 'no_markdown: found "**bold**"'),
    ({"no_markdown": True}, "run `x`", 0.0, 'no_markdown: found "`x`"'),
    ({"no_markdown": True}, "see [x](http://y)", 0.0, 'no_markdown: found "[x](http://y)"'),
    ({"no_markdown": True}, "| a | b |\n", 0.0, 'no_markdown: found "| a | b |"'),
]


@every_row(("options", "output", "value", "why"), FORMATS)
def test_format(score, options, output, value, why):
    found = score({"format": options}, output)
    assert (found.value, found.passed) == (value, value == 1.0)
    assert why is None or found.why.startswith(why)


def test_format_is_reported_apart_from_content(bound):
    assert bound({"format": {"json": True}}).is_format
    assert not bound({"format": {"json": True}}).needs_expected


BAD = [
    ({"code_block": {"fence": False, "language": "x"}}, "`fence: false` allows no block"),
    ({"format": {}}, "`format` has nothing to check: add an option such as `json: true`"),
    ({"format": {"json": False}}, "`format` has nothing to check"),
    ({"format": {"fence": True, "no_fence": True}}, "`fence` and `no_fence` cannot both hold"),
    ({"format": {"pattern": "("}}, "`pattern` not a regular expression"),
    ({"format": {"schema": {"$ref": "http://x.test"}}}, "`$ref: http://x.test` leads outside"),
    ({"format": {"sql": "klingon"}}, "`dialect`: Unknown dialect 'klingon'"),
    ({"format": {"jsn": True}}, "unknown key `jsn`: did you mean `json`?"),
]


@every_row(("scorer", "message"), BAD)
def test_options_that_cannot_be(faults, scorer, message):
    [said] = faults(scorer)
    assert said.startswith(message)
