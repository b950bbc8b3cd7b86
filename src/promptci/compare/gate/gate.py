"""What blocks a change: a regression, a lost example that must pass, a floor that is missed."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from promptci.compare.comparison import Comparison
from promptci.compare.confirmed import Confirmed
from promptci.compare.pairing.pairs import Pair
from promptci.records.record import Record
from promptci.specs.evalspec import Gate

if TYPE_CHECKING:
    from promptci.compare.judgement import Judgement

_ALPHA = 0.05


class Block(Struct, frozen=True):
    """One reason why a change may not pass: the rule it breaks, and a sentence."""

    rule: str
    why: str


def both_gates(one: Gate, other: Gate) -> Gate:
    """The gate that blocks whatever one of two does: of each rule the stricter one."""
    floors = [gate.min_score for gate in (one, other) if gate.min_score is not None]
    spreads = [gate.spread for gate in (one, other) if gate.spread is not None]
    return Gate(
        tolerance=min(one.tolerance, other.tolerance),
        min_score=max(floors, default=None),
        must_pass=tuple(dict.fromkeys((*one.must_pass, *other.must_pass))),
        max_errors=min(one.max_errors, other.max_errors),
        spread=min(spreads, default=None),
    )


def blocks(
    gate: Gate,
    head: Record,
    comparison: Comparison | None,
    judgement: "Judgement | None",
    *,
    accepted: frozenset[str] = frozenset(),
    net_loss: float | None = None,
    is_sure: bool = True,
) -> tuple[Block, ...]:
    """Every reason why a change of one eval may not pass; none if it may.

    `comparison` is the one after confirmation, where flaky examples are no losses any more; losses
    in `accepted` block nothing. `net_loss` means lost less won where not all were confirmed.
    Where the flips may be chance it is not `is_sure`: then a net loss blocks only if the score fell
    by more than chance explains.
    """
    found = list(_floors(gate, head))
    if comparison is not None and judgement is not None:
        found += _losses(gate, comparison, judgement, accepted)
        if is_sure or _is_significant_fall(judgement):
            found += _net_loss(gate, comparison, judgement, accepted, net_loss)
    return tuple(found)


def pair_blocks(
    pair: Pair, head: Record, judgement: "Judgement", found: Confirmed
) -> tuple[Block, ...]:
    """The same of a pair under its own gate, by what confirming its flips found."""
    return blocks(
        pair.gate,
        head,
        found.comparison,
        judgement,
        accepted=pair.accepted,
        net_loss=found.net_loss(pair.accepted),
        is_sure=found.is_sure,
    )


def _floors(gate: Gate, head: Record) -> Iterator[Block]:
    if gate.min_score is not None and head.results and head.score < gate.min_score:
        yield Block(
            "min_score", f"the score {head.score:.1%} is below the floor of {gate.min_score:.1%}"
        )


def _losses(
    gate: Gate, comparison: Comparison, judgement: "Judgement", accepted: frozenset[str]
) -> Iterator[Block]:
    for id_ in comparison.ids("lost"):
        if id_ in gate.must_pass and id_ not in accepted:
            yield Block("must_pass", f"`{id_}` must pass and is lost")
    if judgement.verdict == "regressed":
        yield Block(
            "regressed",
            f"the score fell by {-100 * judgement.delta:.1f} points "
            f"(adjusted p {judgement.adjusted_p:.2g})",
        )


def _is_significant_fall(judgement: "Judgement") -> bool:
    """At a one-sided level of 5 %: of two runs of the same, every second one loses on balance."""
    return judgement.delta < 0 and judgement.adjusted_p <= 2 * _ALPHA


def _net_loss(
    gate: Gate,
    comparison: Comparison,
    judgement: "Judgement",
    accepted: frozenset[str],
    net_loss: float | None,
) -> Iterator[Block]:
    lost = [id_ for id_ in comparison.ids("lost") if id_ not in accepted]
    won = comparison.ids("won")
    net = len(lost) - len(won) if net_loss is None else net_loss
    if judgement.n and net > gate.tolerance * judgement.n:
        yield Block(
            "net_loss",
            f"lost {len(lost)} and won {len(won)} of {judgement.n}, "
            f"more than the tolerance of {gate.tolerance:.1%}",
        )


def open_loss(pair: Pair, judgement: "Judgement", found: Confirmed) -> str:
    """A net loss that would block and that was not asked again, so that it may be chance.

    Empty where there is none. Such a change neither blocks nor passes: it is not decided.
    """
    if found.was_asked or found.is_sure or _is_significant_fall(judgement):
        return ""
    told = pair.gate, found.comparison, judgement, pair.accepted
    if any(_losses(*told)):
        return ""
    losses = list(_net_loss(*told, None))
    return f"{losses[0].why}, and not asked again, so it may be chance" if losses else ""


def moved_must_pass(
    gate: Gate,
    comparison: Comparison,
    *,
    passed_before: Mapping[str, str],
    accepted: frozenset[str] = frozenset(),
) -> Iterator[Block]:
    """Examples that must pass, passed before the change and do not now, though none is lost.

    `passed_before` are the digests of those that passed, by id. One that was edited so that both
    sides fail is no loss, nor is one without an answer.
    """
    wanted = frozenset(gate.must_pass) & passed_before.keys() - accepted
    for change in comparison.changes:
        if change.id in wanted and change.fate != "lost" and change.head is not None:
            is_edited = change.head.digest != passed_before[change.id]
            fails = "was edited" if is_edited else "passed in the base's record"
            said = {"fail": f"{fails} and fails", "error": "passed and has no answer now"}
            why = said.get(change.head.fate)
            if why is not None:
                yield Block("must_pass", f"`{change.id}` must pass, {why}")
