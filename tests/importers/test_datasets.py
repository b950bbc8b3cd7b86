"""Datasets, prompts and cases of others: what is carried, and that the rest is told."""

import json

import pytest

from promptci.errors import RequestError, SpecError
from promptci.importers.kinds import IMPORTERS, guess_kind
from promptci.importers.platforms.langchainparts import fill
from promptci.importers.sources import Sources
from tables import every_row

CHAT = [{"role": "user", "content": "hi"}]


def said(found) -> str:
    return "\n".join(map(str, [*found.losses, *found.notes]))


def test_items_of_langfuse_become_examples(read, rows) -> None:
    items = [
        {"id": "a", "status": "ACTIVE", "input": {"user query": "q", "output": "o"},
         "expectedOutput": "x", "metadata": "note", "sourceTraceId": "t"},
        {"id": "b", "status": "ARCHIVED", "input": {"user query": "p"}, "expectedOutput": "y"},
        {"id": "c", "input": {"user query": "r"}, "expected_output": None},
    ]  # fmt: skip
    page = {"data": items, "meta": {"page": 1, "totalPages": 2}}
    found = read("langfuse", {"d.json": json.dumps(page, indent=1)})
    first, second = rows(found)
    assert first["vars"] == {"input_output": "o", "user_query": "q"}
    assert first["meta"] == {"metadata": "note", "sourceTraceId": "t"}
    assert first["scorers"] == ["equals"]
    assert second == {
        "id": "c",
        "vars": {"input_output": "", "user_query": "r"},
        "scorers": [{"length": {"min": 1}}],
    }
    for words in ("archived item", "one page of several", "`user_query`", "has no value here"):
        assert words in said(found)
    listed = json.dumps(page, indent=1).split("\n")
    there = next(number for number, line in enumerate(listed, 1) if '"id": "b"' in line) - 1
    assert f"d.json:{there}:3: warning: an archived item is left out" in said(found)
    odd = read("langfuse", {"d.json": '{"data": [1,\nnull, {"name": "x", "prompt": "a"}]}'})
    assert said(odd).count("a row must be an object") == 2
    assert "d.json:2:1" in said(odd)


def test_a_chat_is_sent_as_turns(read, rows) -> None:
    examples = [
        {"inputs": {"messages": CHAT}, "outputs": {"m": [{"role": "assistant", "content": "yo"}]}},
        {"inputs": {"messages": CHAT}, "outputs": {"m": [{"role": "assistant", "content": ""}]},
         "attachments": {"f": "x"}},
        {"odd": 1},
    ]  # fmt: skip
    text = "\n".join(map(json.dumps, examples))
    found = read("langsmith", {"d.jsonl": text})
    assert found.prompts[0].body["messages"] == ["{{ messages }}"]
    first, _ = rows(found)
    assert (first["vars"], first["expected"]) == ({"messages": CHAT}, "yo")
    for words in ("`attachments`", "neither a manifest", "last turn is no text"):
        assert words in said(found)


def test_what_a_prompt_of_langfuse_has_besides(read) -> None:
    tools = [{"type": "function", "function": {"name": "f"}}]
    prompts = [
        {"name": "p", "version": 2, "labels": ["production"], "prompt": [
            {"role": "user", "content": "@@@langfusePrompt:name=x|label=y@@@", "tool_calls": [1]}],
         "config": {"tools": tools, "temperature": 1}},
        {"name": "p", "version": 3, "prompt": "new"},
        {"other": 1},
    ]  # fmt: skip
    found = read("langfuse", {"p.json": json.dumps(prompts)})
    assert found.prompts[0].body["tools"] == tools
    for words in ("refers to another prompt", "`tool_calls`", "version 3 of `p`", "is neither"):
        assert words in said(found)


def test_what_is_bound_to_a_model_of_langsmith(read) -> None:
    def made(kind, **kwargs):
        return {"lc": 1, "type": "constructor", "id": ["langchain", kind], "kwargs": kwargs}

    template = made(
        "PromptTemplate",
        template="{a} {b} {{c}}",
        partial_variables={"b": "{x}", "c": {"lc": 1, "type": "not_implemented"}},
    )
    prompt = made(
        "StructuredPrompt",
        messages=[made("HumanMessagePromptTemplate", prompt=template)],
        schema_={"title": "Out", "type": "object"},
    )
    tools = [{"type": "function", "function": {"name": "f"}}]
    binding = made(
        "RunnableBinding",
        bound=made("ChatOpenAI", model="gpt-6-luna"),
        kwargs={"tools": tools, "tool_choice": "auto", "stop": ["x"]},
    )
    sequence = made("RunnableSequence", first=prompt, last=binding)
    found = read("langsmith", {"p.json": json.dumps(sequence)})
    body = found.prompts[0].body
    schema = {"name": "out", "schema": {"title": "Out", "type": "object"}}
    assert body["response_format"] == {"type": "json_schema", "json_schema": schema}
    assert body["tools"] == tools
    assert body["messages"] == [{"role": "user", "content": "{{ a }} {x} {c}"}]
    for words in ("`stop` of the model", "the value given for `c` is no text"):
        assert words in said(found)


@every_row(
    ("language", "text", "filled"),
    [
        ("f-string", "{a} {{b}} {b} {c}", "{a} {{b}} 1{{2}} {c}"),
        ("mustache", "{{ b }} {{{b}}} {{a}}", "1{2} 1{2} {{a}}"),
    ],
)
def test_values_that_are_given_are_in_the_text(language, text, filled) -> None:
    assert fill(text, language, {"b": "1{2}"}) == filled


def test_a_model_of_langsmith_without_a_name_keeps_its_parameters(read) -> None:
    model = {"lc": 1, "id": ["x", "ChatOpenAI"], "kwargs": {"max_tokens": 9}}
    prompt = {"lc": 1, "id": ["x", "PromptTemplate"], "kwargs": {"template": "Hi"}}
    chain = {"lc": 1, "id": ["RunnableSequence"], "kwargs": {"first": prompt, "last": model}}
    found = read("langsmith", {"p.json": json.dumps(chain)})
    assert found.prompts[0].body["parameters"] == {"max_tokens": 9}
    assert "model" not in found.prompts[0].body
    assert "`ChatOpenAI` does not name its model" in said(found)


def test_roles_and_images_in_messages_of_langsmith(read) -> None:
    def made(kind, **kwargs):
        return {"lc": 1, "type": "constructor", "id": ["langchain", kind], "kwargs": kwargs}

    text = made("PromptTemplate", template="See\n{{#x}}", template_format="mustache")
    messages = [
        made("ChatMessagePromptTemplate", prompt=text, role="developer"),
        made("HumanMessagePromptTemplate", prompt=[text, made("ImagePromptTemplate")]),
    ]
    found = read("langsmith", {"p.json": json.dumps(made("ChatPromptTemplate", messages=messages))})
    roles = [each["role"] for each in found.prompts[0].body["messages"]]
    assert roles == ["developer", "user"]
    assert {each.line for each in found.losses} == {1}
    assert "an image of a message is not carried" in said(found)


def test_names_inside_each_are_those_of_the_item(read, rows) -> None:
    text = "---\nmodel: googleai/m\ninput: {default: {xs: [{t: 1}]}}\n---\n"
    text += "{{#each xs}}{{t}} {{#if u}}{{this.v}}{{/if}}{{/each}} {{t}}\n{{history}}\n"
    found = read("dotprompt", {"a.prompt": text})
    body = found.prompts[0].body["messages"]
    assert body[0]["content"] == (
        "{% for item in xs %}{{ item.t }} {% if item is defined and item.u %}"
        "{{ item.v }}{% endif %}{% endfor %} {{ t }}"
    )
    assert rows(found)[0]["vars"] == {"xs": [{"t": 1}], "t": "", "history": []}


def test_samples_of_prompty_are_put_together(read, rows) -> None:
    text = (
        "---\nname: n\ninputs: {a: {type: string, sample: x}, b: string, c: {type: string}}\n"
        "sample: {c: '${file:c.json}', k: '${env:KEY}'}\n---\nsystem:\n{{a}} {{b}} {{c}} {{k}}\n"
        "![i](u.png)\n"
    )
    found = read("prompty", {"p.prompty": text, "c.json": "[1]"})
    assert rows(found)[0]["vars"] == {"a": "x", "c": [1], "k": "${env:KEY}", "b": ""}
    assert "`${env:KEY}` is not followed" in said(found)
    assert "not as an image" in said(found)


def test_an_address_of_its_own_that_a_prompty_names_is_told(read) -> None:
    text = "---\nmodel:\n  id: gpt-5\n  connection:\n    endpoint: https://llm.example\n---\nuser:\nHi\n"
    [loss] = read("prompty", {"p.prompty": text}).losses
    assert (loss.line, "`https://llm.example`" in loss.message) == (5, True)


def test_a_connection_by_reference_is_told_and_names_no_model(read) -> None:
    text = "---\nmodel:\n  id: gpt-5\n  connection: {kind: reference, name: ours}\n---\nuser:\nHi\n"
    found = read("prompty", {"p.prompty": text, "q.prompty": text.replace("  id: gpt-5\n", "")})
    assert [(each.line, "`ours` is kept elsewhere" in each.message) for each in found.losses] == [
        (4, True)
    ]
    assert found.prompts[0].body["model"] == "openai/gpt-5"
    other = read("prompty", {"q.prompty": text.replace("  id: gpt-5\n", "")})
    assert "model" not in other.prompts[0].body


def test_goldens_may_be_in_an_object(read, rows) -> None:
    text = '{"_meta": 1,\n"goldens": [{"input": "q", "expected_output": "a"}]}'
    assert guess_kind("g.json", text.encode()) == ["deepeval"]
    found = read("deepeval", {"g.json": text})
    assert [row["expected"] for row in rows(found)] == ["a"]
    assert [(each.line, "`_meta`" in each.message) for each in found.losses] == [(1, True)]


def test_what_judges_a_case_of_a_skill_is_told(read, rows) -> None:
    case = {
        "query": "q",
        "expected_behavior": ["does it"],
        "forbidden_behavior": ["lies"],
        "assertions": [{"type": "contains", "value": "x"}],
    }
    found = read("claude-evals", {"k/case-1.json": json.dumps(case)})
    [row] = rows(found)
    assert [each["rubric"]["criteria"] for each in row["scorers"]] == ["does it"]
    assert "`forbidden_behavior` of a case" in said(found)
    assert "an item of `assertions` that is no text is left out" in said(found)


def test_what_a_file_of_cases_says_besides_is_kept_or_told(read, rows) -> None:
    case = {"id": 1, "name": "n", "prompt": "p", "query": "r"}
    case["assertions"] = [{"text": "does it", "id": "a"}, {"text": "twice", "check": "grep x"}]
    whole = {"skill_name": "s", "evals": [case], "model": "m"}
    found = read("claude-evals", {"evals.json": json.dumps(whole)})
    [row] = rows(found)
    assert row["meta"] == {"name": "n", "query": "r", "assertions": case["assertions"]}
    assert "`model` beside the cases is not carried" in said(found)
    assert "`check` of `assertions` is kept in `meta` and checks nothing" in said(found)


def test_what_an_eval_is_about_is_its_description(read) -> None:
    registry = "e:\n  id: e.v0\n  description: What it is.\n  disclaimer: Mind it.\ne.v0:\n"
    registry += "  class: evals.elsuite.basic.match:Match\n  args: {samples_jsonl: s.jsonl}\n"
    sample = '{"input": "q", "ideal": "a"}\n'
    found = read("openai-evals", {"e.yaml": registry, "s.jsonl": sample})
    assert found.evals[0].body["description"] == "What it is.\nMind it."
    grader = '{"type": "string_check", "name": "g", "operation": "eq", "reference": "a",'
    grader += ' "input": "{{sample.output_text}}"}'
    about = '"metadata": {"description": "Whole.", "team": "x"}'
    found = read("openai-graders", {"g.json": f'{{"testing_criteria": [{grader}], {about}}}'})
    assert found.evals[0].body["description"] == "Whole."
    assert "`team` of `metadata` judge nothing" in said(found)


def test_a_table_of_ours_is_read_as_what_it_was(tmp_path, rows) -> None:
    head = "commit,eval,model,id,tags,vars.q,vars.more,expected,answer,fate,score,cost\n"
    (tmp_path / "t.csv").write_text(
        f'{head}c,a/b,o/m,x,t;u,\'=1+1,"[1, ""a""]","[""y"", ""n""]",-5,pass,1,0\n'
        'c,a/b,o/n,x,t;u,\'=1+1,"[1, ""a""]","[""y"", ""n""]",7,fail,0,0\n'
        "c,other,o/m,x,,plain,,,,,,\n",
        "utf-8",
    )
    found = IMPORTERS["csv"].read(Sources(tmp_path), "t.csv")
    assert rows(found) == [
        {"id": "x", "vars": {"q": "=1+1", "more": [1, "a"]}, "expected": ["y", "n"],
         "scorers": ["short_answer"], "tags": ["t", "u"]},
        {"id": "x", "vars": {"q": "plain"}, "scorers": [{"length": {"min": 1}}]},
    ]  # fmt: skip
    said = {each.name: [row["output"] for row in each.rows()] for each in found.outputs}
    assert said == {"a-b-m": ["-5"], "a-b-n": ["7"]}
    assert found.losses == []


def test_a_row_that_expects_nothing_is_to_be_filled_in(tmp_path, rows) -> None:
    (tmp_path / "t.csv").write_text("id,q,expected\n1,a,b\n,,\n2,c,\n", "utf-8")
    found = IMPORTERS["csv"].read(Sources(tmp_path), "t.csv")
    assert [row["expected"] for row in rows(found)] == ["b", "TODO"]
    assert [each.line for each in found.losses] == [4]
    assert found.place is not None
    assert found.place.line == 4


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ("Вопрос,Контекст", ["вопрос", "контекст"]),
        ("質問,Straße", ["質問", "straße"]),
        ("Réponse,№", ["reponse", "no"]),
        ("a?,a!", ["a", "a-2"]),
        ("2nd,???", ["value_2nd", "value"]),
    ],
)
def test_each_column_is_a_variable_of_its_own(read, rows, columns, named) -> None:
    found = read("csv", {"t.csv": f"{columns},expected\nx,y,z\n"})
    assert rows(found)[0]["vars"] == dict(zip(named, "xy", strict=True))


def test_a_misspelt_expected_is_not_shown_to_the_model(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("q,answer\na,b\n", "utf-8")
    reader = IMPORTERS["csv"].read_mapped
    assert reader is not None
    for name in ("expcted", "Expected", "expct.city"):
        with pytest.raises(RequestError, match=f"--map {name}=answer: write `expected`"):
            reader(Sources(tmp_path), "t.csv", {"q": "q", name: "answer"})
    for name in ("answer", "expert", "inspected"):
        assert reader(Sources(tmp_path), "t.csv", {"q": "q", name: "answer"}).notes


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"id": "a", "question": "q", "expected_answer": "x", "tags": ["t"]}]', []),
        ('{"name": "n", "version": "", "cases": [\n{"id": "a", "question": "q", "ideal": "x",'
         ' "tags": ["t"], "expected_source": "s"}]}', [(1, "`name`"), (1, "`expected_source`")]),
        ('{"id": "a", "question": "q", "Ground Truth": "x", "tags": "t"}', None),
    ],
)  # fmt: skip
def test_lists_of_rows_in_json_and_usual_names(read, rows, text, told) -> None:
    path = "g.jsonl" if told is None else "g.json"
    assert guess_kind(path, text.encode()) == ["jsonl"]
    found = read("jsonl", {path: text})
    made = {"id": "a", "vars": {"question": "q"}, "expected": "x", "tags": ["t"]}
    assert rows(found) == [made]
    wanted = told or []
    assert [each.line for each in found.losses] == [line for line, _ in wanted]
    assert all(word in said(found) for _, word in wanted)
    assert any("taken for what is expected" in each.message for each in found.notes)


def test_objects_are_compared_by_their_fields_and_gaps_are_empty(read, rows) -> None:
    text = '[{"a": 1, "expected": {"x": true}}, {"b": 2, "expected": {"x": false}}]'
    found = read("jsonl", {"g.json": text})
    assert found.evals[0].body["scorers"] == ["json_fields"]
    assert [row["vars"] for row in rows(found)] == [{"a": 1, "b": ""}, {"a": "", "b": 2}]


def test_a_table_of_another_name_is_told(read) -> None:
    with pytest.raises(RequestError, match="no table by its name"):
        read("csv", {"g.txt": "a,expected\n1,2\n"})
    with pytest.raises(SpecError, match="several lists of rows"):
        read("jsonl", {"g.json": '{"a": [{"b": 1}], "c": [{"b": 1}]}'})


def test_what_an_example_of_langsmith_says_besides_is_kept(read, rows) -> None:
    item = {"trace_id": "t1", "split": "base", "inputs": {"q": "a"}, "outputs": {"answer": "b"}}
    found = read("langsmith", {"d.json": json.dumps([item])})
    assert rows(found)[0]["meta"] == {"trace_id": "t1", "split": "base"}


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_chat_that_lm_eval_sent_is_turns(read, rows, wrapped) -> None:
    chat = json.dumps([{"role": "system", "content": "s"}, {"role": "user", "content": "q"}])
    sample = {"doc_id": 3, "target": "a", "resps": [["a"]], "filtered_resps": ["a"],
              "arguments": {"gen_args_0": {"arg_0": [chat] if wrapped else chat}}}  # fmt: skip
    found = read("lm-eval", {"samples_t.jsonl": json.dumps(sample)})
    assert [turn["role"] for turn in rows(found)[0]["vars"]["input"]] == ["system", "user"]


def test_an_expected_message_of_langsmith_is_its_text(read, rows) -> None:
    lines = [
        {"id": "a", "dataset_id": "d", "inputs": {"q": "hi"},
         "outputs": {"message": {"role": "assistant", "content": "hello"}}},
        {"id": "b", "dataset_id": "d", "inputs": {"q": "ho"}, "outputs": None},
    ]  # fmt: skip
    text = "".join(json.dumps(each) + "\n" for each in lines)
    found = read("langsmith", {"x.jsonl": text}, "x.jsonl")
    assert rows(found)[0]["expected"] == "hello"
    assert "one item expects nothing" in str(found.notes)


def test_each_skill_of_a_folder_is_an_eval(read, rows) -> None:
    case = '{"prompt": "p", "expected_output": "x"}'
    files = {
        "skills/a/evals/evals.json": f'{{"skill_name": "Alpha", "evals": [{case}, {case}]}}',
        "skills/b/evals/evals.json": f'{{"evals": [{case}]}}',
        "skills/c/evals/one/case.yaml": "{prompt: p, expect: [x]}",
        "skills/c/evals/two/case.yaml": "{prompt: q, expect: [x]}",
    }
    found = read("claude-evals", files, "skills")
    assert [each.name for each in found.evals] == ["alpha", "b", "c"]
    assert [[row["id"] for row in each.rows()] for each in found.examples] == [
        ["1", "2"], ["1"], ["one", "two"],
    ]  # fmt: skip
    assert [each.path for each in found.notes] == [path for path in files if "two" not in path]
    assert found.losses == []
