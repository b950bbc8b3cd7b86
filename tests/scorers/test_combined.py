"""Scorers made of scorers: what they make of values, verdicts, silence and models' replies."""

import pytest

from promptci.records.record import Score
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from tables import every_row

HALF = {"contains_all": {"value": ["a", "b"], "threshold": 0.5}}
"""A scorer that passes at a value of a half."""

NEVER = {"equals": {"value": "x", "extract": {"after": "nowhere"}}}
"""A scorer that cannot judge an answer without that word."""


def judge(prompt, **more):
    choices = [{"choice": "good", "score": 1}, {"choice": "fair", "score": 0.5}]
    choices.append({"choice": "bad", "score": 0})
    return {"choice_judge": {"model": "smollm2", "prompt": prompt, "choices": choices, **more}}


@every_row(
    ("scorer", "output", "value", "passed", "why"),
    [
        ({"all_of": ["is_json", {"contains": "a"}]}, '"a"', 1.0, True, ""),
        ({"all_of": ["is_json", {"contains": "a"}]}, '"b"', 0.5, False, 'contains: no "a" in'),
        (
            {"all_of": [{"contains": {"value": "a", "weight": 3}}, "is_json"]},
            "a",
            0.75,
            False,
            "is_",
        ),
        (
            {"all_of": {"scorers": ["is_json", {"contains": "a"}], "threshold": 0.5}},
            "a",
            0.5,
            True,
            "",
        ),
        (
            {"all_of": {"scorers": ["is_json", {"contains": "a"}], "threshold": 0.6}},
            "a",
            0.5,
            False,
            "",
        ),
        ({"all_of": [HALF, HALF]}, "a", 0.5, True, "contains_all: without"),
        ({"all_of": {"scorers": [HALF], "not": True}}, "a", 0.5, False, "which `not` forbids"),
        ({"all_of": {"scorers": [HALF], "not": True}}, "c", 1.0, True, ""),
        ({"all_of": "is_json"}, "1", 1.0, True, ""),
        ({"all_of": [NEVER, "is_json"]}, "1", 0.5, False, "extract"),
        ({"all_of": {"scorers": [NEVER, "is_json"], "not": True}}, "1", 0.5, False, "extract"),
        ({"all_of": {"scorers": [NEVER, "is_json"], "not": True}}, "x", 1.0, True, ""),
        ({"all_of": {"scorers": [NEVER, "is_json"], "threshold": 0.5}}, "1", 0.5, True, ""),
        ({"any_of": ["is_json", {"contains": "a"}]}, "a", 1.0, True, ""),
        ({"any_of": ["is_json", {"contains": "a"}]}, "b", 0.0, False, "is_json: "),
        ({"any_of": ["is_json", {"contains_all": ["a", "b"]}]}, "a", 0.5, False, "contains_all: "),
        ({"any_of": ["is_json", HALF]}, "a", 0.5, True, "contains_all: without"),
        ({"any_of": [NEVER, {"contains": "a"}]}, "a", 1.0, True, ""),
        ({"any_of": [NEVER, {"contains_all": ["a", "b"]}]}, "a", 0.5, False, "extract"),
        ({"any_of": {"scorers": [NEVER, "is_json"], "not": True}}, "a", 0.0, False, "extract"),
        (
            {"any_of": {"scorers": [{"contains_all": ["a", "b", "c"]}], "threshold": 0.3}},
            "a",
            1 / 3,
            True,
            "",
        ),
        ({"none_of": [{"contains": "a"}, "is_json"]}, "b", 1.0, True, ""),
        (
            {"none_of": [{"contains": "a"}, "is_json"]},
            "a",
            0.0,
            False,
            "`contains` holds, which `none_of`",
        ),
        ({"none_of": [{"contains_all": ["a", "b"]}]}, "a", 0.5, True, ""),
        ({"none_of": [NEVER]}, "a", 0.0, False, "extract"),
        ({"none_of": [NEVER, {"contains": "a"}]}, "a", 0.0, False, "`contains` holds"),
        ({"not": {"contains": "a"}}, "b", 1.0, True, ""),
        ({"not": {"contains": "a"}}, "a", 0.0, False, "`contains` holds, which `not` forbids"),
        ({"not": "is_json"}, "{", 1.0, True, ""),
        ({"not": {"not": {"contains": "a"}}}, "a", 1.0, True, ""),
        ({"not": {"not": NEVER}}, "a", 0.0, False, "extract"),
        ({"not": {"all_of": [{"contains": "a"}, {"contains": "b"}]}}, "a", 0.5, True, ""),
        (
            {"any_of": [{"all_of": [{"contains": "a"}, "is_json"]}, {"equals": "b"}]},
            "b",
            1.0,
            True,
            "",
        ),
        ({"all_of": {"scorers": ["is_json"], "extract": {"after": "="}}}, "a={}", 1.0, True, ""),
        (
            {"all_of": [{"contains": {"value": "a", "name": "the a"}}, "is_json"]},
            "b",
            0.0,
            False,
            "the a: ",
        ),
    ],
)
def test_what_a_combination_makes_of_its_scorers(score, scorer, output, value, passed, why):
    found = score(scorer, output)
    assert (found.value, found.passed) == (pytest.approx(value), passed)
    assert why in found.why


def test_weights_that_do_not_add_up_exactly_reach_their_threshold(score):
    parts = [{"contains": {"value": letter, "weight": 0.1}} for letter in "abcdefghij"]
    found = score({"all_of": {"scorers": parts, "threshold": 0.7}}, "abcdefg")
    assert found.passed


def test_the_example_is_compared_with_inside_too(score, bound):
    assert score(
        {"any_of": ["equals", {"contains": "{{ name }}"}]}, "Ada!", "Bob", name="Ada"
    ).passed
    found = bound({"any_of": ["equals", {"contains": "{{ name }}"}]})
    assert found.needs_expected
    assert found.variables == {"name"}


@every_row(
    ("scorer", "is_format"),
    [
        ({"all_of": ["is_json", {"length": 3}]}, True),
        ({"all_of": ["is_json", "equals"]}, False),
        ({"not": "is_json"}, True),
    ],
)
def test_a_combination_of_forms_is_a_form(bound, scorer, is_format):
    assert bound(scorer).is_format is is_format


@every_row(
    ("scorer", "message"),
    [
        ({"all_of": []}, "`scorers` must not be empty: fill it in"),
        ({"all_of": None}, "`scorers` is missing: add it"),
        ({"any_of": ["equal"]}, "there is no scorer `equal`: did you mean `equals`?"),
        ({"any_of": [{"equals": {"vlaue": 1}}]}, "unknown key `vlaue`: did you mean `value`?"),
        (
            {"any_of": [{"length": {"max": 3, "weight": 2}}]},
            "`weight` of `length` has no meaning here",
        ),
        (
            {"all_of": [{"length": {"max": 3, "weight": 0}}]},
            "`length` has no weight in a combination",
        ),
        ({"not": {"equals": {"only": "a"}}}, "do that on the outermost scorer"),
        (
            {"not": {"contains": "a", "weight": 2}},
            "`contains` belongs in a list below `scorers`: write `not: {scorers: [",
        ),
        ({"not": 3}, "`scorers` must be a list, here is the number 3"),
        ({"any_of": [{"use": "house"}]}, "there is no scorer set `house`"),
        (
            {"equals": {"only": ["a"], "except": ["a", "b"]}},
            "`except` leaves out all that `only` picks",
        ),
        ({"equals": {"only": []}}, "`only` must not be empty"),
    ],
)
def test_what_is_wrong_inside_is_said(faults, scorer, message):
    assert any(message in said for said in faults(scorer)), faults(scorer)


def test_an_option_beside_its_scorer_is_not_taken_for_the_scorer_not(faults):
    [said] = faults({"contains": "a", "not": True})
    assert "`not` belongs below `contains`" in said


def test_the_fingerprint_covers_the_scorers_inside_and_not_their_names(bound):
    one = bound({"any_of": [{"contains": "a"}]}).canonical
    named = bound({"any_of": [{"contains": {"value": "a", "name": "letter"}}]}).canonical
    other = bound({"any_of": [{"contains": "b"}]}).canonical
    assert one == named != other
    assert one["scorers"] == [{"scorer": "contains", "version": 1, "value": "a"}]


# Where a model judges


def drive(found, replies):
    """The score, and how many questions went out at a time; `replies` go by what is asked."""
    rounds = []
    try:
        asks = next(found)
        while True:
            several = asks if isinstance(asks, tuple) else (asks,)
            assert all(isinstance(ask, Request) for ask in several)
            rounds.append(len(several))
            answers = tuple(Completion(replies[ask.messages[-1].content]) for ask in several)
            asks = found.send(answers if isinstance(asks, tuple) else answers[0])
    except StopIteration as done:
        return done.value, rounds


@every_row(
    ("scorer", "replies", "value", "passed", "rounds"),
    [
        ({"all_of": [judge("1"), judge("2")]}, {"1": "good", "2": "good"}, 1.0, True, [2]),
        ({"all_of": [judge("1"), judge("2")]}, {"1": "good", "2": "fair"}, 0.75, False, [2]),
        ({"all_of": [judge("1"), "is_json"]}, {"1": "good"}, 0.5, False, [1]),
        ({"any_of": [judge("1"), judge("2")]}, {"1": "bad", "2": "good"}, 1.0, True, [2]),
        ({"any_of": [judge("1"), {"contains": "out"}]}, {}, 1.0, True, []),
        ({"none_of": [judge("1"), {"contains": "out"}]}, {}, 0.0, False, []),
        ({"not": judge("1")}, {"1": "bad"}, 1.0, True, [1]),
        (
            {"any_of": [{"not": judge("1")}, {"all_of": [judge("2"), judge("3")]}]},
            {"1": "good", "2": "good", "3": "fair"},
            0.75,
            False,
            [3],
        ),
        ({"all_of": [judge("1"), judge("1")]}, {"1": "good"}, 1.0, True, [2]),
        ({"any_of": [judge("1"), judge("2")]}, {"1": "nonsense", "2": "good"}, 1.0, True, [2]),
    ],
)
def test_models_are_asked_side_by_side_and_only_where_they_matter(
    bound, subject, scorer, replies, value, passed, rounds
):
    found = bound(scorer)
    assert found.asks
    verdict = found.judge(subject("out"))
    score, asked = (verdict, []) if isinstance(verdict, Score) else drive(verdict, replies)
    assert (score.value, score.passed, asked) == (value, passed, rounds)


def test_a_judge_that_says_nonsense_leaves_all_of_open(bound, subject):
    found = bound({"all_of": [judge("1"), judge("2")]}).judge(subject("output"))
    with pytest.raises(NoVerdict, match="named none of the choices"):
        drive(found, {"1": "nonsense", "2": "good"})


@pytest.fixture
def silent(monkeypatch):
    """The scorer `numeric` cannot find out."""
    from promptci.scorers.values import numbers

    def make(options, context):
        def judge(subject):
            raise NoVerdict("the code crashed")

        return judge

    scorer = numbers.SCORERS["numeric"]
    monkeypatch.setitem(numbers.SCORERS, "numeric", type(scorer)(make, scorer.options, "", "value"))


@pytest.mark.parametrize(
    ("scorer", "passed"),
    [
        ({"any_of": [{"numeric": 1}, {"contains": "out"}]}, True),
        ({"any_of": [{"numeric": 1}, {"contains": "in"}]}, None),
        ({"none_of": [{"numeric": 1}, {"contains": "out"}]}, False),
        ({"none_of": [{"numeric": 1}, {"contains": "in"}]}, None),
        ({"all_of": [{"numeric": 1}, {"contains": "out"}]}, None),
        ({"all_of": [{"numeric": 1}, {"contains": "in"}]}, None),
    ],
)
def test_one_that_could_not_find_out_spoils_only_what_hangs_on_it(silent, score, scorer, passed):
    if passed is None:
        with pytest.raises(NoVerdict, match="numeric: the code crashed"):
            score(scorer, "out")
    else:
        assert score(scorer, "out").passed is passed


def test_silence_is_heard_from_a_generator_too(bound, subject, monkeypatch):
    from promptci.scorers.modelgraded import judge as module

    def silent(*_):
        raise NoVerdict("the judge is mute")

    monkeypatch.setattr(module, "read_choice", silent)
    both = bound({"any_of": [judge("1"), {"contains": "in"}]}).judge(subject("out"))
    with pytest.raises(NoVerdict, match="choice_judge: the judge is mute"):
        drive(both, {"1": "good"})
