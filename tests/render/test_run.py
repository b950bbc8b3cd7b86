"""What `run` prints of many evals: those that moved, and how many did not."""

import re

import pytest
from msgspec.structs import replace

from promptci.compare.outcomes.collector import Collector
from promptci.compare.outcomes.failurereasons import FailureGroup
from promptci.compare.outcomes.outcome import must_pass_failure
from promptci.render.terminal.breakdown import splits
from promptci.render.terminal.compare.changes import changes_parts
from promptci.render.terminal.evaluate.run import report
from promptci.render.terminal.evaluate.runremarks import run_remarks
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw
from promptci.run.planning.plan import Plan
from render.values import CONFIG, answered, compared, files, outcome, pair

EVALS = 60


def many(*moved, record=True):
    """So many evals of which these lose four of twenty, and the lost answers."""
    task = pair(files(20)).head
    base = outcome(task, {"t-01": "nonsense"}).record
    outcomes, lost = [], []
    for number in range(EVALS):
        name = f"eval-{number}"
        mine = replace(task, spec=replace(task.spec, name=name))
        collector = Collector(
            Plan((mine,)), {(name, task.model.name): replace(base, eval=name)} if record else {}
        )
        fails = ["t-01", *(f"t-{i:02}" for i in (2, 3, 4, 5) if number in moved)]
        for finished in answered(Plan((mine,)), dict.fromkeys(fails, "nonsense"), "billing"):
            collector.take(finished)
        found = collector.outcomes()
        outcomes += found
        lost += collector.lost(found)
    return outcomes, lost


def rows(text):
    return re.findall(r"^(eval-\d+)  ", text, re.MULTILINE)


def test_of_many_evals_those_that_moved_have_a_row():
    outcomes, lost = many(7, 40)
    said = report(outcomes, lost, Look(140))
    assert rows(said) == ["eval-7", "eval-40"]
    assert "… 58 more evals: 1,102 of 1,160 passed, as at the last commit (--json has all)" in said
    assert "also failing: 1 example of eval-7 on fake/small\n  1  t-01: equals" in said
    assert "failing: 58 examples of 58 more evals, as at the last commit: " in said
    assert len(said.splitlines()) < 80


def test_of_many_evals_that_are_as_they_were_the_weakest_are_shown():
    outcomes, _ = many()
    outcomes[33] = replace(outcomes[33], record=replace(outcomes[33].record, score=0.5))
    said = report(outcomes, [], Look(140))
    assert len(rows(said)) == 20
    assert "eval-33" in rows(said)
    assert "… 40 more evals: 760 of 800 passed, as at the last commit" in said


def test_of_many_new_evals_it_is_not_said_that_they_are_as_they_were():
    outcomes, _ = many(record=False)
    said = report(outcomes, [], Look(140))
    assert len(rows(said)) == 20
    assert "… 40 more evals: 760 of 800 passed (--json has all)" in said


def test_what_all_failures_say_alike_is_said_to_the_letter():
    found = outcome(pair(files(20)).head, dict.fromkeys(["t-01", "t-02"], "nonsense"))
    whys = [("t-01", 'equals: expected "a", got "b"'), ("t-02", 'equals: expected "a", got "b"')]
    group = FailureGroup("equals: expected …, got …", 2, tuple(whys))
    said = report([replace(found, failing=(group,))], (), Look(140))
    assert '2  t-01, t-02: equals: expected "a", got "b"' in said
    whys[1] = ("t-02", 'equals: expected "a", got "c"')
    said = report([replace(found, failing=(replace(group, named=tuple(whys)),))], (), Look(140))
    assert "2  t-01, t-02: equals: expected …, got …" in said


def test_errors_that_quote_other_replies_are_one():
    found = outcome(pair(files(20)).head, {})
    errors = {'the judge did not reply with JSON alone: "b"': 2, "timed out": 1}
    errors |= {f'the judge did not reply with JSON alone: "a {n}"': 1 for n in range(9)}
    said = report([replace(found, errors=errors)], (), Look(140))
    assert 'no answer to 11 examples: the judge did not reply with JSON alone: "a 0"' in said
    assert "no answer to 1 example: timed out" in said
    assert said.count("no answer to") == 2


def test_a_loss_is_counted_once():
    outcomes, lost = many(7)
    assert "eval-7 on fake/small: 4 lost and 0 won since" in report(outcomes, lost, Look(140))
    failed = "eval-7 on fake/small: lost 4 and won 0 of 20, more than the tolerance of 2.0%"
    outcomes[7] = replace(outcomes[7], failures=(failed,))
    said = report(outcomes, lost, Look(140))
    assert failed in said
    assert "4 lost and 0 won" not in said


@pytest.mark.slow
def test_of_how_many_examples_is_said_where_the_last_commit_has_fewer():
    outcomes, lost = many(7)
    found = outcomes[7].comparison
    changes = list(found.changes)
    at = next(n for n, change in enumerate(changes) if change.fate == "same")
    changes[at] = replace(changes[at], fate="new", base=None)
    outcomes[7] = replace(outcomes[7], comparison=replace(found, changes=tuple(changes)))
    said = report(outcomes, lost, Look(140))
    assert "eval-7 on fake/small: 4 lost and 0 won of the 19 that the last commit has, too," in said


def test_what_is_flaky_is_said_where_the_score_fell_and_nothing_is_lost():
    outcomes, _ = many(7)
    found = outcomes[7].comparison
    flaky = [replace(c, fate="flaky") if c.fate == "lost" else c for c in found.changes]
    outcomes[7] = replace(outcomes[7], comparison=replace(found, changes=tuple(flaky)))
    said = report(outcomes, [], Look(240))
    named = "4 examples flaky, a repeat says otherwise than this run: t-02, t-03, t-04, t-05"
    assert f"eval-7 on fake/small: {named}\n" in said
    outcomes[7] = replace(outcomes[7], settled=outcomes[7].base)
    kept = "; the record keeps what it said of such: 95.0%, 19/20"
    assert f"{named}{kept}\n" in report(outcomes, [], Look(240))


def test_folded_tables_of_compare_and_check_leave_out_what_is_still():
    [still], [lost] = (compared(),), (compared(head={"t-03": "nonsense"}),)
    text = draw(changes_parts([*[still] * 30, lost]), Look(100))
    assert text.count("router") == 1
    assert "… 30 more evals: nothing lost, nothing won" in text
    assert not list(changes_parts([still] * 30))


def test_what_must_pass_and_is_lost_comes_first():
    task = pair(files(20)).head
    gate = replace(task.spec.gate, must_pass=("t-09",))
    tasks = [
        replace(task, spec=replace(task.spec, name=name, gate=g))
        for name, g in (("a", task.spec.gate), ("b", gate))
    ]
    base = outcome(task, {}).record
    plan = Plan(tuple(tasks))
    collector = Collector(plan, {(t.spec.name, t.model.name): base for t in tasks})
    for finished in answered(plan, {"t-03": "x", "t-09": "x"}, "billing"):
        collector.take(finished)
    lost = collector.lost(collector.outcomes())
    assert [(each.eval, each.example.id) for each in lost] == [
        ("b", "t-09"),
        ("a", "t-03"),
        ("a", "t-09"),
        ("b", "t-03"),
    ]
    assert must_pass_failure("b on fake/small", "t-09") in collector.outcomes()[1].failures


def test_tags_are_counted_over_what_both_sides_answered():
    found = compared({"t-00": "x"}, {"t-02": None, "t-04": None, "t-06": "x"})
    other = next(row for row in splits(found) if row.value == "other")
    assert (other.base.passed, other.base.total) == (7, 8)
    assert (other.head.passed, other.head.total) == (7, 8)


def test_a_tag_that_says_what_an_expected_value_says_is_not_told_twice():
    tags = '"tags": ["refund"]'
    examples = files(20)["evals/router.jsonl"]
    rows = {"evals/router.jsonl": examples.replace(f'"billing", {tags}', f'"refund", {tags}')}
    reworded = files(20)["prompts/router.yaml"].replace("You route", "You do route")
    one = pair(files(20, **rows), files(20, **rows, **{"prompts/router.yaml": reworded}))
    found = compared({}, {"t-01": "x"}, of=one)
    assert {(row.kind, row.value) for row in splits(found)} == {
        ("expected", "refund"),
        ("expected", "billing"),
        ("tag", "other"),
    }


def test_one_reason_of_many_evals_without_an_answer_is_said_once():
    why = "model endpoint `lab` cannot be reached"
    outcomes, _ = many()
    mute = []
    for each in outcomes:
        results = tuple(replace(result, fate="error") for result in each.record.results)
        mute.append(replace(each, errors={why: 20}, record=replace(each.record, results=results)))
    said = " ".join(report(mute, [], Look(140)).split())
    named = "eval-0 on fake/small, eval-1 on fake/small, eval-2 on fake/small and 57 more"
    assert said.count(f"{named}: no answer to 1,200 examples: {why}") == said.count(why) == 1
    assert f"{named}: no verdict and no record without these answers" in said


def test_a_cost_that_no_price_would_tell_asks_for_none():
    priced = f"{CONFIG}prices: {{fake/small: {{input: 1, output: 2}}}}\n"
    said = []
    for config in (CONFIG, priced):
        found = outcome(pair(files(4, **{"promptci.yaml": config})).head, {})
        spent = replace(found.spent, asked=4, cost=None)
        assert spent.is_known
        said += run_remarks(replace(found, spent=spent))
    assert said == [
        "its price is not known: add it to `prices` in promptci.yaml to see the cost",
        "its cost is not known: the endpoint did not say how many tokens each answer took",
    ]
