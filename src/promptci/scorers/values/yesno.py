"""Whether an answer says yes or no."""

import re

from promptci.scorers.base.statements import ANNOUNCED, first_turn, plain, statement_lines
from promptci.scorers.values.agreeing import agreement
from promptci.scorers.values.members import members
from promptci.scorers.values.polarity import (
    BOTH,
    BUT_FALSE,
    IS_WRONG,
    NAME,
    NOUN,
    PARTED,
    SUPPOSED,
    TURNED,
    UNREAL,
    denial,
    judged_claims,
)
from promptci.scorers.values.yeswords import (
    ADVERB,
    ALONE,
    ASIAN,
    FIRST,
    HARD,
    MARKS,
    NO,
    OF_NOUN,
    SHORT,
    YES,
)

HEAD = 2_000
"""Characters at the beginning of an answer in which its first word is looked for."""

_TAIL = 10_000

_NEITHER = (
    r"(?!\s*(?:[?]|/|\bor\b|\band\b|\bor/)\s*\(?(?:no|yes)\b"
    r"|\s+(?:et|y|e|und|ou|o|oder)\s+(?:no|non|nein|n\xe3o|oui|s\xed|ja|sim)\b|-\w"
    r"|(?<=\bno)\.\s?\d+(?!\d|\S*\s+(?:is|are|was|were|has|have|does|can|divided|equals)\b"
    r"|\s?[=\u00d7])"
    r"|\s+votes?\b|\s+(?:is|was)\s+(?:needed|required|expected)\b"
    r"|,\s*(?:no|yes),?\s+(?:or\s+)?(?:maybe|perhaps)\b|,?\sno\s(?:idea|clue)\b"
    r"|\W{0,2}\s+(?:here\s+)?(?:is|was|would)\s+(?:\w+\s+)?"
    r"(?:(?:the\s+)?(?:wrong|incorrect|false)|impossible|misleading|mistaken|a\s+mistake|be|not"
    r"|what|hardly)\b"
    r"(?<!\bnot\sbe)(?!\s+(?:correct|right|my|the\s+(?:answer|correct|right)))"
    r"|\s+(?:is\s+not|isn't|was\s+not|wasn't|can't|cannot|won't|will\s+not)\b)"
)
_FILLER = r"""(?:(?:(?:i'm\ )?sorry,?(?:\ but)?
    |well|hmm+|oh|ok(?:ay)?|actually|honestly|unfortunately|sadly|regrettably
    |most\ likely|very\ likely|probably|likely|clearly|definitely|absolutely|certainly|in\ short|so
    |(?:that(?:'s|\ would\ be|\ is)|it's|it\ is)(?:\ an?)?|a
    |the\ short\ answer(?:\ is)?:?)[,:.!]?\s+){0,2}"""
_AFTER = (
    r"\)?\s*(?:$|\((?=[a-z]{2}|\d\))|[.,;:!)\n\u2013\u2014-]|[^\w\s?'(/])|\s+(?:it|they|he|she|we"
    r"|you|i|the|this|that"
    r"|there|these|those|not|in\s+fact|because|since|as|from|and|but|so)\b"
)
_OPEN = re.compile(
    rf"""{_FILLER}\(?(?P<word>{YES}|{NO})\b{_NEITHER}
    (?:(?<!\b[Nn][Oo])(?<!\b[Ss][Ii])(?<!\b[Nn]on)(?<!\bja)(?!\?|\s*\?)|{_AFTER})""".replace(
        "yes sir|", ""
    ).replace("no sir|", ""),
    re.VERBOSE | re.IGNORECASE,
)
"""A first word; `no` only where it is not the beginning of `no idea` or `no one`."""

_CJK = "|".join(sorted(ASIAN, key=len, reverse=True))
_ASIAN_OPEN = re.compile(
    rf"(?:(?:これ|それ|上記|この[文答主記][えや]?|その答え)は、?|[这這那](?:个|個)?是)?(?P<word>{_CJK})"
    r"(?=\Z|[\s,.!\u3001\u3002\uff0c\uff01]\s*(?!请|請|让我|讓我)"
    r"|(?<=可以|不能)(?!说|說|确定|確定|判断|判斷|回答|肯定)[^\s,.!?\uff1f\uff0c\u3001]{1,12}[.\u3002!\uff01]?\s*\Z)"
)
_TRUE_OPEN = re.compile(
    r"(?P<word>right(?=,\s(?:[\w'-]+\s){1,4}(?:is|are|was|were)\b)|true|false|correct|incorrect"
    r"|wrong|richtig|falsch|korrekt|vrai|faux|verdadero"
    r"|untrue|falso|correcto|verdadeiro|vero)(?=[.!,:;](?:\s|$)|\s[\u2013\u2014-]\s)",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    rf"""(?:{ANNOUNCED}|\b(?:but\s+)?actually[,:]?\s+|\bwait[,.!:\u2013\u2014-]*\s+(?:actually[,:]?\s+)?
      |\b(?:so|thus|therefore|hence|indeed|sure|absolutely|definitely|certainly
      |in\s+short|i(?:'d|\s+would)?\s+(?:say|answer))[,:]?\s+)(?:an?\s+)?[('\u2018]?
    (?:{ADVERB}\s+)?(?P<word>{YES}|{NO}|true|false|correct|incorrect|y|n|{_CJK})\b{_NEITHER}
      (?![ \t]+(?:one|idea|way|doubt|longer|more
      |answer|information|evidence|need|matter|such|other|reason)\b)(?!-)""".replace(
        "yes sir|", ""
    ).replace("no sir|", ""),
    re.VERBOSE | re.IGNORECASE,
)

_TICKED = re.compile(r"\(x\)\s?(?P<word>yes|no)\b", re.IGNORECASE)
_SIGNS = re.compile(r"\A[^\w(]+")
_POLITE = re.compile(
    r"\A(?:no\s+(?:problem|worries|doubt|question)\b[^\w\n]+(?=\w)|yeah,?\s(?=no[.,!]))",
    re.IGNORECASE,
)
"""Words before an answer that begin as another one does: `No problem! Yes`, `Yeah, no.`"""

_DRAWN_OUT = re.compile(r"\b(yes|no)(?:(?<=s)s+|(?<=o)o+)\b", re.IGNORECASE)

_EDGES = re.compile(r"\A[^\w\u0900-\u097f]+|[^\w\u0900-\u097f]+\Z")
_LEVEL = re.compile(rf"\A{ADVERB}\s+(?=(?:true|false|correct|incorrect|right|wrong)\Z)")
_ITEM = re.compile(r"\A(?:\d+[.)]|[AQ]:)\s+")
_BRACKETED = re.compile(r"\((?P<word>yes|no|true|false)\)", re.IGNORECASE)
_MANNER = re.compile(r"\bin\s+the\s+(?P<word>affirmative|negative)\b", re.IGNORECASE)
_LAST = re.compile(
    r"[.,:;!?=\u2013\u2014]\s+(?P<word>yes|no|true|false|absolutely\s+not|not\s+really|never"
    r"|(?<=\?\s)(?:definitely|absolutely|certainly|of\s+course))[.!]*\s*\Z",
    re.IGNORECASE,
)
_SOLE = re.compile(
    r"\b(?P<word>yes|no)\b(?!-\w|\.\s?\d|\s+(?:problem|worries|doubt|question)\b)", re.IGNORECASE
)
_CLAUSE_END = re.compile(r"[)\s]*(?:[.,;:!]|$|\s(?:(?:from|for)\s(?:me|us)|here)\b)", re.M)
_NEGATED = re.compile(r"(?:\bnot|n't|\bcannot|\bnever)\s+(?:\w+\s+){0,2}\Z", re.IGNORECASE)


def yes_or_no(text: str) -> bool | None:
    """What an answer says: True for yes, False for no, None for neither.

    The last word that is called the answer or ends it on a line of its own counts most, then one
    in brackets, the first word, the last, and what the answer says of a statement.
    """
    text = _DRAWN_OUT.sub(r"\1", text)
    text = UNREAL.sub("", text) if " if " in text or " when " in text else text
    bare = plain(first_turn(text)).replace("\u2019", "'")
    body = statement_lines(bare)
    if not body or PARTED.search(bare[-_TAIL:]) or BUT_FALSE.match(bare) or BOTH.fullmatch(bare):
        return None
    if bare.strip(" .\n") in ("0", "1"):
        return "1" in bare
    stated = _alone(body[-1])
    if stated is None:
        stated = _stated(body)
    if stated is not None:
        return stated
    told = _of_object(text)
    if told is not None:
        return told
    opening = _ITEM.sub("", _SIGNS.sub("", plain(text[:HEAD]))).split("\n")[0]
    opening = _POLITE.sub("", opening)
    for said in (
        _opened(opening),
        _ended(body),
        _alone(body[0]),
        judged_claims(body),
        _sole(body),
        denial(body),
    ):
        if said is not None:
            return said
    return None


def _of_object(text: str) -> bool | None:
    """What the first member of a JSON object says that says either."""
    for value in members(text).values():
        said = value if isinstance(value, bool) else None
        if isinstance(value, str):
            said = _alone(value)
        if said is not None:
            return said
    return None


def _stated(body: list[str]) -> bool | None:
    """The last word that is announced as the answer, or else is in brackets."""
    text = "\n".join(body)
    for pattern in (_TICKED, TURNED, _ANNOUNCED, _BRACKETED, _MANNER):
        found = [match["word"] for match in pattern.finditer(text) if not _is_supposed(match)]
        if found:
            return ALONE.get(found[-1].casefold())
    return None


def _is_supposed(match: re.Match[str], group: str | int = 0) -> bool:
    start = match.start(group)
    return SUPPOSED.search(match.string, max(0, start - 60), start) is not None


def _opened(opening: str) -> bool | None:
    """What the first words say; `Sure!` before anything else is mere politeness."""
    word = _OPEN.match(opening)
    if word is not None and not NAME.match(opening, word.end("word")):
        return HARD.get(word["word"].casefold())
    word = _ASIAN_OPEN.match(opening) or _TRUE_OPEN.match(opening)
    if word is not None:
        return ALONE.get(word["word"].casefold())
    first = FIRST.match(opening)
    short = SHORT.fullmatch(first["said"]) if first else None
    if short is not None:
        return not short["negated"]
    return agreement(opening)


def _ended(body: list[str]) -> bool | None:
    """What the last words say, or all of the last sentence."""
    text = "\n".join(body)[-_TAIL:]
    word = _LAST.search(text)
    if word is None:
        return _alone(re.split(r"(?<=[.!?])\s+", text)[-1])
    is_supposed = _is_supposed(word, "word")
    return None if is_supposed else ALONE.get(" ".join(word["word"].casefold().split()))


def _sole(body: list[str]) -> bool | None:
    """A yes or no somewhere in an answer that has only one of them, not denied."""
    text = "\n".join(body)[-_TAIL:]
    found = [m for m in _SOLE.finditer(text) if not OF_NOUN.match(text, m.start())]
    if len({match["word"].lower() for match in found}) > 1:
        found = [match for match in found if not _is_supposed(match)]
    words = {match["word"].lower() for match in found}
    if len(words) != 1:
        return None
    for match in found:
        behind = next((p for p in (IS_WRONG, NOUN, NAME) if p.match(text, match.end())), None)
        before = _NEGATED.search(text, max(0, match.start() - 40), match.start())
        is_asked = text.startswith("?", match.end())
        is_denied = behind or before or is_asked or _is_supposed(match)
        if not is_denied and (words == {"yes"} or _CLAUSE_END.match(text, match.end())):
            return words == {"yes"}
    return None


def _alone(line: str) -> bool | None:
    """What a line says that holds nothing but the word, or a mark."""
    bare = _LEVEL.sub("", _EDGES.sub("", _ITEM.sub("", line)).lower())
    if not bare:
        marks = {MARKS[sign] for sign in line if sign in MARKS}
        return marks.pop() if len(marks) == 1 else None
    if len(bare) > 60 or line.rstrip().endswith("?"):
        return None
    short = SHORT.fullmatch(bare)
    return not short["negated"] if short else ALONE.get(" ".join(bare.split()))
