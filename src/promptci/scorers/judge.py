"""Scorers where a model judges."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from promptci.completion import Asking, Completion, Message, Request, Settings
from promptci.record import Score
from promptci.scorers.scorer import Bench, Judge, Options, Scorer, Share, Subject
from promptci.scorers.verdict import Unjudged, graded, listed, shown
from promptci.source import Plain
from promptci.template import Template

GREEDY: Mapping[str, Plain] = {"temperature": 0.0}

OWN = ("completion", "output")
"""What a judge's templates may use beside the variables: the answer, by either name."""


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """What the judge may say, and the score that it gives."""

    choice: str | int | float | bool
    score: Share


class ChoiceOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`prompt` and `system_prompt` are templates over the variables, `expected` and `output`.

    The reply is searched for the choices as whole words. With `match: substring` any occurrence
    counts, so that `no` is found in `not`: it is there for `.prompt.yml`.
    """

    model: Annotated[str, Meta(min_length=1)]
    prompt: Annotated[str, Meta(min_length=1)]
    choices: Annotated[list[Choice], Meta(min_length=1)]
    system_prompt: str = ""
    match: Literal["word", "substring"] = "word"


def choice_judge(options: ChoiceOptions, bench: Bench) -> Judge | None:
    """A model reads the answer and says one of the choices, each of which has a score."""
    settings = bench.settings(options.model, GREEDY)
    templates: list[tuple[Literal["system", "user"], Template]] = [
        ("user", bench.template(options.prompt, "prompt", own=OWN))
    ]
    if options.system_prompt:
        system = bench.template(options.system_prompt, "system_prompt", own=OWN)
        templates.insert(0, ("system", system))
    choices = [(as_choice(each.choice), each.score) for each in options.choices]
    _check_choices(choices, options, bench)
    if settings is None:
        return None
    find = _find_substring if options.match == "substring" else find_choice

    def judge(subject: Subject) -> Asking[Score]:
        scope = {"output": subject.output, **subject.scope, "completion": subject.output}
        messages = tuple(Message(role, text.render(scope)) for role, text in templates)
        reply = yield from ask(settings, messages)
        return verdict(find(reply, choices), reply, choices)

    return judge


def ask(settings: Settings, messages: tuple[Message, ...]) -> Asking[str]:
    """The text of the reply to one question."""
    completion = yield Request(settings, messages)
    assert isinstance(completion, Completion)
    return completion.text


def verdict(score: float | None, reply: str, choices: Sequence[tuple[str, float]]) -> Score:
    """The score of the choice found. Raises `Unjudged` if there is none."""
    if score is None:
        known = listed(tuple(choice for choice, _ in choices), most=5)
        raise Unjudged(f"the judge named none of the choices {known}: {shown(reply)}")
    return graded(score, f"the judge says {shown(reply)}" if score < 1 else "")


def find_choice(reply: str, choices: Sequence[tuple[str, float]]) -> float | None:
    """The score of the choice that is the whole reply, else the first listed that stands in it.

    Case does not count. A choice stands there as a whole word: `1` is neither in `10` nor `1.5`.
    """
    text = reply.casefold()
    bare = text.strip(" \t\r\n.!*\"'`")
    for choice, score in choices:
        if bare == choice.casefold():
            return score
    for choice, score in choices:
        word = re.escape(choice.casefold())
        if re.search(rf"(?<!\w)(?<!\d[.,])(?<!-){word}(?!\w)(?![.,]\d)", text):
            return score
    return None


def as_choice(choice: str | int | float | bool) -> str:
    """A choice as the judge writes it; a bare `yes` or `1` in YAML need not be quoted."""
    return str(choice).lower() if isinstance(choice, bool) else str(choice)


def _find_substring(reply: str, choices: Sequence[tuple[str, float]]) -> float | None:
    text = reply.lower()
    return next((score for choice, score in choices if choice.lower() in text), None)


def _check_choices(choices: list[tuple[str, float]], options: ChoiceOptions, bench: Bench) -> None:
    """Choices are there and differ; among substrings the first listed wins anyway."""
    seen: set[str] = set()
    for index, (choice, _) in enumerate(choices if options.match == "word" else ()):
        if not choice.strip():
            bench.fault("a choice is empty: write what the judge says", "choices", index)
        if choice.casefold() in seen:
            bench.fault(f"the choice `{choice}` is there twice: remove one", "choices", index)
        seen.add(choice.casefold())


SCORERS = {
    "choice_judge": Scorer(
        choice_judge,
        ChoiceOptions,
        "a model says one of several choices about the output",
        example="""choice_judge:
    model: openai/gpt-4.1-mini
    prompt: "Is this reply polite? Say yes or no.\\n\\n{{ output }}"
    choices: [{choice: "yes", score: 1}, {choice: "no", score: 0}]""",
    ),
}
