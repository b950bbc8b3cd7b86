"""`promptci sensitivity`: the same words in other formats, with a spread that was planted."""

import json
import random
from collections import defaultdict
from itertools import combinations
from statistics import fmean

import pytest

from projects import EVAL, TICKETS, jsonl, route
from promptci.commands.main import main

PROMPT = """\
messages:
  - role: user
    content: |-
      Ticket: {{ ticket }}
      Queue:
"""


@pytest.fixture
def labelled(project):
    project.write({"prompts/router.yaml": PROMPT})
    return project


def test_a_planted_spread_is_found_on_its_axis(labelled, api, ask):
    """The model understands no labels in capitals, and is right on all else."""
    api.answers(
        lambda asked: (
            "other"
            if "TICKET" in asked.body["messages"][-1]["content"]
            else route(asked.body["messages"][-1]["content"])
        )
    )
    [found] = ask("sensitivity", "router", "--sample", "20").document["models"]
    wrong = 1 / 6  # only the ticket for `other`
    assert len(found["formats"]) == 21
    assert found["formats"][0]["score"] == 1
    assert {
        each["score"] == 1 for each in found["formats"] if each["parts"]["case"] != "upper"
    } == {True}
    assert found["worst"] == pytest.approx(wrong)
    assert found["spread"] == pytest.approx(1 - wrong)
    assert found["axes"][0]["name"] == "case"
    upper = sum(each["parts"]["case"] == "upper" for each in found["formats"])
    pairs = upper * (21 - upper) * 5 / 6 / (21 * 20 / 2)
    assert found["pss"] == pytest.approx(pairs)


def test_a_spread_over_what_is_allowed_exits_1(labelled, api, capsys):
    api.answers(lambda asked: "other" if "|" in str(asked) else route(str(asked)))
    arguments = ["sensitivity", "router", "--sample", "20"]
    assert main(arguments) == 0
    assert main([*arguments, "--offline", "--spread", "0.9"]) == 0
    capsys.readouterr()
    assert main([*arguments, "--offline", "--spread", "0.1"]) == 1
    out = capsys.readouterr().out
    assert "the spread is over the 10 points that are allowed" in out
    assert out.splitlines()[0] == "router on small: 21 formats of the prompt"


def test_formats_are_drawn_the_same_each_time_and_bounded(labelled, api, ask):
    api.answers(route)
    estimate = ask("sensitivity", "router", "--sample", "5", "--dry-run").document
    first = ask("sensitivity", "router", "--sample", "5").document
    assert api.count <= estimate["most_requests"]
    count = api.count
    assert ask("sensitivity", "router", "--sample", "5").document == first
    assert api.count == count == 6 * len(TICKETS)
    other = ask("sensitivity", "router", "--sample", "5", "--seed", "2").document
    assert other["models"][0]["formats"][1:] != first["models"][0]["formats"][1:]


def test_a_prompt_without_a_format_to_vary_is_told(project, capsys):
    assert main(["sensitivity", "router"]) == 2
    assert "its format cannot be varied" in capsys.readouterr().err


# what the eval's file says, and other words

SETTINGS = """\
sensitivity:
  format: {separator: [": ", " - "], case: [as_is, upper]}
  sample: 10
  gate: {spread: 0.5}
"""


def test_the_evals_file_says_what_is_varied_and_how_much_may_differ(labelled, api, ask):
    before = ask("run").only["fingerprint"]
    labelled.write({"evals/router.yaml": EVAL + SETTINGS})
    assert ask("run").only["fingerprint"] == before
    api.answers(lambda asked: "spam" if "TICKET" in str(asked) else route(str(asked)))
    answer = ask("sensitivity", "router")
    [found] = answer.document["models"]
    grid = {(each["parts"]["separator"], each["parts"]["case"]) for each in found["formats"]}
    assert grid == {(s, c) for s in ("': '", "' - '") for c in ("as it is", "upper")}
    assert {each["parts"]["spacing"] for each in found["formats"]} == {repr("\n")}
    assert (answer.code, found["spread"]) == (1, 1)
    assert ask("sensitivity", "router", "--spread", "1").code == 0
    elsewhere = SETTINGS.replace("  gate: {spread: 0.5}", "gate: {spread: 0.5}")
    labelled.write({"evals/router.yaml": EVAL + elsewhere})
    assert ask("sensitivity", "router").code == 1
    rows = jsonl(recorded(PLANTED))
    labelled.write({"given.jsonl": rows, "evals/router.yaml": EVAL + "gate: {spread: 0.1}\n"})
    assert ask("sensitivity", "router", "--outputs", "given.jsonl").code == 1


WORDS = """\
- "Ticket: {{ ticket }} (which queue?)"
- "Please sort this: {{ ticket }}"
"""


def test_other_wordings_are_an_axis(labelled, api, ask):
    """One wording gets all wrong, so the mean over three of |difference| is 2/3 of the pairs."""
    labelled.write({"evals/words.yaml": WORDS})
    api.answers(lambda asked: "spam" if "Please sort" in str(asked) else route(str(asked)))
    [found] = ask("sensitivity", "router", "--wording", "evals/words.yaml").document["models"]
    assert found["formats"][0]["parts"]["wording"] == "as it is"
    assert {each["parts"]["wording"]: each["score"] for each in found["formats"]} == {
        "as it is": 1,
        "wording 1": 1,
        "wording 2": 0,
    }
    assert (found["axes"][0]["name"], len(found["axes"])) == ("wording", 1)
    assert found["pss"] == pytest.approx(2 / 3)


def test_wordings_of_a_list_may_have_names(labelled, ask):
    listed = '- {name: short, text: "To {{ ticket }}"}\n- {text: "Of {{ ticket }}"}\n'
    labelled.write({"evals/words.yaml": listed})
    [found] = ask("sensitivity", "router", "--wording", "words.yaml").document["models"]
    names = [each["parts"]["wording"] for each in found["formats"]]
    assert names == ["as it is", "short", "wording 2"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("w.yaml", '- "no placeholder"', "evals/w.yaml:1:3: the wording `wording 1`: lacks `{{ ti"),
        ("w.yaml", '- "{{ ticket }} {{ x }}"', "holds `{{ x }}`, which is no variable here"),
        ("w.yaml", "[]", "evals/w.yaml: there are no wordings"),
        ("w.yaml", "- 3", "evals/w.yaml:1:3: this is no text"),
        ("w.yaml", "- {text: a, nam: b}", "evals/w.yaml:1:3: this is no text"),
        ("w.jsonl", '{"txt": "x"}', "evals/w.jsonl:1:1: `text` is missing"),
        ("w.txt", "Say {{ ticket }}", "evals/w.txt: wordings are a .yaml or a .jsonl file"),
    ],
)
def test_wordings_that_cannot_be_in_the_prompt_are_told(labelled, api, ask, name, text, said):
    labelled.write({f"evals/{name}": text})
    answer = ask("sensitivity", "router", "--wording", name)
    assert (answer.code, api.count) == (2, 0)
    assert said in str(answer.document)


def test_a_model_writes_other_wordings_within_what_a_dry_run_says(labelled, api, ask):
    """The writer's second text lacks the placeholder and is left out; it is told."""
    written = iter(["First: {{ ticket }}", "No placeholder", "Third: {{ ticket }}"])

    def rule(asked):
        return next(written) if "variation" in str(asked) else route(str(asked))

    api.answers(rule)
    how = ("sensitivity", "router", "--writer", "large", "--sample", "3", "--concurrency", "1")
    most = ask(*how, "--dry-run").document["most_requests"]
    answer = ask(*how)
    [found] = answer.document["models"]
    assert answer.stderr.startswith("asking up to 5 requests (2 only if a parameter is refused)")
    assert "1 of 3 wordings were left out: 2: lacks `{{ ticket }}`" in answer.stderr
    assert found["formats"][0]["parts"]["wording"] == "as it is"
    assert {each["parts"]["wording"] for each in found["formats"]} == {
        "as it is",
        "wording 1",
        "wording 3",
    }
    assert api.count == 3 + 3 * len(TICKETS) <= most
    assert ask(*how).document == answer.document
    named = "sensitivity: {wording: large, sample: 3}\n"
    labelled.write({"evals/router.yaml": EVAL + named})
    assert ask("sensitivity", "router", "--concurrency", "1").document == answer.document
    assert api.count == 3 + 3 * len(TICKETS)


# answers and scores from elsewhere


def recorded(rows):
    """Lines of outputs under two axes: `wrong` says which tickets each format gets wrong."""
    for (separator, case), wrong in rows.items():
        for id_, _, queue in TICKETS:
            said = "spam" if id_ in wrong else queue
            yield {"id": id_, "output": said, "format": {"separator": separator, "case": case}}


PLANTED = {
    (": ", "as it is"): {"hello"},
    (": ", "upper"): {"hello"},
    (" - ", "as it is"): {"hello", "card", "late"},
    (" - ", "upper"): {"hello", "card"},
}


def test_recorded_outputs_are_judged_format_by_format(project, api, ask):
    project.write({"given.jsonl": jsonl(recorded(PLANTED))})
    known = {id_ for id_, _, _ in TICKETS}
    wrong = [len(each & known) for each in PLANTED.values()]
    [found] = ask("sensitivity", "router", "--outputs", "given.jsonl").document["models"]
    assert api.count == 0
    scores = [1 - each / 6 for each in wrong]
    assert [each["score"] for each in found["formats"]] == pytest.approx(scores)
    assert (found["spread"], found["mean"]) == pytest.approx(
        (max(scores) - min(scores), fmean(scores))
    )
    gaps = [
        abs((id_ in one) - (id_ in two))
        for one, two in combinations(PLANTED.values(), 2)
        for id_ in known
    ]
    assert found["pss"] == pytest.approx(fmean(gaps))
    assert found["axes"][0]["name"] == "separator"
    assert not found["has_own"]


def test_scores_of_hundreds_of_formats_are_read_from_a_table(tmp_path, monkeypatch, ask):
    """Compared with a plain reading of the same table."""
    monkeypatch.chdir(tmp_path)
    drawn = random.Random(1)
    grid = [(s, c, n) for s in "abcde" for c in ("upper", "lower") for n in range(25)]
    rows = [(s, c, 50 + 4 * "abcde".index(s) + 20 * (c == "upper"), n) for s, c, n in grid]
    scored = [(s, c, mean + drawn.gauss(0, 1), n) for s, c, mean, n in rows]
    lines = [f"{m},F{i},{s},{c},{v}" for m in ("x", "y") for i, (s, c, v, _) in enumerate(scored)]
    header = "model,prompt,separator,case,accuracy"
    (tmp_path / "scores.csv").write_text("\n".join([header, *lines]))
    answer = ask("sensitivity", "--scores", "scores.csv", "--out-of", "100", "--spread", "0.2")
    assert answer.code == 1
    first, second = answer.document["models"]
    assert (first["model"], second["model"]) == ("x", "y")
    values = [v / 100 for _, _, v, _ in scored]
    assert len(first["formats"]) == len(values) == 250
    assert first["spread"] == pytest.approx(max(values) - min(values))
    assert first["pss"] is None
    means = {c: fmean(v / 100 for _, k, v, _ in scored if k == c) for c in ("upper", "lower")}
    case = first["axes"][0]
    assert case["name"] == "case"
    assert case["scores"] == pytest.approx(means)
    assert first["formats"][7]["name"] == "F7"


def test_a_table_may_have_other_separators_and_signs_of_percent(tmp_path, monkeypatch, ask):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.tsv").write_text("format\tAccuracy\nF1\t61%\nF2\t 0.5\n")
    [found] = ask("sensitivity", "--scores", "t.tsv").document["models"]
    assert [each["score"] for each in found["formats"]] == [0.61, 0.5]


def test_scores_of_single_examples_give_the_sensitivity_score(tmp_path, monkeypatch, ask):
    """With an example missing in one format: the mean over examples of the mean over pairs."""
    monkeypatch.chdir(tmp_path)
    scores = {"a": [1, 0, 1], "b": [0.5, 0, 1], "c": [1, 1, None]}
    lines = [
        {"format": name, "id": str(i), "score": each}
        for name, row in scores.items()
        for i, each in enumerate(row)
        if each is not None
    ]
    (tmp_path / "scores.jsonl").write_text(jsonl(lines))
    [found] = ask("sensitivity", "anything", "--scores", "scores.jsonl").document["models"]
    by_example = defaultdict(list)
    for line in lines:
        by_example[line["id"]].append(line["score"])
    pairs = [fmean(abs(x - y) for x, y in combinations(v, 2)) for v in by_example.values()]
    assert found["pss"] == pytest.approx(fmean(pairs))
    assert found["eval"] == "anything"
    rows = [f"{each['format']};{each['id']};{each['score']}" for each in lines]
    (tmp_path / "t.csv").write_text("\n".join(["Format;ID;Score", *rows]).replace(".", ","))
    [same] = ask("sensitivity", "--scores", "t.csv").document["models"]
    assert (same["pss"], same["spread"]) == (found["pss"], found["spread"])


WIDE = (
    "template,case,{0},{1}\n"
    "T1,up,61.2,{2}\nT2,low,54.8,30\nT3,up,70.2,50\nT4,low,50,40\nT5,up,60,70\n"
)


@pytest.mark.parametrize(
    ("names", "arguments"),
    [
        (("llama_acc", "phi_acc"), ()),
        (("accuracy llama", "accuracy phi"), ()),
        (("llama", "phi"), ("--score-column", "llama", "--score-column", "phi")),
        (("llama", "phi"), ("--score-column", "*l*a", "--score-column", "ph?")),
    ],
)
def test_a_table_may_have_a_column_of_scores_for_each_model(
    tmp_path, monkeypatch, ask, names, arguments
):
    """A cell that is empty is a format that the model was not tried with."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(WIDE.format(*names, ""))
    answer = ask("sensitivity", "--scores", "t.csv", "--out-of", "100", *arguments)
    first, second = answer.document["models"]
    assert [first["model"], second["model"]] == ["llama", "phi"]
    assert {each["name"]: each["score"] for each in first["formats"]} == pytest.approx(
        {"T1": 0.612, "T2": 0.548, "T3": 0.702, "T4": 0.5, "T5": 0.6}
    )
    assert first["axes"][0]["scores"] == pytest.approx({"up": 0.638, "low": 0.524})
    assert [each["name"] for each in second["formats"]] == ["T2", "T3", "T4", "T5"]


def test_of_several_models_there_is_a_line_for_each_first(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(WIDE.format("llama_acc", "phi_acc", 20))
    assert main(["sensitivity", "--scores", "t.csv", "--out-of", "100"]) == 0
    head, llama, phi, *_ = capsys.readouterr().out.splitlines()
    assert head.split() == ["formats", "spread", "worst", "best", "mean", "median"]
    assert llama.split() == ["llama", "5", "20.2", "50.0%", "70.2%", "59.2%", "60.0%"]
    assert phi.split() == ["phi", "5", "50", "20.0%", "70.0%", "42.0%", "40.0%"]


@pytest.mark.parametrize(
    ("name", "text", "spreads"),
    [
        ("t.csv", "llm,template,score\nx,A,0.2\nx,B,0.5\ny,A,1\ny,B,0.9\n", {"x": 0.3, "y": 0.1}),
        (
            "t.csv",
            "Task,model,form,accuracy\na,x,F,0.2\na,x,G,0.5\nb,x,F,1\nb,x,G,0.9\n",
            {"x, a": 0.3, "x, b": 0.1},
        ),
        ("t.csv", "dataset,fmt0_acc,fmt1_acc\na,0.2,0.5\nb,1,0.9\n", {"a": 0.3, "b": 0.1}),
        ("t.csv", "model,format_0,format_1\nx,0.2,0.5\ny,1,0.9\n", {"x": 0.3, "y": 0.1}),
        ("t.csv", "form,accuracy_mean,accuracy_std\nF,0.2,0.01\nG,0.5,0.02\n", {"mean": 0.3}),
        ("t.csv", "prompt_id,exact_match\n1,0.2\n2,0.5\n", {"": 0.3}),
        ("t.json", '{"F": 0.2, "G": 0.5}', {"": 0.3}),
        ("t.json", '{"x": {"F": 0.2, "G": 0.5}, "y": {"F": 1, "G": 0.9}}', {"x": 0.3, "y": 0.1}),
        ("t.json", '{"F": {"accuracy": 0.2, "n": 9}, "G": {"accuracy": 0.5, "n": 8}}', {"": 0.3}),
        (
            "t.json",
            '{"model": "x", "formats": [{"sep": ":", "acc": 0.2}, {"sep": "-", "acc": 0.5}]}',
            {"x": 0.3},
        ),
    ],
)
def test_formats_alone_are_compared_whatever_the_table_looks_like(
    tmp_path, monkeypatch, ask, name, text, spreads
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(text)
    found = ask("sensitivity", "--scores", name).document["models"]
    told = {each["model"]: each["spread"] for each in found}
    if len(told) == 1 and "mean" in spreads:
        told = {"mean": next(iter(told.values()))}
    assert told == pytest.approx(spreads)
    assert {len(each["formats"]) for each in found} == {2}


@pytest.mark.parametrize(
    "text",
    [
        "prompt_id,instance_id,correct\n1,a,1\n1,b,0\n2,a,0\n2,b,0\n",
        "instance,prompt_1,prompt_2\na,1,0\nb,0,0\n",
    ],
)
def test_scores_of_instances_give_the_sensitivity_score_under_other_names(
    tmp_path, monkeypatch, ask, text
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(text)
    [found] = ask("sensitivity", "--scores", "t.csv").document["models"]
    assert (found["pss"], found["spread"]) == (0.5, 0.5)


def test_the_axes_that_a_format_maps_are_axes(tmp_path, monkeypatch, ask):
    monkeypatch.chdir(tmp_path)
    grid = [(s, c) for s in "abc" for c in "xyz"]
    lines = [{"format": {"sep": s, "case": c}, "score": "abc".index(s) / 2} for s, c in grid]
    (tmp_path / "t.jsonl").write_text(jsonl(lines))
    [found] = ask("sensitivity", "--scores", "t.jsonl").document["models"]
    assert found["axes"][0]["name"] == "sep"
    assert found["axes"][0]["scores"] == pytest.approx({"a": 0, "b": 0.5, "c": 1})


def test_a_task_that_is_named_as_an_axis_is_one(tmp_path, monkeypatch, ask):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("task,form,score\na,F,0.2\na,G,0.5\nb,F,1\nb,G,0.9\n")
    [found] = ask("sensitivity", "--scores", "t.csv", "--axis", "task").document["models"]
    assert found["spread"] == pytest.approx(0.8)


def test_published_accuracies_of_paraphrases_are_read_as_they_are(tmp_path, monkeypatch, ask):
    monkeypatch.chdir(tmp_path)
    file = {
        "paraphrases": {
            "1": {
                "template": "Q: {question}",
                "method": "default",
                "accs": {"t0": 0.5, "t5": 0.25},
            },
            "2": {"template": "{question}?", "method": "cot", "accs": {"t0": 0.75, "t5": 1}},
            "3": {"template": "{question}", "method": "cot", "accs": {"t0": 0.7, "t5": 0.9}},
        }
    }
    (tmp_path / "t.json").write_text(json.dumps(file, indent=2))
    found = ask("sensitivity", "--scores", "t.json").document["models"]
    assert [(each["model"], each["spread"]) for each in found] == [("t0", 0.25), ("t5", 0.75)]
    assert found[0]["formats"][1] == {
        "parts": {"method": "cot"},
        "name": "2: {question}?",
        "score": 0.75,
        "errors": 0,
    }


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        (
            "format,seed,f,g h\na,1,0.5,1\nb,0,1,0.25\n",
            [],
            "is `score` or `accuracy`: name it with --score-column f --score-column 'g h'",
        ),
        ("format,score\na,70\nb,80\n", [], "t.csv:2:1: `score` is 70, which is not from 0 to 1"),
        ("format,score\na,1\na,0.5\n", [], "t.csv:3:1: a second score for the format of line 2"),
        ("format,score\na,1\n", [], "t.csv:2:1: there is one format alone"),
        ("format,score\na,1\nb,nan\n", [], "t.csv:3:1: `score` is nan"),
        ("format,score\na,1\nb,\n", [], "t.csv:3:1: `score` is ``: write a number"),
        ("format,f1\na,1\nb,0\n", [], "none of the columns `format`, `f1` is `score`"),
        ("format,f1\na,1\nb,0\n", ["--score-column", "f2"], "there is no column `f2`: known are"),
        ("format,score\na,1\nb,0\n", ["--by", "modell"], "there is no column `modell`"),
        ("", [], "t.csv: the file is empty"),
    ],
)
def test_a_table_that_cannot_be_read_is_told(tmp_path, monkeypatch, ask, text, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(text)
    answer = ask("sensitivity", "--scores", "t.csv", *arguments)
    assert answer.code == 2
    assert said in str(answer.document)


@pytest.mark.parametrize(
    ("lines", "arguments", "said"),
    [
        ([{"id": "card", "output": "x"}], [], "given.jsonl:1:1: `format` is missing"),
        (
            [
                {"id": "card", "output": "x", "format": {"case": "upper"}},
                {"id": "card", "output": "x", "format": {"kase": "lower"}},
            ],
            [],
            "given.jsonl:2:1: `format` has other axes than that of the first line",
        ),
        (
            [{"id": "card", "output": "x", "format": "a"}] * 2,
            [],
            "given.jsonl:2:1: a second output for example `card` under this format",
        ),
        (
            [{"id": "card", "output": "x", "format": "a"}],
            ["--partial"],
            "given.jsonl: there is one format alone",
        ),
        ([{"id": "cart", "output": "x", "format": "a"}], [], "did you mean `card`?"),
    ],
)
def test_recorded_formats_that_do_not_fit_are_told(project, ask, lines, arguments, said):
    project.write({"given.jsonl": jsonl(lines)})
    answer = ask("sensitivity", "router", "--outputs", "given.jsonl", *arguments)
    assert answer.code == 2
    assert said in json.dumps(answer.document, ensure_ascii=False)


def test_too_few_formats_do_not_say_which_axis_matters(labelled, api, ask, capsys):
    api.answers(route)
    [found] = ask("sensitivity", "router", "--sample", "2").document["models"]
    assert not found["tells_axes"]
    assert main(["sensitivity", "router", "--sample", "2", "--offline"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "3 formats are too few to tell which axis matters: try more, as with" in said
    [found] = ask("sensitivity", "router", "--sample", "20").document["models"]
    assert found["tells_axes"]


def test_where_all_formats_were_tried_no_more_are_advised(labelled, api, ask, capsys):
    """The other words have no label, and without shots there are no other orders of them."""
    api.answers(route)
    axes = 'format: {separator: [": ", " - "], case: [as_is], spacing: ["\\n"], shots_order: 4}'
    words = jsonl([{"text": f"{{{{ ticket }}}}{end}"} for end in "?!"])
    how = f"sensitivity: {{{axes}, wording: w.jsonl}}\n"
    labelled.write({"evals/router.yaml": EVAL + how, "evals/w.jsonl": words})
    assert main(["sensitivity", "router"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "4 formats are too few to tell which axis matters: all that differ were tried" in said
    assert "order" not in said
