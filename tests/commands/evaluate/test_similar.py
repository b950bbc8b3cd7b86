"""`similar` through a whole run: hosted embeddings, stored like any answer, and the model's own."""

import json

from fakes import Reply
from promptci.commands.main import main

CONFIG = """\
endpoints:
  lab: {{base_url: {url}}}
models:
  small: {{endpoint: lab, model: small-1}}
  near: {{endpoint: lab, model: embed-1}}
"""
PROMPT = "model: small\nmessages: [{role: user, content: 'Answer: {{ q }}'}]\n"
EVAL = """\
examples:
  - {id: cat, vars: {q: cat}, expected: kitten}
  - {id: dog, vars: {q: dog}, expected: kitten}
scorers:
  - similar: {model: near}
"""
VECTORS = {"a cat": [1.0, 0.0], "a stone": [0.0, 1.0], "kitten": [0.8, 0.6]}


def rule(asked):
    if "input" in asked.body:
        return VECTORS[asked]
    return "a cat" if "cat" in asked else "a stone"


def test_a_run_with_hosted_embeddings(repo, api, capsys):
    api.answers(rule)
    repo.write({"promptci.yaml": CONFIG.format(url=api.url)})
    repo.write({"prompts/p.yaml": PROMPT, "evals/p.yaml": EVAL})
    assert main(["run", "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)["evals"]
    assert (found["passed"], found["total"], round(found["score"], 3)) == (1, 2, 0.7)
    asked = [sent.body for sent in api.sent if sent.path == "/v1/embeddings"]
    assert sorted(body["input"] for body in asked) == ["a cat", "a stone", "kitten"]
    assert all(body["model"] == "embed-1" for body in asked)
    assert api.count == 5

    assert main(["run"]) == 0  # every vector is stored
    assert api.count == 5


def listing(asked):
    """A server that embeds lists and nothing else."""
    if "input" in asked.body and not isinstance(asked.body["input"], list):
        wrong = {
            "loc": ["body", "input"],
            "msg": "Input should be a valid list",
            "type": "list_type",
        }
        return Reply(422, body={"detail": [wrong]})
    return rule(asked)


def test_a_server_that_wants_a_list_gets_one(repo, api):
    api.answers(listing)
    repo.write({"promptci.yaml": CONFIG.format(url=api.url)})
    repo.write({"prompts/p.yaml": PROMPT, "evals/p.yaml": EVAL})
    assert main(["run"]) == 0
    asked = [sent.body["input"] for sent in api.sent if sent.path == "/v1/embeddings"]
    assert sorted(each for each in asked if isinstance(each, list)) == [
        ["a cat"],
        ["a stone"],
        ["kitten"],
    ]


def test_what_an_embeddings_server_wants_can_be_configured(repo, api):
    api.answers(listing)
    form = "embeddings: {input: list, extra_body: {input_type: passage, truncate: END}}"
    repo.write({"promptci.yaml": CONFIG.format(url=f"{api.url}, {form}")})
    repo.write({"prompts/p.yaml": PROMPT, "evals/p.yaml": EVAL})
    assert main(["run"]) == 0
    asked = [sent.body for sent in api.sent if sent.path == "/v1/embeddings"]
    assert sorted(body["input"] for body in asked) == [["a cat"], ["a stone"], ["kitten"]]
    assert all((body["input_type"], body["truncate"]) == ("passage", "END") for body in asked)
    assert api.count == 5
    text = (repo.path / "promptci.yaml").read_text().replace("passage", "query")
    repo.write({"promptci.yaml": text})
    assert main(["run"]) == 0
    assert api.count == 8, "another kind of vector is another answer"


def test_a_server_that_wants_a_kind_is_asked_once_and_the_line_is_named(repo, api, capsys):
    wants = {"error": {"message": "'input_type' parameter is required for asymmetric models"}}
    api.answers(lambda asked: Reply(400, body=wants) if "input" in asked.body else "a cat")
    repo.write({"promptci.yaml": CONFIG.format(url=api.url)})
    repo.write({"prompts/p.yaml": PROMPT, "evals/p.yaml": EVAL})
    assert main(["run"]) == 3
    assert sum(sent.path == "/v1/embeddings" for sent in api.sent) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "`embeddings: {extra_body: {input_type: passage}}`" in said


def test_an_endpoint_that_embeds_nothing_gives_errors_and_no_scores(repo, api, capsys):
    chat = {"object": "chat.completion", "choices": []}
    api.answers(lambda asked: chat if "input" in asked.body else "a cat")
    repo.write({"promptci.yaml": CONFIG.format(url=api.url)})
    repo.write({"prompts/p.yaml": PROMPT, "evals/p.yaml": EVAL})
    assert main(["run"]) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert f"answered a question to `embed-1` at {api.url}/embeddings with JSON that holds" in said
    assert not (repo.path / "evals/p.scores.yaml").exists()


def test_the_model_of_meaning_answers_no_prompt(repo, api, capsys):
    api.answers(rule)
    repo.write({"promptci.yaml": CONFIG.format(url=api.url)})
    repo.write({"prompts/p.yaml": PROMPT, "evals/p.yaml": EVAL})
    assert main(["run", "--model", "minilm"]) == 2
    assert "`minilm` embeds texts and answers no prompt" in capsys.readouterr().err
    assert api.count == 0
