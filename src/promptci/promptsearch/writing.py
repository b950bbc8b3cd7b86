"""What a writer is asked: examples, what scored how, and the text to put in its place."""

import re
from collections.abc import Sequence

from promptci.digest import digest
from promptci.promptsearch.trials import Trial, TrialAnswer

MOST_TEXT = 1_000
"""Characters of an example's input, expectation or output that a writer is shown."""

DEMONSTRATED = 5
"""Examples that a writer is shown at a time."""

REMEMBERED = 10
"""Scored texts that a writer is shown at a time."""

_FENCE = re.compile(r"\s*```([^`\s]*)\s*")

_FRAME = 3_000
"""Characters around what a writer is shown, at most."""

_ALONE = "Answer with the text of the instruction alone."


def from_examples(seen: Sequence[TrialAnswer], placeholders: Sequence[str]) -> str:
    """Ask for the instruction that leads from inputs to outputs (Zhou et al., 2211.01910, 3.1)."""
    shown = "\n\n".join(f"Input: {_cut(e.input)}\nOutput: {_cut(e.wanted)}" for e in seen)
    said = "Somebody was given an instruction and wrote, for each input below, the output below it."
    ask = f"What was the instruction? {_ALONE}{_holding(placeholders)}"
    return f"{said}\n\n{shown}\n\n{ask}"


def as_variation(text: str, placeholders: Sequence[str]) -> str:
    """Ask for the same in other words (the same, 3.3)."""
    said = "Write a variation of the instruction below that keeps its meaning."
    return f"{said} {_ALONE}{_holding(placeholders)}\n\nInstruction:\n{text}"


def from_history(
    tried: Sequence[Trial], seen: Sequence[TrialAnswer], placeholders: Sequence[str]
) -> str:
    """Ask for one better than all scored ones, the best last (Yang et al., 2309.03409, 4.2)."""
    rows = "\n\n".join(f"Instruction:\n{e.text}\nScore: {100 * (e.train or 0):.0f}" for e in tried)
    shown = "\n\n".join(f"Input: {_cut(e.input)}\nOutput: {_cut(e.wanted)}" for e in seen)
    ask = "Write an instruction that differs from all above and scores higher than any of them."
    return (
        "Instructions that were tried, with their scores from 0 to 100:\n\n"
        f"{rows}\n\nWhat is wanted, by some examples:\n\n{shown}\n\n"
        f"{ask} {_ALONE}{_holding(placeholders)}"
    )


def drawn(
    seen: Sequence[TrialAnswer], seed: int, number: int, most: int = DEMONSTRATED
) -> list[TrialAnswer]:
    """Some examples that say what is wanted, by a digest of their id, the seed and a number."""
    wanted = [each for each in seen if each.wanted]
    return sorted(wanted, key=lambda each: digest([seed, number, each.id]))[:most]


def written_text(answer: str) -> str:
    """The instruction in a writer's answer: all of it, without a fence or quotes around it."""
    text = answer.replace("\r\n", "\n").strip()
    before, fence, _ = text.partition("```")
    if fence and "\n" not in before.strip() and text.endswith("```"):
        text = fenced_text(text)
    if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def fenced_text(answer: str) -> str:
    """The longest fenced block of an answer that is in no other; all of it without any.

    A fence with a language opens one, also inside of another; `gepa` itself would take everything
    from the first fence to the last, with what is said between two blocks.
    """
    lines = answer.replace("\r\n", "\n").strip().split("\n")
    blocks: list[str] = []
    opened: list[int] = []
    for number, line in enumerate(lines):
        fence = _FENCE.fullmatch(line)
        if fence is None:
            continue
        if opened and not fence[1]:
            begin = opened.pop()
            if not opened:
                blocks.append("\n".join(lines[begin + 1 : number]).strip())
        else:
            opened.append(number)
    if opened:  # never closed: the answer ends in it
        blocks.append("\n".join(lines[opened[0] + 1 :]).strip())
    whole = "\n".join(lines)
    return max(blocks, key=len) if blocks else whole.replace("```", "").strip()


def longest_ask(by: str, inputs: Sequence[str], text: str) -> str:
    """A text as long as any that a method may ask a writer with, where no text is longer than one.

    `inputs` are those of the examples that may be shown.
    """
    shown = max((min(len(each), MOST_TEXT) for each in inputs), default=0)
    examples = {"gepa": 3 * (3 * MOST_TEXT + shown)}.get(by, DEMONSTRATED * (MOST_TEXT + shown))
    texts = {"opro": REMEMBERED}.get(by, 1)
    return "x" * (_FRAME + examples) + text * texts


def _holding(placeholders: Sequence[str]) -> str:
    if not placeholders:
        return ""
    return f" It must hold {' and '.join(placeholders)}, where the input is filled in."


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"
