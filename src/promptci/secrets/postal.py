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
STREET = re.compile(
    rf"\b\d{{1,5}}[A-Za-z]?(?: [A-Z][\w'.-]{{0,30}}){{1,4}} (?:{_ENGLISH})\b\.?"
    rf"|\b[A-ZÄÖÜÅØÆ][\w-]{{0,30}}(?:{_JOINED}) \d{{1,4}}(?: ?[a-zA-Z]\b)?"
    rf"|\b\d{{1,4}}(?: ?(?:bis|ter))?,? (?:{_BEFORE})(?: {_NAME}){{1,5}}"
    rf"|\b(?:{_BEFORE})(?: {_NAME},?){{1,5}} (?:n\.? ?º ?)?\d{{1,4}}\b"
)
"""A number and a street, in either order; a postcode beside them is no one's alone."""
