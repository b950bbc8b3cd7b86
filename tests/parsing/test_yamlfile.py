"""YAML is read as people mean it, and hostile or broken files end in sentences with places."""

import json
import subprocess
import sys

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from effort import done_within
from promptci.errors import SpecError
from promptci.parsing import yamlguard
from promptci.parsing.source import Mark
from promptci.parsing.yamlfile import load_yaml
from tables import every_row


@pytest.fixture(params=["C", "pure"])
def parser(request, monkeypatch):
    """libyaml's parser, and PyYAML's own for installations without it."""
    loader = yaml.CSafeLoader if request.param == "C" else yaml.SafeLoader
    monkeypatch.setattr(yamlguard, "LOADER", loader)


def load(text):
    return load_yaml(text.encode(), "a.yaml")


def faults(data):
    with pytest.raises(SpecError) as caught:
        load_yaml(data if isinstance(data, bytes) else data.encode(), "a.yaml")
    return [str(fault) for fault in caught.value.faults]


PROMPT = """\
# A comment
description: Route a ticket.
messages:
  - role: system
    content: |
      You route
      support tickets.
  - {role: user, content: "{{ ticket }}"}
parameters:
  max_tokens: 8
"""


@pytest.mark.usefixtures("parser")
def test_every_value_and_key_knows_its_line_and_column():
    node = load(PROMPT)
    assert node.plain() == {
        "description": "Route a ticket.",
        "messages": [
            {"role": "system", "content": "You route\nsupport tickets.\n"},
            {"role": "user", "content": "{{ ticket }}"},
        ],
        "parameters": {"max_tokens": 8},
    }
    assert node.mark == Mark("a.yaml", 2, 1)
    assert node.get("messages", 0, "content").mark == Mark("a.yaml", 5, 14)
    assert node.get("messages", 1, "content").mark == Mark("a.yaml", 8, 27)
    assert node.get("messages", 1).key_mark("content") == Mark("a.yaml", 8, 18)
    assert node.get("parameters").key_mark("max_tokens") == Mark("a.yaml", 10, 3)


@every_row(
    "text",
    [
        *["no", "No", "NO", "yes", "on", "off", "y", "n", "nO", "tRUE", "nil", "None", "undefined"],
        *["012", "-012", "00", "08", "012.5", "1_000", "1:30", "12:30:45", "0b101", "0o8", "0xG"],
        *["2026-01-01", "2026-01-01T10:00:00Z", "1.2.3", "1,5", "1e", "e5", ".", "+", ".."],
        *["=", "--", "0x", "+0x1F", "-0o7", "١٢", "1 000", "5%", "inf", "nan", "Infinity"],
    ],
)
@pytest.mark.usefixtures("parser")
def test_norway_and_its_neighbours_stay_text(text):
    assert load(f"key: {text}").plain() == {"key": text}


@every_row(
    ("text", "value"),
    [
        *[(word, None) for word in ("", "~", "null", "Null", "NULL")],
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        *[("0", 0), ("-0", 0), ("+12", 12), ("-7", -7), ("0o17", 15), ("0x1F", 31)],
        *[("1.5", 1.5), ("1e3", 1000.0), ("-.5E-1", -0.05), ("5.", 5.0), ("0.10", 0.1)],
        ("9" * 4300, int("9" * 4300)),
        *[("'no'", "no"), ('"12"', "12"), ('"null"', "null"), ("'<<'", "<<")],
    ],
)
def test_core_scalars(text, value):
    found = load(f"key: {text}").plain()["key"]
    assert (found, type(found)) == (value, type(value))


def test_keys_are_text_exactly_as_written():
    text = "no: 1\non: 2\n012: 3\n1.50: 4\ntrue: 5\n2026-01-01: 6\n'': 7\n'null': 8\n'<<': 9\n"
    written = ["no", "on", "012", "1.50", "true", "2026-01-01", "", "null", "<<"]
    assert list(load(text).plain()) == written


@every_row(
    "data",
    [
        "\ufeffa: 1\nb: 2\n".encode(),
        b"a: 1\r\nb: 2\r\n",
        b"a: 1\rb: 2\r",
        b"%YAML 1.2\n---\na: 1\nb: 2\n...\n",
    ],
)
def test_byte_order_mark_line_ends_and_directive_change_nothing(data):
    assert load_yaml(data, "a.yaml").plain() == {"a": 1, "b": 2}


def test_line_ends_are_lf_in_block_texts():
    assert load_yaml(b"a: |\r\n  one\r\n  two\r\n", "a.yaml").plain() == {"a": "one\ntwo\n"}


@pytest.mark.usefixtures("parser")
def test_unicode_line_separators_are_text_and_no_line_ends():
    node = load(
        "a: one\u2028two\x85three\u2029\ue000\nb: |\n  x\u2028y\nc: '\u2028'\nd: \"\\uE001\"\n"
    )
    assert node.plain() == {
        "a": "one\u2028two\x85three\u2029\ue000",
        "b": "x\u2028y\n",
        "c": "\u2028",
        "d": "\ue001",
    }
    assert node.get("c").mark.line == 4


@pytest.mark.usefixtures("parser")
def test_aliases_share_the_value_and_its_place():
    node = load("a: &x {k: [1, 2]}\nb: *x\n&n name: *x\nc: *n\n")
    assert node.plain() == {name: {"k": [1, 2]} for name in ("a", "b", "name")} | {"c": "name"}
    assert node.get("b", "k") is node.get("a", "k")


def test_all_independent_faults_are_reported_at_once():
    text = (
        "a: 1\nb: !!python/object:os.system x\n<<: {c: 1}\na: 2\nd: .nan\n"
        "? [x]\n: 1\n~: 3\ne: !x y\n"
    )
    found = faults(text)
    assert [fault.split(": ")[0] for fault in found] == [
        *["a.yaml:2:4", "a.yaml:3:1", "a.yaml:4:1", "a.yaml:5:4", "a.yaml:6:3", "a.yaml:8:1"],
        "a.yaml:9:4",
    ]
    assert found[1].endswith("merge keys (`<<`) are not read: write the keys out")
    assert found[2].endswith("`a` is there twice, first on line 1: keep one")
    assert "`.nan` is not a number that JSON can hold: put quotes around it" in found[3]


def test_a_syntax_error_comes_after_the_faults_above_it():
    assert [fault[:10] for fault in faults("a: 1\na: 2\nb: @x\n")] == ["a.yaml:2:1", "a.yaml:3:4"]


def test_a_duplicate_key_far_down_names_both_lines():
    text = "".join(f"key{n}: {n}\n" for n in range(1, 7000)) + "key431: again\n"
    assert faults(text) == ["a.yaml:7000:1: `key431` is there twice, first on line 431: keep one"]


def test_a_file_of_nothing_but_faults_stops_at_a_hundred():
    assert len(faults("a: 1\n" * 20_000)) == 100


@every_row(
    ("text", "fault"),
    [
        ("", "a.yaml: the file is empty: write `key: value` lines"),
        ("\n# only a comment\n", "a.yaml: the file is empty: write `key: value` lines"),
        ("---\n", "a.yaml: the file is empty: write `key: value` lines"),
        ("a:\n\tb: 1\n", "a.yaml:2:1: a tab cannot indent in YAML: use spaces"),
        ("a: b\n\tc: d\n", "a.yaml:2:1: a tab cannot indent in YAML: use spaces"),
        ("a: |\n\tfoo\n", "a.yaml:2:1: a tab cannot indent in YAML: use spaces"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2:1: a second document starts here: keep one to a file"),
        (
            "a: b: c\n",
            "a.yaml:1:5: a `: ` is not allowed here: put quotes around the text that holds",
        ),
        ("a: 1\n  b: 2\n", "a.yaml:2:4: a `: ` is not allowed here: "),
        ("a: @x\n", 'a.yaml:1:4: a text cannot start with "@": put quotes around the text'),
        ("a: `x`\n", 'a.yaml:1:4: a text cannot start with "`": put quotes around the text'),
        ("a: %x\n", 'a.yaml:1:4: a text cannot start with "%": put quotes around the text'),
        ("a: **bold**\n", 'a.yaml:1:4: a text cannot start with "*": put quotes around the text'),
        ("a: & b\n", 'a.yaml:1:4: a text cannot start with "&": put quotes around the text'),
        ("a: *b\n", "a.yaml:1:4: `*b` refers to nothing: define `&b` above, or put quotes"),
        ("a: , b\n", 'a.yaml:1:4: "," is no value: put quotes around the text'),
        ("a: [\n", "a.yaml:2:1: the list or mapping in brackets is never closed: add its end"),
        ("a: {b: [1,\n", "a.yaml:2:1: the list or mapping in brackets is never closed: add its"),
        ("a: !important\n", "a.yaml:1:4: the tag `!important` is not read: delete it, or put"),
        ("a: !e!x y\n", "a.yaml:1:4: a text cannot start with `!`: put quotes around the text"),
        ("a: {{ x }}\n", "a.yaml:1:5: a list, mapping or alias cannot be a key: put quotes around"),
        (
            "a: {{ x }}!\n",
            "a.yaml:1:5: a list, mapping or alias cannot be a key: put quotes around",
        ),
        ('a: "b" c\n', "a.yaml:1:8: this follows a value that is complete already: put quotes"),
        ('b: 1\na: "b\n', "a.yaml:2:4: this quote is never closed: add the closing one"),
        ("a: 1\nfoo\nb: 2\n", "a.yaml:2:1: this line is no `key: value`: add the colon, or indent"),
        ("a: 1\n- b\n", "a.yaml:2:1: this does not fit the value begun on line 1: fix the inden"),
        ("a: - b\n", "a.yaml:1:4: a list cannot start here: begin it on its own line"),
        ("a: [1\nb: 2\n", "a.yaml:2:2: the list or mapping in brackets opened on line 1 lacks a"),
        (
            "a: {b: 1\n",
            "a.yaml:2:1: the list or mapping in brackets opened on line 1 lacks a comma",
        ),
        ("a: > text\n", "a.yaml:1:4: after `|` or `>` the text begins on the next line: do so, or"),
        ("%x: 1\n", "a.yaml:1:2: a line cannot start with `%`: put quotes around the text"),
        ("%YAML 3.0\n---\na: 1\n", "a.yaml:1:1: a line cannot start with `%`: put quotes around"),
        (
            'a: "b\nc: ["x"]\n',
            "a.yaml:2:6: the quote opened on line 1 is only closed here: close it where it ends",
        ),
        ('"""A script\n"""\n', "a.yaml:1:3: this follows a value that is complete already: put q"),
        ("a: 1\n...\nb: 2\n", "a.yaml:3:1: the value ended before this line: fix the indentation"),
        ("x: 1\ny: ab\x07c\n", "a.yaml:2:6: the control character U+0007 is not allowed in YAML: "),
        ("a: 1e999\n", "a.yaml:1:4: `1e999` is too large for a number: put quotes around it"),
        ("a: -.INF\n", "a.yaml:1:4: `-.INF` is not a number that JSON can hold: put quotes around"),
        (f"a: {'9' * 4301}\n", f"a.yaml:1:4: `{'9' * 40}…` has too many digits for a number"),
        (
            f"a: 0x{'F' * 900_000}\n",
            f"a.yaml:1:4: `0x{'F' * 38}…` has too many digits for a number",
        ),
        ("a: &x [*x]\n", "a.yaml:1:8: `*x` refers to the value it is part of: write it out"),
        (
            "a: &x {b: {c: *x}}\n",
            "a.yaml:1:15: `*x` refers to the value it is part of: write it out",
        ),
        ("? a\n: 1\n? &x {}\n: 2\n", "a.yaml:3:3: a list, mapping or alias cannot be a key"),
    ],
)
@pytest.mark.usefixtures("parser")
def test_a_fault_is_one_sentence_with_its_place_and_cure(text, fault):
    found = faults(text)
    if not text.startswith("%x"):  # PyYAML's own parser points at the text behind
        assert found[0].startswith(fault)
    assert len(found) == 1
    assert "\n" not in found[0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (r'a: "\d"', r"no such escape in double quotes: write `\\` or use single quotes"),
        (r'a: "\xZZ"', "no such character escape: write the character itself"),
    ],
)
@pytest.mark.usefixtures("parser")
def test_escapes_that_do_not_exist(text, fault):
    (found,) = faults(text)
    assert found.endswith(fault)


@pytest.mark.usefixtures("parser")
def test_half_a_surrogate_pair_is_refused():
    (found,) = faults(r'a: "\ud83d\ude00"')
    assert found.startswith("a.yaml:1:4: ")
    assert found.endswith((": write the character itself", ": write the whole one"))


@every_row(
    ("data", "fault"),
    [
        ("a: 1".encode("utf-16"), "a.yaml: this is UTF-16 text: save the file as UTF-8"),
        (b"a: 1\nb\0: 2", "a.yaml:2:2: this is binary (a NUL byte): write text in UTF-8"),
        (b"\x89PNG\r\n\x1a\n", "a.yaml:1:1: the byte 0x89 is not UTF-8: save the file as UTF-8"),
        ("a: é\nbä: ".encode() + b"\xe9", "a.yaml:2:5: the byte 0xE9 is not UTF-8: save the file"),
        (b"\xef\xbb\xbfa: \xff", "a.yaml:1:4: the byte 0xFF is not UTF-8: save the file as UTF-8"),
        (b"a: " + b"x" * 1_000_000, "a.yaml: the file is over 1 MB, the most for YAML: move its "),
    ],
)
def test_what_is_no_text_is_refused_in_one_sentence(data, fault):
    (found,) = faults(data)
    assert found.startswith(fault)


def bomb(first, line):
    """Nine levels, each naming the one above nine times."""
    lines = [f"a: &a {first}\n"]
    for above, here in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(line.format(here=here, aliases=",".join([f"*{above}"] * 9)))
    return "".join(lines)


MERGE_BOMB = bomb("{k: v}", "{here}: &{here}\n  <<: [{aliases}]\n")
ALIAS_BOMB = bomb("[x,x,x,x,x,x,x,x,x]", "{here}: &{here} [{aliases}]\n")
TEXT_BOMB = f"a: &a {'x' * 900_000}\n" + "".join(f"b{n}: *a\n" for n in range(99))
DEPTH_BOMB = "a0: &a0 1\n" + "".join(
    f"a{n}: &a{n} {'[' * 20}*a{n - 1}{']' * 20}\n" for n in range(1, 90)
)


@every_row(
    ("text", "fault"),
    [
        (MERGE_BOMB, "merge keys (`<<`) are not read: write the keys out"),
        (ALIAS_BOMB, "the file is too large with its aliases written out (over 200,000)"),
        (TEXT_BOMB, "the file is too large with its aliases written out (over 200,000)"),
        (DEPTH_BOMB, "a.yaml:3:29: `*a1` nests deeper than 32 levels: flatten it"),
        ("a: &a 1\nb: [" + "*a," * 101 + "]", "a.yaml:2:305: more than 100 aliases: write the"),
        ("[" * 100_000, "nested deeper than 32 levels: flatten this"),
        ("{" * 100_000, "nested deeper than 32 levels: flatten this"),
        ("[{" * 50_000, "nested deeper than 32 levels: flatten this"),
        ("- " * 100_000, "a.yaml:1:65: nested deeper than 32 levels: flatten this"),
        ("? " * 100_000, "a.yaml:1:65: nested deeper than 32 levels: flatten this"),
        ("!!map {" * 100_000, "nested deeper than 32 levels: flatten this"),
        ("a: " * 300_000, "a.yaml:1:5: a `: ` is not allowed here"),
        ("<<: 1\n" * 20_000, "a.yaml:1:1: merge keys"),
        ("[" * 900_000, "nested deeper than 32 levels: flatten this"),
        ("[" + "1," * 499_000 + "]", "a.yaml:1:1: the file is too large with so many values"),
        ("- 1\n" * 249_000, "a.yaml:1:1: the file is too large with so many values"),
        ("- {a: 1}\n" * 110_000, "a.yaml:1:1: the file is too large with so many values"),
        ("[" + "''," * 330_000 + "]", "a.yaml:1:1: the file is too large with so many values"),
        ("[" + "[]," * 330_000 + "]", "a.yaml:1:1: the file is too large with so many values"),
        ("[" + "[[]]," * 190_000 + "]", "a.yaml:1:1: the file is too large with so many values"),
        ("".join(f"{n}: 1\n" for n in range(110_000)), "with so many values"),
        ("- [&a 1]\n" * 100_000, "a.yaml:1:1: the file is too large with so many values"),
        ("--- 1\n" * 160_000, "a.yaml:1:1: the file is too large with so many values"),
        ("- 1\n" * 200_000 + "\t: [", "a.yaml:200001:1: a tab cannot indent in YAML: use spaces"),
        ("- [1]\n" * 60_000 + "}", "a.yaml:60001:1: this does not fit the value begun on line 1"),
        ("- !x 1\n" * 140_000, "a.yaml:1:3: the tag `!x` is not read"),
        ('"' + "a" * 900_000, "a.yaml:1:1: this quote is never closed: add the closing one"),
        ("a: &a [*a]", "refers to the value it is part of"),
    ],
)
def test_hostile_files_cost_no_more_than_a_good_one(text, fault):
    found = done_within(40, read_rows, lambda: faults(text))
    assert any(fault in each for each in found)


def test_deepest_and_widest_that_are_read():
    assert load("[" * 32 + "]" * 32).plain() is not None
    assert load("a: &a 1\nb: [" + "*a," * 100 + "]").plain()["b"] == [1] * 100
    assert len(load("[" + "1," * 199_994 + "]").plain()) == 199_994
    assert "with so many values" in faults("[" + "1," * 199_995 + "]")[0]


def small_rows(count):
    row = "  - {{id: e{n}, vars: {{ticket: Where is order {n}?}}, expected: shipping, tags: [a]}}\n"
    return "examples:\n" + "".join(row.format(n=n) for n in range(count))


def read_rows():
    """Read a good file with a tenth of the rows that a file can have."""
    return load(small_rows(1_000))


def test_ten_thousand_small_rows_are_read():
    rows = small_rows(10_000)
    assert 700_000 < len(rows) < 1_000_000
    assert len(load(rows).plain()["examples"]) == 10_000


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
VALUES = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)


class Quoting(yaml.SafeDumper):
    """Writes every text in quotes, so that only the file says what is text."""

    def ignore_aliases(self, data):
        return True


Quoting.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


@settings(deadline=None)
@given(VALUES)
@example({"a": ["\u2028", "\x85", "\ue000", "\ufeff", "\x7f", "\x00"], "\ue000": "\u2029"})
def test_a_value_dumped_as_yaml_reads_back_equal(value):
    dumped = yaml.dump(value, Dumper=Quoting, allow_unicode=True)
    if value is not None:
        assert load(dumped).plain() == value


@settings(deadline=None)
@given(st.dictionaries(TEXTS, VALUES))
def test_json_is_yaml(value):
    # JSON writes DEL and C1 controls raw and YAML does not take them; escaping them suits both.
    text = json.dumps(value, ensure_ascii=False, indent=1)
    text = "".join(
        f"\\u{ord(c):04x}" if "\x7f" <= c <= "\x9f" or c in "\ufffe\uffff" else c for c in text
    )
    assert load(text).plain() == value


@settings(deadline=None)
@given(st.binary())
@example(b"\xff\xfe")
@example(b"? ")
@example(b"\xef\xbb\xbf")
def test_any_bytes_are_read_or_refused_with_a_spec_error(data):
    read_or_refused(data)


YAMLISH = st.lists(st.sampled_from(list("ab01 \n\t-?:,[]{}#&*!|>'\"%@`~<.=\r\ue000\u2028\\")))


@settings(deadline=None)
@given(YAMLISH.map("".join) | st.text(), st.sampled_from([yaml.CSafeLoader, yaml.SafeLoader]))
def test_any_text_is_read_or_refused_with_a_spec_error(text, loader):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yamlguard, "LOADER", loader)
        read_or_refused(text.encode(errors="surrogatepass"))


def read_or_refused(data):
    found = []
    try:
        json.dumps(load_yaml(data, "a.yaml").plain(), allow_nan=False)
    except SpecError as exc:
        found = exc.faults
        if not found:
            raise
    assert all(fault.path == "a.yaml" and "\n" not in fault.message for fault in found)


FUZZ = """
import random, sys
from promptci.errors import SpecError
from promptci.parsing.yamlfile import load_yaml
dice, seeds = random.Random(1), sys.argv[1:]
for _ in range(3000):
    text = bytearray(dice.choice(seeds).encode())
    for _ in range(dice.randrange(1, 12)):
        at = dice.randrange(len(text))
        noise = dice.choices(b"[]{}&*:-?|>!%<a\\n\\t\\x80\\"' ", k=dice.randrange(4))
        text[at:at + dice.randrange(3)] = bytes(noise)
    try:
        load_yaml(bytes(text * dice.choice((1, 1, 40))), "a.yaml").plain()
    except SpecError:
        pass
"""


def test_broken_files_never_kill_the_process():
    """A child, since what is feared here is a signal from the C parser and not an exception."""
    seeds = [PROMPT, MERGE_BOMB, ALIAS_BOMB, "[" * 200]
    done = subprocess.run([sys.executable, "-c", FUZZ, *seeds], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@every_row("text", ["a: 1\n---\n", "---\na: 1\n...\n", "a: 1\n---\n# the end\n"])
def test_an_end_without_a_value_is_no_second_document(text):
    assert load_yaml(text.encode(), "a.yaml").plain() == {"a": 1}


def test_printable_text_has_no_control_character():
    """That is asked before the pattern of these is compiled; each character is tried."""
    for start in range(0, 0x110000, 0x1000):
        shown = [chr(c) for c in range(start, start + 0x1000) if chr(c).isprintable()]
        assert not yamlguard._CONTROL.search("".join(shown))
