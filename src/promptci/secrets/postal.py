"""Streets with a number, as addresses of several countries have them."""

import re

_NAME = r"[^\W\d_][\w'\u2019.-]{0,30}"
_ENGLISH = (
    r"Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Square|Way|"
    r"Parkway|Pkwy|Terrace|Close|Crescent|Highway|Hwy"
)
_JOINED = (
    r"straße|strasse|str\.|weg|gasse|allee|platz|ufer|straat|laan|gracht|gatan|vägen|veien|gata|"
    r"vej|gade|tie|katu"
)
_BEFORE = (
    r"[Rr]ue|[Aa]venue|[Bb]oulevard|[Cc]hemin|[Ii]mpasse|[Aa]llée|[Qq]uai|Calle|Avenida|Av\.|Paseo|"
    r"Plaza|Via|Viale|Piazza|Corso|Rua|ul\.|ulica"
)
_BOX = (
    r"P\.? ?O\.? ?Box|Postfach|Postbus|Boîte [Pp]ostale|Apartado(?: [Pp]ostal)?|Casella [Pp]ostale"
    r"|Caixa [Pp]ostal|Postboks|[Ss]krytka [Pp]ocztowa"
)
STREET = re.compile(
    rf"\b(?:\d{{1,5}}/)?\d{{1,5}}[A-Za-z]?(?: [A-Z][\w'.-]{{0,30}}){{1,4}} (?:{_ENGLISH})\b\.?"
    rf"|\b[A-ZÄÖÜÅØÆ][\w-]{{0,30}}(?:{_JOINED}) \d{{1,4}}(?: ?[a-zA-Z]\b)?"
    rf"|\b\d{{1,4}}(?: ?(?:bis|ter))?,? (?:{_BEFORE})(?: {_NAME}){{1,5}}"
    rf"|\b(?:{_BEFORE})(?: {_NAME},?){{1,5}} (?:n\.? ?º ?)?\d{{1,4}}\b"
    rf"|\b(?:Flat|House|Plot|Door)(?: No\.?)? ?#?\d{{1,5}}[A-Za-z]?(?:/\d{{1,4}})?"
    rf"(?:, (?:[A-Z][\w'.-]{{1,30}} ?){{1,4}}\d{{0,4}}){{1,4}}"
    rf"|\b(?:{_BOX})[ :]{{1,2}}\d{{1,3}}(?: ?\d{{2,3}})?\b"
)
"""A number and a street, in either order; a postcode beside them is no one's alone."""
_CITY = r"[^\W\d_][\w.-]{0,29}\w"
PLACE_BESIDE = re.compile(
    r"\[address\](?:,? (?:Apt\.?|Apartment|Flat|Suite|Unit|#) ?\w{1,5})?,? (?:"
    rf"(?:[A-Z]{{1,2}}-)?\d{{2,3}}[ -]?\d{{2,3}}(?: [A-Z]{{2}}\b)? {_CITY}"
    rf"|(?:{_CITY},? ){{1,3}}(?:[A-Z]{{1,2}}\d[A-Z\d]? \d[A-Z]{{2}}\b"
    r"|[A-Z]{2} \d{5}\b(?:-\d{4}\b)?))"
)
"""The town and the postcode behind a street that was taken out."""
