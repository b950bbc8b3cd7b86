"""Likelihoods of choices as lm-eval logs them: which was the likeliest, and which is right.

As `multiple_choice` of lm_eval 0.4.13 has them: one pair of `arguments` for each choice, behind
them one without the question for each where `acc_mutual_info` is wanted; `target` is the place
of the right choice, its text, or a list of places, as a text.
"""

import re

from msgspec import Struct

from promptci.errors import Fault, SpecError
from promptci.parsing.source import Mark, Plain


class Likeliest(Struct, frozen=True):
    """The choice that a model finds likeliest, and the one that is right, or those that are."""

    answer: str
    right: str | list[Plain]


def only_likelihoods(row: dict[str, Plain]) -> bool:
    """Whether a sample holds figures in the place of answers."""
    given = _given(row)
    figure = _figure(given) if isinstance(given, list) else None
    if figure is None or figure > 0:
        return False
    asked = _asked(row)
    settings = _parts(asked[0])[1:2] if asked else []
    return not settings or isinstance(settings[0], str)


def likeliest(row: dict[str, Plain], mark: Mark) -> Likeliest | Fault:
    """The likeliest choice of a sample; a fault where its target is none of its choices.

    Raises `SpecError` where there are no choices to choose from.
    """
    asked = [each for each in map(_parts, _asked(row)) if len(each) == 2 and each[0] != ""]
    choices = [str(each[1]).strip() for each in asked]
    if len(choices) < 2:
        wrong = "it holds likelihoods of whole texts and no answers: run it as a generation"
        raise SpecError([mark.fault(wrong)])
    if len(set(choices)) == 1:
        wrong = "its choices are in the questions, and it does not say which is right"
        raise SpecError([mark.fault(f"{wrong}: run it as a generation")])
    resps = _given(row)
    figures = [_figure(each) for each in resps[: len(choices)]] if isinstance(resps, list) else []
    known = [each for each in figures if each is not None]
    if len(known) < len(choices):
        return mark.fault("a choice has no likelihood: the sample is left out")
    best = known.index(max(known))
    right = _right(row, choices, best)
    if not right:
        return mark.fault("its `target` is none of its choices: the sample is left out")
    return Likeliest(choices[best], right if len(right) > 1 else str(right[0]))


def _given(row: dict[str, Plain]) -> Plain:
    """The figures; of what a filter took alone only pairs, since it may be a number that was said.

    A pair is a likelihood and whether the choice is what the model would have said.
    """
    if "resps" in row:
        return row["resps"]
    taken = row.get("filtered_resps")
    listed = taken if isinstance(taken, list) else []
    is_paired = all(
        isinstance(each, list) and len(each) == 2 and str(each[1]) in ("True", "False")
        for each in listed
    )
    return taken if is_paired else None


def _asked(row: dict[str, Plain]) -> list[Plain]:
    kept = row.get("arguments")
    listed = list(kept.values()) if isinstance(kept, dict) else kept
    return listed if isinstance(listed, list) else []


def _parts(asked: Plain) -> list[Plain]:
    if isinstance(asked, dict):
        return list(asked.values())
    return asked if isinstance(asked, list) else []


def _figure(value: Plain) -> float | None:
    """The likelihood in lists within lists, which is the first in the innermost."""
    while isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return float(value) if isinstance(value, int | float) else None


def _right(row: dict[str, Plain], choices: list[str], best: int) -> list[Plain]:
    """The right choices; a number that is itself a choice is the place, unless `acc` says not."""
    target = row.get("target")
    listed = target if isinstance(target, list) else _places(str(target))
    if listed is not None:
        return [choices[n] for n in listed if isinstance(n, int) and 0 <= n < len(choices)]
    text = str(target).strip()
    by_place = int(text) if text.isdecimal() and int(text) < len(choices) else None
    by_text = choices.index(text) if text in choices else None
    found = [each for each in (by_place, by_text) if each is not None]
    fitting = [each for each in found if row.get("acc") in (None, float(each == best))]
    return [choices[each] for each in (fitting or found)[:1]]


def _places(text: str) -> list[Plain] | None:
    if not re.fullmatch(r"\[\d{1,6}(, \d{1,6})*\]", text.strip()):
        return None
    return [int(each) for each in re.findall(r"\d+", text)]
