"""What configurations of others commonly hold: carried as it is meant, or told."""

import json
import re

import pytest

from promptci.errors import SpecError
from promptci.importers.kinds import IMPORTERS
from promptci.importers.sources import Sources
from promptci.importers.spreadsheets.tables import read_mapped_table
from promptci.importers.writing import all_files
from tables import every_row

CONFIG = "promptfooconfig.yaml"


def said(found) -> str:
    return "\n".join(str(each) for each in found.losses)


def test_a_raw_prompt_may_name_a_file(read) -> None:
    text = "prompts: [{label: v2, raw: 'file://p/two.txt'}]\nproviders: [openai:m]\n"
    found = read("promptfoo", {CONFIG: text, "p/two.txt": "Read {{ a }}"})
    assert found.prompts[0].name == "v2"
    assert found.prompts[0].body["messages"] == [{"role": "user", "content": "Read {{ a }}"}]


@pytest.mark.parametrize("place", ["c/s.json", "s.json", "c/d/s.json"])
def test_files_that_tests_name_lie_beside_the_configuration(read, rows, place) -> None:
    text = "prompts: ['{{a}}']\nproviders: [openai:m]\ntests: file://d/t.yaml\n"
    tests = "- {vars: {a: 1}, assert: [{type: is-json, value: 'file://s.json'}]}\n"
    other = '{"type": "array"}' if place != "c/d/s.json" else '{"type": "object"}'
    files = {f"c/{CONFIG}": text, "c/d/t.yaml": tests, "c/d/s.json": other}
    found = read("promptfoo", {**files, place: '{"type": "object"}'}, f"c/{CONFIG}")
    assert "'object'" in str(rows(found)[0]) + str(found.evals[0].body["scorers"])
    assert not found.losses


def test_variables_from_a_pattern_of_files(read, rows) -> None:
    text = (
        "prompts: ['{{a}} {{b}} {{c}}']\ntests:\n  - vars: v/*.yaml\n"
        "  - vars: {a: 'file://t/*.txt', b: 1, c: 2}\n"
    )
    files = {
        CONFIG: text,
        "v/1.yaml": "{a: 1, b: 2}",
        "v/2.yaml": "{b: 3, c: 4}",
        "t/x.txt": "X",
        "t/y.txt": "Y",
    }
    found = read("promptfoo", files)
    values = [row["vars"] for row in rows(found)]
    assert values[0] == {"a": 1, "b": 3, "c": 4}
    assert [each["a"] for each in values[1:]] == ["X", "Y"]
    assert found.losses == []


def test_a_prompt_with_logic_gets_every_variable_that_it_uses(read, rows) -> None:
    text = (
        "prompts: ['{% if tone %}Be kind.{% endif %} {{ user.name | upper }} {{ x | json }}"
        " {{ 1 + n }}']\n"
        "tests: [{vars: {tone: soft}}, {vars: {user: {name: Bo}, x: [1]}}]\n"
    )
    found = read("promptfoo", {CONFIG: text})
    first, second, *_ = (row["vars"] for row in rows(found))
    assert first == {"tone": "soft", "user": {"name": ""}, "x": ""}
    assert second == {"tone": "", "user": {"name": "Bo"}, "x": 1}
    [content] = [each["content"] for each in found.prompts[0].body["messages"]]
    assert "{{ x | tojson }}" in content
    assert "{{ '{{' }} 1 + n }}" in content
    assert "`{{ 1 + n }}` is an expression" in said(found)


def test_messages_beside_one_with_logic_are_written_for_it_too(read) -> None:
    chat = (
        '[{"role": "system", "content": "{{ 1 + n }}"},'
        ' {"role": "user", "content": "{{ a | upper }}"}]'
    )
    found = read("promptfoo", {CONFIG: "prompts: ['file://c.json']", "c.json": chat})
    system, _ = found.prompts[0].body["messages"]
    assert system["content"] == "{{ '{{' }} 1 + n }}"
    assert said(found).count("is an expression") == 1


@pytest.mark.parametrize(
    ("assertion", "wanted"),
    [
        ("type: equals, value: fine", {"equals": {"value": "fine", "ignore_case": True}}),
        (
            "type: not-icontains, value: bad",
            {"contains": {"not": True, "value": "bad", "ignore_case": True}},
        ),
        ("type: equals, value: Fine", {"equals": "Fine"}),
        ("type: regex, value: a", {"regex": "a"}),
        ("type: latency, threshold: 2000", {"latency": 2.0}),
    ],
)
def test_small_letters_first(read, rows, assertion: str, wanted: object) -> None:
    text = (
        "prompts: ['{{a}}']\ntests:\n  - vars: {a: 1}\n"
        f"    options: {{transform: output.toLowerCase()}}\n    assert: [{{{assertion}}}]\n"
        "  - {vars: {a: 2}, assert: [{type: cost, threshold: 1}]}\n"
    )
    found = read("promptfoo", {CONFIG: text})
    assert rows(found)[0]["scorers"] == [wanted]
    assert bool(found.losses) == (wanted in ({"equals": "Fine"}, {"regex": "a"}))


def test_what_is_taken_out_first_holds_for_short_and_reversed_scorers(read, rows) -> None:
    text = (
        "prompts: ['{{a}}']\ntests:\n  - vars: {a: 1}\n"
        "    options: {transform: JSON.parse(output).b}\n"
        "    assert: [{type: regex, value: x}, {type: not-contains, value: 'n'}]\n"
        "  - {vars: {a: 2}, assert: [{type: is-json}]}\n"
    )
    [first, _] = rows(read("promptfoo", {CONFIG: text}))
    taken = {"json": "b"}
    assert first["scorers"] == [
        {"regex": {"pattern": "x", "extract": taken}},
        {"contains": {"not": True, "value": "n", "extract": taken}},
    ]


def test_options_of_the_default_and_odd_keys_are_told(read, rows) -> None:
    text = (
        "prompts: ['{{a}}']\nproviders: [echo, {config: {temperature: 0}}]\n"
        "evaluateOptions: {maxConcurrency: 2}\n"
        "defaultTest: {options: {timeout: 9, transformVars: 'return vars'}}\n"
        "tests: [{vars: {a: 1}, providerOutput: x, odd: 1}]\n"
    )
    found = read("promptfoo", {CONFIG: text})
    rows(found)
    for part in ("`transformVars`", "`providerOutput`", "`odd`", "`echo` asks no model", "`id`"):
        assert part in said(found)
    notes = "\n".join(str(each) for each in found.notes)
    assert "`evaluateOptions`" in notes
    assert "`timeout`" in notes


def test_a_sample_that_the_prompt_does_not_use_is_kept_aside(read, rows) -> None:
    front = "model: {connection: {azure_deployment: d}}\ninputs: {a: 1, b: 2}\n"
    found = read("prompty", {"p.prompty": f"---\n{front}---\nuser:\nRead {{{{a}}}}\n"})
    assert rows(found) == [{"id": "sample", "vars": {"a": 1}, "meta": {"b": 2}}]
    assert "`d` of `azure` needs an endpoint" in said(found)
    front = "input: {default: {a: 1, b: 2}}\noutput: {summary: string}\n"
    found = read("dotprompt", {"p.prompt": f"---\n{front}---\n{{{{a}}}} {{{{media url=a}}}}\n"})
    assert rows(found) == [{"id": "default", "vars": {"a": 1}, "meta": {"b": 2}}]
    assert said(found).count("media") == 1
    assert "`summary` of `output`" in said(found)


def test_a_sample_without_a_thread_leaves_it_empty(read, rows) -> None:
    front = (
        "inputSchema:\n  properties:\n    - {name: a, default: x}\n"
        "    - {name: talk, kind: thread}\noutputSchema: {properties: []}\n"
    )
    found = read("prompty", {"p.prompty": f"---\n{front}---\nuser:\n{{{{talk}}}} {{{{a}}}}\n"})
    assert rows(found)[0]["vars"] == {"a": "x", "talk": []}
    assert "`talk` has no value here" in str(found.notes[0])
    assert "`outputs` is not carried" in said(found)


def test_a_thread_of_prompty_is_turns_and_what_is_behind_it_goes_on(read) -> None:
    """As Prompty 2.1.0 sends it, whose text without a role is the system's."""
    front = "inputs:\n  - {name: q, kind: string}\n  - {name: talk, kind: thread}\n"
    body = "Be kind, ${file:x}.\n\n{{talk}}\n\nAnd brief.\nuser:\n{{q}}\n"
    found = read("prompty", {"p.prompty": f"---\nname: ${{x}} of ${{file:y}}\n{front}---\n{body}"})
    assert found.prompts[0].body["messages"] == [
        {"role": "system", "content": "Be kind, ${file:x}."},
        "{{ talk }}",
        {"role": "system", "content": "And brief."},
        {"role": "user", "content": "{{ q }}"},
    ]
    assert found.losses == []


def test_inputs_may_be_in_a_file(read, rows) -> None:
    files = {"p.prompty": "---\ninputs: ${file:i.json}\n---\nuser:\n{{a}}\n", "i.json": '{"a": 1}'}
    found = read("prompty", files)
    assert (rows(found)[0]["vars"], found.losses) == ({"a": 1}, [])


def test_a_chat_with_values_written_in_and_one_made_by_logic(read, rows) -> None:
    chat = '[{"role": "user", "content": {{ ask | dump }}}]'
    config = "prompts: ['file://c.json']\ntests: [{vars: {ask: hi}}]\n"
    found = read("promptfoo", {CONFIG: config, "c.json": chat})
    assert found.prompts[0].body["messages"] == [{"role": "user", "content": "{{ ask }}"}]
    assert found.losses == []
    logic = (
        '[{% for t in _conversation %}{"role": "user",'
        ' "content": {{ t.input | dump }}},{% endfor %}]'
    )
    found = read("promptfoo", {CONFIG: config, "c.json": logic})
    rows(found)
    assert "made by logic" in said(found)
    assert "`_conversation` holds what was answered" in said(found)


def test_conditions_and_parsed_outputs(read, rows) -> None:
    text = (
        "prompts: ['{{a}}']\ntests:\n"
        "  - vars: {a: 1}\n    options: {transform: JSON.parse(output)}\n    assert:\n"
        "      - {type: is-json}\n"
        "      - {type: contains-any, transform: output.names, value: [x]}\n"
        "  - {vars: {a: 2}, assert: [{type: javascript, value: 'output.length <= 9 ? 1 : 0'}]}\n"
    )
    found = read("promptfoo", {CONFIG: text})
    first, second = (row["scorers"] for row in rows(found))
    assert first[1] == {"contains_any": {"value": ["x"], "extract": {"json": "names"}}}
    assert (second, found.losses) == ([{"length": {"max": 9}}], [])


def test_an_object_that_is_no_list_and_keys_that_no_prompt_has(read, rows) -> None:
    code = "output && typeof output === 'object' && !Array.isArray(output)"
    text = (
        "prompts: [{id: guide, content: 'Hello {{a}}'}]\n"
        f'tests: [{{vars: {{}}, assert: [{{type: javascript, value: "{code}"}}]}}]\n'
    )
    found = read("promptfoo", {CONFIG: text})
    assert found.evals[0].body["scorers"]
    assert "Array" not in said(found)
    assert "`content` of a prompt is not read" in said(found)


def test_graders_find_the_items_beside_them(read, rows) -> None:
    graders = (
        '{"name": "G", "testing_criteria": [{"type": "string_check", "name": "m",'
        ' "operation": "eq", "input": "{{ sample.output_text }}",'
        ' "reference": "{{ item.ideal }}"}]}'
    )
    files = {"g/e.json": graders, "g/d.jsonl": '{"item": {"input": "p", "ideal": "y"}}\n'}
    assert rows(read("openai-graders", files))[0]["vars"] == {"input": "p", "ideal": "y"}
    alone = read("openai-graders", {"h/e.json": graders})
    assert (len(alone.evals), len(alone.prompts)) == (1, 1)
    assert rows(alone)[0]["vars"] == {"input": "TODO", "ideal": "TODO"}
    assert "there are no items" in said(alone)


def test_cases_of_a_skill_keep_what_they_say_besides(read, rows) -> None:
    text = (
        '{"skill_name": "s", "evals": [{"id": 0, "prompt": "p", "category": "c", "files": [],'
        ' "expected_output": "all of it",'
        ' "assertions": [{"id": "x", "text": "short", "type": "t"}]},'
        ' {"prompt": "q", "expected_output": "y"}]}'
    )
    first, second = rows(read("claude-evals", {"k/evals.json": text}))
    assert (first["id"], second["id"]) == ("0", "2")
    kept = [{"id": "x", "text": "short", "type": "t"}]
    assert first["meta"] == {
        "category": "c", "expected_output": "all of it", "assertions": kept
    }  # fmt: skip
    one = '{"skills": [], "query": "q", "expected_behavior": ["does it"]}'
    [row] = rows(read("claude-evals", {"k/case-1.json": one}))
    assert row["scorers"][0]["rubric"]["criteria"] == "does it"


def test_the_tests_of_a_prompt_that_is_code_are_carried(read, rows) -> None:
    text = (
        "prompts: [{id: 'file://make.js', label: plan}]\ndefaultTest: {vars: {tone: dry}}\n"
        "tests: [{vars: {city: Rome}, assert: [{type: contains, value: Rome}]}]\n"
    )
    found = read("promptfoo", {CONFIG: text, "make.js": "module.exports = () => ''"})
    [message] = found.prompts[0].body["messages"]
    wanted = "TODO: the text that make.js makes of these variables\n\ntone: {{ tone }}\n"
    assert message["content"] == f"{wanted}city: {{{{ city }}}}"
    assert [row["vars"] for row in rows(found)] == [{"tone": "dry", "city": "Rome"}]
    assert "write its text in place of the TODO" in said(found)


def test_what_promptfoo_reads_in_no_assertion_is_told(read, rows) -> None:
    text = (
        "prompts: ['{{a}}']\n"
        "tests: [{vars: {a: 1}, assert: [{type: equals, value: b, path: $.c}]}]\n"
    )
    found = read("promptfoo", {CONFIG: text})
    rows(found)
    notes = {str(each) for each in found.notes}
    wrong = "`path` of an assertion is not read by promptfoo either: left out"
    assert notes == {f"{CONFIG}:2:58: warning: {wrong}"}


def test_a_judge_is_the_provider_of_that_name(read, rows) -> None:
    text = (
        "prompts: ['{{a}}']\n"
        "providers: [{id: 'azure:chat:m', config: {apiHost: x.openai.azure.com}}]\n"
        "tests:\n  - vars: {a: 1}\n"
        "    assert: [{type: llm-rubric, value: kind, provider: 'azure:chat:m'}]\n"
    )
    found = read("promptfoo", {CONFIG: text})
    assert found.evals[0].body["scorers"][0]["rubric"]["model"] == "azure/m"
    assert found.losses == []


def test_marks_of_a_conflict_are_named(read) -> None:
    text = "a: 1\n<<<<<<< ours\nprompts: [a]\n=======\nprompts: [b]\n>>>>>>> theirs\n"
    with pytest.raises(SpecError, match=f"{CONFIG}:2:1: an unresolved merge conflict"):
        read("promptfoo", {CONFIG: text})


PROMPTY = """\
---
metadata: {tags: [a]}
model:
  api: %s
  parameters:
    tools: [{type: function, function: {name: look}}]
    tool_choice: auto
outputs: [{name: city, kind: string}]
---
user:
{{q}}
"""


def test_a_prompty_keeps_its_tools_and_the_form_of_its_answer(read) -> None:
    found = read("prompty", {"a.prompty": PROMPTY % "chat"})
    body = found.prompts[0].body
    assert body["tools"] == [{"type": "function", "function": {"name": "look"}}]
    assert body["tool_choice"] == "auto"
    assert list(body["response_format"]["properties"]) == ["city"]
    assert found.losses == []
    notes = "\n".join(str(each) for each in found.notes)
    assert "`metadata` says nothing to a model" in notes
    assert "the model is not named in it" in notes


def test_a_prompty_that_is_no_chat_is_told(read) -> None:
    assert "`embedding` is no chat" in said(read("prompty", {"a.prompty": PROMPTY % "embedding"}))


def test_whether_a_skill_is_called_is_told(read, rows) -> None:
    text = '{"evals": [{"prompt": "Mend it", "should_trigger": false}]}'
    found = read("claude-evals", {"evals.json": text})
    [row] = rows(found)
    assert row["meta"] == {"should_trigger": False}
    assert said(found).startswith("evals.json:1:34: `should_trigger` of a case is not carried")


@pytest.mark.parametrize(
    ("code", "scorer"),
    [
        ("1 / (output.length + 1)", {"length": {"min": 0}}),
        ("Math.max(0, 1 - output.length / 50)", {"length": {"max": 49}}),
        ("Math.min(output.length - 2, 9 - output.length)", {"length": {"min": 3, "max": 8}}),
        ("output.trim().split(/\\s+/).length <= 20", {"word_count": {"min": 0, "max": 20}}),
        ("len(output.split()) > 3", {"word_count": {"min": 4}}),
    ],
)
def test_what_a_script_computes_of_lengths_is_carried(read, code: str, scorer: object) -> None:
    tests = f"- {{vars: {{a: 1}}, assert: [{{type: javascript, value: '{code}'}}]}}"
    found = read("promptfoo", {CONFIG: f"prompts: ['{{{{a}}}}']\ntests:\n  {tests}\n"})
    assert found.evals[0].body["scorers"] == [scorer]
    assert found.losses == []


@pytest.mark.parametrize(
    "code",
    ["(output.length - 2) * (output.length - 9)", "1 / output.length", "Math.random() * 2"],
)
def test_what_passes_at_no_one_run_of_lengths_is_told(read, code: str) -> None:
    tests = f"- {{vars: {{a: 1}}, assert: [{{type: javascript, value: '{code}'}}]}}"
    assert "is code" in said(
        read("promptfoo", {CONFIG: f"prompts: ['{{{{a}}}}']\ntests:\n  {tests}\n"})
    )


@pytest.mark.parametrize(
    ("assertion", "scorer"),
    [
        ("type: context-recall, value: x", {"threshold": 0.5}),
        ("type: similar, value: x, threshold: 0.3", {"threshold": 0.3}),
    ],
)
def test_judged_assertions_keep_their_thresholds_and_texts(read, assertion, scorer) -> None:
    text = f"prompts: ['{{{{a}}}}']\ntests: [{{vars: {{a: 1}}, assert: [{{{assertion}}}]}}]\n"
    found = read("promptfoo", {CONFIG: text})
    [(_, options)] = found.evals[0].body["scorers"][0].items()
    assert options | scorer == options


def test_similar_takes_several_texts(read, rows) -> None:
    test = "{vars: {a: 1}, assert: [{type: similar, value: [x, y]}]}"
    found = read("promptfoo", {CONFIG: f"prompts: ['{{{{a}}}}']\ntests: [{test}]\n"})
    assert [row["expected"] for row in rows(found)] == [["x", "y"]]


def test_what_promptfoo_does_not_reverse_is_told(read, rows) -> None:
    test = "{vars: {a: 1}, assert: [{type: not-factuality, value: x}]}"
    found = read("promptfoo", {CONFIG: f"prompts: ['{{{{a}}}}']\ntests: [{test}]\n"})
    assert "ignores `not-`" in "\n".join(str(each) for each in found.notes)


REGISTRY = """\
a.v0:
  class: evals.elsuite.basic.match:Match
  args: {samples_jsonl: a.jsonl, few_shot_jsonl: shots.jsonl, num_few_shot: 1}
b.v0:
  class: evals.elsuite.modelgraded.classify:ModelBasedClassify
  args:
    samples_jsonl: a.jsonl
    modelgraded_spec: closedqa
    modelgraded_spec_args: {criteria: {tone: Is it kind?, size: Is it short?}}
c.v0:
  class: evals.elsuite.modelgraded.classify:ModelBasedClassify
  args: {samples_jsonl: a.jsonl, modelgraded_spec: same, modelgraded_spec_args: {language: Urdu}}
d.v0:
  class: evals.elsuite.translate:Translate
  args: {samples_jsonl: a.jsonl}
e.v0:
  class: evals.elsuite.multiple_choice:MultipleChoice
  args: {dataset: 'hf://a'}
"""
SAME = "same:\n  prompt: 'From {language}: {completion}'\n  choice_strings: YN\n"


def test_shots_and_arguments_of_a_registry_are_carried(read, rows) -> None:
    chat = '{"role": "system", "content": "Sort."}, {"role": "user", "content": "%s"}'
    shot = '{"sample": [{"role": "system", "content": "b a", "name": "example_user"}]}\n'
    files = {
        "registry/evals/a.yaml": REGISTRY,
        "registry/data/a.jsonl": f'{{"input": [{chat % "d c"}], "ideal": ["c d"]}}\n',
        "registry/data/shots.jsonl": shot + shot,
        "registry/modelgraded/same.yaml": SAME,
    }
    found = read("openai-evals", files)
    assert [turn["content"] for turn in rows(found)[0]["vars"]["input"]] == ["Sort.", "b a", "d c"]
    scorers = [each.body["scorers"] for each in found.evals]
    assert [each["closed_qa"]["criteria"] for each in scorers[1]] == ["Is it kind?", "Is it short?"]
    judge = scorers[2][0]["choice_judge"]
    assert judge["prompt"] == "From Urdu: {{ output }}"
    assert [each["choice"] for each in judge["choices"]] == ["Y", "N"]
    assert scorers[3] == [{"bleu": {"threshold": 0.3}}]
    [told] = found.losses
    assert told.message.endswith(
        "fetches its samples from a hub: save them as JSONL with `input` and `ideal`"
    )


def test_a_value_is_sent_without_the_line_end_at_its_end(read, rows) -> None:
    """As promptfoo 0.123.1 sends it: one alone is taken off."""
    tests = "tests:\n  - vars:\n      a: |\n        two\n        lines\n      b: ['x\\n', 'y']\n"
    found = read("promptfoo", {CONFIG: f"prompts: ['{{{{a}}}} {{{{b}}}}']\n{tests}"})
    values = [row["vars"] for row in rows(found)]
    assert values == [{"a": "two\nlines", "b": "x\\n"}, {"a": "two\nlines", "b": "y"}]


def test_a_password_in_an_address_is_not_written(read) -> None:
    """It was in the settings and in the model's name, where git keeps it."""
    address = "https://me:pa55@models.example/v1"
    provider = f"{{id: openai:chat:m, config: {{apiBaseUrl: '{address}'}}}}"
    found = read("promptfoo", {CONFIG: f"prompts: [hi]\nproviders: [{provider}]\n"})
    assert "an address holds a user, password or query" in said(found)
    assert "pa55" not in repr((found.prompts, found.settings, found.losses, found.notes))


def test_an_image_of_prompty_is_not_text_in_silence(read) -> None:
    front = "inputs:\n  - {name: before, kind: image}\n  - {name: q, kind: string}\n"
    found = read("prompty", {"p.prompty": f"---\nname: p\n{front}---\nuser:\n{{{{before}}}}"})
    assert "`before` of the kind `image` is sent as text" in found.losses[0].message
    assert len(found.losses) == 1


@every_row(
    "golden",
    [
        {"input": "List the files", "additional_metadata": {"difficulty": "easy"}},
        {"scenario": "A refund", "expected_outcome": "It is paid."},
    ],
)
def test_goldens_are_known_by_what_only_they_have(golden) -> None:
    assert IMPORTERS["deepeval"].matches("goldens.json", json.dumps([golden]).encode())


def test_goldens_of_one_name_are_examples_of_their_own(read, rows) -> None:
    golden = '{"name": "refund", "input": "Pay me", "expected_output": "ok", "actual_output": "no"}'
    found = read("deepeval", {"g.json": f"[{golden},\n{golden}]"})
    assert [row["id"] for row in rows(found)] == ["refund", "refund-2-1"]
    assert [row["id"] for row in found.outputs[0].rows()] == ["refund", "refund-2-1"]


def test_contexts_that_were_joined_by_a_bar_stay_whole(read, rows) -> None:
    """Where they end cannot be told: DeepEval 4.3.1 itself cuts a Markdown table into its cells."""
    joined = "| plan | price |\n| basic | 9 ||Prices are in euros."
    golden = {"input": "What is it?", "expected_output": "9", "context": joined}
    [row] = rows(read("deepeval", {"g.jsonl": json.dumps(golden)}))
    assert row["meta"] == {"context": joined}


def test_goldens_that_expect_nothing_do_not_say_that_they_are_compared(read) -> None:
    found = read("deepeval", {"g.json": '[{"input": "List the files"}]'})
    assert "any answer that is not empty passes" in found.notes[0].message


def test_the_notes_of_a_run_of_deepeval_are_cases_and_outputs(read, rows) -> None:
    case = (
        '{"name": "a", "input": "Say a", "actualOutput": "a", "success": true, "metricsData": []}'
    )
    other = '{"input": "Say b", "actualOutput": "c", "expectedOutput": "b"}'
    found = read("deepeval", {"run.json": f'{{"testCases": [{case}, {other}], "testPassed": 1}}'})
    assert [(row["id"], row["scorers"]) for row in rows(found)] == [
        ("a", [{"length": {"min": 1}}]), ("case-2", ["short_answer"]),
    ]  # fmt: skip
    assert [row["output"] for row in found.outputs[0].rows()] == ["a", "c"]
    assert found.losses == []
    assert IMPORTERS["deepeval"].matches("run.json", f'{{"testCases": [{case}]}}'.encode())


@pytest.mark.parametrize(("name", "sign"), [("t.csv", ";"), ("t.tsv", "\t")])
def test_a_table_of_another_country_is_read_as_it_is(read, rows, name, sign) -> None:
    lines = (("q", "expected", "preis"), ("a, b", "x", "1.234,50"), ("c", "y", "2"))
    found = read("csv", {name: "\n".join(sign.join(line) for line in lines)})
    assert [row["vars"] for row in rows(found)] == [
        {"q": "a, b", "preis": "1.234,50"},
        {"q": "c", "preis": "2"},
    ]
    notes = "\n".join(map(str, found.notes))
    assert f"{name}:2:1: warning: `preis` has a decimal comma in `1.234,50`" in notes


def test_a_table_without_an_expectation_passes_any_answer_and_says_so(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("q,r\na,b\n")
    found = read_mapped_table(Sources(tmp_path), "t.csv", {"q": "q"})
    assert found.evals[0].body["scorers"] == [{"length": {"min": 1}}]
    assert "any answer passes" in str(found.notes[0])


ENVIRONMENT = """\
env: {HOST: "https://llm.example.com/v1"}
prompts: ["Say {{q}}"]
providers:
  - {id: "openai:{{env.MODEL}}"}
  - id: openai:a
    config: {apiBaseUrl: "{{ env.HOST }}", apiKey: "{{ env.MY_KEY }}", temperature: 0}
  - id: openai:b
    config: {apiKey: "${OTHER}", temperature: "{{ env.TEMP }}", seed: 1}
  - id: openai:{{ env.WHICH | default('c') }}
    config: {apiBaseUrl: "{{ env.FAR }}"}
tests: [{vars: {q: "{{ env.HOST }}"}}]
"""


def test_variables_of_the_environment_are_filled_or_told(read, rows) -> None:
    found = read("promptfoo", {"promptfooconfig.yaml": ENVIRONMENT})
    assert [each.body["model"] for each in found.prompts] == [
        "llm-example-com-v1/a", "openai/b",
    ]  # fmt: skip
    assert found.settings["endpoints"] == {
        "llm-example-com-v1": {"base_url": "https://llm.example.com/v1", "key_env": "MY_KEY"},
        "openai": {"base_url": "https://api.openai.com/v1", "key_env": "OTHER"},
    }
    assert [(each.line, str(each).split("`")[1]) for each in found.losses] == [
        (4, "openai:{{env.MODEL}}"), (8, "{{ env.TEMP }}"), (9, "{{ env.FAR }}"),
    ]  # fmt: skip
    assert any("WHICH is unset" in each.message for each in found.notes)
    assert rows(found)[0]["vars"] == {"q": "https://llm.example.com/v1"}


def test_a_test_for_a_prompt_or_provider_that_is_not_there_is_told(read, rows) -> None:
    text = (
        "prompts: [{id: one, raw: 'Say {{q}}'}]\nproviders: [openai:m]\ntests:\n"
        "  - {vars: {q: a}, prompts: [two]}\n  - {vars: {q: b}, providers: [other]}\n"
        "  - {vars: {q: c}, prompts: [one], options: {storeOutputAs: r}}\n"
    )
    found = read("promptfoo", {"promptfooconfig.yaml": text})
    assert [row["vars"] for row in rows(found)] == [{"q": "c"}]
    assert {each.line for each in found.losses} == {4, 5, 6}
    assert "hands the answer to later tests" in said(found)


def test_where_no_column_is_named_a_variable_all_others_are(tmp_path, rows) -> None:
    (tmp_path / "t.csv").write_text("No,Text,Queue\n7,Where?,shipping\n", "utf-8")
    mapping = {"id": "No", "expected": "Queue"}
    found = read_mapped_table(Sources(tmp_path), "t.csv", mapping)
    assert rows(found) == [{"id": "7", "vars": {"text": "Where?"}, "expected": "shipping"}]
    assert found.losses == []


def test_a_loop_over_earlier_turns_of_prompty_is_turns(read) -> None:
    head = "---\nmodel: {api: chat}\n---\nsystem:\nBe kind.\n"
    loop = '{% for item in history %}\n{{item.role}}:\n{{item["content"]}}\n{% endfor %}\n'
    found = read("prompty", {"c.prompty": f"{head}{loop}user:\n{{{{q}}}}\n"})
    messages = found.prompts[0].body["messages"]
    assert messages[1] == "{{ history }}"
    assert [each["role"] for each in (messages[0], messages[2])] == ["system", "user"]
    assert found.losses == []
    found = read("prompty", {"c.prompty": f"{head}{loop}And more.\n"})
    assert "is the last turn's" in said(found)


def test_empty_keys_of_a_dotprompt_are_no_loss(read) -> None:
    text = "---\nmodel: googleai/gemini-2.5-flash\ntools: []\nguards:\n---\nHi {{name}}\n"
    assert read("dotprompt", {"h.prompt": text}).losses == []


def test_evals_of_a_skill_are_called_after_it_and_own_scorers_are_told(read, rows) -> None:
    text = (
        '{"skill_name": "Pdf forms", "description": "Fills forms.", "evals": [\n'
        '{"id": 1, "prompt": "p", "expected_output": "y"},\n'
        '{"id": 2, "prompt": "q",\n "scorers": [{"type": "regex", "pattern": "x"}]}]}'
    )
    found = read("claude-evals", {"k/evals.json": text})
    [prompt] = found.prompts
    assert (prompt.name, prompt.body["description"]) == ("pdf-forms", "Fills forms.")
    assert len(rows(found)) == 2
    assert [str(each) for each in found.losses] == [
        "k/evals.json:4:2: `scorers` of a case is not carried: write each as a scorer"
    ]


def test_fields_that_no_grading_uses_are_no_variables(read, rows) -> None:
    registry = (
        "e:\n  class: evals.elsuite.modelgraded.classify:ModelBasedClassify\n"
        "  args: {samples_jsonl: s.jsonl, modelgraded_spec: closedqa}\n"
    )
    sample = '{"input": "q", "criteria": "short", "choice": "Y", "completion": "a"}\n'
    [row] = rows(read("openai-evals", {"e.yaml": registry, "s.jsonl": sample}))
    assert list(row["vars"]) == ["input", "criteria"]
    assert row["meta"] == {"choice": "Y", "completion": "a"}


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        (
            "e.jsonl",
            '{"input": "q", "ideal": "a"}\n\n{"input": "q", "ideal": "b"}\n',
            "e.jsonl:3:1",
        ),
        (
            "promptfooconfig.yaml",
            "prompts: ['{{x}}']\nproviders: [echo]\ntests:\n"
            "- {vars: {x: a}, assert: [{type: equals, value: A}]}\n"
            "- {vars: {x: a}, assert: [{type: equals, value: B}]}\n",
            "promptfooconfig.yaml:5:3",
        ),
        (
            "s.json",
            '[{"dataset_id": "d", "inputs": {"q": "Hi"}, "outputs": {"answer": "x"}},\n'
            '{"dataset_id": "d", "inputs": {"q": "Hi"}, "outputs": {"answer": "y"}}]',
            "s.json:2:1",
        ),
        (
            "evals.json",
            '{"evals": [{"id": 1, "prompt": "p", "expected": "y"},\n'
            '{"id": 1, "prompt": "r", "expected": "z"}]}',
            "evals.json:2:1",
        ),
    ],
)
def test_an_example_like_one_before_it_is_told_with_its_line(read, name, text, place) -> None:
    kind = {"e.jsonl": "openai-evals", "s.json": "langsmith", "evals.json": "claude-evals"}
    found = read(kind.get(name, "promptfoo"), {name: text})
    list(all_files(found))
    told = (str(each) for each in (*found.losses, *found.notes))
    assert any(
        each.startswith(f"{place}: ") and re.search("inputs of line|a second example", each)
        for each in told
    )


def test_what_a_case_of_a_skill_checks_besides_is_told(read, rows) -> None:
    text = (
        '[{"id": "a", "prompt": "p", "expect": ["does it"],\n"fail": ["asks"],\n'
        '"must_have": ["x.y"]}]'
    )
    found = read("claude-evals", {"k/evals.json": text})
    assert rows(found)[0]["scorers"][0]["rubric"]["criteria"] == "does it"
    assert said(found).splitlines() == [
        "k/evals.json:2:1: `fail` of a case is not carried: write it as `not: {rubric: …}`",
        "k/evals.json:3:1: `must_have` of a case is not carried: write each as a scorer",
    ]


def test_an_output_that_is_parsed_where_it_is_text_is_taken_as_json(read) -> None:
    script = (
        "(typeof output === 'string' ? JSON.parse(output) : output).kind === context.vars.wanted"
    )
    text = (
        "prompts: ['{{x}}']\nproviders: [openai:m]\ntests:\n- vars: {x: a, wanted: b}\n"
        f'  assert: [{{type: javascript, value: "{script}"}}]\n'
    )
    found = read("promptfoo", {CONFIG: text})
    assert said(found) == ""
    wanted = {"equals": {"value": "{{ wanted }}", "extract": {"json": "kind"}}}
    assert found.evals[0].body["scorers"] == [wanted]


def test_a_transform_that_no_assertion_reads_is_told(read, rows) -> None:
    text = (
        "prompts: ['{{x}}']\nproviders: [echo]\ntests: [{vars: {x: a}}]\n"
        "defaultTest: {options: {transform: file://t.js}}\n"
    )
    found = read("promptfoo", {CONFIG: text})
    rows(found)
    assert any("`transform` of a test without" in str(each) for each in found.notes)


def test_a_form_of_output_that_is_not_known_is_told(read) -> None:
    found = read("dotprompt", {"a.prompt": "---\noutput:\n  format: code\n---\nWrite {{x}}\n"})
    wanted = "a.prompt:3:11: the format `code` is not carried: ask for it in the text"
    assert said(found) == wanted


def test_a_folder_is_read_by_its_one_configuration_or_the_files_are_named(read) -> None:
    text = "prompts: ['{{x}}']\nproviders: [openai:m]\n"
    assert read("promptfoo", {"d/a.promptfooconfig.yaml": text}, "d").prompts
    with pytest.raises(SpecError, match=r"name the file, such as d/a\.promptfooconfig"):
        read("promptfoo", {"d/b.promptfooconfig.yaml": text}, "d")
    with pytest.raises(SpecError, match="`d` is a folder: name the file in it"):
        read("langfuse", {"d/p.json": "[]"}, "d")


def test_losses_of_prompt_files_are_at_their_own_lines(read) -> None:
    dotprompt = (
        "---\nconfig:\n  temperature: 0\n  topK: 2\n---\n"
        '{{role "system"}}\n\nYou cook.\n{{custom x}}\n{{role "user"}}\n{{>none}}\n'
    )
    found = read("dotprompt", {"a.prompt": dotprompt})
    assert sorted(each.line for each in found.losses) == [4, 9, 11]
    prompty = (
        "---\nmodel:\n  id: gpt-6-luna\n  options:\n    additionalProperties:\n      foo: 1\n"
        "inputs:\n  - name: q\n  - name: i\n    kind: image\n---\n"
        "system:\n\nBe kind.\n![a](b.png)\nuser:\n{{q}}\n"
    )
    found = read("prompty", {"a.prompty": prompty})
    told = {
        each.line for each in found.losses if "as an image" in each.message or "foo" in str(each)
    }
    assert told == {6, 9}
    assert [n.line for n in found.notes if "as Prompty 2" in n.message] == [15]
