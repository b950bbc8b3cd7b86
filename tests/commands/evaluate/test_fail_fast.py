"""`promptci run --fail-fast`, and which examples are asked first."""

import pytest

from projects import example, jsonl, router
from promptci.commands.main import main

COUNT = 120
ROWS = [example(f"n{number}", f"Hello {number}", "right") for number in range(COUNT)]


@pytest.fixture
def begin(repo, api):
    """A project of many examples, whose gate is given."""

    def write(gate):
        spec = f"examples: router.jsonl\nscorers: [contains]\ngate: {gate}\n"
        repo.write(router(api.url, examples=jsonl(ROWS), eval=spec))
        repo.commit("The router")
        return repo

    return write


def asked(api):
    return [body["messages"][-1]["content"] for body in api.requests]


def run(*options):
    """One request after the other: of several at once any may arrive first."""
    return main(["run", "--concurrency", "1", *options])


def test_a_must_pass_example_that_fails_is_asked_first_and_ends_the_run(begin, api, capsys):
    repo = begin("{must_pass: [n119]}")
    api.answers(lambda asked: "wrong" if asked.endswith(" 119") else "right")
    assert run("--fail-fast") == 1
    assert asked(api)[0] == "Hello 119"
    assert api.count < COUNT / 2
    said = " ".join(capsys.readouterr().err.split())
    assert "router on small: `n119` must pass and fails; stopped with" in said
    assert not (repo.path / "evals/router.scores.yaml").exists()


def test_what_was_answered_is_kept_for_the_next_run(begin, api):
    begin("{must_pass: [n7]}")
    api.answers(lambda asked: "wrong" if asked.endswith(" 7") else "right")
    assert run("--fail-fast") == 1
    assert run() == 1
    assert len(asked(api)) <= COUNT + 8
    assert set(asked(api)) == {f"Hello {number}" for number in range(COUNT)}


def test_a_floor_that_cannot_be_reached_ends_the_run(begin, api, capsys):
    begin("{min_score: 0.9}")
    api.answers(lambda asked: "wrong")
    assert run("--fail-fast") == 1
    assert COUNT / 10 < api.count < COUNT / 2
    said = " ".join(capsys.readouterr().err.split())
    assert "the score cannot reach the floor of 90.0% any more" in said


def test_a_gate_that_can_still_pass_ends_nothing(begin, api):
    begin("{min_score: 0.5, must_pass: [n0]}")
    api.answers(lambda asked: "wrong" if "9" in asked else "right")
    assert run("--fail-fast") == 0
    assert api.count == COUNT


def test_an_error_decides_nothing(begin, api):
    from faults import SHAPES

    begin("{must_pass: [n0], max_errors: 3}")
    api.answers(lambda a: SHAPES["bad request"](a) if a.endswith(" 0") else "right")
    assert run("--fail-fast") == 3
    assert api.count == COUNT


def test_examples_that_failed_before_are_asked_first_and_the_record_is_the_same(begin, api):
    repo = begin("{tolerance: 1}")
    api.answers(lambda asked: "wrong" if asked.endswith((" 50", " 80")) else "right")
    assert run() == 0
    record = (repo.path / "evals/router.scores.yaml").read_bytes()
    repo.commit("The record")
    repo.write({"evals/router.yaml": "examples: router.jsonl\nscorers: [icontains]\n"})
    api.sent.clear()
    assert run("--refresh") == 0
    assert set(asked(api)[:2]) == {"Hello 50", "Hello 80"}
    assert sorted(asked(api)) == sorted(f"Hello {number}" for number in range(COUNT))
    lines = (repo.path / "evals/router.scores.yaml").read_bytes().splitlines()[-COUNT:]
    assert lines == record.splitlines()[-COUNT:]


@pytest.mark.parametrize("options", [("--repeat", "2"), ("--rev", "HEAD~1..HEAD")])
def test_it_does_not_go_with_everything(begin, capsys, options):
    begin("{min_score: 0.5}")
    assert run("--fail-fast", *options) == 2
    assert "--fail-fast" in capsys.readouterr().err


# --sequential


@pytest.fixture
def recorded(begin, api):
    """A project whose committed record has every tenth example failing; the prompt changes then."""
    repo = begin("{tolerance: 0.02}")
    api.answers(lambda asked: "wrong" if asked.endswith("5") else "right")
    assert run() == 0
    repo.commit("The record")
    prompt = (repo.path / "prompts/router.yaml").read_text()
    repo.write({"prompts/router.yaml": prompt.replace("support tickets", "tickets")})
    api.sent.clear()
    return repo


def test_a_change_that_is_worse_beyond_doubt_is_stopped_and_leaves_no_record(recorded, api, capsys):
    record = (recorded.path / "evals/router.scores.yaml").read_bytes()
    api.answers(lambda asked: "wrong")
    assert run("--sequential") == 1
    assert {text[-1] for text in asked(api)[: COUNT // 10]} == {"5"}
    assert COUNT / 10 < api.count < COUNT / 2
    said = " ".join(capsys.readouterr().err.split())
    assert "examples lost, 0 won against the last record, which settles it (e-value)" in said
    assert "no record is written" in said
    assert (recorded.path / "evals/router.scores.yaml").read_bytes() == record


def test_a_change_of_which_nothing_can_be_said_runs_whole(recorded, api):
    api.answers(lambda asked: "wrong" if asked.endswith(("5", "41", "82")) else "right")
    run("--sequential", "--confirm", "0")
    assert api.count == COUNT
