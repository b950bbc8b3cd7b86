"""GitHub Models' `.prompt.yml`, read unchanged: prompt, examples and evaluators."""

import json

import pytest

from promptci.digest import short_digest
from promptci.parsing.yamlfile import load_yaml
from promptci.records.record import Score
from promptci.scorers.registry.registry import Reach, Subject, bind_all
from promptci.specs.completion import Completion
from promptci.specs.config import Config
from promptci.specs.message import Message
from promptci.specs.promptyml import is_foreign, parse_promptyml
from promptci.specs.request import Settings
from tables import every_row

SUMMARY = """\
name: Summarizer
description: Summarizes a text
model: openai/gpt-4o-mini
modelParameters:
  temperature: 0.5
  maxTokens: 200
  topP: 0.9
messages:
  - role: System
    content: You summarize in the style of {{style}}.
  - role: USER
    content: "Summarize: {{input}}"
  - role: assistant
    content: Here it is.
testData:
  - input: A long text
    style: a poet
    expected: A short text
  - input: Another text
    style: a lawyer
    expected: 42
evaluators:
  - name: is short
    string:
      contains: "{{expected}}"
  - name: is good
    llm:
      modelId: openai/gpt-4o
      systemPrompt: You are strict.
      prompt: "Is {{completion}} a summary of {{input}}? Say yes, partly or no."
      choices:
        - {choice: "yes", score: 1.0}
        - {choice: partly, score: 0.5}
        - {choice: "no", score: 0}
  - uses: github/similarity
"""


def read(text, name="summary"):
    faults = []
    return parse_promptyml(load_yaml(text.encode(), "s.prompt.yml"), name, faults), faults


def settings_for(name, parameters):
    return Settings(Config(default_judge="openai/gpt-4o").judge(name), parameters)


def scorers(text):
    found, faults = read(text)
    assert not faults
    return bind_all(found[1].scorers, faults, Reach(settings_for))


def test_a_whole_file_is_a_prompt_and_an_eval():
    (prompt, spec), faults = read(SUMMARY)
    assert not faults
    assert (prompt.name, prompt.description) == ("summary", "Summarizes a text")
    assert prompt.model == "openai/gpt-4o-mini"
    assert prompt.parameters == {"temperature": 0.5, "max_tokens": 200, "top_p": 0.9}
    assert prompt.render({"style": "{{input}}", "input": "T"}) == (
        Message("system", "You summarize in the style of {{input}}."),
        Message("user", "Summarize: T"),
        Message("assistant", "Here it is."),
    )
    assert (spec.name, spec.prompt, spec.strict_variables) == ("summary", "summary", False)
    first, second = spec.examples
    assert first.vars == {
        "input": "A long text",
        "style": "a poet",
        "expected": "A short text",
    }
    assert (first.expected, second.expected) == ("A short text", 42)
    assert first.id == short_digest(dict(first.vars))
    assert first.mark.line == 16
    assert [s.label for s in scorers(SUMMARY)] == ["is short", "is good", "github/similarity"]


def test_evaluators_judge_with_the_test_case():
    (_, spec), _ = read(SUMMARY)
    example = spec.examples[1]
    subject = Subject("It is 42.", example.expected, True, example.scope)
    short, good, similar = scorers(SUMMARY)
    assert short.judge(subject).passed
    judging = good.judge(subject)
    request = next(judging)
    assert [message.content for message in request.messages] == [
        "You are strict.",
        "Is It is 42. a summary of Another text? Say yes, partly or no.",
    ]
    with pytest.raises(StopIteration) as stop:
        judging.send(Completion("Partly so"))
    assert stop.value.value == Score(0.5, True, 'the judge says "Partly so"')
    assert "Another text" in next(similar.judge(subject)).messages[1].content


ONE = """\
messages: [{{role: user, content: "{{{{input}}}}"}}]
testData: [{{input: x, expected: "{expected}"}}]
evaluators: [{{name: e, string: {string}}}]
"""

# Decided as Go's ToLower, TrimSpace and HasPrefix do in cmd/eval/eval.go of gh-models.
STRINGS = [
    ("{equals: Yes}", " Yes\n", True),
    ("{equals: Yes}", "yes", False),
    ("{equals: ' Yes'}", " Yes", False),
    ("{equals: Yes}", "\u00a0Yes\u3000", True),
    ("{equals: Yes}", "\x1cYes", False),
    ("{equals: 5}", "5", True),
    ("{equals: true}", "true", True),
    ("{equals: '{{expected}}'}", "Refund ", True),
    ("{equals: '<{{expected}}>'}", "<Refund>", True),
    ("{contains: refund}", "My REFUND is due", True),
    ("{contains: REFUND}", "my refund", True),
    ("{contains: '{{expected}}'}", "my refund is due", True),
    ("{contains: straße}", "STRASSE", False),
    ("{contains: STRASSE}", "straße", False),
    ("{contains: \u03a3\u0391\u03a3}", "\u03c3\u03b1\u03c3", True),
    ("{contains: \u03c3\u03b1\u03c2}", "\u03a3\u0391\u03a3", False),
    ("{contains: i}", "\u0130", True),
    ("{contains: 'x '}", "x ", False),
    ("{startsWith: dear}", "\n Dear Ann", True),
    ("{startsWith: ann}", "Dear Ann", False),
    ("{endsWith: ANN}", "Dear Ann\n", True),
    ("{endsWith: dear}", "Dear Ann", False),
    ("{equals: '', contains: ann}", "Dear Ann", True),
    ("{endsWith: '', startsWith: dear}", "Dear Ann", True),
]


@every_row(("string", "output", "passed"), STRINGS)
def test_string_evaluators_decide_as_githubs_runner_does(string, output, passed):
    [scorer] = scorers(ONE.format(string=string, expected="Refund"))
    (_, spec), _ = read(ONE.format(string=string, expected="Refund"))
    [example] = spec.examples
    score = scorer.judge(Subject(output, example.expected, True, example.scope))
    assert (score.value, score.passed) == (float(passed), passed)


JUDGE = """\
messages: [{role: user, content: "{{input}}"}]
testData: [{input: x}]
evaluators:
  - name: j
    llm:
      modelId: openai/gpt-4o
      prompt: "{{completion}}"
      choices: CHOICES
"""


def judged(choices, reply):
    text = JUDGE.replace("CHOICES", choices)
    (_, spec), faults = read(text)
    [scorer] = bind_all(spec.scorers, faults, Reach(settings_for))
    judging = scorer.judge(Subject("out", None, False, {"input": "x"}))
    next(judging)
    with pytest.raises(StopIteration) as stop:
        judging.send(Completion(reply))
    return stop.value.value, [str(fault) for fault in faults]


@every_row(
    ("choices", "reply", "value", "passed"),
    [
        ("[{choice: no, score: 0}, {choice: yes, score: 1}]", "Not sure, yes", 0.0, False),
        ("[{choice: 1, score: 0.2}, {choice: 10, score: 1}]", "10", 0.2, True),
        ("[{choice: yes, score: 0.01}]", "YES", 0.01, True),
        ("[{choice: bad, score: -1}, {choice: good, score: 1}]", "bad", 0.0, False),
        ("[{choice: good, score: 1}, {choice: '', score: 0.5}]", "whatever", 0.5, True),
        ("[{choice: good}]", "good", 0.0, False),
        ("[{choice: good, score: 1}, {choice: GOOD, score: 0}]", "Good", 1.0, True),
    ],
)
def test_the_first_choice_that_is_a_substring_wins_and_above_zero_passes(
    choices, reply, value, passed
):
    score, faults = judged(choices, reply)
    assert (score.value, score.passed) == (value, passed)
    assert not faults


def test_no_choice_is_a_failure():
    score, _ = judged("[{choice: good, score: 1}]", "bad")
    assert not score.passed
    assert score.why == 'the judge named none of the choices "good": "bad"'


def test_scores_above_one_become_shares_with_a_warning():
    score, faults = judged("[{choice: good, score: 5}, {choice: fair, score: 2}]", "fair")
    assert (score.value, score.passed) == (0.4, True)
    assert faults == [
        "s.prompt.yml:8:16: warning: scores are shares here: they are divided by the largest, 5"
    ]


@every_row(
    ("given", "known"),
    [
        ("{maxTokens: 5}", {"max_tokens": 5, "temperature": 0.0}),
        ("{max_tokens: 5, topP: 1}", {"max_tokens": 5, "top_p": 1.0}),
        ("{temperature: null}", {}),
        (
            "{maxCompletionTokens: 9, temperature: 1}",
            {"max_completion_tokens": 9, "temperature": 1.0},
        ),
        (
            "{frequencyPenalty: 1, stop: [x]}",
            {"frequency_penalty": 1.0, "stop": ["x"], "temperature": 0.0},
        ),
        ("{maxTokens: null}", {"temperature": 0.0}),
    ],
)
def test_parameters_come_in_two_spellings(given, known):
    text = f"messages: [{{role: user, content: x}}]\nmodelParameters: {given}\n"
    (prompt, spec), faults = read(text)
    assert prompt.parameters == known
    assert (spec, faults) == (None, [])


def test_a_json_schema_is_a_text_of_json():
    text = """\
messages: [{role: user, content: x}]
responseFormat: json_schema
jsonSchema: |-
  {"name": "animal", "strict": true, "schema": {"type": "object"}}
"""
    (prompt, _), faults = read(text)
    assert not faults
    assert prompt.response_format == {
        "type": "json_schema",
        "json_schema": {"name": "animal", "strict": True, "schema": {"type": "object"}},
    }


@every_row(("kind", "format_"), [("text", None), ("json_object", {"type": "json_object"})])
def test_the_other_response_formats(kind, format_):
    (prompt, _), _ = read(f"messages: [{{role: user, content: x}}]\nresponseFormat: {kind}\n")
    assert prompt.response_format == format_


MESSAGES = 'messages: [{role: user, content: "{{input}}"}]\n'
CASES = "testData: [{input: x, expected: y}]\n"
EVALUATORS = "evaluators: [{name: e, string: {equals: x}}]\n"
WRONG = [
    ("name: x\n", ["s.prompt.yml:1:1: `messages` is missing: add it"]),
    ("messages: []\n", ["s.prompt.yml:1:11: `messages` must not be empty"]),
    (
        "messages: [{role: tool, content: x}]\n",
        ["s.prompt.yml:1:19: there is no role `tool`: known are `assistant`, `developer`"],
    ),
    ("messages: [{role: narrator, content: x}]\n", ["s.prompt.yml:1:19: "]),
    (
        "messages: [{role: user, content: '{{inputs}}'}]\n" + CASES + EVALUATORS,
        ["s.prompt.yml:1:34: no test case gives `inputs`: did you mean `input`?"],
    ),
    (
        "messages: [{role: user, content: '{{city}}'}]\ntestData: [{data: {city: x}}]\n"
        + EVALUATORS,
        ["s.prompt.yml:1:34: no test case gives `city`: it is inside `data`, so move it one"],
    ),
    (
        "messages: [{role: user, content: '{{city}}'}]\ntestData: [{input: 'city: x'}]\n"
        + EVALUATORS,
        ["s.prompt.yml:1:34: no test case gives `city`: it is in the text of `input`, so wr"],
    ),
    (
        MESSAGES + "testData:\n- input: x\n- text: y\n- text: z\n" + EVALUATORS,
        ["s.prompt.yml:4:3: this test case has no `input`, which line 1 uses"],
    ),
    (
        MESSAGES + "testData: [x]\n" + EVALUATORS,
        ["s.prompt.yml:2:12: `testData[0]` must be a mapping"],
    ),
    (
        MESSAGES + CASES + "evaluators: [{name: e, string: {endWith: x}}]\n",
        ["s.prompt.yml:3:32: `string` has none of `equals`, `contains`, "],
    ),
    (
        MESSAGES + CASES + "evaluators: [{uses: github/similar}]\n",
        ["s.prompt.yml:3:21: there is no evaluator `github/similar`: "],
    ),
    (
        MESSAGES + "responseFormat: json_schema\n",
        ["s.prompt.yml:2:17: `responseFormat: json_schema` needs `jsonSchema`: add it"],
    ),
    (MESSAGES + "responseFormat: xml\n", ["s.prompt.yml:2:17: `responseFormat` cannot be "]),
    (
        MESSAGES + CASES + "evaluators: [{name: e, strng: {equals: x}}, {uses: github/fluency}]\n",
        ["s.prompt.yml:3:14: this evaluator has none of `string`, `llm` and `uses`: did you mean"],
    ),
    (
        MESSAGES + "responseFormat: json_schema\njsonSchema: '{'\n",
        ["s.prompt.yml:3:13: `jsonSchema` is not JSON that can be used (Input "],
    ),
    (
        MESSAGES + 'responseFormat: json_schema\njsonSchema: \'{"name": "x"}\'\n',
        ["s.prompt.yml:3:13: `json_schema` needs a `name` and a mapping `schema`"],
    ),
    (
        MESSAGES + f"responseFormat: json_schema\njsonSchema: '{'[' * 5_000}'\n",
        ["s.prompt.yml:3:13: `jsonSchema` is not JSON that can be used"],
    ),
    (
        MESSAGES + "modelParameters: {maxTokens: 5, max_tokens: 6}\n",
        ["s.prompt.yml:2:33: `max_tokens` is given twice: remove one"],
    ),
    (
        MESSAGES + "modelParameters: {maxTokens: many}\n",
        ["s.prompt.yml:2:30: `parameters.max_tokens` must be"],
    ),
]


@every_row(("text", "messages"), WRONG)
def test_faults_are_at_their_places(text, messages):
    found, faults = read(text)
    assert found is None
    said = [str(fault) for fault in faults if not fault.warning]
    assert len(said) == len(messages)
    assert all(one.startswith(other) for one, other in zip(said, messages, strict=True)), said


DOUBTFUL = [
    (
        "modelparameters: {}\n",
        "1",
        "the key `modelparameters` is ignored: did you mean `modelParameters`?",
    ),
    (
        "modelParameters: {maxToken: 5}\n",
        "19",
        "the key `maxToken` is ignored: did you mean `maxTokens`?",
    ),
    (CASES, "1", "there are no `evaluators`, so nothing would be judged: add some"),
    (EVALUATORS, "1", "there is no `testData`, so nothing would be judged: add some"),
    ("jsonSchema: '{}'\n", "1", "`jsonSchema` is not used: add `responseFormat: json_schema`"),
]


@every_row(("more", "column", "warning"), DOUBTFUL)
def test_what_would_be_ignored_in_silence_is_a_warning(more, column, warning):
    (prompt, spec), faults = read(MESSAGES + more)
    assert prompt.variables == {"input"}
    assert spec is None
    assert [str(fault) for fault in faults] == [f"s.prompt.yml:2:{column}: warning: {warning}"]


def test_evaluators_of_one_test_case_are_warned_of():
    own = "{input: x, evaluators: [{name: e, string: {contains: x}}]}"
    (_, spec), faults = read(f"{MESSAGES}testData: [{own}]\n{EVALUATORS}")
    assert len(spec.scorers) == 1
    assert [str(fault) for fault in faults] == [
        "s.prompt.yml:2:23: warning: the `evaluators` of one test case are not read:"
        " write them at the top of the file"
    ]


def test_evaluators_that_say_two_things_are_warned_of():
    text = """\
evaluators:
  - name: e
    string: {contains: x, equals: X, endWith: y}
    uses: github/fluency
"""
    (_, spec), faults = read(MESSAGES + CASES + text)
    assert [str(fault).partition("warning: ")[2] for fault in faults] == [
        "`uses` is not used beside `string`: remove one of them",
        "the key `endWith` is ignored: did you mean `endsWith`?",
        "`contains` is not used beside `equals`: write a second evaluator",
    ]
    assert list(spec.scorers[0].value) == ["equals"]


def test_test_data_that_no_message_uses_is_fine():
    (_, spec), faults = read(MESSAGES + "testData: [{input: x, note: y}]\n" + EVALUATORS)
    assert not faults
    assert not spec.examples[0].has_expected


def said(faults):
    assert all(fault.warning for fault in faults)
    return [str(fault).partition("warning: ")[2] for fault in faults]


def test_a_placeholder_that_only_an_evaluator_uses_stays_as_it_is():
    text = """\
messages: [{role: user, content: "Name the country of {{city}}."}]
testData: [{city: Bergen, expected: Norway}, {city: Rome}]
evaluators:
  - name: rules
    llm:
      modelId: openai/gpt-4o
      prompt: "{{input}} {{a.b}} {{expected}} {{completion}}"
      choices: [{choice: "yes", score: 1}, {choice: "no", score: 0}]
"""
    (_, spec), faults = read(text)
    assert [each.partition(" stays")[0] for each in said(faults)] == [
        "no test case gives `input`, so `{{input}}`",
        "no test case gives `a.b`, so `{{a.b}}`",
        "some lack `expected`, so `{{expected}}`",
    ]
    [judge] = bind_all(spec.scorers, [], Reach(settings_for))
    asked = []
    for example in spec.examples:
        subject = Subject("Norway", example.expected, example.has_expected, example.scope)
        asked.append(next(judge.judge(subject)).messages[-1].content)
    assert asked == [
        "{{input}} {{a.b}} Norway Norway",
        "{{input}} {{a.b}} {{expected}} Norway",
    ]
    assert [set(example.vars) for example in spec.examples] == [{"city", "expected"}, {"city"}]


@every_row(
    ("content", "sent", "odd"),
    [
        ('Reply {{"a": {{input}}}}', 'Reply {{"a": x}}', 1),
        ("{{{input}}}", "{x}", 0),
        ("\\{{input}}", "\\x", 0),
        ("{{ input }} {{#if a}}", "x {{#if a}}", 1),
        ("${{ github.event }}", None, 0),
        ("{{my input}}", "{{my input}}", 1),
    ],
)
def test_only_placeholders_are_placeholders(content, sent, odd):
    text = f"messages: [{{role: user, content: {json.dumps(content)}}}]\n"
    (prompt, _), faults = read(text)
    assert len(said(faults)) == odd
    if sent is not None:
        assert prompt.render({"input": "x"})[0].content == sent


def test_evaluators_keep_braces_that_are_no_placeholder():
    text = "evaluators: [{name: e, string: {contains: '{{\"a\": {{expected}}}}'}}]\n"
    (_, spec), _ = read(MESSAGES + CASES + text)
    [scorer] = bind_all(spec.scorers, [], Reach(settings_for))
    assert scorer.judge(Subject('{{"a": y}}', "y", True, spec.examples[0].scope)).passed


@every_row(
    "given",
    [
        "modelParameters: {response_format: json_object, stop: []}\n",
        "modelParameters: {responseFormat: {type: json_object}}\n",
        "response_format: json_object\n",
        "responseFormat: {type: json_object}\n",
    ],
)
def test_a_response_format_is_taken_wherever_it_is(given):
    (prompt, _), faults = read(MESSAGES + given)
    assert prompt.response_format == {"type": "json_object"}
    assert "stop" not in prompt.parameters
    assert all("`responseFormat`" in each for each in said(faults))


@every_row(
    "schema",
    [
        "jsonSchema: {name: answer, schema: {type: object}}\n",
        'jsonSchema: \'{"type": "object"}\'\n',
        'json_schema: \'{"schema": {"type": "object"}}\'\n',
    ],
)
def test_a_schema_in_another_form_is_taken_too(schema):
    (prompt, _), faults = read(MESSAGES + "responseFormat: json_schema\n" + schema)
    said(faults)
    inner = prompt.response_format["json_schema"]
    assert (inner["name"], inner["schema"]) == ("answer", {"type": "object"})


def test_what_does_no_harm_is_no_error():
    text = """\
name: {en: x}
messages: [{role: system, content: }, {role: user, content: 5, name: me}]
testData: [{input: x, expected: y}, {input: x, expected: y}]
evaluators:
  - {name: e, description: Says y, string: {equals: y}}
  - {name: f, type: regex, pattern: y}
"""
    (prompt, spec), faults = read(text)
    assert [m.content for m in prompt.render({})] == ["", "5"]
    assert (len(spec.examples), len(spec.scorers)) == (1, 1)
    assert said(faults) == [
        "the key `name` is ignored: known are `content`, `role`",
        "this test case is the same as that in line 3, so it is left out: remove one",
        "this evaluator has none of `string`, `llm` and `uses`, so it judges nothing: add one",
    ]


def test_evaluators_in_other_spellings_are_read():
    judge = "{model: openai/gpt-4.1, prompt: x, system_prompt: s, choices: [{choice: y, score: 1}]}"
    text = f"evaluators: [{{name: e, string: {{starts_with: a}}}}, {{name: f, llm: {judge}}}]\n"
    (_, spec), faults = read(MESSAGES + CASES + text)
    assert [next(iter(scorer.value)) for scorer in spec.scorers] == ["starts_with", "choice_judge"]
    assert said(faults) == [
        "`starts_with` is written `startsWith` here",
        "`system_prompt` is written `systemPrompt` here",
        "`model` is written `modelId` here",
    ]


def test_a_message_without_content_is_empty():
    (prompt, _), faults = read("messages: [{role: developer, content: x}, {role: user}]\n")
    assert [(m.role, m.content) for m in prompt.render({})] == [("developer", "x"), ("user", "")]
    assert said(faults) == ["this message has no `content`, so its text is empty"]


@every_row(
    ("written", "called"),
    [
        ("openai/gpt-4.1", "openai/gpt-4.1"),
        ("gpt-4o", "gpt-4o"),
        ("azureml://registries/azure-openai/models/gpt-4o/versions/2024-11-20", "openai/gpt-4o"),
        ("azureml://registries/azureml-meta/models/Llama-4-Scout/versions/1", "meta/llama-4-scout"),
        ("azureml://registries/own/models/m1", "m1"),
    ],
)
def test_a_model_is_called_by_publisher_and_name(written, called):
    judge = f"{{modelId: '{written}', prompt: x, choices: [{{choice: y, score: 1}}]}}"
    text = f"model: '{written}'\n" + MESSAGES + CASES + f"evaluators: [{{name: e, llm: {judge}}}]\n"
    node = load_yaml(text.encode(), "s.prompt.yml")
    prompt, spec = parse_promptyml(node, "s", [], lambda model: f"lab/{model}")
    assert prompt.model == f"lab/{called}"
    assert spec.scorers[0].get("choice_judge", "model").value == f"lab/{called}"


@every_row(
    ("text", "foreign"),
    [
        ("system: Be brief.\nuser: '{{q}}'\n", True),
        ("name: x\nprompts: [{role: user, content: x}]\n", True),
        ("- a\n", True),
        ("just text\n", True),
        ("message: [{role: user, content: x}]\n", False),
        ("model: x\nevaluators: []\n", False),
        (MESSAGES, False),
    ],
)
def test_a_file_of_another_tool_is_known_by_its_keys(text, foreign):
    assert is_foreign(load_yaml(text.encode(), "s.prompt.yml")) is foreign


@every_row(
    "evaluators",
    [
        "[{name: e}]",
        "[{name: e, json: {}}]",
        "[{name: e, string: {regex: x}}]",
        "[{name: e, string: {notContains: x}}]",
        "[{string: {equals: ''}}]",
    ],
)
def test_where_no_evaluator_can_be_used_nothing_is_judged(evaluators):
    (_, spec), faults = read(f"{MESSAGES}{CASES}evaluators: {evaluators}\n")
    assert spec is None
    assert said(faults)[-1].startswith("none of the `evaluators` can be used")


def test_an_empty_test_case_beside_others_is_left_out():
    (_, spec), faults = read(f"{MESSAGES}testData: [{{input: x}}, {{}}]\n{EVALUATORS}")
    assert len(spec.examples) == 1
    assert said(faults) == ["this test case is empty, so it is left out: remove it"]


def test_values_inside_input_are_taken_with_a_warning_for_all():
    text = "messages: [{role: user, content: '{{city}} {{input.city}}'}]\n"
    text += "testData:\n- input: {city: x}\n- input: {city: y}\n" + EVALUATORS
    (_, spec), faults = read(text)
    assert [example.vars["city"] for example in spec.examples] == ["x", "y"]
    [told] = [str(fault) for fault in faults if "beside it" in str(fault)]
    assert told.startswith("s.prompt.yml:3:3: warning: what is inside `input` is taken")
