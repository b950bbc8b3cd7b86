"""The gate of a plain run: what fell against the last commit's record is asked again, then said."""

from msgspec.structs import replace

from projects import PROMPT, REWORDED, MemoryTree, planned, router
from promptci.compare.comparison import compare_records
from promptci.compare.gate.regressiongate import apply_regression_gate, may_confirm_run
from promptci.compare.outcomes.collector import Collector
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.pairing.comparedside import ComparedSide, revision_side
from promptci.records.record import Result
from promptci.run.driving.work import Finished
from promptci.run.planning.plan import Plan
from promptci.run.solving.solve import Evaluated
from promptci.specs.request import Request
from promptci.suite.loading import load_suite
from tables import every_row

URL = "http://127.0.0.1:9/v1"


class Model:
    """Answers right but for the examples that its prompt's version and attempt get wrong."""

    def __init__(self, wrong):
        self.wrong, self.asked = wrong, []

    def __call__(self, plan, take):
        collector = Collector(plan, {})
        for task in plan.tasks:
            for example in task.examples():
                for attempt in range(plan.first, plan.first + plan.repeat):
                    finished = self._finished(task, example, attempt)
                    take(finished)
                    collector.take(finished)
        return collector

    def _finished(self, task, example, attempt):
        self.asked.append((task.prompt.version, example.id, attempt))
        passed = not self.wrong(*self.asked[-1])
        result = Result(example.id, example.digest, "pass" if passed else "fail", float(passed))
        request = Request(task.settings, task.prompt.render(example.vars), attempt)
        return Finished(task, example, attempt, Evaluated(result, request))


FILES = router(URL)
RELABELLED = router(URL, prompt=PROMPT.replace("version: v1", "version: v2"))
LATER = router(URL, prompt=PROMPT.replace("version: v1", "version: v2").replace(*REWORDED))


def run(files, model) -> EvalOutcome:
    [found] = model(Plan(planned(files).tasks), lambda finished: None).outcomes()
    return found


def gated(wrong, *, files=LATER, accepted=(), side: str | None = "the last commit's"):
    """The outcome of a run whose model gets `wrong` wrong, under the gate; and what it asked."""
    model = Model(wrong)
    base = run(FILES, model).record
    head = run(files, model)
    head = replace(head, base=base, comparison=compare_records(base, head.record))
    model.asked.clear()
    known = None if side is None else revision_side(load_suite(MemoryTree(FILES)), side)

    def base_side(outcome: EvalOutcome) -> ComparedSide | None:
        return known

    losses = {("router", head.record.model): frozenset(accepted)}
    [found] = apply_regression_gate([head], base_side, model, accepted=losses, times=2)
    return found, model.asked


def loses(*ids, always=True):
    """The later prompt gets these wrong: at every attempt, or at the first alone."""
    return lambda version, id_, attempt: version == "v2" and id_ in ids and (always or not attempt)


def test_nothing_fell_and_nothing_is_asked():
    found, asked = gated(loses())
    assert (found.failures, asked) == ((), [])


def test_what_fell_is_asked_again_on_both_sides_and_stays_a_loss():
    found, asked = gated(loses("card"))
    assert set(asked) == {(v, "card", n) for v in ("v1", "v2") for n in (1, 2)}
    assert found.comparison.ids("lost") == ("card",)


def test_a_loss_that_does_not_hold_is_flaky_and_breaks_no_rule():
    found, _ = gated(loses("card", always=False))
    assert found.comparison.ids("flaky") == ("card",)
    assert not [why for why in found.failures if "against" in why]


def test_a_regression_is_a_sentence_that_names_the_commit():
    found, _ = gated(lambda version, id_, attempt: version == "v2")
    whys = [why for why in found.failures if "against" in why]
    assert whys
    for why in whys:
        assert why.startswith("router on ")
        assert why.endswith("against the last commit's")


def test_where_nothing_was_changed_the_model_is_asked_again_and_no_former_prompt():
    found, asked = gated(loses("card"), files=RELABELLED)
    assert {(version, id_) for version, id_, _ in asked} == {("v2", "card")}
    assert found.comparison.ids("lost") == ("card",)


def test_without_the_last_commits_files_nothing_is_asked_again():
    found, asked = gated(loses("card"), side=None)
    assert asked == []
    assert found.comparison.ids("lost") == ("card",)
    assert found.unconfirmed


def test_an_outcome_that_is_not_comparable_stays_as_it_is():
    model = Model(loses("card"))
    base, head = run(FILES, model).record, run(LATER, model)
    obstacle = replace(compare_records(base, head.record), obstacle="other scorers")
    for comparison in (None, obstacle):
        outcome = replace(head, comparison=comparison)
        assert apply_regression_gate([outcome], lambda _: None, model, accepted={}) == (outcome,)


@every_row("times", [0, 2])
def test_the_most_that_may_be_asked_again_is_known_before(times):
    model = Model(loses())
    base = run(FILES, model).record
    [task] = planned(LATER).tasks
    bounds = may_confirm_run(task, base, times)
    assert bool(bounds) is bool(times)
    _, asked = gated(lambda version, *_: version == "v2")
    assert len(asked) <= sum(
        each.times * each.task.count for each in may_confirm_run(task, base, 2)
    )
