"""The words in which servers say what is wrong, and the HTTP status that each stands for."""

import re
from collections.abc import Iterable

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
    (429, re.compile(r"rate.?limit|too many requests|slow down", re.IGNORECASE)),
    (404, re.compile(r"unexpected endpoint|(?:unknown|no such) (?:endpoint|route|url)", re.I)),
    (503, re.compile(r"overloaded|try again|temporarily|unavailable", re.IGNORECASE)),
)
"""The same for messages that come without such a word; only what is beyond doubt."""

_WRONG_KEY = re.compile(
    r"api.?key (is )?(not valid|invalid|missing|expired)|(invalid|incorrect|wrong|expired) "
    r"api.?key|api.?key not (found|valid)",
    re.IGNORECASE,
)

_UNKNOWN_MODEL = re.compile(
    r"\Amodel: |(?=.*\b(models?|deployment)\b).*"
    r"(not found|does(n.t| not) exist|not a valid model|unknown|no such"
    r"|invalid model|not exist|not supported for)",
    re.IGNORECASE | re.DOTALL,
)


_NEVER = re.compile(
    r"decommissioned|no longer (?:supported|available)|has been (?:retired|shut ?down|removed)"
    r"|requires? (?:terms|acceptance)|(?:unavailable|deprecated) model|no access to (?:the )?model"
    r"|unable to access model|no models? (?:is |are )?loaded|not a chat model"
    r"|only supported in v1/|does not support (?:chat )?completions|chat template"
    r"|only supports? stream"
    r"|api version (?:is )?not supported|no endpoints? (?:was |were )?found"
    r"|(?:location|country|region)\b[^.]{0,40}not supported",
    re.IGNORECASE,
)


def means_never(message: str) -> bool:
    """Whether a server says that whatever is asked, this model does not answer there."""
    return _NEVER.search(message) is not None


def status_of_words(codes: Iterable[str], message: str) -> tuple[int, str] | None:
    """The status that stands for some words, and the word; None where none is known."""
    plain = {re.sub("[^a-z]", "", code.lower()): code for code in codes}
    for status, pattern in _MEANINGS:
        for word, code in sorted(plain.items()):
            if re.search(pattern, word):
                return status, code
    for status, said in _IN_SENTENCES:
        if found := said.search(message):
            return status, found[0]
    return None


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
