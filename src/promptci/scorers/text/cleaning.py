"""How texts are brought into one form before they are compared."""

from collections.abc import Callable
from functools import reduce
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from promptci.scorers.base.options import Options
from promptci.scorers.base.verdict import Unjudged, shorten
from promptci.scorers.text.normalform import normal_form

Word: TypeAlias = str | int | float | bool
Clean: TypeAlias = Callable[[str], str]

_GO_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)

_MARKS = " \t\r\n*_`#~.,:;!?\"'\u201c\u201d\u2018\u2019\u2026"

Folding: TypeAlias = Annotated[
    bool | Literal["lower"],
    Meta(description="compare casefolded texts; `lower` maps letter by letter, as GitHub does"),
]
Stripping: TypeAlias = Annotated[
    bool | Literal["output"],
    Meta(description="drop white space around both texts; `output` around the output alone"),
]
Normalising: TypeAlias = Annotated[
    bool,
    Meta(description="leave out markup, quotes, closing punctuation, a first article, odd spaces"),
]


class TextOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How texts are brought into one form before they are compared."""

    ignore_case: Folding = False
    strip: Stripping = False
    normalise: Normalising = False


def cleaner(options: TextOptions, *, wanted: bool = False) -> Clean:
    """What brings an output, or the text that it is compared with, into one form."""
    normalise = None
    if options.normalise:
        normalise = _normal_golden if wanted else normal_form
    fold = {False: None, True: str.casefold, "lower": simple_lower}[options.ignore_case]
    strip = {False: None, True: str.strip, "output": None if wanted else _go_strip}[options.strip]
    steps = [step for step in (normalise, strip, fold) if step is not None]
    if len(steps) == 1:
        return steps[0]
    return lambda text: reduce(lambda made, step: step(made), steps, text)


def _normal_golden(text: str) -> str:
    """The normal form of a text to compare with. Raises `Unjudged` if nothing is left of it."""
    if text and not text.strip(_MARKS):
        left = f"nothing is left of {shorten(text, 40)} without markup and punctuation"
        raise Unjudged(f"{left}: leave `normalise` out, as in `equals`")
    return normal_form(text)


def simple_lower(text: str) -> str:
    """Lower case letter by letter, so that the length stays: Unicode's simple mapping.

    `str.lower` maps to more than one letter or by context in two cases only, U+0130 and the sigma
    at the end of a word (SpecialCasing.txt).
    """
    return text.replace("\u0130", "i").replace("\u03a3", "\u03c3").lower()


def _go_strip(text: str) -> str:
    """Without white space around it as Unicode defines it; Python takes U+001C to U+001F too."""
    return text.strip(_GO_SPACE)
