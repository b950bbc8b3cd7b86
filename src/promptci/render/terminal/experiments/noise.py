"""The report of repeated runs: how much varies, who flips, and what the gate makes of it."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from promptci.compare.alarms import ENOUGH_ANSWERS, Alarms
from promptci.compare.noise import Noise
from promptci.compare.repeated import Repeated
from promptci.render import figures
from promptci.render.acceptance import show_command
from promptci.render.idlist import named
from promptci.render.sentences import unseen_drop
from promptci.render.terminal.evaluate.trials import chances
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, measures, table, text
from promptci.secrets.safetext import on_one_line
from promptci.spending.limits import CONFIRM, Taken

MOST_FLIPS = 20
"""Examples that flip shown one by one."""


def report(found: Sequence[Noise], look: Look) -> str:
    """The whole report as text, one part for each model."""
    parts = (part for each in found for part in _parts(each))
    return draw(parts, look).rstrip("\n") + "\n"


def closing(taken: Taken) -> str:
    """The last line, for stderr: what it took."""
    return f"{figures.taken(taken)}; no record was written"


def _parts(found: Noise) -> Iterator[RenderableType]:
    count = figures.counted(len(found.examples), "example")
    where = f"{found.task.spec.name} on {found.task.model.name}"
    yield text(f"{where}: {found.times} runs of {count}", "bold")
    yield ""
    if found.missing:
        yield text(_missing(found), "bold yellow")
    if found.examples:
        yield from _sentences(found)
    if found.unanswered:
        ids = named(found.unanswered)
        yield text(f"Fewer than two answers, so left out: {ids}.", "yellow")
    if found.examples:
        yield ""
        yield measures(_rows(found))
    if found.flips:
        yield ""
        yield chances(found.chances)
        yield ""
        yield _flips(found.flips)
    if len(found.flips) > MOST_FLIPS:
        yield text(f"… {len(found.flips) - MOST_FLIPS:,} more; --json names all")
    if found.flips and found.task.given is None:
        command = show_command(found.task.spec.name, found.flips[0].id, found.task.model.name)
        yield text(f"`{command}` shows what it answered each time")
    yield ""


def _missing(found: Noise) -> str:
    """How many answers are missing, and why most of them are."""
    asked = len(found.examples) + len(found.unanswered)
    number = f"{found.missing:,} of {figures.counted(asked * found.times, 'answer')}"
    why = on_one_line(next(iter(found.errors)), 200)
    return f"{number} {'is' if found.missing == 1 else 'are'} missing{f': {why}' if why else ''}."


def _rows(found: Noise) -> Iterator[tuple[str, str, str]]:
    times, points = found.times, figures.plain_points
    low, high = figures.share(min(found.scores)), figures.share(max(found.scores))
    runs = figures.counted(len(found.scores), "run")
    spread = f"standard deviation {points(found.deviation)} points over {runs}"
    yield "score", figures.share(found.score), f"{spread}, from {low} to {high}"
    yield "same output", figures.share(found.same_text), f"word for word in all runs (TARr@{times})"
    if found.same_answer is not None:
        parsed = f"as scorers read it, in all runs (TARa@{times})"
        yield "same answer", figures.share(found.same_answer), parsed
    yield "same verdict", figures.share(found.same_verdict), "passed or failed, in all runs"
    if found.vote is not None:
        yield "vote", figures.share(found.vote), "if the answer that is given most often counts"
    error = f"the difference of two runs strays by {points(found.error)} points (standard error)"
    yield "noise", f"{found.variance:.4f}", f"variance of one answer; {error}"


def _sentences(found: Noise) -> Iterator[RenderableType]:
    """What flips, and what this means for the gate."""
    if found.flips:
        number = f"{len(found.flips):,} of {figures.counted(len(found.examples), 'example')}"
        passes, fails = ("passes", "fails") if len(found.flips) == 1 else ("pass", "fail")
        yield text(f"{number} {passes} in some runs and {fails} in others.", "bold yellow")
    if found.is_deterministic:
        same = f"asked {found.times} times, it gave the same answer to every example"
        yield text(f"The model is deterministic: {same}. More runs would say no more.")
    if found.alarms is None:
        yield text("No score varies, so the gate raises no alarm by chance.")
    else:
        yield text(_alarms(found.alarms), "yellow" if found.alarms.confirmed > 0.05 else "")
        if found.times < ENOUGH_ANSWERS:
            rough = f"Of {found.times} runs the first of these figures is rough"
            yield text(f"{rough}: `-k {ENOUGH_ANSWERS}` asks often enough for repeats, too.")
    yield text(_detectable(found))
    if len(found.served) > 1:
        yield text(f"Not one and the same model answered: {named(found.served)}.", "yellow")
    doubtful = {each.id for each in found.flips}.intersection(found.task.spec.gate.must_pass)
    if doubtful:
        ids = named(sorted(doubtful))
        yield text(f"`must_pass` names what flips: {ids}. Take that out.", "bold yellow")


def _alarms(alarms: Alarms) -> str:
    """How often the gate blocks though nothing changed."""
    rate, plain = figures.share(alarms.confirmed), figures.share(alarms.plain)
    rules = ", ".join(f"{rule} {figures.share(share)}" for rule, share in alarms.rules.items())
    by_rule = f" ({rules})" if rules else ""
    asked_again = f"without asking what flipped {CONFIRM} times more, in {plain}"
    return (
        f"The gate would raise a false alarm in {rate} of comparisons{by_rule}; {asked_again}. "
        f"Simulated: {alarms.pairs:,} pairs of runs."
    )


def _detectable(found: Noise) -> str:
    n = figures.counted(len(found.examples), "example")
    test = "exact McNemar" if found.is_binary else "a test of the mean"
    return f"In a comparison of {n} {unseen_drop(found.detectable, test)}."


def _flips(flips: Sequence[Repeated]) -> Table:
    """The examples that pass sometimes, and how each of their runs went."""
    made = table({"flips": "left", "passed": "right", "runs": "left"})
    made.columns[0].overflow = made.columns[2].overflow = "fold"
    for each in flips[:MOST_FLIPS]:
        passed = f"{each.passed}/{len(each.results)}"
        made.add_row(text(each.id), text(passed), text(each.marks))
    return made
