"""From a scorer in a file to one that judges: names, options, faults, labels, fingerprint."""

import json
import re
import subprocess
import sys
from collections.abc import Generator
from importlib import import_module

import msgspec

from projects import AnyCode
from promptci.digest import digest
from promptci.parsing.source import Mark, as_node
from promptci.parsing.yamlfile import load_yaml
from promptci.records.record import Score
from promptci.scorers.registry.catalogue import ALIASES, MODULES, SCORERS
from promptci.scorers.registry.peers import PEERS, advice_on
from promptci.scorers.registry.registry import Reach, bind, bind_all
from promptci.scorers.registry.written import known_name
from promptci.specs.config import Config
from promptci.specs.request import Settings
from tables import every_row


def settings_for(name, parameters):
    return Settings(Config().model(name), parameters)


def read(text: str):
    """The scorers of a YAML list, and the faults as they are printed."""
    faults: list = []
    node = load_yaml(text.encode(), "evals/a.yaml")
    return bind_all(node.value, faults, Reach(settings_for)), [str(fault) for fault in faults]


def test_faults_are_told_where_they_are_in_the_file():
    bound, faults = read("""\
- equal
- contains: {vlaue: refund}
- regex: "("
- length: {max: many}
- numeric: {tolerance: -1}
- choice_judge: {model: gpt-4, prompt: "{{", choices: []}
- contains: refund
  not: true
- [equals]
- is_json: strict
- equals
""")
    assert [scorer.label for scorer in bound] == ["equals"]
    assert [fault.split(": ")[0] for fault in faults] == [
        "evals/a.yaml:1:3",
        "evals/a.yaml:2:14",
        "evals/a.yaml:3:10",
        "evals/a.yaml:4:17",
        "evals/a.yaml:5:24",
        "evals/a.yaml:6:55",
        "evals/a.yaml:7:3",
        "evals/a.yaml:9:3",
        "evals/a.yaml:10:12",
    ]
    assert faults[0].endswith("there is no scorer `equal`: did you mean `equals`?")
    assert faults[1].endswith("unknown key `vlaue`: did you mean `value`?")
    assert faults[6].endswith(
        "`not` belongs below `contains`: indent it, as in `contains: {value: …, not: true}`"
    )
    assert faults[7].endswith("write `- equals`")


def test_an_unknown_model_and_a_bad_template_of_a_judge_are_both_reported():
    _, faults = read("""\
- choice_judge:
    model: gpt-4
    prompt: "Is {{ completion right?"
    choices: [{choice: yes, score: 1}, {choice: YES, score: 0}]
""")
    assert [fault.split(": ")[0] for fault in faults] == [
        "evals/a.yaml:2:12",
        "evals/a.yaml:3:13",
        "evals/a.yaml:4:40",
    ]


def test_labels_are_told_apart():
    bound, faults = read("""\
- contains: a
- contains: b
- contains: {value: c, name: contains-2}
- icontains: d
- icontains: {value: e, name: contains}
""")
    assert not faults
    assert [scorer.label for scorer in bound] == [
        "contains",
        "contains-2",
        "contains-2-2",
        "icontains",
        "contains-3",
    ]
    assert [scorer.canonical["label"] for scorer in bound] == [scorer.label for scorer in bound]


def test_what_cannot_change_a_score_is_not_in_the_fingerprint(bound):
    plain = bound({"contains": "refund"})
    same = bound({"contains": {"value": "refund", "weight": 1, "threshold": 1, "not": False}})
    assert digest(plain.canonical) == digest(same.canonical)
    assert plain.canonical == {
        "scorer": "contains",
        "version": 1,
        "value": "refund",
        "label": "contains",
    }


@every_row(
    "other",
    [
        {"contains": "refunds"},
        {"contains": ["refund"]},
        {"contains": {"value": "refund", "ignore_case": True}},
        {"contains": {"value": "refund", "not": True}},
        {"contains": {"value": "refund", "weight": 0}},
        {"contains": {"value": "refund", "threshold": 0.5}},
        {"contains": {"value": "refund", "name": "money back"}},
        {"contains": {"value": "refund", "extract": {"line": "last"}}},
        {"starts_with": "refund"},
    ],
)
def test_whatever_can_change_a_score_is_in_the_fingerprint(bound, other):
    assert digest(bound(other).canonical) != digest(bound({"contains": "refund"}).canonical)


@every_row(
    ("alias", "meant"),
    [
        ({"iequals": "A"}, {"equals": {"value": "A", "ignore_case": True}}),
        ({"icontains": "A"}, {"contains": {"value": "A", "ignore_case": True}}),
        ({"icontains-any": ["A"]}, {"contains_any": {"value": ["A"], "ignore_case": True}}),
        ({"icontains_all": ["A"]}, {"contains_all": {"value": ["A"], "ignore_case": True}}),
        ({"istarts_with": "A"}, {"starts_with": {"value": "A", "ignore_case": True}}),
        ({"starts-with": "A"}, {"starts_with": "A"}),
        ({"rouge2": "A b"}, {"rouge_n": {"value": "A b", "n": 2}}),
        ({"eq": "A"}, {"equals": "A"}),
        ({"ne": "A"}, {"equals": {"value": "A", "not": True}}),
        ({"like": "A"}, {"contains": "A"}),
        ({"ilike": "A"}, {"icontains": "A"}),
    ],
)
def test_an_alias_is_the_same_scorer_by_another_name(bound, alias, meant):
    alias, meant = bound(alias), bound(meant)
    assert {**alias.canonical, "label": ""} == {**meant.canonical, "label": ""}
    assert {"icontains", "iequals", "not"} <= set(ALIASES)
    assert {meant for meant, _ in ALIASES.values()} <= set(SCORERS)
    assert not set(ALIASES) & set(SCORERS)


@every_row("name", ALIASES)
def test_every_alias_is_for_a_scorer_that_there_is(name):
    meant, defaults = ALIASES[name]
    assert set(defaults) <= set(SCORERS[meant].options.__struct_fields__)


def test_what_a_scorer_needs_of_an_example_is_known_when_it_is_bound(bound):
    assert bound("equals").needs_expected
    assert bound({"numeric": {"tolerance": 1}}).needs_expected
    assert not bound({"equals": "x"}).needs_expected
    assert not bound("is_json").needs_expected
    assert bound({"equals": "{{ a.b }} {{ expected }}"}).variables == {"a", "expected"}
    judge = {
        "model": "smollm2",
        "prompt": "{{ ticket }} {{ completion }} {{ output }}",
        "choices": [{"choice": "yes", "score": 1}],
    }
    assert bound({"choice_judge": judge}).variables == {"ticket"}
    assert bound({"choice_judge": judge}).asks


@every_row(
    ("options", "output", "value", "passed", "why"),
    [
        ({}, "abc", 1.0, True, ""),
        ({"not": True}, "abc", 0.0, False, "`contains_all` holds, which `not` forbids"),
        ({"not": True}, "a", 0.5, True, ""),
        (
            {"not": True, "threshold": 0.5},
            "a",
            0.5,
            False,
            "`contains_all` holds, which `not` forbids",
        ),
        ({"threshold": 0.5}, "a", 0.5, True, 'without "b"'),
        ({"threshold": 0.51}, "a", 0.5, False, 'without "b"'),
        ({"threshold": 0}, "", 0.0, True, 'without "a", "b"'),
        ({"not": True, "name": "no ab"}, "ab", 0.0, False, "`no ab` holds, which `not` forbids"),
    ],
)
def test_threshold_and_not(score, options, output, value, passed, why):
    scorer = {"contains_all": {"value": ["a", "b"], **options}}
    assert score(scorer, output) == Score(value, passed, why)


def test_every_scorer_is_described():
    for name, scorer in SCORERS.items():
        assert scorer.summary, name
        assert scorer.version >= 1
        assert not scorer.shorthand or scorer.shorthand in scorer.options.__struct_encode_fields__


def test_the_options_of_every_scorer_make_a_json_schema():
    for scorer in SCORERS.values():
        text = json.dumps(msgspec.json.schema(scorer.options))
        assert '"not"' in text
        assert '"additionalProperties": false' in text


def test_a_judge_is_a_generator_and_the_others_are_not(bound, subject):
    assert isinstance(
        bound({"github/fluency": {"model": "openai/judge-1"}}).judge(subject("x")), Generator
    )
    assert isinstance(bound("is_json").judge(subject("x")), Score)


def test_binding_one_gives_none_after_its_faults():
    faults: list = []
    assert (
        bind(as_node({"contains": {}, "equals": {}}, Mark("x")), faults, Reach(settings_for))
        is None
    )
    assert [fault.message for fault in faults] == [
        "each scorer is an item of its own: begin each with `- `"
    ]


def test_the_catalogue_knows_every_module_and_imports_none():
    for module, names in MODULES.items():
        assert tuple(import_module(f"promptci.scorers.{module}").SCORERS) == names
    source = "import sys, promptci.scorers.registry.registry as r; r.SCORERS['equals'].summary"
    found = "print(*(m for m in sys.modules if m.startswith('promptci.scorers.')))"
    done = subprocess.run(
        [sys.executable, "-c", f"{source}; {found}"], capture_output=True, text=True, check=True
    )
    assert {"promptci.scorers.text.text"} == set(done.stdout.split()) & {
        f"promptci.scorers.{module}" for module in MODULES
    }


def test_every_example_of_a_scorer_binds(bound):
    for name, scorer in SCORERS.items():
        node = load_yaml(scorer.example.encode(), name)
        faults: list = []
        reach = Reach(settings_for, lambda _: b"", code=AnyCode())
        assert bind(node, faults, reach) is not None, (name, faults)


@every_row(
    ("name", "advice"),
    [
        ("not-contains", "write `not: {contains: …}`"),
        ("contains-some", "write `contains_any`"),
        ("ExactMatch", "write `equals`"),
        ("Levenshtein", "write `similarity_ratio`: the share of letters that stay"),
        ("SummarizationMetric", "write `summarisation`"),
        ("not_icontains_any", "write `not: {icontains_any: …}`"),
        ("not-is-json", "write `not: {is-json: …}`"),
        ("not-llm-rubric", "put it below `not`: write `rubric`"),
        ("llm-rubric", "write `rubric`"),
        ("llm_rubric", "write `rubric`"),
        ("javascript", "write `command` with a program of your own, such as `[node, check.js]`"),
        ("meteor", "it needs WordNet: use `chrf` or `rouge_l`"),
        ("similar:cosine", "write `similar`"),
        ("AnswerRelevancyMetric", "write `answer_relevance`"),
        ("ContextualPrecisionMetric", "write `context_precision`"),
        ("GEval", "write `g_eval`"),
        ("model_graded_qa", "write `rubric`"),
        ("string_check", "write `equals` or `contains`"),
        ("answer_relevancy", "write `answer_relevance`"),
        ("ClosedQA", "write `closed_qa`"),
        ("Factuality", "write `factuality`"),
        ("ContextPrecision", "did you mean `context_precision`?"),
        ("JSONDiff", "write `json_fields`"),
        ("notContains", "write `not: {contains: …}`"),
        ("does-not-contain", "write `not: {contains: …}`"),
        ("math", "write `math_equal`"),
        ("fluency", "write `github/fluency`"),
        ("SQLSemanticEquivalence", "write `sql_execution`"),
        ("embedding_distance", "write `similar`"),
        ("bertscore", "its models are not kept: use `similar`"),
        ("$ref", "write `use: NAME` with a scorer set below `scorers:` in promptci.yaml"),
    ],
)
def test_a_name_of_another_tool_leads_to_the_scorer_here(faults, name, advice):
    assert faults({name: "x"}) == [f"there is no scorer `{name}`: {advice}"]


def test_what_other_tools_names_lead_to_is_there():
    for names in PEERS.values():
        for name, advice in names.items():
            assert known_name(name) or advice_on(name)
            first = re.match(r"`(\w+)`", advice)
            assert first is None or first[1] in SCORERS


@every_row(
    ("dashed", "meant"),
    [
        ({"json-equal": {"value": {"a": 1}}}, {"json_equal": {"value": {"a": 1}}}),
        ({"yes-no": True}, {"yes_no": True}),
        ({"contains": {"value": "a", "ignore-case": True}}, {"icontains": "a"}),
        ({"all-of": ["is-json"]}, {"all_of": ["is-json"]}),
    ],
)
def test_a_dash_is_an_underscore(bound, dashed, meant):
    one, other = (dict(bound(scorer).canonical) for scorer in (dashed, meant))
    assert {**one, "label": ""} == {**other, "label": ""}
