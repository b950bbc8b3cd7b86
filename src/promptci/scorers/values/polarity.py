"""Whether sentences without a yes or no affirm or deny."""

import re

_HEAD = 2_000
"""Characters of a line that are read."""

_CLAIM = re.compile(
    r"\b(?:(?:statement|claim|assertion|sentence)(?:\s[^.!?\n]{1,120}(?=\s+is\s+\w+[.!]?\Z))?|that|this|it|you|proposition|response|answer|solution|reasoning"
    r"|conclusion|summary|output|information|assumption|hypothesis)(?:'s|'re|\s+is|\s+was|\s+are|\s+has\s+been)\s+"
    r"(?:(?:indeed|therefore|thus|also|(?!hard|part|near|poss|supp|alleg|seem|only)\w+ly)\s+)?(?P<not>not\s+)?"
    r"(?:an?\s+(?:common\s+|popular\s+|widespread\s+)?(?=(?:true|false|correct|incorrect)\s+(?:statement|claim|assertion)|myth"
    r"|misconception))?(?P<word>myth|misconception|true|false|correct|incorrect|right|wrong|untrue|the\s+case|(?:un)?supported|(?:in)?accurate|(?:in)?valid|(?:in)?consistent|entailed|contradicted|refuted|debunked|disproved|confirmed|verified|unfounded)\b"
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
    ]
)
_DENIAL = re.compile(
    r"(?:[^.!?:\n]{1,60}:\s+)?(?:there(?:'s|\s+is)\s+no\s+way\b|(?!(?:i|please|if)\b)(?:[\w'-]+,?\s+){1,10}?(?:(?:(?:is|are|was|were|do|does|did|has|have|had|can|could"
    r"|will|would|should|must|may)(?:n't|\s+not)|cannot|can't|won't|never|can\s+no\s+longer|is\s+no\s+longer|(?<='s\s)not|(?<='re\s)not)\b))(?P<rest>[^.!?:;\n]*)(?:[.!;:]|\Z)",
    re.IGNORECASE,
)
"""A sentence whose verb is negated."""

_UNTOLD = re.compile(
    r"\b(?:clear|known|certain|sure|says?|mention\w*|specif\w*|stated?|provid\w*|give\w*|enough|sufficient|determin\w*"
    r"|tell|know|answer\w*|help|indicat\w*|information|whether|if|unless|only|both|either|until|matter|an?\s+(?:yes|no)|possible\s+to)\b",
    re.IGNORECASE,
)
"""Words of a sentence that only says what is not known, or under what condition."""

_UNSURE = re.compile(
    r"\b(?:whether|if|unless|may|maybe|perhaps|could|might|sure|depends)\b", re.IGNORECASE
)


def judged_claims(body: list[str]) -> bool | None:
    """What is said of a statement, in sentences that are sure of it and agree."""
    said = set()
    for line in body[-20:]:
        for sentence in re.split(r"(?<=[.!?])\s", line[:_HEAD]):
            match = _CLAIM.search(sentence)
            if match and not _UNSURE.search(sentence) and not sentence.endswith("?"):
                is_true = " ".join(match["word"].lower().split()) in _SOUND
                said.add(is_true is not bool(match["not"]))
    return said.pop() if len(said) == 1 else None


def denial(body: list[str]) -> bool | None:
    """No, where all that is said is one or two sentences, the first of them negated."""
    text = body[0] if len(body) == 1 and len(body[0]) <= 300 else ""
    match = _DENIAL.match(text)
    return None if match is None or _UNTOLD.search(match[0]) or "?" in text else False
