"""Whatever a library raises on a model's answer is an error of that example, and no crash."""

import json
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptci.errors import BudgetError
from promptci.parsing.source import Mark, as_node
from promptci.records.record import Score
from promptci.scorers.base.context import _unread
from promptci.scorers.base.verdict import NoVerdict, Unjudged
from promptci.scorers.registry.catalogue import SCORERS
from promptci.scorers.registry.registry import Reach, Subject, bind
from promptci.scorers.registry.verdictoptions import attempted, forgiving, preferring
from promptci.specs.completion import Completion
from promptci.specs.config import Config
from promptci.specs.request import Settings
from properties import usually
from tables import every_row

STRAYS = [TypeError("'>' not supported"), KeyError("a"), RecursionError(), MemoryError()]


def raising(error):
    def judge(subject):
        raise error

    return judge


def asking(error):
    def judge(subject):
        yield ()
        raise error

    return judge


@every_row("error", STRAYS)
def test_a_stray_exception_is_no_verdict(error):
    with pytest.raises(NoVerdict, match=type(error).__name__):
        forgiving(attempted(raising(error), None, None), _unread)(Subject("x"))


@every_row("error", STRAYS)
def test_so_is_one_of_a_scorer_that_asks(error):
    for steps in (
        forgiving(attempted(asking(error), None, None), _unread)(Subject("x")),
        preferring(lambda base, head: asking(error)(base), None)(Subject("x"), Subject("y")),
    ):
        next(steps)
        with pytest.raises(NoVerdict, match=type(error).__name__):
            steps.send(())


def test_what_is_raised_on_purpose_stays_what_it_is():
    with pytest.raises(Unjudged, match="no"):
        attempted(raising(Unjudged("no")), None, None)(Subject("x"))
    with pytest.raises(BudgetError):
        attempted(raising(BudgetError("enough")), None, None)(Subject("x"))


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=6,
)
PATHS = [
    "a > `10`",
    "a[?b < `1`]",
    "[?a >= b]",
    "sort(@)",
    "sort_by(@, &a)",
    "max_by(@, &a).b",
    "sum(a)",
    "join(',', a)",
    "a.b[0] || b[*].a",
    "to_number(a) > `1`",
    "keys(@)",
    "a[::0]",
    "a[-1:9:-2]",
    "reverse(a)",
    "map(&a, @)",
    "merge(a, b)",
    "contains(a, b)",
    "abs(a)",
    "length(@)",
    "type(@)",
    "@",
]
STEPS = [*({"json": path} for path in PATHS), {"regex": "a.?"}, {"after": "a"}, {"fence": "any"}]
STEPS += [{"line": "first"}, [{"line": "last"}, {"json": "a"}]]


def settings_for(name, parameters):
    return Settings(Config().judge(name), parameters)


def bind_one(scorer):
    made = bind(as_node(scorer, Mark("x")), [], Reach(settings_for))
    assert made is not None
    return made


@cache
def taking():
    """Scorers that take a part of the answer, bound when first asked for."""
    return [bind_one({"equals": {"extract": step}}) for step in STEPS]


@cache
def plain():
    """All that need no options."""
    made = [bind(as_node(name, Mark("x")), [], Reach(settings_for)) for name in SCORERS]
    return [scorer for scorer in made if scorer is not None]


@usually(60)
@given(said=ODD, expected=ODD, calls=ODD)
def test_any_json_is_scored_or_an_error_of_the_example(said, expected, calls):
    text = said if isinstance(said, str) else json.dumps(said)
    answer = Completion(text, tool_calls=json.dumps(calls))
    subject = Subject(text, expected, True, {"expected": expected}, answer)
    for scorer in taking():
        assert came_to(scorer, subject)
    for scorer in plain():
        assert "it cannot deal" not in came_to(scorer, subject)


def came_to(scorer, subject):
    """A score, a question or an error of the example, in words; anything else raises."""
    try:
        found = scorer.judge(subject)
        return repr(found if isinstance(found, Score) else next(found))
    except StopIteration as done:
        return repr(done.value)
    except NoVerdict as error:
        return str(error)


def test_jmespath_on_a_text_where_a_number_belongs_is_an_error_of_the_example(bound, subject):
    scorer = bound({"equals": {"value": True, "extract": {"json": "price > `10`"}}})
    assert scorer.judge(subject('{"price": 12}')).passed
    with pytest.raises(NoVerdict, match="it cannot deal with this answer: TypeError: '>' not supp"):
        scorer.judge(subject('{"price": "cheap"}'))
