"""`promptci export`: what is stored, in the forms of other tools, and nothing asked."""

import csv
import io
import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from commands.conftest import begin
from projects import REWORDED, TICKETS, before_and_after, example, jsonl, route
from promptci.commands.main import main
from promptci.exporters.otlpbytes import otlp_bytes


@pytest.fixture
def evaluated(repo, api, keep):
    """The project with its answers stored and its record written."""

    def make():
        begin(repo, api)
        assert main(["run"]) in (0, 1)
        repo.commit("Record")

    keep(make)
    return repo


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


def test_what_a_gate_tests_is_left_out_however_it_is_written(evaluated, ask):
    gate = example("g", f"  {TICKETS[0][1].upper()}\n", "billing")
    evaluated.write(
        {
            "evals/gate.jsonl": jsonl([gate]),
            "evals/gate.yaml": "prompt: router\nexamples: gate.jsonl\nscorers: [equals]\n",
        }
    )
    assert ask("export", "finetune", "router").code == 0
    manifest = json.loads((evaluated.path / "export/manifest.json").read_text())
    assert manifest["kept_out"] == 1


def test_passing_answers_are_learned_from(evaluated, api):
    assert main(["export", "finetune", "--answers", "passed"]) == 0
    assert len(lines(evaluated, "train.jsonl")) == len(TICKETS)
    first = (evaluated.path / "export/train.jsonl").read_bytes()
    assert main(["export", "finetune", "--answers", "passed", "--force"]) == 0
    assert (evaluated.path / "export/train.jsonl").read_bytes() == first
    assert main(["export", "finetune", "--answers", "passed", "--force", "--bom"]) == 0
    assert (evaluated.path / "export/train.jsonl").read_bytes() == b"\xef\xbb\xbf" + first


def test_without_a_line_to_learn_from_nothing_is_written(project, ask):
    answer = ask("export", "finetune", "--answers", "passed")
    assert answer.code == 5
    assert f"{len(TICKETS)} examples have no answer to learn from" in answer.document["error"]
    assert not (project.path / "export").exists()


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


def test_commits_are_beside_each_other(evaluated, api):
    first = evaluated.git("rev-parse", "HEAD").strip()
    prompt = (evaluated.path / "prompts/router.yaml").read_text()
    evaluated.write({"prompts/router.yaml": prompt.replace(*REWORDED)})
    api.answers(before_and_after(route, lambda _: "other"))
    assert main(["run"]) in (0, 1)
    second = evaluated.commit("Reword")
    (evaluated.path / "evals/router.yaml").unlink()
    assert main(["export", "csv", "--at", "HEAD~1", "--at", second[:8]]) == 0
    text = (evaluated.path / "export/examples.csv").read_text()
    rows = [(row["commit"], row["id"], row["fate"]) for row in csv.DictReader(io.StringIO(text))]
    assert rows[: len(TICKETS)] == [(first, id_, "pass") for id_, _, _ in TICKETS]
    assert {fate for commit, _, fate in rows if commit == second} == {"pass", "fail"}
    assert main(["export", "otel", "--at", first, "--at", "HEAD", "--at", "HEAD~1"]) == 0
    bodies = lines(evaluated, "logs.jsonl")
    assert [_commit_of(body) for body in bodies] == [first, second]


def _commit_of(body):
    attributes = body["resourceLogs"][0]["resource"]["attributes"]
    return {each["key"]: each["value"]["stringValue"] for each in attributes}[
        "vcs.ref.head.revision"
    ]


def test_an_answer_that_several_commits_have_is_one_span(evaluated):
    assert main(["export", "otel", "--at", "HEAD", "--at", "HEAD~1"]) == 0
    [traces] = lines(evaluated, "traces.jsonl")
    assert len(traces["resourceSpans"][0]["scopeSpans"][0]["spans"]) == len(TICKETS)


@pytest.mark.parametrize("kind", ["promptfoo", "finetune", "openai-batch", "langfuse"])
def test_other_kinds_hold_one_state(evaluated, capsys, kind):
    assert main(["export", kind, "--at", "HEAD"]) == 2
    assert "--at goes with `csv`, `parquet`, `xlsx`, `otel`" in capsys.readouterr().err


@pytest.fixture
def receiver():
    """A receiver of OTLP on loopback: what came, and what it says to each path."""
    got: list[tuple[str, dict[str, str], bytes]] = []
    says = {"/v1/traces": 200, "/v1/logs": 200}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(says[self.path])
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", got, says
        server.shutdown()
        thread.join()


def test_examples_without_stored_answers_are_told(evaluated, capsys):
    shutil.rmtree(evaluated.path / ".promptci")
    assert main(["export", "otel"]) == 0
    assert "6 of 6 examples have no stored answer" in capsys.readouterr().err
    for record in evaluated.path.glob("**/*.scores.yaml"):
        record.unlink()
    for further in ([], ["--to", "http://127.0.0.1:9"]):
        assert main(["export", "otel", "--force", *further]) == 5
        assert "no answer and no score is stored" in capsys.readouterr().err


def test_spans_and_scores_are_sent_to_a_receiver(evaluated, receiver, monkeypatch, capsys):
    url, got, _ = receiver
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20x,x-project=7")
    assert main(["export", "otel", "--to", url]) == 0
    assert capsys.readouterr().out == f"sent 6 spans and 6 scores to {url}\n"
    assert [path for path, _, _ in got] == ["/v1/traces", "/v1/logs"]
    assert {headers["content-type"] for _, headers, _ in got} == {"application/x-protobuf"}
    assert {headers["authorization"] for _, headers, _ in got} == {"Bearer x"}
    assert main(["export", "otel"]) == 0
    [spans], [logs] = lines(evaluated, "traces.jsonl"), lines(evaluated, "logs.jsonl")
    assert [body for _, _, body in got] == [otlp_bytes(spans), otlp_bytes(logs)]


def test_a_receiver_without_logs_gets_the_spans_alone(evaluated, receiver, ask):
    url, _, says = receiver
    says["/v1/logs"] = 404
    answer = ask("export", "otel", "--to", url)
    assert (answer.code, answer.document["written"]) == (0, [])
    assert answer.document["sent"] == {"spans": 6, "scores": 0}
    assert answer.document["remarks"] == [
        "the receiver takes no logs (HTTP 404): scores were not sent"
    ]


@pytest.mark.parametrize("status", [302, 400, 401, 500])
def test_a_receiver_that_refuses_is_exit_3(evaluated, receiver, capsys, status):
    url, got, says = receiver
    says["/v1/traces"] = status
    assert main(["export", "otel", "--to", url]) == 3
    assert f"/v1/traces said HTTP {status}" in capsys.readouterr().err
    assert len(got) == 1


@pytest.mark.parametrize("url", ["http://example.com", "ftp://127.0.0.1", "https://a:b@c.de", "x"])
def test_answers_go_nowhere_in_clear(evaluated, capsys, url):
    assert main(["export", "otel", "--to", url]) == 2
    assert "correct --to" in capsys.readouterr().err


def test_a_receiver_that_is_not_there_is_exit_3(evaluated, capsys):
    assert main(["export", "otel", "--to", "http://127.0.0.1:9"]) == 3
    assert "cannot be reached" in capsys.readouterr().err
    assert main(["export", "csv", "--to", "http://127.0.0.1:9"]) == 2


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


TALK = """\
prompt: talk
conversation: {turns: "{{ turns }}"}
scorers: [contains]
threshold: 0.5
examples:
  - {id: one, vars: {tone: dry, turns: ["a\\nb"]}, expected: hm}
  - {id: two, vars: {tone: dry, turns: [c, d]}, expected: hm}
"""
"""A conversation of one turn and one of two."""


def test_conversations_go_where_there_is_a_place_for_their_turns(project, api, ask, capsys):
    api.answers(lambda _: "hm")
    chat = "messages: [{role: system, content: 'Be {{ tone }}.'}]\n"
    project.write({"evals/talk.yaml": TALK, "prompts/talk.yaml": chat})
    for kind in ("promptfoo", "openai-batch", "finetune"):
        assert main(["export", kind, "talk"]) == 0
    said = capsys.readouterr().err
    assert "1 conversations of several answers are left out" in said
    assert "`talk` goes on after its first answer" in said
    batch = [line["body"]["messages"] for line in lines(project, "batch.jsonl")]
    assert [turns[-1]["content"] for turns in batch] == ["a\nb", "c"]
    [learned] = lines(project, "train.jsonl")
    assert [turn["role"] for turn in learned["messages"]] == ["system", "user", "assistant"]
    project.write({"evals/talk.yaml": "gone", "prompts/talk.yaml": "gone"})
    answer = ask("import", "export/talk.promptfooconfig.yaml", "--force")
    assert answer.document["lost"] == []
    written = (project.path / "evals/talk.yaml").read_text()
    assert "turns: '{{ turns }}'" in written
    assert "- c\n        - d" in written


def test_tools_of_a_conversation_have_no_place_in_promptfoo(project, capsys):
    tool = "tools: [{type: function, function: {name: find}}]\n"
    text = f"{TALK}tools: {{find: {{otherwise: none}}}}\n"
    chat = "messages: [{role: system, content: 'Be {{ tone }}.'}]\n"
    project.write({"evals/talk.yaml": text, "prompts/talk.yaml": tool + chat})
    assert main(["export", "promptfoo", "talk"]) == 0
    assert "has tools that the eval answers" in capsys.readouterr().err


def test_a_mean_of_scorers_is_a_threshold_and_a_set_in_a_set_is_told(project, capsys):
    mean = "all_of: {threshold: 0.5, scorers: [{contains: a}, {contains: b}, %s]}"
    inner = "{all_of: {threshold: 0.5, scorers: [is_json, {contains: d}]}}"
    nested = mean % (inner.replace("is_json", "{all_of: {threshold: 1, scorers: [is_json]}}"))
    text = (
        "examples:\n"
        f"- {{id: one, vars: {{tone: x}}, scorers: [{{{mean % inner}}}]}}\n"
        f"- {{id: two, vars: {{tone: y}}, scorers: [{{{nested}}}]}}\n"
    )
    chat = "messages: [{role: user, content: 'Be {{ tone }}.'}]\n"
    project.write({"evals/talk.yaml": text, "prompts/talk.yaml": chat})
    assert main(["export", "promptfoo", "talk"]) == 0
    written = yaml.safe_load((project.path / "export/talk.promptfooconfig.yaml").read_text())
    one, two = written["tests"]
    assert one["threshold"] == 0.5
    assert [each["type"] for each in one["assert"]] == ["contains", "contains", "assert-set"]
    assert two.keys() == {"description", "vars"}
    assert "a set of scorers in a set is left out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "file"), [("csv", "examples.csv"), ("langfuse", "dataset-items.jsonl")]
)
def test_what_was_exported_comes_back_with_its_ids_in_their_order(evaluated, ask, kind, file):
    assert main(["export", kind]) == 0
    examples = (evaluated.path / "evals/router.jsonl").read_text().splitlines()
    was = [json.loads(line)["id"] for line in examples]
    evaluated.write({"evals/router.yaml": "gone", "prompts/router.yaml": "gone"})
    (evaluated.path / "evals/router.scores.yaml").unlink()
    answer = ask("import", f"export/{file}", "--force")
    assert answer.document["lost"] == []
    assert main(["lint"]) == 0
    written = yaml.safe_load((evaluated.path / "evals/router.yaml").read_text())
    assert [each["id"] for each in written["examples"]] == was
    if kind == "csv":
        outputs = "evals/router.outputs.jsonl"
        assert main(["score", "router", "--outputs", outputs]) in (0, 1)
    assert main(["import", f"export/{file}"]) == 2  # a second time it writes nothing


def test_variants_are_beside_their_prompt_in_promptfoo(project, capsys):
    text = (project.path / "prompts/router.yaml").read_text()
    variants = (
        "variants:\n  cot: {append: Think., parameters: {max_tokens: 9}}\n"
        "  big: {model: openai/x}\n"
    )
    project.write({"prompts/router.yaml": text + variants})
    assert main(["export", "promptfoo", "router", "--variants"]) == 0
    assert "`router@big` asks another model and is left out" in capsys.readouterr().err
    made = yaml.safe_load((project.path / "export/router.promptfooconfig.yaml").read_text())
    assert [each["label"] for each in made["prompts"]] == ["router", "router@cot"]
    assert "Think." in made["prompts"][1]["raw"]
    assert [each["prompts"] for each in made["providers"]] == [["router"], ["router@cot"]]
    assert made["providers"][1]["config"]["max_tokens"] == 9
    assert main(["export", "promptfoo", "router", "--force"]) == 0
    made = yaml.safe_load((project.path / "export/router.promptfooconfig.yaml").read_text())
    assert len(made["prompts"]) == 1


NOTED = """\
prompt: router
scorers: [equals]
examples:
  - {id: one, vars: {ticket: a}, expected: billing, tags: [hard], meta: {by: Ada, at: {line: 3}}}
  - {id: two, vars: {ticket: b}, expected: billing}
"""


def test_what_is_noted_of_an_example_comes_back(project):
    begun = yaml.safe_load(NOTED)["examples"]
    for kind, file, made in (
        ("promptfoo", "noted.promptfooconfig.yaml", "router"),
        ("langfuse", "dataset-items.jsonl", "noted"),
        ("csv", "examples.csv", "noted"),
    ):
        project.write({"evals/noted.yaml": NOTED})
        assert main(["export", kind, "noted"]) == 0
        (project.path / "evals/noted.yaml").unlink()
        assert main(["import", f"export/{file}", "--force"]) == 0, kind
        written = yaml.safe_load((project.path / f"evals/{made}.yaml").read_text())
        for row, was in zip(written["examples"], begun, strict=True):
            assert [row.get(key) for key in ("meta", "tags")] == [
                was.get(key) for key in ("meta", "tags")
            ], kind


def test_tools_of_a_prompt_go_along(project, capsys):
    tool = {"type": "function", "function": {"name": "find"}}
    text = (project.path / "prompts/router.yaml").read_text()
    project.write({"prompts/router.yaml": f"tools: [{json.dumps(tool)}]\n{text}"})
    call = {"name": "find", "arguments": {}}
    calling = {"id": "c", "vars": {"ticket": "Find it"}, "expected": [call]}
    project.write({"evals/router.jsonl": jsonl([example("g", "Hi", "billing"), calling])})
    for kind in ("finetune", "promptfoo", "langfuse"):
        assert main(["export", kind, "router", "--force"]) == 0
    assert "1 examples expect calls of tools and are left out" in capsys.readouterr().err
    [line] = lines(project, "train.jsonl")
    assert line["tools"] == [tool]
    made = yaml.safe_load((project.path / "export/router.promptfooconfig.yaml").read_text())
    assert made["providers"][0]["config"]["tools"] == [tool]
    [prompt] = json.loads((project.path / "export/prompts.json").read_text())
    assert prompt["config"]["tools"] == [tool]
