"""Sentences about one eval of a run that its table cannot say."""

from collections.abc import Iterator

from promptci.compare.comparison import Comparison
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.records.results import each_of
from promptci.render import figures
from promptci.render.costsentence import cost_sentence
from promptci.render.flowsentences import flow_remarks
from promptci.render.idlist import named
from promptci.render.terminal.evaluate.trials import pick_sentences
from promptci.run.planning.task import Task


def change_cells(outcome: EvalOutcome) -> tuple[str, str, str]:
    """Change of the score, lost and won examples against the record of the last commit."""
    found = outcome.comparison
    if found is None:
        return "new", "", ""
    if found.obstacle or found.delta is None:
        return "n/c", "", ""
    return figures.points(found.delta), str(len(found.ids("lost"))), str(len(found.ids("won")))


def run_remarks(outcome: EvalOutcome) -> Iterator[str]:
    """What is to be said of one eval on one model beside its figures, a sentence each."""
    found = outcome.comparison
    if found is not None and found.obstacle:
        said = f"not comparable (n/c) with {outcome.against}: {found.obstacle}"
        before = figures.share(outcome.base.score) if outcome.base else "none"
        yield f"{said} (record {before}, now {figures.share(outcome.record.score)})"
    elif found is not None and (found.ids("lost") or outcome.unconfirmed):
        change, lost, won = change_cells(outcome)
        held = f" ({outcome.unconfirmed})" if outcome.unconfirmed else ""
        if held or not any(f": lost {lost} and won {won} " in said for said in outcome.failures):
            yield f"{lost} lost and {won} won {_since(outcome, found)}, {change} points{held}"
    flaky = found.ids("flaky") if found is not None and not found.obstacle else ()
    if flaky:
        number = figures.counted(len(flaky), "example")
        said = f"{number} flaky, a repeat says otherwise than this run: {named(flaky, 5)}"
        yield f"{said}{_kept(outcome)}"
    derived = outcome.task.judges.derived.formulas
    values = {
        name: outcome.record.metrics[name] for name in derived if name in outcome.record.metrics
    }
    if values:
        yield ", ".join(f"{name} {figures.metric(value)}" for name, value in values.items())
    for name, why in outcome.obstacles.items():
        yield f"the metric `{name}` has no value: {why}"
    yield from pick_sentences(outcome.picks)
    yield from flow_remarks(each_of(outcome.record.results))
    if outcome.cost is not None:
        yield cost_sentence(outcome.cost, f"at {outcome.against}")
    if outcome.truncated:
        number = figures.counted(outcome.truncated, "answer")
        yield f"{number} cut off at the token limit"
    if outcome.limited:
        number = figures.counted(outcome.limited, "conversation")
        yield f"{number} ended at a limit of turns or calls"
    if outcome.unstable:
        yield f"repeats differ on {figures.counted(outcome.unstable, 'example')}"
    if outcome.record.sampling == "provider-default":
        yield f"the model refuses {_refused(outcome)}, so its answers are sampled"
    if outcome.task.is_stale:
        yield f"{outcome.task.golden.path} changed meanwhile, so nothing was recorded: run again"
    spent = outcome.spent
    if spent.cost is None and spent.is_known and outcome.task.given is None:
        yield _unpriced(outcome.task)


def _unpriced(task: Task) -> str:
    """Why there is no cost, and what would tell it."""
    if task.is_priced:
        return "its cost is not known: the endpoint did not say how many tokens each answer took"
    judges = ", or that of its judges" if task.asks_judges else ""
    return f"its price is not known{judges}: add it to `prices` in promptci.yaml to see the cost"


def _kept(outcome: EvalOutcome) -> str:
    """The score of the record, in which flaky examples keep their verdict, where that differs."""
    record = outcome.settled
    if record is None:
        return ""
    passed = f"{record.passed:,}/{record.total:,}"
    return f"; the record keeps what it said of such: {figures.share(record.score)}, {passed}"


def _since(outcome: EvalOutcome, found: Comparison) -> str:
    """Against what, and of how many examples where the record before has not all as they are."""
    both = [change for change in found.changes if None not in (change.base, change.head)]
    shared = sum(change.fate != "changed" for change in both)
    if shared == outcome.record.total:
        return f"since {outcome.against}"
    return f"of the {shared:,} that {outcome.against} has, too"


def _refused(outcome: EvalOutcome) -> str:
    """What a model may have refused of what it was asked with."""
    return "a temperature" + " or `stop`" * ("stop" in outcome.task.settings.parameters)
