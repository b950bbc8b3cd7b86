"""How the letters of options are written in an answer."""

import re
from functools import lru_cache

from msgspec import Struct

from promptci.scorers.base.statements import ANNOUNCED


class LetterForms(Struct, frozen=True):
    """How letters are written: announced, alone on a line, before a text, in brackets."""

    announced: re.Pattern[str]
    correct: re.Pattern[str]
    described: re.Pattern[str]
    alone: re.Pattern[str]
    item: re.Pattern[str]
    bracketed: re.Pattern[str]
    first: re.Pattern[str]
    named: re.Pattern[str]
    marked: re.Pattern[str]
    inline: re.Pattern[str]
    more: re.Pattern[str]
    sole: re.Pattern[str]
    called: re.Pattern[str]


def _chosen(big: str) -> str:
    """Words before a letter that is chosen."""
    surely = r"(?:definitely|probably|clearly|certainly|surely|obviously|(?:most\ )?likely"
    surely += r"|ultimately|finally)"
    return (
        r"(?:\b(?:choose|chose|choosing|select|selecting|pick|picking|opt\ for|(?:go|going"
        r"|went)\ (?:with|for)"
        r"|lean(?:ing)?\ (?:more\ )?towards?|it's|its|that's|has\ to\ be"
        r"|it\ (?:is|must\ be|should\ be)|(?:that|this|it)\ would\ be"
        r"|(?:gotta|got\ to|(?:has|have)\ to|could\ only)\ be"
        r"|(?:i|i'd|would)\ (?:say|answer)"
        r"|i\ (?:think|guess|believe)|(?:right|correct|best)\ (?:one|letter)\ is|letter\ is"
        rf"|(?:so|thus|hence|therefore)[,:]?)\s+(?:{surely}\s+)?|(?:^|[.!?,;]\s+"
        rf"|\bbut\s+){surely}[,:]?\s+"
        r"|(?:\.{2,}|\u2026)\s*(?:no|wait|actually)\s+(?=\(?[A-Z]\)?[.!]*\s*\Z)"
        r"|\b(?:no|actually|wait|rather|i\ mean)[,:]\s+|^=\s*(?=\S{1,4}\s*$)|\u2234\s*"
        r"|(?:^|(?<![A-Z])[,.;]\s+)(?:but\s+)?(?:maybe|perhaps|possibly)\s+"
        r"|\b(?:right|correct|best|better|proper|appropriate|ideal)\ (?:\w+\ ){1,3}(?:is"
        r"|would\ be)\s+"
        r"|\b(?:i'd|i\ would|please|let's)\ (?:go\s+|use\ (?:\w+\ )?)"
        r"|(?:^|[.!?;]\s+)(?:(?:since|because|as|given)\ [^.!?;\n]{1,80}"
        r"|(?!if\ (?:that|it|this)\b)(?:[A-Za-z'][a-z']{1,20}\ ){0,4}[A-Za-z'][a-z']{1,20})"
        r"[,:]\s+(?=\(?[A-Z]\)?[.!]*\s*\Z)"
        r"|\bto\ (?:pick|choose|guess)(?:\ \w+){0,2},\s+"
        r"|\b(?:one|(?:the|an?)\ (?:\w+\ ){0,2}\w+)\ (?:that|which)\b[^.!?\n]{1,80}?\b(?:is|are)\s+"
        r"|\bthe\ (?:\w+\ ){0,3}(?:statement|exception|outlier|one\ out|error|mistake)\ is\s+"
        r"|(?<!\ball\ )(?<!\bany\ )(?<!\beverything\ )(?<!\beveryone\ )"
        r"(?<!\beverywhere\ )\bexcept(?:\ for)?[:]?\s+"
        r"|\b(?:correct|right|final|best)\ (?:answer|option|choice)\ (?=\(?[A-Z]\)?\W*$)"
        r"|\b(?:richtig|korrekt)\ (?:ist|w\xe4re)\s+(?:die\s+)?|\bodpowied[\u017az]\ to\s+"
        r"|\b(?:ich\ (?:w\xfcrde|w\xe4hle|nehme)|es\ ist|je\ (?:choisis|dirais|prends)|c'est"
        r"|elijo|elegir\xeda|dir\xeda|es\ la|escolho|eu\ diria|scelgo|direi)\s+(?:(?:die|la|a)\s+)?"
        r"|[.!?;]\s+(?=\(?[A-Z]\)?(?:\s(?:is|does))?[.!]?\s*\Z)"
        r"|\bcevap:?\s+|답은\s*"
        r"|\bwhich\ is\s+(?=\()|(?:\u2192|\u21d2|[-=]>)\s*"
        r"|\b(?:leaving|leaves)(?:\ us\ with)?(?:\ only)?\s+|\bleft\ with\s+"
        r"|\bremaining(?:\ \w+)?:\s+"
        rf"|\bnot\s+\(?{big}\)?,?\s+but\s+(?:rather\s+)?"
        r"|(?:应选|應選|故选|故選|选择|選擇|选|選)[:\uff1a]?\s*)"
    )


_FITTEST = (
    r"is\s+the\s+(?!wrong|incorrect|worst|false|least|first|second|third|last|next|other)"
    r"(?:most\s+)?\w+\s+(?:answer|choice|option|candidate|one\s+out)"
    r"|is\s+my\s+(?:final\s+)?(?:answer|choice|pick|guess)|it\s+is(?=[.!])"
    r"|(?:is|seems|looks)\s+(?:more\s+(?:accurate|likely|plausible|appropriate|suitable|convincing"
    r"|precise)"
    r"|(?:the\s+)?closest)|comes\s+closest|(?:makes|make)\s+(?:more|the\s+most)\s+sense|(?:works"
    r"|fits|seems)\s+best|(?:fits|works|matches)\s+better"
    r"|is\s+(?:(?:much|far|slightly|clearly)\s+)?(?:more\s+\w+|better|(?!other|under"
    r"|over)\w{2,}er)\s+than\b|is\s+the\s+(?!worst|least|last)\w{2,}est\b|(?:is|seems"
    r"|looks)\s+(?:the\s+)?most\s+(?:plausible|likely|accurate|appropriate|reasonable|convincing"
    r"|suitable|consistent)"
)
"""Words behind a letter that say that it is the one."""


def _marked(big: str, kind: str) -> str:
    """A line of a letter that is called right or wrong, with its text before that or without."""
    return (
        rf"(?:[-\u2022]\ )?{kind}\(?(?-i:(?P<letter>{big}))[).:]?\W{{0,3}}"
        r"(?:(?P<right>yes|right|correct|true|[\u2705\u2714\u2713\u2611])"
        r"|no|not|wrong|incorrect|false|[\u274c\u2717\u2718\u2716])\ufe0f?(?:\b.*|[^\w]*)"
        rf"|(?:[-\u2022]\ )?{kind}\(?(?-i:(?P<item>{big}))[).:]\s+[^\n]{{1,300}}?\s"
        r"(?:(?P<good>[\u2705\u2714\u2713\u2611]|(?<=[:\u2013\u2014-]\s)(?:correct|right|true)\b)"
        r"|[\u274c\u2717\u2718\u2716]|(?<=[:\u2013\u2014-]\s)(?:incorrect|wrong|false)\b)\ufe0f?\W*"
    )


def _alone(one: str, kind: str) -> str:
    """A line of a letter, with or without its number, a mark and closing punctuation."""
    mark = r"(?:[\u2705\u2714\u2713\u2611\U0001f449]\ufe0f?|\(x\))"
    return (
        rf"(?:[-\u2022]\ (?:\(x\)\ )?|(?:q(?:uestion)?\ ?)?\d{{1,2}}[.):]\ |{mark}\ ?"
        rf"|(?:so|thus|hence|therefore)[,:]?\ )?{kind}"
        rf"(?P<open>\(?)(?-i:(?P<letter>{one}))\)?(?:입니다|です)?[.,:!?]*(?:\ ?{mark})?"
    )


def _more(letter: str) -> str:
    """Another letter that is named along with one."""
    return rf"\)?\s*(?:,|/|&|\band\b|\bor\b)\s*(?:or\ |and\ |also\ )*\(?{letter}"


def _correct(big: str, end: str) -> str:
    """A letter, and behind it that it is the right one."""
    return (
        rf"(?:(?P<only>\bonly\s+(?:(?:option|choice|answer|statement)\s+)?)"
        rf"|(?<![\w'-])|(?<=[项項]))"
        rf"(?P<open>\(?)(?-i:(?P<letter>{big})){end}[).:]*"
        r"(?(only)\s+(?:(?!as\b)\w+s|can|could|did|would)\b|"
        r"(?:\s?(?:(?:选项|選項)?是?(?:正确|正確)|が正解)|\s+(?:(?:is|must\ be|would\ be)\s+"
        r"(?:(?:the|clearly|indeed|most|likely|only(?!\s+true)|also|slightly|much|far|probably"
        r"|definitely|arguably)\s+)*"
        r"(?:correct|right|better|best|answer|true)|die\s+(?:richtige|korrekte)\s+antwort"
        r"|la\s+(?:bonne\s+réponse|respuesta\s+correcta|risposta\s+corretta)|remains|is\s+left"
        r"|applies|holds|wins"
        rf"|{_FITTEST}"
        r"|best\s+(?:fits|matches|describes|answers|satisfies)"
        r"|(?:ist|es|est|è|é|está)\s+(?:die\s+|la\s+|a\s+)?(?:richtig|korrekt|correcta?|bonne"
        r"|correcte|juste|corretta|giusta|certa))\b))"
    )


def _inline(big: str) -> str:
    """A letter with a mark or a word behind it that calls it right or wrong."""
    return (
        rf"(?<![\w'-])\(?(?-i:(?P<letter>{big}))[).:]{{0,2}}\s?"
        r"(?:(?P<right>[\u2705\u2714\u2713\u2611]|[?]\s(?:yes|correct|right|true)\b"
        r"|:\s(?:yes|correct|right)\b)"
        r"|[\u274c\u2717\u2718\u2716]|[?]\s(?:no|incorrect|wrong|false)\b"
        r"|:\s(?:no|incorrect|wrong)\b)"
    )


@lru_cache(16)
def letter_forms(letters: str) -> LetterForms:
    one = f"[{re.escape(letters + letters.lower())}]"
    big = f"[{re.escape(letters)}]"
    kind = r"(?:(?:the\ )?(?:final\ )?(?:option|choice|letter|answer|réponse|lettre|antwort"
    kind += r"|buchstabe|opción|alternativa|letra|opzione)\ )?"
    chosen = _chosen(big)
    end = r"(?![A-Za-z\d_&+\#%]|'(?!d\wr\b)|-\w)"

    def made(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
        return re.compile(pattern, flags | re.VERBOSE | re.MULTILINE)

    return LetterForms(
        announced=made(rf"(?:{ANNOUNCED}|{chosen}){kind}(?P<open>\(?)(?-i:(?P<letter>{one})){end}"),
        correct=made(_correct(big, end)),
        described=made(
            rf"(?<![\w'-])(?P<open>\(?)(?-i:(?P<letter>{big})){end}[).:]*"
            r"\s+(?:fits|matches|describes|answers|satisfies)\b"
        ),
        alone=made(_alone(one, kind)),
        item=made(
            rf"(?:[-\u2022]\ )?{kind}(?:\((?-i:(?P<letter>{one}))\)[.:]?"
            rf"|(?-i:(?P<bare>{one}))(?:[).:]|\ [\u2013\u2014-]))\s+(?P<text>(?!(?:and|or)\s)\S.*)"
        ),
        bracketed=made(
            rf"\((?P<letter>{big})\)|(?:\b(?:option|choice)\ |(?:选项|選項|選択肢)\s?)"
            rf"(?P<bare>(?-i:{big})){end}"
        ),
        first=made(
            rf"(?![AI]\b)(?P<letter>{big}){end}(?=[\s,;])"
            rf"|(?P<word>{big}){end}(?=[.,;:)]|\s+(?:because|since|[\u2013\u2014-])\s)",
            0,
        ),
        named=made(rf"(?<![\w'-]){big}{end}[^.;]*\Z", 0),
        marked=made(_marked(big, kind)),
        inline=made(_inline(big)),
        sole=made(rf"(?<![\w'./-])(?P<open>\(?)(?-i:(?P<letter>{big})){end}(?![.]\w|/)"),
        called=made(rf"\b(?:is|was|be)\s+(?P<open>\(?)(?-i:(?P<letter>{big})){end}(?=[).:]|\s*$)"),
        more=made(_more(f"(?-i:(?P<letter>{big})){end}")),
    )
