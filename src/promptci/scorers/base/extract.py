"""`extract`: the part of an answer that is scored."""

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

from msgspec import Struct

from promptci.errors import Fault
from promptci.latepattern import late
from promptci.parsing.source import Node
from promptci.scorers.base.fences import fenced_blocks, same_language
from promptci.scorers.base.jsontext import NotJSON, find_json
from promptci.scorers.base.patterns import Pattern, PatternError, compile_pattern, search
from promptci.scorers.base.verdict import Unjudged
from promptci.templates.template import as_text

MAX_PATH = 1_000

_THOUGHTS_END = late(r"<\\?/(?:think|thinking|reasoning|thought)>|\[\\?/THINK\\?\]", re.IGNORECASE)
_THOUGHTS_BEGIN = late(r"<(?:think|thinking|reasoning|thought)>|\[THINK\\?\]", re.IGNORECASE)

Take: TypeAlias = Callable[[str], str]
"""The part of a text. Raises `Unjudged` where the text has no such part."""


class Extract(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One step: exactly one of `json`, `regex`, `after`, `fence` and `line`.

    `json` is a JMESPath into the JSON of the answer; `regex` takes `group` (a number or name;
    without it the first group, else the whole match); `after` takes what follows the last such
    text, or the first with `first: true`; `fence` takes the first fenced block of a language or
    `any`; `line` the first or last line that is not blank. Where there is no such part an
    `optional` step leaves the text as it is.
    """

    json: str | None = None
    regex: str | None = None
    group: int | str | None = None
    after: str | None = None
    first: bool = False
    fence: str | None = None
    line: Literal["first", "last"] | None = None
    optional: bool = False


def compile_extract(steps: list[Extract], node: Node, faults: list[Fault]) -> Take:
    """All steps in order. `node` holds them; what is wrong is added to `faults`."""
    takes = []
    for index, step in enumerate(steps):
        place = node.get(index) if isinstance(node.value, list) else node
        take = _compile(step, place, faults)
        if take is not None:
            takes.append(take)
    return lambda text: _in_turn(takes, text)


def _in_turn(takes: list[Take], text: str) -> str:
    for take in takes:
        try:
            text = take(text)
        except Unjudged as error:
            raise Unjudged(f"extract: {error}") from None
    return text


def _compile(step: Extract, node: Node, faults: list[Fault]) -> Take | None:
    kinds = [kind for kind in _KINDS if getattr(step, kind) is not None]
    if len(kinds) != 1:
        known = ", ".join(f"`{kind}`" for kind in _KINDS)
        faults.append(node.mark.fault(f"`extract` takes exactly one of {known} in a step"))
        return None
    for option, kind in (("group", "regex"), ("first", "after")):
        if getattr(step, option) and kinds != [kind]:
            faults.append(node.key_mark(option).fault(f"`{option}` goes with `{kind}`: drop it"))
            return None
    try:
        take = _KINDS[kinds[0]](step)
        return _if_there(take) if step.optional or _ends_thoughts(step) else take
    except (PatternError, RecursionError, ValueError) as error:  # JMESPath's is a `ValueError`
        wrong = str(error).partition("\n")[0] or "nests too deeply"
        faults.append(node.get(kinds[0]).mark.fault(f"`{kinds[0]}`: {wrong}"))
        return None


def _if_there(take: Take) -> Take:
    """The same, which leaves a text as it is that has no such part."""

    def attempt(text: str) -> str:
        try:
            return take(text)
        except Unjudged:
            return text

    return attempt


def _ends_thoughts(step: Extract) -> bool:
    """Whether a step looks for the tag that ends thoughts, which were taken out before.

    One that looks for their beginning, too, wants the thoughts, and finds none.
    """
    marker = step.after or step.regex or ""
    return bool(_THOUGHTS_END.search(marker)) and not _THOUGHTS_BEGIN.search(marker)


def _json(step: Extract) -> Take:
    path = step.json or ""
    if len(path) > MAX_PATH:
        raise PatternError(f"the path has {len(path):,} characters: at most {MAX_PATH:,}")
    import jmespath
    from jmespath.exceptions import JMESPathError

    find = jmespath.compile(path)

    def take(text: str) -> str:
        try:
            found = find.search(find_json(text))
        except (NotJSON, JMESPathError) as error:
            raise Unjudged(str(error).partition("\n")[0]) from None
        except RecursionError:
            raise Unjudged("the JSON or the path nests too deeply") from None
        if found is None:
            raise Unjudged(f"nothing at `{path}`")
        return as_text(found)

    return take


def _regex(step: Extract) -> Take:
    pattern = compile_pattern(step.regex or "")
    group = min(1, pattern.groups) if step.group is None else step.group
    _check_group(pattern, group)

    def take(text: str) -> str:
        match = search(pattern, text)
        if match is None:
            raise Unjudged("the regex matches nothing")
        part = match[group]
        if part is None:
            raise Unjudged(f"group {group} took no part in the match")
        return str(part)

    return take


def _check_group(pattern: Pattern, group: int | str) -> None:
    known = group in pattern.groupindex if isinstance(group, str) else 0 <= group <= pattern.groups
    if not known:
        raise PatternError(f"there is no group {group} in the pattern: it has {pattern.groups}")


def _after(step: Extract) -> Take:
    marker = step.after or ""
    if not marker:
        raise PatternError("is empty: write the text before the answer")

    def take(text: str) -> str:
        _, found, after = text.partition(marker) if step.first else text.rpartition(marker)
        if not found:
            raise Unjudged(f"no `{marker[:40]}` in the output")
        return after.strip()

    return take


def _fence(step: Extract) -> Take:
    wanted = (step.fence or "").casefold()

    def take(text: str) -> str:
        for language, block in fenced_blocks(text):
            if wanted == "any" or same_language(wanted, language):
                return block
        raise Unjudged("no fenced block" if wanted == "any" else f"no fenced block of `{wanted}`")

    return take


def _line(step: Extract) -> Take:
    def take(text: str) -> str:
        body = text.strip()
        if not body:
            raise Unjudged("the output is blank")
        line = body.partition("\n")[0] if step.line == "first" else body.rpartition("\n")[2]
        return line.strip()

    return take


_KINDS: dict[str, Callable[[Extract], Take]] = {
    "json": _json,
    "regex": _regex,
    "after": _after,
    "fence": _fence,
    "line": _line,
}
