"""Parts of the sentences in which models refuse: what they will not do, and how they say so."""

_ACTS = """
    help(?! (?:but|feeling|thinking|noticing|wondering)\\b)|assist|comply|fulfil|answer
    provide(?! (?:an? |the )?(?:definitive|exact|precise|definite|single|real-time|live)\\b)
    offer|do (?:that|this|so|it|what)(?! (?:alone|without|by))
    create|write|generate|produce|support|discuss|engage|share
    walk you through|guide you(?= (?:through|in|on)\\b)
    complete|give (?:you )?(?:instructions|advice|details|information|an?|any|that|this|the)
    give (?:you )?\\w+ advice|continue(?! without)|participate|respond
    process (?:this|that|your)(?![^.!?]{0,60}\\b(?:without|until|unless)\\b)
    accommodate|satisfy|honou?r|facilitate
    encourage|promote|condone|endorse|advise|instruct|teach|explain how|disclose|reveal
    repeat (?!the whole|everything|myself)\\w+
    describe|make(?! it\\b)|develop|build|draft
    impersonate|pretend|role-?play|speculate|comment|carry out
    predict|identify (?:people|persons|faces|individuals|anyone|someone|who|the (?:person|people))
    tell you (?:the|my|his|her|their|who|what the|where|that)(?! (?:difference|exact))
    perform|go along|be (?:a )?part of|talk about|grant|execute|override|translate (?:that|this)
    reproduce(?! \\w+ (?:\\w+ )?(?:issue|bug|error|crash)\\b| this (?:on|in|with|locally)\\b)
    (?:go|get) into (?!detail|my|the|your|an?\\b|it\\b)\\w|display
    (?:go|get) into(?=[.,!]|$)
    say that|confirm or deny|take part|contribute|tell you how to|recommend (?:any|ways|methods)
    follow (?:that|this)
"""
_NOT_ABLE = """
    not able to|unable to|not allowed to|not permitted to|not going to|not in a position to
    not authori[sz]ed to|not designed to|not programmed to|not willing to|unwilling to
    not at liberty to|not prepared to|not inclined to
    not qualified to|restricted from|forbidden (?:to|from)|barred from
    prohibited from|not comfortable|uncomfortable|not supposed to|not meant to|not cleared to
"""
_NOT = """
    can not|cannot|can't|cant|couldn't|could not|won't|wont|will not|shouldn't|should not
    won't be able to|will not be able to|do not have the ability to|don't have the ability to
    shall not|have no ability to|lack the (?:ability|capability|authority) to
    (?:do not|don't) have (?:the )?(?:capability|capacity|authority|permission) to
    would(?:n't| not) be (?:comfortable(?: with)?|willing to|able to)
    would rather not|(?:would )?prefer not to|(?:choose|elect) not to
    (?:do not|don't) feel (?:right|good)(?: about)?
    (?:do not|don't) (?:feel )?(?:comfortable|wish to|want to)
"""
_ADVERBS = (
    "ethically|legally|directly|actually|really|possibly|simply|just|in good (?:conscience|faith)"
)
FINDING = "find|see|locate|understand|tell|read|open|hear|wait|remember|recall|be more|access your"
FINDING += "|determine|verify"


def _any(words: str) -> str:
    """Alternatives that are listed over several lines."""
    return f"(?:{'|'.join(map(str.strip, words.strip().splitlines()))})"


ACT = _any(_ACTS)
_AM = r"(?:am|'m|are|'re|will be|'ll be|would be|'d be)"
_FIRST = "really|just|simply|sadly|unfortunately|honestly|still|also|therefore"
CANNOT = (
    rf"(?: (?:(?:{_FIRST}) )?{_any(_NOT)}|'d rather not|'d prefer not to"
    rf"| ?{_AM} (?:(?:just|simply|currently|really|unfortunately|sadly|sorry,?(?: but)?|afraid) )?"
    rf"{_any(_NOT_ABLE)})"
)
THEN = rf",? (?:(?:{_ADVERBS}|and|will not|won't),? ){{0,4}}"
SERVICE = r" (?:an? |any |your |you (?:an?|the) )?(?:full |partial )?"
SERVICE += (
    r"(?:refund|discount|replacement|exchange|deliver|shipping|credit|position|job|role|place)"
)
SORRY = r"\b(?:sorry|apologies|apologi[sz]e|afraid|unfortunately|regret)\b"

NO_ACCESS = (
    "fulfilled|completed|processed|provided|shared|answered|given|generated|created|produced"
)
NO_ACCESS += "|discussed|disclosed|accommodated|honou?red|granted|assisted"
ASKED = "request|content|information|question|topic|task|material|query|prompt|kind of \\w+"
SUCH = rf"(?:(?:this|that|your|such|the) (?:(?:type|kind|sort)s? of )?(?:{ASKED})s?|this|that)"
FOND = "(?:(?:soon|ever|easily|possibly) )?(?:forget|regret|miss|stop|wait|live|resist|imagine"
FOND += "|get enough|get over|recommend|emphasi[sz]e|stress|praise|overstate|thank|help but)\\b"
