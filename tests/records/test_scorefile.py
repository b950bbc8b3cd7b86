"""Score records are written once and read everywhere: by us, by YAML readers, after any mishap."""

from math import fsum

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from promptci.errors import SpecError
from promptci.records import scorewriter
from promptci.records.record import Accepted, Parts, Record, Result, Tally
from promptci.records.scorefile import FORMAT, NewerFormatError, dump, dump_scalar, parse
from properties import usually
from tables import every_row

PATH = "evals/router.scores.yaml"
PARTS = Parts(
    "0123456789ab0123456789ab01234567",
    "11111111111111111111111111111111",
    "2e22222222222e22222222222e222222",
    "3e99999999993e99999999993e999999",
)
FINGERPRINT = "1234567890123456" * 2
A = "a" * 32


def record(results, **changes):
    """A record whose figures add up."""
    answered = [result.score for result in results if result.fate != "error"]
    return Record(
        **{
            "eval": "router",
            "model": "smollm2",
            "fingerprint": FINGERPRINT,
            "parts": PARTS,
            "score": fsum(answered) / len(answered) if answered else 0.0,
            "passed": sum(result.passed for result in results),
            "total": len(results),
            "results": tuple(results),
            "prompt": "router",
            "model_id": "local smollm2-135m-instruct",
            **changes,
        }
    )


WHOLE = record(
    [
        Result("42", "abcdef012345abcdef012345abcdef01", "error"),
        Result("no", "0" * 32, "fail", 0.3333333, (("equals", 0.0), ("not contains 2", 0.5))),
        Result("refund-2", "12345678901212345678901212345678", "pass", 1.0),
    ],
    model="gpt-4.1",
    model_id="https://api.openai.com/v1 gpt-4.1",
    version="v2",
    build="b1946",
    sampling="provider-default",
    metrics={"equals": 2 / 3, "a: b": 1.0},
    tags={"urgent": Tally(0.5, 1, 2), "älter": Tally(0, 0, 1)},
    accepted=(Accepted("no", 'Ada said: "fine"'),),
)
SMALL = record([Result("a", A, "pass", 1.0)])
BOTH = {"gpt-4.1": WHOLE, "smollm2": SMALL}

TEXT = """\
# Scores, written by `promptci run`. Commit this file; do not edit it.
format: 2
models:
  "gpt-4.1":
    model: "https://api.openai.com/v1 gpt-4.1"
    build: b1946
    prompt: router
    version: v2
    fingerprint: "12345678901234561234567890123456"
    parts: {prompt: "0123456789ab0123456789ab01234567", \
examples: "11111111111111111111111111111111", scorers: "2e22222222222e22222222222e222222", \
model: "3e99999999993e99999999993e999999"}
    sampling: provider-default
    score: 0.666667
    passed: 1
    total: 3
    metrics:
      equals: 0.666667
      "a: b": 1
    tags:
      urgent: {score: 0.5, passed: 1, total: 2}
      "älter": {score: 0, passed: 0, total: 1}
    accepted:
      "no": "Ada said: \\"fine\\""
    examples:
      "42": {is: error, score: 0, digest: "abcdef012345abcdef012345abcdef01"}
      "no": {is: fail, score: 0.333333, digest: "00000000000000000000000000000000", \
scores: {equals: 0, not contains 2: 0.5}}
      refund-2: {is: pass, score: 1, digest: "12345678901212345678901212345678"}
  smollm2:
    model: local smollm2-135m-instruct
    prompt: router
    fingerprint: "12345678901234561234567890123456"
    parts: {prompt: "0123456789ab0123456789ab01234567", \
examples: "11111111111111111111111111111111", scorers: "2e22222222222e22222222222e222222", \
model: "3e99999999993e99999999993e999999"}
    sampling: greedy
    score: 1
    passed: 1
    total: 1
    examples:
      a: {is: pass, score: 1, digest: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
"""


def read(text):
    return parse(text, PATH, "router")


def refusal(text):
    with pytest.raises(SpecError) as caught:
        read(text)
    (fault,) = caught.value.faults
    assert fault.path == PATH
    assert "\n" not in fault.message
    return fault


def rounded(record):
    """The record as six decimals keep it."""
    return replace(
        record,
        score=round(record.score, 6),
        metrics={label: round(mean, 6) for label, mean in record.metrics.items()},
        tags={tag: replace(t, score=round(t.score, 6)) for tag, t in sorted(record.tags.items())},
        results=tuple(
            replace(
                result,
                score=round(result.score, 6),
                scores=tuple((label, round(value, 6)) for label, value in result.scores),
            )
            for result in record.results
        ),
    )


# What is written


def test_the_text_is_this():
    assert dump(BOTH) == TEXT.replace('"gpt-4.1":', "gpt-4.1:")


def test_it_is_read_back_as_it_was():
    assert read(dump(BOTH)) == {"gpt-4.1": rounded(WHOLE), "smollm2": SMALL}
    assert dump(read(dump(BOTH))) == dump(BOTH)


def test_no_record_is_no_text():
    assert dump({}) == ""


def test_models_are_in_the_order_of_their_names():
    assert dump(dict(reversed(BOTH.items()))) == dump(BOTH)


def test_windows_line_ends_and_a_missing_last_one_are_taken():
    text = dump(BOTH)
    assert read(text.replace("\n", "\r\n")) == read(text[:-1]) == read(text)


SHARES = st.floats(0, 1)
NAMES = st.text(min_size=1, max_size=40) | st.sampled_from(
    [
        *(
            "yes",
            "No",
            "null",
            "~",
            "1",
            "1e5",
            "0x1F",
            "1:30",
            "2026-01-01",
            ".inf",
            "NaN",
            "true.",
        ),
        *(
            "-",
            "- a",
            "a: b",
            "a #b",
            "{a}",
            "[a",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "a,b",
            "? a",
        ),
        *("'a'", '"a"', "\\", "a\\nb", "<<", "=", "|", "?", ":", "---", "...", "_", "on the way"),
        *(" a", "a ", "a\u2028b", "a\x85b", "\x7f", "\ufeff", "\u202e", "\U000e0041", "🙂", "é"),
    ]
)
HEX = st.text("0123456789abcdef", min_size=32, max_size=32)
RESULTS = st.builds(
    lambda fate, score, **rest: Result(fate=fate, score=score if fate != "error" else 0.0, **rest),
    id=NAMES,
    digest=HEX,
    fate=st.sampled_from(["pass", "fail", "error"]),
    score=SHARES,
    scores=st.dictionaries(NAMES, SHARES, max_size=3).map(lambda pairs: tuple(pairs.items())),
)
TALLIES = st.builds(Tally, SHARES, st.integers(0, 10**6), st.integers(0, 10**6))
RECORDS = st.builds(
    record,
    st.lists(RESULTS, max_size=5, unique_by=lambda result: result.id),
    fingerprint=HEX,
    parts=st.builds(Parts, HEX, HEX, HEX, HEX),
    prompt=NAMES,
    version=NAMES | st.just(""),
    build=NAMES | st.just(""),
    model_id=NAMES,
    sampling=st.sampled_from(["greedy", "sampled", "provider-default"]),
    metrics=st.dictionaries(NAMES, SHARES, max_size=3),
    tags=st.dictionaries(NAMES, TALLIES, max_size=3),
    accepted=st.lists(
        st.builds(
            Accepted,
            NAMES,
            st.text(),
            st.text(max_size=9),
            st.sampled_from(["", "2026-01-02"]),
            st.sampled_from(["", "2026-12-31"]),
        ),
        max_size=2,
        unique_by=lambda loss: loss.id,
    ).map(tuple),
)
FILES = st.dictionaries(NAMES, RECORDS, min_size=1, max_size=2).map(
    lambda files: {name: replace(each, model=name) for name, each in files.items()}
)


@given(FILES)
def test_writing_reading_and_writing_again_gives_the_same_bytes(records):
    text = dump(records)
    found = read(text)
    assert found == {name: rounded(records[name]) for name in sorted(records)}
    assert dump(found) == text
    assert "\r" not in text


def as_yaml_has_it(record):
    """A record as it should come out of any YAML reader."""
    values = {
        "model": record.model_id,
        "build": record.build,
        "prompt": record.prompt,
        "version": record.version,
        "fingerprint": record.fingerprint,
        "parts": {name: getattr(record.parts, name) for name in PARTS.__slots__},
        "sampling": record.sampling,
        "score": record.score,
        "passed": record.passed,
        "total": record.total,
        "metrics": dict(record.metrics),
        "tags": {
            tag: {"score": t.score, "passed": t.passed, "total": t.total}
            for tag, t in record.tags.items()
        },
        "accepted": {loss.id: _accepted(loss) for loss in record.accepted},
        "examples": {
            each.id: {"is": each.fate, "score": each.score, "digest": each.digest}
            | ({"scores": dict(each.scores)} if each.scores else {})
            for each in record.results
        },
    }
    optional = ("build", "version", "metrics", "tags", "accepted", "examples")
    return {key: value for key, value in values.items() if value or key not in optional}


def _accepted(loss):
    more = {"by": loss.by, "when": loss.when, "until": loss.until}
    known = {key: text for key, text in more.items() if text}
    return {"why": loss.why, **known} if known else loss.why


@pytest.mark.slow
@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader], ids=["pure", "C"])
@usually(30)
@given(FILES)
def test_any_yaml_reader_finds_the_same(loader, records):
    found = yaml.load(dump(records), loader)
    expected = {name: as_yaml_has_it(rounded(each)) for name, each in records.items()}
    assert found == {"format": FORMAT, "models": expected}


@given(FILES)
def test_nothing_hidden_is_written(records):
    text = dump(records)
    assert not set(text) & set("\u200b\u200f\u202a\u202e\u2066\u2069\ufeff\x7f\x85\x9b\u2028\xad")


def test_the_name_of_a_file_that_is_no_unicode_can_be_written():
    assert (
        read(dump({"a": replace(SMALL, model="a", prompt="caf\udce9")}))["a"].prompt == "caf\udce9"
    )


@every_row("score", [float("nan"), float("inf")])
def test_what_is_no_number_is_never_written(score):
    with pytest.raises(ValueError, match="is no score"):
        dump({"a": replace(SMALL, score=score)})


def test_minus_zero_is_zero():
    minus = record([Result("a", A, "fail", -0.0)])
    assert dump({"a": minus}) == dump({"a": record([Result("a", A, "fail", 0.0)])})


# What is refused

GOOD = dump(BOTH)
LINES = GOOD.splitlines()


def test_a_file_cut_off_after_any_line_is_refused():
    """But for the end of a model's section, where the rest is a record of its own."""
    whole_sections = {LINES.index("  smollm2:")}
    for kept in set(range(len(LINES))) - whole_sections:
        assert refusal("\n".join([*LINES[:kept], ""])).line <= max(kept, 1)


def test_a_file_cut_off_anywhere_never_gives_other_figures():
    """Nor is it read as something else: it is refused, or it says what it said before."""
    good = read(GOOD)
    for size in range(len(GOOD)):
        try:
            found = read(GOOD[:size])
        except SpecError:
            continue
        assert found.items() <= good.items()


def test_any_line_taken_out_is_noticed():
    """But for what not every record has: a label, one of several means, an accepted loss."""
    optional = {LINES[0], "    build: b1946", "    version: v2"}
    optional |= {line for line in LINES if line.startswith(" " * 6) and "is: " not in line}
    for index, line in enumerate(LINES):
        if line not in optional:
            refusal("\n".join(LINES[:index] + LINES[index + 1 :]))


def test_any_line_doubled_is_noticed():
    for index in range(1, len(LINES)):
        refusal("\n".join(LINES[: index + 1] + LINES[index:]))


EDITS = [
    ("format: 2", "format: one", 2, "`one` is no count"),
    ("format: 2", "format: ²", 2, "`²` is no count"),
    ("format: 2", "format: 0", 3, "no `models`"),
    ("format: 2", "formt: 1", 2, "no `format`, so this is no score record"),
    ("models:", "models: {}", 3, "no `models`, so the record is cut off"),
    ("  smollm2:", "  gpt-4.1:", 27, "a second section for the model `gpt-4.1`"),
    ("  smollm2:", "  smollm2: {}", 27, "a second section"),
    ("  smollm2:", "   smollm2:", 27, "a line that does not belong here"),
    ("  smollm2:", "  smollm2 :", 27, "`smollm2 ` is not as promptci writes it"),
    ("  smollm2:", "\tsmollm2:", 27, "a line that promptci does not write"),
    ("sampling: greedy", "sampling: cold", 32, "`cold` is no way of sampling"),
    ("    sampling: greedy\n", "", 27, "no `sampling` in this section"),
    ("    build: b1946", "    built: b1946", 6, "`built` does not belong here"),
    ("    build: b1946", "    build: true", 6, "`true` is not as promptci writes it"),
    ("    build: b1946", "    build: b1946 # mine", 6, "`b1946 # mine` is not as promptci writes"),
    ("    build: b1946", '    build: "b1946"', 6, '`"b1946"` is not as promptci writes it'),
    ("    build: b1946", '    build: "b1946', 6, "is not as promptci writes it"),
    ("    metrics:", "    metrics: 1", 15, "`metrics` does not belong here"),
    ('"a: b": 1', '"a: b": 1e5', 17, "`1e5` is no number"),
    ('"a: b": 1', '"a: b": .nan', 17, "`.nan` is no number"),
    ('"a: b": 1', "equals: 1", 17, "`equals` a second time"),
    ("score: 0.666667", "score: 0.67", 12, "`score` does not add up, the examples say 0.666667"),
    ("score: 0.666667", "score: nan", 12, "`nan` is no score between 0 and 1"),
    ("    passed: 1\n    total: 3", "    passed: 2\n    total: 3", 12, "the examples say 1 of 3"),
    ("    total: 3", "    total: 4", 12, "the examples say 1 of 3"),
    ("    total: 3", "    total: -3", 14, "`-3` is no count"),
    ("    total: 3", "    total: 33333333333", 14, "is no count"),
    ("is: fail", "is: pass", 12, "`passed` or `total` does not add up, the examples say 2 of 3"),
    ("is: fail", "is: lost", 25, "no result of an example"),
    ("score: 0.333333", "score: 0.4", 12, "`score` does not add up, the examples say 0.7"),
    ("score: 0.333333", "score: 1e-5", 25, "no result of an example"),
    ("score: 0.333333", "score: 1.1", 25, "`1.1` is no score between 0 and 1"),
    ("{equals: 0, not", "{equals: 0 not", 25, "is not as promptci writes it"),
    ("{equals: 0, not", "{equals: 0, equals: 0, not", 25, "is not as promptci writes it"),
    (f'digest: "{A}"', f"digest: {A}", 37, "no result of an example"),
    ("      refund-2:", '      "no":', 26, "a second result for the example `no`"),
    ("      refund-2:", "      42:", 26, "no result of an example"),
    ("      refund-2:", '      "refund-2":', 26, '`"refund-2"` is not as promptci writes it'),
    ("{score: 0.5, passed: 1, total: 2}", "{score: 0.5, passed: 1}", 19, "is no tally"),
    ("{score: 0.5, passed: 1, total: 2}", "0.5", 19, "`0.5` is not as promptci writes it"),
    (
        '{prompt: "0123456789ab0123456789ab01234567", examples',
        '{prompt: "0123456789ab0123456789ab01234567", example',
        10,
        "not the parts",
    ),
    (f'fingerprint: "{FINGERPRINT}"', f"fingerprint: {FINGERPRINT}", 9, "is no digest"),
]


@every_row(("old", "new", "line", "said"), EDITS)
def test_what_was_edited_by_hand_is_refused_at_its_line(old, new, line, said):
    assert old in GOOD
    fault = refusal(GOOD.replace(old, new, 1))
    assert (fault.line, fault.column) == (line, 1)
    assert said in fault.message
    assert fault.message.endswith(": run `promptci run` to rewrite it")


@every_row("marker", ["<<<<<<< HEAD", "=======", ">>>>>>> theirs", "||||||| base"])
def test_a_merge_conflict_is_called_by_its_name(marker):
    fault = refusal("\n".join([*LINES[:20], marker, *LINES[20:]]))
    assert fault.line == 21
    assert fault.message.startswith("an unresolved merge conflict")


@every_row("text", ["", "\n", "\0", "# only a comment\n", "{}", "- a\n", "x" * 10_000])
def test_what_is_no_record_at_all_is_refused(text):
    assert refusal(text).line == 1


def test_a_newer_format_is_told_apart_so_that_it_is_not_overwritten():
    with pytest.raises(
        NewerFormatError, match=r":2:1: format 4 .* newer promptci: upgrade promptci"
    ):
        read(GOOD.replace("format: 2", "format: 4"))


@given(st.integers(0, len(GOOD)), st.text(max_size=5))
def test_whatever_is_put_in_somewhere_is_refused_or_harmless(place, text):
    try:
        found = read(GOOD[:place] + text + GOOD[place:])
    except SpecError:
        return
    assert {name: (r.score, r.passed, r.total) for name, r in found.items()}.keys()
    assert dump(found)


@pytest.mark.slow
def test_ten_thousand_examples_are_read():
    results = [Result(f"e{number:05}", "ab", "pass", 1.0) for number in range(10_000)]
    many = {"smollm2": record(results)}
    assert read(dump(many)) == many


def test_what_is_printable_is_written_as_the_pattern_of_hidden_characters_has_it():
    """It is asked before that is compiled; each character is tried."""
    for start in range(0, 0x110000, 0x1000):
        shown = [chr(c) for c in range(start, start + 0x1000) if chr(c).isprintable()]
        assert not scorewriter._HIDDEN.search("".join(shown))
    for hidden in ("\u00ad", "\u202e", "\ud800", "\uffff", "\x7f"):
        assert f"\\u{ord(hidden):04x}" in dump_scalar(f"a {hidden}")
