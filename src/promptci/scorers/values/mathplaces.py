"""The place of the mathematics in an answer."""

import re
from collections.abc import Iterator

_TAIL = 20_000
_LONGEST = 400
_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_STRESS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_SAYS = re.compile(
    r"\b(?:is|are|equals|equal\sto|gets?|obtains?|gives|yields|giving|yielding|thus|hence|therefore"
    r"|be|becomes|have|was|ist|sind|beträgt"
    r"|est|sont|es|son)\s+(?:(?:approximately|about|exactly|simply|just|then|therefore|equal\sto|at"
    r"|by)\s+)?"
)
_ASIDE = re.compile(
    r",\s(?=[a-z]{3})|\s(?:because|since|as|which|where|when|for\s(?:some|all|any))\s"
    r"|\s\((?=[a-z\u2248~])"
)
_SO = re.compile(r"\A\s*(?:so|thus|hence|therefore|then)[,:]?\s+", re.IGNORECASE)
_EQUAL = re.compile(r"=|\u2248|\\(?:approx|simeq)(?![A-Za-z])")
_MATTERS = re.compile(r"[\d\\$]")
_UNIT = re.compile(
    r"(?P<number>.*[\d)}])\s*(?:(?:sq(?:uare|\.)?|cubic)\s)?"
    r"(?:[kcm]?m|k?g|mg|s|h|hrs?|min|[kM]?[NJWV]|k?Pa|[kM]?Hz|m?[lL]|ft|in|lbs?|mph|deg"
    r"|(?!and\b|or\b|percent|pct\b|per\b|prozent\b|mod\b|plus\b|minus\b|times\b"
    r"|over\b)[a-z]{3,12})(?:/(?:s|h|min|m|kg))?(?:\s?\^?\s?[23\u00b2\u00b3])?[\s.]*",
    re.DOTALL,
)


def places(text: str) -> Iterator[str]:
    """The parts of a text that may be its expression, the likeliest first.

    All of it; in its last line what follows `is` or before an aside; its formulas from the
    last; what follows the last `:` and `=`.
    """
    yield text
    last = _STRESS.sub(r"\2", text[-_TAIL:].rstrip().rpartition("\n")[2])
    if len(last) <= _LONGEST:
        yield last
        yield from _said(last)
    for match in list(_FORMULA.finditer(text[-_TAIL:]))[::-1][:5]:
        if not match.string.endswith("not ", 0, match.start()):
            yield next(filter(None, match.groups()))
    yield last
    yield last.rpartition(":")[2]
    yield _EQUAL.split(last)[-1]


def _said(last: str) -> Iterator[str]:
    """What a sentence says in the end: behind its last verb, and before what it adds."""
    verbs = list(_SAYS.finditer(last))
    ends = [last[match.end() :] for match in verbs[::-1][:3]]
    for part in (*ends, _SO.sub("", last)):
        bare = _ASIDE.split(part)[0].rstrip(" .!")
        if _MATTERS.search(bare):
            yield bare


def without_unit(text: str) -> str:
    """A number without the unit behind it, such as `10` of `10 m`; empty where there is none."""
    found = _UNIT.fullmatch(text.strip(" \t\r\n*$"))
    return found["number"] if found else ""
