"""Whole runs against a server that misbehaves: nothing lost, nothing asked too often."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fakes import Reply, error_body, response_to
from faults import SHAPES, WAITS, Faults, FaultServer
from processes import PROMPTCI, Forked, wait_until
from projects import PROMPT, config, example, jsonl, route, router


@pytest.fixture
def serve(repo):
    """Makes a server with faults, and the project `router` with `count` examples that asks it."""
    servers = []

    def begin(faults=None, count=6, config_more="", **files):
        server = FaultServer(faults, route).__enter__()
        servers.append(server)
        rows = jsonl(example(f"n{number}", f"Hello {number}", "other") for number in range(count))
        settings = config(server.url, config_more)
        for old, new in files.pop("replace", {}).items():
            assert old in settings
            settings = settings.replace(old, new)
        repo.write(router(server.url, examples=rows, config=settings, **files))
        repo.commit("Add the router")
        return server

    yield begin
    for server in servers:
        server.__exit__(None, None, None)


FAULTS = {"rate_limit": 0.05, "500": 0.02, "drop": 0.01}


def test_faults_at_random_lose_no_example_and_cost_few_calls(serve, ask):
    count = 150
    api = serve(Faults(seed=5, shares=FAULTS), count=count)
    answer = ask("run")
    assert (answer.code, answer.only["passed"], answer.only["errors"]) == (0, count, 0)
    assert count < api.count <= 1.2 * count
    assert api.seen["ok"] == count
    assert api.seen.keys() == {*FAULTS, "ok"}, "each fault is met"
    assert ask("run").only["asked"] == 0


@pytest.mark.long
def test_ten_thousand_examples_are_all_scored_whatever_goes_wrong(serve, ask, record_property):
    api = serve(Faults(seed=5, shares=FAULTS, latency=0.01), count=10_000)
    answer = ask("run", "--concurrency", "100")
    assert (answer.code, answer.only["passed"], answer.only["errors"]) == (0, 10_000, 0)
    assert 10_000 < api.count <= 12_000
    assert api.seen["ok"] == 10_000
    record_property("calls for 10,000 examples", api.count)


@pytest.mark.parametrize("name", [name for name in WAITS if name not in ("huge", "too long")])
def test_a_refusal_is_waited_for_whatever_it_says(serve, ask, name):
    api = serve()
    api.script([WAITS[name]()])
    assert ask("run").only["passed"] == 6
    assert api.count == 7


@pytest.mark.parametrize("name", ["huge", "too long"])
def test_no_call_waits_for_ever(serve, ask, name):
    api = serve(Faults(shares={name: 1}), count=60)
    answer = ask("run")
    assert answer.code == 3
    assert "promptci waits 120 s at most: run again later" in answer.document["error"]
    assert api.count == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [("quota", "quota is used up"), ("401", "wants a key"), ("403", "wants a key")],
)
def test_where_no_call_is_let_in_one_request_is_enough(serve, ask, name, says):
    api = serve(Faults(shares={name: 1}), count=200)
    answer = ask("run", "--concurrency", "50")
    assert (answer.code, api.count) == (3, 1)
    assert says in answer.document["error"]
    assert "\n" not in answer.document["error"]


def test_a_quota_that_ends_in_the_middle_keeps_what_was_answered(serve, ask):
    api = serve(count=100)
    api.answers(lambda asked: SHAPES["quota"](asked) if api.count > 30 else "other")
    answer = ask("run")
    assert answer.code == 3
    assert api.count <= 30 + 20
    api.answers(route)
    before = api.count
    assert ask("run").only["passed"] == 100
    assert api.count - before == 70


RETRIED = {
    *("500", "503", "529", "reset", "cut", "cut json", "cut gzip"),
    *("nothing", "gzip garbage"),
}
NO_ANSWER = {
    "bad request": "refused the request",
    "html": "HTML instead of JSON",
    "no choices": "no choices",
    "not utf-8": "not UTF-8",
    "too large": "more than 32 MB",
    "refused": "the answer was refused",
    "filtered": "the answer was filtered",
}
SILENT = {"empty"}
ODD = {"truncated", "wrong model", "no usage", "large"}


def test_every_shape_is_tried():
    assert RETRIED | NO_ANSWER.keys() | ODD | SILENT | {"quota", "401", "403"} == SHAPES.keys()


@pytest.mark.parametrize("name", sorted(RETRIED))
def test_passing_trouble_is_asked_again_for(serve, ask, name):
    api = serve()
    api.answers(lambda asked: SHAPES[name](asked) if api.count < 4 else route(asked))
    assert ask("run").only["passed"] == 6
    assert api.count == 9


@pytest.mark.parametrize("name", sorted(NO_ANSWER))
def test_no_answer_is_an_error_and_no_failure_and_only_it_is_asked_again(serve, ask, name):
    api = serve()
    api.answers(lambda asked: SHAPES[name](asked) if "Hello 3" in asked else "other")
    answer = ask("run")
    assert answer.code == 3
    assert (answer.only["passed"], answer.only["errors"]) == (5, 1)
    [(reason, count)] = answer.only["reasons"].items()
    assert NO_ANSWER[name] in reason
    assert (count, api.count) == (1, 6)
    api.answers(route)
    answer = ask("run")
    assert (answer.code, answer.only["passed"], api.count) == (0, 6, 7)
    assert ask("run").only["asked"] == 0


BLOCKED = {
    "error": {
        "message": "The response was filtered: the prompt triggers the content management policy.",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation"},
    }
}


@pytest.mark.parametrize(("refused", "passed", "errors"), [("score", 6, 0), ("error", 5, 1)])
def test_a_prompt_stopped_by_a_filter_is_a_refusal(serve, ask, refused, passed, errors):
    spec = "examples: router.jsonl\nscorers: [any_of: [is_refusal, equals]]\n"
    api = serve(eval=f"{spec}refused: {refused}\n")
    api.answers(lambda asked: Reply(400, body=BLOCKED) if "Hello 3" in asked else "other")
    answer = ask("run")
    assert (answer.only["passed"], answer.only["errors"]) == (passed, errors)
    assert answer.code == (3 if errors else 0)


@pytest.mark.parametrize("name", sorted(SILENT))
def test_silence_fails_and_is_asked_again(serve, ask, name):
    api = serve()
    api.answers(lambda asked: SHAPES[name](asked) if "Hello 3" in asked else "other")
    answer = ask("run")
    assert (answer.only["passed"], answer.only["errors"]) == (5, 0)
    api.answers(route)
    answer = ask("run")
    assert (answer.code, answer.only["passed"], api.count) == (0, 6, 7)


@pytest.mark.parametrize("name", sorted(ODD))
def test_an_odd_answer_is_an_answer(serve, ask, name):
    api = serve(eval="{examples: router.jsonl, scorers: [contains: {value: a}]}")
    api.answers(lambda asked: SHAPES[name](asked) if "Hello 3" in asked else "a")
    answer = ask("run")
    assert (answer.code, answer.only["passed"], answer.only["errors"]) == (0, 6, 0)
    assert api.count == 6


def test_a_slow_drip_ends_at_the_timeout(serve, ask):
    api = serve(replace={"{base_url: ": "{timeout: 0.4, deadline: 1, base_url: "}, count=1)
    api.answers(lambda asked: Reply(body=response_to(asked.body, "other" * 999), drip=0.05))
    answer = ask("run")
    assert (answer.code, answer.only["errors"]) == (3, 1)
    assert "within" in next(iter(answer.only["reasons"]))
    assert api.count <= 4


def test_a_dead_provider_is_not_hammered(serve, ask):
    api = serve(Faults(shares={"500": 1}), count=500)
    answer = ask("run")
    assert answer.code == 3
    assert "20 requests in a row got no answer" in answer.document["error"]
    assert api.count <= 80


# Limits


@pytest.mark.parametrize("at_once", [2, 10])
def test_a_server_that_bears_only_so_many_at_once(serve, ask, at_once):
    api = serve(Faults(at_once=at_once, latency=0.01), count=80)
    assert ask("run", "--concurrency", "40").only["passed"] == 80
    assert api.count <= 2 * 80  # how much less it is, test_rategate.py tells in a time of its own


@pytest.mark.parametrize("retry_after", [None, "0.3"])
def test_a_server_with_a_limit_for_each_window(serve, ask, retry_after):
    faults = Faults(per_window=40, window=0.3, latency=0.005, retry_after=retry_after)
    api = serve(faults, count=160)
    assert ask("run").only["passed"] == 160
    assert api.count <= 2 * 160


def test_a_server_that_tells_its_limit_need_not_refuse(serve, ask):
    api = serve(Faults(per_window=60, window=1.0, latency=0.01, tells=True), count=150)
    assert ask("run").only["passed"] == 150
    assert api.count <= 165  # 178 and more where it does not tell


def test_requests_per_minute_are_kept(serve, ask):
    """2400 a minute are 40 a second: after the first of them 20 are left, which take half a second.

    How many arrive in one second is no proof: on a busy machine they arrive together.
    """
    api = serve(replace={"{base_url: ": "{requests_per_minute: 2400, base_url: "}, count=60)
    begun = time.monotonic()
    assert ask("run").only["passed"] == 60
    assert time.monotonic() - begun > (60 - 41) / 40
    assert api.count == 60


def test_tokens_per_minute_are_kept(serve, ask):
    """Each request takes about 100 tokens of 24,000 a minute, so that four go out each second."""
    limit = {"{base_url: ": "{tokens_per_minute: 24000, base_url: "}
    prompt = PROMPT.replace("max_tokens: 8", "max_tokens: 80")
    api = serve(replace=limit, count=8, prompt=prompt)
    api.answers(costly_by(100))
    begun = time.monotonic()
    assert ask("run").only["passed"] == 8
    assert time.monotonic() - begun > (8 - 5) / 4


# Money


def costly_by(tokens):
    """A rule whose answers take so many tokens, whatever was asked."""

    def rule(asked):
        body = response_to(asked.body, "other")
        body["usage"] = {"prompt_tokens": tokens, "completion_tokens": 0}
        return Reply(body=body, delay=0.02)

    return rule


costly = costly_by(100_000)
"""Ten cents each at a dollar for a million tokens."""


def test_a_ceiling_on_cost_holds_with_fifty_under_way(serve, ask):
    """The server's usage is far above every guess."""
    api = serve(count=200)
    api.answers(costly)
    answer = ask("run", "--max-cost", "1.00", "--concurrency", "50")
    assert (answer.code, api.count) == (4, 10)
    assert "the ceiling of $1.00 is reached" in answer.document["error"]
    assert "10 of 200 examples done" in answer.stderr


def test_a_ceiling_on_cost_survives_a_resume(serve, ask):
    api = serve(count=30)
    api.answers(costly)
    assert ask("run", "--max-cost", "1.00").code == 4
    answer = ask("run", "--max-cost", "1.00")
    assert (answer.code, api.count) == (4, 10)
    assert "unfinished or at the same time, took 10 requests for $1" in answer.document["error"]
    answer = ask("run", "--max-cost", "1.50")
    assert (answer.code, api.count) == (4, 15)
    assert ask("run").code == 0
    assert api.count == 30


def test_a_change_of_the_prompt_is_new_work_with_a_ceiling_of_its_own(serve, ask, repo):
    api = serve(count=30)
    api.answers(costly)
    assert ask("run", "--max-cost", "1.00").code == 4
    prompt = repo.path / "prompts/router.yaml"
    prompt.write_text(prompt.read_text().replace("route support", "route all support"))
    assert ask("run", "--max-cost", "0.50").code == 4
    assert api.count == 15


def test_a_ceiling_holds_again_in_full_after_a_run_that_ended(serve, ask):
    api = serve(count=8)
    api.answers(costly)
    assert ask("run", "--max-cost", "1.00").code == 0
    assert ask("run", "--max-cost", "1.00", "--refresh").code == 0
    assert api.count == 16


def test_a_ceiling_on_tokens(serve, ask):
    api = serve(count=200)
    api.answers(costly)
    answer = ask("run", "--max-tokens", "500000", "--concurrency", "50")
    assert (answer.code, api.count) == (4, 5)
    assert "the ceiling of 500,000 tokens is reached" in answer.document["error"]
    answer = ask("run", "--max-tokens", "500000")
    assert (answer.code, api.count) == (4, 5)
    assert "500,000 tokens" in answer.document["error"]


def test_failed_calls_count_against_a_ceiling_on_requests(serve, ask):
    api = serve(Faults(seed=2, shares={"500": 0.4}), count=200)
    answer = ask("run", "--max-requests", "25")
    assert (answer.code, api.count) == (4, 25)


def test_a_call_made_again_without_a_refused_parameter_counts(serve, ask):
    api = serve(count=50)
    refusal = error_body("not supported", code="unsupported_value", param="temperature")
    api.answers(lambda asked: Reply(400, body=refusal) if "temperature" in asked.body else "other")
    assert ask("run", "--max-requests", "1").code == 4
    assert api.count == 1
    assert ask("run", "--max-requests", "10", "--concurrency", "4").code == 4
    assert api.count == 10


def test_calls_under_way_at_a_kill_count_at_what_they_may_have_cost(serve, ask):
    """The first answer costs ten cents; five more are sent, and what they cost is not known."""
    api = serve(count=200)
    api.answers(lambda asked: costly(asked) if api.count == 1 else Reply(delay=60))
    command = [*PROMPTCI, "run", "--max-cost", "1.00", "--concurrency", "5"]
    with Forked(command, stderr=subprocess.DEVNULL) as run:
        wait_until(lambda: api.count >= 6)
        run.kill()
    api.answers(costly)
    answer = ask("run", "--max-cost", "1.00")
    assert (answer.code, api.count) == (4, 10)
    assert "unfinished or at the same time, took 6 requests for $0.6" in answer.document["error"]


@pytest.mark.parametrize("ceiling", ["--max-cost=5", "--max-tokens=100000"])
@pytest.mark.parametrize("name", ["auth", "forbidden", "payment", "quota", "not found"])
def test_a_run_that_is_not_let_in_ends_under_a_ceiling_too(serve, ask, ceiling, name):
    api = serve(count=60)
    api.answers(STOPS[name])
    answer = ask("run", ceiling, "--concurrency", "30")
    assert answer.code == 3
    assert api.count <= (30 if name == "not found" else 1)


STOPS = {
    "auth": lambda asked: Reply(401, body=error_body("bad key")),
    "forbidden": lambda asked: Reply(403, body=error_body("no")),
    "payment": lambda asked: Reply(402, body=error_body("pay")),
    "quota": lambda asked: Reply(429, body=error_body("pay", code="insufficient_quota")),
    "not found": lambda asked: Reply(404, body=error_body("no such model")),
}


def test_answers_lost_on_their_way_are_paid_for(serve, ask):
    """Every second request is taken, and the connection closed."""
    api = serve(count=60)
    api.answers(lambda asked: Reply(cut=0) if api.count % 2 == 0 else costly(asked))
    assert ask("run", "--max-cost", "1.00", "--concurrency", "4").code == 4
    assert api.count <= 10


def test_what_timed_out_is_paid_for_though_the_run_is_stopped(serve, ask, repo):
    """The first question is answered, however often it is asked; the next four are not."""
    api = serve(replace={"{base_url: ": "{timeout: 0.5, base_url: "}, count=60)
    asked_so_far = []

    def rule(asked):
        asked_so_far.append(asked)
        others = [each for each in asked_so_far if each != asked_so_far[0]]
        if asked == asked_so_far[0]:
            return costly(asked)
        return Reply(delay=600) if len(others) <= 4 else Reply(401, body=error_body("bad key"))

    api.answers(rule)
    assert ask("run", "--max-cost", "1.00", "--concurrency", "5").code == 3
    whole = (repo.path / "promptci.yaml").read_text()
    repo.write({"promptci.yaml": whole.replace("timeout: 0.5, ", "")})
    api.answers(costly)
    before = api.count
    assert ask("run", "--max-cost", "1.00").code == 4
    assert 1 <= api.count - before <= 5  # fewer where an answer or the refusal came too late


def test_a_number_of_tokens_beyond_belief_is_none(serve, ask):
    api = serve(count=6)

    def rule(asked):
        body = response_to(asked.body, "other")
        body["usage"] = {"prompt_tokens": 2**63 if "Hello 3" in asked else 5, "total_tokens": 9}
        return Reply(body=body)

    api.answers(rule)
    answer = ask("run", "--max-cost", "1")
    assert (answer.code, answer.only["passed"], api.count) == (0, 6, 6)


def test_an_answer_that_the_server_broke_off_is_no_failure(serve, ask):
    api = serve(count=6)

    def rule(asked):
        body = response_to(asked.body, "oth" if "Hello 3" in asked else "other")
        body["choices"][0]["finish_reason"] = "error" if "Hello 3" in asked else "stop"
        return Reply(body=body)

    api.answers(rule)
    answer = ask("run", "--max-time", "1")  # six waits by chance are hardly ever that short
    assert (answer.code, "broke off" in json.dumps(answer.document["evals"])) == (4, False)
    api.answers(lambda asked: "other")
    assert ask("run").only["passed"] == 6


@pytest.mark.parametrize(("at_once", "count"), [(1, 20), (30, 90)])
def test_a_server_that_closes_what_it_keeps_open_loses_no_example(serve, ask, at_once, count):
    """It says keep-alive, answers, and closes the connection a moment later."""
    api = serve(count=count)
    api.answers(lambda asked: Reply(body=response_to(asked.body, "other"), hangs_up=0.005))
    answer = ask("run", "--concurrency", str(at_once))
    assert (answer.code, answer.only["passed"]) == (0, count)


def test_one_request_that_is_forbidden_stops_no_other(serve, ask):
    api = serve(count=60)
    flagged = Reply(403, body=error_body("Your input was flagged"))
    api.answers(lambda asked: flagged if "Hello 7" in asked else "other")
    answer = ask("run")
    assert (answer.code, answer.only["passed"], answer.only["errors"]) == (3, 59, 1)
    assert ask("run").only["asked"] == 0
    api.answers(lambda asked: "other")
    assert ask("run").only["passed"] == 60


def test_a_deadline_bounds_the_first_call_too(serve, ask):
    api = serve(replace={"{base_url: ": "{deadline: 0.5, base_url: "}, count=3)
    api.answers(lambda asked: Reply(delay=600))
    answer = ask("run")
    assert (answer.code, answer.only["errors"]) == (3, 3)
    assert "no answer within 0.5 s" in next(iter(answer.only["reasons"]))


@pytest.mark.parametrize(("code", "count"), [(402, 1), (401, 1)])
def test_an_error_that_comes_as_a_success_is_that_error(serve, ask, code, count):
    api = serve(count=30)
    api.answers(lambda asked: Reply(200, body={"error": {"code": code, "message": "no"}}))
    assert ask("run").code == 3
    assert api.count == count


@pytest.mark.parametrize("options", [(), ("--max-requests", "5"), ("--max-tokens", "50000")])
def test_a_key_that_is_refused_is_told_of_one_call(serve, ask, options):
    api = serve(Faults(shares={"401": 1}), count=30)
    answer = ask("run", *options)
    assert (answer.code, api.count) == (3, 1)
    assert "wants a key" in answer.document["error"]
    assert "0 answered of 1 call," in answer.stderr


def test_confirmations_and_judges_count(serve, ask, repo):
    judge = (
        "choice_judge: {model: small, prompt: 'Judge {{ output }}', "
        "choices: [{choice: other, score: 1}, {choice: bad, score: 0}]}"
    )
    api = serve(count=10, eval=f"examples: router.jsonl\nscorers:\n  - {judge}\n")
    api.answers(lambda asked: str(asked).replace("Hello", "Hallo"))
    assert ask("run", "--max-requests", "15").code == 4
    assert api.count == 15


def test_an_answer_without_usage_costs_what_was_set_aside(serve, ask):
    api = serve(count=50)
    api.answers(SHAPES["no usage"])
    answer = ask("run", "--max-cost", "0.0005")
    assert answer.code == 4
    assert 1 <= api.count < 50


def test_an_unknown_price_refuses_before_any_request(serve, ask):
    api = serve()
    answer = ask("run", "--model", "large", "--max-cost", "1")
    assert (answer.code, api.count) == (2, 0)


def test_the_bound_is_said_before_anything_is_asked(serve, ask):
    api = serve(count=3000)
    api.answers(lambda asked: SHAPES["quota"](asked))
    answer = ask("run")
    assert answer.code == 3
    assert answer.stderr.startswith(
        "asking up to 3,002 requests (2 only if a parameter is refused), "
    )
    assert api.count == 1


# Time


def test_a_run_ends_when_its_time_is_over_and_the_next_goes_on(serve, ask, monkeypatch):
    """Of twenty requests and those under way, which are answered when the time is over."""
    monkeypatch.setattr("promptci.run.driving.stopsignal.GRACE", 60)
    api = serve(count=60)

    def rule(asked):
        late = 1.3 * (api.count > 20)
        return Reply(body=response_to(asked.body, route(asked)), delay=late)

    api.answers(rule)
    answer = ask("run", "--max-time", "1.2", "--concurrency", "4")
    assert answer.code == 4
    assert "the time of 1.2 s is over; what was answered is kept" in answer.document["error"]
    assert api.count <= 24
    api.answers(route)
    assert ask("run").only["passed"] == 60
    assert api.count == 60


def test_a_pause_does_not_outlast_the_time_of_a_run(serve, ask, monkeypatch):
    monkeypatch.setattr("promptci.run.driving.stopsignal.GRACE", 0.2)
    api = serve()
    api.answers(lambda asked: Reply(429, {"Retry-After": "100"}))
    for seconds in ("0.5", "5", "60"):  # the first call has failed by then, at one of them
        answer = ask("run", "--max-time", seconds)
        assert answer.code == 4
        assert f"the time of {seconds} s is over" in answer.document["error"]
        if "HTTP 429" in answer.document["error"]:
            break
    assert f"the time of {seconds} s is over while calls fail (" in answer.document["error"]
    assert "HTTP 429" in answer.document["error"]


def test_the_server_runs_as_a_process_of_its_own(repo, ask):
    script = Path(__file__).parents[2] / "faults.py"
    command = [sys.executable, str(script), "--seed", "3", "--rate-limit", "0.1", "--drop", "0.05"]
    environ = {**os.environ, "PYTHONPATH": str(script.parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())
        rows = jsonl(example(f"n{number}", f"Hello {number}", "HELLO") for number in range(50))
        spec = "{examples: router.jsonl, scorers: [contains]}"
        repo.write(router(f"http://127.0.0.1:{port}/v1", examples=rows, eval=spec))
        repo.commit("Add the router")
        answer = ask("run")
        process.terminate()
    assert answer.only["passed"] == 50
