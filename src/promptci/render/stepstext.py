"""What was asked for an answer that took several requests, as text for people to read."""

from collections.abc import Iterator, Sequence

from promptci.run.solved import Picked, StepAnswer
from promptci.run.solving.turntext import calls_text
from promptci.secrets.safetext import on_one_line
from promptci.specs.completion import Completion

_WIDEST = 200


def steps_text(
    steps: Sequence[StepAnswer], picked: Picked | None, completion: Completion | None
) -> str:
    """A line per step, or the conversation; of samples the one that was picked has a star."""
    if not steps:
        return ""
    if completion is not None and completion.conversation:
        return completion.conversation
    return "\n".join(_lines(steps, picked))


def _lines(steps: Sequence[StepAnswer], picked: Picked | None) -> Iterator[str]:
    for place, step in enumerate(steps):
        mark = "*" if picked is not None and place == picked.number else " "
        done = step.completion
        said = done.text or calls_text(done.tool_calls) or done.outcome
        yield f"{mark} {step.step}: {on_one_line(said, _WIDEST)}"
    if picked is not None:
        yield _how_picked(picked)


def _how_picked(picked: Picked) -> str:
    """How the sample with a star became the answer."""
    if not picked.is_valid:
        return "* none could be read or passed, so this one counts"
    said = "* the answer"
    if picked.counted:
        said += f", which {picked.votes} of {len(picked.candidates)} samples give"
    return f"{said}; others were as good, and the earliest counts" if picked.is_tied else said
