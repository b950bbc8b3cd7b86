"""Templates of other languages in ours: plain where names are filled in, else Jinja or a loss."""

import re
from collections.abc import Callable

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.parsing.source import Mark, excerpt

_NAME = r"[^\W\d]\w*(?:\.\w+)*"
_PLAIN_NAME = re.compile(_NAME)
_TOKEN = re.compile(r"\{\{-?(.*?)-?\}\}|\{%-?(.*?)-?%\}|\{#.*?#\}", re.DOTALL)
_RAW = re.compile(r"\{%-?\s*raw\s*-?%\}(.*?)\{%-?\s*endraw\s*-?%\}", re.DOTALL)
_FILTER = re.compile(rf"\s*(?P<name>{_NAME})\s*(?P<filters>(?:\|[^|]+)+)\s*")
_SAME_FILTERS = frozenset(("upper", "lower", "trim", "first", "last", "length", "join", "replace"))
"""Filters of Nunjucks and Jinja2 that minijinja has with the same meaning."""
_RENAMED_FILTERS = {
    "dump": "tojson",
    "json": "tojson",
    "tojson": "tojson",
    "default": "default",
    "d": "default",
}
_LITERAL = r"(?:'[^'{}%]*'|\"[^\"{}%]*\"|-?\d+(?:\.\d+)?|true|false)"
_TEST = rf"(?:not\s+)?(?P<name>{_NAME})(?:\s*(?P<op>===?|!==?)\s*(?P<value>{_LITERAL}))?"
_IF = re.compile(rf"(?P<word>if|elif|elseif)\s+(?P<not>not\s+)?{_TEST}")
_FOR = re.compile(rf"for\s+(?P<item>[^\W\d]\w*)\s+in\s+(?P<name>{_NAME})")
_ALONE = {"else": "else", "endif": "endif", "endfor": "endfor"}


class Translated(Struct, frozen=True):
    """A template in our language: plain, or with logic, for which the prompt says so."""

    text: str
    is_jinja: bool = False
    losses: list[Fault] = field(default_factory=list)


def translate(text: str, language: str, mark: Mark, *, as_jinja: bool = False) -> Translated:
    """A template of `nunjucks`, `jinja`, `mustache`, `handlebars`, `f-string` or `none` in ours.

    What cannot be said in ours is a loss at its line, `mark` being where the text begins, and stays
    as it is, escaped so that it is sent as written. `as_jinja` writes Jinja even where there is no
    logic, for a message beside others that have some. Raises `KeyError` for another language.
    """
    if language in ("nunjucks", "jinja"):
        return _from_nunjucks(text, mark, as_jinja=as_jinja)
    return _LANGUAGES[language](text, mark)


_JINJA_WORDS = frozenset((
    "if", "elif", "else", "endif", "for", "in", "endfor", "not", "is", "defined", "and", "or",
    "true", "false", "none", "loop",
))  # fmt: skip
_JINJA_NAME = re.compile(rf"(?<![\w.|])(?<!\|\s){_NAME}")


def jinja_paths(text: str) -> frozenset[str]:
    """The variables that a translated Jinja template uses, with the names below them."""
    inside = [found[1] or found[2] or "" for found in _TOKEN.finditer(text)]
    bare = [re.sub(r"'[^']*'|\"[^\"]*\"", "", each) for each in inside]
    loops = {found["item"] for each in bare for found in [_FOR.search(each)] if found}
    names = {name for each in bare for name in _JINJA_NAME.findall(each)}
    return frozenset(name for name in names if name.split(".")[0] not in loops | _JINJA_WORDS)


def literal(text: str) -> str:
    """A text that is no template, so that a plain one gives it as it is."""
    return text.replace("{{", "\\{{")


def _from_nunjucks(text: str, mark: Mark, *, as_jinja: bool) -> Translated:
    text = _RAW.sub(lambda found: _escape_raw(found[1]), text)
    losses: list[Fault] = []
    plain, logic, end = "", as_jinja, 0
    out: list[str] = []
    for token in _TOKEN.finditer(text):
        out.append(text[end : token.start()])
        end = token.end()
        written, is_logic, lost = _token(token)
        logic = logic or is_logic
        if lost:
            place = _at(text, token.start(), mark)
            losses.append(place.fault(f"`{excerpt(token[0])}` {lost}"))
            written = _escape_raw(token[0])
        elif _trims(token[0]):
            written, logic = _trimming(written, token[0]), True
        out.append(written)
    out.append(text[end:])
    plain = "".join(out)
    return Translated(_unraw(plain, logic), logic, losses)


_RAW_OPEN, _RAW_BLOCK, _RAW_NOTE = "\ue0f0", "\ue0f1", "\ue0f2"
"""Placeholders for braces inside `raw` while the rest is read."""


def _escape_raw(inner: str) -> str:
    return inner.replace("{{", _RAW_OPEN).replace("{%", _RAW_BLOCK).replace("{#", _RAW_NOTE)


def _unraw(text: str, is_jinja: bool) -> str:
    if is_jinja:
        for sign, kept in ((_RAW_OPEN, "{{"), (_RAW_BLOCK, "{%"), (_RAW_NOTE, "{#")):
            text = text.replace(sign, f"{{{{ '{kept}' }}}}")
        return text
    text = text.replace(_RAW_OPEN, "\\{{")
    return text.replace(_RAW_BLOCK, "{%").replace(_RAW_NOTE, "{#")


def _token(token: re.Match[str]) -> tuple[str, bool, str]:
    """A placeholder or a block in ours, whether it needs Jinja, and what is wrong with it."""
    if token[0].startswith("{#"):
        return "", False, ""
    if token[1] is not None:
        return _expression(token[1].strip(), token[0])
    return _block(token[2].strip(), token[0])


def _trims(token: str) -> bool:
    """Whether a token takes the white space before or after it away, by a dash."""
    return token[2:3] == "-" or token[-3:-2] == "-"


def _trimming(written: str, token: str) -> str:
    """What a token became, with the dashes of the token; a comment stays for its dashes."""
    ours = written or "{# #}"
    before = "-" if token[2:3] == "-" else ""
    after = "-" if token[-3:-2] == "-" else ""
    return f"{ours[:2]}{before}{ours[2:-2]}{after}{ours[-2:]}"


def _expression(expression: str, written: str) -> tuple[str, bool, str]:
    if _PLAIN_NAME.fullmatch(expression):
        if expression.split(".")[0] in ("env", "process"):
            return written, False, "takes an environment variable: make it a variable"
        return f"{{{{ {expression} }}}}", False, ""
    filtered = _FILTER.fullmatch(expression)
    if filtered is None:
        return written, False, "is an expression that is not carried: compute it in `vars`"
    if re.fullmatch(r"\|\s*(?:safe|string)\s*", filtered["filters"]):  # nothing is escaped here
        return f"{{{{ {filtered['name']} }}}}", False, ""
    parts = [_filter(each.strip()) for each in filtered["filters"].split("|")[1:]]
    if any(part is None for part in parts):
        return written, False, "has a filter that is not carried: compute it in `vars`"
    return f"{{{{ {' | '.join([filtered['name'], *filter(None, parts)])} }}}}", True, ""


def _filter(written: str) -> str | None:
    name, _, rest = written.partition("(")
    name = name.strip()
    if name in ("safe", "string"):
        return ""
    if name in _RENAMED_FILTERS:
        arguments = f"({rest}" if rest and _RENAMED_FILTERS[name] != "tojson" else ""
        return f"{_RENAMED_FILTERS[name]}{arguments}"
    return written if name in _SAME_FILTERS else None


def _block(block: str, written: str) -> tuple[str, bool, str]:
    if block in _ALONE:
        return f"{{% {_ALONE[block]} %}}", True, ""
    found = _IF.fullmatch(block)
    if found:
        return f"{{% {'if' if found['word'] == 'if' else 'elif'} {_condition(found)} %}}", True, ""
    loop = _FOR.fullmatch(block)
    if loop:
        return f"{{% for {loop['item']} in {loop['name']} %}}", True, ""
    return written, False, "is logic that is not carried: write it for `template: jinja`"


def _condition(found: re.Match[str]) -> str:
    """A test in Jinja; a variable that is not given counts as false, as it does in Nunjucks."""
    name, test = found["name"], found["name"]
    if found["op"]:
        test = f"{name} {found['op'][:2]} {found['value']}"
    condition = f"{name.split('.')[0]} is defined and {test}"
    return f"not ({condition})" if found["not"] or "not " in found[0].split(name)[0] else condition


def _from_mustache(text: str, mark: Mark) -> Translated:
    return _replaced(text, mark, _MUSTACHE, _mustache_tag)


_MUSTACHE = re.compile(r"\{\{\{\s*(.*?)\s*\}\}\}|\{\{\s*(.*?)\s*\}\}", re.DOTALL)


def _mustache_tag(match: re.Match[str]) -> tuple[str, str]:
    name = (match[1] if match[1] is not None else match[2]).removeprefix("&").strip()
    if name.startswith("!"):
        return "", ""
    if _PLAIN_NAME.fullmatch(name):
        return f"{{{{ {name} }}}}", ""
    return literal(match[0]), "is a section or partial that is not carried: write it out"


_F_STRING = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


def _from_f_string(text: str, mark: Mark) -> Translated:
    return _replaced(text, mark, _F_STRING, _f_string_field)


def _f_string_field(match: re.Match[str]) -> tuple[str, str]:
    if match[1] is None:
        return match[0][0], ""
    if _PLAIN_NAME.fullmatch(match[1].strip()):
        return f"{{{{ {match[1].strip()} }}}}", ""
    return match[0], "is a format that is not carried: make it a variable"


def _replaced(
    text: str, mark: Mark, pattern: re.Pattern[str], put: Callable[[re.Match[str]], tuple[str, str]]
) -> Translated:
    losses: list[Fault] = []

    def each(match: re.Match[str]) -> str:
        written, lost = put(match)
        if lost:
            place = _at(text, match.start(), mark)
            losses.append(place.fault(f"`{excerpt(match[0])}` {lost}"))
        return written

    return Translated(pattern.sub(each, text), losses=losses)


def _as_it_is(text: str, mark: Mark) -> Translated:
    del mark
    return Translated(literal(text))


def _at(text: str, position: int, mark: Mark) -> Mark:
    """The place of a character of a text that begins at a mark."""
    return Mark(mark.path, mark.line + text.count("\n", 0, position), mark.column)


_LANGUAGES: dict[str, Callable[[str, Mark], Translated]] = {
    "mustache": _from_mustache,
    "f-string": _from_f_string,
    "none": _as_it_is,
}
