"""Whether an answer says yes or no."""

import json
import re

from promptci.scorers.base.statements import ANNOUNCED, plain, statement_lines

HEAD = 2_000
"""Characters at the beginning of an answer in which its first word is looked for."""

_TAIL = 10_000

_YES = "yes|yeah|yep|yup|yes sir|affirmative|ja|jawohl|sí|sì|si|oui|sim|да|hai|tak"
_NO = "no|nope|nah|no sir|negative|nein|nee|non|não|нет|nie"
_HARD = dict.fromkeys(_YES.split("|"), True) | dict.fromkeys(_NO.split("|"), False)
"""Words that say it at the beginning of a sentence."""

_ASIAN = dict.fromkeys(["是的", "是", "对", "對", "はい", "네", "예"], True)
_ASIAN |= dict.fromkeys(["不是", "否", "不", "不对", "不對", "いいえ", "아니요", "아니오"], False)

_AGREED = (
    "sure|sure thing|of course|certainly|absolutely|definitely|indeed|exactly|naturally|totally"
    "|i think so|i believe so|i guess so|it is|it does|they do|they are|natürlich|genau|claro"
    "|claro que sí|por supuesto|bien sûr|tout à fait|certo|certamente|com certeza|без сомнения"
)
_DENIED = (
    "not really|not necessarily|not yet|not always|not entirely|not in general|not usually"
    "|not that i know of|not that i'm aware of|they are not|they aren't|they don't|they do not"
    "|not at all|not exactly|not quite|not so|not true|not correct|absolutely not"
    "|of course not|definitely not|certainly not|clearly not|surely not|no way|never|hardly"
    "|i don't think so|i do not think so|i don't believe so|i do not believe so|i'm afraid not"
    "|i am afraid not|probably not|most likely not|likely not|presumably not|apparently not"
    "|i guess not|i suppose not|sadly not|regrettably not|unfortunately not"
    "|it is not|it isn't|it does not|it doesn't|nicht wirklich"
    "|natürlich nicht|auf keinen fall|überhaupt nicht|pas vraiment|pas du tout|bien sûr que non"
    "|en absoluto|claro que no|por supuesto que no|não mesmo|claro que não"
    "|per niente|not in any way"
)
_PHRASES = dict.fromkeys(_AGREED.split("|"), True) | dict.fromkeys(_DENIED.split("|"), False)
_ALONE = {
    **_HARD,
    **_ASIAN,
    **_PHRASES,
    **dict.fromkeys(("true", "y", "correct", "right", "that's right", "that is right"), True),
    **dict.fromkeys(("false", "n", "incorrect", "wrong", "untrue"), False),
}
"""What says yes or no when nothing else stands there."""

_MARKS = dict.fromkeys("✅✔☑👍", True) | dict.fromkeys("❌✗✘✖👎", False)

_NEITHER = r"(?!\s*(?:/|\bor\b|\band\b|\bor/)\s*\(?(?:no|yes)\b)"
_FILLER = r"""(?:(?:well|hmm+|oh|ok(?:ay)?|actually|honestly|unfortunately|sadly|regrettably
    |most\ likely|very\ likely|probably|likely|clearly|definitely|absolutely|certainly|in\ short|so
    |(?:that(?:'s|\ would\ be|\ is)|it's|it\ is)(?:\ an?)?|a
    |the\ short\ answer(?:\ is)?:?)[,:.!]?\s+){0,2}"""
_AFTER = (
    r"\)?\s*(?:$|[.,;:!)\n\u2013\u2014-]|[^\w\s?'(/])|\s+(?:it|they|he|she|we|you|i|the|this|that"
    r"|there|these|those|not|in\s+fact|because|since|as|from|and|but|so)\b"
)
_OPEN = re.compile(
    rf"""{_FILLER}\(?(?P<word>{_YES}|{_NO})\b{_NEITHER}
    (?:(?<!\b[Nn][Oo])(?<!\b[Ss][Ii])(?<!\b[Nn]on)(?<!\bja)(?!\?|\s*\?)|{_AFTER})""".replace(
        "yes sir|", ""
    ).replace("no sir|", ""),
    re.VERBOSE | re.IGNORECASE,
)
"""A first word; `no` only where it is not the beginning of `no idea` or `no one`."""

_ASIAN_OPEN = re.compile(
    rf"(?P<word>{'|'.join(sorted(_ASIAN, key=len, reverse=True))})"
    r"(?=[\s,.!\u3001\u3002\uff0c\uff01])"
)
_TRUE_OPEN = re.compile(
    r"(?P<word>true|false|correct|incorrect|wrong)(?=[.!,:;](?:\s|$))", re.IGNORECASE
)
_AGREES = re.compile(
    rf"(?P<word>{_DENIED}|{_AGREED})(?:,?\s+(?:it|they|he|she|that|this|there|you|one)"
    r"(?:'s|\s+(?:is|are|does|do|did|was|were|can|will|has|have|should|would|could))\b"
    r"(?P<negated>\s+not\b|n't)?|(?:\s+(?:true|correct|right|the\s+case))?\s*(?:[.,;:!]|$))",
    re.IGNORECASE,
)
"""First words that agree or deny, with nothing behind them or what they are about."""

_ANNOUNCED = re.compile(
    rf"""(?:{ANNOUNCED}|\b(?:but\s+)?actually[,:]?\s+|\bwait[,.!:\u2013\u2014-]*\s+(?:actually[,:]?\s+)?
      |\b(?:so|thus|therefore|hence|indeed|sure|absolutely|definitely|certainly
      |in\s+short|i(?:'d|\s+would)?\s+say)[,:]?\s+)(?:an?\s+)?[('\u2018]?
    (?P<word>{_YES}|{_NO}|true|false|correct|incorrect|y|n)\b{_NEITHER}(?!\s+(?:one|idea|way|doubt|longer|more
      |answer|information|evidence|need|matter|such|other|reason)\b)(?!-)""".replace(
        "yes sir|", ""
    ).replace("no sir|", ""),
    re.VERBOSE | re.IGNORECASE,
)

_SIGNS = re.compile(r"\A[^\w(]+")
_POLITE = re.compile(r"\Ano\s+(?:problem|worries|doubt|question)\b[^\w\n]+(?=\w)", re.IGNORECASE)
"""Words before an answer that begin as a denial does."""

_ITEM = re.compile(r"\A(?:\d+[.)]|[AQ]:)\s+")
_BRACKETED = re.compile(r"\((?P<word>yes|no|true|false)\)", re.IGNORECASE)
_LAST = re.compile(
    r"[.,:;!?\u2013\u2014]\s+(?P<word>yes|no|true|false|absolutely\s+not|not\s+really|never)[.!]*\s*\Z",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"\b(?:statement|claim|that|this|it|assertion|sentence|proposition)(?:'s|\s+is|\s+was)\s+"
    r"(?:(?:indeed|therefore|thus|clearly|definitely|also)\s+)?(?P<not>not\s+)?"
    r"(?P<word>true|false|correct|incorrect|right|wrong|untrue)\b(?!\s+(?:or|that|if|to|for|answer)\b)",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:whether|if|unless|may|maybe|perhaps|could|might|sure|depends)\b", re.IGNORECASE
)
_SOLE = re.compile(r"\b(?P<word>yes|no)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[)\s]*(?:[.,;:!]|$)", re.MULTILINE)
_NEGATED = re.compile(r"(?:\bnot|n't|\bcannot|\bnever)\s+(?:\w+\s+){0,2}\Z", re.IGNORECASE)


def yes_or_no(text: str) -> bool | None:
    """What an answer says: True for yes, False for no, None for neither.

    The last word that is called the answer or ends it on a line of its own counts most, then one
    in brackets, the first word, the last, and what the answer says of a statement.
    """
    bare = plain(text).replace("\u2019", "'")
    body = statement_lines(bare)
    if not body:
        return None
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
    for said in (_opened(opening), _ended(body), _alone(body[0]), _claimed(body), _sole(body)):
        if said is not None:
            return said
    return None


def _of_object(text: str) -> bool | None:
    """What the first member of a JSON object says that says either."""
    if not text.lstrip().startswith("{") or len(text) > HEAD:
        return None
    try:
        made = json.loads(text)
    except ValueError:
        return None
    for value in made.values() if isinstance(made, dict) else ():
        said = value if isinstance(value, bool) else None
        if isinstance(value, str):
            said = _alone(value)
        if said is not None:
            return said
    return None


def _stated(body: list[str]) -> bool | None:
    """The last word that is announced as the answer, or else stands in brackets."""
    text = "\n".join(body)
    for pattern in (_ANNOUNCED, _BRACKETED):
        found = [match["word"] for match in pattern.finditer(text)]
        if found:
            return _ALONE.get(found[-1].casefold())
    return None


def _opened(opening: str) -> bool | None:
    """What the first words say; `Sure!` before anything else is mere politeness."""
    word = _OPEN.match(opening)
    if word is not None:
        return _HARD.get(word["word"].casefold())
    word = _ASIAN_OPEN.match(opening) or _TRUE_OPEN.match(opening)
    if word is not None:
        return _ALONE.get(word["word"].casefold())
    agreed = _AGREES.match(opening)
    if agreed is None:
        return None
    said = _PHRASES.get(" ".join(agreed["word"].casefold().split()))
    is_bare = agreed[0].rstrip()[-1] in ".,;:!"
    if said and is_bare and opening[agreed.end() :].strip():
        return None
    return said and not agreed["negated"]


def _ended(body: list[str]) -> bool | None:
    word = _LAST.search("\n".join(body)[-_TAIL:])
    return None if word is None else _ALONE.get(" ".join(word["word"].casefold().split()))


def _claimed(body: list[str]) -> bool | None:
    """What is said of a statement, in sentences that are sure of it and agree."""
    said = set()
    for line in body[-20:]:
        for sentence in re.split(r"(?<=[.!?])\s", line[:HEAD]):
            match = _CLAIM.search(sentence)
            if match and not _UNSURE.search(sentence) and not sentence.endswith("?"):
                is_true = match["word"].lower() in ("true", "correct", "right")
                said.add(is_true is not bool(match["not"]))
    return said.pop() if len(said) == 1 else None


def _sole(body: list[str]) -> bool | None:
    """A yes or no somewhere in an answer that has only one of them, not denied."""
    text = "\n".join(body)[-_TAIL:]
    found = list(_SOLE.finditer(text))
    words = {match["word"].lower() for match in found}
    if len(words) != 1:
        return None
    for match in found:
        is_denied = _NEGATED.search(text, max(0, match.start() - 40), match.start())
        if not is_denied and (words == {"yes"} or _CLAUSE_END.match(text, match.end())):
            return words == {"yes"}
    return None


def _alone(line: str) -> bool | None:
    """What a line says that holds nothing but the word, or a mark."""
    bare = re.sub(r"\A\W+|\W+\Z", "", _ITEM.sub("", line)).lower()
    if not bare:
        marks = {_MARKS[sign] for sign in line if sign in _MARKS}
        return marks.pop() if len(marks) == 1 else None
    if len(bare) > 60 or line.rstrip().endswith("?"):
        return None
    return _ALONE.get(" ".join(bare.split()))
