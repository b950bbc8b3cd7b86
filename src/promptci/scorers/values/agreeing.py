"""First words that agree or deny, and the politeness that only sounds so."""

import re

from promptci.scorers.values.yeswords import ADVERB_NOT, AGREED, DENIED, PHRASES

_AGREES = re.compile(
    rf"(?P<word>{DENIED}|{AGREED}|{ADVERB_NOT})(?:,?\s+(?:it|they|he|she|that|this|there|you|one)"
    r"(?:'s|\s+(?:is|are|does|do|did|was|were|can|will|has|have|had|should|would|could))\b"
    r"(?P<negated>\s+not\b|n't)?|(?:\s+(?:true|correct|right|the\s+case))?\s*"
    r"(?:[.,;:!\uff01\u3002\uff0c]|$|[\u2013\u2014]|[^\w\s?'%/-]))",
    re.IGNORECASE,
)
"""First words that agree or deny, with nothing behind them or what they are about."""

_SAYS_SO = re.compile(r"(?:it|that|they|i|definitely|indeed|exactly|precisely|undoubtedly)\b")
"""Phrases that are no politeness, whatever follows."""

_NOT_SURE = re.compile(r"\b(?:can't|cannot|not)\s+(?:be\s+)?(?:sure|certain)\b", re.IGNORECASE)

_FILLER = re.compile(r"\A(?:well|oh|hmm+|actually|honestly|yeah|why),?\s+", re.IGNORECASE)

_GROUNDS = re.compile(
    r"(?:based|according|looking|judging|going|in|from|under|per|for|since|because|as)\s"
    r"[^.!?,:\n]{1,80},\s+",
    re.IGNORECASE,
)
"""What a statement goes by: `according to the manual,`."""

_HELPS = re.compile(
    r"""(?:(?:but|and)\s)?(?:i(?!t|s)(?:'\w+)?|we\s(?:need|have\sto|must|should|will|want|first)|you\s(?:asked|want|provided|gave)
    |we'\w+|let(?:'s|\s(?:me|us))|here(?:'s|\sis|\sare|\sgoes)|below|what|which|who|how|why|where
    |please|feel|happy|glad|could|would|can\s(?:you|i|we)|do\s(?:you|i)|may\si|shall|just
    |thanks?|great|good|nice|sounds|one\s(?:moment|second|sec)|a\smoment|anything|my\spleasure
    |give|send|share|provide|paste|tell|go|hold|hang|upload|attach|note|reading|checking|looking
    |analy[sz]ing|reviewing|step\s\d|first(?:ly)?\b|so\b|to\s\w+|no\s(?:problem|worries)
    |(?:the|your|this)\s(?:question|task|problem|prompt|query|request|user|instructions?)\b
    |(?:the|a|your)\s(?:answer|translation|summary|analysis|breakdown|reasoning)\b
    |if\syou|whenever|as\san?\s(?:ai|assistant|language))(?![\w'])
    |(?:gerne?|hier|ich|wir|lass(?:en)?|bitte|voici|je|nous|d(?:is|ites)|aqu[i\xed]|puedo|voy|dime
      |d\xe9jame|por\sfavor|posso|vou|ecco|dimmi|\u0432\u043e\u0442|\u044f|\u8bf7|\u8acb|\u8ba9\u6211
      |\u8b93\u6211|\u4ee5\u4e0b)""",
    re.IGNORECASE | re.VERBOSE,
)
"""What an assistant is about to do, or asks for, behind a polite `Sure!`."""

_IS_DENIED = re.compile(r"(?:[\w'-]+,?\s+){0,6}?(?:not|never|cannot|neither|nor|\w+n't)\b", re.I)


def agreement(opening: str) -> bool | None:
    """What the first line of an answer agrees to or denies: True, False, or None for neither.

    `Sure!` before an offer of help or a question is mere politeness, before a statement it is yes.
    """
    opening = _FILLER.sub("", opening)
    agreed = _AGREES.match(opening)
    if agreed is None or _NOT_SURE.search(opening):
        return None
    phrase = " ".join(agreed["word"].casefold().split())
    said = PHRASES.get(phrase, False)
    rest = opening[agreed.end() :].strip(" !.\u2013\u2014-")
    is_about = agreed[0][-1].isalpha() or _SAYS_SO.match(phrase)
    if said and rest and not is_about and not _is_stated(rest):
        return None
    return said and not agreed["negated"]


def _is_stated(rest: str) -> bool:
    """Whether what follows a first word says what is so, not what is to follow."""
    rest = _GROUNDS.sub("", re.sub(r"\A[^\w]+", "", rest), count=1)
    sentence = re.split(r"(?<=[.!?])\s", rest, maxsplit=1)[0]
    is_whole = len(sentence.split()) > 1 or not sentence.isascii() or not sentence
    if not is_whole or sentence.endswith(("?", ":")):
        return False
    return not _HELPS.match(sentence) and not _IS_DENIED.match(sentence)
