"""Whatever a model says, a scorer gives a score: no answer raises, and none is slow."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptci.completion import Completion, Settings
from promptci.config import Config
from promptci.record import Score
from promptci.scorers.catalogue import SCORERS
from promptci.scorers.registry import Reach, Subject, bind_all
from promptci.scorers.verdict import NoVerdict, failed
from promptci.source import Mark, as_node


def settings_for(name, parameters):
    return Settings(Config().model(name), parameters)


SCHEMA = {
    "type": ["object", "array", "number", "string"],
    "properties": {"a": {"type": "number", "multipleOf": 0.1, "maximum": 5}},
    "patternProperties": {"^b+$": {"type": "string", "maxLength": 3, "pattern": r"^\w*$"}},
    "additionalProperties": {"anyOf": [{"type": "boolean"}, {"enum": [1, None, "x"]}]},
    "items": {"oneOf": [{"multipleOf": 3}, {"multipleOf": 0.7}]},
    "uniqueItems": True,
    "multipleOf": 0.3,
    "minLength": 1,
}
ALL = [
    "equals",
    {"equals": {"ignore_case": True, "strip": True}},
    {"equals": {"ignore_case": "lower", "strip": "output", "not": True}},
    "contains",
    "contains_any",
    {"contains_all": ["a", "b"]},
    {"starts_with": "{{ name }}"},
    {"ends_with": {"value": ["a", "{{ name.first }}"], "threshold": 0.5}},
    {"one_of": ["a", "b"]},
    {"regex": r"(?i)\w+\s*$"},
    {"regex": {"pattern": "(a*)*b", "fullmatch": True}},
    "levenshtein",
    {"levenshtein": {"value": ["a", "{{ name }}"], "distance": 2, "ignore_case": True}},
    {"similarity_ratio": {"strip": True}},
    "rouge1",
    {"rouge2": {"unicode": True, "measure": "recall"}},
    {"rouge_l": ["a b", "{{ name }}"]},
    "bleu",
    {"bleu": {"value": ["a b c", "{{ name }}"], "ignore_case": True}},
    "gleu",
    "chrf",
    {"chrf": {"words": 2, "ignore_case": True}},
    "word_count",
    {"word_count": {"max": 3}},
    {"is_refusal": {"phrases": ["a"]}},
    "numeric",
    {"numeric": {"value": 3, "relative": 0.1, "fractions": True, "which": "first"}},
    {"numeric": {"value": 0.5, "tolerance": 0.1, "which": "only"}},
    "choice",
    {"choice": {"value": "C", "options": ["a", "b", "c d"]}},
    {"choice": {"value": "{{ name }}", "options": "name"}},
    {"classification": ["a", "b c", "yes"]},
    {"classification": {"labels": {"a": ["x"], "b": ["-y"]}, "value": "{{ name }}", "not": True}},
    "date",
    {"date": {"value": "{{ name }}", "which": "first", "day_first": True, "tolerance": 3}},
    "set_f1",
    {"set_f1": {"value": ["a", "{{ name }}"], "measure": "recall"}},
    "yes_no",
    {"yes_no": {"value": True, "not": True}},
    "is_json",
    {"json_schema": {"schema": SCHEMA}},
    "json_fields",
    {"json_fields": {"value": {"a": {"b": 1}, "c": [1]}}},
    {"length": {"min": 1, "max": 20, "unit": "words"}},
    {"length": {"max": 3, "unit": "lines"}},
    *[
        {"equals": {"extract": step}}
        for step in (
            {"json": "a.b[0]"},
            {"json": "sort(@)"},
            {"regex": "(a)|b"},
            {"after": "a"},
            {"fence": "any"},
            {"line": "last"},
        )
    ],
    {
        "choice_judge": {
            "model": "smollm2",
            "prompt": "{{ output }} {{ name }}",
            "choices": [{"choice": "a", "score": 1}, {"choice": 1, "score": 0.5}],
        }
    },
    "github/similarity",
    "similar",
    {"similar": ["a", "{{ name }}"]},
    {"all_of": [{"contains_all": ["a", "b"]}, {"regex": {"pattern": "a", "weight": 2}}, "numeric"]},
    {"any_of": {"scorers": ["equals", {"not": "is_json"}, "github/similarity"], "threshold": 0.5}},
    {"none_of": {"scorers": [{"numeric": 3}, {"all_of": ["json_fields"]}], "not": True}},
    {"not": {"contains": "{{ name }}"}},
]
BOUND = bind_all([as_node(scorer, Mark("x")) for scorer in ALL], [], Reach(settings_for))
ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)
PIECES = st.sampled_from(
    [
        *'{}[]:,-%/e1a\n\x00\ud800\ufeff\u2212"\\',
        "```",
        "~~~json",
        "1,234",
        "10^",
        "1e999",
        "{{name}}",
        "answer: ",
        "(A)",
        "yes",
        " no ",
        "\n- ",
        "3 March 2024",
        "03/04/2024",
    ]
)
OUTPUTS = (
    ANY_TEXT
    | st.lists(PIECES, max_size=12).map("".join)
    | st.lists(PIECES | ANY_TEXT, max_size=8).map("".join)
)


def verdict(scorer, subject, reply):
    found = scorer.judge(subject)
    if isinstance(found, Score):
        return found
    try:
        asked = next(found)
        answer = Completion(reply)
        found.send(tuple(answer for _ in asked) if isinstance(asked, tuple) else answer)
    except NoVerdict as error:
        return failed(str(error))
    except StopIteration as stop:
        return stop.value
    raise AssertionError("the judge asked twice")


def test_every_scorer_is_in_the_list():
    names = {scorer.canonical["scorer"] for scorer in BOUND}
    assert len(BOUND) == len(ALL)
    others = ("coherence", "fluency", "relevance", "groundedness")
    assert set(SCORERS) - names == {f"github/{other}" for other in others}


@settings(max_examples=300, deadline=None)
@given(output=OUTPUTS, expected=JSONISH, name=JSONISH, has_expected=st.booleans())
def test_no_answer_raises(output, expected, name, has_expected):
    scope = {"name": name, "input": "q", "expected": expected}
    subject = Subject(output, expected, has_expected, scope)
    for scorer in BOUND:
        score = verdict(scorer, subject, output)
        assert 0.0 <= score.value <= 1.0
        assert math.isfinite(score.value)
        assert len(score.why) <= 200
        assert "\n" not in score.why
        score.why.encode()


HUGE = {
    "digits": "7" * 10_000_000,
    "numbers": "1 2 " * 2_500_000,
    "brackets": "[" * 10_000_000,
    "list": "[" + "1," * 5_000_000 + "1]",
    "fences": "```\n" * 2_500_000,
    "lines": "\n" * 10_000_000,
}


@pytest.mark.parametrize("output", HUGE.values(), ids=HUGE)
def test_a_huge_answer_gets_its_score_in_time(output):
    subject = Subject(output, "x", True, {"name": {"first": "x"}, "input": "q", "expected": "x"})
    for scorer in BOUND:
        begun = time.monotonic()
        score = verdict(scorer, subject, "1")
        spent = time.monotonic() - begun
        assert spent < 5, scorer.label
        assert len(score.why) <= 200


def test_ten_thousand_answers_and_five_scorers_take_under_half_a_second():
    bound = bind_all(
        [
            as_node(scorer, Mark("x"))
            for scorer in (
                {"equals": {"ignore_case": True, "strip": True}},
                {"contains": {"value": "refund", "ignore_case": True}},
                {"regex": r"\brefund\b"},
                {"numeric": {"value": 42, "tolerance": 0.5}},
                "is_json",
            )
        ],
        [],
        Reach(settings_for),
    )
    subjects = [
        Subject(f'{{"reply": "Your refund {n} is due", "sum": 42}}', "no refund", True, {})
        for n in range(10_000)
    ]
    begun = time.process_time()
    passed = sum(scorer.judge(subject).passed for subject in subjects for scorer in bound)
    spent = time.process_time() - begun
    assert passed == 40_000
    assert spent < 0.5
