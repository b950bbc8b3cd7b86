"""A key that stands in the environment, an example, an answer and an error is written nowhere."""

import re
from base64 import b64encode
from urllib.parse import quote

import pytest

from fakes import Reply, error_body
from gitrepo import GitRepo
from projects import jsonl
from promptci import vault
from promptci.main import main
from promptci.redact import MARK

CANARY = "lk_canary/7f3A+99zz-Q1"
"""No well-known shape: it is found by its value alone."""

FORMS = (CANARY, quote(CANARY, safe=""), b64encode(CANARY.encode()).decode().rstrip("=")[:-1])

CONFIG = """\
endpoints:
  lab: {{base_url: {url}, key_env: {variable}}}
models:
  small: {{endpoint: lab, model: small-1}}
  large: {{endpoint: lab, model: large-1}}
prices: {{small-1: {{input: 1, output: 2}}, large-1: {{input: 1, output: 2}}}}
defaults: {{model: small}}
"""
PROMPT = "messages: [{role: user, content: 'Repeat: {{ text }}'}]\n"
EVAL = "examples: leak.jsonl\nscorers: [contains, equals]\ngate: {max_errors: 9}\n"
ROWS = (
    {"id": "echo", "vars": {"text": f"key {CANARY} end"}, "expected": f"not {CANARY}"},
    {"id": "coded", "vars": {"text": b64encode(f"user:{CANARY}".encode()).decode()}},
    {"id": "plain", "vars": {"text": "hello"}, "expected": "Repeat: hello"},
    {"id": "refused", "vars": {"text": "fail"}, "expected": "x"},
)


def answer(asked):
    """Echo, with the key in every field that a server fills; one request is refused."""
    if "fail" in asked:
        said = f"bad key {CANARY} (Basic {b64encode(CANARY.encode()).decode()})"
        return Reply(400, body=error_body(said))
    return {
        "model": f"small-{CANARY}",
        "system_fingerprint": CANARY,
        "choices": [
            {
                "message": {"content": str(asked), "tool_calls": [{"id": CANARY}]},
                "finish_reason": "stop",
            }
        ],
    }


@pytest.fixture(params=["LAB_API_KEY", "LAB_LOGIN"])
def leaky(request, repo: GitRepo, api, monkeypatch) -> GitRepo:
    """A committed project whose endpoint's key is everywhere, in a variable of either name."""
    monkeypatch.setenv(request.param, CANARY)
    api.answers(answer)
    repo.write(
        {
            ".gitignore": ".promptci/\n",
            "promptci.yaml": CONFIG.format(url=api.url, variable=request.param),
            "prompts/leak.yaml": PROMPT,
            "evals/leak.yaml": EVAL,
            "evals/leak.jsonl": jsonl({"expected": "-", **row} for row in ROWS),
        }
    )
    repo.commit("Add the leak")
    return repo


def leaks(repo: GitRepo) -> list[str]:
    """The files, but for the user's own, that hold the key in any form."""
    own = {repo.path / "evals/leak.jsonl"}
    files = (path for path in repo.path.rglob("*") if path.is_file() and path not in own)
    found = {path: path.read_bytes() for path in files if ".git" not in path.parts}
    assert any(path.name == "cache.sqlite" for path in found)
    return [str(path) for path, data in found.items() for form in FORMS if form.encode() in data]


COMMANDS = (
    "run",
    "run --json",
    "run --refresh --repeat 2",
    "show leak",
    "show leak echo",
    "show leak coded",
    "show leak refused",
    "show leak --json",
    "lint",
    "log leak",
    "diff",
    "why leak",
    "noise leak -k 2",
    "compare small large --eval leak --prompts",
    "compare small large --eval leak --json",
    "check --base HEAD~1 --markdown report.md --junit report.xml",
    "check --base HEAD~1 --json",
    "accept leak echo -m why",
    f"accept leak coded -m {CANARY}",
    "run --offline",
    "compare small large --eval leak --offline",
    "check --base HEAD~1 --offline --markdown report.md --json",
    "bisect leak --good HEAD~1 --bad HEAD --offline",
)


def test_the_key_is_in_no_file_and_on_no_screen(leaky, api, capfd, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(leaky.path / "summary.md"))
    main(["run"])
    leaky.commit("Record the scores")
    leaky.write({"prompts/leak.yaml": PROMPT.replace("Repeat", "Echo")})
    leaky.commit("Edit the prompt")
    for command in COMMANDS:
        monkeypatch.setattr(vault, "_kept", set())  # as in a process of its own
        assert main(command.split()) in (0, 1, 2, 3), command
    assert any(CANARY in sent.headers["authorization"] for sent in api.sent)  # it does travel
    said = "".join(capfd.readouterr())
    assert [form for form in FORMS if form in said] == []
    assert said.count(MARK) > 20
    assert leaks(leaky) == []


def test_a_stored_answer_scores_as_it_did_when_it_came(leaky, capfd):
    main(["run"])
    record = (leaky.path / "evals/leak.scores.yaml").read_bytes()
    main(["run"])
    assert (leaky.path / "evals/leak.scores.yaml").read_bytes() == record


def test_a_traceback_does_not_show_the_key(leaky, capfd, monkeypatch):
    def crash(*_: object) -> None:
        raise ValueError(f"no such thing as {CANARY}")

    main(["run"])
    monkeypatch.setattr("promptci.commands.run.make_plan", crash)
    assert main(["run"]) == 70
    said = capfd.readouterr().err
    assert CANARY not in said
    assert re.search(r"ValueError: no such thing as \[redacted\]", said)
