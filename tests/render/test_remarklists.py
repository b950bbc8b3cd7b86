"""Long lists of remarks leave a comment short."""

import re

from msgspec.structs import replace

from promptci.check.check import Checked
from promptci.check.checked import Skipped
from promptci.check.verification import Stale
from promptci.compare.results import BaseAnswers
from promptci.render.markdown.report import comment
from promptci.render.remarks import remarks
from render.values import BASE, compared


def test_many_remarks_are_folded_but_for_the_command_that_evaluates_the_rest():
    command = "git fetch origin pull/7/head && promptci check --head FETCH_HEAD"
    for count in (3, 200):
        skipped = tuple(
            Skipped(f"e{n}", "m", f"the key {'K' * 40} is not set") for n in range(count)
        )
        stale = tuple(Stale(f"s{n}", "m", "it is old", "run it") for n in range(count))
        page = comment(Checked(BASE, skipped=skipped, stale=stale, evaluate_with=command))
        depth, seen = 0, []
        for line in page.splitlines():
            seen += [line] if depth == 0 and line else []
            depth += line.count("<details>") - line.count("</details>")
        assert any(command in line for line in seen)
        assert len(seen) < 20
        folds = re.findall(r"<summary>(.*?)</summary>", page)
        assert folds == (["stale records (200)"] if count > 3 else [])
        whys = [line for line in seen if "K" * 40 in line]
        assert len(whys) == 1
        assert ("`e4` on m and 195 more" in whys[0]) == (count > 3)


def test_records_are_below_what_is_wrong_with_them():
    titles = {
        "stale": "stale records",
        "missing": "missing records",
        "damaged": "damaged records",
        "merged": "records not measured since a merge",
    }
    stale = [Stale(lack, "m", "why", "run it", lack) for lack in titles]
    for each in stale:
        assert remarks(Checked(BASE, stale=(each,))) == {titles[each.lack]: [f"{each.path}: why"]}
    assert list(remarks(Checked(BASE, stale=tuple(stale)))) == list(titles.values())


def test_why_many_evals_have_no_answers_is_told_once_and_not_folded():
    """Of an eval whose sides both lack answers the examples count once."""
    why, none = "the endpoint gave no answer in 120 s", {"t-00": None, "t-01": None}
    both, head = compared(none, none), compared({}, none)
    many = [_on(each, f"m{n}") for n, each in enumerate((both, *[head] * 8))]
    found = remarks(Checked(BASE, compared=tuple(many)))["no answer"]
    named = ", ".join(f"router on m{n}" for n in range(5))
    assert found == [f"{named} and 4 more: 18 examples: {why}"]


def test_the_bases_questions_are_told_by_the_examples_that_both_sides_have():
    """A record holds the others too, which the change edited or removed."""
    found = compared()
    whole = replace(found.base, record=replace(found.base.record, score=0.4, total=50))
    said = "router on fake/small: 100.0% → 100.0%"
    for each, more in ((found, ""), (replace(found, base=whole), ", on 20 of 50 examples")):
        told = remarks(Checked(BASE, asked_by_base=BaseAnswers((each,))))
        assert told["by the base's examples and scorers"] == [said + more]


def _on(found, model):
    """The same comparison with records of this model."""
    sides = (
        replace(each, record=replace(each.record, model=model)) for each in (found.base, found.head)
    )
    return replace(found, **dict(zip(("base", "head"), sides, strict=True)))
