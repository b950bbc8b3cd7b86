"""Addresses of East Asia and Russia, where no street has a word of its own before a number.

Japan: from the prefecture or town to the last number (`東京都渋谷区神南1-2-3`), or with the ward in
Latin letters (`1-2-3 Jinnan, Shibuya-ku`). China and Taiwan: a road and a number with 号 or 號.
Korea: a road (로, 길) behind a town. A number is looked for first, then what precedes it, so
that the time grows with the length of a text and no faster.
"""

import re
from collections import Counter

_DASH = r"[-\u2010-\u2015\u2212\u30fc\uff0d]"
_HAN = r"[\u4e00-\u9fff\u3005\u30a1-\u30fa\u30fc\u30f6]"
_KANA = r"[\u3041-\u3096]"
_TAIL = re.compile(
    rf"(?P<north>[東西南北]\d{{1,2}}条)?(?:[東西南北])?\d{{1,4}}"
    rf"(?:(?P<named>丁目|番地|番(?!目)|号(?!室))|(?P<dash>{_DASH}(?=\d)))"
    rf"(?:\d{{1,4}}(?:丁目|番地|番|号|{_DASH}(?=\d)|(?!\d)))*"
    r"|(?P<road>[路街道巷弄段](?:[一二三四五六七八九十\d]{1,3}段)?(?:\d{1,4}[巷弄]){0,2}"
    r"\d{1,5}(?:之\d{1,3})?[号號](?:\d{1,3}[樓楼])?)"
)
_LEAD = re.compile(rf"(?:{_HAN}|{_KANA})+\Z")
_PREFECTURE = re.compile(
    r"東京都|北海道|(?:京都|大阪)府|(?:神奈川|和歌山|鹿児島|[\u4e00-\u9fff]{2})県"
)
_TOWN = re.compile(rf"{_HAN}{{1,8}}?[市区區郡町村县縣]")
_MOST_BEFORE = 40
_CODE = re.compile(rf"(?:〒[ \u3000]?)?(?<!\d)\d{{3}}{_DASH}\d{{4}}[ \u3000]*\Z")
_LATIN_NAME = r"[A-Z][\w'-]{1,30}"
_BLOCK = r"\d{1,3}(?:-\d{1,4}){1,3}"
_OTHERS = re.compile(
    "|".join(
        (
            rf"〒[ \u3000]?\d{{3}}{_DASH}?\d{{4}}(?!\d)",
            r"(?:[가-힣]{1,8}(?:시|도|군|구|읍|면) ){1,4}[가-힣\d]{1,14}(?:로|길|동|리) ?\d{1,5}"
            r"(?:-\d{1,4})?(?:번길 ?\d{1,5})?",
            rf"\b(?:{_BLOCK},? {_LATIN_NAME}|{_LATIN_NAME} {_BLOCK}),? (?:{_LATIN_NAME},? )?"
            r"[A-Z]\w{1,30}-(?:ku|shi|cho|machi|gun|mura|son|fu|ken)\b"
            r"(?:,? [A-Z]\w{1,20})?(?:,? \d{3}-\d{4}\b)?",
            r"(?:\b(?:ул|пр|пер|пр-т|б-р|ш|наб)\."  # noqa: RUF001
            r"|\b(?:улица|проспект|переулок|бульвар|шоссе|набережная)) ?"
            r"[А-ЯЁ][\w-]{1,30}(?: [А-ЯЁ]?[\w-]{1,30})?,? (?:д\.?|дом)? ?\d{1,4}[а-я]?\b"  # noqa: RUF001
            r"(?:,? ?(?:к|корп|кв|стр)\. ?\d{1,4})*",
            r"\bشارع [\w ]{2,40}? \d{1,5}\b",  # noqa: RUF001
        )
    )
)


def without_eastern_addresses(text: str, counts: Counter[str]) -> str:
    """The text with `[address]` for each; adds to `counts`."""
    if text.isascii() and "-" not in text:
        return text
    parts: list[str] = []
    end = 0
    for tail in _TAIL.finditer(text) if not text.isascii() else ():
        start = _start(text, end, tail)
        if start is not None:
            parts += (text[end:start], "[address]")
            end = tail.end()
            counts["address"] += 1
    safe = "".join((*parts, text[end:])) if parts else text
    return _OTHERS.sub(lambda match: _counted(counts), safe)


def _counted(counts: Counter[str]) -> str:
    counts["address"] += 1
    return "[address]"


def _start(text: str, end: int, tail: re.Match[str]) -> int | None:
    """Where the address of the numbers here begins; None where they are of none."""
    before = text[max(end, tail.start() - _MOST_BEFORE) : tail.start()]
    lead = _LEAD.search(before)
    if lead is None:
        return None
    town = _PREFECTURE.search(lead[0]) or _TOWN.search(lead[0])
    if tail["road"]:
        begin = town.start() if town else max(0, len(lead[0]) - 4)
    elif town is None or not _is_numbered(lead[0], tail):
        return None
    else:
        begin = town.start()
    start = tail.start() - len(lead[0]) + begin
    code = _CODE.search(text, max(end, start - 14), start)
    return code.start() if code else start


def _is_numbered(lead: str, tail: re.Match[str]) -> bool:
    """Whether numbers are a block's: three of them or named ones, or two behind a name alone."""
    if tail["named"] or tail["north"] or len(re.findall(r"\d+", tail[0])) > 2:
        return True
    last = max(lead.rfind(each) for each in "市区區郡町村")
    return re.fullmatch(rf"{_HAN}+", lead[last + 1 :]) is not None
