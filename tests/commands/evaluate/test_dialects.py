"""Whole runs against servers that each speak OpenAI's language in their own way."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from fakes import Asked, FakeAPI, Reply, error_body, response_to
from gitrepo import GitRepo
from projects import jsonl
from promptci.commands.main import main

TICKETS = [{"id": f"t{n}", "vars": {"ticket": f"Ticket {n}"}, "expected": "ok"} for n in range(40)]
PROMPT = """\
model: lab/m
parameters: {%s}
messages: [{role: user, content: "{{ ticket }}"}]
"""
Rule = Callable[[Asked], Any]


def chat(asked: Asked, text: str = "ok", **more: Any) -> Any:
    """A chat completion, if it is asked for where this server has it."""
    return {**response_to(asked.body, text), **more}


def served_at(path: str, otherwise: Reply, rule: Rule = chat) -> Rule:
    return lambda asked: rule(asked) if asked.path == path else otherwise


def refuses(parameter: str, message: str, *, code: str | None = None) -> Rule:
    """A server whose model does not take a parameter."""
    refusal = Reply(400, body=error_body(message, code=code, param=parameter))
    return lambda asked: refusal if parameter in asked.body else chat(asked)


def project(repo: GitRepo, endpoint: str, *, parameters: str = "", scorer: str = "equals") -> None:
    repo.write(
        {
            "promptci.yaml": f"endpoints:\n  lab: {{{endpoint}}}\n",
            "prompts/a.yaml": PROMPT % parameters,
            "evals/a.yaml": f"examples: a.jsonl\nscorers: [{scorer}]\n",
            "evals/a.jsonl": jsonl(TICKETS),
        }
    )


ANTHROPIC_404 = {"type": "error", "error": {"type": "not_found_error", "message": "Not Found"}}
GOOGLE_KEY = [
    {
        "error": {
            "code": 400,
            "message": "API key not valid. Please pass a valid API key.",
            "status": "INVALID_ARGUMENT",
            "details": [{"@type": "type.googleapis.com/x", "reason": "API_KEY_INVALID"}],
        }
    }
]
GROQ_MODEL = error_body("The model `m` does not exist or you do not have access to it.")
VLLM_MODEL = {"object": "error", "message": "The model `m` does not exist.", "code": 404}
CHUNKS = 'data: {"choices":[{"delta":{"content":"ok"}}]}\n\ndata: [DONE]\n\n'


@pytest.mark.parametrize(
    ("base", "rule", "says"),
    [
        (
            "",
            served_at("/v1/chat/completions", Reply(404, body="404 page not found")),
            "HTTP 404: 404 page not found), asked at {origin}/chat/completions: "
            "is `/v1` missing in base_url? Try `{origin}/v1`",
        ),
        (
            "",
            served_at("/v1/chat/completions", Reply(404, body=ANTHROPIC_404)),
            "is `/v1` missing in base_url? Try `{origin}/v1`",
        ),
        (
            "/v1/chat/completions",
            served_at("/v1/chat/completions", Reply(404)),
            "base_url ends in `/chat/completions`, which is added by promptci: write `{origin}/v1`",
        ),
        ("/v1", lambda _: Reply(400, body=json.dumps(GOOGLE_KEY)), "check the key in LAB_KEY"),
        (
            "/v1",
            lambda _: Reply(404, body=GROQ_MODEL),
            "does not know `m` (HTTP 404: The model `m` does not exist or you do not have access",
        ),
        (
            "/v1",
            lambda _: Reply(404, body=VLLM_MODEL),
            "does not know `m`",
        ),
        ("/v1", lambda _: Reply(400, body=error_body("m is not a valid model ID")), "not know `m`"),
        (
            "/v1",
            lambda _: Reply(headers={"Content-Type": "text/event-stream"}, body=CHUNKS),
            "it streams (`data:`) though that was not asked for",
        ),
        (
            "/app",
            lambda _: Reply(headers={"Content-Type": "text/html"}, body="<!doctype html><title>"),
            "at {origin}/app/chat/completions with HTML instead of JSON",
        ),
        ("/v1", lambda _: Reply(body="Ollama is running"), "something that is not JSON"),
        ("/v1", lambda _: Reply(body={"jsonrpc": "2.0", "id": 1}), "check base_url"),
        ("/v1", lambda _: Reply(302, {"Location": "/login"}), "redirects to elsewhere"),
        ("/v1", lambda _: Reply(body=error_body("bad", code="invalid_api_key")), "check the key"),
    ],
)
def test_an_endpoint_that_cannot_work_is_found_with_one_request(
    repo: GitRepo,
    api: FakeAPI,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    base: str,
    rule: Rule,
    says: str,
) -> None:
    monkeypatch.setenv("LAB_KEY", "secret-key-of-the-lab")
    api.answers(rule)
    origin = api.url.removesuffix("/v1")
    project(repo, f"base_url: {origin}{base}, key_env: LAB_KEY")
    assert main(["run"]) == 3
    assert says.format(origin=origin) in capsys.readouterr().err
    assert api.count == 1


def test_an_unknown_azure_deployment_is_found_with_one_request(
    repo: GitRepo, api: FakeAPI, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_KEY", "secret-key-of-the-lab")
    missing = error_body("The API deployment for this resource does not exist.")
    missing["error"]["code"] = "DeploymentNotFound"
    api.answers(lambda _: Reply(404, body=missing))
    origin = api.url.removesuffix("/v1")
    project(repo, f"kind: azure, base_url: {origin}, api_version: 2024-10-21, key_env: LAB_KEY")
    assert main(["run"]) == 3
    said = capsys.readouterr().err
    assert "does not know `m`" in said
    assert f"asked at {origin}/openai/deployments/m/chat/completions: check the model's id" in said
    assert api.count == 1


@pytest.mark.parametrize(
    ("parameters", "rule"),
    [
        ("", chat),
        ("", refuses("temperature", "Unsupported value", code="unsupported_value")),
        ("top_p: 0.9", refuses("temperature", "`temperature` and `top_p` cannot both be given")),
        (
            "top_p: 0.9, temperature: 0",
            refuses("temperature", "`temperature` and `top_p` cannot both be specified"),
        ),
        ("temperature: null", refuses("temperature", "temperature is out of range")),
        ("max_tokens: 9", refuses("max_tokens", "Use 'max_completion_tokens': unsupported")),
        (
            "stop: [END]",
            lambda asked: (
                Reply(400, body=error_body("'stop' is not supported with this model"))
                if "stop" in asked.body
                else chat(asked, "okEND and more")
            ),
        ),
    ],
)
def test_what_a_model_does_not_take_costs_one_request(
    repo: GitRepo, api: FakeAPI, ask: Callable[..., Any], parameters: str, rule: Rule
) -> None:
    api.answers(rule)
    project(repo, f"base_url: {api.url}", parameters=parameters)
    answer = ask("run")
    assert (answer.code, answer.only["passed"]) == (0, 40)
    assert api.count <= 41


def test_a_stop_that_is_refused_is_recorded(repo: GitRepo, api: FakeAPI) -> None:
    api.answers(refuses("stop", "Argument not supported on this model: stop"))
    project(repo, f"base_url: {api.url}", parameters="stop: [END]")
    assert main(["run"]) == 0
    assert "sampling: provider-default" in (repo.path / "evals/a.scores.yaml").read_text()


def test_thoughts_that_leave_no_room_for_an_answer_are_errors_that_say_so(
    repo: GitRepo, api: FakeAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    def think(asked: Asked) -> Any:
        body = response_to(asked.body, "")
        body["choices"][0] |= {"finish_reason": "length"}
        body["choices"][0]["message"]["content"] = None
        return {**body, "usage": {"prompt_tokens": 9, "completion_tokens": 512}}

    api.answers(think)
    project(repo, f"base_url: {api.url}", parameters="max_tokens: 512")
    assert main(["run"]) == 3
    said = " ".join("".join(capsys.readouterr()).split())
    assert "all 512 tokens of the answer went into thoughts and nothing was said" in said
    assert "raise `max_tokens`" in said
    asked = api.count
    assert main(["run"]) == 3
    assert api.count == asked, "the same again would be cut off again"


def test_an_error_with_status_200_and_a_word_is_waited_out(
    repo: GitRepo, api: FakeAPI, ask: Callable[..., Any]
) -> None:
    api.script([Reply(body=error_body("slow down", code="rate_limit_exceeded"))])
    api.answers(chat)
    project(repo, f"base_url: {api.url}")
    answer = ask("run")
    assert (answer.code, answer.only["passed"], api.count) == (0, 40, 41)


def test_a_second_model_that_is_unknown_is_found_with_one_request(
    repo: GitRepo, api: FakeAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twenty calls go out side by side by then."""
    api.answers(
        lambda asked: chat(asked) if asked.body["model"] == "m" else Reply(404, body=GROQ_MODEL)
    )
    project(repo, f"base_url: {api.url}")
    assert main(["run", "--model", "lab/m", "--model", "lab/n"]) == 3
    said = capsys.readouterr().out
    assert "no answer to 40 examples: model endpoint `lab` does not know `n`" in said
    assert "a     lab/m  100.0%" in said
    assert [body["model"] for body in api.requests].count("n") == 1


def test_an_eval_of_a_model_that_is_not_known_does_not_keep_the_others(
    repo: GitRepo, api: FakeAPI, ask: Callable[..., Any]
) -> None:
    """Unknown to the server, without a key, or by no name that means a model."""
    api.answers(
        lambda asked: chat(asked) if asked.body["model"] == "m" else Reply(404, body=GROQ_MODEL)
    )
    project(repo, f"base_url: {api.url}")
    more = "prompt: a\nexamples: a.jsonl\nscorers: [equals]\nmodels: [%s]\n"
    found = []
    for model in ("lab/n", "openai/gpt-6-luna", "nowhere/x"):
        repo.write({"evals/b.yaml": more % model})
        answer = ask("run")
        found.append(
            (answer.code, answer.document["evals"][0]["passed"], "evals/b" in answer.stderr)
        )
    assert found == [(3, 40, False), (3, 40, False), (2, 40, True)]
    assert [body["model"] for body in api.requests].count("n") == 1
    assert ask("run", "b").code == 2


def test_what_a_second_model_refuses_is_refused_once(
    repo: GitRepo, api: FakeAPI, ask: Callable[..., Any]
) -> None:
    refusal = refuses("temperature", "Unsupported value", code="unsupported_value")
    api.answers(lambda asked: chat(asked) if asked.body["model"] == "m" else refusal(asked))
    project(repo, f"base_url: {api.url}")
    assert ask("run", "--model", "lab/m", "--model", "lab/n").code == 0
    assert api.count == 81


def test_a_dry_run_warns_of_a_model_that_has_ended(
    repo: GitRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.write(
        {
            "prompts/a.yaml": (PROMPT % "").replace("lab/m", "openai/o1-mini"),
            "evals/a.yaml": "examples: a.jsonl\nscorers: [equals]\n",
            "evals/a.jsonl": jsonl(TICKETS[:1]),
        }
    )
    main(["run", "--dry-run"])
    assert "`openai/o1-mini` was shut down on 2025-10-27" in capsys.readouterr().err
