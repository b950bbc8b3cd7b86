"""`promptci drift`: a model that answers otherwise, though nothing was changed."""

import json
import re
from collections import Counter

import pytest

from fakes import Reply, response_to
from projects import EVAL, TICKETS, route
from promptci.commands.main import main
from promptci.project.session import Session

COUNT = len(TICKETS)


def worse(asked):
    return "billing" if "parcel" in asked else route(asked)


@pytest.fixture
def scored(project, keep):
    def make():
        assert main(["run"]) == 0
        project.commit("scores")

    keep(make)
    return project


def test_a_model_that_stays_as_it_is(scored, api, ask):
    before = api.count
    answer = ask("drift")
    assert (answer.code, api.count - before) == (0, COUNT)
    assert answer.document["sentence"] == "No drift in 1 eval."
    assert (answer.only["measurements"], answer.only["score"]) == (1, 1.0)
    assert ask("drift").only["measurements"] == 2
    assert scored.git("status", "--porcelain") == ""


def test_an_eval_on_two_models_is_one_eval(scored, api, ask):
    scored.write({"evals/router.yaml": f"{EVAL}models: [small, large]\n"})
    assert main(["run"]) == 0
    assert ask("drift").document["sentence"] == "No drift in 1 eval on 2 models."
    api.answers(lambda asked: (worse if asked.body["model"] == "large-1" else route)(asked))
    said = ask("drift").document["sentence"]
    end = "got worse though nothing was changed: router on large."
    assert said == f"1 of 1 eval on 2 models {end}"


def test_a_lost_example_is_confirmed_and_alarms(scored, api, ask, tmp_path):
    api.answers(worse)
    before = api.count
    page = tmp_path / "issue.md"
    answer = ask("drift", "--markdown", str(page))
    assert (answer.code, answer.only["lost"]) == (1, ["parcel"])
    assert api.count - before == COUNT + 2
    text = page.read_text()
    assert text.startswith("<!-- promptci drift -->\n")
    assert "1 of 1 eval got worse though nothing was changed" in text
    assert "parcel" in text
    assert answer.only["reasons"] == {"parcel": 'equals: expected "shipping", got "billing"'}
    again = ask("drift")
    assert (again.code, again.only["lost"]) == (1, ["parcel"])


def test_the_lost_are_in_their_order_with_why_and_what_to_do(scored, api, capsys):
    api.answers(lambda asked: "billing")
    assert main(["drift"]) == 1
    said = capsys.readouterr().out
    named = said.partition("each time asked: ")[2].partition("\n  ")[0].split(", ")
    assert named == [id_ for id_, _, queue in TICKETS if queue != "billing"][: len(named)]
    assert f"  {named[0]}: equals: expected" in said
    command = f"promptci show --model small router {named[0]}"
    assert f"`{command}` shows what it says now." in said
    assert main(command.split()[1:]) == 0
    shown = capsys.readouterr().out
    assert "\nanswer\nbilling\n" in shown
    assert "\nfail\n" in shown


def test_new_answers_that_were_recorded_may_stay(scored, api, ask):
    api.answers(worse)
    assert ask("drift").code == 1
    main(["run", "--refresh"])
    scored.commit("new answers")
    answer = ask("drift")
    assert (answer.code, answer.only["measurements"]) == (0, 1)


def test_one_that_fails_at_times_does_not_alarm(scored, api, ask):
    api.script(["billing"] * 6)  # four of them wrong, and right when asked again
    answer = ask("drift", "--concurrency", "1")
    assert (answer.code, answer.only["lost"]) == (0, [])
    assert len(answer.only["wavering"]) == 4


def test_what_passing_ones_save_is_spent_on_those_that_hold(scored, api, ask):
    times = Counter()

    def rule(asked):
        times[asked] += 1
        return "odd" if times[asked] <= (5 if "parcel" in asked else 1) else route(asked)

    api.answers(rule)
    before = api.count
    answer = ask("drift")
    assert (answer.only["lost"], api.count - before) == ([], COUNT + COUNT + 4)


def test_what_noise_knows_to_vary_does_not_alarm(scored, api, ask):
    flips = iter([route, worse] * 50)
    api.answers(lambda asked: next(flips)(asked) if "parcel" in asked else route(asked))
    main(["noise", "router", "-k", "4"])
    api.answers(worse)
    answer = ask("drift")
    assert (answer.code, answer.only["flaky"]) == (0, ["parcel"])


def past_in_which_all_came_back(path):
    """Days before the one measurement there is: on each another example failed."""
    [now] = map(json.loads, path.read_text().splitlines())
    days = []
    for day in range(3 * COUNT):
        fates = dict(now["fates"])
        failed = list(fates)[day % COUNT]
        fates[failed] = "fail"
        scores = {id_: float(fate == "pass") for id_, fate in fates.items()}
        days.append(now | {"when": f"2020-01-{day + 1:02}T03:00:00Z", "fates": fates})
        days[-1]["scores"] = scores
    path.write_text("".join(f"{json.dumps(each)}\n" for each in days))


def test_a_fall_of_examples_that_all_failed_before_alarms_while_it_lasts(scored, api, ask):
    ask("drift")
    past_in_which_all_came_back(scored.path / ".promptci/drift.jsonl")
    api.script(["billing"] * 6 * 3)
    found = [ask("drift", "--concurrency", "1") for _ in range(3)]
    assert [each.code for each in found] == [0, 1, 1]  # one odd day is no fall
    assert [each.only["lost"] for each in found] == [[], [], []]
    assert found[1].only["shift"]["after"] < found[1].only["shift"]["before"]


def test_a_fall_of_what_noise_knows_to_vary_everywhere_alarms(scored, api, ask):
    flips = iter([route, lambda _: "odd"] * 50)
    api.answers(lambda asked: next(flips)(asked))
    main(["noise", "router", "-k", "4", "--concurrency", "1"])
    api.answers(route)
    codes = [ask("drift").code for _ in range(6)]
    api.answers(lambda _: "odd")
    codes += [ask("drift").code for _ in range(3)]
    assert codes == [0, 0, 0, 0, 0, 0, 0, 1, 1]


def test_no_answer_is_no_verdict(scored, api, ask):
    api.answers(lambda asked: {"error": "no"} if "parcel" in asked else route(asked))
    answer = ask("drift")
    assert (answer.code, answer.only["errors"], answer.only["undecided"]) == (3, 1, True)


def test_a_ceiling_holds_for_each_time(scored, api, ask):
    for _ in range(2):
        before = api.count
        answer = ask("drift", "--max-requests", "3")
        assert (answer.code, answer.document["evals"]) == (4, [])
        assert answer.document["sentence"].startswith("Nothing is measured: the ceiling of 3 ")
        assert api.count - before == 3


def test_under_a_ceiling_what_was_measured_longest_ago_comes_first(scored, api, ask, tmp_path):
    rows = (scored.path / "evals/router.jsonl").read_text()
    scored.write(
        {
            "evals/second.yaml": "prompt: router\nexamples: second.jsonl\nscorers: [equals]\n",
            "evals/second.jsonl": rows.replace('"ticket": "', '"ticket": "Again: '),
        }
    )
    main(["run"])
    scored.commit("another")
    page = tmp_path / "issue.md"
    answers = [ask("drift", "--max-requests", "9", "--markdown", str(page)) for _ in range(3)]
    assert [[e["eval"] for e in a.document["evals"]] for a in answers] == [
        ["router"],
        ["second"],
        ["router"],
    ]
    assert [a.code for a in answers] == [4, 4, 4]
    assert answers[2].only["measurements"] == 2
    assert answers[0].document["not_asked"] == {
        "second on small": "the ceiling of 9 requests is reached"
    }
    assert "not asked: `second on small`" in page.read_text()


def test_a_ceiling_between_a_fall_and_its_confirmation(scored, api, ask):
    api.answers(worse)
    answer = ask("drift", "--max-requests", str(COUNT))
    assert (answer.code, answer.only["lost"]) == (4, [])
    assert answer.only["unconfirmed"] == ["parcel"]
    assert answer.document["sentence"].startswith("No verdict on 1 eval so far, then the ceiling")
    answer = ask("drift")
    assert (answer.code, answer.only["lost"]) == (1, ["parcel"])
    assert answer.only["measurements"] == 2


def test_what_was_measured_is_kept_when_it_is_interrupted(scored, ask, monkeypatch):
    rows = (scored.path / "evals/router.jsonl").read_text()
    scored.write(
        {
            "evals/second.yaml": "prompt: router\nexamples: second.jsonl\nscorers: [equals]\n",
            "evals/second.jsonl": rows.replace('"ticket": "', '"ticket": "Again: '),
        }
    )
    main(["run"])
    scored.commit("another")

    run = Session.run

    def until_the_second(session, plan, take):
        if plan.tasks[0].spec.name == "second":
            raise KeyboardInterrupt
        return run(session, plan, take)

    monkeypatch.setattr(Session, "run", until_the_second)
    assert ask("drift").code == 130
    kept = (scored.path / ".promptci/drift.jsonl").read_text().splitlines()
    assert [json.loads(line)["eval"] for line in kept] == ["router"]


def test_a_dry_run_says_what_a_ceiling_must_allow(scored, api, ask):
    before = api.count
    most = ask("drift", "--dry-run").document["most_requests"]
    assert api.count == before
    api.answers(lambda asked: "wrong")
    assert ask("drift", "--max-requests", str(most)).code == 1


def test_a_model_that_cannot_drift_is_not_asked(repo, ask):
    main(["init"])
    answer = ask("drift")
    assert answer.code == 5
    assert "answers the same each time" in answer.document["error"]


def test_a_history_from_elsewhere_is_data(scored, ask, tmp_path):
    file = tmp_path / "history.jsonl"
    file.write_text('{"when": "\x1b[31m"}\n[[[\n')
    answer = ask("drift", "--history", str(file))
    assert answer.code == 0
    assert "2 lines are no measurements" in answer.stderr
    assert len(file.read_text().splitlines()) == 1
    assert json.loads(file.read_text())["eval"] == "router"


def test_what_it_says_beforehand_is_enough_for_confirmations(scored, api, ask):
    api.answers(lambda asked: "wrong")
    said = re.search(r"asking up to (\d+) requests", ask("drift").stderr)
    assert said is not None
    before = api.count
    assert ask("drift", "--max-requests", said[1]).code == 1
    assert api.count - before == 3 * COUNT


def test_without_an_answer_nothing_is_told_of_the_model(scored, api, ask):
    """What earlier measurements say of a fall is not found out again."""
    for _ in range(6):
        ask("drift")
    api.answers(worse)
    assert ask("drift").code == 1
    api.answers(lambda asked: Reply(500))
    answer = ask("drift")
    assert (answer.code, answer.only["shift"], answer.only["worse"]) == (3, None, False)


def test_a_model_that_is_gone_keeps_no_other_from_being_measured(scored, api, ask, tmp_path):
    scored.write({"evals/router.yaml": f"{EVAL}models: [small, large]\n"})
    assert main(["run"]) == 0
    scored.commit("two models")
    gone = Reply(404, body={"error": {"message": "it was retired", "code": "model_not_found"}})
    api.answers(lambda asked: gone if asked.body["model"] == "small-1" else route(asked))
    issue = tmp_path / "issue.md"
    for times in (1, 2):
        answer = ask("drift", "--markdown", str(issue))
        small, large = answer.document["evals"]
        assert (answer.code, small["undecided"], large["measurements"]) == (3, True, times)
    assert "404: it was retired" in issue.read_text()
    stopped = ask("drift", "--max-requests", "3", "--markdown", str(issue))
    assert stopped.code == 4
    said = issue.read_text()
    assert "No verdict on 1 eval so far, then the ceiling of 3 requests is reached" in said
    assert "404: it was retired" in said, "though there is room for fewer calls than examples"
    api.answers(lambda asked: gone if asked.body["model"] == "small-1" else worse(asked))
    assert ask("drift").code == 1


def test_why_answers_are_missing_is_said(scored, api, ask, capsys):
    def held_back(asked):
        body = response_to(asked.body, "")
        body["choices"][0]["finish_reason"] = "content_filter"
        return body

    api.answers(held_back)
    assert main(["drift"]) == 3
    said = capsys.readouterr().out
    assert f"  no answer to {COUNT} examples: the answer was filtered\n" in said
