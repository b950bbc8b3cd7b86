"""Personal data in texts that are to be kept: found by form, and replaced by what it is.

It finds what has a form: e-mail addresses, streets with a number, telephones, accounts, cards,
numbers of persons and of machines. It cannot find names of people in running text, and says so
wherever it is used.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from ipaddress import ip_address

from promptci.secrets.eastern import without_eastern_addresses
from promptci.secrets.fields import is_value, kind_of_field, without_named_values
from promptci.secrets.known import redact
from promptci.secrets.persons import without_person_numbers
from promptci.secrets.postal import PLACE_BESIDE, STREET
from promptci.secrets.redact import MARK
from promptci.secrets.telephone import TELEPHONE, is_telephone, is_where_telephones_are
from promptci.secrets.worded import without_worded_values

_LOCAL = re.compile(r"(?:\w[\w.%+'-]{0,63}|\"[^\"\n]{1,62}\")\Z")
_DOMAIN = re.compile(
    r"(?:[\w-]{1,63}[.\uff0e]){1,10}(?:xn--[\w-]{2,59}|[^\W\d_]{2,24})|\[[\d.:a-fA-F]{3,45}\]"
)
_SPELT = re.compile(
    r"(?<![\w.+%-])[\w.+%-]{1,64} ?[\[({] ?(?:at|@|ät) ?[\])}] ?[\w-]{1,63}"
    r"(?: ?(?:\.|[\[({] ?(?:dot|punkt|\.) ?[\])}]) ?[\w-]{1,63}){1,6}",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?i)(?<![\w.+%-])[\w.+%-]{1,64} at [\w-]{1,63}(?: dot [\w-]{1,63}){0,3}"
    r" dot (?:com|net|org|edu|gov|info|io|co|de|fr|uk|eu|es|it|nl|ch|at|se|us|ca|au|jp|in|br)\b"
)
_LOGIN = re.compile(r"(?<=://)[^\s/:@]{1,64}:[^\s/@]{1,200}(?=@)")
_IBAN = re.compile(
    r"\b[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]{4}){2,7}(?:[ \u00a0-]?[A-Za-z0-9]{1,3})?\b"
)
_CARD = re.compile(r"(?<![\w.-])\d(?:[ \u00a0-]?\d){12,18}(?![\w-])")
_IP = re.compile(
    r"(?<![\d.])(?<!\bv)(?<!ersion )(?<!ersion is )"
    r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]|-[a-z])"
    r"|(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])"
)
_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])")
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_NINO = re.compile(r"\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")
_DNI = re.compile(r"\b[XYZ]?\d{7,8}-?[A-Z]\b")


def _is_card(text: str) -> bool:
    """Whether digits have the check digit of a payment card (ISO/IEC 7812-1), as banks give it."""
    digits = [int(each) for each in text if each.isdigit()]
    doubled = [2 * each - 9 * (each > 4) for each in digits[-2::-2]]
    issued = digits[0] in range(2, 7) and (len(digits) > 13 or digits[0] == 4)
    return issued and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _is_iban(text: str) -> bool:
    """Whether a text has the check digits of an IBAN (ISO 13616)."""
    plain = re.sub(r"[ \u00a0-]", "", text)
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


def _is_address(text: str) -> bool:
    """Whether a text is an address of a machine; this one's own and `a::b` in code are none."""
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return len(text) > 5 and any(map(str.isdigit, text)) and not found.is_loopback


def _is_dni(text: str) -> bool:
    """Whether a Spanish DNI or NIE has its check letter."""
    plain = text.replace("-", "")
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return len(plain) == 9 and _LETTERS[int(number) % 23] == plain[-1]


_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def _always(text: str) -> bool:
    del text
    return True


_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("iban", _IBAN, _is_iban),
    ("card", _CARD, _is_card),
    ("ssn", _SSN, _always),
    ("ip", _IP, _is_address),
    ("mac", _MAC, _always),
    ("id", _NINO, _always),
    ("id", _DNI, _is_dni),
    ("address", STREET, _always),
)


_BEFORE_PERSONS = 3
"""Accounts and cards are longer than most numbers of persons; SSNs have a mark of their own."""
_PASSWORD = re.compile(
    r"(?i)\b(?P<name>pass(?:word|wd|phrase|code)?|pwd|passwor[td]|kennwort|wachtwoord|lösenord"
    r"|has[lł]o"
    r"|contrase[ñn]a|senha|mot de passe|пароль|client[_-]?secret|api[_-]?key|access[_-]?token)"
    r"(?P<sign>[\"']?\s{0,3}(?P<is>[:=])\s{0,3}[\"']?|\s(?:is|was|ist|lautet)\s)"
    r"(?P<value>(?:[^\s\"'<>{}$,;&]|&(?!\w+=)){4,200})"
)
_KEY = re.compile(
    r"(?i)(?P<said>(?:secret|token|(?:api|access|account|auth|private|signing|encryption"
    r"|license)[_-]?key)"
    r"(?:[_-]?(?:id|key|access[_-]?key))?[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
    r"|\b(?:bearer|authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:basic|token|apikey))\s{1,3})"
    r"(?P<value>(?=[A-Za-z+/_.~-]{0,200}\d)[A-Za-z0-9+/_.~-]{16,}={0,2})"
)
"""A long value with a digit, behind a name that says key or token."""
_PLACEHOLDER = re.compile(
    r"(?i)[*x.]+|\[.*|null|none|true|false|undefined|required|optional|str(?:ing)?"
)


def _without_password(match: re.Match[str], *, counts: Counter[str]) -> str:
    """`password=…` without its value; behind a colon only what is no plain word."""
    value = match["value"]
    is_word = value.rstrip(".!?)").isalpha() and (value.islower() or value.istitle())
    is_plain = is_word if match["is"] == ":" else not any(map(str.isdigit, value))
    if _PLACEHOLDER.fullmatch(value) or (match["is"] != "=" and is_plain) or "(" in value:
        return match[0]
    counts["secret"] += 1
    return f"{match['name']}{match['sign']}[secret]"


def without_personal_data(text: str, counts: Counter[str]) -> str:
    """The text with secrets and personal data replaced, such as by `[email]`; adds to `counts`.

    The same value is replaced by the same mark, so that texts that differed in it alone are equal.
    """
    safe = redact(text)
    found = safe.count(MARK) - text.count(MARK)
    if found > 0:
        counts["secret"] += found
    without, told = (_kept if len(safe) < _SHORT else _searched)(safe)
    counts.update(dict(told))
    return without


def personal_field(name: str, value: str | float, counts: Counter[str]) -> str:
    """The mark for a field whose name says that its value is personal; empty for all else.

    A number is personal by its field's name, or as the number of a card.
    """
    kind = kind_of_field(name)
    if not kind and isinstance(value, int) and len(str(value)) >= _SHORTEST_CARD:
        kind = "card" if _is_card(str(value)) else ""
    if not kind or isinstance(value, bool) or not is_value(str(value)):
        return ""
    counts[kind] += 1
    return f"[{kind}]"


_SHORTEST_CARD = 14
_SHORT = 10_000
"""Bytes up to which a text is kept with what was found in it: a log repeats its instructions."""


def _searched(safe: str) -> tuple[str, tuple[tuple[str, int], ...]]:
    """A text without keys, searched for all else, and how often each kind was found."""
    counts: Counter[str] = Counter()
    if "://" in safe:
        safe = _LOGIN.sub(partial(_mark, kind="secret", is_one=_always, counts=counts), safe)
    safe = _without_addresses(safe, counts)
    if " dot " in safe.lower():
        safe = _SAID.sub(partial(_mark, kind="email", is_one=_always, counts=counts), safe)
    if "(" in safe or "[" in safe or "{" in safe:
        safe = _SPELT.sub(partial(_mark, kind="email", is_one=_always, counts=counts), safe)
    safe = without_named_values(safe, counts)
    safe, keys = _KEY.subn(r"\g<said>[secret]", safe)
    counts.update({"secret": keys} if keys else {})
    safe = _PASSWORD.sub(partial(_without_password, counts=counts), safe)
    if any(map(str.isdigit, safe)):
        safe = _without_numbers(safe, counts)
    elif ":" in safe or "-" in safe:
        safe = _MAC.sub(partial(_mark, kind="mac", is_one=_always, counts=counts), safe)
    safe = PLACE_BESIDE.sub("[address]", safe) if "[address]" in safe else safe
    return safe, tuple(counts.items())


_kept = lru_cache(maxsize=512)(_searched)


def _without_numbers(safe: str, counts: Counter[str]) -> str:
    """A text without what has a digit in it in any of its forms."""
    safe = without_eastern_addresses(safe, counts)
    safe = without_worded_values(safe, counts)
    for kind, pattern, is_one in _KINDS[:_BEFORE_PERSONS]:
        safe = pattern.sub(partial(_mark, kind=kind, is_one=is_one, counts=counts), safe)
    safe = without_person_numbers(safe, counts)
    for kind, pattern, is_one in _KINDS[_BEFORE_PERSONS:]:
        safe = pattern.sub(partial(_mark, kind=kind, is_one=is_one, counts=counts), safe)
    return TELEPHONE.sub(partial(_without_telephone, counts=counts), safe)


def _without_telephone(match: re.Match[str], *, counts: Counter[str]) -> str:
    """`[phone]`, where the text around it does not say that it is a number of something else."""
    if not is_where_telephones_are(match):
        return match[0]
    return _mark(match, kind="phone", is_one=is_telephone, counts=counts)


def _mark(
    match: re.Match[str], *, kind: str, is_one: Callable[[str], bool], counts: Counter[str]
) -> str:
    end = next((end for end in _ends(match[0], kind) if is_one(match[0][:end])), 0)
    if not end:
        return match[0]
    counts[kind] += 1
    return f"[{kind}]{match[0][end:]}"


def _ends(text: str, kind: str) -> Iterator[int]:
    """Where it may end: words behind an IBAN look like more of it."""
    yield len(text)
    if kind == "iban":
        yield from (gap.start() for gap in reversed(list(re.finditer(r"[ \u00a0-]", text))))


_AT = re.compile("[@\uff20]")


def _without_addresses(text: str, counts: Counter[str]) -> str:
    """The text without e-mail addresses, looked for around each `@`: linear in its length."""
    parts: list[str] = []
    end = 0
    for sign in _AT.finditer(text):
        at = sign.start()
        if at < end:
            continue
        local = _LOCAL.search(text, max(end, at - 64), at)
        domain = _DOMAIN.match(text, at + 1)
        if local and domain:
            parts += (text[end : local.start()], "[email]")
            counts["email"] += 1
            end = domain.end()
    return "".join((*parts, text[end:]))
