"""What an answer names only to set it aside: a first guess, what others say, what was so once."""

import re

DENYING = (
    r"(?:\bno\s(?:way|chance|possibility)\s(?:that\s)?"
    r"|(?<!\bno\s)(?<!\bnot\s)(?<!n't\s)(?<!\ba\s)\bdoubt(?:ful)?\s(?:(?:that|if|whether)\s)?"
    r"|\b(?:surprised|shocked|amazed)\sif\s|\bunlikely\s(?:that\s|to\sbe\s))"
    r"(?:(?:it|that|this|there|the\s\w+)(?:'s|\u2019s|\s(?:is|was|were|are|be|(?:could|would"
    r"|can)\sbe))\s)?"
)
"""Words that say that something is not so, up to what they say it of."""

HARDLY = r"(?:\A|(?<=[.!?]\s)|\b(?:it's|it\sis|that's)\s)(?:hardly|scarcely|anything\sbut)\s"

_LONGEST = 500
"""Characters of an answer in which such clauses are looked for."""

_CUT = re.compile(
    r"""(?<=[.!?])[*_"')]{0,3}\s+
    |[;:]\s+
    |\n+
    |,\s+(?!\d{3}\b)
    |\s+[\u2013\u2014-]\s+
    |\s*(?:\.\.\.|\u2026)\s*
    |\s(?=\()
    |\s+(?=(?:but|yet|though|although|whereas|while|however)\b
          |(?:instead\sof|rather\sthan)\s
          |(?:and|then)\s(?:is|are|has|now|then|I)\b)""",
    re.VERBOSE,
)
_SAY = (
    r"(?:(?:say|think|guess|claim|believe|expect|assume|answer|pick|choose|estimate|argue|report"
    r"|state|list|quote)s?|said|thought|guessed|claimed|believed|expected|assumed|answered|picked"
    r"|chose|wrote|estimated|argued|reported|stated|listed)\b"
)
_SAYS = (
    r"(?:(?:say|think|guesse|claim|believe|expect|assume|answer|pick|choose|estimate|argue|report"
    r"|(?<!nited\s)state|list|quote)s|said|thought|guessed|claimed|believed|expected|assumed"
    r"|answered|picked|chose|wrote|estimated|argued|reported|stated|listed)\b"
)
"""What one alone says: `answer`, `guess` and `claim` behind an article are no verbs."""

_OTHERS = (
    r"(?:some|many|most|others|several|people|everyone|everybody|someone|somebody|anyone|no\s?body"
    r"|you|one|they|he|she|students|critics|(?:some|many|most|other|several|the\sother)\s\w+)"
)
_FORMER = (
    r"(?:first|initial|obvious|natural|intuitive|na[i\xef]ve|usual|common|popular|wrong|previous"
    r"|earlier|tempting|old|outdated|incorrect|mistaken)"
)
_THOUGHT = (
    r"(?:guess|thought|answer|estimate|impression|instinct|attempt|value|figure|count|result|belief"
    r"|view|choice|calculation|message|reply|response)"
)
_WRONG = (
    r"(?:incorrect|wrong|false|off|mistaken|misleading|untrue|trap|trick|(?:common\s)?mistake"
    r"|(?:popular\s|common\s)?myth|too\s(?:low|high|small|large|few|many|much|big|little))"
)
_DOUBTED = re.compile(
    rf"""
    \b(?:
      {_OTHERS}\s(?:(?:\w+ly|often|might|may|could|would|will|first|still|also|have|had)\s){{0,2}}
        {_SAY}
      |(?:though|although|whereas|while|but|yet)\s(?!i\b)[^.;]{{0,40}}
        \b(?:says?|said|claims?|claimed|states?|stated|lists?|reports?|reported|thinks?|thought)\b
      |{_FORMER}\s{_THOUGHT}\b
      |at\sfirst\b
      |(?:(?:almost|nearly)\s(?:said|wrote|picked|chose)|tempt(?:ed|ing)|distractor|contrary\sto
        |instead\sof|rather\sthan|used\sto\s(?:be|have))\b
      |(?:was|were)\s(?:about|going)\sto\s(?:say|write|answer|pick|choose)\b
      |last\s(?:year|month|week)\W*\Z
      |(?:common|frequent|easy|usual|typical)\s(?:mistake|error|trap|misconception)\b
      |(?:is|are|was|were|would\sbe|be)\s(?:(?:\w+ly|a|an|also)\s)?{_WRONG}\b
      |(?:can't|cannot|can\snot|couldn't)\sbe\b
      |(?:rul(?:e|es|ed|ing)\sout|eliminat(?:e|es|ed|ing))\b
      |not\squite\b
      |your\s(?:answer|guess)\b
      |(?:do|does|did)(?:n't|\snot)\s(?:choose|pick|select|take|say|answer|go\swith)\b
      |(?:although|though|while)\s[^.;]{{0,20}}\b(?:looks|seems|sounds)\s(?:like\s)?
      |(?:seems|looks|sounds)\s(?:too\s)?(?:low|high|tempting)\b
      |if\s[^.;]{{0,60}}\b(?:were|had)\b
    )
    |\A\W*(?:
      (?:previously|formerly|originally|initially)\b
      |(?:option\s|choice\s)?[*_]{{0,2}}(?:[A-J]|\d[\d,.]*)[*_]{{0,2}}
        \swould\s(?:be|have\sbeen)\b(?!\smy\b)
      |(?:almost|nearly|close\sto)\s\D{{0,3}}\d[\d,.]*:\Z
    )
    |'s\s(?:(?:\w+ly|a|an|also)\s)?{_WRONG}\b
    |n't\squite\b
    |[?][*_"')]{{0,3}}\Z
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""A clause that speaks of something to set it aside."""

_MAYBE = re.compile(
    r"(?<=[\w.)*])(?:,?\sbut|\s\((?:or|but))\s(?:maybe|perhaps"
    r"|possibly)\s[^.;,()\n]{1,30}\)?[\s.!]*\Z",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|neither|isn't|can't|cannot)\b", re.IGNORECASE)
"""What else it might be, at the end of an answer that denies nothing: `A, but maybe B`."""

_CLAIMED = re.compile(
    rf"""(?<!\bwhat\s)\b(?:the|my|your|his|her|our|their|its|this|that|an?)\s(?:[\w'-]+\s){{1,3}}?{_SAYS}
    |(?-i:(?!(?:The|My|Our|This|Its)\b)[A-Z]\w+)\s{_SAYS}
    |\baccording\sto\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""A clause that says what somebody else says, which may be right."""

_OWN = re.compile(
    r"\bI(?:'d)?\s(?:\w+\s)?(?:count|counted|get|got|make\sit|made\sit|calculate|calculated|say)\b"
    r"|\bmy\s(?:own\s)?(?:answer|count|calculation|result|total|figure)\b"
)
"""A clause that says what the answer itself is."""

_WAS = re.compile(r"\b(?:was|were|had|\w{3,}ed)\b", re.IGNORECASE)
_SEEMS = re.compile(
    r"\b(?:seems|looks|sounds)\s(?:right|correct|plausible|likely|good)\b", re.IGNORECASE
)
_BUT = re.compile(r"\b(?:but|yet|still|however|though|instead)\b", re.IGNORECASE)
_IS = r"(?:\b(?:is|are|has|have|costs?)\b|'s\b|'re\b)"
_TIME = (
    r"\b(?:now|today|nowadays|currently|these\sdays|here|this\s(?:year|month|week|time)"
    r"|(?:final|latest|current|new(?:est)?)(?=\s))\b"
)
_NOW = re.compile(rf"{_IS}[^.;]*{_TIME}|{_TIME}[^.;]*{_IS}", re.IGNORECASE)
_IF = re.compile(r"\W*(?:(?:but|and)\s)?if\s[^.;!?]*\b(?:were|had)\b[^.;!?]*,\s+\Z", re.IGNORECASE)
"""A condition that is not so, which what follows belongs to."""

_HINT = re.compile(
    r"""[?]|n't\squite|\b(?:guess|thought|th[io]nk|say|sa[iy][sd]|claim|belie|expect|assum|wrong|false|mistak
    |myth|trap|incorrect|mislead|untrue|off\b|too\s|temp|first|last\s|used\sto|previous|former
    |original|initial|was\b|were\b|had\b|not\b|can't|cannot|couldn|don't|didn't|doesn't
    |contrary|instead|rather|almost|nearly|close\s|old\b|outdated|would|seems|looks|sounds|trick
    |argu|error|misconce|natural|intuitiv
    |na[i\xef]ve|usual|obvious|common|popular|stat|list|report|pick|choose|chose|estimat|distract
    |answer|according|wrote|quote|rul\w+\sout|eliminat|if\s|now\b|nowadays|today|current|these\s
    |here\b|this\s(?:year|month|week|time)|final|latest|new)""",
    re.IGNORECASE | re.VERBOSE,
)
"""One of these is in each such clause; to look for them first is a tenth of the work."""


def without_doubted(text: str, named: re.Pattern[str]) -> str:
    """A short text without the clauses that name something only to set it aside.

    `named` is what may be named: a number, a letter. The text stays as it is where nothing would
    be left of that, so `I was wrong, it is 12` still says 12.
    """
    if len(text) > _LONGEST or len(named.findall(text)) < 2:
        return text
    text = text if _NOT.search(text) else _MAYBE.sub("", text)
    if not _HINT.search(text):
        return text
    clauses = _clauses(text)
    naming = [each for each in clauses if named.search(each)]
    is_past = any(map(_NOW.search, naming))
    is_own = any(_OWN.search(each) or _is_bare(each, named) for each in naming)
    kept = [
        each
        for number, each in enumerate(clauses)
        if each not in naming
        or not (
            _is_aside(each, is_past, "".join(clauses[number + 1 :]))
            or (is_own and _CLAIMED.search(each) and not _OWN.search(each))
        )
    ]
    if len(kept) == len(clauses) or not any(map(named.search, kept)):
        return text
    return "".join(kept)


def _is_aside(clause: str, is_past: bool, rest: str) -> bool:
    clause = clause.strip()
    if not _HINT.search(clause):
        return is_past and _WAS.search(clause) is not None and not _NOW.search(clause)
    was = is_past and _WAS.search(clause) and not _NOW.search(clause)
    seems = _BUT.search(rest) and _SEEMS.search(clause)
    return bool(was or seems or _DOUBTED.search(clause))


def _is_bare(clause: str, named: re.Pattern[str]) -> bool:
    """Whether a clause that ends is only what it names, with a word such as a unit behind it."""
    found = named.search(clause)
    assert found is not None
    before, behind = clause[: found.start()], clause[found.end() :]
    is_alone = not re.search(r"\w", before) and len(re.findall(r"\w+", behind)) <= 1
    return is_alone and not behind.endswith(", ")


def _clauses(text: str) -> list[str]:
    """A text cut into clauses, each with what parts it from the next.

    A condition that is not so is one with what it holds for.
    """
    ends = [match.end() for match in _CUT.finditer(text)]
    clauses: list[str] = []
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        if clauses and _IF.fullmatch(clauses[-1]):
            clauses[-1] += text[start:end]
        elif start < end:
            clauses.append(text[start:end])
    return clauses
