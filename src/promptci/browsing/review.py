"""A review of lost examples: accept with a reason, reject, or skip, one after the other."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct, field

from promptci.render.json.page.parts import PageExampleV1

Decision: TypeAlias = Literal["accepted", "rejected", "skipped"]
"""`rejected` losses have to be fixed, `skipped` ones are left for later."""

Accept: TypeAlias = Callable[[PageExampleV1, str], None]
"""Writes down that an example may be lost, and why. Raises `PromptCIError` where it cannot."""

_Key: TypeAlias = tuple[str, str, str]


class Review(Struct):
    """What there is to decide, and what was decided so far."""

    examples: Sequence[PageExampleV1]
    accept: Accept
    decisions: dict[_Key, Decision] = field(default_factory=dict)

    def decide(self, example: PageExampleV1, decision: Decision, why: str = "") -> None:
        """Take down a decision; an accepted loss is written at once, with its reason."""
        if decision == "accepted":
            self.accept(example, why)
        self.decisions[_key(example)] = decision

    def decision(self, example: PageExampleV1) -> Decision | None:
        """What was decided of an example in this review, or before it."""
        return "accepted" if example.accepted else self.decisions.get(_key(example))

    @property
    def open(self) -> list[PageExampleV1]:
        """The lost examples that nothing was decided about."""
        return [e for e in self.examples if e.fate == "lost" and self.decision(e) is None]

    @property
    def left(self) -> int:
        """Losses that are not accepted."""
        lost = (each for each in self.examples if each.fate == "lost")
        return sum(self.decision(each) != "accepted" for each in lost)

    def next_open(self, after: PageExampleV1 | None = None) -> PageExampleV1 | None:
        """The next example to decide about, going round once; None at the end."""
        order = list(self.examples)
        start = order.index(after) + 1 if after in order else 0
        waiting = {_key(each) for each in self.open}
        turned = (*order[start:], *order[:start])
        return next((each for each in turned if _key(each) in waiting), None)

    @property
    def summary(self) -> str:
        """What was decided, in a sentence."""
        made = list(self.decisions.values())
        kinds: tuple[Decision, ...] = ("accepted", "rejected", "skipped")
        said = [f"{made.count(kind)} {kind}" for kind in kinds if kind in made]
        rest = len(self.open)
        said += [f"{rest} not decided"] if rest else []
        return f"{', '.join(said) or 'Nothing to decide'}."


def _key(example: PageExampleV1) -> _Key:
    return example.eval, example.model, example.id
