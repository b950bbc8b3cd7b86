"""What could hide a loss, in sentences that come before all else."""

from collections.abc import Iterator, Sequence

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.compare.family import regressed_among_moved
from promptci.compare.results import BaseAnswers
from promptci.records.record import CONTROL, STEP
from promptci.render.acceptances import accepted_losses, accepted_must_pass, ended_acceptances
from promptci.render.figures import counted, p_value, verb_of
from promptci.render.named import MOST_SUBJECTS, few, few_evals, on_model
from promptci.render.splitsentence import split_sentence

_LEAST_STEPS = 2
"""Examples in which a step must have become wrong before the sentence says so."""
_ROUNDING = 1e-9


def not_asked(checked: Checked) -> Iterator[str]:
    """That nothing was asked, where the author's word is all there is."""
    if checked.claimed:
        names = {name for name, _ in checked.claimed}
        rest = verb_of(names, "rests", "rest")
        yield (
            f"Nothing was asked: {counted(len(names), 'changed eval')} {rest} on the author's "
            "records alone."
        )


def on_records(checked: Checked) -> Iterator[str]:
    """That nothing was asked, where whoever checks takes the author's word for a verdict."""
    names = {each.name for each in checked.compared} | {o.record.eval for o in checked.fresh}
    if checked.is_frozen and names and not checked.claimed:
        evals = counted(len(names), "changed eval")
        yield f"Nothing was asked: the committed records are used for {evals}."


def hidden_losses(checked: Checked) -> Iterator[str]:
    """What could hide a loss: said before all else, by name."""
    yield from base_losses(checked.asked_by_base)
    yield from ended_acceptances(checked)
    yield from accepted_must_pass(checked)
    yield from accepted_losses(checked)
    yield from outnumbered(checked.compared)
    yield from cut_off(checked)
    yield from _untaken(checked)
    yield from moved_subjects(checked.moved)


def base_losses(asked: BaseAnswers) -> Iterator[str]:
    """What the base's own examples and scorers say where they are others."""
    for found in asked.blocked:
        why = "; ".join(block.why for block in found.blocks)
        where = on_model(found, asked.found)
        yield f"By the base's own examples and scorers, {where} fails its gate: {why}."
    for moved in sorted(asked.moved, key=lambda each: not each.must_pass):
        ids = ", ".join(f"`{id_}`" for id_ in moved.must_pass)
        kept = f", {ids}, which must pass, among them" if ids else ""
        is_ = verb_of(moved.lost, "is", "are")
        examples = counted(moved.moved, "edited or removed example")
        yield (
            f"Of {examples} of `{moved.eval}`, {len(moved.lost):,} {is_} lost as the base has "
            f"{'it' if moved.moved == 1 else 'them'}{kept}."
        )
    for name, why in asked.obstacles:
        yield f"`{name}` could not be judged by the base's own examples: {why}."


def missing_examples(missing: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Examples that the base's gate wants and that are gone, by eval and id."""
    if missing:
        verb = verb_of(missing, "is", "are")
        named = few([f"`{id_}` of `{name}`" for name, id_ in missing])
        yield f"{counted(len(missing), 'example')} that must pass {verb} gone: {named}."


def lost_must_pass(compared: Sequence[Compared]) -> Iterator[str]:
    """Examples that must pass and do not, by name: the first few, and how many more."""
    whys = [
        f"In {on_model(each, compared)}, {block.why}."
        for each in compared
        for block in each.blocks
        if block.rule == "must_pass"
    ]
    yield from whys[:MOST_SUBJECTS]
    if len(whys) > MOST_SUBJECTS:
        more = counted(len(whys) - MOST_SUBJECTS, "more example")
        yield f"{more} must pass and {verb_of(whys[MOST_SUBJECTS:], 'does', 'do')} not."


def untested(checked: Checked) -> Iterator[str]:
    """Evals that are gone, and models that evals run on no more."""
    yield from removed_evals(checked.removed)
    dropped = [changes for changes in checked.gate_changes if changes.models]
    for changes in dropped[:MOST_SUBJECTS]:
        models = few([f"`{name}`" for name in changes.models])
        yield f"`{changes.eval}` no longer runs on {models}."
    if len(dropped) > MOST_SUBJECTS:
        yield f"{len(dropped) - MOST_SUBJECTS:,} more evals run on fewer models."


def removed_evals(removed: Sequence[str]) -> Iterator[str]:
    """Evals of the base that are gone, the first few by name."""
    if removed:
        were = verb_of(removed, "was", "were")
        yield f"{counted(len(removed), 'eval')} {were} removed: {few_evals(removed)}."


def silenced(checked: Checked) -> Iterator[str]:
    """Examples that passed and have no answer now, which no score shows."""
    for each in checked.compared:
        count = sum(
            change.fate == "error" and change.base.passed
            for change in each.confirmed.comparison.changes
            if change.base is not None
        )
        if count and not each.is_undecided:
            why = next(iter(each.head.errors), "")
            said = f" ({why})" if why else ""
            has, examples = verb_of(range(count), "has", "have"), counted(count, "example")
            yield f"{examples} of `{each.name}` that passed {has} no answer now{said}."


def cut_off(checked: Checked) -> Iterator[str]:
    """Answers that end at the token limit: a scorer may see nothing wrong in what is left.

    A run whose record is used may have had as many, unless the limit was moved since.
    """
    for each in checked.compared:
        count, pair = each.head.truncated, each.pair
        limits = [side.settings.parameters.get("max_tokens") for side in (pair.base, pair.head)]
        if count > (each.base_truncated or 0):
            are = verb_of(range(count), "is", "are")
            is_open = each.base_truncated is None and limits[0] == limits[1]
            also = "; how many of the base's were is not on record" if is_open else ""
            answers = counted(count, "answer")
            yield f"{answers} of `{each.name}` {are} cut off at the token limit{also}."


def _untaken(checked: Checked) -> Iterator[str]:
    """Steps of flows that no example takes, so that nothing is known of their prompts."""
    for each in checked.compared:
        for step, prompt in each.untaken[:MOST_SUBJECTS]:
            said = f"No example of `{each.name}` takes the step `{step}`"
            yield f"{said}, which asks the prompt `{prompt}`."
        if rest := each.untaken[MOST_SUBJECTS:]:
            are = verb_of(rest, "is", "are")
            yield f"{counted(len(rest), 'more step')} of `{each.name}` {are} taken by none."


def outnumbered(compared: Sequence[Compared]) -> Iterator[str]:
    """Falls that count as chance only beside evals in which this change moves nothing."""
    found = [each for each in compared if not each.is_untouched]
    would = regressed_among_moved([each.judgement for each in found])
    for each, is_one in zip(found, would, strict=True):
        judged = each.judgement
        if is_one and judged.verdict != "regressed" and not each.blocks and judged.p is not None:
            fell = f"{on_model(each, compared)} fell by {-100 * judged.delta:.1f} points"
            alone, among = p_value(judged.p.p), p_value(judged.adjusted_p)
            evals = f"{len(found):,} changed evals"
            yield f"{fell}: regressed by itself (p {alone}), but not among {evals} (p {among})."


def collapsed(compared: Sequence[Compared]) -> Iterator[str]:
    """Expected values and tags that fell while the total did not: the first few."""
    from promptci.render.terminal.breakdown import splits  # late: where anything was compared

    found = [
        (on_model(each, compared), part)
        for each in compared
        for part in splits(each)
        if part.is_hidden
    ]
    for where, part in found[:MOST_SUBJECTS]:
        yield f"In {where} {split_sentence(part)}, hidden by the total."
    if len(found) > MOST_SUBJECTS:
        more = counted(len(found) - MOST_SUBJECTS, "more tag")
        yield f"{more} or expected values fell so."


def fallen_steps(checked: Checked) -> Iterator[str]:
    """Steps of flows, and the way taken, that are right less often though nothing blocks."""
    for each in checked.compared:
        base, head = each.base.record, each.head.record
        least = max(_LEAST_STEPS / max(head.total, 1), each.pair.gate.tolerance)
        for label, now in head.metrics.items() if not each.blocks else ():
            was = base.metrics.get(label)
            is_way = label == CONTROL or label.startswith(STEP)
            if is_way and was is not None and was - now >= least - _ROUNDING:
                what = label if label == CONTROL else f"step `{label.removeprefix(STEP)}`"
                where = on_model(each, checked.compared)
                yield f"In {where} the {what} is right in {now:.1%}, {was:.1%} at the base."


def moved_subjects(moved: Sequence[str]) -> Iterator[str]:
    """Subjects that are tested otherwise or not at all: the first few, and how many more."""
    for line in moved[:MOST_SUBJECTS]:
        yield f"{line[0].upper()}{line[1:]}."
    if len(moved) > MOST_SUBJECTS:
        yield f"{len(moved) - MOST_SUBJECTS:,} more subjects are tested otherwise."
