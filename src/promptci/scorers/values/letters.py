"""The letter that an answer to a multiple-choice question picks."""

import re

from promptci.scorers.base.statements import first_turn, plain, statement_lines
from promptci.scorers.base.verdict import Unjudged, shorten
from promptci.scorers.values.doubted import without_doubted
from promptci.scorers.values.letterforms import LetterForms, letter_forms
from promptci.scorers.values.letterlines import (
    WRONG,
    line_alone,
    line_of_option,
    marked_line,
    refuse_bare_list,
)
from promptci.scorers.values.optiontexts import (
    DENIED,
    IS_WRONG,
    RULED_OUT,
    by_text,
    is_doubted,
    is_unsure,
    without_admitted,
)

_OR_NOT = re.compile(r"\)?\s+or\s+not\b", re.IGNORECASE)
_LATIN = {"\u0410": "A", "\u0421": "C", "\u0415": "E"}
_LOOKALIKES = re.compile(r"(?<!\w)[\u0410\u0421\u0415](?=[).:,]|\s*$)", re.MULTILINE)
"""Letters of Russian that look like those of the options; `\u0412`, its third, may be B or C."""

_LISTED = 5_000
_SHORT = 500
"""Characters of an answer whose clauses are told apart."""

_BEGUN = re.compile(
    r"\((?P<letter>[A-Za-z])\)\s?(?:[\u2013\u2014:]|-\s)(?![^\n]*\n\s*\([A-Za-z]\))"
)
"""A letter before a dash, with no list below."""

_CONTRAST = re.compile(r"[,;.]\s(?:but|however|yet|though|nevertheless|still)\b,?", re.IGNORECASE)
"""Words before what counts more than what was said."""

_SECOND = re.compile(
    r"\b(?:second|runner-?up|least|alternativ\w*|back-?up)\b[^.;\n]{0,20}\Z|\bif\s(?:that|it"
    r"|this)\s[^.;\n]{1,30},\s\Z",
    re.IGNORECASE,
)
"""Words before a letter that is only the next best."""

_SEVERAL = re.compile(
    r"\A\(?[A-Z]\)?(?:(?:,|\sand|,\sand)\s\(?[A-Z]\)?)+\s(?:are|were|do|can|could|have|all|both)\b"
    r"(?!\s(?:both\s|all\s)?(?:correct|right|true|possible|valid|plausible))[^.;]*[.;]\s"
)
"""What is said of several together."""

_NOT = re.compile(r"\bnot\s\(?\Z", re.IGNORECASE)

_VERB = re.compile(r"\)?\s+(?:best\s+)?(?:is(?!\sfor\b)|was|has|does|[a-z]{2,}(?<![suia])s)\b")
"""A verb, which no article precedes."""

_ENDS = re.compile(
    r"\)?\s*(?:$|[\n.,;:)!?|/\u3040-\u9fff\uac00-\ud7af]|[\u2013\u2014-]\s|(?:because|since|as|for"
    r"|and|or|over|higher|here|then|instead|without)\b)"
)
"""What may follow a letter that could also be a word, such as `A`, `I` or any small one."""


def chosen_letter(text: str, letters: str, options: dict[str, str]) -> str | None:
    """The letter that a text settles on, in upper case; None if it names none.

    An announced answer counts most, then a letter alone on a line, a letter before the text of an
    option, a letter that is said to fit, a letter in brackets, and the text of an option; within
    each the last one. `options` are the texts by letter, in lower case. Raises `Unjudged` for an
    answer that names several.
    """
    bare = _LOOKALIKES.sub(lambda match: _LATIN[match[0]], plain(first_turn(text)))
    refuse_bare_list(bare, options)
    found = letter_forms(letters)
    if len(bare) <= _SHORT:
        bare = without_doubted(bare, _nameable(found, options))
    for search in (_announced, marked_line, line_alone, line_of_option, _described, _bracketed):
        picked = search(bare, found, options)
        if picked is not None:
            return picked
    return by_text(bare, options) or _at_start(bare, found) or _sole(bare, found, options)


def _nameable(found: LetterForms, options: dict[str, str]) -> re.Pattern[str]:
    """What names an option: its letter, or its text."""
    texts = "|".join(re.escape(text) for text in options.values() if text)
    return re.compile(rf"{found.sole.pattern}|(?<!\w)(?i:{texts or '(?!)'})(?!\w)", re.VERBOSE)


def _announced(text: str, found: LetterForms, options: dict[str, str]) -> str | None:
    """The last letter that is called the answer, or that ends the text on a line of its own."""
    best = _last_called(text, found, options, (found.announced, found.correct))
    body = text.rstrip()
    start = body.rfind("\n") + 1
    last = found.alone.fullmatch(body[start:].strip())
    if last and start > best[0]:
        return last["letter"].upper()
    return _single(best[1], text, best[2], found) if best[1] else None


def _described(text: str, found: LetterForms, options: dict[str, str]) -> str | None:
    """The last letter that fits, as is also said of those beside the one chosen elsewhere."""
    best = _last_called(text, found, options, (found.described,))
    return _single(best[1], text, best[2], found) if best[1] else None


def _last_called(
    text: str, found: LetterForms, options: dict[str, str], patterns: tuple[re.Pattern[str], ...]
) -> tuple[int, str, int]:
    """The last letter that a pattern finds and that is not ruled out, and its place."""
    best = -1, "", -1
    for pattern in patterns:
        for match in pattern.finditer(text):
            start, named = max(0, match.start() - 40), match.start("open")
            is_wrong = (
                _SECOND.search(text, start, named)
                or DENIED.search(text, start, named)
                or IS_WRONG.match(text, match.end("letter"))
                or (pattern is not found.announced and RULED_OUT.search(text, start, match.start()))
            )
            if is_wrong or _begins_list(match, found):
                continue
            if match.start("letter") > best[0] and _is_letter(match, options):
                best = match.start("letter"), match["letter"].upper(), match.end("letter")
    return best


def _begins_list(match: re.Match[str], found: LetterForms) -> bool:
    """Whether the letter only begins the list of all options: `each option:`, and A, B, C below."""
    if match["letter"] not in "Aa" or "\n" not in match[0]:
        return False
    below = statement_lines(match.string[match.start("open") :][:_LISTED])
    items = [m for m in map(found.item.fullmatch, below[:20]) if m]
    return [(m["letter"] or m["bare"]).upper() for m in items[:2]] == ["A", "B"]


def _is_letter(match: re.Match[str], options: dict[str, str]) -> bool:
    """Whether it is no word: the article in `the answer is a dog`."""
    letter, rest = match["letter"], match.string[match.end("letter") : match.end("letter") + 200]
    if match["open"] or (letter.isupper() and letter not in "AI") or letter.isdigit():
        return True
    if letter == "A" and _VERB.match(rest):
        return True
    option = options.get(letter.upper(), "")
    is_option = bool(option) and rest.lstrip(" ).:").casefold().startswith(option)
    is_right = match.end() > match.end("letter") + 1
    return is_option or is_right or _ENDS.match(rest) is not None


def _single(letter: str, text: str, end: int, found: LetterForms) -> str:
    """A letter that ends at `end`, unless another is named along with it."""
    if _OR_NOT.match(text, end):
        raise Unjudged(f"does not settle on a choice: {shorten(text)}")
    other = found.more.match(text, end)
    is_other = other is not None and other["letter"] != letter
    if other and is_other and (other["letter"] not in "AI" or _ENDS.match(text, other.end())):
        raise Unjudged(f"names several choices: {letter} and {other['letter']}")
    return letter


def _bracketed(text: str, found: LetterForms, options: dict[str, str]) -> str | None:
    """The last letter in brackets, or after `option`, in a sentence that does not call it wrong."""
    begun = _BEGUN.match(text.lstrip())
    if begun is not None and found.sole.fullmatch(begun["letter"].upper()):
        return begun["letter"].upper()
    for match in reversed([*found.bracketed.finditer(text)]):
        sentence = re.split(r"[.;\n]", text[match.end() : match.end() + 200], maxsplit=1)[0]
        before = text[max(0, match.start() - 10) : match.start()]
        if not WRONG.search(sentence) and not _NOT.search(before):
            return (match["letter"] or match["bare"]).upper()
    return None


def _sole(text: str, found: LetterForms, options: dict[str, str]) -> str | None:
    """The only letter that is no word, no name of a thing and not ruled out.

    Anywhere, or behind `is`, without what is admitted beside a statement, or behind the last `but`.
    """
    text = text[:_LISTED]
    contrast = _CONTRAST.split(text)[-1]
    for pattern, part in (
        (found.sole, text),
        (found.called, text),
        (found.sole, without_admitted(text)),
        (found.sole, contrast),
    ):
        if is_unsure(part):
            continue
        named = {
            match["letter"]
            for match in pattern.finditer(part)
            if _is_letter(match, options) and not is_doubted(match)
        }
        if len(named) == 1:
            return named.pop()
    return None


def _at_start(text: str, found: LetterForms) -> str | None:
    """A letter that begins the text and is no word there."""
    match = found.first.match(_SEVERAL.sub("", text.lstrip()))
    if match is None or IS_WRONG.match(match.string, match.end()):
        return None
    return _single(match["letter"] or match["word"], match.string, match.end(), found)
