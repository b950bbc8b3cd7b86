"""The report of a run: a row per eval and model, then what was lost, then what it means."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from promptci.compare.outcomes.failurereasons import MOST_NAMED, missing_reasons, reason_of
from promptci.compare.outcomes.outcome import EvalOutcome, LostAnswer, lost_ids
from promptci.render import figures
from promptci.render.named import few
from promptci.render.splitsentence import split_sentence
from promptci.render.terminal.breakdown import run_splits
from promptci.render.terminal.classes import class_parts
from promptci.render.terminal.evaluate.runfailing import failing_parts
from promptci.render.terminal.evaluate.runremarks import run_remarks
from promptci.render.terminal.evaluate.runtables import run_tables
from promptci.render.terminal.evaluate.trials import trial_parts
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, labelled, text
from promptci.secrets.safetext import on_one_line
from promptci.templates.template import as_text

MOST_FALLEN = 8
"""Expected values and tags that are named because they fell."""

MOST_LOST = 20
"""Lost examples after which the rest is only counted."""


def report(outcomes: Sequence[EvalOutcome], lost: Sequence[LostAnswer], look: Look) -> str:
    """The whole report of a run as text."""
    return draw(parts(outcomes, lost, look), look)


def parts(
    outcomes: Sequence[EvalOutcome],
    lost: Sequence[LostAnswer],
    look: Look,
    failing: Sequence[RenderableType] | None = None,
) -> Iterator[RenderableType]:
    """The parts of the report: what was lost and what fails, what it means, then the figures.

    `failing` is called with what fails instead of what the outcomes say of it.
    """
    told = [*_all_lost(outcomes, lost)]
    told += failing_parts(outcomes, lost) if failing is None else failing
    for each in outcomes:
        told += (*class_parts(each, look), *trial_parts(each))
    yield from told[1:] if told and told[0] == "" else told
    notes = list(_notes(outcomes))
    if notes:
        yield from ("", *notes) if told else notes
    if told or notes:
        yield ""
    if outcomes:
        yield from run_tables(outcomes, look)


def _all_lost(
    outcomes: Sequence[EvalOutcome], lost: Sequence[LostAnswer]
) -> Iterator[RenderableType]:
    """Lost examples by reason, a few of each, and how many more there are."""
    accepted = {(o.record.eval, o.record.model, id_) for o in outcomes for id_ in o.accepted}
    groups: dict[tuple[str, str, str], list[LostAnswer]] = {}
    for each in lost:
        groups.setdefault((each.eval, each.model, reason_of(each.why)), []).append(each)
    shown = 0
    for (_, _, reason), group in groups.items():
        if shown >= MOST_LOST:
            break
        for each in group[:MOST_NAMED]:
            yield from _lost(each, is_accepted=each.key in accepted)
            shown += 1
        more = len(group) - MOST_NAMED
        if more > 0:
            yield text(f"  … and {more:,} more like them: {on_one_line(reason, 200)}")
            shown += more
    more = sum(len(lost_ids(outcome)) for outcome in outcomes) - shown
    if more > 0:
        name = next(o.record.eval for o in reversed(outcomes) if lost_ids(o))
        number = figures.counted(more, "more example" if shown else "example")
        yield ""
        yield text(f"{number} lost: see `promptci show {on_one_line(name)}`", "bold red")


def _lost(lost: LostAnswer, *, is_accepted: bool) -> Iterator[RenderableType]:
    example = lost.example
    inputs = (f"{name}: {as_text(value)}" for name, value in example.vars.items())
    pairs = [("input", on_one_line(", ".join(inputs), 300))]
    if example.has_expected:
        pairs.append(("expected", on_one_line(as_text(example.expected), 400)))
    pairs += [("output", on_one_line(lost.output, 400)), ("why", on_one_line(lost.why, 400))]
    yield ""
    fate = "lost, accepted" if is_accepted else "lost"
    yield text(f"{fate}: {lost.eval} / {example.id} on {lost.model}", "bold red")
    yield labelled(pairs)


def _notes(outcomes: Sequence[EvalOutcome]) -> Iterator[RenderableType]:
    """Sentences about what a table cannot say; the worst last, where eyes are."""
    yield from _fallen(outcomes)
    for outcome in outcomes:
        where = f"{outcome.record.eval} on {outcome.record.model}"
        yield from (text(f"{where}: {remark}") for remark in run_remarks(outcome))
    for why, counts in _whys(outcomes).items():
        number = figures.counted(sum(counts.values()), "example")
        yield text(f"{few([*counts])}: no answer to {number}: {on_one_line(why, 400)}", "red")
    for outcome in outcomes:
        for failure in outcome.failures:
            yield text(failure, "bold red")
    for outcome in outcomes:
        where = f"{outcome.record.eval} on {outcome.record.model}"
        if outcome.open_question:
            yield text(f"{where}: no verdict: {outcome.open_question}", "bold red")
    if mute := [f"{o.record.eval} on {o.record.model}" for o in outcomes if o.is_undecided]:
        yield text(f"{few(mute)}: no verdict and no record without these answers", "bold red")


def _whys(outcomes: Sequence[EvalOutcome]) -> dict[str, dict[str, int]]:
    """Each reason for missing answers, and how many it took from which evals."""
    found: dict[str, dict[str, int]] = {}
    for outcome in outcomes:
        for why, count in missing_reasons(outcome.errors):
            found.setdefault(why, {})[f"{outcome.record.eval} on {outcome.record.model}"] = count
    return found


def _fallen(outcomes: Sequence[EvalOutcome]) -> Iterator[RenderableType]:
    """Expected values and tags that fell beyond the tolerance, first those that a total hides."""
    fallen = [(o, each) for o in outcomes for each in run_splits(o) if each.has_fallen]
    fallen.sort(key=lambda item: not item[1].is_hidden)
    for outcome, each in fallen[:MOST_FALLEN]:
        where = f"{outcome.record.eval} on {outcome.record.model}"
        said = f"{where}: {split_sentence(each)}{', hidden by the total' if each.is_hidden else ''}"
        yield text(on_one_line(said, 200), "bold red" if each.is_hidden else "red")
    if len(fallen) > MOST_FALLEN:
        more = figures.counted(len(fallen) - MOST_FALLEN, "more tag")
        yield text(f"{more} or expected values fell: see --json", "red")
