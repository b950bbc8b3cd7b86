"""What was saved of OpenAI's evals: graders alone, in jobs and lists, with runs and results."""

import json

import pytest

from promptci.errors import SpecError
from promptci.importers.kinds import guess_kind

CHECK = {
    "type": "string_check",
    "name": "c",
    "operation": "eq",
    "input": "{{sample.output_text}}",
    "reference": "{{item.reference_answer}}",
}
CHAT = '{"messages": [{"role": "user", "content": "2+2?"}], "reference_answer": "4"}\n'


def said(found) -> str:
    return "\n".join(map(str, [*found.losses, *found.notes]))


def of(graders, **more) -> str:
    return json.dumps({"name": "E", "testing_criteria": graders, **more})


@pytest.mark.parametrize(
    "document",
    [
        CHECK,
        [CHECK],
        {"grader": CHECK},
        {"graders": [CHECK]},
        {"object": "list", "data": [{"object": "eval", "testing_criteria": [CHECK]}]},
        {"method": {"type": "reinforcement", "reinforcement": {"grader": CHECK}}},
    ],
)
def test_graders_are_found_where_they_are(read, rows, document) -> None:
    found = read("openai-graders", {"g/e.json": json.dumps(document), "g/train.jsonl": CHAT})
    assert found.losses == []
    equals = {"equals": {"name": "c", "value": "{{ reference_answer }}"}}
    assert found.evals[0].body["scorers"] == [equals]
    assert found.prompts[0].body["messages"] == ["{{ messages }}"]
    [row] = rows(found)
    assert row["vars"]["messages"] == [{"role": "user", "content": "2+2?"}]
    assert row["vars"]["reference_answer"] == "4"


def test_parts_of_an_answer_are_taken_out(read, rows) -> None:
    graders = [
        {**CHECK, "input": "{{ sample.output_json.a['b c'][0] }}"},
        {**CHECK, "input": "{{sample.output_tools[0].function.name}}", "reference": "search"},
        {**CHECK, "operation": "neq", "reference": "{{item.list[1].x}}"},
        {**CHECK, "input": "{{item.reference_answer}}", "reference": "{{sample.output_text}}",
         "operation": "like"},
    ]  # fmt: skip
    item = {"input": "p", "reference_answer": "y", "list": [1, {"x": "z"}]}
    found = read("openai-graders", {"e.json": of(graders), "i.jsonl": json.dumps({"item": item})})
    value = {"name": "c", "value": "{{ reference_answer }}"}
    assert found.evals[0].body["scorers"] == [
        {"equals": {**value, "extract": {"json": 'a."b c"[0]'}}},
        {"tool_call": {"name": "c", "tool": "search", "match": "subset"}},
        {"equals": {"name": "c", "value": "{{ list_1_x }}", "not": True}},
    ]
    assert rows(found)[0]["vars"] == {"input": "p", "reference_answer": "y", "list_1_x": "z"}
    assert "whether the item holds the answer" in said(found)


def test_weights_stay_with_their_graders(read) -> None:
    inner = {
        "code": {"type": "python", "source": "def grade(sample, item): return 1.0"},
        "mail": {**CHECK, "name": "m"},
        "near": {"type": "text_similarity", "name": "n", "input": "{{sample.output_text}}",
                 "reference": "{{item.reference_answer}}", "evaluation_metric": "rouge_l",
                 "pass_threshold": 0.9},
    }  # fmt: skip
    multi = {"type": "multi", "graders": inner}
    sums = "0.5 * code + 0.3*mail + near * 0.2"
    files = {"i.jsonl": CHAT}
    found = read("openai-graders", {"e.json": of([multi | {"calculate_output": sums}]), **files})
    [made] = found.evals[0].body["scorers"]
    [mail, near] = made["all_of"]["scorers"]
    assert (mail["equals"]["weight"], near["rouge_l"]["weight"]) == (0.3, 0.2)
    assert "`python` is code" in said(found)
    del inner["code"]
    most = multi | {"calculate_output": "max(mail, near)"}
    found = read("openai-graders", {"f.json": of([most])}, "f.json")
    assert "any_of" in found.evals[0].body["scorers"][0]
    odd = multi | {"calculate_output": "mail * near"}
    found = read("openai-graders", {"f.json": of([odd])}, "f.json")
    assert "the formula `mail * near` is not carried" in said(found)


@pytest.mark.parametrize(
    ("formula", "wanted", "kind", "threshold", "weights"),
    [
        ("0.5 * mail + 0.5 * near", 0.65, "all_of", 0.65, [0.5, 0.5]),
        ("(mail + near) / 2", 0.8, "all_of", 0.8, [0.5, 0.5]),
        ("(0.7 * mail) + (0.3 * near)", 0.4, "all_of", 0.4, [0.7, 0.3]),
        ("mail + near", 1.5, "all_of", 0.75, [None, None]),
        ("mail + near", 2, "all_of", 0.999999999, [None, None]),
        ("max(mail, near)", 0.7, "any_of", 0.7, [None, None]),
        ("mail + rated", 4, "all_of", 0.666666667, [None, 5.0]),
    ],
)
def test_the_threshold_of_several_graders_is_that_of_their_mean(
    read, formula, wanted, kind, threshold, weights
) -> None:
    near = {"type": "text_similarity", "name": "n", "input": "{{sample.output_text}}",
            "reference": "{{item.reference_answer}}", "evaluation_metric": "rouge_l"}  # fmt: skip
    rated = {"type": "score_model", "name": "r", "model": "gpt-6-luna", "range": [0, 5],
             "input": [{"role": "user", "content": "Rate {{sample.output_text}}"}]}  # fmt: skip
    known = {"mail": {**CHECK, "name": "m"}, "near": near, "rated": rated}
    inner = {key: value for key, value in known.items() if key in formula}
    multi = {"type": "multi", "graders": inner, "calculate_output": formula}
    found = read(
        "openai-graders", {"e.json": of([multi | {"pass_threshold": wanted}]), "i.jsonl": CHAT}
    )
    [made] = found.evals[0].body["scorers"]
    assert made[kind]["threshold"] == threshold
    parts = [next(iter(each.values())) for each in made[kind]["scorers"]]
    assert [each.get("weight") for each in parts] == weights
    assert "has no `pass_threshold`" not in str(found.notes)


def test_the_least_of_several_graders_reaches_what_each_does(read) -> None:
    near = {"type": "text_similarity", "name": "n", "input": "{{sample.output_text}}",
            "reference": "{{item.reference_answer}}", "evaluation_metric": "rouge_l"}  # fmt: skip
    multi = {"type": "multi", "graders": {"mail": {**CHECK, "name": "m"}, "near": near},
             "calculate_output": "min(mail, near)", "pass_threshold": 0.7}  # fmt: skip
    found = read("openai-graders", {"e.json": of([multi]), "i.jsonl": CHAT})
    made = found.evals[0].body["scorers"][0]["all_of"]
    assert "threshold" not in made
    assert made["scorers"][1]["rouge_l"]["threshold"] == 0.7


def test_graders_without_items_are_an_eval_of_one_to_be_written(read, rows) -> None:
    grader = {
        "type": "score_model", "name": "Quality", "model": "gpt-6-luna", "pass_threshold": 0.5,
        "input": [{"role": "user", "content": "{{item.right.text}} {{item.list[1].x}} {{item.a}}: "
                   "{{sample.output_text}}"}],
    }  # fmt: skip
    found = read("openai-graders", {"e.json": json.dumps(grader)})
    [rubric] = found.evals[0].body["scorers"]
    assert rubric["rubric"]["prompt"] == "judges/e-quality.yaml"
    assert rows(found) == [
        {
            "id": "item-1",
            "vars": {"input": "TODO", "right": {"text": "TODO"}, "list_1_x": "TODO", "a": "TODO"},
        }
    ]
    assert "one with `TODO` in its fields is written" in said(found)


def test_a_model_that_a_template_fills_in_is_lost(read) -> None:
    asked = [{"role": "user", "content": "{{item.q}} {{sample.output_text}}"}]
    grader = {"type": "label_model", "name": "l", "model": "{{ deployment }}", "input": asked,
              "labels": ["a", "b"], "passing_labels": ["a"]}  # fmt: skip
    found = read("openai-graders", {"e.json": of([grader])})
    assert "model" not in found.evals[0].body["scorers"][0]["choice_judge"]
    assert "the model `{{ deployment }}` is filled in elsewhere" in said(found)


def test_a_score_model_judges_by_its_own_words(read) -> None:
    grader = {
        "type": "score_model",
        "name": "Quality",
        "model": "gpt-6-luna",
        "range": [0, 5],
        "pass_threshold": 3,
        "sampling_params": {"max_completions_tokens": 9, "temperature": 1, "x": 1},
        "input": [
            {"role": "developer", "content": "Grade {{item.reference_answer}}."},
            {"role": "user", "content": [{"type": "input_text", "text": "{{sample.output_text}}"},
                                         {"type": "input_image", "image_url": "x"}]},
        ],
    }  # fmt: skip
    found = read("openai-graders", {"e.json": of([grader]), "i.jsonl": CHAT})
    [rubric] = found.evals[0].body["scorers"]
    assert rubric["rubric"]["threshold"] == 0.6
    [judge] = found.judges
    assert rubric["rubric"]["prompt"] == f"judges/{judge.name}.yaml"
    assert judge.body["system"] == "Grade {{ reference_answer }}."
    assert judge.body["user"] == "{{ output }}\n\n{{ criteria }}"
    assert judge.body["reply"]["properties"]["score"]["maximum"] == 5
    assert judge.body["parameters"] == {"max_tokens": 9, "temperature": 1}
    assert "`x` of a grader is not carried" in said(found)
    assert "a part of a grader's message is no text" in said(found)


def test_answers_in_items_are_what_was_recorded(read, rows) -> None:
    grader = {**CHECK, "input": "{{item.output}}", "reference": "{{item.reference_answer}}"}
    item = {"item": {"input": "p", "output": "4", "reference_answer": "4"}}
    found = read("openai-graders", {"e.json": of([grader]), "i.jsonl": json.dumps(item)})
    assert rows(found)[0]["vars"] == {"input": "p", "reference_answer": "4"}
    assert list(found.outputs[0].rows()) == [{"id": "item-1", "output": "4"}]
    assert "`item.output` is taken for the answer" in said(found)


def test_runs_and_results_beside_an_eval(read, rows) -> None:
    run = {
        "object": "eval.run",
        "eval_id": "eval_1",
        "data_source": {
            "model": "gpt-6-luna",
            "input_messages": {
                "template": [
                    {"role": "system",
                     "content": {"type": "input_text", "text": "{{item.a}} {{now}}"}}
                ]
            },
            "sampling_params": {"text": {"format": {"type": "json_schema", "name": "n",
                                                    "schema": {"type": "object"}}}},
        },
    }  # fmt: skip
    result = {
        "object": "eval.run.output_item",
        "datasource_item": {"a": "b", "reference_answer": "c"},
        "sample": {"output": [{"role": "assistant", "content": "c"}]},
    }
    files = {
        "e.json": of([CHECK], id="eval_1"),
        "runs.json": json.dumps({"object": "list", "data": [run, run]}),
        "out.json": json.dumps({"object": "list", "data": [result], "has_more": True}),
    }
    found = read("openai-graders", files, ".")
    [prompt] = found.prompts
    assert prompt.body["model"] == "openai/gpt-6-luna"
    schema = {"name": "n", "schema": {"type": "object"}}
    assert prompt.body["response_format"] == {"type": "json_schema", "json_schema": schema}
    assert prompt.body["messages"] == [{"role": "system", "content": "{{ a }} \\{{now}}"}]
    assert rows(found)[0]["vars"] == {"a": "b", "reference_answer": "c"}
    assert list(found.outputs[0].rows()) == [{"id": "item-1", "output": "c"}]
    for words in ("`{{now}}` names no field", "a further run", "there are more pages"):
        assert words in said(found)


def test_a_chat_of_each_item_is_sent_whole(read) -> None:
    source = {"input_messages": {"type": "item_reference", "item_reference": "item.messages"}}
    found = read("openai-graders", {"e.json": of([CHECK], data_source=source), "train.jsonl": CHAT})
    assert found.prompts[0].body["messages"] == ["{{ messages }}"]


def test_a_list_of_evals_is_no_eval_of_a_skill() -> None:
    head = of([CHECK]).encode()
    assert guess_kind("evals.json", head) == ["openai-graders"]
    assert guess_kind("g.yaml", b"type: score_model\nmodel: x\n") == ["openai-graders"]


def test_items_that_fit_the_graders_are_taken_before_those_of_a_run(read, rows) -> None:
    run = {"data_source": {"type": "completions", "source": {
        "type": "file_content", "content": [{"item": {"question": "a", "other": 1}}]}}}  # fmt: skip
    lines = '{"item": {"question": "q", "answer": "x"}}\n{"item": {"question": "r"}}\n'
    files = {
        "create.json": '{ // an eval\n "name": "e", /* of\n one */ "testing_criteria": ['
        + json.dumps({**CHECK, "reference": "{{item.answer}}"})
        + ",\n], }",
        "run.json": json.dumps(run),
        "data.jsonl": lines,
    }
    found = read("openai-graders", files, ".")
    assert [row["vars"].get("answer") for row in rows(found)] == ["x", ""]
    assert [(each.path, each.line) for each in found.losses] == [("run.json", 1), ("data.jsonl", 2)]
    run["data_source"]["source"]["content"][0]["item"]["answer"] = "y"
    found = read("openai-graders", {**files, "run.json": json.dumps(run)}, ".")
    assert [row["vars"]["answer"] for row in rows(found)] == ["y"]
    assert [each.path for each in found.notes if "not taken" in each.message] == ["data.jsonl"]


def test_json_with_comments_is_no_json_where_more_is_wrong(read) -> None:
    with pytest.raises(SpecError, match=r"e\.json:2:2"):
        read("openai-graders", {"e.json": '{"a": "// no comment, ]", // one\n b}'})
