"""Numbers that states give to persons: by their form and check digits, or beside their name.

A number whose form says little (nine digits, say) is only taken where a word beside it says what
it is: one in eleven has the right check digit by chance.
"""

import re
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from promptci.secrets import checkdigits as checks

_SIGNS = re.compile(r"[^0-9A-Za-z]")
_BEFORE, _BEHIND = 32, 16


class PersonNumber(Struct, frozen=True):
    """One kind: its form, its check if it has one, and the words one of which is beside it."""

    name: str
    form: re.Pattern[str]
    check: checks.DigitCheck | None = None
    words: re.Pattern[str] | None = None


def _number(
    name: str, form: str, check: checks.DigitCheck | None = None, words: str = ""
) -> PersonNumber:
    edges = re.compile(rf"(?<![\w.,-])(?:{form})(?![\w]|[-.,]\d)", re.ASCII)
    said = re.compile(rf"(?i)(?<![A-Za-z])(?:{words})(?![A-Za-z])") if words else None
    return PersonNumber(name, edges, check, said)


_S = r"[ \u00a0-]?"
_THREE = rf"\d{{3}}{_S}\d{{3}}{_S}\d{{3}}"
_FRENCH = rf"[12]{_S}\d{{2}}{_S}(?:0[1-9]|[1-9]\d){_S}%s{_S}\d{{3}}{_S}\d{{3}}{_S}\d{{2}}"
_NHS = checks.weighted((10, 9, 8, 7, 6, 5, 4, 3, 2, 1), 11)
_TFN = checks.weighted((1, 4, 3, 7, 5, 8, 6, 9, 10), 11)
_TAX = "steuer-?id|steueridentifikationsnummer|identifikationsnummer|IdNr|TIN"
_PASSPORT = "passport|reisepass|passeport|pasaporte|passaporto|paspoort|护照"
_ISRAEL = "ת\\.?ז|תעודת זהות|teudat zehut|israeli id"


def _swedish(text: str) -> bool:
    return checks.personnummer(text[-10:])


def _danish(text: str) -> bool:
    return checks.born(text, "DMY")


NUMBERS = (
    _number("BSN", rf"\d{{4}}[. ]?\d{{2}}[. ]?\d{{3}}|{_THREE}", checks.bsn,
            "BSN|burgerservicenummer|sofinummer"),
    _number("PESEL", r"\d{11}", checks.pesel),
    _number("CPF", r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}", checks.cpf),
    _number("Aadhaar", r"[2-9]\d{3}([ -])\d{4}\1\d{4}", checks.verhoeff),
    _number("Aadhaar", r"[2-9]\d{11}", checks.verhoeff, "aadhaar|aadhar|UIDAI|UID|आधार"),
    _number("PAN", r"[A-Z]{3}P[A-Z]\d{4}[A-Z]"),
    _number("NIR", _FRENCH % r"\d{2}", checks.nir),
    _number("NIR", _FRENCH % "2[AB]", checks.nir),
    _number("personnummer", r"(?:19|20)?\d{6}[-+]\d{4}", _swedish),
    _number("personnummer", r"(?:19|20)?\d{10}", _swedish,
            "personnummer|personnr|samordningsnummer"),
    _number("fødselsnummer", r"\d{6} ?\d{5}", checks.fodselsnummer),
    _number("CPR", r"\d{6}-?\d{4}", _danish, "CPR|CPR-?nr|CPR-?nummer|personnummer"),
    _number("hetu", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", checks.hetu),
    _number("rijksregister", r"\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}", checks.belgian),
    _number("Steuer-ID", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", checks.steuer_id, _TAX),
    _number("AHV", r"756\.?\d{4}\.?\d{4}\.?\d{2}", checks.weighted((1, 3) * 7, 10)),
    _number("codice fiscale", r"(?i:[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z])",
            checks.codice_fiscale),
    _number("NHS", rf"\d{{3}}{_S}\d{{3}}{_S}\d{{4}}", _NHS, "NHS"),
    _number("SSN", rf"\d{{3}}{_S}\d{{2}}{_S}\d{{4}}", None, "SSN|social security"),
    _number("ITIN", r"9\d{2}-[5-9]\d-\d{4}"),
    _number("SIN", _THREE, checks.luhn, "SIN|social insurance|NAS"),
    _number("TFN", rf"\d{{3}}{_S}\d{{3}}{_S}\d{{2,3}}", _TFN, "TFN|tax file"),
    _number("CURP", r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d", checks.born_behind_four),
    _number("RUT", r"\d{1,2}(?:\.\d{3}){2}-\d|\d{7,8}-\d", checks.rut),
    _number("RUT", r"\d{1,2}(?:\.\d{3}){2}-[kK]|\d{7,8}-[kK]", checks.rut),
    _number("resident id", r"[1-9]\d{17}", checks.resident_id),
    _number("resident id", r"[1-9]\d{16}[Xx]", checks.resident_id),
    _number("RRN", r"\d{6}-[1-8]\d{6}", checks.born),
    _number("My Number", rf"\d{{4}}{_S}\d{{4}}{_S}\d{{4}}", None,
            "マイナンバー|my ?number|個人番号"),
    _number("TCKN", r"[1-9]\d{10}", checks.turkish),
    _number("CNP", r"[1-8]\d{12}", checks.cnp),
    _number("rodné číslo", r"\d{6}/\d{3,4}", checks.rodne_cislo),
    _number("South African id", r"\d{10}[01]\d{2}", checks.south_african),
    _number("NRIC", r"[STFGM]\d{7}[A-Z]", checks.nric),
    _number("NIF", r"\d{3} ?\d{3} ?\d{3}", checks.nif, "NIF|contribuinte"),
    _number("Israeli id", r"\d{9}", checks.luhn, _ISRAEL),
    _number("passport", r"\d{6,9}", None, _PASSPORT),
    _number("passport", r"[A-Z]{1,3}\d{6,9}[A-Z]?|\d{6,9}[A-Z]", None, _PASSPORT),
)  # fmt: skip
"""The kinds that are known, in the order in which they are looked for."""
_DIGITS = tuple(kind for kind in NUMBERS if not re.search("[A-Z]", kind.form.pattern))
_LETTERED = tuple(kind for kind in NUMBERS if kind not in _DIGITS)
_RUN = re.compile(r"[0-9](?:[ .\u00a0/+-]?[0-9]){6,40}")
_MIXED = re.compile(r"[A-Za-z+-][0-9]{3}|[0-9][A-Z]\b|[0-9]{3}[-+]?[A-Za-z]")


def person_numbers(text: str) -> Iterator[re.Match[str]]:
    """Each number of a person in a text, some of which may overlap."""
    for run in _RUN.finditer(text):
        start, end = max(0, run.start() - 1), min(len(text), run.end() + 3)
        for kind in _DIGITS:
            yield from _held(kind, text, start, end)
    if _MIXED.search(text):
        for kind in _LETTERED:
            yield from _held(kind, text, 0, len(text))


def _held(kind: PersonNumber, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The numbers of one kind in a part of a text; what is around it is looked at, too."""
    for match in kind.form.finditer(text, start, end):
        if kind.words is not None and not _is_beside(kind.words, match):
            continue
        if kind.check is None or kind.check(_SIGNS.sub("", match[0]).upper()):
            yield match


def _is_beside(words: re.Pattern[str], match: re.Match[str]) -> bool:
    """Whether a word is close before or behind a number, on the same line."""
    before = match.string[max(0, match.start() - _BEFORE) : match.start()].rpartition("\n")[2]
    behind = match.string[match.end() : match.end() + _BEHIND].partition("\n")[0]
    return words.search(before) is not None or words.search(behind) is not None


def without_person_numbers(text: str, counts: Counter[str]) -> str:
    """The text with `[id]` for each number of a person; adds to `counts`."""
    parts: list[str] = []
    end = 0
    for match in sorted(person_numbers(text), key=lambda each: (each.start(), -each.end())):
        if match.start() >= end:
            parts += (text[end : match.start()], "[id]")
            end = match.end()
            counts["id"] += 1
    return "".join((*parts, text[end:])) if parts else text
