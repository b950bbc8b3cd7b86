"""Personal data in texts that are to be kept: found by form, and replaced by what it is.

It finds what has a form: addresses, numbers, names of accounts. It cannot find names of people in
running text, and says so wherever it is used.
"""

import re
from collections import Counter
from collections.abc import Callable
from functools import partial

from promptci.secrets.known import redact
from promptci.secrets.redact import MARK

_LOCAL = re.compile(r"[A-Za-z0-9._%+-]{1,64}\Z")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.){1,10}[A-Za-z]{2,24}")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_PHONE = re.compile(
    r"(?<![\w.,+-])(?:\+\d{8,15}|(?:\+\d{1,3}[ ./-]?)?(?:\(\d{1,5}\)[ ./-]?)?"
    r"\d{2,5}(?:[ ./-]\d{2,8}){1,5})(?![\w.-]*\d)"
)
_IP = re.compile(
    r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])"
)
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_LEAST_DIGITS = 8


def _is_card(text: str) -> bool:
    """Whether digits have the check digit of a payment card (ISO/IEC 7812-1, Luhn)."""
    digits = [int(each) for each in text if each.isdigit()]
    doubled = [2 * each - 9 * (each > 4) for each in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _is_iban(text: str) -> bool:
    """Whether a text has the check digits of an IBAN (ISO 13616)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


def _is_phone(text: str) -> bool:
    """Whether digits are as many as those of a telephone number, and no date."""
    count = sum(each.isdigit() for each in text)
    is_date = re.fullmatch(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", text) is not None
    is_number = re.fullmatch(r"\d{1,3}(?:[ .]\d{3})+", text) is not None
    return _LEAST_DIGITS <= count <= 15 and not is_date and not is_number


_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("iban", _IBAN, _is_iban),
    ("card", _CARD, _is_card),
    ("ssn", _SSN, lambda text: True),
    ("ip", _IP, lambda text: True),
    ("phone", _PHONE, _is_phone),
)


def without_personal_data(text: str, counts: Counter[str]) -> str:
    """The text with secrets and personal data replaced, such as by `[email]`; adds to `counts`.

    The same value is replaced by the same mark, so that texts that differed in it alone are equal.
    """
    safe = redact(text)
    found = safe.count(MARK) - text.count(MARK)
    if found > 0:
        counts["secret"] += found
    safe = _without_addresses(safe, counts)
    for kind, pattern, is_one in _KINDS:
        safe = pattern.sub(partial(_mark, kind=kind, is_one=is_one, counts=counts), safe)
    return safe


def _mark(
    match: re.Match[str], *, kind: str, is_one: Callable[[str], bool], counts: Counter[str]
) -> str:
    if not is_one(match[0]):
        return match[0]
    counts[kind] += 1
    return f"[{kind}]"


def _without_addresses(text: str, counts: Counter[str]) -> str:
    """The text without e-mail addresses, looked for around each `@`: linear in its length."""
    parts: list[str] = []
    end, at = 0, text.find("@")
    while at >= 0:
        local = _LOCAL.search(text, max(end, at - 64), at)
        domain = _DOMAIN.match(text, at + 1)
        if local and domain:
            parts += (text[end : local.start()], "[email]")
            counts["email"] += 1
            end = domain.end()
        at = text.find("@", max(at + 1, end))
    return "".join((*parts, text[end:]))
