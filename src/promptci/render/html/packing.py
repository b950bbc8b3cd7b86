"""All examples inside the page: an index to filter by, and texts compressed until they are opened.

Texts are in chunks of some examples each. A chunk holds every text once, is deflated, and decoded
by the script when one of its examples is opened.
"""

import zlib
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any
from unicodedata import bidirectional

import msgspec

from promptci.compare.outcomes.failurereasons import reason_of
from promptci.render.html.commands import several_models
from promptci.render.html.markup import Markup, element
from promptci.render.html.since import Before, Since, failing_since, since_of
from promptci.render.json.page.page import PageV1
from promptci.render.json.page.parts import PageAnswerV1, PageExampleV1
from promptci.secrets.safetext import are_clean, as_packed, for_html_data, for_terminal, on_one_line
from promptci.templates.template import as_text

AT_ONCE = 64
"""Examples of one chunk."""

MOST_TEXT = 20_000
"""Characters of a text that the page holds; longer ones are cut, which is said."""

MOST_BYTES = 40_000_000
"""Compressed texts of a page; examples beyond are listed without them, which is said."""

_QUICK, _SMALL = 2, 4
"""Levels of compression: 2 takes half the time of 4, and a quarter of 6, the usual one."""

MOST_QUICK = 20_000
"""Examples of a page that is compressed quickly; one of more examples is made smaller."""

_EXCERPT = 120
_MOST_CLASSES = 20
_RTL = ("R", "AL")


_encode = msgspec.json.Encoder().encode


class _Names(dict[str, int]):
    """Numbers names in the order in which they come."""

    def __missing__(self, name: str) -> int:
        self[name] = len(self)
        return self[name]


def packed(page: PageV1) -> Iterator[str]:
    """The index as JSON, after the chunks of texts. Each example is read once, in order."""
    examples, since = page.examples, failing_since(page)
    index = _Index(_class_evals(examples))
    size, level = 0, _QUICK if len(examples) <= MOST_QUICK else _SMALL
    for start in range(0, len(examples), AT_ONCE):
        part = examples[start : start + AT_ONCE]
        index.add(part, since, has_texts=size <= MOST_BYTES)
        if size <= MOST_BYTES:
            data = _chunk(part, since, level)
            size += len(data)
            number = start // AT_ONCE
            made = element("script", Markup(data), type="text/plain", id=f"chunk-{number}")
            yield as_packed(made + "\n")
    yield from index.written(page)


class _Index:
    """What the list shows, and what it is filtered, searched and sorted by; kept as JSON."""

    def __init__(self, labels: frozenset[str]) -> None:
        self._labels = labels
        self._names: dict[str, _Names] = {
            key: _Names() for key in ("eval", "model", "tag", "class", "reason")
        }
        self._rows: list[bytes] = []
        self._texts = 0

    def add(self, examples: Sequence[PageExampleV1], since: Since, *, has_texts: bool) -> None:
        rows = [
            [*_row(each, self._names, self._labels), *_accepts(each, since)] for each in examples
        ]
        self._rows.append(_encode(rows)[1:-1])
        self._texts += has_texts * len(examples)

    def written(self, page: PageV1) -> Iterator[Markup]:
        """The element, in parts that end between rows, with what commands name of the `page`."""
        yield Markup('<script type="application/json" id="index">{"format":1,"rows":[')
        for number, rows in enumerate(self._rows):
            yield Markup(f"{',' if number else ''}{for_html_data(rows.decode())}")
        names = {key: list(map(_clean, found)) for key, found in self._names.items()}
        rest = {
            "names": names,
            "texts": self._texts,
            "atOnce": AT_ONCE,
            "good": page.base_rev and _clean(page.base_rev),
            "bad": page.head_rev and _clean(page.head_rev),
            "elsewhere": list(map(_clean, page.elsewhere)),
            "several": sorted(map(_clean, several_models(page))),
        }
        yield Markup(f"],{for_html_data(_encode(rest).decode()[1:])}</script>")


def _row(each: PageExampleV1, names: dict[str, _Names], labels: frozenset[str]) -> list[Any]:
    label = as_text(each.expected) if each.eval in labels and each.expected is not None else None
    head = each.head
    return [
        names["eval"][each.eval],
        names["model"][each.model],
        on_one_line(each.id),
        each.fate,
        each.accepted + 2 * each.must_pass + 4 * (head is not None and head.fate == "fail"),
        [names["tag"][tag] for tag in each.tags],
        -1 if label is None else names["class"][label],
        names["reason"][reason_of(each.reason)[:160]] if each.reason else -1,
        None if each.base is None else each.base.score,
        None if head is None else head.score,
        _excerpt(each),
    ]


def _accepts(each: PageExampleV1, since: Since) -> Iterator[str]:
    """Who accepted it and why, where an example fails that the records accept: few do."""
    before = since_of(since, each)
    if before is not None and before.accepted:
        yield on_one_line(before.accepted, _EXCERPT)


def _excerpt(each: PageExampleV1) -> str:
    """The beginning of what was asked; words from right to left do not turn what is beside them."""
    texts = [as_text(value)[: 4 * _EXCERPT] for value in each.vars.values()]
    words = on_one_line(" · ".join(texts), _EXCERPT)
    if len(texts) < 2 or words.isascii() or not any(bidirectional(c) in _RTL for c in words):
        return words
    parts = (on_one_line(text, _EXCERPT // len(texts)) for text in texts)
    return " · ".join(f"\u2068{part}\u2069" for part in parts)


def _class_evals(examples: Sequence[PageExampleV1]) -> frozenset[str]:
    """The evals whose expected values are few enough to be filtered by."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in examples:
        counts = seen[each.eval]
        if len(counts) <= _MOST_CLASSES and isinstance(each.expected, str | int | float | bool):
            counts[as_text(each.expected)[:80]] += 1
    return frozenset(
        name
        for name, found in seen.items()
        if 2 <= len(found) <= _MOST_CLASSES and found.total() >= 2 * len(found)
    )


def _chunk(examples: Sequence[PageExampleV1], since: Since, level: int) -> str:
    texts = _Texts()
    found = [_detail(each, texts, since_of(since, each)) for each in examples]
    shown, cut = texts.shown()
    raw = _encode({"t": shown, "cut": cut, "e": found})
    return b64encode(zlib.compress(raw, level)).decode("ascii")


class _Texts:
    """The texts of a chunk, each once."""

    def __init__(self) -> None:
        self._known = _Names()
        self.add = self._known.__getitem__
        """The number of a text."""

    def shown(self) -> tuple[list[str], dict[int, int]]:
        """The texts as they may be shown, and how long those are that were cut, by number."""
        raw = list(self._known)
        safe = raw if are_clean(raw) else [*map(for_terminal, raw)]
        cuts = {at: len(raw[at]) for at, text in enumerate(safe) if len(text) > MOST_TEXT}
        return [text[:MOST_TEXT] for text in safe] if cuts else safe, cuts


def _detail(each: PageExampleV1, texts: _Texts, since: Before | None) -> dict[str, Any]:
    return {
        "v": [[_clean(name), texts.add(as_text(value))] for name, value in each.vars.items()],
        "x": None if each.expected is None else texts.add(as_text(each.expected)),
        "w": texts.add(each.reason),
        "z": None if since is None else _since(since, texts),
        "b": _answer(each.base, texts),
        "h": _answer(each.head, texts),
    }


def _since(since: Before, texts: _Texts) -> list[Any]:
    commit = since.commit
    words = (commit.subject, since.words, since.accepted)
    return [commit.commit[:7], *map(texts.add, words)]


def _answer(side: PageAnswerV1 | None, texts: _Texts) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "f": side.fate,
        "s": side.score,
        "t": None if side.text is None else texts.add(side.text),
        "o": side.outcome,
        "y": texts.add(side.why),
        "th": texts.add(side.thoughts),
        "tc": texts.add(side.tool_calls),
        "st": texts.add(side.steps),
        "c": [[_clean(s.scorer), s.value, s.passed, texts.add(s.why)] for s in side.scores],
        "r": "".join(fate[0] for fate in side.repeats),
        "l": side.latency,
        "n": side.tokens,
        "m": side.cost,
        "p": [[turn.role, texts.add(turn.text)] for turn in side.prompt],
    }


@lru_cache
def _clean(name: str) -> str:
    return on_one_line(name)
