"""The result of a whole comparison in a sentence or two: the worst first."""

from collections.abc import Collection, Iterator, Sequence

from promptci.compare.compared import Compared
from promptci.compare.gate.gatechanges import GateChanges
from promptci.compare.results import CompareResult
from promptci.render.figures import counted, verb_of, verdict_word
from promptci.render.hiddenlosses import (
    base_losses,
    collapsed,
    lost_must_pass,
    missing_examples,
    moved_subjects,
    outnumbered,
    removed_evals,
)
from promptci.render.named import few

MOST_SCORES = 3
"""Evals of which the sentence has the score by the record and that by other scorers."""
_STATES = {
    "regressed": ("regressed", "regressed"),
    "blocked": ("misses its gate", "miss their gates"),
    "no verdict": ("has no verdict", "have no verdict"),
    "underpowered": ("has too few examples to tell", "have too few examples to tell"),
    "not comparable": ("has every loss accepted", "have every loss accepted"),
    "no worse": ("is no worse", "are no worse"),
    "improved": ("improved", "improved"),
    "unchanged": ("is unchanged", "are unchanged"),
}
"""The states of an eval, the worst first, in words for one and for several."""


def unchanged_names(found: CompareResult) -> list[str]:
    """The evals of a comparison that both sides ask alike on all their models."""
    return sorted({name for name, _ in found.unchanged} - {each.name for each in found.found})


def comparison_sentence(found: CompareResult) -> str:
    """All evals of a comparison: what may not pass by name, then each counted once."""
    return " ".join((*_losses(found), *_otherwise(found), _counts(found)))


def is_told_apart(found: CompareResult) -> bool:
    """Whether its sentence says what the report of an eval does not."""
    return any(_losses(found)) or any(_otherwise(found))


def _losses(found: CompareResult) -> Iterator[str]:
    """What the base's own gate, examples and scorers say, and what the total hides."""
    yield from base_losses(found.asked_by_base)
    yield from lost_must_pass(found.found)
    yield from missing_examples(found.missing)
    yield from removed_evals(found.removed)
    yield from outnumbered(found.found)
    yield from collapsed(found.found)


def _otherwise(found: CompareResult) -> Iterator[str]:
    """In what the two sides are asked or judged otherwise."""
    yield from moved_subjects(found.moved)
    if found.rescored is not None:
        so = f": both sides were judged by {found.rescored.by}'s"
        yield scorers_differ(found.rescored.side, found.rescored.evals, found.rescored.scores, so)
    yield from edited_examples(found.gate_changes, found.edited_scores)
    gates = [changes for changes in found.gate_changes if changes.gate]
    if gates:
        number, differ = counted(len(gates), "gate"), verb_of(gates, "differs", "differ")
        rules = few([f"`{each.eval}`: {', '.join(each.gate)}" for each in gates])
        yield f"{number} {differ} from {found.base.name}, whose rules were held as well ({rules})."


def _counts(found: CompareResult) -> str:
    """Each eval by its worst state on any model."""
    evals = {each.name for each in found.found}
    if evals and not found.obstacles and all(each.pair.is_same for each in found.found):
        so = "" if is_told_apart(found) else ", so nothing can differ"
        return f"Both sides ask exactly the same{so}: {counted(len(evals), 'eval')}."
    worst = dict.fromkeys(unchanged_names(found), "unchanged")
    worst |= dict.fromkeys(found.obstacles, "no verdict")
    for each in found.found:
        state = _state(each)
        worst[each.name] = min(worst.get(each.name, state), state, key=list(_STATES).index)
    if len(worst) == 1:
        [(name, state)] = worst.items()
        return f"`{name}` {_STATES[state][0]}."
    counts = {state: list(worst.values()).count(state) for state in _STATES}
    said = [f"{count:,} {_STATES[state][count != 1]}" for state, count in counts.items() if count]
    return f"Of {counted(len(worst), 'eval')}, {', '.join(said)}."


def _state(found: Compared) -> str:
    verdict = found.judgement.verdict
    if verdict == "regressed":
        return verdict
    if found.is_undecided:
        return "no verdict"
    if found.blocks:
        return "blocked"
    return verdict_word(verdict, is_untouched=found.is_untouched)


def edited_examples(changes: Sequence[GateChanges], scores: Sequence[str] = ()) -> Iterator[str]:
    """How many golden examples were removed and edited, and what scores that hides."""
    for kind in ("removed", "edited"):
        there = [each for each in changes if getattr(each, kind)]
        number = sum(len(getattr(each, kind)) for each in there)
        added = sum(len(each.added) for each in there) if kind == "removed" else 0
        if number:
            verb = "was" if number == 1 else "were"
            also = f" and {added:,} added" if added else ""
            examples = counted(number, "golden example")
            yield f"{examples} {verb} {kind}{also}{_in_brackets(scores)}."
            scores = ()


def scorers_differ(
    side: str, evals: Collection[str], scores: Sequence[str] = (), so: str = ""
) -> str:
    """Evals whose scorers are others than those of a side, and their first scores by both."""
    count = counted(len(evals), "eval")
    return f"The scorers of {count} differ from {side}{so}{_in_brackets(scores)}."


def _in_brackets(scores: Sequence[str]) -> str:
    return f" ({'; '.join(scores[:MOST_SCORES])})" if scores else ""
