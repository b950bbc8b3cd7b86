"""What an answer counts as in a vote: the same answer, however it is written.

Whoever changes what counts as the same raises `VOTE_COUNTING`, which fingerprints cover.
"""

from decimal import Decimal

from promptci.latepattern import late

_AROUND = " *_`\"'\u201c\u201d\u2018\u2019"
_BEHIND = ".,;:!"
_BRACKETED = late(r"\(([^()]{1,200})\)")
_NUMBER = late(
    r"(?P<sign>[-+\u2212]?)(?P<money>[$\u20ac\u00a3\u00a5]?)\s?"
    r"(?P<whole>0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,30})(?P<part>\.\d{1,30})?"
)


def counted_as(part: str, *, numbers: bool = True) -> str:
    """A part of an answer without regard to case, spaces, marks around it and a stop behind it.

    With `numbers`, those that are equal count as the same, as `1,200`, `$1200` and `1200.00`, or
    `2.5` and `2.50`; those with zeros before them are no numbers, but codes. Without it they are
    words like others, as versions are, of which 1.10 is not 1.1.
    """
    text = " ".join(part.split()).casefold()
    bare = text.strip(_AROUND).rstrip(_BEHIND + _AROUND).lstrip(_AROUND) or text
    if bracketed := _BRACKETED.fullmatch(bare):
        bare = bracketed[1].strip()
    number = _NUMBER.fullmatch(bare) if numbers else None
    if number is None:
        return bare
    whole = number["whole"].replace(",", "")
    value = Decimal(whole + (number["part"] or ""))
    is_below = bool(value) and number["sign"] in ("-", "\u2212")
    return f"{'-' if is_below else ''}{value.normalize():f}"
