"""The formats of JSON Schema: what a text must look like to be a date, an address, an id."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

import idna

from promptci.scorers.base.patterns import PatternError, compile_pattern

_Format: TypeAlias = Callable[[str], bool]

MAX_CHARS = 10_000
"""Longer texts are of no format: addresses and dates end long before."""

_TIME = re.compile(
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.[0-9]+)?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))",
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DURATION = re.compile(
    r"P(?:[0-9]+W|(?=[0-9T])(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)?"
    r"(?:T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S))?)"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_RELATIVE = re.compile(r"(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~[01])*)*)")

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_LOCAL = re.compile(rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_DOTS = re.compile("[.\u3002\uff0e\uff61]")

_HEX = "%[0-9A-Fa-f]{2}"
_IRI_CHAR = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000efffd"
_NAME = rf"(?:[A-Za-z0-9_]|{_HEX})(?:\.?(?:[A-Za-z0-9_]|{_HEX}))*(?::[1-9][0-9]{{0,3}}|\*)?"
_TEMPLATE = re.compile(
    rf"(?:[^\x00-\x20\"'%<>\\^`{{|}}\x7f]|{_HEX}|\{{[+#./;?&=,!@|]?{_NAME}(?:,{_NAME})*\}})*"
)


def _uri_pattern(more: str, *, relative: bool) -> re.Pattern[str]:
    """RFC 3986, or with `more` characters RFC 3987; the host is looked at apart."""
    plain = rf"[A-Za-z0-9._~!$&'()*+,;={more}-]|{_HEX}"
    path = rf"(?:{plain}|[:@/])*"
    tail = rf"(?:\?(?:{plain}|[:@/?])*)?(?:#(?:{plain}|[:@/?])*)?"
    host = rf"(?:(?:{plain}|:)*@)?(?P<host>\[[^\[\]]*\]|(?:{plain})*)(?::[0-9]*)?"
    where = rf"(?://{host}(?:/{path})?|(?!//){path})"
    absolute = rf"[A-Za-z][A-Za-z0-9+.-]*:{where}{tail}"
    if not relative:
        return re.compile(absolute)
    inner = rf"(?://(?:{host.replace('<host>', '<other>')})(?:/{path})?|(?!//)(?![^/?#]*:){path})"
    return re.compile(rf"(?:{absolute}|{inner}{tail})")


_URI = _uri_pattern("", relative=False)
_URI_REFERENCE = _uri_pattern("", relative=True)
_IRI = _uri_pattern(_IRI_CHAR, relative=False)
_IRI_REFERENCE = _uri_pattern(_IRI_CHAR, relative=True)


def is_date(text: str) -> bool:
    """RFC 3339: a day that there is, as in `2024-02-29`."""
    if not _DATE.fullmatch(text) or not text.isascii():
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_time(text: str) -> bool:
    """RFC 3339: a time with its offset; a leap second only where it is 23:59:60 in UTC."""
    found = _TIME.fullmatch(text)
    if found is None or found[3] != "60":
        return found is not None
    ahead = int(found[5] or 0) * 60 + int(found[6] or 0)
    minutes = int(found[1]) * 60 + int(found[2]) - (-ahead if found[4] == "-" else ahead)
    return minutes % 1440 == 1439


def is_date_time(text: str) -> bool:
    """RFC 3339: date and time with a `T` between, as in `2024-03-04T10:00:00Z`."""
    return is_date(text[:10]) and text[10:11] in ("T", "t") and is_time(text[11:])


def is_hostname(text: str) -> bool:
    """RFC 1123, and RFC 5891 for labels that begin with `xn--`."""
    labels = text.split(".")
    return len(text) <= 253 and all(map(_is_label, labels))


def is_idn_hostname(text: str) -> bool:
    """RFC 5890: labels in any script that can be written as those of a host name."""
    labels = _DOTS.split(text)
    return len(text) <= 253 and all(_is_label(each) or _is_idn_label(each) for each in labels)


def is_email(text: str) -> bool:
    """RFC 5321: a local part, an `@` and a host name or an address in brackets.

    A host name without a dot, which only a network of one's own could resolve, is none.
    """
    local, _, domain = text.rpartition("@")
    return len(local) <= 64 and bool(_LOCAL.fullmatch(local)) and _is_domain(domain, is_hostname)


def is_idn_email(text: str) -> bool:
    """RFC 6531: the same with letters of any script."""
    local, _, domain = text.rpartition("@")
    plain = "".join("a" if ord(char) > 0xA0 else char for char in local)
    return bool(_LOCAL.fullmatch(plain)) and _is_domain(domain, is_idn_hostname)


def is_ipv4(text: str) -> bool:
    """RFC 2673: four numbers with dots between, without leading zeros."""
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return text.isascii()


def is_ipv6(text: str) -> bool:
    """RFC 4291: without a zone."""
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return text.isascii() and "%" not in text


def is_regex(text: str) -> bool:
    """A regular expression that can be used here."""
    try:
        compile_pattern(text)
    except PatternError:
        return False
    return True


def _is_label(label: str) -> bool:
    if not _LABEL.fullmatch(label):
        return False
    return _is_idn_label(label) if label.lower().startswith("xn--") else label[2:4] != "--"


def _is_idn_label(label: str) -> bool:
    """By IDNA 2008, also of a label that is written with `xn--`."""
    try:
        spoken = idna.ulabel(label) if label.isascii() else label
        return bool(idna.alabel(spoken))
    except (idna.IDNAError, UnicodeError):
        return False


def _is_domain(domain: str, is_host: _Format) -> bool:
    if domain.startswith("[") and domain.endswith("]"):
        inner = domain[1:-1]
        return is_ipv6(inner[5:]) if inner.lower().startswith("ipv6:") else is_ipv4(inner)
    return bool(_DOTS.search(domain)) and is_host(domain)


def _matching(pattern: re.Pattern[str]) -> _Format:
    return lambda text: pattern.fullmatch(text) is not None


def _addressing(pattern: re.Pattern[str]) -> _Format:
    """A URI; a host in brackets must be an address."""

    def check(text: str) -> bool:
        found = pattern.fullmatch(text)
        if found is None:
            return False
        host = next((host for host in found.groupdict().values() if host), "")
        return not host.startswith("[") or is_ipv6(host[1:-1]) or host[1:2] in ("v", "V")

    return check


FORMATS: Mapping[str, _Format] = {
    "date": is_date,
    "time": is_time,
    "date-time": is_date_time,
    "duration": _matching(_DURATION),
    "email": is_email,
    "idn-email": is_idn_email,
    "hostname": is_hostname,
    "idn-hostname": is_idn_hostname,
    "ipv4": is_ipv4,
    "ipv6": is_ipv6,
    "uri": _addressing(_URI),
    "uri-reference": _addressing(_URI_REFERENCE),
    "iri": _addressing(_IRI),
    "iri-reference": _addressing(_IRI_REFERENCE),
    "uri-template": _matching(_TEMPLATE),
    "uuid": _matching(_UUID),
    "json-pointer": _matching(_POINTER),
    "relative-json-pointer": _matching(_RELATIVE),
    "regex": is_regex,
}
"""Every format of drafts 7 and 2020-12. Others are annotations, which nothing checks."""


def has_format(name: str, text: str) -> bool:
    """Whether a text is of a format; of one that is not known here every text is."""
    check = FORMATS.get(name)
    return check is None or (len(text) <= MAX_CHARS and check(text))
