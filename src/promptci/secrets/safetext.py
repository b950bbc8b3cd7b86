"""The door for text that is shown: secrets are taken out, then one function per medium escapes it.

Half a key, or one that was folded, would not be recognised: they go before a text is cut.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from promptci.latepattern import late
from promptci.secrets.known import Packed, redact, redact_document

# C0 but tab and newline, DEL and C1; zero width and blank letters; bidirectional overrides; line
# separators, byte order mark; half characters; tag characters and supplementary variation
# selectors. Any of them can move, hide or forge what a terminal shows.
_HIDDEN = late(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e01ef]"
)
_JOINERS = "\u200c\u200d"
"""Zero width, and part of how words are written (Persian, Hindi) and of emoji."""

_JOINED = ("L", "M")
_JOINED_SIGNS = ("So", "Sk")
_FORMULA = late("\\s*[=+\\-@|%\uff1d\uff0b\uff0d\uff20\u2212]|[\t\r\n]")
"""What begins a formula, or a call of another program, in some spreadsheet or other."""
_IN_SCRIPT = late("[<>&\u2028\u2029]")
_NO_XML = late("[\ufffe\uffff]")

# What Markdown leaves alone wherever it is in a line, and no forge turns into a link: words
# (with inner hyphens and apostrophes but no digits next to them, since PROJ-12 may be an issue),
# numbers with their sign and unit, and single marks. Hex digits in a row may be a commit.
_WORD = r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*"
_NUMBER = r"[+\-\u2212±]?\d[\d,]*(?:\.\d+)?%?"
_PLAIN = late(rf"{_WORD}|{_NUMBER}|[/→·\u2013…✗]|")
_AROUND = late(r"([(\"']*)(.*?)([)\"'.,;:!?…]*)")
_COMMIT = late("[0-9a-fA-F]{7,}")
_BEGINS_LINK = late("www$", re.IGNORECASE)
"""A word that a dot behind it, such as one before an ellipsis, makes the beginning of a link."""
_LISTED = late(r"\d+[.)]")
_COMMAND = late(r"(##(?=\[)|^\s*:(?=:))", re.MULTILINE)
_PIECE = late(r"`([^`]+)`|([^\s`]+|`)|(\s+)")


def for_terminal(text: str) -> str:
    """Text for a terminal or a log: what could act on it is shown as an escape such as `\\x1b`.

    Tabs and newlines stay, and joiners between letters or emoji.
    """
    return _escaped(redact(text))


def are_clean(texts: Iterable[str]) -> bool:
    """Whether `for_terminal` leaves each of some texts as it is: looked at together, it is quick.

    That it changes two texts which follow each other does not say that it changes either.
    """
    whole = "\n".join(texts)
    return for_terminal(whole) == whole


def on_one_line(text: str, width: int = 200) -> str:
    """The same on one line, cut to `width` characters with an ellipsis."""
    most = 10_000 + width  # an answer may be long, a line is not
    clean = redact(text)
    flat = _escaped(" ".join(clean[:most].split()))
    return flat if len(flat) <= width and len(clean) <= most else f"{flat[: width - 1]}…"


def for_markdown(text: str, width: int = 500) -> str:
    """A sentence for GitHub's Markdown: no markup, link, image, mention or reference comes of it.

    What is not a plain word or number becomes code, as does what is between backticks.
    """
    out = ""
    for piece in _pieces(on_one_line(text, width)):
        out += f" {piece}" if out[-1:] == piece[:1] == "`" else piece
    return out or "(empty)"


def as_markdown_code(text: str, width: int = 120) -> str:
    """A name for GitHub's Markdown, also in a table: a code span that nothing in it can end.

    A `|` is shown as `│`, since Markdown's readers do not agree on how to escape one in a table.
    """
    flat = on_one_line(text, width).replace("|", "│")
    if not flat.strip():
        return "(empty)"
    fence = "`" * (_longest_run(flat) + 1)
    pad = " " if flat[0] in "` " or flat[-1] in "` " else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def as_markdown_fence(text: str, language: str = "") -> str:
    """Text as a block of code, in a fence longer than any run of backticks in it."""
    safe = for_terminal(text)
    fence = "`" * max(3, _longest_run(safe) + 1)
    return f"{fence}{language}\n{safe}\n{fence}"


def as_html_code(text: str, width: int = 120) -> str:
    """A name inside an HTML block, where Markdown is not read."""
    from html import escape  # late: few commands need it

    return f"<code>{escape(on_one_line(text, width))}</code>"


def for_html(text: str) -> str:
    """Text inside an element or a quoted attribute of an HTML page."""
    from html import escape  # late: few commands need it

    return escape(for_terminal(text))


def without_secrets(document: str) -> str:
    """A finished document, whose texts have gone through their own door, without known secrets."""
    return redact_document(document)


def as_packed(part: str) -> Packed:
    """A part of a document that holds texts which went through this door and were compressed."""
    return Packed(part)


def for_html_data(text: str) -> str:
    """JSON text inside a `script` element, which nothing in it can end or open."""
    return _IN_SCRIPT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def for_xml(text: str) -> str:
    """Text without characters that XML 1.0 forbids; `<` and `&` are left to who writes the XML."""
    return _NO_XML.sub(_escape, for_terminal(text))


def for_spreadsheet(text: str) -> str:
    """Text for a cell of a table: one that a spreadsheet could take for a formula gets a `'`."""
    safe = for_terminal(text)
    return f"'{safe}" if _FORMULA.match(safe) else safe


def for_json(value: Any) -> Any:
    """What a JSON document is made of, its texts without secrets; names of properties stay."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {name: for_json(each) for name, each in value.items()}
    return [for_json(each) for each in value] if isinstance(value, list | tuple) else value


def for_workflow_command(text: str) -> str:
    """The message of a workflow command such as `::error::`, as GitHub's runner decodes it."""
    safe = for_workflow_log(text)
    return safe.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def for_workflow_property(text: str) -> str:
    """A property of a workflow command, such as `file=`."""
    return for_workflow_command(text).replace(":", "%3A").replace(",", "%2C")


def for_workflow_log(text: str) -> str:
    """Text for a log that GitHub's runner reads: `::` and `##[`, which begin commands, are cut."""
    return re.sub(r"##(?=\[)", "## ", re.sub(":(?=:)", ": ", for_terminal(text)))


def without_commands(text: str) -> str:
    """Lines for the same log that are safe to show already: only what begins a command is cut.

    The runner takes `::name::` at the start of a line, after blanks, and `##[name]` anywhere
    (actions/runner, ActionCommand.cs).
    """
    return text if ":" not in text and "##[" not in text else _COMMAND.sub(r"\1 ", text)


def _pieces(line: str) -> Iterator[str]:
    """The words of a line, each plain or as code, and the blanks between them."""
    for found in _PIECE.finditer(line):
        quoted, word, blank = found.groups()
        if blank:
            yield " "
        elif quoted or (not found.start() and _LISTED.fullmatch(word)):
            yield as_markdown_code(quoted or word, len(line))
        else:
            yield from _word(word)


def _word(word: str) -> Iterator[str]:
    """A word, its core as code unless it is plain, and the marks around it."""
    around = _AROUND.fullmatch(word)
    assert around is not None
    before, core, after = around.groups()
    is_special = _COMMIT.search(core) or _BEGINS_LINK.search(core)
    is_plain = _PLAIN.fullmatch(core) and not is_special
    yield before
    yield core if is_plain else as_markdown_code(core, len(core))
    yield after


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _escaped(text: str) -> str:
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text  # most are, and a pattern takes ten times as long to say so
    return _HIDDEN.sub(_escape_hidden, text)


def _escape_hidden(found: re.Match[str]) -> str:
    """A hidden character as its escape; one that joins two others that are seen stays."""
    if found[0] in _JOINERS:
        text, at = found.string, found.start()
        if at and _is_joined(text[at - 1]) and _is_joined(text[at + 1 : at + 2]):
            return found[0]
    return _escape(found)


def _is_joined(char: str) -> bool:
    """Whether a character is (part of) a letter or an emoji, and seen."""
    if not char or _HIDDEN.match(char):
        return False
    category = unicodedata.category(char)
    return category[0] in _JOINED or category in _JOINED_SIGNS or char == "\u2194"


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
