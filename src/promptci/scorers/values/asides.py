"""What an answer says beside its result: how it was found, and the same in other units."""

import re

from promptci.scorers.values.doubted import DENYING

_LONGEST_HEAD = 300
"""Characters before an explanation that may be the answer which it explains."""

_EXPLAINED = re.compile(
    r"^[^\w\n]{0,10}_{0,2}(?:explanation|explained|reasoning|justification|rationale|verification"
    r"|check|proof"
    r"|notes?|begründung|erklärung|explication|explicación|spiegazione)\b[^\w\n]{0,5}:",
    re.IGNORECASE | re.MULTILINE,
)
_ASIDE = re.compile(r"\s+[*_]{0,3}\([^()]*\)[\s.*_!]*\Z")
_SOURCES = re.compile(
    r"\n[^\w\n]{0,6}(?:sources?|references?|citations?|quellen?|fuentes?|fonti|参考)\b\W{0,4}[:\n]",
    re.IGNORECASE,
)
_DATA = re.compile(
    r"\n[ \t*_]*[A-Za-z][A-Za-z\x20]{0,40}:[*_]{0,3}\s*"
    r"\[?(?:-?\d[\d.]*\s?[,<\u2264]\s?){2,60}-?\d[\d.]*\]?[\s.*_]*\Z"
)
"""A last line that lists the data, as in `Sorted: 3, 5, 7`."""

_NOT_SO = r"(?:and\s|und\s)?(?:definitely\s|certainly\s)?(?:not|nicht|et\snon|y\sno|no)\b"
_MOVED = r"(?:up|down|an?\s(?:rise|increase|fall|decrease|drop)\sof)(?=\s\D?\d)"
_LEVEL = (
    r"(?:slightly\s|well\s|just\s|far\s)?(?:above|below)"
    r"(?=\s(?:the\s|an?\s|its\s|our\s)?[$\u20ac\xa3]?\d)"
)
_GROUNDS = (
    r"(?:rather\sthan|instead\sof|because|since|out\sof|based\son|compared\s(?:to|with)"
    rf"|{_LEVEL}|(?:up|down)\sfrom)"
)
_SUMS_UP = (
    r",\s(?:(?:so|thus|hence|therefore|that(?:'s|\sis)|making|giving)\s"
    r"|which\sis\s(?:\w+\s)?[\d.]{1,10}\s?(?:%|percent))"
)
_BESIDE = re.compile(
    rf"(?:,\s(?:which\s(?:is|was)\s(?:\w+\s){{1,3}}?than|{_NOT_SO}|{_MOVED})"
    rf"|\s{_GROUNDS}|\s?(?:\xb1|\+/-|,\sgive\sor\stake))\s?"
    rf"(?:(?!{_SUMS_UP})[^=\n.!?]|[.](?=\d))*[.!?*_\s]*\Z"
)
"""The end of a last sentence: what the number is not, or why it is so, or how exact."""
_REST = (
    r"(?:(?!\b(?:is|are|was|were|has|have|had|remains?|equals|comes|leaves|gives|get|gets|makes"
    r"|should|it's)\b)[^=\n.!?]"
    r"|[.](?=\d))*"
)
"""The rest of a sentence that states nothing more."""

_ADDED = re.compile(
    rf"(?:\s(?:after|before|including|excluding)|,\s(?:when|where|whose|while|according\sto"
    rf"|as\s(?:stated|shown|given)\sin"
    rf"|\d+\s(?:for|per|to|in|on)\s(?:each|every|person)))\s{_REST}[.!?*_\s]*\Z"
    r"|,\sfrom\s\D{0,12}\d[\d.,]*\S{0,3}\sto\s\D{0,12}\d[\d.,]*[^\d=]*\Z"
)
"""The end of a last sentence that says what was done before, as in `$60 after a 25% discount`."""
_COULD_BE = re.compile(
    r",?\s(?:though|although|but|and)\s(?:it|this|that|the\s\w+(?:\s\w+)?)\s(?:could|may|might|can"
    r"|would)\b"
    r"[^=\n.!?]*\d[^=\n.!?]*(?:\sto\s|\sand\s|-|\u2013)\D{0,3}\d(?:[^=\n.!?]"
    r"|[.](?=\d))*[.!?*_\s]*\Z",
    re.IGNORECASE,
)
"""The end of a last sentence that says in what range it may be."""
_OWNED = re.compile(
    r"(?:[,;.]|\s[\u2013\u2014-])\s(?:sorry|apologies|i\s(?:made|miscalculated|misread|apologi[sz]e"
    r"|said|wrote)"
    rf"|my\s(?:mistake|earlier|previous|apologies))\b{_REST}"
    rf"\b(?:earlier|previous(?:ly)?|before|said|wrote|stated|initial(?:ly)?"
    rf"|first)\b{_REST}[.!?*_\s]*\Z",
    re.IGNORECASE,
)
"""A mistake that is owned up to behind the number that is right."""
_LEAD = re.compile(
    r"\s*(?:[*_]{0,3}(?:score|rating|grade|mark|result|answer|count|estimate"
    r"|value)s?[*_]{0,3}\s?:[*_]{0,3}\s{0,3})?"
    r"(?P<line>[*_`$\u20ac\xa3\"~\u2248-]{0,5}\d[\d.,\x20']{0,20}(?<![.)])\s?"
    r"(?:/\s?\d{1,3}|[a-z\xb0%\u20ac$]{1,12}[\xb2\xb3]?"
    r"|[a-z]{3})?\.?[*_`$\"]{0,4})[\t\x20]*\n\s*\n(?=\W{0,4}[^\W\d])",
    re.IGNORECASE,
)
_FOUND = re.compile(
    r"\s*(?:(?:it|that)(?:'s|\u2019s"
    r"|\sis)\s)?(?P<line>[*_`$\u20ac\xa3~\u2248-]{0,5}\d[\d,]*(?:\.\d+)?"
    r"(?:\s?[a-z\xb0%\u20ac$\xb2\xb3]{1,12})?[*_`$]{0,4})(?:[.!:;]|,|\s[\u2013\u2014-])[*_]{0,3}\s+"
    r"(?=(?:that|this|the\s(?:sum|product|difference|quotient)\sof|because|since|you|we|obtained"
    r"|found|computed|calculated|i\.e\.)\b"
    r"|(?<!1\.\s)(?:add|subtract|multiply|divid|tak)\w*\s"
    r"|[$\u20ac\xa3]?\d[\d.,]*\s?[-+*/\xd7\xf7x]\s?\S?\d[\d.,]*[^\w=\n]*\Z)",
    re.IGNORECASE,
)
"""A number, and how it was found: `12. That is 5 + 7.`"""
_TOLD_BESIDE = re.compile(
    r"\s*(?:it|that|this)(?:'s|\u2019s|\sis|\swas)\s(?:about\s"
    r"|exactly\s)?(?P<line>[*_`$\u20ac\xa3~\u2248-]{0,5}\d[\d,]*(?:\.\d+)?"
    r"(?:\s?[a-z\xb0%\u20ac$\xb2\xb3]{1,12})?[*_`$]{0,4})\s[\u2013\u2014-]\s"
    r"(?=(?:it|he|she|they|the\s\w+|his|her|its|their)\s\w+)"
    r"(?!.*(?:[=?]|\b(?:so|thus|total|left|remain\w*|leav\w+|mak(?:es|ing)|if|or|but|plus"
    r"|answer)\b))[^\n]*\Z",
    re.IGNORECASE,
)
"""A number, and what else is told in the sentence: `It's 76 - he lived from 1879 to 1955.`"""
_LISTED = re.compile(r"\n[ \t]*\d+[.)]\s")
_CORRECTED = re.compile(r"\b(?:wait|actually|correction|recalculat\w+|mistake)\b", re.IGNORECASE)
_LONGEST_ASIDE = 500
_TOLD = 2_000
"""Characters of an answer that may be no more than a denial."""

_DENIED = re.compile(
    r"(?<!\bif )(?<!\bor )(?:(?:\b[Nn]ot|\bcannot|n't|n\u2019t)\s(?:possibly\s|really\s)?"
    rf"(?:be\s)?(?:exactly\s|quite\s|equal\sto\s)?|(?i:{DENYING})|\A[Hh]ardly\s(?=\d+[.,!]))"
    r"[$\u20ac\xa3*-]{0,3}\d[\d.,]*+(?![\w%]|\s?[-\u2013]\s?\d)"
    r"|\b(?:[Ss]ee|[Rr]efer\sto|[Cc]onsult)\s(?:page|line|section|chapter|figure|table|question"
    r"|item)\s\d[\d.]*"
    r"|\b(?:[Qq]uestion|[Pp]roblem|[Ee]xercise|[Tt]ask|[Ii]tem)\s\d[\d.]*"
    r"(?=\s(?:does|do|asks|is|says|gives)\b)"
)
"""A number that is only said not to be the one, or names what is spoken of."""

_CONFIDENT = re.compile(
    r",?\s(?:but\s|and\s)?i(?:'m|\u2019m|\sam)\s(?:not\s)?(?:about\s|only\s)?\d{1,3}\s?%\s(?:sure"
    r"|certain|confident)[^.!?\n]*",
    re.IGNORECASE,
)
"""How sure an answer is."""

_UNABLE = re.compile(
    r"\b(?:can't|can\u2019t|cannot|can\snot|couldn't|unable\sto|not\s(?:able|possible)\sto"
    r"|impossible\sto)"
    r"\s(?:\w+\s){0,2}(?:compute|calculate|determine|work\sout|figure\sout|find\sout|tell|say"
    r"|estimate|give)\b"
    r"(?![^.!?\n]*\b(?:but|however|though)\b)(?:[^.!?\n]|[.](?=\d))*"
)
"""What a sentence says that says what cannot be said."""

_UNABLE_WORDS = ("can", "couldn", "able", "possible")
"""One of these is in each such sentence; to look for them first is a tenth of the work."""

_COURTESY = re.compile(
    r"(?:\n|(?<=[.!])[ \t])\s*(?:let me know|hope (?:this|that) helps|i hope (?:this|that)"
    r"|feel free|please let me|if you (?:have|need|want|would|'d)|would you like"
    r"|do you (?:want|need)|is there anything|happy to help|good luck)\b[^\n]{0,300}\s*\Z",
    re.IGNORECASE,
)
"""A last line that offers more help."""

_ASKED = re.compile(r"(?<=\d[.!)])\s+[^.!?\n\d]{1,100}[^.!?\n]{0,60}\?\s*\Z")
"""A last sentence that asks something back."""

_IS_SUM = re.compile(r"=|\btotal\b|\bin all\b", re.IGNORECASE)


def without_courtesy(text: str) -> str:
    """A text without the offer of more help that ends it, if anything precedes that."""
    tail = text[-2 * _LONGEST_ASIDE :]
    offer = _COURTESY.search(tail) or ("?" in tail and _ASKED.search(tail))
    if not offer:
        return text
    return text[: len(text) - len(tail) + offer.start()]


def without_denied(text: str) -> str:
    """A text without the numbers that it says are not the answer, or that it cannot tell."""
    text = _DENIED.sub("not", _CONFIDENT.sub("", text) if "%" in text else text)
    if len(text) > _TOLD or not any(word in text for word in _UNABLE_WORDS):
        return text
    for unable in reversed(list(_UNABLE.finditer(text))):
        start = max(text.rfind(end, 0, unable.start()) for end in ".!?\n") + 1
        text = text[:start] + text[unable.end() :]
    return text


def leading(text: str) -> str:
    """What a text begins with where that is a number that the rest explains; else nothing."""
    told = () if _LISTED.search(text) else (_FOUND, _TOLD_BESIDE)
    lead = next((found for each in (_LEAD, *told) if (found := each.match(text))), None)
    return lead["line"] if lead and not _CORRECTED.search(text, lead.end()) else ""


def without_asides(text: str) -> str:
    """A text without what follows its answer: grounds, sources, brackets at its end."""
    explained = _EXPLAINED.search(text, 0, 2 * _LONGEST_HEAD)
    if explained and text[: explained.start()].strip() and explained.start() <= _LONGEST_HEAD:
        text = text[: explained.start()]
    sources = _SOURCES.search(text)
    text = text[: sources.start()] if sources and text[: sources.start()].strip() else text
    for beside in (_DATA, _ASIDE, _COULD_BE, _OWNED, _BESIDE, _ADDED):
        text = _shorter(text, beside)
    return text


def _shorter(text: str, beside: re.Pattern[str]) -> str:
    """A text without such an end, unless that is where something is summed up."""
    tail = text[-_LONGEST_ASIDE:]
    aside = beside.search(tail)
    if aside is None or _IS_SUM.search(aside[0]):
        return text
    return text[: len(text) - len(tail) + aside.start()]
