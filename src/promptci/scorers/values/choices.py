"""Scorers for answers that pick one of a few: a letter, or yes or no."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from promptci.parsing.source import Plain, excerpt
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.statements import plain
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, as_read, failed, listed, shorten
from promptci.scorers.base.wanted import wanted
from promptci.scorers.values.letters import chosen_letter
from promptci.scorers.values.yesno import yes_or_no
from promptci.templates.template import as_text

Texts: TypeAlias = Mapping[str, str]
"""The texts of the options in lower case, by letter."""

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS = ALPHABET[:10]


class LetterOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without `options` the letters are A to J."""

    value: Annotated[
        str | list[str] | UnsetType, Meta(description="the letter, or a list of letters")
    ] = UNSET
    options: Annotated[
        list[str | int | float] | dict[str, str | int | float] | str | None,
        Meta(description="the options' texts in order or by letter, or the variable with them"),
    ] = None


class YesNoOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`true` is yes and `false` is no."""

    value: Annotated[bool | str | UnsetType, Meta(description="yes or no")] = UNSET


def choice(options: LetterOptions, binding: ScorerContext) -> Judge:
    """The letter that the answer picks, in any of its disguises, is the one wanted.

    An answer that picks none or several is not judged, so it fails under `not` too.
    """
    texts = _texts(options.options, binding)
    goals = _goals(options, binding, texts)

    def judge(subject: Subject) -> Score:
        expected = goals(subject)
        known = texts(subject)
        letters = "".join(known) or LETTERS
        picked = chosen_letter(subject.output, letters, dict(known))
        if picked is None:
            raise Unjudged(
                f"picks none of {letters[0]} to {letters[-1]}: {shorten(subject.output)}"
            )
        if picked in expected:
            return as_read(PASSED, picked)
        return as_read(failed(f"picks {picked}, expected {' or '.join(expected)}"), picked)

    return judge


def yes_no(options: YesNoOptions, binding: ScorerContext) -> Judge:
    """The answer says yes, or no, as wanted; one that says neither is not judged."""
    goals = wanted(binding, options.value, _yes)

    def judge(subject: Subject) -> Score:
        expected = goals(subject)
        said = yes_or_no(subject.output)
        if said is None:
            raise Unjudged(f"neither yes nor no: {shorten(subject.output)}")
        if said in expected:
            return as_read(PASSED, _word(said))
        return as_read(failed(f"says {_word(said)}: {shorten(subject.output)}"), _word(said))

    return judge


def _goals(
    options: LetterOptions, binding: ScorerContext, texts: Callable[[Subject], Texts]
) -> Callable[[Subject], tuple[str, ...]]:
    """The letters wanted, which may depend on the options that an example brings."""

    def letter(value: Plain, known: Texts) -> str:
        return _letter(value, "".join(known) or LETTERS, known)

    if not isinstance(options.options, str):
        known = texts(Subject(""))
        return wanted(binding, options.value, lambda value: letter(value, known))
    given = wanted(binding, options.value, lambda value: value)
    return binding.golden(
        lambda subject: tuple(letter(value, texts(subject)) for value in given(subject))
    )


def _texts(given: Any, binding: ScorerContext) -> Callable[[Subject], Texts]:
    if isinstance(given, str):
        binding.variables.add(given)
        return lambda subject: _by_letter(subject.scope.get(given), given)
    try:
        fixed = {} if given is None else _by_letter(given, "options")
    except Unjudged as error:
        binding.fault(str(error), "options")
        fixed = {}
    return lambda subject: fixed


def _by_letter(given: Plain, name: str) -> Texts:
    """Options by their letters. Raises `Unjudged` for anything else."""
    if isinstance(given, list) and 0 < len(given) <= len(ALPHABET):
        given = dict(zip(ALPHABET, given, strict=False))
    if not isinstance(given, dict) or not given or any(len(key) != 1 for key in given):
        raise Unjudged(f"`{name}` holds no options: give a list, or texts by their letters")
    return {key.upper(): plain(as_text(text)).strip().casefold() for key, text in given.items()}


def _letter(value: Plain, letters: str, texts: Texts) -> str:
    """An expected letter, or the letter of an expected text. Raises `Unjudged` for others."""
    text = as_text(value)
    letter = text.strip(" ().:[]").upper()
    if len(letter) == 1 and letter in letters:
        return letter
    option = plain(text).strip().casefold()
    found = [letter for letter, known in texts.items() if known == option]
    if len(found) != 1:
        known = f"{excerpt(letters[0], 20)} to {excerpt(letters[-1], 20)}"
        raise Unjudged(f"{shorten(value, 40)} is none of the choices {known}")
    return found[0]


def _yes(value: Plain) -> bool:
    if isinstance(value, bool):
        return value
    said = yes_or_no(value) if isinstance(value, str) else None
    if said is None:
        raise Unjudged(f"{listed((value,))} is neither yes nor no: write one of them")
    return said


def _word(said: bool) -> str:
    return "yes" if said else "no"


SCORERS = {
    "choice": Scorer(
        choice,
        LetterOptions,
        "the letter that it picks is the one wanted, as in (C), C. or the answer is C",
        "value",
        version=17,
        example="choice: {options: choices}",
    ),
    "yes_no": Scorer(
        yes_no,
        YesNoOptions,
        "it says yes or no, as wanted",
        "value",
        version=16,
        example="yes_no: true",
    ),
}
