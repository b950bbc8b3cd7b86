"""Scorers for fenced code blocks."""

from itertools import islice
from typing import Annotated

from msgspec import Meta

from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.fences import FencedBlock, fences, same_language
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, failed, listed
from promptci.scorers.base.wanted import warn_of_commas

MOST = 1_000
"""Fenced blocks that an answer may hold."""

Language = Annotated[str, Meta(min_length=1, max_length=50)]

_SAME = {
    "py": "python",
    "python3": "python",
    "js": "javascript",
    "ts": "typescript",
    "yml": "yaml",
    "sh": "bash",
    "shell": "bash",
    "c++": "cpp",
    "c#": "csharp",
    "golang": "go",
    "rs": "rust",
    "rb": "ruby",
    "md": "markdown",
    "postgresql": "sql",
    "postgres": "sql",
    "mysql": "sql",
    "sqlite": "sql",
}


class BlockOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the blocks are placed in the output."""

    language: Annotated[
        Language | Annotated[tuple[Language, ...], Meta(min_length=1)] | None,
        Meta(description="the language named after the fence, or several; without it any or none"),
    ] = None
    fence: Annotated[bool, Meta(description="false asks for an answer without any fence")] = True
    single: Annotated[bool, Meta(description="exactly one block, whatever its language")] = False
    alone: Annotated[bool, Meta(description="nothing but white space around the blocks")] = False


def code_block(options: BlockOptions, binding: ScorerContext) -> Judge | None:
    """The output holds a fenced block that is closed and not empty, or none at all."""
    if not options.fence and (options.language or options.single or options.alone):
        binding.fault("`fence: false` allows no block: drop the other options", "fence")
        return None
    warn_of_commas(options.language, binding, "language")
    languages = _languages(options)

    def judge(subject: Subject) -> Score:
        found = list(islice(fences(subject.output), MOST + 1))
        if len(found) > MOST:
            raise Unjudged(f"more than {MOST:,} fenced blocks")
        if not options.fence:
            return failed(f"a fenced block in line {_line(subject, found[0])}") if found else PASSED
        why = _wrong(subject, found, options, languages)
        return failed(why) if why else PASSED

    return judge


def _fits(block: FencedBlock, languages: tuple[str, ...]) -> bool:
    named = _named(block.language)
    return any(same_language(named, language) for language in languages)


def _wrong(
    subject: Subject, found: list[FencedBlock], options: BlockOptions, languages: tuple[str, ...]
) -> str:
    """What is wrong with the blocks, in one line; empty if nothing is."""
    if not found:
        return "no fenced block"
    if options.single and len(found) > 1:
        return f"{len(found)} fenced blocks, one wanted"
    if not found[-1].is_closed:
        return f"the fence in line {_line(subject, found[-1])} is not closed"
    if options.alone and not _is_alone(subject.output, found):
        return "text around the fenced block"
    fitting = [block for block in found if not languages or _fits(block, languages)]
    if not fitting:
        named = tuple(dict.fromkeys(block.language or "no language" for block in found))
        return f"no fenced block of {' or '.join(languages)}: found {listed(named)}"
    return "" if any(block.body.strip() for block in fitting) else "the fenced block is empty"


def _languages(options: BlockOptions) -> tuple[str, ...]:
    given = options.language or ()
    return tuple(map(_named, (given,) if isinstance(given, str) else given))


def _named(language: str) -> str:
    """One name for a language that goes by several."""
    name = language.casefold().removeprefix("{").removeprefix(".").removesuffix("}")
    return _SAME.get(name, name)


def _is_alone(text: str, found: list[FencedBlock]) -> bool:
    ends = (0, *(block.end for block in found))
    starts = (*(block.start for block in found), len(text))
    return not any(text[end:start].strip() for end, start in zip(ends, starts, strict=True))


def _line(subject: Subject, block: FencedBlock) -> str:
    return f"{subject.output.count(chr(10), 0, block.start) + 1:,}"


SCORERS = {
    "code_block": Scorer(
        code_block,
        BlockOptions,
        "the output holds a fenced block, of a language, or none at all",
        "language",
        example="code_block: {language: python, single: true, alone: true}",
        version=3,
        is_format=True,
    ),
}
