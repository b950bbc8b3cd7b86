"""`promptci noise`: what is asked, what is said of it, and that nothing is written."""

import json
import re
from collections import Counter
from math import comb

import pytest

from commands.conftest import files
from fakes import Reply, error_body, response_to
from projects import EVAL, TICKETS, example, jsonl, route
from promptci.commands.main import main

ALL = len(TICKETS)


class Moody:
    """A model that gets a ticket wrong at certain times: `moods` holds `+` and `-` by its text."""

    def __init__(self, **moods):
        self.moods = {text: moods[id_] for id_, text, _ in TICKETS if id_ in moods}
        self.asked = Counter()

    def __call__(self, ticket):
        run = self.asked[ticket]
        self.asked[ticket] += 1
        mood = self.moods.get(ticket, "+")
        return route(ticket) if mood[run % len(mood)] == "+" else "spam"


FILTERED = Reply(400, body=error_body("no", code="content_filter"))
"""Why one request has no answer: of three refused alike the endpoint is blamed, and a run ends."""


@pytest.fixture
def moody(project, api):
    """Lets the model be moody."""

    def begin(**moods):
        api.answers(Moody(**moods))

    return begin


def noise(*arguments):
    """One run after the other, so that it is known which of them fails."""
    return "noise", "router", "--concurrency", "1", *arguments


def test_each_example_is_asked_k_times_and_not_a_second_time(project, api, ask):
    first = ask("noise", "router", "-k", "3")
    assert (first.code, api.count) == (0, 3 * ALL)
    again = ask("noise", "router", "-k", "3")
    assert api.count == 3 * ALL
    assert again.document == first.document


def test_more_runs_ask_only_for_what_is_new(project, api, ask):
    main(["run", "--no-write"])
    ask("noise", "router", "-k", "2")
    assert api.count == 2 * ALL
    ask("noise", "router")
    assert api.count == 5 * ALL


def test_what_flips_is_said_run_by_run(moody, ask):
    moody(card="++-+-", hello="-----")
    found = ask(*noise()).only
    assert found["flips"] == [{"example": "card", "passed": 3, "runs": "++-+-"}]
    assert found["scores"] == [pytest.approx(n / 6) for n in (5, 5, 4, 5, 4)]
    assert found["same_verdict"] == pytest.approx(5 / 6)
    assert found["same_output"] == pytest.approx(5 / 6)
    assert found["variance"] == pytest.approx(5 / 4 * 0.6 * 0.4 / 6)
    assert found["pass_powers"][0] == pytest.approx((4 + 0.6) / 6)
    assert found["pass_powers"][-1] == pytest.approx(4 / 6)
    alarms = found["false_alarms"]
    assert alarms["unconfirmed"] == 0, "one flip is no more than chance explains"
    assert alarms["confirmed"] < 0.05


def test_a_steady_model_raises_no_alarm(project, ask):
    found = ask("noise", "router", "-k", "2").only
    assert found["false_alarms"] is None
    assert (found["variance"], found["same_output"], found["deterministic"]) == (0, 1, False)


def test_nothing_is_written(project, moody, ask):
    moody(card="+-")
    before = files(project)
    ask(*noise())
    assert files(project) == before


def test_every_model_of_the_eval_is_measured(project, api, ask):
    project.write({"evals/router.yaml": f"{EVAL}models: [small, large]\n"})
    answer = ask("noise", "router", "-k", "2")
    assert [found["model"] for found in answer.document["evals"]] == ["small", "large"]
    assert api.count == 4 * ALL
    assert ask("noise", "router", "-k", "2", "--model", "large").only["model"] == "large"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["ruter"], 2, "did you mean `router`"),
        (["prompts/router.yaml"], 2, "several evals: name one of `other`, `router`"),
        (["router", "--model", "tiny"], 2, "there is no model `tiny`"),
        (["evals/router.yaml", "--max-requests", "7"], 4, "the ceiling of 7 requests"),
    ],
)
def test_what_cannot_be_measured_is_said(project, ask, arguments, code, said):
    project.write({"evals/other.yaml": f"{EVAL}prompt: router\n"})
    answer = ask("noise", *arguments)
    assert answer.code == code
    assert said in answer.document["error"]


def test_one_run_is_too_few(project, capsys):
    assert main(["noise", "router", "-k", "1"]) == 2
    assert "write a whole number from 2 to 100" in capsys.readouterr().err


def test_missing_answers_leave_it_open(project, api, ask):
    refusal = FILTERED
    api.answers(lambda ticket: refusal if ticket == "Hello there" else route(ticket))
    answer = ask("noise", "router", "-k", "2")
    assert answer.code == 3
    assert (answer.only["unanswered"], answer.only["examples"]) == (["hello"], 5)
    project.write({"evals/router.yaml": f"{EVAL}gate: {{max_errors: 1}}\n"})
    assert ask("noise", "router", "-k", "2").code == 0
    api.answers(lambda ticket: refusal)
    project.write({"prompts/router.yaml": "messages: [{role: user, content: '{{ ticket }}'}]\n"})
    nothing = ask("noise", "router", "-k", "2")
    assert (nothing.code, nothing.only["examples"]) == (3, 0)


def test_the_embedded_model_is_asked_twice_and_called_deterministic(project, capsys):
    project.write(
        {
            "evals/router.yaml": f"{EVAL}models: [smollm2]\n",
            "evals/router.jsonl": jsonl([example("card", "My card", "billing")]),
        }
    )
    assert main(["noise", "router", "-k", "9"]) == 0
    captured = capsys.readouterr()
    assert "The model is deterministic: asked 2 times, it gave the same answer" in captured.out
    assert captured.err.splitlines()[-1].startswith("2 asked for $0")


def test_the_report_names_what_flips_and_what_it_took(moody, project, capsys):
    project.write({"evals/router.yaml": f"{EVAL}gate: {{must_pass: [card]}}\n"})
    moody(card="++-+-", hello="-----")
    assert main([*noise()]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("router on small: 5 runs of 6 examples\n")
    assert "`must_pass` names what flips: card. Take that out." in captured.out
    assert "1 of 6 examples passes in some runs and fails in others." in captured.out
    *_, head, row, command = captured.out.splitlines()
    assert (head, row) == ("flips  passed  runs", "card      3/5  ++-+-")
    assert command.startswith("`promptci show --model small router card` shows")
    assert main(["show", "--model", "small", "router", "card"]) == 0
    fates = re.findall(r"^  (pass|fail)  ", capsys.readouterr().out, re.MULTILINE)
    assert fates == ["pass", "fail", "pass", "fail"], "what is first was asked first"
    assert (
        captured.err.splitlines()[-1]
        == "30 asked for $0.0003, 0 from the cache; no record was written"
    )


def test_the_report_of_a_model_that_did_not_answer(project, api, capsys):
    api.answers(lambda ticket: FILTERED)
    assert main(["noise", "router", "-k", "2"]) == 3
    said = capsys.readouterr().out
    assert "2 runs of 0 examples" in said
    assert "Fewer than two answers, so left out: broken, card, hello, login" in said


def trials(project, *lines):
    """A file of outputs: for each line an id, its trial (None for none) and `+` or `-`."""
    right = {id_: route(text) for id_, text, _ in TICKETS}
    rows = [
        {"id": id_, "output": right[id_] if mark == "+" else "spam"}
        | ({} if trial is None else {"trial": trial})
        for id_, trial, mark in lines
    ]
    project.write({"trials.jsonl": jsonl(rows)})


IDS = [id_ for id_, _, _ in TICKETS]


def test_recorded_trials_are_judged_without_asking(project, api, ask):
    trials(project, *((id_, None, m) for m in "++-+" for id_ in IDS if id_ != "card"))
    project.write(
        {
            "trials.jsonl": (project.path / "trials.jsonl").read_text()
            + jsonl({"id": "card", "output": "billing"} for _ in range(4))
        }
    )
    before = files(project)
    answer = ask("noise", "router", "--outputs", "trials.jsonl")
    found = answer.only
    assert (answer.code, api.count, files(project)) == (0, 0, before)
    assert (found["runs"], found["examples"]) == (4, ALL)
    each = [[3 / 4, 3 / 6, 1 / 4, 0], [3 / 4, 1, 1, 1]]
    mean = [[((ALL - 1) * c + 1) / ALL for c in chances] for chances in each]
    assert found["pass_powers"] == pytest.approx(mean[0])
    assert found["pass_any"] == pytest.approx(mean[1])
    assert found["scores"] == pytest.approx([1, 1, 1 / ALL, 1])


def test_trials_are_told_apart_by_their_number_whatever_their_order(project, ask):
    lines = [(id_, trial, m) for trial, m in ((7, "-"), (2, "+"), (3, "+")) for id_ in IDS]
    trials(project, *(line for line in lines if line[:2] != ("card", 2)))
    flips = {
        f["example"]: f["runs"] for f in ask(*noise("--outputs", "trials.jsonl")).only["flips"]
    }
    assert flips == dict.fromkeys(IDS, "++-") | {"card": "?+-"}


def test_a_vote_takes_what_is_read_most_often_and_of_equals_the_first(project, ask):
    project.write({"evals/router.yaml": EVAL.replace("equals", "short_answer")})
    marks = {
        "card": "-++",
        "hello": "--+",
        **{id_: "+-" for id_ in IDS if id_ not in ("card", "hello")},
    }
    trials(project, *((id_, None, m) for id_, runs in marks.items() for m in runs))
    assert ask("noise", "router", "--outputs", "trials.jsonl").only["vote"] == pytest.approx(5 / 6)


@pytest.mark.parametrize(
    ("lines", "arguments", "said"),
    [
        ([(id_, None, "+") for id_ in IDS], (), "no example has two outputs: `promptci score"),
        ([("card", 1, "+"), ("card", 1, "+")], (), "trials.jsonl:2:1: a second output for trial 1"),
        (
            [("card", 1, "+"), ("card", None, "+")],
            (),
            "trials.jsonl:2:1: some lines have a `trial`",
        ),
        ([("card", 1, "+"), ("card", 2, "+")], (), "there is no output for `"),
        ([("crad", 1, "+"), ("card", 2, "+")], (), "trials.jsonl:1:1: the eval has no example"),
        ([("card", 1, "+")], ("-k", "3"), "leave out -k"),
        ([("card", 1, "+")], ("--model", "a", "--model", "b"), "a single --model"),
    ],
)
def test_what_is_wrong_with_trials_is_said(project, capsys, lines, arguments, said):
    right = dict.fromkeys(("crad",), "x") | dict.fromkeys(IDS, "x")
    rows = [
        {"id": id_, "output": right[id_]} | ({} if trial is None else {"trial": trial})
        for id_, trial, _ in lines
    ]
    project.write({"trials.jsonl": jsonl(rows)})
    assert main(["noise", "router", "--outputs", "trials.jsonl", *arguments]) == 2
    assert said in capsys.readouterr().err


# scores from elsewhere


def test_recorded_scores_of_trials_come_to_what_the_formulas_say(tmp_path, monkeypatch, ask):
    """Six tasks of an agent, one with a trial fewer; no eval and no repository is needed."""
    monkeypatch.chdir(tmp_path)
    trials = {"a": "1111", "b": "1010", "c": "0000", "d": "0001", "e": "111", "f": "1101"}
    rows = [
        f"{m},{t},{n},{r}.0" for m in "xy" for t, rs in trials.items() for n, r in enumerate(rs)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["model,task_id,trial,reward", *rows]))
    answer = ask("noise", "--scores", "t.csv")
    first, second = answer.document["models"]
    assert (first["model"], second["model"], first["examples"]) == ("x", "y", 6)
    for found in first["at"]:
        k = found["k"]
        enough = [(len(rs), rs.count("1")) for rs in trials.values() if len(rs) >= k]
        powers = [comb(c, k) / comb(n, k) for n, c in enough]
        anys = [1 - comb(n - c, k) / comb(n, k) for n, c in enough]
        assert found["examples"] == len(enough)
        assert found["pass_power"] == pytest.approx(sum(powers) / len(powers))
        assert found["pass_any"] == pytest.approx(sum(anys) / len(anys))
    assert [each["k"] for each in first["at"]] == [1, 2, 3, 4]
    assert {each["example"]: each["passed"] for each in first["flips"]} == {"b": 2, "d": 1, "f": 3}


TRIALS = [("a", 1, 1), ("a", 2, 0), ("b", 1, 1), ("b", 2, 1)]
"""A task, a trial of it, and its reward."""


def of_harbor(task, number, reward):
    """The `result.json` of a trial of Harbor; one without a reward was ended by an error."""
    return {
        "id": f"{task}{number}",
        "task_name": task,
        "task_id": {"path": f"tasks/{task}"},
        "verifier_result": {"rewards": {"reward": reward}} if reward else None,
        "exception_info": None if reward else {"exception_type": "AgentTimeoutError"},
    }


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        (
            "task_id,trial_1,trial_2,trial_3\na,1,0,1\nb,1,1,1\nc,0,0,\n",
            {"": [pytest.approx(5 / 9), pytest.approx(4 / 9)]},
        ),
        (
            "task_id,trial,x_reward,y_reward\na,1,0,1\na,2,1,1\nb,1,0,0\nb,2,0,1\n",
            {"x": [0.25, 0], "y": [0.75, 0.5]},
        ),
        *(
            (text, {"": [0.75, 0.5]})
            for text in (
                "Task ID;Trial;Success\na;1;TRUE\na;2;FALSE\nb;1;Yes\nb;2;pass\n",
                "task,1,2\na,1,0\nb,1,1\n",
                "run_id,question_id,is_correct\n1,a,1\n2,a,0\n1,b,1\n2,b,1\n",
                "id,Run1,Run2\na,pass,fail\nb,passed,correct\n",
                "id;trial;score\na;1;1,0\na;2;0,5\nb;1;1\nb;2;1,00\n",
                "task,seed_0,seed_1\na,1,0\nb,1,1\n",
                "task,epoch,outcome\na,1,resolved\na,2,unresolved\nb,1,solved\nb,2,C\n",
                "task,Run 1,Run 2\na,\N{CHECK MARK},\N{BALLOT X}\nb,yes,\N{CHECK MARK}\n",
                '{"a": [1, 0], "b": [true, true]}',
                '{\n "a": [{"reward": 1}, {"reward": 0}],\n "b": [{"reward": 1}, {"reward": 1}]\n}',
                '{"env": "x", "results": [{"task": "a", "reward": 1}, {"task": "a", "reward": 0}, '
                '{"task": "b", "reward": 1}, {"task": "b", "reward": 1}], "seed": 1}',
                '[{"task": "a", "rewards": [1, 0]}, {"task": "b", "rewards": [1, 1]}]',
                '{"id": "a", "trials": [{"passed": true}, {"passed": false}]}\n'
                '{"id": "b", "trials": [{"passed": true}, {"passed": true}]}\n',
                "task,run,reward\na,x,1\na,x,0\nb,x,1\nb,x,1\n",
                *(
                    "\n".join(json.dumps({"task": t, "trial": n, **form(r)}) for t, n, r in TRIALS)
                    for form in (
                        lambda reward: {"result": {"reward": reward}},
                        lambda reward: {"run": "x", "info": {"eval": {"success": bool(reward)}}},
                    )
                ),
                json.dumps(
                    {
                        "id": "0b6f",
                        "results": [
                            {"id": f"{t}{n}", "trial_name": f"{t}.{n}", "task_id": t}
                            | {"is_resolved": bool(r) or None}
                            for t, n, r in TRIALS
                        ],
                        "pass_at_k": {"2": 1.0},
                        "resolved_ids": ["a", "b", "b"],
                        "accuracy": 0.75,
                    },
                    indent=4,
                ),
                json.dumps([of_harbor(*each) for each in TRIALS]),
            )
        ),
    ],
)
def test_a_table_may_have_a_column_for_each_trial_or_model(
    tmp_path, monkeypatch, ask, text, figures
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(text)
    found = ask("noise", "--scores", "t.csv").document["models"]
    assert {
        m["model"]: [m["at"][0]["pass_any"], m["at"][1]["pass_power"]] for m in found
    } == figures


def test_values_that_every_example_has_as_often_are_told_to_be_counted_together(
    tmp_path, monkeypatch, ask, capsys
):
    monkeypatch.chdir(tmp_path)
    crossed = "agent,task,reward\nx,a,1\nx,a,0\ny,a,1\ny,a,1\nx,b,1\nx,b,0\ny,b,1\ny,b,1\n"
    (tmp_path / "t.csv").write_text(crossed)
    assert ask("noise", "--scores", "t.csv").document["models"][0]["together"] == "agent"
    assert main(["noise", "--scores", "t.csv"]) == 0
    assert "2 values of `agent` as often, and their trials are" in capsys.readouterr().out
    apart = ask("noise", "--scores", "t.csv", "--by", "agent").document["models"]
    assert [(each["model"], each["score"], each["together"]) for each in apart] == [
        ("x", 0.5, ""),
        ("y", 1, ""),
    ]
    (tmp_path / "t.csv").write_text(
        crossed.replace("agent", "end").replace("y,b,1\n", "x,b,1\n", 1)
    )
    assert ask("noise", "--scores", "t.csv").document["models"][0]["together"] == ""


def test_row_numbers_of_pandas_are_left_out_of_a_table_and_it_is_said(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(",id,trial,score\n0,a,1,1\n1,a,2,0\n2,b,1,1\n3,b,2,1\n")
    assert main(["noise", "--scores", "t.csv"]) == 0
    shown = capsys.readouterr()
    assert "trials of 2 examples, score 75.0%" in shown.out
    assert "t.csv:1:1: warning: the first column, row numbers without a name" in shown.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,score\na,1\n", "t.csv: no example has two trials"),
        ("x,score\na,1\n", "t.csv:2:1: there is no column `id`"),
        ("id,trial,score\na,1,1\na,1,0\n", "t.csv:3:1: trial 1 of `a` is there twice"),
        (
            '[{"id": 1, "trial": 1, "score": 1}, {"id": 1, "trial": 1, "score": 0}]',
            "is there twice",
        ),
        (
            "agent,task,run,reward\nx,a,1,1\nx,a,2,0\ny,a,1,0\ny,a,2,0\n",
            "t.csv:4:1: trial 1 of `a` is there twice, first in line 2: keep one, or name the "
            "column that tells them apart with --by agent",
        ),
        ('{\n"task_id": "a",\n"reward": 1\n}\n', "t.csv:1:1: one object, and not a table: write"),
        (
            "id,trial,done,late\na,1,yes,3\na,2,no,4\n",
            "none of the columns `id`, `trial`, `done`, `late` is `score` or `accuracy`: name it "
            "with --score-column done",
        ),
        ("id,score\na,1\na,maybe\n", "`score` is `maybe`: write a number, or true or false"),
        ("id,score\na,1\na,7\n", "t.csv:3:1: `score` is 7, which is not from 0 to 1"),
    ],
)
def test_scores_of_trials_that_cannot_be_read_are_told(tmp_path, monkeypatch, ask, text, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(text)
    answer = ask("noise", "--scores", "t.csv")
    assert answer.code == 2
    assert said in answer.document["error"]


def test_runs_without_answers_are_said_and_counted_in_no_spread(moody, project, api, capsys):
    moody(card="+-")
    assert main([*noise("-k", "2")]) == 0
    api.answers(held_back)
    capsys.readouterr()
    assert main([*noise("-k", "4")]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[2] == "12 of 24 answers are missing: the answer was filtered."
    assert "points over 2 runs, from" in said


def test_where_no_log_can_be_written_the_figures_are_told_all_the_same(project, ask):
    project.write({".promptci/runs": "a file in the place of the folder"})
    assert ask(*noise("-k", "2")).code == 0


def held_back(asked):
    body = response_to(asked.body, "")
    body["choices"][0]["finish_reason"] = "content_filter"
    return body


def test_trials_that_an_error_ended_count_as_failed_and_are_told(
    tmp_path, monkeypatch, ask, capsys
):
    """The form of its `run.py`, whose own metrics take the reward of 0 for an answer."""
    monkeypatch.chdir(tmp_path)
    ended = {"error": "EOF when reading a line", "traceback": "Traceback"}
    rows = [
        {"task_id": 0, "reward": 1.0, "info": {"reward_info": {}}, "traj": [], "trial": 0},
        {"task_id": 0, "reward": 0.0, "info": ended, "traj": [], "trial": 1},
        {"task_id": 1, "reward": 1.0, "info": {}, "traj": [], "trial": 0},
        {"task_id": 1, "reward": 1.0, "info": {}, "traj": [], "trial": 1},
    ]
    (tmp_path / "t.json").write_text(json.dumps(rows, indent=2))
    (tmp_path / "h.json").write_text(json.dumps([of_harbor(*each) for each in TRIALS]))
    for name in ("t.json", "h.json"):
        [found] = ask("noise", "--scores", name).document["models"]
        assert [each["pass_power"] for each in found["at"]] == [0.75, 0.5]
        assert found["errors"] == 1
        assert [each["pass_power"] for each in found["without_errors"]] == [1, 1]
    assert main(["noise", "--scores", "t.json"]) == 0
    assert "1 trial ended by an error" in capsys.readouterr().out
