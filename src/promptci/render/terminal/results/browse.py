"""One example for looking through results: its texts, both answers, and how they differ."""

from collections.abc import Iterator, Mapping

from rich.text import Text

from promptci.parsing.source import Plain
from promptci.render.json.page.parts import PageAnswerV1, PageExampleV1
from promptci.render.terminal.lost import marked
from promptci.render.textdiff import word_diff
from promptci.secrets.safetext import for_terminal, on_one_line
from promptci.templates.template import as_text

MOST_TEXT = 20_000
"""Characters of a text that are shown."""

_GONE = "The answer is no longer in the cache."
_FATES = {"pass": "✓ passed", "fail": "✗ failed", "error": "! no answer"}


def example_text(example: PageExampleV1, *, with_diff: bool) -> Text:
    """Everything about an example; with a diff the base's words are in the head's answer."""
    parts = [*_inputs(example), *_answers(example, with_diff=with_diff), *_prompt(example)]
    return Text("\n").join(parts)


def candidate_text(variables: Mapping[str, Plain], answer: str) -> Text:
    """A drafted example: its variables, and what was answered."""
    shown = ((name, as_text(value)) for name, value in variables.items())
    entries = (*shown, ("answered", answer or "(nothing)"))
    return Text("\n").join(part for name, value in entries for part in _entry(name, value))


def cell(text: str) -> Text:
    """A cell of a table, on one line; nothing in it is taken for markup."""
    return Text(on_one_line(text))


def _inputs(example: PageExampleV1) -> Iterator[Text]:
    if example.reason:
        yield Text(for_terminal(example.reason), "yellow")
    for name, value in example.vars.items():
        yield from _entry(name, as_text(value))
    if example.expected is not None:
        yield from _entry("expected", as_text(example.expected))


def _entry(name: str, value: str) -> Iterator[Text]:
    yield Text(f"\n{for_terminal(name)}", "bold")
    yield Text(_cut(value))


def _answers(example: PageExampleV1, *, with_diff: bool) -> Iterator[Text]:
    base, head = example.base, example.head
    if with_diff and base and head and base.text is not None and head.text is not None:
        yield Text("\nfrom base to head", "bold")
        pieces = word_diff(for_terminal(base.text), for_terminal(head.text))
        yield marked(pieces)
    else:
        for name, side in (("base", base), ("head", head)):
            if side is not None:
                yield Text(f"\n{name}: {_FATES[side.fate]}", "bold")
                yield _answer(side)
    yield from _attempts(example)


def _answer(side: PageAnswerV1) -> Text:
    if side.text is None:
        return Text(for_terminal(side.why) or _GONE, "yellow")
    return Text(_cut(side.text) or "(empty)")


def _attempts(example: PageExampleV1) -> Iterator[Text]:
    """The first answer and its repeats, and what each scorer says of the first."""
    yield Text("\nattempts", "bold")
    for name, side in (("base", example.base), ("head", example.head)):
        if side is not None:
            marks = " ".join(_FATES[fate][0] for fate in (side.fate, *side.repeats))
            yield Text(f"{name}  {marks}")
            for score in side.scores:
                mark = "✓" if score.passed else "✗"
                said = f"  {mark} {score.scorer} {score.value:.2f} {score.why}".rstrip()
                yield Text(for_terminal(said))


def _prompt(example: PageExampleV1) -> Iterator[Text]:
    side = example.head or example.base
    if side is not None and side.prompt:
        yield Text("\nprompt as sent", "bold")
        for turn in side.prompt:
            yield Text(f"[{turn.role}]", "dim")
            yield Text(_cut(turn.text))


def _cut(text: str) -> str:
    safe = for_terminal(text)
    left = len(safe) - MOST_TEXT
    return safe if left <= 0 else f"{safe[:MOST_TEXT]}\n… {left:,} more characters"
