"""Configurations of promptfoo: every assertion is carried or told, and means what it meant."""

import json
import re
from pathlib import Path

from promptci.importers.promptfoo.counterparts import NO_COUNTERPART
from promptci.importers.promptfoo.scorers import CONVERTERS
from promptci.importers.writing import all_files
from tables import every_row

TYPES = [
    "equals",
    "contains",
    "icontains",
    "contains-all",
    "contains-any",
    "icontains-all",
    "icontains-any",
    "starts-with",
    "regex",
    "levenshtein",
    "word-count",
    "is-refusal",
    "finish-reason",
    "is-json",
    "contains-json",
    "is-xml",
    "contains-xml",
    "is-html",
    "contains-html",
    "is-sql",
    "contains-sql",
    "guardrails",
    "rouge-n",
    "bleu",
    "gleu",
    "meteor",
    "perplexity",
    "perplexity-score",
    "cost",
    "latency",
    "javascript",
    "python",
    "ruby",
    "webhook",
    "is-valid-function-call",
    "is-valid-openai-function-call",
    "is-valid-openai-tools-call",
    "tool-call-f1",
    "skill-used",
    "trajectory:tool-used",
    "trajectory:tool-args-match",
    "trajectory:tool-sequence",
    "trajectory:step-count",
    "trajectory:goal-success",
    "trace-span-count",
    "trace-span-duration",
    "trace-error-spans",
    "similar",
    "similar:cosine",
    "llm-rubric",
    "search-rubric",
    "g-eval",
    "factuality",
    "model-graded-factuality",
    "model-graded-closedqa",
    "answer-relevance",
    "context-faithfulness",
    "context-recall",
    "context-relevance",
    "conversation-relevance",
    "classifier",
    "moderation",
    "pi",
    "select-best",
    "max-score",
    "human",
]
"""The assertions of promptfoo 0.121, `assert-set` and red teaming apart."""


def config(assertions, **more):
    """A configuration with one prompt, one test and these assertions."""
    test = {"vars": {"q": "hi"}, "assert": assertions}
    return json.dumps({"prompts": ["Say {{q}}"], "tests": [test], **more})


def js(code):
    """An assertion of JavaScript."""
    return {"type": "javascript", "value": code}


def scorers(read, rows, *assertions):
    """What assertions became, in the eval or with the example."""
    found = read("promptfoo", {"promptfooconfig.json": config(list(assertions))})
    [row] = rows(found)
    [eval_] = found.evals
    return [*eval_.body["scorers"], *row.get("scorers", [])], found


def test_every_assertion_is_carried_or_told(read, rows):
    for kind in TYPES:
        assertion = {"type": kind, "value": "x", "threshold": 1}
        carried, found = scorers(read, rows, assertion, {"type": "contains", "value": "always"})
        assert len(carried) + len(set(found.losses)) == 2, kind
        assert (kind in CONVERTERS) != (kind in NO_COUNTERPART), kind


@every_row(
    ("assertion", "scorer"),
    [
        ({"type": "equals", "value": "yes"}, "equals"),
        ({"type": "equals", "value": {"a": 1}}, "json_equal"),
        ({"type": "equals", "value": ""}, {"length": {"max": 0}}),
        ({"type": "icontains", "value": "A"}, {"contains": {"ignore_case": True}}),
        ({"type": "not-contains", "value": "A"}, {"not": {"contains": "A"}}),
        ({"type": "contains-any", "value": 'a, "b, c" ,d'}, "contains_any"),
        ({"type": "regex", "value": "a$"}, {"regex": "a\\Z"}),
        ({"type": "regex", "value": "[$]x\\$"}, {"regex": "[$]x\\$"}),
        ({"type": "regex", "value": "(?<y>\\d)"}, {"regex": "(?P<y>[0-9])"}),
        ({"type": "levenshtein", "value": "abc"}, {"levenshtein": {"distance": 5, "threshold": 1}}),
        ({"type": "latency", "threshold": 1500}, {"latency": 1.5}),
        ({"type": "word-count", "value": {"min": 2}}, {"word_count": {"min": 2}}),
        ({"type": "is-json"}, "is_json"),
        (
            {
                "type": "is-sql",
                "value": {"databaseType": "PostgreSQL", "allowedTables": ["select::null::t"]},
            },
            {"is_sql": {"dialect": "postgres", "tables": ["t"], "statements": ["select"]}},
        ),
        (
            {"type": "llm-rubric", "value": "kind", "provider": "openai:gpt-5.6", "weight": 2},
            {"rubric": {"weight": 2, "criteria": "kind", "model": "openai/gpt-5.6"}},
        ),
        ({"type": "javascript", "value": "output.length <= 20"}, {"length": {"max": 20}}),
        ({"type": "javascript", "value": "output.includes('x');"}, "contains"),
        (js("output.length < 200  # Concise"), {"length": {"max": 199}}),
        (js("!output.includes('x')"), {"not": {"contains": "x"}}),
        (
            js("JSON.parse(output).a === true"),
            {
                "is_json": {
                    "schema": {
                        "type": "object",
                        "required": ["a"],
                        "properties": {"a": {"const": True}},
                    }
                }
            },
        ),
        (js("JSON.parse(output).a.b === 'x'"), {"equals": {"extract": {"json": "a.b"}}}),
        (js("output.a === 'x'"), {"equals": {"extract": {"json": "a"}}}),
        (
            js("typeof output.a === 'string' && output.a.toLowerCase().includes('b && c')"),
            {"contains": {"ignore_case": True, "extract": {"json": "a"}}},
        ),
        (
            js("output.includes('a') || /b|c/.test(output)"),
            {"any_of": {"scorers": [{"contains": {"value": "a"}}, {"regex": {"pattern": "b|c"}}]}},
        ),
        (
            {"type": "javascript", "value": "/^a\\d/i.test(output)"},
            {"regex": {"pattern": "^a[0-9]", "ignore_case": True}},
        ),
        (
            {
                "type": "assert-set",
                "threshold": 0.5,
                "assert": [{"type": "contains", "value": "a"}, {"type": "is-json"}],
            },
            {"all_of": {"scorers": [{"contains": "a"}, "is_json"], "threshold": 0.5}},
        ),
        (
            {"type": "equals", "value": "a", "transform": "JSON.parse(output).x.y"},
            {"equals": {"extract": {"json": "x.y"}}},
        ),
    ],
)
def test_assertions_are_these_scorers(read, rows, assertion, scorer):
    carried, found = scorers(read, rows, assertion)
    assert not found.losses
    assert carried == [scorer]


def test_values_of_one_scorer_become_what_is_expected(read, rows):
    tests = [
        {"description": word, "vars": {"q": word}, "assert": [{"type": "equals", "value": word}]}
        for word in ("one", "two")
    ]
    found = read(
        "promptfoo",
        {"promptfooconfig.json": json.dumps({"prompts": ["{{q}}"], "tests": tests})},
    )
    assert found.evals[0].body["scorers"] == ["equals"]
    assert rows(found) == [
        {"id": word, "vars": {"q": word}, "expected": word} for word in ("one", "two")
    ]


CONFIG = """\
prompts: [file://p/*.txt, {raw: 'B {{q}} {{lang}}', label: bee}]
providers: [openai:gpt-5.6, {id: anthropic:messages:claude-5, config: {temperature: 0.5}}]
defaultTest: &base
  vars: {lang: en}
  assert: [{type: not-contains, value: sorry}]
  options: {transform: output.trim()}
tests:
  - vars: {q: [x, y], context: file://ctx.md}
    assert: [{type: equals, value: '{{q}}!'}]
  - file://t.csv
scenarios:
  - config: [{vars: {lang: de}}, {vars: {lang: fr}}]
    tests: [{vars: {q: z}}]
"""
FILES = {
    "promptfooconfig.yaml": CONFIG,
    "p/a.txt": 'A {{ q }}\n---\n[{"role": "system", "content": "C {{q}} {{context}}"}]',
    "ctx.md": "the context",
    "t.csv": 'q,__expected,__expected2,__threshold\nw,contains:v,"not-icontains-any:a,b",0.5\n',
}


def test_a_whole_configuration(read, rows):
    found = read("promptfoo", FILES)
    assert not found.losses
    assert [prompt.name for prompt in found.prompts] == [
        "a",
        "a-claude-5",
        "a-2",
        "a-claude-5-2",
        "bee",
        "bee-claude-5",
    ]
    assert found.prompts[1].body["parameters"] == {"temperature": 0.5}
    assert found.prompts[2].body["messages"] == [
        {"role": "system", "content": "C {{ q }} {{ context }}"}
    ]
    bee = list(found.examples[4].rows())
    assert [(row["vars"]["q"], row["vars"]["lang"]) for row in bee] == [
        ("x", "en"),
        ("y", "en"),
        ("w", "en"),
        ("z", "de"),
        ("z", "fr"),
    ]
    assert bee[0]["meta"] == {"context": "the context"}
    assert bee[2]["scorers"] == [
        {
            "all_of": {
                "scorers": [
                    {"not": {"contains": "sorry"}},
                    {"contains": "v"},
                    {"contains_any": {"not": True, "value": ["a", "b"], "ignore_case": True}},
                ],
                "threshold": 0.5,
            }
        }
    ]


@every_row(
    ("text", "line", "said"),
    [
        ("prompts: [hi]\nproviders: [exec:./run.sh]\n", 2, "is code or a service"),
        ("prompts: [file://p.js]\n", 1, "is code, which is not run"),
        ("prompts: [hi]\ntests: https://docs.google.com/x\n", 2, "which is not fetched"),
        ("prompts: [hi]\n\nredteam: {}\n", 3, "is red teaming"),
        ("prompts: [hi]\nnonsense: 1\n", 2, "`nonsense` is not known"),
        ("prompts: [file://../../etc/passwd]\n", 1, "leaves the folder"),
        ("prompts: ['{{ env.HOME }}']\n", 1, "environment variable"),
        ("prompts: ['{% macro x() %}']\n", 1, "is logic that is not carried"),
        (
            "prompts: [hi]\ntests: [{assert: [{type: contians, value: x}]}]\n",
            2,
            "did you mean `contains`?",
        ),
        ("prompts: [hi]\ntests: [{assert: [{type: python, value: file://a.py}]}]\n", 2, "is code"),
        (
            "prompts: [hi]\nproviders: [{id: 'openai:gpt-5', config: {apiKey: sk-1}}]\n",
            2,
            "a key is not carried",
        ),
    ],
)
def test_what_is_not_carried_is_told_with_its_line(read, rows, text, line, said):
    found = read("promptfoo", {"promptfooconfig.yaml": text})
    rows(found)
    assert [(fault.line, said in fault.message) for fault in dict.fromkeys(found.losses)] == [
        (line, True)
    ]


@every_row(
    ("text", "sent", "told"),
    [
        ("tests: [{vars: {prompt: Hi}}]", "{{ prompt }}", []),
        ("prompts: [file://no.txt]\ntests: t.csv\ndefaultTest: {}", "",
         ["there is no file `no.txt`", "`tests` and `defaultTest` cannot be read"]),
        ("prompts: [file://no.txt]", "", ["there is no file `no.txt`"]),
        ("prompts: [Hi]\ntests: file://t/*.yaml\n"
         "defaultTest: {assert: [{type: cost, threshold: 1}]}",
         "Hi", ["no file matches", "so its scorers `cost` are not written"]),
    ],
)  # fmt: skip
def test_what_is_lost_without_prompts_or_tests_is_told(read, text, sent, told):
    found = read("promptfoo", {"promptfooconfig.yaml": f"{text}\n"})
    written = dict(all_files(found))
    assert [each.body["messages"][0]["content"] for each in found.prompts] == [sent] * bool(sent)
    losses = list(dict.fromkeys(found.losses))
    assert len(losses) == len(told)
    assert all(said in fault.message for said, fault in zip(told, losses, strict=True))
    assert bool(told) != ("evals/promptfoo.yaml" in written or "evals/prompt.yaml" in written)


@every_row(
    ("head", "told"),
    [("q,assert", ["assert"]), ("q,expected", []), ("q,assert,__expected", [])],
)
def test_a_column_that_looks_like_an_assertion_is_told(read, rows, head, told):
    config = "prompts: ['{{q}}']\ntests: file://t.csv\n"
    found = read("promptfoo", {"promptfooconfig.yaml": config, "t.csv": f"{head}\nw,x,y\n"})
    rows(found)
    assert [each.message.split("`")[1] for each in dict.fromkeys(found.losses)] == told


@every_row(
    ("variable", "told"),
    [("[{type: is-json}]", ["promptfooconfig.yaml:2:23"]), ("[yes, no]", []), ("sure", [])],
)
def test_assertions_among_the_variables_are_told(read, variable, told):
    config = f"prompts: ['{{{{q}}}}']\ntests: [{{vars: {{q: a, assert: {variable}}}}}]\n"
    found = read("promptfoo", {"promptfooconfig.yaml": config})
    named = [str(each) for each in found.losses if "asserts nothing" in each.message]
    assert [each.partition(": ")[0] for each in named] == told


def test_a_missing_variable_is_empty_as_it_was_and_that_is_told(read, rows):
    found = read(
        "promptfoo", {"promptfooconfig.yaml": "prompts: ['{{a}}{{b}}']\ntests: [{vars: {a: x}}]\n"}
    )
    assert rows(found)[0]["vars"] == {"a": "x", "b": ""}
    assert [note.line for note in dict.fromkeys(found.notes)] == [2]


def test_the_page_shows_what_really_comes_out(read):
    """The configuration in docs/from-promptfoo.md becomes the eval that is below it there."""
    page = (Path(__file__).parents[2] / "docs/from-promptfoo.md").read_text("utf-8")
    [before] = re.findall(r"```yml\n# promptfooconfig.yaml\n(.*?)```", page, re.DOTALL)
    [after] = re.findall(r"```yaml\n# evals/prompt.yaml\n(.*?)```", page, re.DOTALL)
    found = read("promptfoo", {"promptfooconfig.yaml": before})
    written = {path: "".join(text) for path, text in all_files(found)}
    assert written["evals/prompt.yaml"].partition("\n")[2] == after


def test_scenarios_that_multiply_without_end_are_a_loss(read, rows):
    many = ", ".join(f"{{vars: {{a: x{n}}}}}" for n in range(101))
    text = f"prompts: ['{{{{a}}}}']\nscenarios: [{{config: [{many}], tests: [{many}]}}]\n"
    found = read("promptfoo", {"promptfooconfig.yaml": text})
    assert rows(found) == []
    assert "make 10,201 tests (at most 10,000)" in found.losses[0].message


def test_files_of_tests_that_hold_each_other_are_read_once(read, rows) -> None:
    files = {
        "promptfooconfig.yaml": "prompts: ['{{q}}', 'https://x.example/p.txt']\ntests: file://a.yaml\n",
        "a.yaml": "- {vars: {q: x}, assert: [{type: equals, value: y}]}\n- file://b.yaml\n",
        "b.yaml": "- file://a.yaml\n- {vars: {q: z}, assert: [{type: equals, value: y}]}\n",
    }
    found = read("promptfoo", files, "promptfooconfig.yaml")
    assert [row["vars"]["q"] for row in rows(found)] == ["x", "z"]
    told = {str(loss) for loss in found.losses}
    assert any("`a.yaml` holds itself and is read once" in each for each in told)
    assert any("is elsewhere and is not fetched" in each for each in told)


def test_tags_in_metadata_are_tags_and_all_else_is_meta(read, rows):
    tests = [
        {"vars": {"q": "x"}, "metadata": {"tags": ["a", "b"], "owner": "o"}},
        {"vars": {"q": "y"}, "metadata": {"tags": [1]}},
        {"vars": {"q": "z"}, "metadata": {"tags": ["a"]}},
    ]
    config = {"prompts": ["{{q}}"], "providers": ["openai:gpt-4o-mini"], "tests": tests}
    found = rows(read("promptfoo", {"promptfooconfig.json": json.dumps(config)}))
    assert [(row.get("tags"), row.get("meta")) for row in found] == [
        (["a", "b"], {"owner": "o"}),
        (None, {"tags": [1]}),
        (["a"], None),
    ]


@every_row(
    ("provider", "models", "told"),
    [
        ("openai:chta:m", [], "says `chta`: did you mean `chat`?"),
        ("anthropic:mesages:m", [], "says `mesages`: did you mean `messages`?"),
        ("openai:tts:m", [], "is no chat model"),
        ("ollama:codellama:7b", ["ollama/codellama:7b"], ""),
        ("openai:ft:m:org::id", ["openai/ft:m:org::id"], ""),
        ({"id": "openai:chat", "config": {"model": "m"}}, ["openai/m"], ""),
        ({"id": "openai:m", "config": {"model": "n"}}, ["openai/m"], "`model` of a provider"),
    ],
)
def test_the_kind_of_a_provider_is_no_part_of_a_model(read, rows, provider, models, told) -> None:
    listed = config([{"type": "contains", "value": "a"}], providers=[provider, "openai:other"])
    found = read("promptfoo", {"promptfooconfig.json": listed})
    rows(found)
    [eval_] = found.evals
    assert eval_.body.get("models", ["openai/other"]) == [*models, "openai/other"]
    assert len(found.losses) == bool(told)
    assert not told or told in str(found.losses[0])


def test_a_provider_answers_only_the_prompts_that_it_names(read, rows) -> None:
    prompts = [{"raw": f"{name} {{{{q}}}}", "label": name} for name in ("one", "two", "three")]
    providers = [
        {"id": "openai:a", "prompts": ["one", "tw*"]},
        {"id": "openai:b", "prompts": ["one"]},
        {"id": "openai:c", "prompts": ["four"]},
    ]
    asked = config([{"type": "contains", "value": "x"}], prompts=prompts, providers=providers)
    found = read("promptfoo", {"promptfooconfig.json": asked})
    rows(found)
    models = {each.name: each.body.get("models", ["openai/a"]) for each in found.evals}
    assert models == {"one": ["openai/a", "openai/b"], "two": ["openai/a"]}
    assert [str(each).partition(": ")[2] for each in found.losses] == [
        "a provider for `four` is for none of the prompts here: correct it",
        "no provider is for this prompt: it is left out, name one",
    ]
