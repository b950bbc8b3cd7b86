"""`promptci score`: outputs from elsewhere judged as a run's, and what is wrong with their file."""

import io
import json
import sys

import pytest

from commands.conftest import files
from projects import EVAL, JUDGE, TICKETS, config, example, jsonl, route
from promptci.commands.main import main

RIGHT = {id_: queue for id_, _, queue in TICKETS}


def outputs(repo, said=RIGHT, path="out.jsonl", **more):
    """A file of outputs; `more` has further keys for single ones."""
    rows = ({"id": id_, "output": text, **more.get(id_, {})} for id_, text in said.items())
    repo.write({path: jsonl(rows)})
    return path


@pytest.fixture
def score(ask, project):
    return lambda path="out.jsonl", *more: ask("score", "router", "--outputs", path, *more)


def test_outputs_are_judged_without_asking_the_model(project, api, score):
    outputs(project)
    answer = score()
    assert (answer.code, api.count) == (0, 0)
    found = answer.only
    assert (found["score"], found["passed"], found["total"], found["model"]) == (1.0, 6, 6, "small")
    assert (found["asked"], found["cached"], answer.document["command"]) == (0, 0, "score")


def test_they_score_as_the_same_answers_of_a_run(project, api, ask, score):
    api.answers(lambda asked: "shipping" if "charged" in asked else route(asked))
    ran = ask("run", "--no-write").only
    outputs(project, {**RIGHT, "card": "shipping"})
    found = score().only
    same = ("score", "passed", "total", "interval", "metrics", "tags", "fingerprint", "failures")
    assert {key: found[key] for key in same} == {key: ran[key] for key in same}


def test_nothing_is_written(project, ask, score):
    ask("run")
    logs = list((project.path / ".promptci/runs").iterdir())
    before = files(project)
    outputs(project, {**RIGHT, "card": "shipping"})
    assert score().code == 0
    after = files(project)
    del after["out.jsonl"]
    assert after == before
    assert list((project.path / ".promptci/runs").iterdir()) == logs


def test_they_are_compared_with_the_committed_record(project, api, ask, score):
    ask("run")
    project.commit("Record")
    asked = api.count
    outputs(project, {**RIGHT, "card": "shipping"})
    answer = score()
    assert answer.code == 1
    assert answer.only["change"]["lost"] == ["card"]
    assert "lost 1 and won 0 of 6" in answer.only["failures"][0]
    assert answer.document["lost"][0]["output"] == "shipping"
    assert api.count == asked


def test_floors_and_must_pass_apply(project, score):
    gate = "gate: {min_score: 0.9, must_pass: [card]}\n"
    project.write({"evals/router.yaml": EVAL + gate})
    outputs(project, {**RIGHT, "card": "shipping"})
    answer = score()
    assert answer.code == 1
    assert any("below the floor" in each for each in answer.only["failures"])
    assert any("`card` must pass and fails" in each for each in answer.only["failures"])


def test_every_example_is_in_the_document_with_its_reason(project, score):
    outputs(project, {**RIGHT, "card": "shipping"})
    found = {each["example"]: each for each in score().document["examples"]}
    assert found["refund"]["is"] == "pass"
    assert found["card"]["is"] == "fail"
    [equals] = found["card"]["scores"]
    assert equals == {
        "name": "equals",
        "value": 0.0,
        "passed": False,
        "why": 'expected "billing", got "shipping"',
    }


def test_the_terminal_shows_what_fails_and_why(project, capsys):
    outputs(project, {**RIGHT, "card": "ship\x1b[31mping"})
    assert main(["score", "router", "--outputs", "out.jsonl"]) == 0
    printed = capsys.readouterr()
    assert "failing:" in printed.out
    assert 'equals: expected "billing"' in printed.out
    assert "\x1b[31m" not in printed.out
    assert "6 outputs of out.jsonl judged; 0 asked by scorers; no record was written" in printed.err


def test_scorers_that_ask_a_model_still_do_within_the_limits(project, api, score):
    project.write({"evals/router.yaml": f"{EVAL}  - {JUDGE}\n"})
    rows = (example(*each, tags=[]) for each in TICKETS)
    project.write(
        {"evals/router.jsonl": jsonl({**r, "vars": {**r["vars"], "tone": "t"}} for r in rows)}
    )
    outputs(project)
    api.answers(lambda asked: "bad" if "account" in asked else "good")
    assert score("out.jsonl", "--max-requests", "1").code == 4
    answer = score()
    assert {request["model"] for request in api.requests} == {"large-1"}
    assert answer.only["passed"] == 5
    again = api.count
    assert score("out.jsonl", "--offline").only["passed"] == 5
    assert api.count == again


@pytest.mark.parametrize(
    ("more", "key", "value"),
    [
        ({"usage": {"input_tokens": 10, "output_tokens": 5}}, "input_tokens", 10),
        ({"usage": {"prompt_tokens": 10, "completion_tokens": 5}}, "output_tokens", 5),
        ({"usage": {"input_tokens": 1_000_000}, "cost": 0.25}, "cost", None),
        ({"latency": 0.5}, "latency", {"p50": 0.5, "p95": 0.5}),
        ({}, "latency", {"p50": None, "p95": None}),
        ({}, "cost", None),
        ({"finish_reason": "length"}, "truncated", 1),
        ({"unknown": ["to us"]}, "passed", 6),
    ],
)
def test_what_is_known_of_an_output_counts(project, score, more, key, value):
    outputs(project, card=more)
    assert score().only[key] == value


def test_a_known_price_gives_the_cost(project, score):
    usage = {"usage": {"input_tokens": 1000, "output_tokens": 500}}
    outputs(project, **dict.fromkeys(RIGHT, usage))
    assert score().only["cost"] == "0.012"  # six times 1,000 at $1 and 500 at $2 a million


@pytest.mark.parametrize(
    ("output", "more", "passed", "errors"),
    [
        ({"queue": "billing"}, {}, True, 0),
        (None, {"tool_calls": [{"function": {"name": "f"}}]}, False, 0),
        (None, {}, False, 0),
        ("", {}, False, 0),
        ("billing", {"finish_reason": "content_filter"}, False, 1),
    ],
)
def test_outputs_that_are_no_text(project, score, output, more, passed, errors):
    rows = [example(id_, text, {"queue": "billing"}) for id_, text, _ in TICKETS[:1]]
    project.write({"evals/router.jsonl": jsonl(rows)})
    outputs(project, {"card": output}, card=more)
    answer = score()
    assert (answer.only["passed"], answer.only["errors"]) == (passed, errors)
    assert answer.code == (3 if errors else 0)


@pytest.mark.parametrize("scorer", ["finish_reason", {"cost": 1}, {"latency": 9}, {"tokens": 9}])
def test_what_an_output_does_not_tell_is_an_error_and_no_pass(project, score, scorer):
    project.write({"evals/router.yaml": EVAL.replace("equals", json.dumps(scorer))})
    outputs(project)
    answer = score()
    assert (answer.code, answer.only["errors"], answer.only["passed"]) == (3, 6, 0)


GOOD = jsonl({"id": id_, "output": text} for id_, text in RIGHT.items())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOOD + '{"id": "crad", "output": "x"}\n',
            "out.jsonl:7:1: the eval has no example `crad`: did you",
        ),
        (
            GOOD + '{"id": "card", "output": "x"}\n',
            "out.jsonl:7:1: a second output for example `card`, the first is in line 1",
        ),
        (GOOD.replace('{"id": "parcel"', '{"id": parcel'), "out.jsonl:3:8: no JSON value here"),
        (GOOD + "[1]\n", "out.jsonl:7:1: a row must be a JSON object"),
        (
            GOOD.replace('"output": "account"', '"text": "account"'),
            "out.jsonl:5:1: `output` is missing: add it, or a list",
        ),
        (GOOD + '{"output": "x"}\n', "out.jsonl:7:1: `id` is missing: add it"),
        (GOOD.replace('"account"}', '"account", "latency": -1}'), "`latency` must be at least 0"),
        (GOOD.replace('"account"}', '"account", "cost": NaN}'), "out.jsonl:5:"),
        (GOOD.replace('"account"}', '"account", "usage": 3}'), "`usage` must be a mapping"),
        (GOOD.replace('"account"}', '"account \\ud800"}'), "half a character"),
        (
            GOOD.partition("\n")[2],
            "out.jsonl: there is no output for `card`: add it, or pass --partial",
        ),
        ("", "out.jsonl: the file has no rows"),
        ("\xff\n", "out.jsonl:1:1: the byte 0xFF is not UTF-8"),
        (
            '{"id": "card", "output": "' + "x" * 10_000_001 + '"}',
            "out.jsonl:1:1: the line is too long",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_refused_at_its_line(project, capsys, text, said):
    (project.path / "out.jsonl").write_bytes(text.encode("latin-1"))
    assert main(["score", "router", "--outputs", "out.jsonl"]) == 2
    assert said in capsys.readouterr().err


def test_many_faults_are_cut_short(project, capsys):
    project.write({"out.jsonl": GOOD + '{"id": "x"}\n' * 1000})
    assert main(["score", "router", "--outputs", "out.jsonl"]) == 2
    assert 20 <= len(capsys.readouterr().err.splitlines()) <= 22


def test_with_partial_examples_may_be_missing(project, ask, score):
    ask("run")
    project.commit("Record")
    outputs(project, {"card": "billing", "parcel": "billing"})
    assert score().code == 2
    answer = score("out.jsonl", "--partial")
    assert (answer.only["passed"], answer.only["total"]) == (1, 2)
    assert answer.only["change"]["lost"] == ["parcel"]


def test_partial_allows_no_strange_ids(project, score):
    outputs(project, {"card": "billing", "crad": "billing"})
    assert score("out.jsonl", "--partial").code == 2


def test_blank_lines_crlf_and_a_byte_order_mark_do_no_harm(project, score):
    text = "\ufeff" + GOOD.replace("\n", "\r\n\r\n").rstrip("\r\n")
    (project.path / "out.jsonl").write_bytes(text.encode())
    assert score().only["passed"] == 6


def test_ids_may_be_numbers(project, score):
    rows = [example(7, "My card was charged", "billing")]
    project.write(
        {"evals/router.jsonl": jsonl(rows), "out.jsonl": '{"id": 7, "output": "billing"}\n'}
    )
    assert score().only["passed"] == 1


def test_outputs_may_come_from_standard_input(project, score, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert score("-").only["passed"] == 6


def test_examples_with_equal_inputs_keep_their_own_outputs(project, score):
    rows = [example(id_, "My card", expected) for id_, expected in (("a", "x"), ("b", "y"))]
    project.write({"evals/router.jsonl": jsonl(rows)})
    outputs(project, {"b": "y", "a": "x"})
    assert score().only["passed"] == 2


def test_whose_outputs_they_are_must_be_clear(project, api, score, ask):
    project.write({"evals/router.yaml": f"models: [small, large]\n{EVAL}"})
    outputs(project)
    answer = score()
    assert answer.code == 2
    assert "say whose outputs with --model" in answer.document["error"]
    assert score("out.jsonl", "--model", "large").only["model"] == "large"
    project.write({"evals/again.yaml": f"prompt: router\n{EVAL}"})
    answer = ask("score", "prompts/router.yaml", "--outputs", "out.jsonl")
    assert answer.code == 2
    assert "names several evals" in answer.document["error"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["router", "--outputs", "none.jsonl"], "none.jsonl: No such file or directory: check"),
        (["router", "--outputs", "."], ".: Is a directory"),
        (["ruoter", "--outputs", "out.jsonl"], "did you mean `router`?"),
        (["router"], "Missing option '--outputs'"),
        (["router", "--outputs", "out.jsonl", "--model", "smal"], "there is no model `smal`"),
    ],
)
def test_a_malformed_request_exits_2(project, capsys, arguments, said):
    outputs(project)
    assert main(["score", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_the_build_is_that_of_the_record(project, api, ask, score):
    """Outputs of the embedded model from another machine are compared with its record."""
    project.write(
        {"promptci.yaml": config(api.url), "evals/router.yaml": f"models: [small]\n{EVAL}"}
    )
    ask("run")
    record = project.path / "evals/router.scores.yaml"
    record.write_text(record.read_text().replace("    prompt: ", "    build: abc\n    prompt: "))
    project.commit("Record")
    outputs(project, {**RIGHT, "card": "x"})
    assert score().only["change"]["lost"] == ["card"]


def test_thousands_of_outputs_are_judged(project, score):
    rows = [example(f"n{n}", f"Ticket {n}", "x") for n in range(2_000)]
    project.write({"evals/router.jsonl": jsonl(rows)})
    outputs(project, {f"n{n}": "x" if n % 2 else "y" for n in reversed(range(2_000))})
    answer = score()
    assert (answer.only["passed"], answer.only["total"]) == (1000, 2000)


def test_help_says_what_the_file_holds(capsys):
    assert main(["score", "--help"]) == 0
    assert "`id` and `output`" in capsys.readouterr().out


PUZZLES = {
    "prompts/router.yaml": "messages: [{role: user, content: '{{ ticket }}'}]\n"
    "solve: {sample: {n: 5, temperature: 0.7, seed: 1}, pick: vote, key: {regex: 'is (.*)'}}\n",
}


def test_recorded_samples_are_picked_from_as_the_prompt_says(project, score, api):
    project.write(PUZZLES)
    wrong = dict.fromkeys(RIGHT, "the queue is spam")
    right = {id_: f"the queue is {text}" for id_, text in RIGHT.items()}
    project.write({"evals/router.yaml": EVAL.replace("- equals", "- contains")})
    rows = [
        {"id": id_, "trial": trial, "output": right[id_] if mark == "+" else wrong[id_]}
        for id_ in RIGHT
        for trial, mark in enumerate({"card": "--+", "parcel": "-+", "hello": "+"}.get(id_, "+-+"))
    ]
    project.write({"out.jsonl": jsonl(rows)})
    answer = score()
    passed = {each["example"]: each["is"] for each in answer.document["examples"]}
    assert passed == dict.fromkeys(RIGHT, "pass") | {"card": "fail", "parcel": "fail"}
    assert api.count == 0
    picks = answer.only["picks"]
    assert (picks["samples"], picks["tied"]) == (3 * (len(RIGHT) - 2) + 2 + 1, 1)
    wide = [
        {"id": id_, "responses": [row["output"] for row in rows if row["id"] == id_], "latency": 1}
        for id_ in RIGHT
    ]
    project.write({"out.jsonl": jsonl(wide)})
    again = score()
    assert again.only["picks"] == picks
    assert again.document["examples"] == answer.document["examples"]


def test_one_output_for_each_example_is_what_was_picked(project, score):
    project.write(PUZZLES)
    outputs(project)
    assert score().only["passed"] == len(RIGHT)
