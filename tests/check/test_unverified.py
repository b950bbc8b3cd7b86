"""What records claim of evals that lack answers, since their endpoint is not asked."""

import pytest
from msgspec.structs import replace

from check.evaluations import Asked, no_build, record, tasks
from promptci.check.unverified import ClaimedScores, claimed
from promptci.run.recall import nothing_stored
from render.values import compared, files, fresh, outcome, pair
from tables import every_row

FILES = files(6)
OTHER = files(6, **{"prompts/router.yaml": FILES["prompts/router.yaml"].replace("You", "They")})
WHY = "the endpoint gave no answer in 120 s"
NONE = dict.fromkeys([f"t-{number:02}" for number in range(6)])


def claims(base=None, head=None, barred=WHY):
    asked = Asked(lambda task: pytest.fail("nothing may be asked"))
    return ClaimedScores(
        {"fake": barred}, lambda task: base, lambda task: head, asked, nothing_stored
    )


def test_only_what_was_not_answered_for_want_of_a_key_is_skipped():
    unanswered = compared({}, NONE, of=pair(OTHER, FILES))
    assert claims().of(unanswered).why == WHY
    assert claims(barred="no key").of(unanswered) is None
    assert claims().of(compared({}, {}, of=pair(OTHER, FILES))) is None


def test_two_records_are_compared_in_place_of_answers():
    base, head = record(FILES), record(OTHER, {"t-01": "other"})
    skipped = claims(base, head).of(compared({}, NONE, of=pair(OTHER, FILES)))
    assert (skipped.name, skipped.model) == ("router", "fake/small")
    assert skipped.claim.confirmed.comparison.ids("lost") == ("t-01",)


@every_row(("base", "head"), [(None, record(OTHER)), (record(FILES), None)])
def test_without_both_records_nothing_is_claimed(base, head):
    assert claims(base, head).of(compared({}, NONE, of=pair(OTHER, FILES))).claim is None


def test_of_a_new_eval_the_claim_is_compared_with_its_floor():
    new = fresh("brand-new", dict.fromkeys([f"t-{n:02}" for n in range(4)]))
    assert claims().of_new(new).claim is None
    low = replace(fresh("brand-new").record, score=0.5)
    assert claims(head=low).of_new(new).claim.failures
    assert claims().of_new(fresh("brand-new")) is None


def test_a_claim_took_nothing_and_has_the_records_score():
    [task] = tasks(FILES)
    found = claimed(task, record(FILES, {"t-01": "other"}))
    assert (found.record.passed, found.spent.asked, found.failures) == (5, 0, ())
    assert outcome(task, {"t-01": "other"}).record == found.record
    assert no_build(task.model) == found.record.build
