"""Values that are personal, or a secret, by the name of the field that holds them.

Names of people have no form, but those in `{"first_name": "Ada"}` say what they are; so do parts of
web addresses such as `?token=…`.
"""

import re
from collections import Counter
from collections.abc import Callable
from functools import partial

_WHOSE = (
    r"customer|client|patient|contact|employee|guest|passenger|recipient|sender|caller|billing"
    r"|shipping"
    r"|account_?holder|card_?holder|holder|student|applicant|insured"
)
_NAMES = (
    ("name", rf"(?:first|last|full|given|family|middle|maiden|legal|{_WHOSE})_?names?|sur_?names?"
             r"|vornamen?|nachnamen?|pr[eé]nom|apellidos?|cognome|achternaam|voornaam"),
    ("birthday", r"date_?of_?birth|birth_?(?:date|day)|dob|geburtsdatum|date_?de_?naissance"),
    ("phone", r"(?:(?:home|work|mobile|cell|contact|daytime)_?)?(?:tele)?phone(?:_?(?:number|no))?"
              r"|mobile(?:_?(?:number|no))?|cell(?:_?number)?|fax(?:_?number)?|whatsapp|msisdn"
              r"|telefon"),
    ("address", r"street(?:_?(?:address|line))?_?\d?|(?:home|postal|mailing|billing|shipping"
                r"|delivery)_?address(?:_?line)?_?\d?|address_?line_?\d?|stra(?:ß|ss)e|adresse"
                r"|direcci[oó]n"),
    ("id", r"ssn|social_?security(?:_?(?:number|no))?|national_?id|passport(?:_?(?:number|no))?"
           r"|tax_?(?:id|payer_?id)|driver'?s?_?licen[cs]e(?:_?(?:number|no))?|nhs_?number"
           r"|steuer_?id"),
    ("account", r"account_?(?:number|no)|iban|routing_?number|card_?(?:number|no)|cvv|cvc"),
)  # fmt: skip
_KINDS = {f"k{n}": kind for n, (kind, _) in enumerate(_NAMES)}
_NAMED = "|".join(f"(?P<k{n}>{names})" for n, (_, names) in enumerate(_NAMES))
_FIELD = re.compile(rf"(?i)(?:{_NAMED})")
_JSON = re.compile(
    rf"(?i)(?P<before>(?P<q>\\{{0,4}}\")(?:{_NAMED})(?P=q)\s{{0,9}}:\s{{0,9}})"
    r"(?:(?P<r>\\{0,4}\")(?P<text>(?:[^\"\\\n]|\\{1,4}u[0-9a-f]{4}){1,200})(?P=r)"
    r"|(?P<number>\d{3,20}(?![\d.])))"
)
_LINE = re.compile(
    rf"(?im)^(?P<before>[ \t>*-]{{0,9}}(?:first|last|full|given|family|{_WHOSE}) ?name"
    r"[ \t]{0,9}[:=][ \t]{0,9})"
    r"(?P<text>[^\W\d][^\n\t:;|{<]{1,60})$"
)
_PARAMETER = re.compile(
    r"(?i)(?P<before>[?&;](?:[\w.-]{0,30}(?:token|signature|secret|jwt|session_?id)|sig|sid|otp"
    r"|code|key"
    r"|auth|apikey|pass)=)(?P<text>[^&\s\"'<>#()\[\]{}]{6,2000})"
)
_HOOK = re.compile(
    r"(?i)(?P<before>hooks\.slack\.com/(?:services|workflows|triggers)/"
    r"|discord(?:app)?\.com/api/webhooks/"
    r"|api\.telegram\.org/bot"
    r"|[\w-]{1,60}\.webhook\.office\.com/webhookb2/)(?P<text>[\w/:.@-]{10,300})"
)
_NO_VALUE = re.compile(
    r"(?i)\s*(?:[\[{<*].*|string|text|number|integer|boolean|null|none|nil|n/?a|unknown|true|false"
    r"|required|optional|x+|\.+|-+|todo)?\s*"
)


def kind_of_field(name: str) -> str:
    """What a field of this name holds, such as `phone`; empty where the name does not say."""
    found = _FIELD.fullmatch(re.sub(r"(?<=[a-z])(?=[A-Z])|[ -]", "_", name.strip()))
    return _kind(found) if found else ""


def without_named_values(text: str, counts: Counter[str]) -> str:
    """The text with marks for values that a field of JSON, a line or a web address names."""
    if '"' in text:
        text = _JSON.sub(partial(_marked, counts=counts, kind=_kind), text)
    if "ame" in text:
        text = _LINE.sub(partial(_marked, counts=counts, kind=lambda _: "name"), text)
    if "=" in text and ("?" in text or "&" in text):
        text = _PARAMETER.sub(partial(_marked, counts=counts, kind=_of_parameter), text)
    if "hook" in text or "telegram" in text:
        text = _HOOK.sub(partial(_marked, counts=counts, kind=lambda _: "secret"), text)
    return text


def is_value(text: str) -> bool:
    """Whether a text is one that somebody gave, and no place for one, a type or a mark."""
    return _NO_VALUE.fullmatch(text) is None


def _kind(found: re.Match[str]) -> str:
    groups = found.groupdict()
    return next(kind for group, kind in _KINDS.items() if groups[group] is not None)


def _of_parameter(found: re.Match[str]) -> str:
    """A short word behind `code=` or `key=` says what is meant, and is no secret."""
    return "secret" if any(map(str.isdigit, found["text"])) or len(found["text"]) > 19 else ""


def _marked(
    found: re.Match[str], *, counts: Counter[str], kind: Callable[[re.Match[str]], str]
) -> str:
    groups = found.groupdict()
    value = groups["text"] if groups["text"] is not None else groups["number"]
    said = kind(found)
    if not said or not is_value(value):
        return found[0]
    counts[said] += 1
    quote = groups.get("r") or groups.get("q") or ""
    return f"{found['before']}{quote}[{said}]{quote}"
