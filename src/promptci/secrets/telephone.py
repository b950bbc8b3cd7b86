"""Which runs of digits are telephone numbers, as people of many countries write them."""

import re

_GAP = r"[ \u00a0\u2009\u202f./()\u2010-\u2013\u2212\u30fc\uff0d-]"
TELEPHONE = re.compile(
    rf"(?<![\w.,+-])(?<!\d\))(?:\+ ?)?\(?\d{{1,15}}(?:{_GAP}{{1,3}}\d{{1,15}}){{0,9}}(?![\w-]|\.\d)"
)
"""What may be one: digits in groups, whatever is between them."""

_DATE = re.compile(r"(?:\d{4}([./-])\d{1,2}\1\d{1,2}|\d{1,2}([./-])\d{1,2}\2\d{4})(?!\d)")
_THOUSANDS = re.compile(r"\d{1,3}(?:[ .\u00a0\u2009\u202f]\d{3})+")
_DECIMAL = re.compile(r"[1-9]\d{0,3}\.\d+")
_BARE = re.compile(r"[2-9]\d{2}[2-9]\d{6}|1[3-9]\d{9}|0[1-9]\d{7,10}|00[1-9]\d{7,12}")
"""Without gaps: ten digits of North America, eleven of China, or a leading 0."""
_LEAST, _MOST = 8, 15
"""Digits of a number (ITU-T E.164 has at most 15); with a plus sign one less will do."""


def is_telephone(text: str) -> bool:
    """Whether digits are as many as those of a telephone number, and no date, sum or version."""
    digits = "".join(str(int(each)) for each in text if each.isdigit())
    if text.startswith("+"):
        return _LEAST - 1 <= len(digits) <= _MOST
    if not _LEAST <= len(digits) <= _MOST:
        return False
    groups = re.findall(r"\d+", text)
    if len(groups) == 1:
        return _BARE.fullmatch(digits) is not None
    return not (
        _starts_with_date(text)
        or _THOUSANDS.fullmatch(text)
        or _DECIMAL.fullmatch(text)
        or _is_count(text, groups, digits)
    )


def _starts_with_date(text: str) -> bool:
    """Whether a date comes first, and after it too little for a number."""
    found = _DATE.match(text)
    rest = text[found.end() :] if found else text
    return sum(each.isdigit() for each in rest) < _LEAST - 1


def _is_count(text: str, groups: list[str], digits: str) -> bool:
    """Years, versions, single digits and numbers of books."""
    short = sum(len(each) == 1 for each in groups)
    return (
        all(len(each) == 4 and each[:2] in ("19", "20") for each in groups)
        or (short > 0 and set(re.sub(r"\d", "", text)) == {"."})
        or short > 2
        or (len(digits) == 13 and digits.startswith(("978", "979")))
    )


_AROUND, _BEHIND = 48, 24
_CALLED = re.compile(
    r"(?i)(?:\b|_)(?:tele)?(?:phone|fone)s?\b|\b(?:tel|ph|cell|mobile|mob|fax|sms|text|call"
    r"|callback|dial|ring|whatsapp|signal|viber|telegram|handy|reach (?:me|us|him|her)"
    r"|contact|my number|portable|celular|móvil|cellulare|telefon\w*|mobil\w*|telefoon)"
    r"(?![a-z])|電話|携帯|电话|手机|전화|тел"
)
_COUNTED = re.compile(
    r"(?i)(?:\b|_)(?:orders?|invoices?|tickets?|cases?|tracking|parcels?|serial|sku|isbn(?:-1[03])?"
    r"|issn|asin"
    r"|upc|ean|gtin|ids?|uuid|ref(?:erence)?|confirmation|booking|transaction|txn|po|rfq|item|part"
    r"|product"
    r"|model|build|version|batch|lot|timestamp|epoch|hash|sha\d*|commit|pid|port|size|length|bytes"
    r"|total|sum|amount|price|cost|cap|revenue|population|score|stack|claims?|policy|customer|user"
    r"|contract|bestell\w*|rechnung\w*|auftrag\w*|kunden\w*|commande|facture|pedido|factura)"
    r"(?:[ _-]?(?:number|no|nr|num|id|code|key))?[\"']?[\s.:=#(\"']{0,4}(?:is |was )?[\"']?\Z"
)
_UNITS = re.compile(
    r"(?i)\s?(?:bytes?|[kmgt]i?b|usd|eur|gbp|jpy|dollars?|euros?|yen|people|rows|tokens|items|ms"
    r"|seconds"
    r"|users|views|units|km|kg|%)\b"
)


def is_where_telephones_are(match: re.Match[str]) -> bool:
    """Whether the text around digits lets them be a telephone number.

    Behind `order` or `ISBN`, or before a unit, they are none. Ten digits without gaps are so many
    other things that a word such as `call` has to be near, or nothing else in the text.
    """
    before = match.string[max(0, match.start() - _AROUND) : match.start()]
    behind = match.string[match.end() : match.end() + _BEHIND]
    if match[0].startswith("+"):
        return True
    if _COUNTED.search(before) or _UNITS.match(behind):
        return False
    if not match[0].isdigit() or len(match[0]) != _BARE_DIGITS:
        return True
    alone = not match.string[: match.start()].strip() and not match.string[match.end() :].strip(
        " .!"
    )
    line, rest = before.rpartition("\n")[2], behind.partition("\n")[0]
    return alone or _CALLED.search(line) is not None or _CALLED.search(rest) is not None


_BARE_DIGITS = 10
