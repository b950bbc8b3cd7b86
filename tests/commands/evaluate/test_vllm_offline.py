"""`kind: vllm-offline`: own weights, asked in files of batch lines; the engine is a stand-in."""

import sys

import pytest

from projects import TICKETS, router
from promptci.commands.main import main
from promptci.models.batchapis import vllmoffline
from tables import every_row

RECORD = "evals/router.scores.yaml"
CONFIG = """\
endpoints:
  box: {kind: vllm-offline, model: acme/tiny-chat}
models:
  own: {endpoint: box}
defaults: {model: own}
"""
ENGINE = """\
#!{python}
# The interface of `vllm run-batch`: -i FILE -o FILE --model=NAME, a line of results for each line.
import json, os, pathlib, sys
command, _, asked, _, told, model = sys.argv[1:]
assert command == "run-batch"
log = pathlib.Path(os.environ["ENGINE_LOG"])
lines = pathlib.Path(asked).read_text().splitlines()
log.write_text((log.read_text() if log.exists() else "") + f"{{model}} {{len(lines)}}\\n")
how = os.environ.get("ENGINE_HOW", "")
if how == "fails":
    sys.exit("CUDA out of memory")
if how.isdigit():
    os.kill(os.getpid(), int(how))
results = []
for line in map(json.loads, lines):
    body = line["body"]
    assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
    assert body["model"] == "acme/tiny-chat"
    text = body["messages"][-1]["content"]
    queue = next((q for t, q in {tickets!r} if t in text), "other")
    message = {{"role": "assistant", "content": queue}}
    choice = {{"index": 0, "message": message, "finish_reason": "stop"}}
    usage = {{"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}}
    answer = {{"model": body["model"], "choices": [choice], "usage": usage}}
    response = {{"status_code": 200, "body": answer}}
    results.append({{"custom_id": line["custom_id"], "response": response, "error": None}})
if how == "forgets":
    results.pop()
if how == "stutters":
    results.insert(0, {{**results[0], "response": None, "error": {{"message": "late"}}}})
    results += [results[0], {{**results[1], "custom_id": "0" * 64}}]
pathlib.Path(told).write_text("".join(json.dumps(each) + "\\n" for each in results[::-1]))
"""


@pytest.fixture
def box(repo, tmp_path, monkeypatch):
    """A project on own weights, and an engine that notes what it was asked."""
    repo.write({**router("http://127.0.0.1:9/v1"), "promptci.yaml": CONFIG})
    repo.commit("On own weights")
    engine = tmp_path.with_name("bin") / "vllm"
    engine.parent.mkdir()
    queues = [(text, queue) for _, text, queue in TICKETS]
    engine.write_text(ENGINE.format(python=sys.executable, tickets=queues))
    engine.chmod(0o755)
    log = tmp_path.with_name("engine.log")
    monkeypatch.setenv("ENGINE_LOG", str(log))
    monkeypatch.setenv("PATH", str(engine.parent), prepend=":")
    repo.asked = lambda: log.read_text().splitlines() if log.exists() else []
    return repo


def test_all_that_is_asked_together_is_one_file(box):
    assert main(["run"]) == 0
    assert box.asked() == ["--model=acme/tiny-chat 6"]
    assert "score: 1" in (box.path / RECORD).read_text()
    assert main(["run"]) == 0
    assert len(box.asked()) == 1


def test_a_line_without_a_result_is_an_example_without_an_answer(box, monkeypatch, ask):
    monkeypatch.setenv("ENGINE_HOW", "forgets")
    assert ask("run").only["errors"] == 1


def test_an_engine_that_fails_is_told(box, monkeypatch, capsys):
    monkeypatch.setenv("ENGINE_HOW", "fails")
    assert main(["run"]) == 3
    assert "`vllm run-batch` ended with 1: CUDA out of memory" in capsys.readouterr().err


@every_row(
    "number, said",
    [
        (9, "was killed (SIGKILL), most likely since memory ran out"),
        (11, "was ended by SIGSEGV: it said nothing"),
    ],
)
def test_a_signal_that_ended_the_engine_is_named(box, monkeypatch, capsys, number, said):
    monkeypatch.setenv("ENGINE_HOW", str(number))
    assert main(["run"]) == 3
    assert f"`vllm run-batch` {said}" in capsys.readouterr().err


def test_an_answer_counts_more_than_an_error_of_the_same_line(box, monkeypatch):
    monkeypatch.setenv("ENGINE_HOW", "stutters")
    assert main(["run"]) == 0
    assert "score: 1" in (box.path / RECORD).read_text()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), MemoryError()])
def test_an_engine_that_breaks_leaves_no_call_waiting(box, monkeypatch, capsys, error):
    def full(*_):
        raise error

    monkeypatch.setattr(vllmoffline, "TemporaryDirectory", full)
    code = 3 if isinstance(error, OSError) else 70
    assert main(["run"]) == code
    assert ("No space left on device" in capsys.readouterr().err) == (code == 3)


def test_without_vllm_a_sentence_says_what_to_do(box, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert main(["run"]) == 2
    assert "needs vLLM, which is not installed here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("{kind: vllm-offline}", "needs a `model`"),
        ("{kind: vllm-offline, model: w, base_url: 'http://x/v1'}", "has no `base_url`"),
        ("{key_env: KEY}", "needs a `base_url`"),
        ("{base_url: 'http://x/v1', model: w}", "is for `kind: vllm-offline`"),
    ],
)
def test_a_wrong_endpoint_is_a_fault(box, capsys, endpoint, said):
    box.write(
        {"promptci.yaml": CONFIG.replace("{kind: vllm-offline, model: acme/tiny-chat}", endpoint)}
    )
    assert main(["lint"]) != 0
    captured = capsys.readouterr()
    assert said in captured.out + captured.err


def test_other_weights_than_the_endpoints_are_refused(box, capsys):
    assert main(["run", "--model", "box/evil/weights"]) in (2, 3)
    assert box.asked() == []
