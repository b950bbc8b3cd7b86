"""Options that an answer names by their text, and what rules one out."""

import re
from collections.abc import Iterator

from promptci.scorers.base.statements import ANNOUNCED, statement_lines
from promptci.scorers.base.verdict import Unjudged, shorten
from promptci.scorers.values.doubted import DENYING, HARDLY

_KIND = r"(?:(?:the\s)?(?:option|choice|letter|answer)\s)?\(?\Z"
DENIED = re.compile(rf"(?:{DENYING}|{HARDLY}){_KIND}", re.IGNORECASE)
"""Words before what is said not to be so."""

RULED_OUT = re.compile(
    rf"(?:{DENYING}|{HARDLY}){_KIND}|"
    r"\b(?:not|n't|nor|neither|rather\s+than|(?:all|(?:any|every)\w*)\s+(?:but|except)|instead\s+of"
    r"|other\s+than|unlike|nicht)\s+"
    r"(?:(?:in|the|an?|only)\s+)?(?:[\w'-]+(?:\s[\w'-]+){0,2}\s+n?or\s+(?:(?:in|the|an?)\s+)?)?\Z",
    re.IGNORECASE,
)
"""Words before what is not meant."""

IS_WRONG = re.compile(
    r"\)?\s+(?:is|are|was|would\s+be)\s+(?:clearly\s+)?(?:wrong|incorrect|false|impossible|not|out"
    r"|eliminated|excluded)\b"
    r"|\)?\s+(?:does|do|did)(?:n't|\s+not)\b"
    r"|\)?\s+(?:isn't|can't\s+be|cannot\s+be)\b|\?\s+(?:no|nope|wrong)\b",
    re.IGNORECASE,
)
"""Words behind what is not meant."""

_LEAD = re.compile(
    r"\W*(?:(?:it's|it\sis|that's)\s)?(?:(?:the|an?)\s)?(?P<said>[^.!?;:()\n]{1,100}?)"
    r"(?:[.!;]\s|\s\(|\s[\u2013\u2014-]\s|\n)",
    re.IGNORECASE,
)
"""A short first sentence, or what precedes a dash or brackets."""

_TAKEN_BACK = re.compile(
    r"\b(?:but|however|no|not|wait|actually|wrong|incorrect|rather|or|instead|correction|sorry"
    r"|mistake|though|although|if|was)\b|n't\b|[?]",
    re.IGNORECASE,
)
"""Words behind an answer that may take it back."""

_ARTICLE = re.compile(
    r"\A(?:(?:the|an?) (?=\w{3})|(?:it|they|he|she) (?!(?:does|was|goes)\b)(?=\w{3,}s\b|\w{4,} \w))"
)
_UNIT = re.compile(r"(?<=\d)\\ (?=[^\W\d])")
"""The blank, escaped, between a number and its unit."""

_THINGS = re.compile(
    r"\b(?:vitamins?|plan|hepatitis|types?|grades?|class|groups?|section|part|appendix|point|team"
    r"|side|phase"
    r"|level|drive|series|platform|person|patient|company|city|town|set|event|factor|note|key|blood"
    r"|(?<!reflected\s)(?<!expressed\s)(?<!described\s)(?<!stated\s)(?<!shown\s)(?<!error\s)(?<!is"
    r"\s)(?<!mistake\s)in|language"
    r"|programming|player|student|box|room|gate|exit|bus|line"
    r"|(?<!point\s)(?<!points\s)(?<!down\s)(?<!leads\s)(?<!refers\s)(?<!leans\s)(?<!belongs\s)(?<!"
    r"goes\s)(?<!corresponds\s)to)\s\Z",
    re.IGNORECASE,
)
"""Words before a letter that is the name of a thing."""

_COMPARED = re.compile(r"\b(?:\w+er|more\s\w+)\s+than\s\Z", re.IGNORECASE)
"""Words before the lesser of two."""

_DOUBT = re.compile(
    r"\b(?:can(?:no|')t|don't|do\snot|unable|not\s(?:sure|enough|certain)|unsure|unclear|wrong"
    r"|incorrect|false"
    r"|eliminat\w+|exclud\w+|if\sonly|rul\w+\sout|isn't|none|neither)\b",
    re.IGNORECASE,
)


_BESIDE = re.compile(
    r"(?:^|[.!?]\s)(?i:although|though|even\sthough|while|whereas|despite)\b[^,\n]{1,200},"
    r"|,?\s(?:because|due\sto)\s[^.,\n]*"
    r"|,\s(?:followed\sby|ahead\sof|(?:with|while|whereas|unlike)(?=\s))[^.\n]*"
    r"|;\s[^.\n]*"
    r"|(?<=er\s)(?:even\s)?than\s[^.,;\n]{1,60}",
    re.MULTILINE,
)
"""What is admitted or compared beside a statement, in small letters."""


def without_admitted(text: str) -> str:
    """A text without what it admits or compares beside its statements."""
    return _BESIDE.sub("", text)


def is_unsure(text: str) -> bool:
    """Whether an answer asks, or says anywhere that it is not sure."""
    return text.rstrip().endswith("?") or _DOUBT.search(text) is not None


def is_doubted(match: re.Match[str]) -> bool:
    """Whether a letter is the name of a thing, or ruled out."""
    text, start = match.string, match.start()
    before = text[max(0, start - 40) : start]
    is_thing = any(each.search(before) for each in (_THINGS, RULED_OUT, _COMPARED))
    return is_thing or IS_WRONG.match(text, match.end()) is not None


def by_text(text: str, options: dict[str, str]) -> str | None:
    """The one option whose text is in the last line, or else anywhere."""
    body = statement_lines(text)
    said = [
        (m.start(), letter) for letter, option in options.items() for m in _called(text, option)
    ]
    if said:
        return max(said)[1]
    first = _first(text, options)
    if first is not None:
        return first
    for part in (body[-1:], body):
        whole = "\n".join(part).casefold()
        named = [letter for letter, option in options.items() if _holds(whole, option)]
        longest = [n for n in named if not any(n != m and options[n] in options[m] for m in named)]
        if len(longest) == 1:
            return longest[0]
        if len(longest) > 1 and part is body:
            bare = _BESIDE.sub("", whole)
            meant = [letter for letter in longest if _holds(bare, options[letter])]
            stated = [letter for letter in longest if _is_stated(whole, options[letter])]
            if len(meant) == 1 or len(stated) == 1:
                return (meant if len(meant) == 1 else stated)[0]
            raise Unjudged(f"names several choices: {shorten(options[longest[0]], 30)} and others")
    return _by_part(body, options)


def _first(text: str, options: dict[str, str]) -> str | None:
    """The option that is all of the first sentence, which nothing behind it takes back."""
    lead = _LEAD.match(text)
    if lead is None or _TAKEN_BACK.search(text, lead.end("said")):
        return None
    said = lead["said"].casefold()
    named = [letter for letter, option in options.items() if re.fullmatch(_named(option), said)]
    return named[0] if len(named) == 1 else None


def _by_part(body: list[str], options: dict[str, str]) -> str | None:
    """The one option that holds an answer of a word or a few."""
    said = body[0].casefold().strip(" .!") if len(body) == 1 else ""
    if len(said) > 60 or not re.match(r"[^\W\d]{4}", said):
        return None
    part = re.compile(rf"(?<!\w){re.escape(said)}(?!\w)")
    held = [letter for letter, option in options.items() if part.search(option)]
    return held[0] if len(held) == 1 else None


def _holds(text: str, option: str) -> bool:
    """Whether an option is named and not only to be ruled out."""
    return any(
        not RULED_OUT.search(text, max(0, match.start() - 40), match.start())
        and not IS_WRONG.match(text, match.end())
        for match in re.finditer(rf"(?<!\w){_named(option)}(?!\w)", text)
    )


def _is_stated(text: str, option: str) -> bool:
    """Whether the first sentence comes down to an option, or one is called the most."""
    said = rf"[^.!?\n]{{1,200}}\b(?:is|are|was|were)\s(?:the\s|an?\s)?{_named(option)}"
    said += r"[.!,;](?!\s(?:or|and|then|but|not)\b)(?:\s|\Z)"
    best = rf"(?<!\w){_named(option)}\s(?:is|are|was|were)\sthe\s"
    best += r"(?:most|only|best|correct|right|\w{2,}est)\b"
    return re.match(said, text) is not None or re.search(best, text) is not None


def _named(option: str) -> str:
    """A pattern of an option's text, with or without its article and the groups of its digits."""
    bare = _ARTICLE.sub("", option) or option
    if bare.isdigit() and len(bare) > 3:
        return rf"(?:{bare}|{int(bare):,})"
    plural = "(?:e?s)?" if bare[-4:].isalpha() and len(bare) > 3 else ""
    return _UNIT.sub(r"\\ ?", re.escape(bare)) + plural if bare.strip() else r"(?!)"


def _called(text: str, option: str) -> Iterator[re.Match[str]]:
    """Where an option's text is announced as the answer."""
    pattern = rf"{ANNOUNCED}(?:an?\ |the\ )?(?<!\w)(?:{_spaced(_named(option))})(?!\w)"
    return re.finditer(pattern, text, re.IGNORECASE | re.VERBOSE)


def _spaced(pattern: str) -> str:
    """A pattern whose blanks count in a verbose one."""
    return re.sub(r"(?<!\\) ", r"\\ ", pattern)
