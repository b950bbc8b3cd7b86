"""Combined scorers, tags, own scorers, thresholds, sets, derived metrics: from file to record."""

import json

import pytest

from commands.conftest import files
from projects import TICKETS, config, example, jsonl, route
from promptci.commands.main import main

RECORD = "evals/router.scores.yaml"


def rows(**own):
    """The tickets, tagged by their queue, some with more of their own."""
    return jsonl(
        example(id_, text, queue, tags=[queue], **own.get(id_, {})) for id_, text, queue in TICKETS
    )


def write(project, text, **own):
    project.write(
        {
            "evals/router.yaml": f"examples: router.jsonl\n{text}",
            "evals/router.jsonl": rows(**own),
        }
    )


def metrics(answer):
    return answer.only["metrics"]


def test_a_combination_is_one_metric_of_the_run(project, ask):
    write(project, "scorers:\n  - any_of: [equals, {contains: ship}]\n  - not: {contains: sorry}\n")
    answer = ask("run")
    assert (answer.code, answer.only["passed"]) == (0, 6)
    assert metrics(answer) == {"any_of": 1.0, "not": 1.0}


def test_a_combination_of_judges_asks_them_all(project, api, ask):
    judges = [
        {"choice_judge": {"model": "large", "prompt": f"{n} {{{{ output }}}}", "choices": [
            {"choice": "yes", "score": 1}, {"choice": "no", "score": 0}]}}
        for n in (1, 2)
    ]  # fmt: skip
    write(project, f"scorers: {json.dumps([{'all_of': judges}])}\n")
    api.answers(
        lambda asked: (
            route(asked)
            if asked.body["model"] == "small-1"
            else "yes"
            if asked.startswith("1") or "billing" in asked
            else "no"
        )
    )
    answer = ask("run")
    assert api.count == 6 + 2 * 4  # four queues, and a judge reads each answer once
    assert (answer.only["passed"], answer.only["score"]) == (2, pytest.approx(4 / 6))


# By tag


def test_a_scorer_for_a_tag_judges_only_examples_that_have_it(project, ask):
    text = "scorers:\n  - equals\n  - {contains: {value: ill, only: billing}}\n"
    write(project, f"{text}  - {{length: {{max: 1, only: [account], except: [shipping]}}}}\n")
    answer = ask("run")
    assert answer.only["passed"] == 5  # `account` is too long for the last one
    assert metrics(answer) == {"equals": 1.0, "contains": 1.0, "length": 0.0}
    assert "scores" not in line(project, "hello")
    assert "scores: {equals: 1, contains: 1}" in line(project, "card")
    assert "scores: {equals: 1, length: 0}" in line(project, "login")


def line(project, id_):
    record = (project.path / RECORD).read_text().splitlines()
    return next(each for each in record if each.startswith(f"      {id_}: "))


def test_a_scorer_may_leave_out_examples_of_a_tag(project, ask):
    write(
        project,
        "scorers:\n  - equals: {value: billing, except: [shipping, account, other]}\n"
        "  - length: {min: 1}\n",
    )
    answer = ask("run")
    assert (answer.code, answer.only["passed"]) == (0, 6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "scorers: [equals, {contains: {value: x, only: biling}}]",
            "evals/router.yaml:2:19: `contains`: no example has the tag `biling`: did you",
        ),
        ("scorers: [{equals: {only: billing}}]", "no scorer with a weight judges example `parcel`"),
        ("scorers: [{equals: {only: billing, except: billing}}]", "`except` leaves out all"),
    ],
)
def test_tags_that_no_example_has_are_refused(project, capsys, text, said):
    write(project, f"{text}\n")
    assert main(["run"]) == 2
    assert said in capsys.readouterr().err


def test_a_set_may_name_tags_that_an_eval_does_not_have(project, api, ask):
    sets = "scorers:\n  house: [{contains: {value: x, only: german}}]\n"
    project.write({"promptci.yaml": config(api.url, sets)})
    write(project, "scorers: [equals, use: house]\n")
    assert ask("run").code == 0


def test_variables_of_a_scorer_for_some_tags_are_used_in_all(project, ask):
    own = {id_: {"vars": {"ticket": text, "word": "b"}} for id_, text, _ in TICKETS}
    lines = jsonl(
        {"id": id_, "expected": queue, "tags": [queue], **own[id_]} for id_, _, queue in TICKETS
    )
    write(project, "scorers: [equals, {contains: {value: '{{ word }}', only: billing}}]\n")
    project.write({"evals/router.jsonl": lines})
    assert ask("run").code == 0


# An example's own


def test_an_own_scorer_of_the_same_name_takes_the_place_of_the_evals(project, ask):
    own = {"hello": {"scorers": [{"contains": {"value": "oth", "name": "equals"}}]}}
    write(project, "scorers: [equals, is_json: {weight: 0}]\n", **own)
    answer = ask("run")
    assert answer.only["passed"] == 6
    assert metrics(answer) == {"equals": 1.0, "is_json": 0.0}


def test_an_own_scorer_without_that_name_is_added(project, ask):
    write(project, "scorers: [equals]\n", hello={"scorers": [{"equals": "else"}]})
    answer = ask("run")
    assert answer.only["passed"] == 5
    assert metrics(answer) == {"equals": 1.0, "equals-2": 0.0}


# A threshold of the whole


def test_with_a_threshold_the_score_of_an_example_decides(project, ask):
    text = "scorers: [equals, {length: {min: 6}}, is_json: {weight: 0}]\n"
    write(project, f"{text}threshold: 0.5\n")
    answer = ask("run")
    assert answer.only["passed"] == 6  # `other` is too short, which is half
    write(project, f"{text}threshold: 0.6\n")
    answer = ask("run")
    assert answer.only["passed"] == 5
    assert answer.only["change"] is None
    write(project, text)
    assert ask("run").only["passed"] == 5


def test_a_missed_threshold_says_so(project, api, ask):
    text = "scorers: [{contains_all: {value: [i, l], threshold: 0}}, {length: {max: 99}}]\n"
    write(project, f"{text}threshold: 0.7\n")
    ask("run")
    project.commit("Record")
    api.answers(lambda asked: "xx" if "charged" in asked else route(asked))
    answer = ask("run", "--refresh", "--confirm", "0")
    [lost] = answer.document["lost"]
    assert lost["why"] == "the score 0.5 is below the threshold of 0.7"


# Sets


def test_a_changed_set_shows_in_why_and_makes_the_record_stale(project, api, ask, capsys):
    project.write({"promptci.yaml": config(api.url, "scorers:\n  house: [equals]\n")})
    write(project, "scorers: {use: house}\n")
    ask("run")
    project.commit("Use a set")
    project.git("checkout", "-b", "change")
    project.write({"promptci.yaml": config(api.url, "scorers:\n  house: [equals, is_json]\n")})
    capsys.readouterr()
    assert main(["why", "router"]) == 0
    assert "is_json" in capsys.readouterr().out
    project.commit("Add a scorer to the set")
    answer = ask("check", "--base", "main")
    assert answer.code == 3
    assert "made before the last change" in answer.document["stale"][0]["why"]


def test_why_shows_thresholds_and_what_is_inside_a_combination(project, ask, capsys):
    write(project, "scorers: [any_of: [equals, is_json]]\n")
    project.commit("Before")
    write(project, "scorers: [any_of: [equals, is_xml]]\nthreshold: 0.5\n")
    capsys.readouterr()
    assert main(["why", "router", "--base", "HEAD"]) == 0
    shown = capsys.readouterr().out
    assert '-scorers[1]: {"scorer": "is_json", "version": 2}' in shown
    assert '+scorers[1]: {"scorer": "is_xml", "version": 1}' in shown
    assert "+threshold: 0.5" in shown


def test_moving_scorers_into_a_set_changes_no_byte_of_the_record(project, api, ask):
    ask("run")
    before = files(project)[RECORD]
    project.write({"promptci.yaml": config(api.url, "scorers:\n  house: [equals]\n")})
    project.write({"evals/router.yaml": "examples: router.jsonl\nscorers: [use: house]\n"})
    assert ask("run").document["written"] == []
    assert files(project)[RECORD] == before


def test_a_fault_in_a_set_of_two_evals_is_said_once(project, api, capsys):
    project.write(
        {
            "promptci.yaml": config(api.url, "scorers:\n  house: [equal]\n"),
            "evals/router.yaml": "examples: router.jsonl\nscorers: [use: house]\n",
            "evals/again.yaml": "prompt: router\nexamples: router.jsonl\nscorers: [use: house]\n",
        }
    )
    assert main(["run"]) == 2
    assert capsys.readouterr().err.count("there is no scorer `equal`") == 1


# Derived metrics

F1 = "metrics: {f1: 2 * p * r / (p + r), odds: p / (1 - p)}\n"
PR = "scorers:\n  - equals: {name: p}\n  - contains: {value: s, name: r}\n"


def test_derived_metrics_are_in_report_record_and_json(project, api, ask, capsys):
    write(project, PR + F1)
    api.answers(lambda asked: "shipping" if "parcel" in asked else "billing")
    answer = ask("run")
    p, r = 0.5, 1 / 6
    assert metrics(answer) == pytest.approx({"p": p, "r": r, "f1": 2 * p * r / (p + r), "odds": 1})
    main(["run"])
    assert "router on small: f1 25.0%, odds 100.0%" in capsys.readouterr().out
    assert "f1: 0.25\n      odds: 1\n" in (project.path / RECORD).read_text()
    project.commit("Record")
    assert ask("run").document["written"] == []
    assert ask("compare", "HEAD", "large").document["evals"][0]["head"]["metrics"]["f1"] == 0.25


def test_a_metric_without_a_value_says_why(project, ask, capsys):
    write(project, PR + F1)
    answer = ask("run", "--no-write")
    assert (answer.code, metrics(answer)["odds"]) == (0, None)
    main(["run"])
    said = " ".join(capsys.readouterr().out.split())
    assert "the metric `odds` has no value: division by zero: guard it" in said
    assert "odds" not in (project.path / RECORD).read_text()


def test_a_metric_need_be_no_share(project, ask):
    write(project, f"{PR}metrics: {{loss: 0 - p * 12.5}}\n")
    ask("run")
    assert "loss: -12.5" in (project.path / RECORD).read_text()
    project.commit("Record")
    again = ask("run")
    assert (again.document["written"], metrics(again)["loss"]) == ([], -12.5)


def test_a_formula_changes_no_fingerprint_but_its_record_is_checked(project, ask):
    write(project, PR)
    before = ask("run").only["fingerprint"]
    write(project, PR + "metrics: {mean: (p + r) / 2}\n")
    project.commit("Forget to run")
    answer = ask("check", "--base", "main")
    assert answer.code == 3
    assert answer.document["stale"][0]["why"] == "a derived metric of small is not up to date"
    assert ask("run").only["fingerprint"] == before
    project.commit("Run")
    assert ask("check", "--base", "main").code == 0


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("p ** 99999", "evals/router.yaml:5:16: metric `m`: `**` is not allowed in a formula"),
        ("p / 0", "evals/router.yaml:5:16: metric `m`: it divides by zero"),
        ("q + 1", "evals/router.yaml:5:16: metric `m` uses `q`, which is no scorer here"),
        ("open('x')", "metric `m`: `open('x')` is not allowed in a formula"),
    ],
)
def test_a_formula_that_cannot_be_used_is_refused_at_its_place(project, capsys, formula, said):
    write(project, PR + f"metrics: {{  m: {json.dumps(formula)}}}\n")
    assert main(["lint"]) == 2
    assert said in capsys.readouterr().out
