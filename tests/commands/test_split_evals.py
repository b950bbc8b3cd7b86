"""A split, and an example with another id alone: one answer in all commands."""

import pytest

from projects import EVAL, PROMPT, REWORDED, TICKETS, before_and_after, example, jsonl, route
from promptci.commands.main import main

MUST = f"{EVAL}gate: {{tolerance: 1, must_pass: [parcel]}}\n"


def rows(*ids: str, **renamed: str) -> str:
    """The golden examples of these ids, some with another one."""
    return jsonl(
        example(renamed.get(t[0], t[0]), *t[1:], tags=[t[2]]) for t in TICKETS if t[0] in ids
    )


def worse(asked):
    """A model that sends parcels to billing."""
    return "billing" if "parcel" in asked else route(asked)


@pytest.fixture
def split(project, api):
    """Two examples of `router`, one of them lost by a new prompt, are those of `rest` now."""
    project.write({"evals/router.yaml": MUST})
    assert main(["run"]) == 0
    project.commit("Scores")
    api.answers(before_and_after(route, worse))
    project.write(
        {
            "prompts/router.yaml": PROMPT.replace(*REWORDED),
            "evals/router.yaml": EVAL,
            "evals/router.jsonl": rows("card", "refund", "broken", "login"),
            "evals/rest.jsonl": rows("parcel", "hello"),
            "evals/rest.yaml": "prompt: router\n" + EVAL.replace("router.jsonl", "rest.jsonl"),
        }
    )
    return project


def test_a_split_has_one_answer_everywhere(split, ask, capsys):
    answer = ask("run")
    assert answer.code == 1
    assert "`router` was split: router → rest, router" in answer.stderr
    by_name = {each["eval"]: each for each in answer.document["evals"]}
    assert by_name["rest"]["change"]["lost"] == ["parcel"]
    assert by_name["rest"]["was"] == "router"
    assert all(each["change"]["removed"] == [] for each in by_name.values())
    split.commit("Split")
    found = ask("check", "--base", "HEAD~1")
    assert found.code == 1
    assert found.document["split"] == [{"was": "router", "evals": ["rest", "router"]}]
    assert (found.document["new"], found.document["removed"]) == ([], [])
    assert [
        (each["eval"], each["was"], each["examples"]["lost"], [b["rule"] for b in each["blocks"]])
        for each in found.document["evals"]
    ] == [("rest", "router", ["parcel"], ["must_pass"]), ("router", None, [], [])]
    assert found.document["missing"] == []
    assert "`router` was split: router → rest, router." in found.document["sentence"]
    diffed = ask("diff", "HEAD~1").document
    assert diffed["split"] == [{"was": "router", "evals": ["rest", "router"]}]
    assert [(r["eval"], r["was"], r["lost"], r["removed"]) for r in diffed["evals"]] == [
        ("rest", "router", ["parcel"], []),
        ("router", None, [], []),
    ]
    assert (diffed["added"], diffed["removed"]) == ([], [])
    logged = ask("log", "rest").document["entries"]
    assert [(e["was"], e["lost"], e["is_new"]) for e in logged] == [
        ("router", ["parcel"], False),
        (None, [], True),
    ]
    assert ask("log", "router").document["entries"][0]["split"] == ["rest", "router"]
    [why] = ask("why", "router", "--base", "HEAD~1").document["evals"]
    edits = next(part["examples"] for part in why["parts"] if part["part"] == "examples")
    assert [(e["id"], e["kind"], e["to"]) for e in edits] == [
        ("parcel", "moved", "rest"),
        ("hello", "moved", "rest"),
    ]
    culprit = ask("bisect", "rest", "--good", "HEAD~1", "--bad", "HEAD").document
    assert culprit["first_bad"]["commit"] == split.git("rev-parse", "HEAD")
    for command in (["log", "router"], ["diff", "HEAD~1"], ["check", "--base", "HEAD~1"]):
        capsys.readouterr()
        main(command)
        assert "router → rest, router" in " ".join(capsys.readouterr().out.split())


def test_an_example_with_another_id_alone_must_pass_as_before(project, api, ask):
    project.write({"evals/router.yaml": MUST})
    assert main(["run"]) == 0
    project.commit("Scores")
    api.answers(before_and_after(route, worse))
    every = [ticket[0] for ticket in TICKETS]
    project.write(
        {
            "prompts/router.yaml": PROMPT.replace(*REWORDED),
            "evals/router.yaml": EVAL,
            "evals/router.jsonl": rows(*every, parcel="where-is-it"),
        }
    )
    assert ask("run").only["change"]["lost"] == ["where-is-it"]
    project.commit("Rename")
    answer = ask("check", "--base", "HEAD~1")
    assert (answer.code, answer.document["missing"]) == (1, [])
    assert answer.only["examples"]["lost"] == ["where-is-it"]
    assert "must_pass" in [block["rule"] for block in answer.only["blocks"]]
    [changes] = answer.document["terms"]
    assert (changes["added"], changes["removed"], changes["edited"]) == ([], [], [])
    assert changes["renamed"] == [{"example": "where-is-it", "was": "parcel"}]
    [row] = ask("diff", "HEAD~1").document["evals"]
    assert (row["lost"], row["new"], row["removed"]) == (["where-is-it"], [], [])
    assert ask("log", "router").document["entries"][0]["lost"] == ["where-is-it"]


def test_an_example_that_moved_into_another_eval_is_not_removed(project, api, ask):
    project.write(
        {
            "evals/router.yaml": MUST,
            "evals/other.yaml": f"prompt: router\n{EVAL.replace('router.jsonl', 'other.jsonl')}",
            "evals/other.jsonl": rows("login", "hello"),
            "evals/router.jsonl": rows("card", "refund", "parcel", "broken"),
        }
    )
    assert main(["run"]) == 0
    project.commit("Scores")
    project.write(
        {
            "evals/router.yaml": EVAL,
            "evals/other.jsonl": rows("login", "hello", "broken", "parcel"),
            "evals/router.jsonl": rows("card", "refund"),
        }
    )
    assert all(e["change"]["removed"] == [] for e in ask("run").document["evals"])
    project.commit("Move")
    found = ask("check", "--base", "HEAD~1").document
    changes = next(each for each in found["terms"] if each["eval"] == "router")
    assert changes["removed"] == []
    assert changes["moved"] == [
        {"example": "broken", "eval": "other"},
        {"example": "parcel", "eval": "other"},
    ]
    # The base's gate of `other` does not say that it must pass.
    assert found["missing"] == [{"eval": "router", "example": "parcel"}]
    assert all(row["removed"] == [] for row in ask("diff", "HEAD~1").document["evals"])


def test_two_evals_that_are_joined_are_compared_with_both(split, api, ask):
    api.answers(route)
    assert main(["run"]) in (0, 1)
    split.write({"evals/rest.yaml": MUST.replace("router.jsonl", "rest.jsonl")})
    split.write({"prompts/rest.yaml": PROMPT.replace(*REWORDED)})
    assert main(["run", "--refresh"]) in (0, 1)
    split.commit("Split")
    api.answers(lambda asked: worse(asked) if "all of" in str(asked.body) else route(asked))
    for path in ("evals/rest.yaml", "evals/rest.jsonl", "evals/rest.scores.yaml"):
        (split.path / path).unlink()
    split.write(
        {
            "prompts/router.yaml": PROMPT.replace("route support", "route all of support"),
            "evals/router.jsonl": rows(*(ticket[0] for ticket in TICKETS)),
        }
    )
    ran = ask("run", "router").only["change"]
    assert (ran["lost"], ran["new"]) == (["parcel"], [])
    split.commit("Join")
    found = ask("check", "--base", "HEAD~1")
    assert (found.code, found.document["removed"], found.document["missing"]) == (1, [], [])
    assert found.only["examples"]["lost"] == ["parcel"]
    assert "must_pass" in [block["rule"] for block in found.only["blocks"]]
    assert "`rest` was joined into `router`." in found.document["sentence"]
    diffed = ask("diff", "HEAD~1").document
    assert diffed["joined"] == [{"eval": "router", "was": "rest"}]
    assert (diffed["added"], diffed["removed"]) == ([], [])
    assert [(row["lost"], row["new"]) for row in diffed["evals"]] == [(["parcel"], [])]
    [row, *_] = ask("log", "router").document["entries"]
    assert (row["lost"], row["joined"], row["total"]) == (["parcel"], ["rest"], len(TICKETS))
    parts = {each["part"]: each for each in ask("why", "router", "--base", "HEAD~1").only["parts"]}
    assert [(e["kind"], e["source"]) for e in parts["examples"]["examples"]] == [
        ("taken", "rest")
    ] * 2
    [commit, *_] = ask("log").document["commits"]
    assert ([each["example"] for each in commit["lost"]], commit["removed"]) == (["parcel"], [])
