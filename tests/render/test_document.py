"""The JSON documents of `compare` and `check`: complete, finite, documented."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from msgspec.structs import replace

from promptci.check.check import Checked
from promptci.compare.results import CompareResult
from promptci.render.json.compare.check import check_report
from promptci.render.json.compare.compare import compare_report
from promptci.render.json.faults import error_report
from promptci.render.json.jsontext import dumps
from properties import usually
from render import stories
from render.hostile import HOSTILE, TEXTS
from render.test_markdown import laced
from render.values import BASE, compared, files, pair

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
FREE = ("vars", "metrics", "tags", "reasons", "not_compared")
"""Fields whose keys are names from the files."""


def strict(text):
    """A document, read by the letter: no NaN, no key twice."""

    def once(pairs):
        assert len({key for key, _ in pairs}) == len(pairs)
        return dict(pairs)

    return json.loads(text, object_pairs_hook=once, parse_constant=pytest.fail)


def keys(value, *, is_free=False):
    """All field names in a document."""
    if isinstance(value, list):
        return {key for item in value for key in keys(item)}
    if not isinstance(value, dict):
        return set()
    below = {key for name, item in value.items() for key in keys(item, is_free=name in FREE)}
    return below if is_free else below | set(value)


def of_compare(found, obstacles=None, code=1):
    return strict(
        dumps(compare_report(CompareResult(tuple(found), *stories.SIDES, obstacles or {})))
    )


def test_every_field_is_documented():
    documents = (
        of_compare(stories.prompt_change(), {"greet": "its prompt is not in main"}),
        strict(dumps(check_report(stories.regression()))),
        strict(dumps(check_report(stories.stale()))),
        strict(dumps(check_report(laced("x")))),
        strict(dumps(error_report("no", 2))),
    )
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert keys(list(documents)) <= named


def test_a_comparison_carries_all_of_it():
    found = of_compare(stories.prompt_change(), {"greet": "its prompt is not in main"})
    assert (found["format"], found["command"], found["exit_code"]) == (1, "compare", 1)
    assert found["base"] == {"name": "main", "kind": "rev"}
    assert found["not_compared"] == {"greet": "its prompt is not in main"}
    [one] = found["evals"]
    assert one["examples"] == {
        "lost": ["t-01", "t-03", "t-05", "t-07", "t-09", "t-11"],
        "won": ["t-08"],
        "flaky": ["t-02"],
        "error": [],
        "changed": [],
        "new": [],
        "removed": [],
    }
    assert one["cells"] == {"both": 31, "only_base": 5, "only_head": 2, "neither": 0}
    assert one["n"] == sum(one["cells"].values()) == 38
    assert (one["compared"], one["same"], one["churn"]) == (40, 32, 8)
    assert one["negative_flips"] == 6 / 40
    assert one["accepted"] == ["t-11", "t-30"]
    assert one["stale_accepted"] == ["t-30"]
    assert one["blocks"][0]["rule"] == "net_loss"
    assert one["format_metrics"] == ["label"]
    assert one["interval"][0] < one["delta"] < one["interval"][1]
    assert one["test"] == "exact McNemar"
    lost = {each["example"]: each for each in one["lost"]}
    assert lost["t-03"] == {
        "example": "t-03",
        "vars": {"ticket": "Ticket number 3"},
        "expected": "billing",
        "base": "billing",
        "head": "other",
        "why": 'contains: no "billing" in "other"',
        "accepted": False,
    }
    assert lost["t-11"]["accepted"]
    side = one["head"]
    assert side["tags"]["refund"] == {"score": 0.7, "passed": 14, "total": 20}
    assert side["spent"]["latency"]["p50"] == pytest.approx(0.47)
    assert re.fullmatch(r"0\.00\d{4}", side["spent"]["cost"])
    assert (one["base"]["version"], side["version"]) == ("v1", "v2")


def test_hidden_tags_are_named():
    one, other = of_compare(stories.model_swap())["evals"]
    assert (one["hidden_tags"], other["hidden_tags"]) == (["refund"], [])
    assert (one["base"]["model"], one["head"]["model"]) == ("small", "large")


def test_a_side_that_a_record_is_used_for_took_nothing():
    found = compared()
    one = replace(found.pair, base_record=found.base.record)
    [shown] = of_compare([replace(found, pair=one, churn=None)])["evals"]
    assert shown["base"]["spent"] is None
    assert shown["head"]["spent"] is not None
    assert shown["churn"] is None


def test_what_was_not_compared_is_null_and_not_zero():
    found = compared({}, {f"t-{i:02}": None for i in range(20)})
    [one] = of_compare([found], code=3)["evals"]
    assert one["verdict"] == "not comparable"
    assert one["undecided"]
    for key in ("delta", "interval", "p", "log_p", "test", "adjusted_p", "negative_flips"):
        assert one[key] is None
    assert one["head"]["score"] is None


@pytest.mark.slow
def test_a_p_value_too_small_for_a_double_keeps_its_logarithm():
    ids = [f"t-{i:02}" for i in range(1118)]
    [one] = of_compare([compared({}, dict.fromkeys(ids, "x"), of=pair(files(1118)))])["evals"]
    assert one["p"] == 0.0
    assert one["log_p"] == pytest.approx(-774.2, abs=0.1)


def test_a_check_carries_all_of_it():
    found = strict(dumps(check_report(stories.regression())))
    assert (found["command"], found["exit_code"]) == ("check", 1)
    assert found["sentence"].startswith("1 of 14 evals regressed")
    assert found["base"]["commit"] == BASE.revision.id
    assert [one["verdict"] for one in found["evals"]] == ["underpowered", "regressed"]
    assert found["new"][0]["eval"] == "brand-new"
    assert len(found["reused"]) == 11
    assert found["flaky"] == [{"eval": "router", "model": "fake/small", "example": "t-33"}]
    assert found["accept"][0] == "promptci accept greet t-04 -m WHY"
    [stale] = strict(dumps(check_report(stories.stale())))["stale"]
    assert stale["cure"] == "run `promptci run router` and commit the file"


def test_the_same_values_give_the_same_bytes():
    assert dumps(check_report(stories.regression())) == dumps(check_report(stories.regression()))


@usually(25)
@given(TEXTS)
@example("\n".join(HOSTILE))
def test_any_text_comes_back_as_it_was(text):
    found = strict(dumps(check_report(laced(text))))
    assert found["removed"] == [text]
    assert dumps(check_report(laced(text))).isascii()
    assert (found["exit_code"], Checked(BASE, unknown=(("a", "b"),)).exit_code) == (1, 3)
