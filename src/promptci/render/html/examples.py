"""Lost examples as plain HTML, for readers without scripts and for print."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from promptci.parsing.source import Plain
from promptci.render.html.commands import commands_of
from promptci.render.html.labels import FATES, RESULTS
from promptci.render.html.markup import Child, Markup, element
from promptci.render.html.since import Before, failing_since, since_of
from promptci.render.json.page.page import PageV1
from promptci.render.json.page.parts import PageAnswerV1, PageExampleV1
from promptci.render.textdiff import word_diff
from promptci.secrets.safetext import for_terminal
from promptci.templates.template import as_text

MOST_SHOWN = 50
"""Examples in the page as plain HTML."""

MOST_TEXT = 4_000
"""Characters of a text in them."""

NOT_STORED = "The answer is no longer in the cache."
NO_ANSWER = "No answer to it is stored here."
_SHOWN = ("lost", "error", "flaky")
_KINDS = {"same": "span", "removed": "del", "added": "ins"}


def plain_examples(page: PageV1) -> Markup:
    """The lost examples, with both answers; the script puts all examples in their place."""
    shown: list[PageExampleV1] = []
    left = 0
    for each in takewhile(lambda each: each.fate in _SHOWN, page.examples):
        if len(shown) < MOST_SHOWN:
            shown.append(each)
        else:
            left += 1
    total = len(page.examples)
    said = f"{left:,} more of them, and all" if left else "All"
    said += f" {total:,} examples with filters need JavaScript."
    since = failing_since(page)
    return element(
        "div",
        element("p", "No example was lost." if not shown else None),
        (_article(each, since_of(since, each), page) for each in shown),
        element("p", said, class_="note") if total > len(shown) else None,
        id="plain",
    )


def _article(each: PageExampleV1, since: Before | None, page: PageV1) -> Markup:
    sign, word = FATES[each.fate]
    marks = [
        word,
        *(["accepted"] if each.accepted else []),
        *(["must pass"] if each.must_pass else []),
    ]
    return element(
        "article",
        element(
            "h3",
            element("span", f"{sign} {', '.join(marks)}", class_=f"fate {each.fate}"),
            f" {each.eval} / {each.id}",
        ),
        element("p", each.reason, class_="reason", dir="auto") if each.reason else None,
        _since(since) if since else None,
        element("p", since.accepted, class_="since") if since and since.accepted else None,
        element("dl", list(_inputs(each.vars)), list(_expected(each)), list(_outputs(each))),
        list(_folded(each)),
        element("p", map(_code, commands_of(each, page)), class_="commands"),
        id=f"{each.eval}/{each.id}",
        class_="example",
    )


def _code(command: str) -> Markup:
    return element("code", command)


def _since(before: Before) -> Markup:
    """The commit from which on an example fails or last did, which leads to what changed there."""
    commit = before.commit
    short = commit.commit[:7]
    link = element("a", short, href=f"#commit-{short}")
    return element("p", f"{before.words} ", link, f" {commit.subject}", class_="since")


def _inputs(variables: Mapping[str, Plain]) -> Iterator[Markup]:
    for name, value in variables.items():
        yield from _entry(name, _block(as_text(value)))


def _expected(each: PageExampleV1) -> Iterator[Markup]:
    if each.expected is not None:
        yield from _entry("expected", _block(as_text(each.expected)))


def _entry(name: str, value: Child) -> Sequence[Markup]:
    return element("dt", name), element("dd", value)


def _outputs(each: PageExampleV1) -> Iterator[Markup]:
    base, head = each.base, each.head
    if base and head and base.text is not None and head.text is not None:
        if base.text == head.text:
            yield from _entry("both answers", _block(head.text))
            return
        yield from _entry("base to head", _differing(base.text, head.text))
    for name, side in (("base", base), ("head", head)):
        if side is not None:
            yield from _entry(f"{name}: {' '.join(RESULTS[side.fate])}", _answer(side))


def _answer(side: PageAnswerV1) -> Markup:
    if side.text is None:
        missing = NO_ANSWER if side.fate == "error" else NOT_STORED
        return element("p", side.why or missing, class_="gone")
    return _block(side.text or "(empty)")


def _differing(base: str, head: str) -> Markup:
    pieces = word_diff(*(_cut(text)[0] for text in (base, head)))
    return element(
        "div",
        (element(_KINDS[piece.kind], piece.text) for piece in pieces),
        class_="text diff",
        dir="auto",
    )


def _folded(each: PageExampleV1) -> Iterator[Markup]:
    for name, side in (("Base", each.base), ("Head", each.head)):
        if side is not None and side.thoughts:
            yield element("details", element("summary", f"{name}: thoughts"), _block(side.thoughts))
        if side is not None and side.steps:
            yield element("details", element("summary", f"{name}: steps"), _block(side.steps))
    if each.head is not None and each.head.prompt:
        turns = [
            element("div", element("b", turn.role), _block(turn.text)) for turn in each.head.prompt
        ]
        yield element("details", element("summary", "Prompt as sent (head)"), turns)


def _block(text: str) -> Markup:
    """A text; a long one is cut, which is said."""
    shown, left = _cut(text)
    said = element("p", f"{left:,} more characters are not shown.", class_="note") if left else None
    return element("div", element("div", shown, class_="text", dir="auto"), said)


def _cut(text: str) -> tuple[str, int]:
    """A text of at most so many characters, without secrets, and how many are left out."""
    if len(text) <= MOST_TEXT:
        return text, 0
    return for_terminal(text)[:MOST_TEXT], len(text) - MOST_TEXT
