"""Answers that name a class: figures per class in `run` and `compare`, and in the record."""

import pytest

from fakes import response_to
from projects import EVAL, REWORDED, before_and_after, route
from promptci.commands.main import main

EVAL_FILE = "evals/router.yaml"
RECORD = "evals/router.scores.yaml"
CLASSES = EVAL.replace("- equals", "- classification: [billing, shipping, account, other]")


def muddled(ticket):
    """A model that takes one parcel for a bill, and has no idea of logins."""
    if "parcel" in ticket:
        return "Queue: billing"
    return "no idea" if "log in" in ticket else f"**{route(ticket)}**"


@pytest.fixture
def classed(project, api):
    """The project with a scorer for classes, committed."""
    project.write({EVAL_FILE: CLASSES})
    project.commit("Score by class")
    api.answers(muddled)
    return project


def test_run_shows_each_class_and_the_matrix(classed, capsys):
    assert main(["run", "--no-write"]) == 0
    shown = capsys.readouterr().out
    assert "router on small, classification: accuracy 66.7%, macro F1 61.7%" in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["class", "precision", "recall", "F1", "expected", "given"] in rows
    assert ["billing", "66.7%", "100.0%", "80.0%", "2", "3"] in rows
    assert ["account", "0.0%", "0.0%", "0.0%", "1", "0"] in rows
    assert ["expected", "\\", "given", "billing", "shipping", "account", "other", "(none)"] in rows
    assert ["shipping", "1", "1", "0", "0", "0"] in rows
    assert ["account", "0", "0", "0", "0", "1"] in rows


def test_where_the_matrix_does_not_fit_the_mistakes_are_named(classed, capsys, monkeypatch):
    labels = "{bills and invoices: [billing], ships and parcels: [shipping], logins: [account]"
    classed.write(
        {EVAL_FILE: EVAL.replace("equals", f"classification: {{labels: {labels}, other: []}}}}")}
    )
    monkeypatch.setenv("COLUMNS", "60")
    main(["run", "--no-write"])
    shown = capsys.readouterr().out
    assert "logins taken for (none): 1 time" in shown
    assert "ships and parcels taken for bills and invoices: 1 time" in shown
    assert "expected \\ given" not in shown


def test_the_json_has_figures_and_matrix(classed, ask):
    found = ask("run").only
    assert found["metrics"] == {
        "classification": pytest.approx(4 / 6),
        "classification/macro_f1": pytest.approx((0.8 + 2 / 3 + 0 + 1) / 4),
    }
    classes = found["classes"]["classification"]
    assert classes["labels"] == ["billing", "shipping", "account", "other"]
    assert classes["accuracy"] == pytest.approx(4 / 6)
    assert classes["matrix"] == [[2, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0]]
    assert classes["per_class"][0] == {
        "label": "billing",
        "precision": pytest.approx(2 / 3),
        "recall": 1.0,
        "f1": pytest.approx(0.8),
        "expected": 2,
        "given": 3,
    }


def test_the_record_keeps_macro_f1_and_is_read_back(classed, ask):
    ask("run")
    written = (classed.path / RECORD).read_text()
    assert "    metrics:\n      classification: 0.666667\n" in written
    assert "      classification/macro_f1: 0.616667\n" in written
    classed.commit("Record")
    again = ask("run")
    assert (again.code, again.document["written"]) == (0, [])
    assert again.only["change"]["delta"] == 0


def test_compare_shows_the_classes_of_both_sides(classed, api, ask, capsys):
    prompt = (classed.path / "prompts/router.yaml").read_text()
    classed.write({"prompts/router.yaml": prompt.replace(*REWORDED)})
    classed.commit("Reword")
    api.answers(before_and_after(muddled, route))
    found = ask("compare", "HEAD~1", "HEAD").only
    assert found["base"]["classes"]["classification"]["macro_f1"] < 1
    assert found["head"]["classes"]["classification"]["macro_f1"] == 1
    main(["compare", "HEAD~1", "HEAD"])
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["F1,", "classification", "base", "head", "change"] in [
        [*row[:2], "base", "head", "change"] for row in shown if row[:1] == ["F1,"]
    ]
    assert ["billing", "80.0%", "100.0%", "+20.0"] in shown
    assert ["macro", "F1", "61.7%", "100.0%", "+38.3"] in shown


def test_without_classes_nothing_changes(project, ask, capsys):
    assert ask("run", "--no-write").only["classes"] == {}
    main(["run", "--no-write"])
    assert "macro F1" not in capsys.readouterr().out


def refusing(ticket):
    """A model that refuses to talk about logins, as endpoints report it."""
    if "log in" not in ticket:
        return route(ticket)
    body = response_to({"messages": [], "model": "small-1"}, "")
    body["choices"][0]["message"] = {
        "role": "assistant",
        "content": None,
        "refusal": "I will not route that.",
    }
    return body


@pytest.mark.parametrize(
    ("option", "fate", "code"), [("", "error", 3), ("refused: score\n", "pass", 0)]
)
def test_a_refusal_is_judged_where_the_eval_says_so(project, api, ask, option, fate, code):
    scorers = "- is_refusal: {weight: 1}"
    project.write({EVAL_FILE: option + EVAL.replace("- equals", scorers)})
    project.commit("Refusals")
    api.answers(refusing)
    answer = ask("run")
    assert answer.code == code
    assert answer.only["errors"] == (fate == "error")
    assert answer.only["passed"] == (fate == "pass")
