"""`promptci curve`: the score by number of shots, on a model that needs two of them."""

import json

import pytest

from projects import TICKETS, route
from promptci.commands.main import main
from promptci.compare.experiments.curve import CurvePoint, CurveResult, TunedPoint
from promptci.render.terminal.experiments.curve import report
from promptci.render.terminal.look import Look

POOL = [{"vars": {"ticket": f"Pool ticket {n}"}, "expected": "other"} for n in range(8)]


@pytest.fixture
def pooled(project, api):
    """A small model that answers right once it was shown two shots, and a large one without."""
    project.write({"evals/pool.jsonl": "".join(json.dumps(row) + "\n" for row in POOL)})

    def rule(asked):
        turns = asked.body["messages"]
        shown = sum(turn["role"] == "assistant" for turn in turns)
        knows = shown >= 2 or asked.body["model"] == "large-1"
        return route(turns[-1]["content"]) if knows else "none"

    api.answers(rule)
    return project


ARGUMENTS = ["curve", "router", "--pool", "pool.jsonl", "--shots", "0,1,2,4", "--orders", "2"]


WITH_TUNED = """\
examples: router.jsonl
scorers: [equals]
curve: {pool: pool.jsonl, shots: [0, 1, 2, 4], orders: 2, tuned: large}
"""


def test_the_curve_rises_where_it_was_planted(pooled, api, ask):
    estimate = ask(*ARGUMENTS, "--dry-run").document
    forms = [each["form"] for each in estimate["evals"]]
    assert forms[:2] + forms[-2:] == [
        "0 shots", "1 shot, order 1", "2 shots, order 2", "4 shots, order 2",
    ]  # fmt: skip
    [found] = ask(*ARGUMENTS).document["models"]
    assert [(each["shots"], each["score"]) for each in found["points"]] == [
        (0, 0), (1, 0), (2, 1), (4, 1),
    ]  # fmt: skip
    assert [each["to_best"] for each in found["points"]] == [1, 1, None, None]
    assert found["points"][0]["p"] == pytest.approx(2 * 2 / 2**6)
    assert api.count <= estimate["most_requests"]
    assert api.count == len(TICKETS) * (1 + 3 * 2)


def test_a_pool_may_be_named_from_where_one_is(pooled, ask, monkeypatch):
    beside = ask(*ARGUMENTS).document
    assert ask(*ARGUMENTS[:3], "evals/pool.jsonl", *ARGUMENTS[4:]).document == beside
    monkeypatch.chdir(pooled.path / "prompts")
    assert ask(*ARGUMENTS[:3], "../evals/pool.jsonl", *ARGUMENTS[4:]).document == beside


def test_sets_of_shots_are_nested_and_the_same_each_time(pooled, api, capsys):
    assert main(ARGUMENTS) == 0
    count = api.count
    by_size = {}
    for body in api.requests:
        shown = [t["content"] for t in body["messages"][1:-1:2]]
        by_size.setdefault(len(shown), set()).add(tuple(shown))
    assert {pair[:1] for pair in by_size[2]} == by_size[1]
    assert {four[:2] for four in by_size[4]} == by_size[2]
    capsys.readouterr()
    assert main([*ARGUMENTS, "--offline"]) == 0
    assert api.count == count
    assert "2 shots score best, but that this beats 0 is not shown" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        (20, "2 shots are enough: more is not shown to help"),
        (4, "2 shots score best, but that this beats 0 is not shown: more examples would tell"),
    ],
)
def test_what_too_few_examples_cannot_show_is_not_concluded(examples, said):
    ids = [f"e{n}" for n in range(examples)]
    rising = ((0, 0.0), (1, 0.0), (2, 1.0), (4, 1.0))
    points = [CurvePoint(n, dict.fromkeys(ids, score), 0, None) for n, score in rising]
    found = CurveResult("router", "small", 1, tuple(points))
    assert said in report([found], Look(120))


def test_a_tuned_model_is_one_more_point_paired_with_each(pooled, api, ask, capsys):
    estimate = ask(*ARGUMENTS, "--tuned", "large", "--dry-run").document
    assert [each["form"] for each in estimate["evals"]][-2:] == ["4 shots, order 2", "0 shots"]
    [found] = ask(*ARGUMENTS, "--tuned", "large").document["models"]
    assert api.count == len(TICKETS) * (1 + 3 * 2 + 1) <= estimate["most_requests"]
    assert [each["to_tuned"] for each in found["points"]] == [1, 1, 0, 0]
    assert [each["p_tuned"] for each in found["points"]] == pytest.approx([4 * 2 / 64] * 2 + [1, 1])
    tuned = found["tuned"]
    assert (tuned["model"], tuned["score"], tuned["cost"]) == ("large", 1, None)
    pooled.write({"evals/router.yaml": WITH_TUNED})
    capsys.readouterr()
    assert main([*ARGUMENTS, "--offline"]) == 0
    shown = capsys.readouterr().out
    assert "tuned" in shown
    assert "large without shots is not shown to be better than 0 shots" in shown


@pytest.mark.parametrize(
    ("examples", "reached", "said"),
    [
        (20, 2, "is not shown to be better than 2 shots"),
        (4, 0, "is not shown to be better than 0 shots"),
    ],
)
def test_how_many_shots_do_as_well_as_tuning_is_counted(examples, reached, said):
    ids = [f"e{n}" for n in range(examples)]
    rising = ((0, 0.0), (1, 0.0), (2, 0.9), (4, 1.0))
    points = [CurvePoint(n, dict.fromkeys(ids, score), 0, None) for n, score in rising]
    tuned = TunedPoint("t", CurvePoint(0, {**dict.fromkeys(ids, 1.0), ids[0]: 0.0}, 0, None))
    found = CurveResult("router", "small", 1, tuple(points), "", tuned)
    assert found.reaches_tuned == reached
    assert said in report([found], Look(120))
    best = CurveResult("router", "small", 1, tuple(points[:2]), "", tuned)
    assert ("is better than all up to 1 shot" in report([best], Look(120))) is (examples == 20)


@pytest.mark.parametrize(
    ("name", "said"),
    [("small", "`router` runs on small itself"), ("larg", "did you mean `large`")],
)
def test_a_tuned_model_that_cannot_be_is_told(pooled, api, capsys, name, said):
    assert main([*ARGUMENTS, "--tuned", name]) == 2
    assert said in capsys.readouterr().err
    pooled.write({"evals/router.yaml": WITH_TUNED.replace("large", name)})
    assert main(["lint"]) == 2
    assert said in "".join(capsys.readouterr())
    assert api.count == 0


@pytest.mark.parametrize(
    ("row", "arguments", "said"),
    [
        ({"vars": {"ticket": TICKETS[0][1]}, "expected": "x"}, [], "golden example `card`"),
        ({"vars": {"ticket": f" {TICKETS[0][1].upper()}"}}, [], "this shot has no `expected`"),
        (
            {"vars": {"ticket": f" {TICKETS[0][1].upper()}"}, "expected": "x"},
            [],
            "golden example `card`",
        ),
        ({"vars": {"ticket": "new"}, "expected": "x"}, ["--shots", "0,40"], "holds 9 shots"),
        ({"vars": {"ticket": "new"}, "expected": "x"}, ["--shots", "a"], "write two numbers"),
        ({"vars": {"ticket": "new"}, "expected": "x"}, ["--pool", "a.jsonl"], "here nor in evals/"),
        ({"vars": {"to": "a"}, "expected": "x"}, [], "pool.jsonl:9:1: this shot gives no `ticket`"),
        ({"vars": {"ticket": "new"}}, [], "pool.jsonl:9:1: this shot has no `expected`"),
    ],
)  # fmt: skip
def test_a_pool_that_cannot_be_is_told(pooled, capsys, row, arguments, said):
    pooled.write({"evals/pool.jsonl": "".join(json.dumps(each) + "\n" for each in [*POOL, row])})
    assert main([*ARGUMENTS, *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_golden_example_with_a_further_variable_is_known_in_the_pool(pooled, capsys):
    """What only a scorer reads makes it no other question."""
    golden = {"id": "g", "vars": {"ticket": "Pool ticket 3", "tone": "kind"}, "expected": "other"}
    judged = "examples: router.jsonl\nscorers: [{contains: {value: '{{ tone }}'}}]\n"
    pooled.write({"evals/router.jsonl": json.dumps(golden) + "\n", "evals/router.yaml": judged})
    assert main(ARGUMENTS) == 2
    assert "evals/pool.jsonl:4:1: the pool holds the golden example `g`" in capsys.readouterr().err
