"""A prompt in other formats: the same words, with other separators, cases and spaces."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from msgspec import Struct
from msgspec.structs import replace

from promptci.digest import digest
from promptci.specs.experiments import FormatsFile
from promptci.specs.prompt import Prompt
from promptci.specs.turns import Turn
from promptci.templates.template import Template

_LABEL = re.compile(r"(?m)^(?P<label>[^\W\d][\w ()/-]{0,40}?)(?P<mark>:[ \t]?)(?=\S|$)")

AXES: Mapping[str, Sequence[str]] = {
    "separator": (": ", ":: ", " - ", " = ", ":\n", "\t"),
    "case": ("as it is", "upper", "lower", "title"),
    "spacing": ("\n", "\n\n", " ", " || "),
}
"""What can differ, as FormatSpread varies it (Sclar and others 2024, arXiv:2310.11324)."""


class PromptFormat(Struct, frozen=True):
    """One format: how labels such as `Ticket:` are written and what is between lines.

    `order` is 0 for the shots as they are, else the number of another order of theirs. `wording`
    is what the words are called, empty where there are no others.
    """

    separator: str = ": "
    case: str = "as it is"
    spacing: str = "\n"
    order: int = 0
    wording: str = ""

    @property
    def parts(self) -> Mapping[str, str]:
        """What it is on each axis, for people."""
        wording = {"wording": self.wording} if self.wording else {}
        return {
            **wording,
            "separator": repr(self.separator),
            "case": self.case,
            "spacing": repr(self.spacing),
            "order": "as it is" if not self.order else str(self.order),
        }


class FormatAxes(Struct, frozen=True):
    """What formats may be on each axis; the shots as they are, and in so many other `orders`."""

    separators: Sequence[str] = AXES["separator"]
    cases: Sequence[str] = AXES["case"]
    spacings: Sequence[str] = AXES["spacing"]
    orders: int = 0

    @classmethod
    def of(cls, file: FormatsFile) -> "FormatAxes":
        """Those that an eval names; the others stay as they are."""
        cases = tuple("as it is" if each == "as_is" else each for each in file.case)
        return cls(
            tuple(file.separator) or (": ",),
            cases or ("as it is",),
            tuple(file.spacing) or ("\n",),
            file.shots_order,
        )


WORDS_ALONE = FormatAxes((": ",), ("as it is",), ("\n",))
"""The format as it is, for other wordings."""


def formats_of(
    prompts: Mapping[str, Prompt], axes: FormatAxes, *, sample: int, seed: int
) -> list[PromptFormat]:
    """So many formats of a prompt that differ in it, the prompt's own first, drawn by a seed.

    `prompts` are its wordings by what they are called, its own first. Formats that give the same
    text as another are left out.
    """
    words = list(prompts)
    wordings = words if len(words) > 1 else [""]
    own = PromptFormat(wording=wordings[0])
    orders = range(axes.orders + 1 if len(prompts[words[0]].shots) > 1 else 1)
    values = product(axes.separators, axes.cases, axes.spacings, orders, wordings)
    grid = (PromptFormat(*each) for each in values)
    drawn = sorted(grid, key=lambda each: digest([seed, dict(each.parts)]))
    found: dict[str, PromptFormat] = {prompts[words[0]].digest: own}
    for each in drawn:
        if len(found) > sample:
            break
        prompt = prompts[each.wording or words[0]]
        found.setdefault(in_format(prompt, each, seed).digest, each)
    return list(found.values())


def in_format(prompt: Prompt, form: PromptFormat, seed: int) -> Prompt:
    """The prompt in a format; only user messages that are plain templates change."""
    turns = tuple(_turn(turn, form) for turn in prompt.turns)
    shots = prompt.shots
    if form.order:
        shots = tuple(
            sorted(shots, key=lambda s: digest([seed, form.order, dict(s.vars), s.output]))
        )
    return replace(prompt, turns=turns, shots=shots)


def _turn(turn: Turn, form: PromptFormat) -> Turn:
    if turn.role != "user" or not turn.is_plain or not isinstance(turn.content, Template):
        return turn
    return replace(turn, content=Template.parse(reformatted(turn.content.source, form)))


def reformatted(text: str, form: PromptFormat) -> str:
    """A text in a format: labels at the beginnings of lines, and what is between lines."""
    if form == PromptFormat(order=form.order, wording=form.wording):
        return text
    return form.spacing.join(_lines(text, form))


def _lines(text: str, form: PromptFormat) -> Iterator[str]:
    for line in text.split("\n"):
        yield _LABEL.sub(lambda match: f"{_cased(match['label'], form.case)}{form.separator}", line)


def _cased(label: str, case: str) -> str:
    cases = {"upper": label.upper, "lower": label.lower, "title": label.title}
    return cases[case]() if case in cases else label
