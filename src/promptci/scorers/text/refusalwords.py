"""The words in which models refuse, as one pattern over plain lower-case text."""

import re

_ACTS = """
    help(?! (?:but|feeling|thinking|noticing|wondering)\\b)|assist|comply|fulfil|provide|answer
    offer|do (?:that|this|so|it|what)|create|write|generate|produce|support|discuss|engage|share
    complete|give (?:you )?(?:instructions|advice|details|information|an?|any|that|this|the)
    continue|participate|respond|process (?:this|that|your)|accommodate|satisfy|honou?r|facilitate
    encourage|promote|condone|endorse|advise|instruct|teach|explain how|disclose|reveal|repeat
    describe|make|develop|build|draft|impersonate|pretend|role-?play|speculate|comment|carry out
    perform|go along|be (?:a )?part of|talk about|grant|execute|reproduce|translate (?:that|this)
    say that|take part|contribute|tell you how to|recommend (?:any|ways|methods)
    follow (?:that|this)
"""
_NOT_ABLE = """
    not able to|unable to|not allowed to|not permitted to|not going to|not in a position to
    not authori[sz]ed to|not designed to|not programmed to|not willing to|unwilling to
    prohibited from|not comfortable|uncomfortable
"""
_NOT = """
    can not|cannot|can't|cant|couldn't|could not|won't|wont|will not|shouldn't|should not
    won't be able to|will not be able to|do not have the ability to|don't have the ability to
    would rather not|prefer not to|(?:do not|don't) (?:feel )?(?:comfortable|wish to|want to)
"""
_ADVERBS = (
    "ethically|legally|directly|actually|really|possibly|simply|just|in good (?:conscience|faith)"
)
_FINDING = "find|see|locate|understand|tell|read|open|hear|wait|remember|recall|be more|access your"


def _any(words: str) -> str:
    """Alternatives that are listed over several lines."""
    return f"(?:{'|'.join(map(str.strip, words.strip().splitlines()))})"


_ACT = _any(_ACTS)
_AM = r"(?:am|'m|are|'re|will be|'ll be|would be)"
_CANNOT = (
    rf"(?: {_any(_NOT)}|'d rather not"
    rf"| ?{_AM} (?:(?:just|simply|currently|really|sorry,?(?: but)?|afraid) )?{_any(_NOT_ABLE)})"
)
_THEN = rf" (?:(?:{_ADVERBS}|and|will not|won't),? ){{0,4}}"
_SORRY = r"\b(?:sorry|apologies|apologi[sz]e|afraid|unfortunately|regret)\b"

_ENGLISH = (
    # I cannot help with that; I'm unable to provide; we won't generate
    rf"\b(?:i|we){_CANNOT}{_THEN}{_ACT}",
    rf"\bi{_CANNOT}(?: with)? \w+ing\b",
    # Can't help with that; unable to comply
    rf"(?:^|[.!?;:,] |\bbut )(?:can't|cannot|can not|unable to|not able to){_THEN}{_ACT}",
    # Sorry, but I can't
    rf"{_SORRY}[,.!:; \u2013\u2014-]*(?:but |however,? |that )?i{_CANNOT}(?!,? (?:{_FINDING}))",
    rf"{_SORRY}[,.!:; \u2013\u2014-]*(?:but )?(?:that's|that is|this is) not something i\b",
    # I must decline; I respectfully refuse
    r"\bi(?: must| have to| need to|'ll have to|'m going to have to| will have to)?"
    r"(?: respectfully| politely| kindly)? (?:decline|refuse)\b",
    r"\bi (?:won't|will not|can't|cannot)(?: do (?:that|this|it|so))?(?:[.!;]|$)",
    # As an AI language model, I am not able to
    r"\bas an? (?:ai|artificial|language model|large language)\b[^.!?]{0,80}"
    r"(?:can't|cannot|can not|unable|not (?:able|capable|allowed|permitted|appropriate)"
    r"|(?:don't|do not) have (?:the ability|personal))",
    r"\b(?:that|this|it|which)(?:'s| is) (?:not something (?:that )?i (?:can|am|will|'m)"
    r"|not something i'm|(?:beyond|outside)(?: of)? (?:my|what i)|against my"
    r"|not (?:appropriate|possible) for me)",
    # It goes against my guidelines
    r"\b(?:against|violates?|violating|breach(?:es)?) (?:my|our|openai's|anthropic's) "
    r"(?:\w+ ){0,3}?(?:guidelines?|polic(?:y|ies)|programming|principles|terms)\b",
    r"\bmy (?:\w+ )?(?:guidelines|policies|programming|principles) "
    r"(?:prevent|prohibit|forbid|(?:do not|don't) (?:allow|permit))",
)
_OTHERS = (
    r"\bich kann (?:\w+ ){0,6}nicht (?:helfen|dienen|weiterhelfen|beantworten|erfüllen"
    r"|unterstützen|bereitstellen)",
    r"\b(?:lo siento|lamento|disculpa)[^.!?]{0,20}\bno (?:puedo|podré|me es posible)\b",
    r"\bno puedo (?:ayudar|asistir|cumplir|proporcionar|responder)",
    r"\bje (?:suis )?(?:vraiment )?(?:désolée?|regrette)[^.!?]{0,20}\bje ne (?:peux|pourrai) pas\b",
    r"\bje ne peux pas (?:vous aider|t'aider|répondre|fournir|satisfaire)",
    r"\b(?:mi dispiace|spiacente)[^.!?]{0,20}\bnon posso\b",
    r"\b(?:desculpe|lamento|sinto muito)[^.!?]{0,20}\bnão posso\b",
    r"\b(?:извините|простите|к сожалению)[^.!?]{0,20}\bя не могу\b",
    r"(?:抱歉|对不起|對不起)[^。!?]{0,20}(?:无法|無法|不能)",
    r"申し訳(?:ありません|ございません)[^。]{0,60}(?:できません|できかね|いたしかねます)",
    r"죄송(?:합니다|하지만)[^.]{0,60}수 없(?:습니다|어요)",
)

REFUSAL = re.compile("|".join(_ENGLISH + _OTHERS))
"""Any refusal, in text that is casefolded and has single spaces and straight apostrophes."""
