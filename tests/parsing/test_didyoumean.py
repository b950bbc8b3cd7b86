"""Advice about a name that is not known."""

from promptci.parsing.didyoumean import MOST_LISTED, did_you_mean, nearest_name
from tables import every_row

KNOWN = ("router", "Summary", "triage")


@every_row(
    ("name", "advice"),
    [
        ("ruoter", "did you mean `router`?"),
        ("SUMARY", "did you mean `Summary`?"),
        ("tr", "did you mean `triage`?"),
        ("t", "known are `Summary`, `router`, `triage`"),
        ("", "known are `Summary`, `router`, `triage`"),
    ],
)
def test_the_nearest_is_named_or_the_one_that_begins_so_or_all(name, advice):
    assert did_you_mean(name, KNOWN) == advice


def test_of_many_some_are_listed_and_the_others_counted():
    advice = did_you_mean("zz", [f"eval-{number:03}" for number in range(MOST_LISTED + 5)])
    assert advice.count("`") == 2 * MOST_LISTED
    assert advice.endswith(" and 5 more")
    assert did_you_mean("zz", []) == "none is known"


def test_a_name_too_far_from_all_has_no_nearest():
    assert nearest_name("ruoter", ["router"]) == "router"
    assert nearest_name("ruoter", ["router"], cutoff=0.95) == ""
    assert nearest_name("x" * 100_000, ["router"]) == ""
