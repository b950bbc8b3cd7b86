"""What the one comment says: the report, the state, and earlier verdicts, folded."""

import re
from html import unescape

from msgspec import Struct

MARKER = re.compile(r"<!-- promptci check(?:: [A-Za-z0-9%_./~-]{1,13000})? -->")
"""The first line of a comment, which names the folder of a project that has one."""

MOST_HISTORY = 10
"""Earlier verdicts that are kept."""

_STATE = re.compile(
    r"^(?:<!-- |\[//\]: # \()verdict: (passed|failed|no-verdict)(?: at ([0-9a-f]{7,64}))?"
)
_ENTRY = re.compile(r"^- (?:`[0-9a-f]{7,12}` )?(?:passed|failed|no-verdict): .{1,300}$")
_SENTENCE = re.compile(r"^\*\*(?!Resolved\.)(.{1,400}?)\*\*$")
_HISTORY = "Earlier verdicts"
_RESOLVED = "**Resolved.** An earlier version of this change did not pass; this one does."
_FOLD, _FOLD_END = "<details>", "</details>"
_LEAST_TICKS = 3
"""Of a fence."""
_ROOM_TO_END = 128
"""Characters for what closes folds and says that something is left out."""
_LITTLE = 500
"""Characters that a cut must save in a fold to be worth it."""
_CUT = "… the rest is left out: see the log of the job"


class CommentBody(Struct, frozen=True):
    """A new report, and the commit that it is about."""

    report: str
    head: str = ""

    @property
    def marker(self) -> str:
        """The line by which the comment is found again."""
        return self.report.lstrip().partition("\n")[0].rstrip()

    def is_of(self, text: str) -> bool:
        """Whether a comment is of the same project: by its first line, with HTML or without."""
        first = text.lstrip().partition("\n")[0].rstrip()
        return first in (self.marker, _without_html(self.marker))

    def text(self, before: str | None, most: int, *, has_html: bool = True) -> str:
        """The comment. `before` is what it said so far, `most` how many characters it may have."""
        lines = self.report.strip().splitlines()[1:]
        verdict = _state(lines)[0]
        history = [] if before is None else _history(before, self.head)
        rest = [line for line in lines if not _STATE.match(line)]
        top = [self.marker, _state_line(verdict, self.head), ""]
        if verdict == "passed" and any(_is_trouble(entry) for entry in history):
            top += [_RESOLVED, ""]
        text = _fitted(top, "\n".join(rest).strip(), _folded(history), most - 64)
        return text if has_html else _without_html(text)


def _state_line(verdict: str, head: str) -> str:
    return f"<!-- verdict: {verdict}{f' at {head}' if head else ''} -->"


def _state(lines: list[str]) -> tuple[str, str]:
    """Verdict and commit of a report; one that does not say so has none."""
    for line in lines[:4]:
        if found := _STATE.match(line):
            return found[1], found[2] or ""
    return "no-verdict", ""


def _history(before: str, head: str) -> list[str]:
    """The verdicts of the comment so far, the latest first; the same commit's is replaced."""
    lines = before.replace("\r\n", "\n").splitlines()
    entries = [line for line in _after(lines) if _ENTRY.match(line)]
    verdict, commit = _state(lines)
    sentence = next((found[1] for line in lines if (found := _SENTENCE.match(line))), "")
    if sentence and not (commit and commit == head):
        entries.insert(0, f"- {f'`{commit[:7]}` ' if commit else ''}{verdict}: {sentence[:300]}")
    return list(dict.fromkeys(entries))[:MOST_HISTORY]


def _after(lines: list[str]) -> list[str]:
    """What is below the heading of the earlier verdicts, which is the last of its kind."""
    at = [number for number, line in enumerate(lines) if _HISTORY in line]
    return lines[at[-1] + 1 :] if at else []


def _is_trouble(entry: str) -> bool:
    return re.match(r"- (?:`\w+` )?passed:", entry) is None


def _folded(history: list[str]) -> str:
    if not history:
        return ""
    listed = "\n".join(history)
    return f"<details><summary>{_HISTORY} ({len(history)})</summary>\n\n{listed}\n\n</details>"


def _fitted(top: list[str], report: str, history: str, most: int) -> str:
    """All of it; if it must be, the longest folds are cut, and then what is at the end."""
    head = "\n".join(top)
    room = most - len(head) - len(history) - len(_CUT) - 8
    sections = _sections(report)
    while (over := len("\n\n".join(sections)) - room) > 0:
        longest = max(sections, key=len)
        shorter = _cut(longest, len(longest) - over)
        if not longest.startswith(_FOLD) or len(shorter) >= len(longest) - _LITTLE:
            report = _cut("\n\n".join(sections), room)
            break
        sections[sections.index(longest)] = shorter
    else:
        report = "\n\n".join(sections)
    return "\n".join(part for part in (f"{head}\n{report}", history and f"\n{history}") if part)


def _sections(report: str) -> list[str]:
    """Its blocks; a fold with all that is in it is one."""
    sections: list[str] = []
    depth, fence = 0, ""
    for block in report.split("\n\n"):
        if depth or fence:
            sections[-1] += f"\n\n{block}"
        else:
            sections.append(block)
        depth, fence = _open_after(block, depth, fence)
    return sections


def _open_after(block: str, depth: int, fence: str) -> tuple[int, str]:
    """How many folds and which fence are open after a block, by what was before it."""
    for line in block.splitlines():
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if fence:
            fence = "" if line.rstrip() == fence else fence
        elif len(ticks) >= _LEAST_TICKS:
            fence = ticks
        else:
            depth += line.startswith(_FOLD) - line.startswith(_FOLD_END)
    return depth, fence


def _cut(text: str, room: int) -> str:
    """As much of it as there is room for, cut at a blank line outside fences.

    Of a fold its heading is left, and what it says is cut is within it.
    """
    blocks = text.split("\n\n")
    room -= _ROOM_TO_END
    kept, left_open, depth, fence = 0, 0, 0, ""
    for number, block in enumerate(blocks):
        room -= len(block) + 2
        depth, fence = _open_after(block, depth, fence)
        is_whole = number == 0 if block.startswith(_FOLD) else room > 0
        if is_whole and not fence:
            kept, left_open = number + 1, depth
        if room < 0:
            break
    *inner, last = [_FOLD_END] * left_open or [""]
    return "\n\n".join(part for part in (*blocks[:kept], *inner, _CUT, last) if part)


def _without_html(text: str) -> str:
    """The same for a forge that shows tags as they are written; what a model said is left alone."""
    text = re.sub(r"^<!-- (.*?) -->$", r"[//]: # (\1)", text, flags=re.MULTILINE)
    text = re.sub(r"^<details><summary>(.*?)</summary>$", _heading, text, flags=re.MULTILINE)
    return re.sub(r"^</details>$", "", text, flags=re.MULTILINE)


def _heading(fold: re.Match[str]) -> str:
    """The summary of a fold as a line of its own."""
    code = re.sub(r"<code>(.*?)</code>", lambda found: f"`{unescape(found[1])}`", fold[1])
    return f"**{code}**"
