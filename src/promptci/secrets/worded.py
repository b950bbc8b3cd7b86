"""Values that are personal by the word before them: birthdays, plates, accounts."""

import re
from collections import Counter

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez)[a-zäé]{0,8}\.?"
_DATE = (
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}(?:st|nd|rd|th|\.)? (?:of )?" + _MONTH + r",? \d{4}"
    r"|" + _MONTH + r" \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{4}年\d{1,2}月\d{1,2}日)"
)
_LINK = (
    r"[\"']?(?: ?(?:is|was|number|no\.?|nr\.?|n[º°]|on|am|le|el|il|[:=#\uff1a]|\()){0,3} ?[\"']?"
)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (mark, re.compile(rf"(?i)(?<![a-z])(?P<said>(?:{words}){_LINK})(?P<value>{value})"))
    for mark, words, value in (
        (
            "birthday",
            r"date of birth|birth ?date|birthday|d\.?o\.?b\.?|born|geburtsdatum|geboren|geb\."
            r"|née? le|date de naissance|fecha de nacimiento|nacid[oa]|nat[oa]|data di nascita"
            r"|geboortedatum|生年月日|出生日期|дата рождения",
            _DATE + r"(?!\d)",
        ),
        (
            "plate",
            r"licen[cs]e plate|number plate|registration plate|plate number|kennzeichen"
            r"|immatriculation|matrícula|targa",
            r"[A-ZÄÖÜ0-9]{1,4}(?:[ -]?[A-Z0-9]{1,5}){1,3}(?![A-Za-z0-9])",
        ),
        (
            "id",
            r"driver'?s?[\u2019']? licen[cs]e|driving licen[cs]e|führerschein(?:nummer)?"
            r"|permis de conduire|medicare|vin|chassis(?: number)?"
            r"|passport(?: number| no\.?)?|reisepass(?:nummer)?|passeport|pasaporte",
            r"(?=[A-Z0-9-]{0,16}\d)[A-Z0-9](?:-?[A-Z0-9]){5,19}(?![A-Za-z0-9])",
        ),
        (
            "account",
            r"account(?: number| no\.?)?|acct\.?|kontonummer|konto|sort code|routing(?: number)?"
            r"|numéro de compte|número de cuenta|口座番号",
            r"\d(?:[ -]?\d){5,16}(?!\d)",
        ),
    )
)
"""The value of a plate, a licence or an account says little by its form."""
_CASED = frozenset(("plate", "id"))
"""Those whose letters are capitals, so that words behind the name are none."""


def without_worded_values(text: str, counts: Counter[str]) -> str:
    """The text with a mark for each value that a word before it says is personal."""
    for mark, pattern in _KINDS:

        def replaced(match: re.Match[str], mark: str = mark) -> str:
            value = match["value"]
            if mark in _CASED and (value != value.upper() or not any(map(str.isdigit, value))):
                return match[0]
            counts[mark] += 1
            return f"{match['said']}[{mark}]"

        text = pattern.sub(replaced, text)
    return text
