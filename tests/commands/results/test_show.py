"""`promptci show`: what is stored of results, and how old it is."""

import shutil

import pytest

from fakes import response_to
from projects import EVAL, PROMPT, example, jsonl, route
from promptci.commands.main import main


@pytest.fixture
def ran(project, api, ask):
    api.answers(lambda ticket: "none" if "parcel" in ticket else route(ticket))
    ask("run")
    return project


def test_failed_examples_come_first(ran, ask):
    results = ask("show", "router").document["results"]
    assert [each["example"] for each in results] == [
        "parcel",
        "card",
        "refund",
        "broken",
        "login",
        "hello",
    ]
    assert results[0]["fate"] == "fail"
    assert results[0]["scores"] == [
        {
            "scorer": "equals",
            "score": 0.0,
            "passed": False,
            "why": 'expected "shipping", got "none"',
        }
    ]


def test_a_listing_has_a_line_per_example(ran, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["show", "router"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["eval", "model", "example", "result", "score", "why"]
    assert lines[1].split(maxsplit=5) == [
        "router",
        "small",
        "parcel",
        "fail",
        "0.0%",
        'equals: expected "shipping", got "none"',
    ]
    assert len(lines) == 7


def test_what_fails_is_not_cut_on_a_narrow_terminal_and_what_passes_is_folded(
    project, api, ask, capsys, monkeypatch
):
    rows = [example(f"n{i:02}", f"ticket {i}", "other") for i in range(30)]
    name = "a-rather-long-name-of-an-eval"
    project.write(
        {f"evals/{name}.yaml": "prompt: router\nexamples: router.jsonl\nscorers: [equals]\n"}
    )
    project.write({"evals/router.jsonl": jsonl(rows)})
    wrong = "I would say that this goes to the queue for returns, the last"
    api.answers(lambda ticket: wrong if "ticket 7" in ticket else "other")
    ask("run", name)
    monkeypatch.setenv("COLUMNS", "80")
    capsys.readouterr()
    assert main(["show", name]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{name} on small"
    assert "".join(line.strip() for line in lines).count("for returns, the") == 1
    assert lines[-1] == "29 examples passed: --json lists them"


def test_one_example_shows_everything(ran, api, capsys):
    assert main(["show", "router", "parcel"]) == 0
    shown = capsys.readouterr().out
    parts = [
        "router / parcel on small",
        "evals/router.jsonl:3",
        "system\nYou route support tickets.",
        "user\nWhere is my parcel?",
        "answer\nnone",
        "expected\nshipping",
        'fail\n  equals    0.0%  expected "shipping", got "none"',
        "temperature 0.0, max_tokens 8",
        "greedy, 8+1 tokens, <$0.0001, ",
        "served by small-1 (fp_fake)",
    ]
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)


def test_one_example_as_a_document(ran, ask):
    [shown] = ask("show", "router", "parcel").document["examples"]
    assert shown["messages"][1] == {"role": "user", "content": "Where is my parcel?"}
    assert shown["answer"]["text"] == "none"
    usage = shown["answer"]["usage"]
    assert (usage["input_tokens"], usage["output_tokens"]) == (8, 1)
    assert (shown["expected"], shown["is_current"]) == ("shipping", True)
    assert shown["parameters"] == {"temperature": 0.0, "max_tokens": 8}


def test_an_answer_to_an_earlier_prompt_is_called_so(ran, capsys, ask):
    ran.write({"prompts/router.yaml": PROMPT.replace("support", "all support")})
    [shown] = ask("show", "router", "parcel").document["examples"]
    assert not shown["is_current"]
    assert shown["answer"]["text"] == "none"
    assert main(["show", "router", "parcel"]) == 0
    assert "the stored answer is to an earlier prompt" in capsys.readouterr().out
    assert main(["show", "router"]) == 0
    assert "6 answers were given to an earlier prompt: run again" in capsys.readouterr().out


def test_repeats_are_shown(project, api, ask, capsys):
    answers = iter(("billing", "other", "billing"))
    api.answers(lambda ticket: next(answers))
    ask("run", "--example", "card", "--repeat", "3", "--concurrency", "1")
    [shown] = ask("show", "router", "card").document["examples"]
    assert shown["answer"]["text"] == "billing"
    assert [each["answer"]["text"] for each in shown["repeats"]] == ["other", "billing"]
    assert main(["show", "router", "card"]) == 0
    assert "asked again\n  fail  other\n  pass  billing\n" in capsys.readouterr().out


def test_tool_calls_and_outcomes_are_shown(project, api, ask, capsys):
    def call(ticket):
        body = response_to(ticket.body, "")
        message = body["choices"][0]["message"]
        message["tool_calls"] = [{"function": {"name": "route", "arguments": "{}"}}]
        body["choices"][0]["finish_reason"] = "length"
        return body

    api.answers(call)
    ask("run", "--example", "card")
    assert main(["show", "router", "card"]) == 0
    shown = capsys.readouterr().out
    assert "answer (truncated)\n" in shown
    assert "tool calls\nroute({})\n" in shown


def test_before_a_run_an_example_shows_what_would_be_asked(project, capsys):
    assert main(["show", "router", "card"]) == 0
    shown = capsys.readouterr().out
    assert "user\nMy card was charged twice" in shown
    assert "no answer is stored: `promptci run router --example card` asks" in shown


def test_before_a_run_there_is_nothing_to_list(project, ask):
    answer = ask("show", "router")
    assert answer.code == 5
    assert answer.document["error"] == "nothing is stored of `router`: run `promptci run router`"


def test_where_only_the_record_is_here_the_cure_asks(ran, api, ask):
    shutil.rmtree(ran.path / ".promptci")
    said = "no answer of `router` is stored here, only its score record: "
    answer = ask("show", "router")
    assert answer.code == 5
    assert answer.document["error"] == f"{said}`promptci run router --missing` asks"
    ask("run", "router", "--refresh")
    assert len(ask("show", "router").document["results"]) == 6


def test_a_listing_says_how_to_see_the_first_that_fails(ran, capsys):
    assert main(["show", "--model", "small"]) == 0
    said = "`promptci show router parcel --model small` shows what was asked and answered\n"
    assert capsys.readouterr().err == said


def test_unknown_names_have_a_nearest(ran, ask):
    answer = ask("show", "router", "parcle")
    assert answer.code == 2
    assert answer.document["error"] == "`router` has no example `parcle`: did you mean `parcel`?"
    assert ask("show", "routr").code == 2
    begun = ask("show", "router", "pa").document["error"]
    assert begun == "`router` has no example `pa`: did you mean `parcel`?"


def test_only_one_model_is_shown_if_wished(project, ask):
    spec = "examples: router.jsonl\nscorers: [equals]\nmodels: [small, large]\n"
    project.write({"evals/router.yaml": spec})
    ask("run")
    assert len(ask("show", "router").document["results"]) == 12
    assert len(ask("show", "router", "--model", "large").document["results"]) == 6
    assert len(ask("show", "router", "card").document["examples"]) == 2


def test_an_answer_cannot_act_on_the_terminal(project, api, ask, capsys):
    api.answers(lambda ticket: "\x1b]0;\x07[bold]x[/]")
    ask("run")
    for arguments in (["show", "router"], ["show", "router", "card"]):
        assert main(arguments) == 0
        shown = capsys.readouterr().out
        assert "\x1b" not in shown
        assert "[bold]x[/]" in shown


def test_thoughts_are_folded_until_asked_for(project, api, ask, capsys):
    api.answers(lambda ticket: f"<think>\nparcel or card?\n</think>\n\n{route(ticket)}")
    assert ask("run").code == 0
    shown = ask("show", "router", "card").document["examples"][0]["answer"]
    assert (shown["text"], shown["thoughts"]) == ("billing", "parcel or card?")
    capsys.readouterr()
    assert main(["show", "router", "card"]) == 0
    out = capsys.readouterr().out
    assert "thoughts (15 characters; --thoughts prints them)" in out
    assert "parcel or card?" not in out
    assert main(["show", "router", "card", "--thoughts"]) == 0
    assert "\nthoughts\nparcel or card?\n" in capsys.readouterr().out


def test_the_results_of_another_branch_do_not_hide_those_of_this_one(ran, ask, capsys):
    """What is shown is of the files as they are, whichever prompt was run last."""
    ran.commit("Scores")
    ran.git("checkout", "-q", "-b", "other")
    ran.write({"prompts/router.yaml": PROMPT.replace("You route", "Please route")})
    ask("run")
    ran.commit("Another prompt")
    ran.git("checkout", "-q", "-")
    listed = ask("show", "router").document
    assert ([each["is_current"] for each in listed["results"]], listed["older"]) == ([True] * 6, [])
    assert main(["show", "router", "parcel"]) == 0
    assert "earlier prompt" not in capsys.readouterr().out
    rows = (ran.path / "evals/router.jsonl").read_text()
    ran.write({"evals/router.jsonl": rows + jsonl([example("new", "A new one", "other")])})
    older = ask("show", "router").document["older"]
    assert older[0] == "router on small: 1 example has not been run yet"
    assert "(examples changed since)" in older[1]


def test_an_eval_need_not_be_named_where_there_is_one(project, capsys):
    rows = "- {id: card, vars: {ticket: My card}, expected: billing}\n"
    project.write({"evals/rows.yaml": rows})
    project.write({"evals/router.yaml": EVAL.replace("router.jsonl", "rows.yaml")})
    assert main(["run"]) == 0
    capsys.readouterr()
    assert main(["show", "router"]) == 0
    said = capsys.readouterr().out
    assert main(["show"]) == 0
    assert capsys.readouterr().out == said


PROMPT_YML = """\
messages: [{role: user, content: "{{ ticket }}"}]
model: openai/gpt-6-luna
testData: [{ticket: Hello, expected: other}]
evaluators: [{name: same, string: {equals: "{{ expected }}"}}]
"""


@pytest.mark.parametrize("other", ["evals/other.yaml", "prompts/other.prompt.yml"])
@pytest.mark.parametrize("command", [["show"], ["why"], ["examples", "stats"]])
def test_where_there_are_others_an_eval_must_be_named(project, capsys, other, command):
    project.write({"prompts/other.yaml": PROMPT} if other.endswith(".yaml") else {})
    project.write({other: EVAL if other.endswith(".yaml") else PROMPT_YML})
    assert main(command) == 2
    assert capsys.readouterr().err == "name an eval: known are `other`, `router`\n"


def test_a_long_id_leaves_room_for_the_reason(project, api, ask, capsys, monkeypatch):
    long = "한국어-아주-긴-이름-테스트-아이디-아주-긴-이름"
    project.write({"evals/router.jsonl": jsonl([example(long, "a parcel", "shipping")])})
    api.answers(lambda ticket: "none")
    ask("run")
    monkeypatch.setenv("COLUMNS", "80")
    capsys.readouterr()
    assert main(["show", "router"]) == 0
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) < 6
    assert 'got "none"' in shown
