"""Texts taken apart into words, and counted n-grams."""

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

Tokens: TypeAlias = Sequence[str]
GramCounts: TypeAlias = Mapping[Hashable, int]
"""How often each n-gram occurs."""

_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_ANY_WORD = re.compile(rf"[{_IDEOGRAPH}]|[^\W_{_IDEOGRAPH}]+")

_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
_SPLITS = (
    (re.compile(r"([{-~\[-`!-&(-+:-@/])"), r" \1 "),
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)


def rouge_tokens(text: str) -> Tokens:
    """Words as ROUGE-1.5.5 and the package `rouge-score` take them: runs of a-z and 0-9."""
    return _ASCII_WORD.findall(text.lower())


def any_tokens(text: str) -> Tokens:
    """Words of every script; Chinese characters and kana, which know no spaces, one by one."""
    return _ANY_WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def mteval_tokens(text: str) -> Tokens:
    """Words and punctuation as mteval-v13a takes them, the tokenisation of WMT and `sacrebleu`.

    The first pattern there takes spaces too and puts spaces around them, which changes no word.
    """
    line = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    if "&" in line:
        for entity, letter in _ENTITIES:
            line = line.replace(entity, letter)
    line = f" {line} "
    for pattern, spaced in _SPLITS:
        line = pattern.sub(spaced, line)
    return line.split()


def chrf_words(text: str) -> Tokens:
    """Words as chrF++ takes them: one punctuation mark at an end of a word is a word by itself."""
    return [part for word in text.split() for part in _parted(word)]


def _parted(word: str) -> tuple[str, ...]:
    if len(word) > 1 and word[-1] in _PUNCTUATION:
        return word[:-1], word[-1]
    if len(word) > 1 and word[0] in _PUNCTUATION:
        return word[0], word[1:]
    return (word,)


def word_grams(tokens: Tokens, n: int) -> Iterator[tuple[str, ...]]:
    """Each run of `n` words."""
    return zip(*(tokens[first:] for first in range(n)), strict=False)


def letter_grams(text: str, n: int) -> Iterator[str]:
    """Each run of `n` letters."""
    return iter([text[first : first + n] for first in range(len(text) - n + 1)])


def counted(grams: Iterable[Hashable]) -> GramCounts:
    """How often each of them occurs."""
    return Counter(grams)


def shared(grams: Iterable[Hashable], counts: GramCounts) -> int:
    """How many n-grams are among those counted, each at most as often as it was counted.

    Nothing is kept of the others, so a long text takes no more memory than a short one.
    """
    found = Counter(filter(counts.__contains__, grams))
    return sum(map(min, found.values(), map(counts.__getitem__, found)))


def total(length: int, n: int) -> int:
    """How many runs of `n` there are in so many words or letters."""
    return max(0, length - n + 1)
