"""`promptci examples`: a golden set grows and is looked at."""

import json

import click
import pytest
from msgspec.structs import replace

from projects import PROMPT, REWORDED, TICKETS, before_and_after, example, jsonl
from promptci.commands.main import main
from promptci.render.terminal.examples import stats_text
from promptci.render.terminal.look import Look
from promptci.reportdata.goldenset import GoldenStats


def golden(project):
    return [
        json.loads(line) for line in (project.path / "evals/router.jsonl").read_text().splitlines()
    ]


def test_an_example_is_added_once(project, capsys):
    arguments = [
        "examples",
        "add",
        "router",
        "--var",
        "ticket=Where is my bill?",
        "--expected",
        "billing",
    ]
    assert main([*arguments, "--id", "bill"]) == 0
    assert golden(project)[-1] == {
        "id": "bill", "vars": {"ticket": "Where is my bill?"}, "expected": "billing",
    }  # fmt: skip
    assert main(["lint"]) == 0
    assert main(arguments) == 2
    assert "has this input already, as `bill`" in capsys.readouterr().err
    assert main(["examples", "add", "router"]) == 2


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("biling", "no other example expects `biling`: did you mean `billing`?\n"),
        ("billing", ""),
        ("returns", ""),
        ("accounts", ""),  # there is one `account` alone: it may as well be the slip
    ],
)
def test_an_expected_value_that_is_nearly_a_usual_one_is_remarked(project, capsys, expected, said):
    added = ["examples", "add", "router", "--var", "ticket=Who pays?", "--expected", expected]
    assert main(added) == 0
    assert capsys.readouterr().err == said
    assert golden(project)[-1]["expected"] == expected


def test_an_example_that_could_not_be_asked_is_not_added(project, capsys):
    before = golden(project)
    assert main(["examples", "add", "router", "--var", "tiket=Where is it?"]) == 2
    said = "uses `ticket`, and this example does not give it: rename `tiket`"
    assert said in capsys.readouterr().err
    assert golden(project) == before


def test_who_leaves_a_question_is_not_promised_that_it_goes_on(project, capsys, monkeypatch):
    before = golden(project)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", _interrupted)
    assert main(["examples", "add", "router"]) == 130
    assert "so nothing more was written" in capsys.readouterr().err
    assert golden(project) == before


def _interrupted(*_):
    raise KeyboardInterrupt


def test_the_set_is_described(project, api, ask):
    near = "I would like to know when my parcel will arrive at my new address in Bergen"
    project.write(
        {
            "evals/router.jsonl": jsonl(
                [
                    *(example(*each) for each in TICKETS),
                    example("far", f"{near}.", "shipping", tags=["long"]),
                    example("near", f"{near}!", "shipping"),
                ]
            )
        }
    )
    api.answers(before_and_after(lambda _: "billing", lambda _: "other"))
    for turn, prompt in enumerate((PROMPT, PROMPT.replace(*REWORDED), PROMPT)):
        project.write({"prompts/router.yaml": prompt})
        assert main(["run"]) in (0, 1)
        project.commit(f"Run {turn}")
    document = ask("examples", "stats", "router").document
    assert document["count"] == len(TICKETS) + 2
    assert document["classes"]["billing"] == 2
    assert document["tags"] == {"long": 1}
    assert document["near"] == [["far", "near"]]
    assert document["commits"] == 3
    assert "parcel" in document["always_fail"]
    assert "card" in document["flapping"]


def test_a_split_is_by_input_and_leaks_are_told(project, ask):
    many = [
        example(f"e{n}", f"{'ticket ' * 8}about the number {n * 7919}", "other") for n in range(60)
    ]
    project.write({"evals/router.jsonl": jsonl(many)})
    first = ask("examples", "split", "router", "gate=0.5", "dev=0.5")
    files = first.document["files"]
    assert sum(files.values()) == 60
    assert all(15 < count < 45 for count in files.values())
    assert first.code == (1 if first.document["leaks"] else 0)
    before = (project.path / "evals/router.gate.jsonl").read_text()
    project.write({"evals/router.jsonl": jsonl([example("z", "Another one", "other"), *many])})
    assert ask("examples", "split", "router", "gate=0.5", "dev=0.5").code == 2
    ask("examples", "split", "router", "gate=0.5", "dev=0.5", "--force")
    after = (project.path / "evals/router.gate.jsonl").read_text()
    assert set(before.splitlines()) <= set(after.splitlines())
    assert ask("examples", "split", "router", "gate=0.5").code == 2


def test_inputs_in_another_case_are_in_one_part(project, ask):
    rows = [example(f"e{n}", f"Ticket {n}", "other") for n in range(20)]
    rows += [example(f"c{n}", f"ticket  {n}", "other") for n in range(20)]
    project.write({"evals/router.jsonl": jsonl(rows)})
    ask("examples", "split", "router", "gate=0.5", "dev=0.5")
    gate = (project.path / "evals/router.gate.jsonl").read_text()
    assert 0 < gate.count('"c') < 20
    assert all((f'"e{n}"' in gate) == (f'"c{n}"' in gate) for n in range(20))


def test_a_part_without_examples_is_refused_with_a_seed_that_gives_it_some(project, ask, capsys):
    rows = [{**example(f"e{n}", f"About {n}", "other"), "meta": {"n": n}} for n in range(5)]
    project.write({"evals/router.jsonl": jsonl(rows)})
    shares = ("gate=0.6", "dev=0.2", "shots=0.2")
    seeds = map(str, range(1, 20))
    refused = next(n for n in seeds if main(["examples", "split", "router", *shares, "--seed", n]))
    told = capsys.readouterr().err
    assert f"would get none of 5 examples with --seed {refused}" in told
    seed = told.partition("some with --seed ")[2].partition(",")[0]
    answer = ask("examples", "split", "router", *shares, "--seed", seed, "--force")
    assert all(answer.document["files"].values())
    kept = [(project.path / path).read_text() for path in answer.document["files"]]
    assert sum(text.count('"meta": {"n": ') for text in kept) == 5
    assert main(["examples", "split", "router", *(f"p{n}=0.1" for n in range(10))]) == 2
    assert "nor with another: add examples" in capsys.readouterr().err
    assert not (project.path / "evals/router.p0.jsonl").exists()


def test_what_history_says_of_examples_comes_first_and_fits_the_width():
    ids = tuple(f"example-{number}" for number in range(30))
    found = GoldenStats("e", 60, {"a": 40, "b": 20}, {}, (3, 4, 9), (), ids, ("hard",), ids[:9], 4)
    lines = stats_text(found, Look(80)).splitlines()
    assert lines[:3] == [
        "e: 60 examples, 4 commits on record",
        "30 passed and 1 failed at every commit, which tells nothing. 9 flapped: see",
        "whether what is asked there is clear.",
    ]
    assert max(map(len, lines)) <= 80
    assert "  expected       a 40 (67%), b 20 (33%)" in lines
    assert [line for line in lines if line.endswith("and 22 more")] != []
    young = replace(found, commits=1, always_pass=(), always_fail=(), flapping=())
    assert (
        stats_text(young, Look(80)).splitlines()[1]
        == "Too few commits to say which of them tell anything."
    )


def test_a_split_says_that_shares_are_met_about(project, capsys):
    main(["examples", "split", "router", "gate=0.5", "dev=0.5"])
    assert "an example's part follows from its digest and the seed" in capsys.readouterr().out


def test_candidates_are_gone_through(project, monkeypatch, capsys):
    rows = [
        {
            "id": f"c{n}",
            "vars": {"ticket": f"Logged ticket {n}"},
            "expected": "TODO",
            "meta": {"answer": "other"},
        }
        for n in range(4)
    ]  # fmt: skip
    calls = [{"name": "route", "arguments": {"to": "other"}}]
    rows[0]["meta"] = {"answer": "", "tool_calls": calls}
    path = project.path / "evals/router.candidates.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    rows[1]["meta"] = {"answer": "x"}
    said = iter(["", "   ", "billing", "x", "q"])
    monkeypatch.setattr(click, "prompt", lambda *_, **__: next(said))
    assert main(["examples", "label", "router"]) == 0
    assert capsys.readouterr().out.endswith("2 taken, 0 skipped, 1 dropped\n")
    assert [row["expected"] for row in golden(project)[-2:]] == [calls, "billing"]
    kept = [json.loads(line)["expected"] for line in path.read_text().splitlines()]
    assert kept == [json.dumps(calls), "billing", None, "TODO"]


def test_a_letter_that_was_answered_or_is_in_quotes_is_expected(project, monkeypatch):
    row = {"vars": {"ticket": "Logged"}, "expected": "TODO", "meta": {"answer": "x"}}
    rows = [{**row, "id": str(n), "vars": {"ticket": f"Logged {n}"}} for n in range(2)]
    path = project.path / "evals/router.candidates.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = iter(["", '"s"'])
    monkeypatch.setattr(click, "prompt", lambda *_, **__: next(said))
    assert main(["examples", "label", "router"]) == 0
    assert [row["expected"] for row in golden(project)[-2:]] == ["x", "s"]


@pytest.mark.parametrize("name", ["stats", "label"])
def test_an_eval_that_is_not_there_is_told(project, name):
    assert main(["examples", name, "nothing"]) == 2
