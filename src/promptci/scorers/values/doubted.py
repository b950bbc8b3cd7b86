"""What an answer names only to set it aside: a first guess, what others say, what was so once."""

import re

_LONGEST = 500
"""Characters of an answer in which such clauses are looked for."""

_CUT = re.compile(
    r"(?<=[.!?])[*_\"')]{0,3}\s+|[;:]\s+|\n+|,\s+(?!\d{3}\b)|\s+[\u2013\u2014-]\s+|\s*(?:\.\.\.|\u2026)\s*|\s(?=\()"
    r"|\s+(?=(?:but|yet|though|although|whereas|while|however)\b|(?:and|then)\s(?:is|are|has|now|then|I)\b)"
)
_WHO = (
    r"(?:some|many|most|others|several|people|everyone|everybody|someone|somebody|anyone|no\s?body|you|one|they|he|she|students|critics"
    r"|(?:some|many|most|other|several|the\sother)\s\w+)"
)
_SAY = (
    r"(?:say|says|said|think|thinks|thought|guess|guessed|claim|claims|claimed|believe|believes|believed|expect|expects|expected"
    r"|assume|assumes|assumed|answer|answered|picks?|picked|chooses?|chose|wrote|estimate|estimated|argue|argues|argued)\b"
)
_DOUBTED = re.compile(
    rf"\b{_WHO}\s(?:(?:\w+ly|often|might|may|could|would|will|first|still|also|have|had)\s){{0,2}}{_SAY}"
    r"|\b(?:though|although|whereas|while|but|yet)\s[^.;]{0,40}\b(?:says?|said|claims?|claimed|states?|stated|lists?|reports?|reported|thinks?|thought)\b"
    r"|\b(?:first|initial|obvious|natural|intuitive|na[i\xef]ve|usual|common|popular|wrong|previous|earlier|tempting|old|outdated|incorrect|mistaken)"
    r"\s(?:guess|thought|answer|estimate|impression|instinct|attempt|value|figure|count|result|belief|view|choice|calculation|message|reply|response)\b"
    r"|\bat\sfirst\b|\b(?:(?:almost|nearly)\s(?:said|wrote|picked|chose)|tempt(?:ed|ing)|distractor|contrary\sto|instead\sof|rather\sthan|used\sto\s(?:be|have))\b"
    r"|\b(?:was|were)\s(?:about|going)\sto\s(?:say|write|answer|pick|choose)\b"
    r"|^\W*(?:previously|formerly|originally|initially)\b|\blast\s(?:year|month|week)\W*\Z"
    r"|\b(?:common|frequent|easy|usual|typical)\s(?:mistake|error|trap|misconception)\b"
    r"|(?:\b(?:is|are|was|were|would\sbe|be)|'s)\s(?:(?:\w+ly|a|an|also)\s)?(?:incorrect|wrong|false|off|mistaken|misleading|untrue|trap|trick"
    r"|(?:common\s)?mistake|(?:popular\s|common\s)?myth|too\s(?:low|high|small|large|few|many|much|big|little))\b"
    r"|\b(?:can't|cannot|can\snot|couldn't)\sbe\b|(?:\bnot|n't)\squite\b|\byour\s(?:answer|guess)\b"
    r"|\b(?:do|does|did)(?:n't|\snot)\s(?:choose|pick|select|take|say|answer|go\swith)\b"
    r"|^\W*(?:option\s|choice\s)?[*_]{0,2}(?:[A-J]|\d[\d,.]*)[*_]{0,2}\swould\s(?:be|have\sbeen)\b(?!\smy\b)"
    r"|^\W*(?:almost|nearly|close\sto)\s\D{0,3}\d[\d,.]*:\Z"
    r"|\b(?:although|though|while)\s[^.;]{0,20}\b(?:looks|seems|sounds)\s(?:like\s)?|\b(?:seems|looks|sounds)\s(?:too\s)?(?:low|high|tempting)\b|\?[*_\"')]{0,3}\Z",
    re.IGNORECASE,
)
"""A clause that speaks of something to set it aside."""

_WAS = re.compile(r"\b(?:was|were|had)\b", re.IGNORECASE)
_SEEMS = re.compile(
    r"\b(?:seems|looks|sounds)\s(?:right|correct|plausible|likely|good)\b", re.IGNORECASE
)
_BUT = re.compile(r"\b(?:but|yet|still|however|though|instead)\b", re.IGNORECASE)
_IS = r"(?:\b(?:is|are|has|have|costs?)\b|'s\b|'re\b)"
_TIME = r"\b(?:now|today|nowadays|currently|these\sdays)\b"
_NOW = re.compile(rf"{_IS}[^.;]*{_TIME}|{_TIME}[^.;]*{_IS}", re.IGNORECASE)
_HINT = re.compile(
    r"[?]|\b(?:guess|thought|th[io]nk|say|sa[iy][sd]|claim|belie|expect|assum|wrong|false|mistak|myth|trap|incorrect|mislead|untrue|off\b|too\s|temp"
    r"|first|last\s|used\sto|previous|former|original|initial|was\b|were\b|had\b|not\b|can't|cannot|couldn|don't|didn't|doesn't|your\b|contrary|instead|rather|almost|nearly"
    r"|old\b|outdated|would|seems|looks|sounds|trick|argu|na[i\xef]ve|usual|obvious|common|popular|stat|list|report|pick|choose|chose|estimat|distract)",
    re.IGNORECASE,
)
"""One of these is in each such clause; to look for them first is a tenth of the work."""


def without_doubted(text: str, named: re.Pattern[str]) -> str:
    """A short text without the clauses that name something only to set it aside.

    `named` is what may be named: a number, a letter. The text stays as it is where nothing would
    be left of that, so `I was wrong, it is 12` still says 12.
    """
    if len(text) > _LONGEST or len(named.findall(text)) < 2 or not _HINT.search(text):
        return text
    clauses = _clauses(text)
    is_past = any(named.search(each) and _NOW.search(each) for each in clauses)
    kept = [
        each
        for number, each in enumerate(clauses)
        if not (named.search(each) and _is_aside(each, is_past, "".join(clauses[number + 1 :])))
    ]
    if len(kept) == len(clauses) or not any(map(named.search, kept)):
        return text
    return "".join(kept)


def _is_aside(clause: str, is_past: bool, rest: str) -> bool:
    clause = clause.strip()
    was = is_past and _WAS.search(clause) and not _NOW.search(clause)
    seems = _SEEMS.search(clause) and _BUT.search(rest)
    return bool(was or seems or _DOUBTED.search(clause))


def _clauses(text: str) -> list[str]:
    """A text cut into clauses, each with what parts it from the next."""
    ends = [match.end() for match in _CUT.finditer(text)]
    return [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True) if a < b]
