"""The words in which servers say what is wrong, and the HTTP status that each means."""

import re
from collections.abc import Iterable, Set

from promptci.latepattern import late

_MEANINGS = (
    (
        402,
        "insufficient(quota|credits?|balance|funds)|exceededcurrentquota|quotaexceeded|"
        "billing(hardlimit|notactive)|paymentrequired",
    ),
    (
        401,
        "invalid(api)?key|apikeyinvalid|incorrectapikey|invalidtoken|authentication|authorization|"
        "unauthenticated|unauthori[sz]ed|permission|forbidden|accessdenied",
    ),
    (429, "ratelimit|toomanyrequests|resourceexhausted|throttl|concurrencylimit"),
    (
        503,
        "overload|unavailable|servererror|internalerror|^internal$|^apierror|timeout|timedout|"
        "deadlineexceeded|capacity|tryagain|^aborted$",
    ),
    (404, "notfound|nosuchmodel|doesnotexist|unknownmodel|invalidmodel|modelnotsupported"),
    (400, "invalid|badrequest|unsupported|contextlength|contentfilter|contentpolicy|toolarge"),
)
"""Statuses by words of which only letters are left, the most telling first."""

_IN_SENTENCES = (
    (402, late(r"insufficient (?:balance|quota|credits?|funds)|余额不足|欠费", re.I)),
    (401, late(r"(?:invalid|incorrect|expired) api.?key", re.IGNORECASE)),
    (429, late(r"rate.?limit|too many requests|slow down", re.IGNORECASE)),
    (404, late(r"unexpected endpoint|(?:unknown|no such) (?:endpoint|route|url)", re.I)),
    (503, late(r"overloaded|try again|temporarily|unavailable", re.IGNORECASE)),
)
"""The same for messages that come without such a word; only what is beyond doubt."""

_WRONG_KEY = late(
    r"api.?key (is )?(not valid|invalid|missing|expired|disabled|blocked)"
    r"|(invalid|incorrect|wrong|expired|missing|valid) (\w+ )?api.?key"
    r"|api.?key not (found|valid)|no api.?key|api.?key (is )?required"
    r"|authorization header|authentication credentials|wrong credentials"
    r"|organi[sz]ation has been (disabled|restricted)",
    re.IGNORECASE,
)

_UNKNOWN_MODEL = late(
    r"\Amodel: |(?=.*\b(models?|deployment)\b).*"
    r"(not found|does(n.t| not) exist|not a valid model|unknown|no such"
    r"|(?:invalid|unsupported) model|not exist|not supported for|not supported by any provider"
    r"|unexpected model name|model identifier is invalid|malformed publisher model"
    r"|provider not provided)|模型不存在",
    re.IGNORECASE | re.DOTALL,
)

_NEVER = late(
    r"decommissioned|no longer (?:supported|available)"
    r"|(?:has been|was) (?:retired|shut ?down|removed)"
    r"|requires? (?:terms|acceptance)|(?:unavailable|deprecated) model|no access to (?:the )?model"
    r"|unable to access (?:\S+ )?model|no models? (?:is |are )?loaded|not a chat model"
    r"|multiple models are loaded|failed to load model|requires more system memory"
    r"|only supported in v1/|does not support (?:chat\b|(?:chat )?completions|embeddings)"
    r"|operation does not work with|chat template|only supports? stream|non-streaming calls"
    r"|api version (?:is )?not supported|enabled only for api.versions?"
    r"|no endpoints? (?:was |were )?found|providers have been ignored|could not route to"
    r"|on-demand throughput|only available to paid|header is required|must be verified to use"
    r"|(?:location|country|region)\b[^.]{0,40}not supported"
    r"|not available in your (?:country|region)"
    r"|endpoint\b.{0,100}\bis not running|not appear to be a generation model"
    r"|requires? --\w|no route for that ur[il]"
    r"|invalid endpoint name|(?<!max_tokens: )field required|missing field"
    r"|failed to deserialize|is a required property",
    re.IGNORECASE,
)

_DENIED_MODEL = late(
    r"\bmodels?\b.{0,80}\b(denied|blocked|disabled|not (been )?(activated|enabled|allowed))\b"
    r"|\b(access|permitted|entitled|allowed|activated|enabled)\b.{0,60}\bmodels?\b",
    re.IGNORECASE | re.DOTALL,
)
"""What a 403 says that is about one model, and not about whoever asks."""

_SPENT = late(
    r"insufficient[_ ](quota|balance|credits?|funds)|balance is (insufficient|too low)"
    r"|credit balance|(no|any|more|out of) credits|usage limits?.*(reached|regain|exceeded)"
    r"|(reached|exceeded) your [^.]*(usage limit|spending limit|monthly)|spending limit"
    r"|budget has been exceeded|account\b.{0,60}\b(suspended|in arrears|overdue|good standing)"
    r"|(/ ?|per |this )month\b|余额不足|欠费",
    re.IGNORECASE | re.DOTALL,
)


_LIMITED = (
    re.compile(r"max_(?:new_|completion_)?tokens\W.*?(?P<got>\d+) > (?P<most>\d+)"),
    re.compile(
        r"max_(?:new_|completion_)?tokens\W* must be (?:<=?|less than(?: or equal to)?) \W?"
        r"(?P<most>\d+)(?:.*?(?P<got>\d+) .?max_new_tokens)?"
    ),
    re.compile(
        r"max_(?:new_|completion_)?tokens\b(?: value)?(?: is too large)?\W.*?"
        r"(?:at most|valid range of \w+ is \[\d+,) (?P<most>\d+)"
    ),
)
"""A limit of the tokens of an answer, and what was asked for, where that alone is too much."""

_FORM = late(
    r"(response|output)[_ ]?(formats?|schema|mime ?type)\b|json[_ ]?(schema|object|mode)\b"
    r"|structured[_ ]outputs?\b|required for format|guided[_ ](json|decoding)\b|\bgrammar\b",
    re.IGNORECASE,
)

_NEVER_SO = late(
    r"max_tokens: field required"
    r"|tool[_ ]?(?:choice|calling|use)?\b.{0,20}\b(?:requires --|(?:is |are )?not supported)"
    r"|(?:not|n't) support (?:tool|function|image|vision|audio|video|file|multimodal)"
    r"|single .?text.? element|not a multimodal model|at most 0 (?:image|video|audio)"
    r"|(?:image|audio|video|file|vision|multimodal) input is not (?:enabled|supported|allowed)"
    r"|image_url.? is only supported by|unknown variant .(?:image_url|file|input_audio)\b"
    r"|content\W+value must be a string",
    re.IGNORECASE,
)
"""What is said of tools, and of pictures and files, by a model that takes none."""


_FIELD = late(
    r"extra inputs are not permitted|unknown (?:name|field|parameter)\b|unexpected keyword argument"
    r"|unrecognized (?:request )?(?:argument|parameter|field)|unsupported parameter\b"
    r"|(?:parameters?|arguments?|fields?)\b.{0,60}\bnot (?:supported|allowed|permitted)",
    re.IGNORECASE,
)
"""What is said of a field that is refused: beside the messages it may be one of a proxy's own."""

_OF_MESSAGES = late(r"\b(?:messages|contents)\b", re.IGNORECASE)


def means_form(message: str) -> bool:
    """Whether a server speaks of the form in which the answer should be."""
    return _FORM.search(message) is not None


_OF_ONE = late(r"contain the word|generated? (?:valid )?(?:json|output|response)", re.IGNORECASE)


def means_one(message: str) -> bool:
    """Whether it is about what one example says, or what the model said to it."""
    return _OF_ONE.search(message) is not None


_WANTS_LIST = late(
    r"valid list|(must|should|has to) be an? (\w+ )?(list|array)|expected an? (list|array)"
)


def means_list(said: str) -> bool:
    """Whether a list is wanted, by small letters."""
    return _WANTS_LIST.search(said) is not None


def means_settings(message: str) -> bool:
    """Whether any request is refused with this limit of the answer, such fields, tools or parts."""
    if _NEVER_SO.search(message) or (_FIELD.search(message) and not _OF_MESSAGES.search(message)):
        return True
    for pattern in _LIMITED:
        found = pattern.search(message)
        if found is not None:
            got = found.groupdict().get("got")
            return got is None or int(got) > int(found["most"])
    return False


def means_never(message: str) -> bool:
    """Whether a server says that whatever is asked, this model does not answer there."""
    return any(words.search(message) for words in (_NEVER, _WANTS_TYPE))


def status_of_words(codes: Iterable[str], message: str) -> tuple[int, str] | None:
    """The status that some words mean, and the word; None where none is known."""
    plain = {re.sub("[^a-z]", "", code.lower()): code for code in codes}
    for status, pattern in _MEANINGS:
        for word, code in sorted(plain.items()):
            if re.search(pattern, word):
                return status, code
    for status, said in _IN_SENTENCES:
        if found := said.search(message):
            return status, found[0]
    return None


_WANTS_TYPE = late(r"\binput_type\W.*\b(required|missing|must be|set)", re.IGNORECASE)


def means_wrong_key(codes: Iterable[str], message: str) -> bool:
    """Whether a server that calls it a bad request means that the key is wrong."""
    plain = (re.sub("[^a-z]", "", code.lower()) for code in codes)
    return any(
        re.search("apikeyinvalid|invalidapikey|incorrectapikey", word) for word in plain
    ) or (_WRONG_KEY.search(message) is not None)


def means_unknown_model(codes: Iterable[str], message: str) -> bool:
    """Whether a server says that there is no such model or deployment."""
    plain = (re.sub("[^a-z]", "", code.lower()) for code in codes)
    named = any(re.search("(model|deployment)notfound|invalidmodel|unknownmodel", w) for w in plain)
    return named or _UNKNOWN_MODEL.search(message) is not None


def means_denied_model(message: str) -> bool:
    """Whether a server that lets no request in means this one model only."""
    return _DENIED_MODEL.search(message) is not None


def means_spent(message: str) -> bool:
    """Whether a server says that the account has nothing left to pay with."""
    return _SPENT.search(message) is not None


def cure_of_words(message: str) -> str:
    """What to do about a bad request, as the end of a sentence; empty where that is not known."""
    if not _WANTS_TYPE.search(message):
        return ""
    return (
        ": say what texts are embedded for, with `embeddings: {extra_body: {input_type: passage}}`"
        " at the endpoint in promptci.yaml"
    )


TIER_FULL = 498
_FULL = {"resource_unavailable", "flex_unavailable", "capacity_exceeded"}
_FULL_WORDS = late(r"resources? (is |are )?(currently )?unavailable|flex (tier|capacity)")
_BUSY = {"unavailable", "model_overloaded"}
_BUSY_WORDS = late(r"overloaded|high demand|at capacity")


def means_full(status: int, codes: Set[str], message: str) -> bool:
    """Whether a cheaper service tier has no room; Gemini says so with a 503 that names no tier.

    Groq says so with a status of its own (https://console.groq.com/docs/flex-processing).
    """
    if status == TIER_FULL:
        return True
    said = message.lower()
    if status == 503 and (codes & _BUSY or _BUSY_WORDS.search(said)):
        return True
    return status in (429, 503) and bool(codes & _FULL or _FULL_WORDS.search(said))
