"""Samples of lm-eval: answers, choices and their likelihoods, samples that come twice."""

import json

import pytest

from promptci.errors import SpecError
from promptci.importers.kinds import guess_kind


def sample(number, target, answers, settings=True, **others):
    asked = {"arg_0": f"Q{number}", **({"arg_1": {"until": ["\n"]}} if settings else {})}
    row = {"doc_id": number, "target": target, "arguments": {"gen_args_0": asked}, "filter": "none"}
    return {**row, "resps": [answers], "filtered_resps": answers[:1], **others}


def choosing(number, target, likelihoods, choices=("A", "B", "C"), old=False, **others):
    pairs = [[f"Q{number}", f" {choice}"] for choice in choices]
    new = {f"gen_args_{n}": {"arg_0": q, "arg_1": a} for n, (q, a) in enumerate(pairs)}
    row = {"doc_id": number, "target": target, "arguments": pairs if old else new}
    return {**row, "resps": [[[each, "False"]] for each in likelihoods], "filter": "none", **others}


def filtered(row):
    """A sample of which only what a filter took was kept."""
    pairs = [each[0] for each in row.pop("resps")]
    return row | {"filtered_resps": pairs}


@pytest.fixture
def imported(read, rows):
    """What is expected and what was answered, by id, and what was imported."""

    def run(*samples):
        text = "".join(json.dumps(each) + "\n" for each in samples)
        found = read("lm-eval", {"samples_t_2026-01-01.jsonl": text})
        answers = {each["id"]: each["output"] for each in found.outputs[0].rows()}
        return {e["id"]: (e["expected"], answers[e["id"]]) for e in rows(found)}, found

    return run


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (choosing(0, "1", ["-0.5", "-0.2", "-0.9"]), ("B", "B")),
        (choosing(0, 2, [-0.5, -0.2, -0.9], old=True), ("C", "B")),
        (choosing(0, "no", ["-2", "-3"], ("yes", "no")), ("no", "yes")),
        (choosing(0, "[0, 2]", ["-0.5", "-0.2", "-0.9"]), (["A", "C"], "B")),
        (choosing(0, "1", ["-5", "-3"], ("1", "4"), acc=1.0), ("4", "4")),
        (choosing(0, "1", ["-2", "-3"], ("1", "4"), acc=1.0), ("1", "1")),
        (filtered(choosing(0, 1, [-0.5, -0.2, -0.9])), ("B", "B")),
        (choosing(0, "0", ["-1", "-2", "-9"]) | {"resps": [[[-1, False]]] * 6}, ("A", "A")),
    ],
)
def test_the_likeliest_choice_is_the_answer(imported, row, expected) -> None:
    read, found = imported(row)
    assert read == {"0": expected}
    assert not found.losses
    assert "`acc`" in found.notes[-1].message


def test_a_sample_without_a_right_choice_is_told(imported) -> None:
    read, found = imported(choosing(0, "0", ["-1", "-2"], ("x", "y")),
                           choosing(1, "7", ["-1", "-2"], ("x", "y")))  # fmt: skip
    assert read == {"0": ("x", "x")}
    assert found.evals[0].body["scorers"] == [{"equals": {"strip": True}}]
    assert {(loss.line, loss.message.split(":")[0]) for loss in found.losses} == {
        (2, "its `target` is none of its choices")
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (sample(0, "a text", ["-0.15"], settings=False), "of whole texts"),
        (choosing(0, " door", ["-0.4"], ("door",)), "of whole texts"),
        (filtered(choosing(0, " door", [-0.4], ("door",))), "no answers"),
        (choosing(0, "door", ["-4", "-5"], ("door", "door")), "choices are in the questions"),
    ],
)
def test_likelihoods_without_choices_are_refused(imported, row, said) -> None:
    with pytest.raises(SpecError, match=said):
        imported(row)


def test_a_number_that_a_model_wrote_is_an_answer(imported) -> None:
    assert imported(sample(0, "-3", ["-3"]))[0] == {"0": ("-3", "-3")}


def test_several_answers_are_trials_and_other_samples_have_their_own_ids(imported) -> None:
    both = sample(0, "2", ["2", "3"])
    lines = [both, sample(1, "4", ["4"]), sample(1, "4", ["5"]),
             {**sample(2, "6", ["6"]), "doc_id": 1}, {**both, "filter": "other"}]  # fmt: skip
    read, found = imported(*lines)
    assert read == {"0": ("2", "2"), "1": ("4", "4"), "1-2": ("6", "6")}
    assert [(each["id"], each["output"]) for each in found.outputs[1].rows()] == [
        ("0", "2"), ("0", "3"), ("1", "4"), ("1", "5"), ("1-2", "6"),
    ]  # fmt: skip
    said = " ".join(note.message for note in found.notes)
    assert "behind `none`, `other`" in said
    assert "promptci noise t --outputs evals/t.trials.outputs.jsonl" in said
    assert "one sample has a `doc_id` that another has" in said


@pytest.mark.parametrize(
    ("target", "doc", "expected"),
    [
        ("['Goethe', \"D'Annunzio\"]", {}, ["Goethe", "D'Annunzio"]),
        ("['a\\nb\\xe9', 'it\\'s']", {}, ["a\nbé", "it's"]),
        ("['a', 'b']", {"code": "['a', 'b']"}, "['a', 'b']"),
        ("[1, 2]", {}, "[1, 2]"),
    ],
)
def test_a_target_that_is_a_list_holds_alternatives(imported, target, doc, expected) -> None:
    assert imported(sample(0, target, ["x"], doc=doc))[0]["0"][0] == expected


def test_results_hold_the_samples_of_each_task(read, rows) -> None:
    samples = {"one": [sample(0, "A", ["B"])], "two": [sample(0, "C", ["C"]), "odd"]}
    found = read(
        "lm-eval", {"r.json": json.dumps({"results": {}, "configs": {}} | {"samples": samples})}
    )
    assert [each.name for each in found.evals] == ["one", "two"]
    assert [each["expected"] for each in rows(found)] == ["A", "C"]
    assert "a row must be an object" in str(found.losses[0])
    assert "`results`, `configs` beside the samples are left out" in str(found.notes[0])


def test_results_without_samples_lead_to_the_file_that_has_them(read) -> None:
    figures = json.dumps({"results": {"t": {"acc,none": 1}}, "n-shot": {"t": 0}})
    assert guess_kind("results_1.json", figures.encode()) == ["lm-eval"]
    with pytest.raises(SpecError, match=r"r.json:1:1: it holds figures and no samples: name `sam"):
        read("lm-eval", {"r.json": figures})


def test_of_lines_that_are_no_samples_nothing_is_written(read) -> None:
    with pytest.raises(SpecError, match="no JSON value here") as refused:
        read("lm-eval", {"samples_t.jsonl": "%PDF\n[1]\n"})
    assert len(refused.value.faults) == 1
