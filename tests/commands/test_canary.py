"""A key that is in the environment, an example, an answer and an error is written nowhere."""

import json
import re
from base64 import b64encode

import pytest

from fakes import Reply, error_body
from gitrepo import GitRepo
from projects import jsonl
from promptci.commands.main import main
from promptci.secrets import known
from promptci.secrets.redact import MARK

SIMPLE = "lk_kanari/7f3A+99zz-Q1"
ODD = 'lk kanari"7f\\3A|99::kanari##[Q1&kanari'
"""No well-known shape: they are found by their value alone. What each medium escapes is in one."""


def forms(key: str) -> tuple[str, ...]:
    """What must not be seen: the word in the key, however its marks are escaped, and encodings."""
    coded = b64encode(key.encode()).decode().rstrip("=")[:-1]
    return "kanari", coded, key.encode().hex()


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
EVAL = """\
examples: leak.jsonl
scorers: [contains, equals]
gate: {max_errors: 9, must_pass: [wanted, wanted-cut]}
"""


PLAIN = ("hello", "one", "two", "three", "four")


def rows(key: str):
    """Examples that hold the key: plain, encoded, in JSON, and where long texts are cut.

    The last of them hold it in what is expected alone, so that the answers are scored.
    """
    return (
        {"id": "echo", "vars": {"text": f"key {key} end"}, "expected": f"not {key}"},
        {"id": "coded", "vars": {"text": b64encode(f"user:{key}".encode()).decode()}},
        {"id": "json", "vars": {"text": json.dumps({"Authorization": f"Bearer {key}"})}},
        {"id": "cut", "vars": {"text": "y" * 280 + key}, "expected": "y " * 136 + key},
        {"id": "far", "vars": {"text": "y" * 380 + key}, "expected": "y " * 190 + key},
        {"id": "plain", "vars": {"text": "hello"}, "expected": "Repeat: hello"},
        {"id": "wanted", "vars": {"text": "one"}, "expected": f"not {key}"},
        {"id": "wanted-cut", "vars": {"text": "two"}, "expected": "y " * 136 + key},
        {"id": "wanted-far", "vars": {"text": "three"}, "expected": "y " * 190 + key},
        {"id": "wanted-near", "vars": {"text": "four"}, "expected": "y" * 62 + key},
        {"id": "refused", "vars": {"text": "fail"}, "expected": "x"},
    )


def answering(key: str):
    """Echo, with the key in every field that a server fills; one request is refused.

    Where the key was not asked for, it is not in the answer either.
    """

    def answer(asked):
        if "fail" in asked:
            said = f"bad key {key} (Basic {b64encode(key.encode()).decode()})"
            return Reply(400, body=error_body(said))
        told = "" if any(word in asked for word in PLAIN) else key
        message = {"content": str(asked), "tool_calls": [{"id": told}]}
        return {
            "model": f"small-{told}",
            "system_fingerprint": told,
            "choices": [{"message": message, "finish_reason": "stop"}],
        }

    return answer


@pytest.fixture(params=[SIMPLE, ODD], ids=["simple", "odd"])
def key(request) -> str:
    return request.param


@pytest.fixture
def leaky(key, repo: GitRepo, api, monkeypatch) -> GitRepo:
    """A committed project whose endpoint's key is everywhere, in a variable of any name."""
    variable = "LAB_API_KEY" if key == SIMPLE else "LAB_LOGIN"
    monkeypatch.setenv(variable, key)
    api.answers(answering(key))
    repo.write(
        {
            ".gitignore": ".promptci/\n",
            "promptci.yaml": CONFIG.format(url=api.url, variable=variable),
            "prompts/leak.yaml": PROMPT,
            "evals/leak.yaml": EVAL,
            "evals/leak.jsonl": jsonl({"expected": "-", **row} for row in rows(key)),
        }
    )
    repo.commit("Add the leak")
    return repo


def fresh(arguments: list[str]) -> int:
    """A command as in a process of its own, which knows of no key yet."""
    known._kept.clear()
    return main(arguments)


def leaks(repo: GitRepo, key: str) -> list[str]:
    """The files, but for the user's own, that hold the key in any form."""
    own = {repo.path / "evals/leak.jsonl"}
    files = (path for path in repo.path.rglob("*") if path.is_file() and path not in own)
    found = {path: path.read_bytes() for path in files if ".git" not in path.parts}
    assert any(path.name == "cache.sqlite" for path in found)
    return [
        str(path) for path, data in found.items() for form in forms(key) if form.encode() in data
    ]


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
    "run --offline",
    "run --json --offline",
    "show leak cut",
    "show leak echo --json",
    "check --base HEAD~1 --offline --markdown report.md --junit report.xml",
    "check --base HEAD~1 --offline --json",
    "compare HEAD~1 HEAD --eval leak --prompts --offline",
    "bisect leak --good HEAD~1 --bad HEAD --offline",
    "show leak wanted",
    "show leak wanted-cut --json",
    "accept leak wanted -m why",
)


def test_the_key_is_in_no_file_and_on_no_screen(leaky, key, api, capfd, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(leaky.path / "summary.md"))
    fresh(["run"])
    leaky.commit("Record the scores")
    leaky.write({"prompts/leak.yaml": PROMPT.replace("Repeat", "Echo")})
    leaky.commit("Edit the prompt")
    for command in COMMANDS:
        assert fresh(command.split()) in (0, 1, 3), command
    record = (leaky.path / "evals/leak.scores.yaml").read_bytes()
    assert fresh(["accept", "leak", "wanted", "-m", f"because of {key}"]) == 2
    assert (leaky.path / "evals/leak.scores.yaml").read_bytes() == record
    assert any(key in sent.headers["authorization"] for sent in api.sent)  # it does travel
    said = "".join(capfd.readouterr())
    assert [line for line in said.split("\n") for form in forms(key) if form in line] == []
    assert said.count(MARK) > 20
    assert leaks(leaky, key) == []


def test_a_stored_answer_scores_as_it_did_when_it_came(leaky, capfd):
    main(["run"])
    record = (leaky.path / "evals/leak.scores.yaml").read_bytes()
    main(["run"])
    assert (leaky.path / "evals/leak.scores.yaml").read_bytes() == record


def test_an_answer_that_holds_the_key_is_neither_scored_nor_stored_and_said(leaky, api, capfd):
    assert fresh(["run", "--json"]) in (1, 3)
    (found,) = json.loads(capfd.readouterr().out)["evals"]
    (why,) = [why for why in found["reasons"] if "the answer holds" in why]
    assert re.search(r"the answer holds the key in LAB_(API_KEY|LOGIN), so it is neither", why)
    before = api.count
    fresh(["run"])
    assert api.count == before + 6  # the five that hold it, and the one that is refused


@pytest.mark.parametrize("command", ["show", "accept -m why", "log", "run"])
def test_a_refusal_quotes_no_part_of_the_key(leaky, key, capfd, command):
    name = "y" * 20 + key
    command, *options = command.split()
    assert fresh([command, name, *(["x"] if options else []), *options]) in (2, 5)
    said = "".join(capfd.readouterr())
    assert "yyyy" in said
    assert "kanari" not in said


def test_a_faulty_configuration_has_its_keys_hidden_all_the_same(leaky, key, capfd):
    file = leaky.path / "promptci.yaml"
    file.write_text(file.read_text() + "unknown: 1\n")
    assert fresh(["accept", "leak", key, "-m", "why"]) == 2
    assert "kanari" not in "".join(capfd.readouterr())


def test_a_traceback_does_not_show_the_key(leaky, key, capfd, monkeypatch):
    def crash(*_: object) -> None:
        raise ValueError(f"no such thing as {key}")

    monkeypatch.setattr("promptci.commands.evaluate.run.plan_run", crash)
    assert fresh(["run"]) == 70
    said = capfd.readouterr().err
    assert "kanari" not in said
    assert re.search(r"ValueError: no such thing as \[redacted\]", said)
