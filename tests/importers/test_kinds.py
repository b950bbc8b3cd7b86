"""One source of each kind: what it becomes, and what is told."""

import json
import zipfile
from io import BytesIO

import pytest

from promptci.errors import RequestError, SpecError
from promptci.importers.kinds import IMPORTERS, guess_kind, read_elsewhere
from promptci.importers.sources import Sources
from promptci.importers.spreadsheets.tables import read_mapped_table
from tables import every_row

SAMPLES = (
    '{"input": [{"role": "user", "content": "2+2"}], "ideal": "4"}\n'
    '{"input": "3+3", "ideal": ["6", "six"]}\n'
)
REGISTRY = """\
arith.dev.v0:
  class: evals.elsuite.basic.match:Match
  args: {samples_jsonl: arith/samples.jsonl}
"""
GRADERS = {
    "name": "IT tickets",
    "testing_criteria": [
        {
            "type": "string_check",
            "name": "Match",
            "input": "{{sample.output_text}}",
            "operation": "ilike",
            "reference": "{{item.label}}",
        },
        {
            "type": "text_similarity",
            "input": "{{sample.output_text}}",
            "reference": "x",
            "evaluation_metric": "rouge_2",
            "pass_threshold": 0.5,
        },
        {
            "type": "label_model",
            "model": "gpt-5",
            "input": [{"role": "user", "content": "Polite? {{sample.output_text}}"}],
            "labels": ["yes", "no"],
            "passing_labels": ["yes"],
        },
        {
            "type": "score_model",
            "model": "gpt-5",
            "input": [{"role": "user", "content": "Rate"}],
            "range": [1, 7],
            "pass_threshold": 4,
        },
        {"type": "python", "source": "def grade(sample, item): ..."},
    ],
    "data_source": {
        "model": "gpt-5",
        "input_messages": {
            "type": "template",
            "template": [{"role": "user", "content": "{{item.ticket}}"}],
        },
        "source": {
            "type": "file_content",
            "content": [
                {
                    "item": {"ticket": "Help", "label": "IT", "spare": 1},
                    "sample": {"output_text": "it"},
                }
            ],
        },
    },
}
PROMPTY = """\
---
model: {api: chat, configuration: {type: openai, name: gpt-5}, parameters: {max_tokens: 9}}
sample: {question: Why?}
---
system:
Be brief.

user:
{{question}}
"""
DOTPROMPT = """\
---
model: googleai/gemini-3
output: {format: json, schema: {a: string, 'b?(enum)': [x, y], 'c?(array)': string}}
---
{{role "system"}}Greet.{{#if style}} In {{style}}.{{/if}}
{{role "user"}}{{name}}
"""
LANGFUSE = {
    "data": [
        {
            "name": "critic",
            "type": "chat",
            "version": 2,
            "labels": [],
            "prompt": [{"role": "user", "content": "new"}],
        },
        {
            "name": "critic",
            "type": "chat",
            "version": 1,
            "labels": ["production"],
            "config": {"model": "gpt-5", "temperature": 1},
            "prompt": [
                {"role": "system", "content": "{{a}}"},
                {"type": "placeholder", "name": "past"},
            ],
        },
    ]
}
LANGSMITH = {
    "lc": 1,
    "id": ["x", "ChatPromptTemplate"],
    "kwargs": {
        "messages": [
            {
                "lc": 1,
                "id": ["x", "HumanMessagePromptTemplate"],
                "kwargs": {
                    "prompt": {
                        "id": ["PromptTemplate"],
                        "kwargs": {"template": "{q} {{x}}", "template_format": "f-string"},
                    }
                },
            },
        ]
    },
}
INSPECT = {
    "eval": {"task": "t"},
    "samples": [
        {
            "id": 1,
            "epoch": 1,
            "input": "Capital?",
            "target": "Paris",
            "output": {"completion": "Paris.", "usage": {"input_tokens": 5, "output_tokens": 2}},
        },
    ],
}
LM_EVAL = {
    "doc_id": 0,
    "target": "so #### 2",
    "arguments": {"gen_args_0": {"arg_0": "Q"}},
    "resps": [["It is 2"]],
    "filtered_resps": ["2"],
}
SKILL = {
    "skill_name": "pdf",
    "evals": [{"id": 1, "prompt": "Merge", "expectations": ["is one file"]}],
}


def archive():
    """A log of Inspect as it is saved by default."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("header.json", "{}")
        file.writestr("samples/1_epoch_1.json", json.dumps(INSPECT["samples"][0]))
    return data.getvalue()


CASES = {
    "openai-evals": {
        "registry/evals/arith.yaml": REGISTRY,
        "registry/data/arith/samples.jsonl": SAMPLES,
    },
    "openai-graders": {"e.json": json.dumps(GRADERS)},
    "prompty": {"a.prompty": PROMPTY},
    "dotprompt": {"a.prompt": DOTPROMPT},
    "langfuse": {"l.json": json.dumps(LANGFUSE)},
    "langsmith": {"l.json": json.dumps(LANGSMITH)},
    "inspect": {"l.json": json.dumps(INSPECT)},
    "lm-eval": {"samples_gsm8k_2025-01-01.jsonl": json.dumps(LM_EVAL)},
    "deepeval": {"g.json": '[{"input": "hi", "expected_output": "ho", "actual_output": "ha"}]'},
    "claude-evals": {"skill/evals.json": json.dumps(SKILL)},
    "csv": {"t.csv": "q,expected\nx,y\n"},
}


@every_row(("path", "head", "said"), [
    ("a.prompt.yml", "messages: []", "promptci lint"),
    ("a.prompt.yml", "prompts: []", "has no `messages`"),
    ("t.json", '{"observations": [{"type": "GENERATION"}]}', "promptci collect t.json"),
    ("t.jsonl.bz2", "BZh9", "is compressed: unpack it first"),
    ("t.json", '[{"q": "a", "expected": "b"}]', ""),
])  # fmt: skip
def test_what_no_import_takes_is_sent_where_it_is_read(path, head, said):
    assert said in read_elsewhere(path, head.encode())
    assert bool(read_elsewhere(path, head.encode())) == bool(said)


@every_row("kind", CASES)
def test_the_kind_is_guessed(kind):
    [(path, text), *_] = CASES[kind].items()
    assert guess_kind(path, text.encode()) == [kind]


@pytest.mark.parametrize(
    ("kind", "messages", "scorers", "row"),
    [
        (
            "openai-evals",
            ["{{ input }}"],
            ["starts_with"],
            {"vars": {"input": [{"role": "user", "content": "2+2"}]}, "expected": "4"},
        ),
        (
            "prompty",
            [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "{{ question }}"},
            ],
            [{"length": {"min": 1}}],
            {"id": "sample", "vars": {"question": "Why?"}},
        ),
        (
            "inspect",
            ["{{ input }}"],
            ["short_answer"],
            {
                "id": "1",
                "vars": {"input": [{"role": "user", "content": "Capital?"}]},
                "expected": "Paris",
            },
        ),
        (
            "lm-eval",
            ["{{ input }}"],
            ["numeric"],
            {
                "id": "0",
                "vars": {"input": [{"role": "user", "content": "Q"}]},
                "expected": "so #### 2",
            },
        ),
        (
            "claude-evals",
            [{"role": "user", "content": "{{ prompt }}"}],
            [],
            {
                "id": "1",
                "vars": {"prompt": "Merge"},
                "scorers": [{"rubric": {"criteria": "is one file", "model": "openai/gpt-6-luna"}}],
            },
        ),
        (
            "csv",
            [{"role": "user", "content": "{{ q }}"}],
            ["short_answer"],
            {"vars": {"q": "x"}, "expected": "y"},
        ),
    ],
)
def test_what_a_source_becomes(read, rows, kind, messages, scorers, row):
    found = read(kind, CASES[kind])
    assert not found.losses
    assert found.prompts[0].body["messages"] == messages
    assert found.evals[0].body["scorers"] == scorers
    assert rows(found)[0] == row


def test_graders(read, rows):
    found = read("openai-graders", CASES["openai-graders"])
    assert [loss.message for loss in found.losses] == [
        "`python` is code, which is not run: use the scorer `python` with it, after reading it"
    ]
    first, second, third, fourth = found.evals[0].body["scorers"]
    assert first == {"contains": {"name": "Match", "value": "{{ label }}", "ignore_case": True}}
    assert second == {"rouge_n": {"value": "x", "threshold": 0.5, "n": 2}}
    assert third["choice_judge"]["choices"] == [
        {"choice": "yes", "score": 1},
        {"choice": "no", "score": 0},
    ]
    assert fourth["rubric"]["threshold"] == 0.5
    assert rows(found) == [
        {"id": "item-1", "vars": {"ticket": "Help", "label": "IT"}, "meta": {"spare": 1}}
    ]
    assert list(found.outputs[0].rows()) == [{"id": "item-1", "output": "it"}]


def test_several_ideals_are_any_of_them(read, rows):
    found = read("openai-evals", CASES["openai-evals"])
    [any_of] = rows(found)[1]["scorers"]
    assert any_of["any_of"]["scorers"] == [
        {"starts_with": {"value": "6"}},
        {"starts_with": {"value": "six"}},
    ]


def test_a_prompt_of_langfuse_is_the_one_in_production(read):
    [prompt] = read("langfuse", CASES["langfuse"]).prompts
    assert prompt.body == {
        "version": "v1",
        "model": "openai/gpt-5",
        "parameters": {"temperature": 1},
        "messages": [{"role": "system", "content": "{{ a }}"}, "{{ past }}"],
    }


def test_a_manifest_of_langsmith(read):
    [prompt] = read("langsmith", CASES["langsmith"]).prompts
    assert prompt.body["messages"] == [{"role": "user", "content": "{{ q }} {x}"}]


def test_handlebars_become_jinja_and_picoschema_a_schema(read):
    [prompt] = read("dotprompt", CASES["dotprompt"]).prompts
    assert prompt.body["template"] == "jinja"
    assert prompt.body["messages"][0]["content"] == (
        "Greet.{% if style is defined and style %} In {{ style }}.{% endif %}"
    )
    fields = prompt.body["response_format"]["properties"]
    assert fields["b"] == {"enum": ["x", "y", None]}
    assert fields["c"] == {"type": ["array", "null"], "items": {"type": "string"}}
    assert prompt.body["response_format"]["required"] == ["a"]


def test_outputs_of_logs_can_be_scored(read):
    found = read("inspect", {"l.eval": archive()})
    assert list(found.outputs[0].rows()) == [
        {"id": "1", "output": "Paris.", "usage": {"input_tokens": 5, "output_tokens": 2}}
    ]


def packed(*samples):
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for number, sample in enumerate(samples):
            file.writestr(f"samples/{number}.json", sample)
    return data.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("samples", "said"),
    [
        ([b" " * 20_000_001], "over 20 MB unpacked"),
        ([b'{"input": [' + b"[]," * 400_000 + b"[]]}"], "over 400,000 values"),
        ([b'{"input": "' + b"a" * 14_000_000 + b'"}'] * 3, "over 40 MB"),
        ([b"[" * 5_000], "cannot be unpacked"),
    ],
)
def test_a_log_that_unpacks_without_end_is_refused(read, samples, said):
    with pytest.raises(SpecError, match=said):
        read("inspect", {"l.eval": packed(*samples)})


def test_columns_are_mapped_and_the_rest_is_told(tmp_path):
    (tmp_path / "t.csv").write_text("Ticket ID,Ticket,Queue,Note\n007,hi,billing,n\n")
    mapping = {"id": "Ticket ID", "ticket": "Ticket", "expected.queue": "Queue"}
    found = read_mapped_table(Sources(tmp_path), "t.csv", mapping)
    assert list(found.examples[0].rows()) == [
        {"id": "007", "vars": {"ticket": "hi"}, "expected": {"queue": "billing"}}
    ]
    assert found.evals[0].body["scorers"] == ["json_fields"]
    assert [loss.line for loss in found.losses] == [1]
    with pytest.raises(RequestError, match="did you mean `Queue`"):
        read_mapped_table(Sources(tmp_path), "t.csv", {"x": "Queu"})


LOST_PARTS = {
    "langfuse": """{"data": [
{"name": "a", "version": 1, "type": "chat",
"owner": "ada",
"prompt": [{"role": "user", "content": "Hi"},
{"role": "system",
"content": "@@@langfusePrompt:name=b@@@",
"tool_calls": [1]}],
"config": {"model": "unknown",
"frob": 3}},
{"input": "q", "expectedOutput": "a",
"weight": 2}],
"meta": {"page": 1,
"totalPages": 2}}""",
    "deepeval": """[{"input": "q", "expectedOutput": "a",
"expectedTools": [{"name": "t"}],
"mood": 1}]""",
}


@every_row(("kind", "lines"), [
    ("langfuse", [3, 6, 7, 8, 9, 11, 13]), ("deepeval", [2, 3]),
])  # fmt: skip
def test_what_is_lost_is_told_where_it_is(read, rows, kind, lines):
    assert guess_kind("x.json", LOST_PARTS[kind].encode()) == [kind]
    found = read(kind, {"x.json": LOST_PARTS[kind]})
    rows(found)
    assert sorted(each.line for each in found.losses) == lines


@every_row(("head", "kind"), [
    ('{"doc_id": 0, "doc": {}, "target": "A", "filtered_resps": ["A"], "acc": 1}', "lm-eval"),
    ('{"doc_id": 0, "title": "A", "text": "B"}', "jsonl"),
])  # fmt: skip
def test_samples_of_lm_eval_are_known_by_their_answers(head, kind):
    assert guess_kind("samples.jsonl", head.encode()) == [kind]


def test_a_sample_of_lm_eval_may_have_its_question_beside_the_answer(read, rows):
    line = '{"doc_id": 0, "input": "2+2?", "target": "4", "filtered_resps": ["4"]}'
    [row] = rows(read("lm-eval", {"s.jsonl": line}))
    assert row["vars"]["input"][0]["content"] == "2+2?"


def test_a_schema_that_is_a_class_is_lost(read):
    kwargs = {"messages": [], "template": "Hi", "schema_": {"lc": 1, "id": ["main", "Film"]}}
    manifest = {"lc": 1, "id": ["StructuredPrompt"], "kwargs": kwargs}
    found = read("langsmith", {"p.json": json.dumps(manifest, indent=1)})
    assert "response_format" not in found.prompts[0].body
    assert [(each.line, "`Film`" in each.message) for each in found.losses] == [(9, True)]


def test_a_prompt_behind_a_step_of_a_sequence_is_found(read):
    step = {"lc": 1, "id": ["RunnableParallel"], "kwargs": {"steps__": {}}}
    prompt = {"lc": 1, "id": ["PromptTemplate"], "kwargs": {"template": "Hi {name}"}}
    model = {"lc": 1, "id": ["ChatOpenAI"], "kwargs": {"model": "gpt-6-luna"}}
    parser = {"lc": 1, "id": ["StrOutputParser"], "kwargs": {}}
    kwargs = {"first": step, "middle": [prompt, model], "last": parser}
    sequence = {"lc": 1, "id": ["RunnableSequence"], "kwargs": kwargs}
    found = read("langsmith", {"p.json": json.dumps(sequence)})
    assert found.prompts[0].body["model"] == "openai/gpt-6-luna"
    assert found.prompts[0].body["messages"] == [{"role": "user", "content": "Hi {{ name }}"}]
    assert ["`RunnableParallel`" in each.message for each in found.losses] == [True]


def test_columns_of_bytes_in_parquet_are_left_out_and_told(read, rows):
    arrow = pytest.importorskip("pyarrow")
    image = [{"bytes": b"PNG", "path": "a.png"}]
    table = arrow.table({"image": image, "raw": [b"x"], "q": ["Hi?"], "expected": ["Ho"]})
    out = BytesIO()
    pytest.importorskip("pyarrow.parquet").write_table(table, out)
    found = read("parquet", {"t.parquet": out.getvalue()})
    assert rows(found) == [{"vars": {"q": "Hi?"}, "expected": "Ho"}]
    assert ["bytes" in each.message for each in found.losses] == [True, True]


def test_a_table_that_does_not_tell_is_asked_about(read):
    with pytest.raises(RequestError, match="--map expected='b'"):
        read("csv", {"t.csv": "a,b\n1,2\n"})
    with pytest.raises(RequestError, match="or, where none is, name variables: --map 'q=Q'"):
        read("csv", {"t.csv": "Q,memory,kind\n1,2,3\n"})
    with pytest.raises(SpecError, match="delete what is above the names of the columns"):
        read("csv", {"t.csv": "A title,,\n,,\nq,expected,note\n1,2,3\n"})


BROKEN = (b"", b"\x00", b"{", b"[1, 2]", b"a: *b", b"<<: 1", b"- {}\n- 3", b"PK\x03\x04x")


@every_row("kind", IMPORTERS)
def test_a_broken_source_ends_in_a_sentence(read, rows, kind):
    own = {"prompty": ".prompty", "dotprompt": ".prompt", "openai-evals": ".jsonl"}
    suffix = own.get(kind, f".{kind}" if IMPORTERS[kind].columns else ".json")
    refused = 0
    for text in BROKEN:
        try:
            found = read(kind, {f"broken{suffix}": text})
            rows(found)
            refused += bool(found.losses or found.notes)
        except (SpecError, RequestError):
            refused += 1
    assert refused


def test_what_a_prompt_of_langfuse_has_for_people_is_told(read) -> None:
    prompt = {"name": "a", "type": "text", "prompt": "Hi {{q}}", "version": 1, "tags": ["t"]}
    found = read("langfuse", {"a.json": json.dumps(prompt | {"labels": ["production"]})})
    assert [each.message for each in found.notes] == [
        "`tags` says nothing to a model and is left out"
    ]
    found = read("langfuse", {"a.json": json.dumps(prompt | {"labels": ["beta", "latest"]})})
    assert "`labels`, `tags` say nothing to a model" in str(found.notes[0])


def test_columns_of_a_golden_are_kept(read, rows) -> None:
    golden = {"input": "a", "expected_output": "b", "custom_column_key_values": {"k": "v"}}
    [row] = rows(read("deepeval", {"g.json": json.dumps([golden])}))
    assert row["meta"] == {"custom_column_key_values": {"k": "v"}}
