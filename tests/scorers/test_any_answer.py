"""Whatever a model says, a scorer gives a score: no answer raises, and none is slow."""

import json
import math
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effort import done_in_passes, done_within
from projects import AnyCode
from promptci.parsing.source import Mark, as_node
from promptci.records.record import Score
from promptci.scorers.base.verdict import NoVerdict, failed
from promptci.scorers.registry.catalogue import MODULES, SCORERS
from promptci.scorers.registry.registry import Reach, Subject, bind_all
from promptci.specs.completion import Completion
from promptci.specs.config import Config
from promptci.specs.request import Settings
from promptci.specs.tokenprice import Usage
from properties import usually


def settings_for(name, parameters):
    return Settings(Config().judge(name), parameters)


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
    "exact_match",
    {"f1": ["a", "{{ name }}"]},
    "short_answer",
    "math_equal",
    {"equals": {"normalise": True}},
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
    {"recall_at": 3},
    {"precision_at": {"k": 2, "not": True}},
    "mrr",
    {"ndcg_at": {"k": 5, "threshold": 0.7}},
    "map",
    "yes_no",
    {"yes_no": {"value": True, "not": True}},
    "is_json",
    {"json_schema": {"schema": SCHEMA}},
    {"is_json": {"schema": SCHEMA}},
    "contains_json",
    {"contains_json": {"schema": SCHEMA}},
    "json_fields",
    {"json_fields": {"items": True, "extra": False, "ignore_case": True, "ignore": ["b"]}},
    {"json_fields": {"tolerance": 0.5, "unordered": True, "paths": ["a"]}},
    "json_equal",
    {"json_equal": {"unordered": True, "ignore_case": True}},
    {"json_equal": {"unordered": True, "relative": 0.5, "ignore": ["a[*].b"]}},
    {"json_equal": {"value": [1], "unordered": True}},
    {"json_equal": {"value": [{"a": [1, 2]}] * 3, "unordered": True, "tolerance": 1}},
    {"json_fields": {"value": {"a": [1]}, "items": True, "extra": False}},
    "is_xml",
    {"contains_xml": {"elements": ["a/b", "c"]}},
    "is_html",
    {"contains_html": ["p", "b"]},
    "is_yaml",
    {"is_yaml": {"kind": "any", "documents": True}},
    "is_sql",
    {"is_sql": "sqlite"},
    {"is_sql": "postgres"},
    {"is_sql": "mysql"},
    {"contains_sql": "sqlite"},
    {"contains_sql": {"dialect": "postgres", "statements": ["select"]}},
    {"contains_json": {"arrays": True}},
    {"regex": {"pattern": "(?:abc){e<=1}", "fuzzy": True}},
    {"tool_calls_f1": {"in_text": True, "values": "bfcl"}},
    {"is_sql": {"dialect": "tsql", "statements": ["select"], "tables": ["a"]}},
    {"contains_sql": {"columns": ["a"], "single": True}},
    "code_block",
    {"code_block": {"fence": False}},
    {"code_block": {"language": ["json", "python"], "single": True, "alone": True}},
    {
        "format": {
            **dict.fromkeys(("json", "xml", "html", "yaml", "sql", "fence"), True),
            **dict.fromkeys(("no_markdown", "one_line", "trimmed"), True),
            "max_words": 3,
            "starts_with": "a",
            "ends_with": "b",
            "pattern": "a.*b",
        }
    },
    {"tool_call": {"in_text": True}},
    {"tool_call": {"match": "f1", "alone": True}},
    {"tool_call": {"tool": "a", "schema": SCHEMA, "arguments": {"a": 1}, "match": "subset"}},
    "tool_calls_f1",
    {"tool_calls_f1": {"value": ["a", {"name": "b", "arguments": {"a": [1]}}]}},
    {"trajectory": {"match": "exact", "calls": ["a", {"b": {"a": ["any", 1]}}], "never": ["c"]}},
    {"trajectory": {"measure": "f1"}},
    "valid_tool_call",
    {"valid_tool_call": {"optional": True, "in_text": True}},
    "finish_reason",
    {"cost": 0.5},
    {"latency": {"max": 1}},
    {"tokens": {"total": 3, "output": 1}},
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
    {"github/similarity": {"model": "openai/judge-1"}},
    "similar",
    {"similar": ["a", "{{ name }}"]},
    {"all_of": [{"contains_all": ["a", "b"]}, {"regex": {"pattern": "a", "weight": 2}}, "numeric"]},
    {
        "any_of": {
            "scorers": [
                "equals",
                {"not": "is_json"},
                {"github/similarity": {"model": "openai/judge-1"}},
            ],
            "threshold": 0.5,
        }
    },
    {"none_of": {"scorers": [{"numeric": 3}, {"all_of": ["json_fields"]}], "not": True}},
    {"not": {"contains": "{{ name }}"}},
    {"rubric": {"criteria": "{{ name }}", "model": "smollm2"}},
    {"closed_qa": {"criteria": "{{ output }}", "model": "smollm2", "not": True}},
    {"g_eval": {"criteria": "c", "model": "smollm2"}},
    {"factuality": {"model": "smollm2", "question": "{{ name }}"}},
    {"answer_relevance": {"model": "smollm2"}},
    {"faithfulness": {"model": "smollm2", "context": "{{ name }}"}},
    {"context_recall": {"model": "smollm2", "context": "{{ name }}"}},
    {"context_relevance": {"model": "smollm2", "context": "{{ name }}"}},
    {"context_precision": {"model": "smollm2", "context": "{{ name }}"}},
    {"toxicity": {"model": "smollm2"}},
    {"bias": {"model": "smollm2"}},
    {"summarisation": {"model": "smollm2", "source": "{{ name }}"}},
    {"sql_execution": {"script": "CREATE TABLE t(a)", "value": "SELECT a FROM t"}},
    {"sql_execution": {"script": "CREATE TABLE t(a)", "ordered": "auto"}},
    {"python": "checks:score"},
    {"command": ["cat"]},
]


REACH = Reach(settings_for, code=AnyCode())


@cache
def bound():
    """All of them; made once they are needed, not while tests are collected."""
    return bind_all([as_node(scorer, Mark("x")) for scorer in ALL], [], REACH)


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
        "<a>",
        "</a>",
        "<!--",
        "<!DOCTYPE a [",
        "<br ",
        "&a *a",
        "? - |",
        "select ",
        " from ",
        "case when ",
        '{"name":"a","arguments":',
    ]
)
OUTPUTS = (
    ANY_TEXT
    | st.lists(PIECES, max_size=12).map("".join)
    | st.lists(PIECES | ANY_TEXT, max_size=8).map("".join)
)


CALL = st.fixed_dictionaries(
    {"function": st.fixed_dictionaries({"name": st.sampled_from("ab"), "arguments": JSONISH})}
)
CALLS = OUTPUTS | (JSONISH | st.lists(CALL, max_size=3)).map(json.dumps)
TOOLS = (
    {"type": "function", "function": {"name": "a", "parameters": SCHEMA}},
    {"type": "custom", "custom": {"name": "b"}},
)


def made(output, calls=""):
    """An answer of which everything is known."""
    return Completion(output, usage=Usage(1, 2), cost=Decimal(1), tool_calls=calls)


def verdict(scorer, subject, reply):
    """The score; where the scorer could not find out, a fail."""
    try:
        found = scorer.judge(subject)
        if isinstance(found, Score):
            return found
        asked = next(found)
        for _ in range(5):
            requests = asked if isinstance(asked, tuple) else (asked,)
            answers = tuple(Completion(reply if r.asks_model else ended(reply)) for r in requests)
            asked = found.send(answers if isinstance(asked, tuple) else answers[0])
    except StopIteration as stop:
        return stop.value
    except NoVerdict as error:
        return failed(str(error))
    raise AssertionError("the judge asked without end")


def ended(output):
    """How a child ended that said something."""
    return json.dumps({"code": 0, "killed": "", "output": output, "error": ""})


@pytest.mark.slow
def test_every_scorer_is_in_the_list():
    names = {scorer.canonical["scorer"] for scorer in bound()}
    assert len(bound()) == len(ALL)
    others = ("coherence", "fluency", "relevance", "groundedness")
    alone = {name for name in SCORERS if not SCORERS[name].is_pairwise}
    assert alone - names == {f"github/{other}" for other in others} | {"state_equals"}


@pytest.mark.slow
@usually(40)
@given(output=OUTPUTS, calls=CALLS, expected=JSONISH, name=JSONISH, has_expected=st.booleans())
def test_no_answer_raises(output, calls, expected, name, has_expected):
    scope = {"name": name, "input": "q", "expected": expected}
    subject = Subject(output, expected, has_expected, scope, made(output, calls), TOOLS)
    for scorer in bound():
        score = verdict(scorer, subject, output)
        assert 0.0 <= score.value <= 1.0
        assert math.isfinite(score.value)
        assert len(score.why) <= 200
        assert "\n" not in score.why
        score.why.encode()


HUGE = {
    "digits": "7",
    "numbers": "1 2 ",
    "brackets": "[",
    "list": "[1,2],",
    "fences": "```\n",
    "lines": "\n",
}


HUGE_FORMS = {
    "tags": "<b>",
    "half a tag": "<a ",
    "quotes in tags": "<a '\"",
    "elements": "<a><b/></a>",
    "comments": "<!--",
    "declarations": "<!doctype html ",
    "scripts": "<script>",
    "links": "[a](",
    "backticks": "`a",
    "statements": "SELECT (",
    "anchors": "- &a [",
    "objects": '{"a": 1} ',
}
FORMS = {
    name
    for module in (
        "json.structured",
        "json.jsonequal",
        "markup.xmltext",
        "markup.htmltext",
        "markup.yamltext",
        "sql.sql",
        "markup.blocks",
    )
    for name in (*MODULES[module], "format")
}
"""Scorers that take such forms apart."""


SIZES = (30_000, 1_100_000)
"""Below all limits, where the work must not grow with the square of the length, and above them."""


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("form", HUGE)
def test_a_huge_answer_costs_some_passes_through_it(form, size):
    judge_in_passes(HUGE[form], size, chosen(bound(), [*HUGE].index(form), size))


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("form", HUGE_FORMS)
def test_a_huge_answer_of_a_form_costs_some_passes_through_it(form, size):
    scorers = [each for each in bound() if each.canonical["scorer"] in FORMS]
    judge_in_passes(HUGE_FORMS[form], size, chosen(scorers, [*HUGE_FORMS].index(form), size))


def chosen(scorers, number, size):
    """All scorers; above the limits each once, with one text: the limits are those of its kind."""
    if size == SIZES[0]:
        return scorers
    once = {kind(scorer): scorer for scorer in reversed(scorers)}
    return [*once.values()][number % 6 :: 6]


def kind(scorer):
    """What a scorer and its extraction are called."""
    canonical = scorer.canonical
    return canonical["scorer"], json.dumps(canonical.get("extract"))


def judge_in_passes(piece, size, scorers):
    output = (piece * size)[:size]
    most = 300 if size == SIZES[0] else 600
    scope = {"name": {"first": "x"}, "input": "q", "expected": "x"}
    subject = Subject(output, "x", True, scope, made(output, output), TOOLS)
    for scorer in scorers:
        judge = lambda scorer=scorer: verdict(scorer, subject, "1")  # noqa: E731
        assert len(done_in_passes(most, output, judge).why) <= 200


@pytest.mark.slow
def test_many_answers_cost_five_scorers_no_more_than_so_much_json():
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
        for n in range(500)
    ]

    def judge():
        return sum(scorer.judge(subject).passed for subject in subjects for scorer in bound)

    def reread():
        return [json.loads(json.dumps(json.loads(each.output))) for each in subjects]

    assert done_within(200, reread, judge) == 2_000  # usually twenty to thirty
