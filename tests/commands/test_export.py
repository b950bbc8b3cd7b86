"""`promptci export`: what is stored, in the forms of other tools, and nothing asked."""

import csv
import io
import json

import pytest

from projects import TICKETS, example, jsonl
from promptci.commands.main import main


@pytest.fixture
def evaluated(project, api):
    """The project with its answers stored and its record written."""
    assert main(["run"]) in (0, 1)
    project.commit("Record")
    return project


def lines(project, name):
    return [json.loads(each) for each in (project.path / "export" / name).read_text().splitlines()]


def test_a_configuration_of_promptfoo_comes_back_the_same(evaluated, api, ask):
    count = api.count
    assert main(["export", "promptfoo", "router"]) == 0
    assert api.count == count
    evaluated.write({"evals/router.yaml": "gone", "prompts/router.yaml": "gone"})
    (evaluated.path / "evals/router.scores.yaml").unlink()
    config = "export/router.promptfooconfig.yaml"
    answer = ask("import", config, "--force")
    assert [each["message"] for each in answer.document["lost"]] == []
    assert main(["lint"]) == 0
    written = (evaluated.path / "evals/router.yaml").read_text()
    for _, ticket, queue in TICKETS:
        assert ticket in written
        assert queue in written


def test_lines_to_learn_from_leave_out_what_a_gate_tests(evaluated, ask):
    evaluated.write(
        {
            "evals/gate.jsonl": jsonl([example("g", TICKETS[0][1], "billing")]),
            "evals/gate.yaml": "prompt: router\nexamples: gate.jsonl\nscorers: [equals]\n",
        }
    )
    answer = ask("export", "finetune", "router", "--validation", "0.4")
    assert answer.code == 0
    learned = [*lines(evaluated, "train.jsonl"), *lines(evaluated, "validation.jsonl")]
    texts = [line["messages"][-2]["content"] for line in learned]
    assert len(learned) == len(TICKETS) - 1
    assert not any(TICKETS[0][1] in text for text in texts)
    assert all(line["messages"][-1]["role"] == "assistant" for line in learned)
    assert {line["messages"][-1]["content"] for line in learned} == {q for _, _, q in TICKETS[1:]}
    manifest = json.loads((evaluated.path / "export/manifest.json").read_text())
    assert manifest["kept_out"] == 1
    assert sum(each["lines"] for each in manifest["files"].values()) == len(learned)


def test_passing_answers_are_learned_from(evaluated, api):
    assert main(["export", "finetune", "--answers", "passed"]) == 0
    assert len(lines(evaluated, "train.jsonl")) == len(TICKETS)
    first = (evaluated.path / "export/train.jsonl").read_bytes()
    assert main(["export", "finetune", "--answers", "passed", "--force"]) == 0
    assert (evaluated.path / "export/train.jsonl").read_bytes() == first


def test_batch_lines_are_the_requests_without_an_answer(project, api):
    assert main(["export", "openai-batch"]) == 0
    written = lines(project, "batch.jsonl")
    assert len(written) == len(TICKETS)
    assert {line["url"] for line in written} == {"/v1/chat/completions"}
    assert main(["run"]) in (0, 1)
    assert sorted(json.dumps(each, sort_keys=True) for each in api.requests) == sorted(
        json.dumps(line["body"], sort_keys=True) for line in written
    )
    assert main(["export", "openai-batch", "--force"]) == 0
    assert lines(project, "batch.jsonl") == []


def test_a_table_has_answers_and_no_formula(project, api):
    api.answers(lambda _: "=1+1")
    assert main(["run"]) in (0, 1)
    assert main(["export", "csv"]) == 0
    text = (project.path / "export/examples.csv").read_text()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in rows] == [id_ for id_, _, _ in TICKETS]
    assert {row["answer"] for row in rows} == {"'=1+1"}
    assert {row["fate"] for row in rows} == {"fail"}


def test_spans_and_scores_of_opentelemetry(evaluated):
    assert main(["export", "otel"]) == 0
    [body] = lines(evaluated, "traces.jsonl")
    spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert len(spans) == len(TICKETS)
    attributes = {each["key"]: each["value"] for each in spans[0]["attributes"]}
    assert attributes["gen_ai.operation.name"] == {"stringValue": "chat"}
    assert "gen_ai.input.messages" not in attributes
    assert all(len(span["traceId"]) == 32 and int(span["spanId"], 16) for span in spans)
    [logs] = lines(evaluated, "logs.jsonl")
    events = logs["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    assert {event["eventName"] for event in events} == {"gen_ai.evaluation.result"}
    assert {event["traceId"] for event in events} == {span["traceId"] for span in spans}


def test_prompts_and_items_for_langfuse(evaluated):
    assert main(["export", "langfuse"]) == 0
    [prompt] = json.loads((evaluated.path / "export/prompts.json").read_text())
    assert prompt["type"] == "chat"
    assert "{{ ticket }}" in prompt["prompt"][-1]["content"]
    assert [item["expectedOutput"] for item in lines(evaluated, "dataset-items.jsonl")] == [
        queue for _, _, queue in TICKETS
    ]


def test_files_that_are_there_are_kept(project, capsys):
    project.write({"export/batch.jsonl": "mine"})
    assert main(["export", "openai-batch"]) == 2
    assert "there already; nothing was written" in capsys.readouterr().err
    assert (project.path / "export/batch.jsonl").read_text() == "mine"
