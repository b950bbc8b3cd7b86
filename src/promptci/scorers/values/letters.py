"""The letter that an answer to a multiple-choice question picks."""

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from promptci.scorers.base.statements import ANNOUNCED, plain, statement_lines
from promptci.scorers.base.verdict import Unjudged, shorten

_WRONG = re.compile(
    r"\b(?:wrong|incorrect|false|not\s+(?:correct|right|true|the|a|it)|isn't|can't\s+be|cannot\s+be"
    r"|eliminated?|ruled?\s+out)\b",
    re.IGNORECASE,
)
_RULED_OUT = re.compile(
    r"\b(?:not|n't|nor|neither|rather\s+than|instead\s+of|other\s+than|unlike|nicht)\s+"
    r"(?:(?:in|the|an?)\s+)?\Z"
)
_IS_WRONG = re.compile(r"\s+(?:is|are|was|would\s+be)\s+(?:clearly\s+)?(?:wrong|incorrect|not)\b")
_ENDS = re.compile(r"\)?\s*(?:$|[\n.,;:)!?|/]|[\u2013\u2014-]\s|(?:because|since|as|for|and|or)\b)")
"""What may follow a letter that could also be a word, such as `A`, `I` or any small one."""


class _Patterns(Struct, frozen=True):
    """How letters are written: announced, alone on a line, before a text, in brackets."""

    announced: re.Pattern[str]
    correct: re.Pattern[str]
    alone: re.Pattern[str]
    item: re.Pattern[str]
    bracketed: re.Pattern[str]
    first: re.Pattern[str]
    named: re.Pattern[str]
    marked: re.Pattern[str]
    more: re.Pattern[str]


def _chosen(big: str) -> str:
    """Words before a letter that is chosen."""
    surely = r"(?:definitely|probably|clearly|certainly|surely|obviously|(?:most\ )?likely)"
    return (
        r"(?:\b(?:choose|chose|select|pick|opt\ for|(?:go|going)\ with"
        r"|lean(?:ing)?\ (?:more\ )?towards?|it's|its|that's|has\ to\ be"
        r"|it\ (?:is|must\ be|should\ be)|(?:that|this|it)\ would\ be"
        r"|(?:i|i'd|would)\ (?:say|answer)"
        r"|i\ (?:think|guess|believe)|(?:right|correct|best)\ (?:one|letter)\ is|letter\ is"
        rf"|(?:so|thus|hence|therefore)[,:]?)\s+(?:{surely}\s+)?|^{surely}\s+"
        r"|\bwhich\ is\s+(?=\()|(?:\u2192|\u21d2|[-=]>)\s*"
        r"|\b(?:leaving|leaves)(?:\ us\ with)?(?:\ only)?\s+"
        rf"|\bnot\s+\(?{big}\)?,?\s+but\s+(?:rather\s+)?"
        r"|(?:应选|應選|故选|故選|选择|選擇|选|選|选项)[:\uff1a]?\s*)"
    )


@lru_cache(16)
def _patterns(letters: str) -> _Patterns:
    one = f"[{re.escape(letters + letters.lower())}]"
    big = f"[{re.escape(letters)}]"
    kind = r"(?:(?:the\ )?(?:final\ )?(?:option|choice|letter|answer)\ )?"
    chosen = _chosen(big)
    end = r"(?![A-Za-z\d_'&+\#%]|-\w)"

    def made(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
        return re.compile(pattern, flags | re.VERBOSE | re.MULTILINE)

    return _Patterns(
        announced=made(rf"(?:{ANNOUNCED}|{chosen}){kind}(?P<open>\(?)(?-i:(?P<letter>{one})){end}"),
        correct=made(
            rf"(?<![\w'-])(?P<open>\(?)(?-i:(?P<letter>{big})){end}[).:]*"
            r"\s+(?:(?:is|must\ be|would\ be)\s+"
            r"(?:the\s+|clearly\s+|indeed\s+|most\s+|likely\s+|only\s+|also\s+)*"
            r"(?:correct|right|better|best|answer|true)|remains|is\s+left|fits|matches|applies"
            r"|(?:ist|es|est|è|é|está)\s+(?:die\s+|la\s+|a\s+)?(?:richtig|korrekt|correcta?|bonne"
            r"|correcte|juste|corretta|giusta|certa))\b"
        ),
        alone=made(
            rf"(?:[-\u2022]\ |\d\.\ |(?:so|thus|hence|therefore)[,:]?\ )?{kind}"
            rf"(?P<open>\(?)(?-i:(?P<letter>{one}))\)?[.:!]*"
        ),
        item=made(
            rf"(?:[-\u2022]\ )?{kind}(?:\((?-i:(?P<letter>{one}))\)[.:]?"
            rf"|(?-i:(?P<bare>{one}))(?:[).:]|\ [\u2013\u2014-]))\s+(?P<text>\S.*)"
        ),
        bracketed=made(rf"\((?P<letter>{big})\)|\b(?:option|choice)\ (?P<bare>(?-i:{big})){end}"),
        first=made(
            rf"(?![AI]\b)(?P<letter>{big}){end}(?=[\s,;])"
            rf"|(?P<word>{big}){end}(?=[.,;:)]|\s+(?:because|since|[\u2013\u2014-])\s)",
            0,
        ),
        named=made(rf"(?<![\w'-]){big}{end}[^.;]*\Z", 0),
        marked=made(
            rf"(?:[-\u2022]\ )?{kind}\(?(?-i:(?P<letter>{big}))[).:]?\W{{0,3}}"
            r"(?:(?P<right>yes|right|correct|true|[\u2705\u2714\u2713\u2611])"
            r"|no|not|wrong|incorrect|false|[\u274c\u2717\u2718\u2716])\ufe0f?(?:\b.*|[^\w]*)"
        ),
        more=made(
            rf"\)?\s*(?:,|/|&|\band\b|\bor\b)\s*(?:or\ |and\ )?\(?(?-i:(?P<letter>{big})){end}"
        ),
    )


def chosen_letter(text: str, letters: str, options: dict[str, str]) -> str | None:
    """The letter that a text settles on, in upper case; None if it names none.

    An announced answer counts most, then a letter alone on a line, a letter before the text of an
    option, a letter in brackets, and the text of an option; within each the last one. `options`
    are the texts by letter, in lower case. Raises `Unjudged` for an answer that names several.
    """
    bare = plain(text)
    found = _patterns(letters)
    for search in (_announced, _marked, _alone, _items, _bracketed):
        picked = search(bare, found, options)
        if picked is not None:
            return picked
    return _by_text(bare, options) or _at_start(bare, found)


def _announced(text: str, found: _Patterns, options: dict[str, str]) -> str | None:
    """The last letter that is called the answer, or that ends the text on a line of its own."""
    best = -1, ""
    for pattern in (found.announced, found.correct):
        for match in pattern.finditer(text):
            if match.start("letter") > best[0] and _is_letter(match, options):
                best = match.start("letter"), _single(match, found)
    body = text.rstrip()
    start = body.rfind("\n") + 1
    last = found.alone.fullmatch(body[start:].strip())
    if last and start > best[0]:
        return last["letter"].upper()
    return best[1] or None


def _is_letter(match: re.Match[str], options: dict[str, str]) -> bool:
    """Whether it is no word: the article in `the answer is a dog`."""
    letter, rest = match["letter"], match.string[match.end("letter") : match.end("letter") + 200]
    if match["open"] or (letter.isupper() and letter not in "AI") or letter.isdigit():
        return True
    option = options.get(letter.upper(), "")
    is_option = bool(option) and rest.lstrip(" ).:").casefold().startswith(option)
    is_right = match.end() > match.end("letter") + 1
    return is_option or is_right or _ENDS.match(rest) is not None


def _single(match: re.Match[str], found: _Patterns) -> str:
    """The letter of a match, unless another is named along with it."""
    letter = match["letter"].upper()
    other = found.more.match(match.string, match.end("letter"))
    if other and other["letter"] != letter:
        raise Unjudged(f"names several choices: {letter} and {other['letter']}")
    return letter


def _marked(text: str, found: _Patterns, options: dict[str, str]) -> str | None:
    """The one letter of several that a line each calls right: with a mark, or with `yes`."""
    lines = [m for m in map(found.marked.fullmatch, statement_lines(text)) if m]
    right = [match["letter"].upper() for match in lines if match["right"]]
    return right[0] if len(lines) > 1 and len(right) == 1 else None


def _alone(text: str, found: _Patterns, options: dict[str, str]) -> str | None:
    letters = [m["letter"].upper() for m in map(found.alone.fullmatch, statement_lines(text)) if m]
    return _settled(letters)


def _items(text: str, found: _Patterns, options: dict[str, str]) -> str | None:
    """The letter before the text of an option; those called wrong are left out."""
    items = [
        match
        for match in map(found.item.fullmatch, statement_lines(text))
        if match and not found.bracketed.search(match["text"])
    ]
    letters = [
        (item["letter"] or item["bare"]).upper()
        for item in items
        if not _calls_itself_wrong(item["text"], found)
    ]
    return _settled(letters)


def _calls_itself_wrong(text: str, found: _Patterns) -> bool:
    """Whether the text behind a letter says that it is wrong, and not another letter."""
    wrong = _WRONG.search(text)
    return wrong is not None and not found.named.search(text[: wrong.start()])


def _settled(letters: list[str]) -> str | None:
    """The last letter, once lists of all options are left out.

    Raises `Unjudged` if there is nothing but a list.
    """
    rest = [letter for run in _runs(letters) if len(run) == 1 or run[0] != "A" for letter in run]
    if letters and not rest:
        raise Unjudged(f"lists the choices {letters[0]} to {letters[-1]} and settles on none")
    return rest[-1] if rest else None


def _runs(letters: list[str]) -> Iterator[list[str]]:
    """The letters cut where they do not rise."""
    run: list[str] = []
    for letter in letters:
        if run and letter <= run[-1]:
            yield run
            run = []
        run.append(letter)
    if run:
        yield run


def _bracketed(text: str, found: _Patterns, options: dict[str, str]) -> str | None:
    """The last letter in brackets, or after `option`, in a sentence that does not call it wrong."""
    kept = None
    for match in found.bracketed.finditer(text):
        sentence = re.split(r"[.;\n]", text[match.end() : match.end() + 200], maxsplit=1)[0]
        if not _WRONG.search(sentence):
            kept = (match["letter"] or match["bare"]).upper()
    return kept


def _by_text(text: str, options: dict[str, str]) -> str | None:
    """The one option whose text is in the last line, or else anywhere."""
    body = statement_lines(text)
    for part in (body[-1:], body):
        whole = "\n".join(part).casefold()
        named = [letter for letter, option in options.items() if _holds(whole, option)]
        longest = [n for n in named if not any(n != m and options[n] in options[m] for m in named)]
        if len(longest) == 1:
            return longest[0]
        if len(longest) > 1 and part is body:
            raise Unjudged(f"names several choices: {shorten(options[longest[0]], 30)} and others")
    return None


def _holds(text: str, option: str) -> bool:
    """Whether an option is named and not only to be ruled out."""
    if not option:
        return False
    return any(
        not _RULED_OUT.search(text, max(0, match.start() - 40), match.start())
        and not _IS_WRONG.match(text, match.end())
        for match in re.finditer(rf"(?<!\w){re.escape(option)}(?!\w)", text)
    )


def _at_start(text: str, found: _Patterns) -> str | None:
    """A letter that begins the text and is no word there."""
    match = found.first.match(text.lstrip())
    return (match["letter"] or match["word"]) if match else None
