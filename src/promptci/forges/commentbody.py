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
    """What stands below the heading of the earlier verdicts, which is the last of its kind."""
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
    """All of it; the report is cut at a blank line if it must be, outside fences."""
    head = "\n".join(top)
    room = most - len(head) - len(history) - len(_CUT) - 8
    if len(report) > room:
        blocks = report[: room - 64].split("\n\n")[:-1]
        while blocks and (_ends_in_fence(blocks) or blocks[-1].startswith("<details>")):
            blocks.pop()
        report = "\n\n".join((*blocks, *_closing(blocks), _CUT))
    return "\n".join(part for part in (f"{head}\n{report}", history and f"\n{history}") if part)


def _ends_in_fence(blocks: list[str]) -> bool:
    return len(re.findall(r"^`{3,}", "\n\n".join(blocks), re.MULTILINE)) % 2 == 1


def _closing(blocks: list[str]) -> list[str]:
    """What closes the folds that blocks leave open; in a fence a line begins otherwise."""
    tags = re.findall(r"^</?details>", "\n\n".join(blocks), re.MULTILINE)
    return ["</details>"] * (2 * tags.count("<details>") - len(tags))


def _without_html(text: str) -> str:
    """The same for a forge that shows tags as they are written."""
    text = re.sub(r"<!-- (.*?) -->", r"[//]: # (\1)", text)
    text = re.sub(r"<details><summary>(.*?)</summary>", r"**\1**", text)
    text = text.replace("</details>", "")
    return re.sub(r"<code>(.*?)</code>", lambda found: f"`{unescape(found[1])}`", text)
