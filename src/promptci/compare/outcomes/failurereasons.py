"""Failed examples by the reason, so that many that fail alike are reported as one."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from promptci.latepattern import late

if TYPE_CHECKING:
    from promptci.run.solving.solve import Evaluated

MOST_NAMED = 3
"""Failed examples of one reason that are named."""

MOST_REASONS = 20
"""Reasons that are told apart; the rest is one."""

MOST_MISSING = 5
"""Kinds of missing answers that are told apart, for each eval and model."""

_PARTICULAR = late(r'"(?:[^"\\]|\\.)*(?:"|…|$)|`[^`]*`|\d+(?:[.,]\d+)*')
_REST = "other reasons"


def reason_of(why: str) -> str:
    """What a reason has in common with others: quoted texts and numbers are left out."""
    return " ".join(_PARTICULAR.sub("…", why).split())


def why_failed(evaluated: "Evaluated") -> str:
    """The scorers that failed, each with what it said."""
    failed = [(name, score.why) for name, score in evaluated.scores if not score.passed]
    said = "; ".join(f"{name}: {why}" if why else name for name, why in failed)
    is_said = evaluated.why in (why for _, why in failed)
    return "; ".join(filter(None, ("" if is_said else evaluated.why, said)))


def missing_reasons(errors: Mapping[str, int]) -> list[tuple[str, int]]:
    """The most frequent reasons for missing answers, each with how many, and the rest as one.

    Those that differ in what they quote alone are one, named by the first of them.
    """
    alike: dict[str, list[str]] = {}
    for why in sorted(errors):
        alike.setdefault(reason_of(why), []).append(why)
    counted = ((whys[0], sum(errors[why] for why in whys)) for whys in alike.values())
    reasons = sorted(counted, key=lambda reason: (-reason[1], reason[0]))
    rest = sum(count for _, count in reasons[MOST_MISSING:])
    return [*reasons[:MOST_MISSING], *([(_REST, rest)] if rest else [])]


class FailureGroup(Struct, frozen=True):
    """Examples that fail for one reason: how many, and the first of them with what was said."""

    reason: str
    count: int
    named: tuple[tuple[str, str], ...]


class FailureGroups(Struct):
    """Gathers failed examples, no more of each reason than is `named`; `counts` has them all."""

    counts: dict[str, int] = field(default_factory=dict)
    named: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def take(self, id_: str, why: str) -> None:
        """Add a failed example and what its scorers said."""
        reason = reason_of(why)
        if reason not in self.counts and len(self.counts) >= MOST_REASONS:
            reason = _REST
        self.counts[reason] = self.counts.get(reason, 0) + 1
        named = self.named.setdefault(reason, [])
        named.append((id_, why))
        named.sort()
        del named[MOST_NAMED:]

    def groups(self) -> Sequence[FailureGroup]:
        """The most frequent first."""
        order = sorted(self.counts, key=lambda reason: (-self.counts[reason], reason))
        return [FailureGroup(r, self.counts[r], tuple(self.named[r])) for r in order]
