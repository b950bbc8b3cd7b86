"""What an answer says beside its result: how it was found, and the same in other units."""

import re

_LONGEST_HEAD = 300
"""Characters before an explanation that may be the answer which it explains."""

_EXPLAINED = re.compile(
    r"^[^\w\n]{0,10}_{0,2}(?:explanation|explained|reasoning|justification|rationale|verification|check|proof"
    r"|notes?|begründung|erklärung|explication|explicación|spiegazione)\b[^\w\n]{0,5}:",
    re.IGNORECASE | re.MULTILINE,
)
_ASIDE = re.compile(
    r"\s+\((?=(?:or|about|approx\w*\.?|i\.e\.|that\s+is|which\s+is|roughly|around|since|because"
    r"|not|[\u2248~$€£¥]?\d)[^()]*\)[\s.*_!]*\Z)[^()]*\)[\s.*_!]*\Z",
    re.IGNORECASE,
)
_LONGEST_ASIDE = 500

_COURTESY = re.compile(
    r"\n\s*(?:let me know|hope (?:this|that) helps|i hope (?:this|that)|feel free|please let me"
    r"|if you (?:have|need|want|would|'d)|would you like|do you (?:want|need)|is there anything"
    r"|happy to help|good luck)\b[^\n]{0,300}\s*\Z",
    re.IGNORECASE,
)
"""A last line that offers more help."""

_IS_SUM = re.compile(r"=|\btotal\b|\bin all\b", re.IGNORECASE)


def without_courtesy(text: str) -> str:
    """A text without the offer of more help that ends it, if anything stands before that."""
    tail = text[-2 * _LONGEST_ASIDE :]
    offer = _COURTESY.search(tail)
    return text if offer is None else text[: len(text) - len(tail) + offer.start()]


def without_asides(text: str) -> str:
    """A text without an explanation behind its answer, and without brackets at its end."""
    explained = _EXPLAINED.search(text, 0, 2 * _LONGEST_HEAD)
    if explained and text[: explained.start()].strip() and explained.start() <= _LONGEST_HEAD:
        text = text[: explained.start()]
    tail = text[-_LONGEST_ASIDE:]
    aside = _ASIDE.search(tail)
    if aside is None or _IS_SUM.search(aside[0]):
        return text
    return text[: len(text) - len(tail) + aside.start()]
