"""Scripts of several statements, as the one expression that they give back; nothing is run."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

_TEXT = r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`"
_PATTERN = r"(?<=[(!&|=,:\[\s])/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*"
_LITERAL = re.compile(rf"{_TEXT}|{_PATTERN}")
_COMMENT = {"javascript": r"//[^\n]*|/\*.*?\*/|(?<=\s)#[^\n]*", "python": r"#[^\n]*"}
_BEGINS = re.compile(r"(?:const|let|var|return|if|try|throw|for|while|function)\b")
_DECLARES = {
    "javascript": re.compile(r"(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=(?!=)\s*(.+)", re.DOTALL),
    "python": re.compile(r"([A-Za-z_]\w*)\s*=(?!=)\s*(.+)", re.DOTALL),
}
_BY = re.compile(r"(?:import|from)\s+(?:json|re)\b.*")
_IF = re.compile(r"if\s*(?=\()")
_TRY = re.compile(r"try\s*(?=\{)")
_CATCH = re.compile(r"\s*catch\s*(?:\(\s*\w+\s*\)\s*)?\{\s*return\b(.*?);?\s*\}\s*;?", re.DOTALL)
_NEVER = re.compile(
    r"(?:false|0|False|null)|\{.*\bpass\b['\"]?\s*:\s*(?:false|False)\b.*\}", re.DOTALL
)
_ALWAYS = re.compile(r"(?:true|1|True)|\{.*\bpass\b['\"]?\s*:\s*(?:true|True)\b.*\}", re.DOTALL)
_MOST, _MOST_STEPS, _MOST_NAMED, _DEEPEST = 20_000, 50, 2_000, 50


class _Given(Struct, frozen=True):
    """What a script gives back: `passes` is an expression; `is_graded` where its score is more."""

    passes: str
    is_graded: bool = False


def given_by(code: str, language: str) -> _Given | None:
    """What a script of statements gives back as one expression; None where that is not said so.

    Names are written out, `if (…) return false;` and `try … catch` that fails are said by `&&`.
    """
    text = "" if is_long(code) else without_comments(code, language).strip()
    steps = _steps(text, language)
    given = _given(steps, language, {}) if len(steps) <= _MOST_STEPS else None
    return None if given is None or is_long(given.passes) else given


def is_long(text: str) -> bool:
    """Whether a text is longer, or its brackets are deeper, than any script that is a check."""
    depth = deepest = 0
    for character in text[:_MOST]:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return len(text) > _MOST or deepest > _DEEPEST or "!" * _DEEPEST in text


def is_graded(code: str, language: str) -> bool:
    """Whether a script gives a score that says more than whether it passes."""
    given = given_by(code, language)
    return given is not None and given.is_graded


def without_comments(code: str, language: str) -> str:
    """A script without its comments; what is in texts and patterns is none."""
    kept = re.compile(rf"({_LITERAL.pattern})|{_COMMENT[language]}", re.DOTALL)
    return kept.sub(lambda found: found[1] or "", code)


def _depths(text: str, place: int) -> Iterator[tuple[int, int]]:
    """Each place outside of texts and patterns, and how deep in brackets it leaves one."""
    depth = 0
    while place < len(text):
        literal = _LITERAL.match(text, place)
        if literal:
            place = literal.end()
            continue
        depth += (text[place] in "([{") - (text[place] in ")]}")
        yield place, depth
        place += 1


def _steps(text: str, language: str) -> list[str]:
    """The statements of a script, without what ends them."""
    if language == "python":
        lines = re.sub(r"\n(?:[ \t]+|(?=[)\]}]))", " ", text).split("\n")
        return [line.strip() for line in lines if line.strip()]
    steps, start = [], 0
    for place, depth in _depths(text, 0):
        ends = text[place] == ";" or (
            text[place] in "\n}" and _BEGINS.match(text[place + 1 :].lstrip()) is not None
        )
        if depth == 0 and ends:
            steps.append(text[start : place + (text[place] == "}")].strip())
            start = place + 1
    return [step for step in (*steps, text[start:].strip()) if step]


def _given(steps: list[str], language: str, names: Mapping[str, str]) -> _Given | None:
    if not steps:
        return None
    step, rest = steps[0], steps[1:]
    if language == "python" and _BY.fullmatch(step):
        return _given(rest, language, names)
    if step.startswith("return") and not step[6:7].isalnum():
        return None if rest else _returned(written_out(step[6:].strip(), names))
    declared = _DECLARES[language].fullmatch(step)
    if declared:
        name, value = declared.groups()
        written = written_out(value.strip(), names)
        if name in ("output", "context", *names) or len(written) > _MOST_NAMED:
            return None
        return _given(rest, language, {**names, name: written})
    if language == "python":
        return None
    return _checked(step, rest, names) or _tried(step, rest, names)


def _checked(step: str, rest: list[str], names: Mapping[str, str]) -> _Given | None:
    """`if (…) return false;` before what is given back otherwise."""
    found = _IF.match(step)
    end = _closing(step, found.end()) if found else 0
    if not end or found is None:
        return None
    condition = written_out(step[found.end() : end], names)
    body = step[end:].strip().removeprefix("{").removesuffix("}").strip().rstrip(";")
    value = body.removeprefix("return").strip() if body.startswith("return") else ""
    otherwise = _given(rest, "javascript", names)
    if otherwise is None or otherwise.is_graded:
        return None
    if _NEVER.fullmatch(value):
        return _Given(f"!{condition} && ({otherwise.passes})")
    return _Given(f"{condition} || ({otherwise.passes})") if _ALWAYS.fullmatch(value) else None


def _tried(step: str, rest: list[str], names: Mapping[str, str]) -> _Given | None:
    """`try { … } catch { return false; }`: what cannot be worked out fails without it, too."""
    found = _TRY.match(step)
    end = _closing(step, found.end()) if found else 0
    caught = _CATCH.fullmatch(step, end) if end else None
    if found is None or caught is None or rest or not _NEVER.fullmatch(caught[1].strip()):
        return None
    return _given(
        _steps(step[found.end() + 1 : end - 1].strip(), "javascript"), "javascript", names
    )


def is_bracketed(text: str) -> bool:
    """Whether one pair of brackets is around the whole."""
    return text.startswith("(") and _closing(text, 0) == len(text)


def tidied(text: str) -> str:
    """An expression with ways to say the same thing written in one of them."""
    text = _LITERAL.sub(lambda found: found[0].replace(" ", "\0").replace(".", "\1"), f" {text}")
    text = re.sub(r"\s+", " ", re.sub(r"\s*\n\s*(?=\.)", "", text)).strip()
    text = text.replace("\0", " ").replace("\1", ".")
    for pattern, plain in _TIDY:
        text = pattern.sub(plain, text)
    return text


_QUOTED = r"((?:'[^'\\\n]*'|\"[^\"\\\n]*\"))"
_TIDY = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"String\(output\)|output\.toString\(\)|\(output (?:\|\||\?\?) (?:''|\"\")\)", "output"),
        (r"(?<=[\w\])])\?\.(?=\[)", ""),
        (r"(?<=[\w\])])\?\.", "."),
        (r"JSON\.parse\(output\.trim\(\)\)", "JSON.parse(output)"),
        (r"\.toLowerCase\(\)\.trim\(\)", ".trim().toLowerCase()"),
        (rf"output((?:\.\w+\(\))*)\.indexOf\({_QUOTED}\) ?(?:!==? ?-1|>= ?0|> ?-1)",
         r"output\1.includes(\2)"),
        (rf"output((?:\.\w+\(\))*)\.indexOf\({_QUOTED}\) ?(?:===? ?-1|< ?0)",
         r"!output\1.includes(\2)"),
        (r"output\.match\((/(?:[^/\\]|\\.)+/[a-z]*)\) ?!==? ?null", r"\1.test(output)"),
        (r"!!output\.match\((/(?:[^/\\]|\\.)+/[a-z]*)\)", r"\1.test(output)"),
        (r"output\.search\((/(?:[^/\\]|\\.)+/[a-z]*)\) ?(?:!==? ?-1|>= ?0|> ?-1)",
         r"\1.test(output)"),
        (rf"{_QUOTED} not in (output\S*)", r"!(\1 in \2)"),
    )
)  # fmt: skip


def _closing(text: str, place: int) -> int:
    """Behind the bracket that closes the one at a place; 0 where none does."""
    return next((at + 1 for at, depth in _depths(text, place) if depth == 0), 0)


def written_out(text: str, names: Mapping[str, str]) -> str:
    """An expression with the values of names in their places, in brackets where they need them."""
    if not names:
        return text
    wanted = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    pattern = re.compile(rf"{_LITERAL.pattern}|(?<![\w.$])(?P<name>{wanted})(?![\w$])(?!\s*:(?!:))")

    def put(found: re.Match[str]) -> str:
        if not found["name"]:
            return found[0]
        value = names[found["name"]]
        return value if _is_one(value) else f"({value})"

    return pattern.sub(put, text)


def _is_one(value: str) -> bool:
    """Whether a value is one name, text, list or call, which binds closer than any operator."""
    bare = re.sub(r"\s", "", _LITERAL.sub("x", f" {value}"))
    while (shorter := re.sub(r"\([^()\[\]{}]*\)|\[[^()\[\]{}]*\]", "", bare)) != bare:
        bare = shorter
    return re.fullmatch(r"(?:[\w.$]|\?\.)*", bare) is not None


def _returned(value: str) -> _Given | None:
    """What is given back: an expression, or the `pass` of an object that says all of its parts."""
    if not (value.startswith("{") and value.endswith("}")):
        return _Given(value)
    parts: dict[str, str] = {}
    for each in _items(value[1:-1]):
        key, colon, said = each.partition(":")
        parts[key.strip().strip("'\"").rstrip("_")] = said.strip() if colon else key.strip()
    if set(parts) != {"pass", "score", "reason"}:
        return None
    passes = parts["pass"]
    plain = re.escape(passes)
    same = rf"\(?(?:{plain}|Number\({plain}\)|\({plain}\))(?: ?\? ?1(?:\.0)? ?: ?0(?:\.0)?)?\)?"
    same += rf"|\(?{re.escape(passes.removeprefix('!'))}\)? ?\? ?0(?:\.0)? ?: ?1(?:\.0)?" * (
        passes[:1] == "!"
    )
    same += rf"|1(?:\.0)? if \(?{plain}\)? else 0(?:\.0)?"
    return _Given(passes, re.fullmatch(same, parts["score"]) is None)


def _items(text: str) -> list[str]:
    """A text cut at commas outside of texts and brackets."""
    items, start = [], 0
    for place, depth in _depths(text, 0):
        if depth == 0 and text[place] == ",":
            items.append(text[start:place].strip())
            start = place + 1
    return [item for item in (*items, text[start:].strip()) if item]
