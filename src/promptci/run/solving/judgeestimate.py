"""What judges would ask about an answer that is not there yet, guessed with the longest one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from promptci.digest import canonical_json
from promptci.models.vector import from_floats, pack
from promptci.parsing.source import Plain
from promptci.run.solving.judging import judge_answer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.registry.bound import BoundScorer
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.message import Message
from promptci.specs.request import Ask, Asking, Request, Settings
from promptci.spending.estimate import most_output

_WORD = "word "

_NOTHING: Mapping[str, Plain] = {}

_Tools: TypeAlias = tuple[Mapping[str, Plain], ...]

_USELESS = Completion("")
_VECTOR = Completion(pack(from_floats([1.0])))


def judges_requests(
    scorers: Iterable[BoundScorer],
    example: Example,
    answer: Completion,
    tools: _Tools = (),
    said: Mapping[str, Plain] = _NOTHING,
) -> tuple[list[Request], bool]:
    """All that scorers may ask of models about an answer, and what was `said` on the way to it.

    Every reply is taken for one of no use, so that a judge asks for it once more, and every step of
    a judge for as long as its first. Second, whether all of them could be guessed.
    """
    asked: list[Request] = []
    is_whole = True
    for model_scorer in (each for scorer in scorers for each in scorer.model_scorers):
        own = list(_asked(model_scorer, example, answer, tools, said)) or _blind(
            model_scorer, example, answer
        )
        is_whole &= bool(own)
        asked += model_scorer.steps * [request for request in own if request.asks_model]
    return asked, is_whole


def preference_requests(
    model_scorer: BoundScorer, example: Example, base: Settings, head: Settings
) -> list[Request]:
    """All that a judge which prefers one of two may ask about answers that are not there yet."""
    assert model_scorer.prefer is not None
    answers = (longest_answer(settings) for settings in (base, head))
    sides = [
        Subject(answer.text, example.expected, example.has_expected, example.scope, answer)
        for answer in answers
    ]
    asking = model_scorer.prefer(*sides)
    try:
        return 2 * questions_until_useless(asking, next(asking))
    except (StopIteration, NoVerdict):
        return []


def longest_answer(settings: Settings) -> Completion:
    """An answer of as many tokens as there may be, four letters each."""
    letters = 4 * most_output(settings)
    return Completion((_WORD * (letters // len(_WORD) + 1))[:letters])


def _asked(
    model_scorer: BoundScorer,
    example: Example,
    answer: Completion,
    tools: _Tools,
    said: Mapping[str, Plain],
) -> Iterator[Request]:
    """The questions of one scorer; what runs in the sandbox ends them."""
    asking = judge_answer(example, answer, (model_scorer,), tools, said=said)
    try:
        yield from questions_until_useless(asking, next(asking))
    except (StopIteration, NoVerdict):
        return
    finally:
        asking.close()


def _blind(model_scorer: BoundScorer, example: Example, answer: Completion) -> list[Request]:
    """What a judge may ask that found nothing to judge in an imagined answer: once, and again."""
    known = canonical_json(example.scope)
    message = Message("user", f"{model_scorer.words}\n{known}\n{answer.text}")
    return [
        Request(Settings(model), (message,)) for model in model_scorer.models[:1] for _ in range(2)
    ]


def questions_until_useless(asking: Asking[object], ask: Ask) -> list[Request]:
    """What a judge is asked, the current question first, if every reply is of no use."""
    found: list[Request] = []
    try:
        while True:
            requests = ask if isinstance(ask, tuple) else (ask,)
            found += requests
            if not all(request.asks_model for request in requests):
                return found
            replies = tuple(map(_reply, requests))
            ask = asking.send(replies if isinstance(ask, tuple) else replies[0])
    except (StopIteration, NoVerdict):
        return found
    finally:
        asking.close()


def _reply(request: Request) -> Completion:
    return _VECTOR if request.settings.task == "embeddings" else _USELESS
