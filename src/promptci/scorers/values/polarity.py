"""Whether sentences without a yes or no affirm or deny."""

import re

_SHORT = 300
"""Characters of an answer that may be no more than one or two sentences."""

_HEAD = 2_000
"""Characters of a line that are read."""

_SUBJECT = (
    r"(?:(?:statement|claim|assertion|sentence)s?(?:\s[^.!?\n]{1,120}(?=\s+is\s+\w+[.!]?\Z))?"
    r"|that|this|it|you|proposition|response|answer|solution|reasoning"
    r"|conclusion|summary|output|information|assumption|hypothesis)"
)
_SURELY = r"(?:indeed|therefore|thus|also|(?!hard|part|near|poss|supp|alleg|seem|only)\w+ly)"
_KIND = (
    r"an?\s+(?:common\s+|popular\s+|widespread\s+)?"
    r"(?=(?:true|false|correct|incorrect)\s+(?:statement|claim|assertion)|myth|misconception)"
)
_TRUTH = (
    r"myth|misconception|true|false|correct|incorrect|right|wrong|untrue|the\s+case"
    r"|(?:un)?supported|(?:in)?accurate|(?:in)?valid|(?:in)?consistent|entailed|contradicted"
    r"|refuted|debunked|disproved|confirmed|verified|unfounded"
)
_CLAIM = re.compile(
    rf"\b{_SUBJECT}(?:'s|'re|\s+is|\s+was|\s+are|\s+has\s+been)\s+"
    rf"(?:{_SURELY}\s+)?(?P<not>not\s+)?(?:{_KIND})?(?P<word>{_TRUTH})\b"
    r"(?!\s+(?:or|if|to(?!\s+say)|for|answer)\b)(?(not)|(?!\s+that\b))",
    re.IGNORECASE,
)
_SOUND = frozenset(
    [
        "true",
        "correct",
        "right",
        "supported",
        "accurate",
        "valid",
        "consistent",
        "entailed",
        "confirmed",
        "verified",
        "the case",
        "agree",
        "supports",
        "confirms",
    ]
)
_VERB = r"is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may"
_VERB_NOT = (
    rf"(?:(?:{_VERB})(?:n't|\s+not)|cannot|can't|won't|never"
    r"|can\s+no\s+longer|is\s+no\s+longer|(?<='s\s)not|(?<='re\s)not)"
)
_DENIAL = re.compile(
    r"(?:[^.!?:\n]{1,60}:\s+)?(?:there(?:'s|\s+is)\s+no\s+(?:way|(?:evidence|indication"
    r"|proof)\s(?:for|of)\s(?:that|this|it))\b"
    r"|i\s(?:really\s)?(?:(?:don't|do\snot)\s(?:think|believe)"
    r"|(?:wouldn't|would\snot)\s(?:call|say|consider|describe|classify))\b(?!\s(?:that\s)?(?:i"
    r"|we)\b)"
    rf"|(?!(?:i|please|if|as\san?)\b)(?:[\w'-]+,?\s+){{1,10}}?(?:{_VERB_NOT}\b))"
    r"(?P<rest>[^.!?:;\n]*)(?:[.!;:]|\Z)",
    re.IGNORECASE,
)
"""A sentence whose verb is negated."""

_NO_DOUBT = re.compile(
    r"(?:[^.!?:\n]{1,60}:\s+)?(?:i\s+can\s+confirm\s+that(?=\s+\w)|no\s+doubt\s+(?:that"
    r"|about\s+it)\b"
    r"|(?:there(?:'s|\s+is|\s+can\s+be)|i\s+(?:have|see|find))\s+(?:absolutely\s+|really\s+)?no\s+"
    r"(?:(?:doubt|question|denying|mistaking)\b(?!\s+of\b)"
    r"|(?P<reason>(?:reason|basis|grounds?)\s+(?:to|for)\s+(?:believ|think|suspect|assum"
    r"|suppos)\w*)))"
    r"(?P<rest>[^.!?\n]*)",
    re.IGNORECASE,
)
"""What leaves no doubt of something, or gives no reason for it."""

_NEGATED = re.compile(r"\b(?:not|never|cannot)\b|n't\b", re.IGNORECASE)
_DOUBTING = re.compile(
    r"(?:\bnot|n't)\s(?:\w+ly\s)?(?:think|believe|say|agree)\b|\bno\sway\b", re.IGNORECASE
)
_STANCE = re.compile(
    r"\b(?:i(?:\s\w+ly)?\s(?=\w*agree\swith\s(?:that|this|the\s(?:statement|claim|assertion"
    r"|conclusion))\b)"
    r"|(?:text|passage|document|context|source|evidence|article|claim|statement|summary"
    r"|answer)(?:\s\w+ly)?\s)"
    r"(?P<word>agree|disagree|supports|confirms|contradicts|refutes)\s"
    r"(?:with\s)?(?:the|this|that|it)\b",
    re.IGNORECASE,
)
"""Which side somebody takes on a statement."""

_THEREFORE = re.compile(r"(?:therefore|thus|hence|consequently|so)\b", re.IGNORECASE)

_UNTOLD = re.compile(
    r"\b(?:clear|known|certain|sure|says?|mention\w*|specif\w*|stated?|provid\w*|give\w*"
    r"|enough|sufficient|determin\w*"
    r"|tell|know|answer\w*|help|indicat\w*|information|whether|if|unless|only|both|either|until"
    r"|matter|an?\s+(?:yes|no)|(?:judge|assess|conclude|predict|confirm|rule))\b",
    re.IGNORECASE,
)
"""Words of a sentence that only says what is not known, or under what condition."""

_UNSURE = re.compile(
    r"\b(?:whether|if|unless|may|maybe|perhaps|could|might|sure|depends|some|one\s+of|only)\b",
    re.IGNORECASE,
)


BUT_FALSE = re.compile(
    r"\A(?:yes|true|right|sure)\b[^.!?\n]{0,120}[,;]\s+but\s+(?:it|that|this|they|the\s\w+)(?:'s"
    r"|\s+is|\s+are)\s+(?:\w+ly\s+)?"
    r"(?:false|wrong|incorrect|untrue|mistaken|not\s+(?:true|correct|right|so"
    r"|the\s+case))\b(?!\s+(?:to|that)\b)",
    re.IGNORECASE,
)
"""An answer that first agrees and then says that it is not so."""

IS_WRONG = re.compile(
    r"\W{0,2}\s+(?:(?!but\b)[\w']+\s+){0,3}?(?:is|was|would\s+be|,?\s*which\s+is)\s+"
    r"(?:(?:the|an?)\s+)?(?:wrong|incorrect|false|misleading|mistaken|impossible|a\s+mistake|not)\b"
    r"|,\s+which\s+(?:is|was)\s+(?:wrong|incorrect|false|misleading|mistaken|a\s+mistake|not)\b",
    re.IGNORECASE,
)

NOUN = re.compile(
    r"(?:\s+\w+)?,?\s+but\s+not\s+(?:now|any\s?more|today|this\s+time|yet)\b|\W{0,2}\s+(?:votes?"
    r"|answers?|responses?|(?:is|was|are)\s+(?:needed|required|expected))\b",
    re.I,
)
"""Words behind it that make it the name of an answer, or take it back."""

NAME = re.compile(
    r"(?:(?<=\ba\syes)|(?<=\bthe\syes))\s(?!(?:from|for|to|on|in|as|at|by|because|since|and|but|if"
    r"|or|when|with|here|overall|too|vote)\b)\w",
    re.IGNORECASE,
)
"""A noun behind `a yes`: a box, a button."""

PARTED = re.compile(
    r"\b(?P<one>yes|no)\s+(?:for|if|in|to|when)\b[^.!?\n]{1,60}[,;]\s+(?:but\s+"
    r"|and\s+)?(?!(?P=one))(?:yes|no)\s+(?:for|if|in|to|when)\b"
    r"|\byes\b[^.!?\n]{1,60},\s+but\s+no\s+for\b",
    re.IGNORECASE,
)
"""Yes for some and no for others."""

_AUTHORITY = (
    r"(?:it|(?:the|this|that|its)\s(?:[\w'-]+\s){0,2}(?:rules?|laws?|polic(?:y|ies)|text|passage"
    r"|documents?|contract"
    r"|data|evidence|facts?|numbers?|figures?|terms|guidelines?|manual|table|context|code|logs?"
    r"|records?|clause"
    r"|section|paragraph|article|math|statute|regulations?))"
)
_RULES = (
    r"(?:i\s(?:have\sto|must|would|will)\s(?:say|answer)"
    rf"|{_AUTHORITY}\s(?:says?|is|makes?\s(?:it|that|this)))"
)

TURNED = re.compile(
    rf"(?:\b(?:but|yet|however)[,:]?\s+{_RULES}[:,]?\s+(?:(?:an?|(?:clearly|plainly"
    rf"|definitely))\s+){{0,2}}|"
    r"\b(?:but|well|rather|just\s+kidding|scratch\s+that)[,:]?\s+(?:(?:mostly|mainly|overall"
    r"|on\s+balance|probably"
    r"|generally|in\s+(?:fact|reality|truth|practice|general|the\s+end)|(?:up)?on\s+\w+\s+\w+"
    r"|strictly(?:\s+speaking)?"
    r"|technically|really|ultimately|in\s+this\s+case|here)[,:]?\s+)?)"
    r"(?P<word>yes|no)[.!]*\s*\Z",
    re.IGNORECASE,
)
"""What an answer that first says the other means in the end."""

BOTH = re.compile(r"\W*(?:yes[\s,]+no|no[\s,]+yes)\W*", re.IGNORECASE)
"""Both words, and nothing else."""

SUPPOSED = re.compile(
    r"\b(?:if|whether|unless|when|si|se|wenn|falls|ob|als)\s+(?:[\w']+\s+){0,4}\Z"
    r"|\bif\s[^.;!?]{0,40}\b(?:were|had)\b[^.;!?]{0,40},\s(?:then\s)?\Z"
    r"|\b(?:he|she|one|you|some|many|most|people|they|everyone|everybody|anyone|no\s?body|no\sone"
    r"|others|who)\s(?:\w+\s){0,2}?"
    r"(?<!\bcan\s)(?:says?|said|answer|answered|think|thinks|guess|expect|voted?)\s['\"]?\Z"
    r"|\b(?:wrong|incorrect|false|mistake|misleading|inaccurate|tempting)\s(?:\w+\s){0,2}?to\s"
    r"(?:say|answer|conclude)\s['\"]?\Z"
    r"|\bused\sto\sbe\s['\"]?\Z"
    r"|\blong(?:er)?\s\Z"
    r"|\b(?!you\s(?:\w+\s){0,2}?say)(?:you|some|many|most|people|others|everyone|everybody)\s"
    r"(?:\w+\s){0,2}?(?:say|think|believe|assume|expect|suppose)\s"
    r"(?:that\s)?the\s(?:\w+\s)?(?:answer\sis\s)?['\"]?\Z"
    r"|\b(?:wish|hoped?|want(?:ed)?|like|love|used)\b[^.;!?,]{0,20}\b(?:say|answer"
    r"|think)\s['\"]?\Z",
    re.IGNORECASE,
)
"""Words before a yes or no that somebody else may say."""

UNREAL = re.compile(
    r"""\b(?:would\s(?:have\s)?be(?:en)?\s(?:an?\s)?)?
    (?P<word>yes|yeah|yep|yup|no(?=\sif)|sure|true|absolutely|of\scourse|definitely)\b
    ,?\s+(?:but\s+)?(?:only\s+)?(?:if|when)\s+[^.,!?\n]{0,40}?
    (?:\b(?:it|he|she|that|this|the\s\w+|an?\s\w+)\s(?:only\s|really\s)?were\b
      |(?<!\byou)(?<!\bi)(?<!\bwe)\s(?:could|would)\b
      |\b(?:pigs|hell)\b)(?:(?!,\ but\b)[^.!?\n])*
    |\bwould\s(?:have\s)?be(?:en)?\s(?:an?\s)?yes\s+if\s[^.!?\n]*""",
    re.IGNORECASE | re.VERBOSE,
)
"""A word under a condition that is not so: `Yes, if pigs could fly`."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s|[,;]\s(?=(?:but|yet|however)\b)")


def judged_claims(body: list[str]) -> bool | None:
    """What is said of a statement, in sentences that are sure of it and agree."""
    said = set()
    for line in body[-20:]:
        for sentence in _SENTENCE_END.split(line[:_HEAD]):
            if not _UNSURE.search(sentence) and not sentence.endswith("?"):
                said |= _claimed(sentence)
    return said.pop() if len(said) == 1 else None


def _claimed(sentence: str) -> set[bool]:
    said = set()
    for match in filter(None, (_STANCE.search(sentence), _CLAIM.search(sentence))):
        is_true = " ".join(match["word"].lower().split()) in _SOUND
        is_denied = bool(match.groupdict().get("not"))
        is_doubted = bool(_DOUBTING.search(sentence, 0, match.start()))
        said.add(is_true is (is_denied is is_doubted))
    return said


def denial(body: list[str]) -> bool | None:
    """What one or two sentences say of which the first, or what follows from it, is negated.

    Or which leave no doubt of something: that is yes.
    """
    text = body[0] if len(body) == 1 and len(body[0]) <= _SHORT else ""
    if "?" in text:
        return None
    doubt = _NO_DOUBT.match(text)
    if doubt is not None and not _UNTOLD.search(doubt["rest"]):
        return bool(doubt["reason"]) is bool(_NEGATED.search(doubt["rest"]))
    last = _SENTENCE_END.split(text)[-1]
    for part in (text, last if _THEREFORE.match(last) else ""):
        match = _DENIAL.match(part)
        if match is not None and not _UNTOLD.search(match[0]):
            return False
    return None
