"""Which of several samples is the answer: by vote, check, scorer or judge."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from promptci.records.record import Score
from promptci.run.solved import Picked
from promptci.run.solving.judgeestimate import judges_requests, longest_answer, preference_requests
from promptci.run.solving.samples import Sampling
from promptci.run.solving.voting import counted_as
from promptci.scorers.base.preference import Preference
from promptci.scorers.base.verdict import NoVerdict, Unjudged
from promptci.specs.completion import Completion
from promptci.specs.request import Asking, Request
from promptci.specs.sampling import PickKind


def _all_samples(state: Sampling) -> Asking[tuple[Completion, ...]]:
    """Every sample, asked side by side."""
    answers = yield from state.trace.several(state.requests())
    return tuple(map(state.heard, answers))


def _vote(state: Sampling) -> Asking[Picked]:
    """The answer that most samples give; of several as frequent the one that came up first.

    Of the samples that give it the first that is written as most of them are.
    """
    found = yield from _all_samples(state)
    parts = [_part(state, each) for each in found]
    keys = [_counted(state, part) for part in parts]
    votes = Counter(key for key in keys if key is not None)
    if not votes:
        return Picked(0, found, is_valid=False)
    most = max(votes.values())
    winner = next(key for key in votes if votes[key] == most)  # in the order of first appearance
    is_tied = sum(count == most for count in votes.values()) > 1
    written = Counter(part for part, key in zip(parts, keys, strict=True) if key == winner)
    number = parts.index(max(written, key=written.__getitem__))
    return Picked(number, found, most, votes.total(), is_tied)


def _key(state: Sampling, completion: Completion) -> str | None:
    """What an answer counts as; None where it has no part that counts."""
    return _counted(state, _part(state, completion))


def _counted(state: Sampling, part: str | None) -> str | None:
    return None if part is None else counted_as(part, numbers=state.solve.numbers) or None


def _part(state: Sampling, completion: Completion) -> str | None:
    """The part of an answer that `key` takes."""
    if state.task.picker.key is None or not state.is_answer(completion):
        return None
    try:
        return state.task.picker.key(completion.text)
    except (Unjudged, NoVerdict):
        return None


def _first_valid(state: Sampling) -> Asking[Picked]:
    """The first sample that passes the check, asked one after the other; else the last."""
    found: list[Completion] = []
    for number, request in enumerate(state.requests()):
        answer = yield from state.trace.one(request)
        found.append(state.heard(answer))
        if (yield from _is_valid(state, found[-1], number)):
            return Picked(number, tuple(found))
    return Picked(len(found) - 1, tuple(found), is_valid=False)


def _is_valid(state: Sampling, completion: Completion, number: int) -> Asking[bool]:
    """Whether a sample passes the check; where none is named, whether its key can be read."""
    if state.task.picker.scorer is None:
        return _key(state, completion) is not None
    score = yield from _scored(state, completion, number)
    return score is not None and score.passed


def _best(state: Sampling) -> Asking[Picked]:
    """The sample that a scorer likes most; of several as good the first."""
    found = yield from _all_samples(state)
    values: list[float] = []
    known: dict[tuple[str, str], float] = {}
    for number, each in enumerate(found):
        said = each.text, each.tool_calls
        if said not in known:
            score = yield from _scored(state, each, number)
            known[said] = -1.0 if score is None else score.value
        values.append(known[said])
    best = max(values)
    winners = {(f.text, f.tool_calls) for f, v in zip(found, values, strict=True) if v == best}
    return _alike(state, values.index(best), found, is_tied=len(winners) > 1, is_valid=best >= 0)


def _scored(state: Sampling, completion: Completion, number: int) -> Asking[Score | None]:
    """What the scorer says of a sample; None where it is no answer or there is no verdict."""
    scorer = state.task.picker.scorer
    assert scorer is not None
    if not state.is_answer(completion):
        return None
    try:
        found = scorer.judge(state.subject(completion))
        if isinstance(found, Score):
            return found
        step = f"{scorer.label} of sample {number + 1}"
        return (yield from state.trace.scorers(found, state.attempt, step))
    except NoVerdict:
        return None


def _judge(state: Sampling) -> Asking[Picked]:
    """The sample that a model prefers to each before it, asked in both orders; else the earlier."""
    found = yield from _all_samples(state)
    answers = [number for number, each in enumerate(found) if state.is_answer(each)]
    if not answers:
        return Picked(0, found, is_valid=False)
    best, is_tied, preferences = answers[0], False, list[Preference | None]()
    seen = {found[best].text}
    for number in answers[1:]:
        if found[number].text in seen:
            continue
        seen.add(found[number].text)
        preference = yield from _preferred(state, found, best, number)
        preferences.append(preference)
        if preference is not None and preference.side == "head":
            best, is_tied = number, False
        elif preference is None or preference.side == "tie":
            is_tied = True
    is_valid = not preferences or any(preferences)  # a judge that says nothing ties nothing
    return _alike(state, best, found, is_tied=is_tied and is_valid, is_valid=is_valid)


def _preferred(
    state: Sampling, found: Sequence[Completion], best: int, other: int
) -> Asking[Preference | None]:
    scorer = state.task.picker.scorer
    assert scorer is not None
    assert scorer.prefer is not None
    pair = state.subject(found[best]), state.subject(found[other])
    step = f"sample {best + 1} or {other + 1}"
    try:
        return (yield from state.trace.scorers(scorer.prefer(*pair), state.attempt, step))
    except NoVerdict:
        return None


def _alike(
    state: Sampling, number: int, found: tuple[Completion, ...], *, is_tied: bool, is_valid: bool
) -> Picked:
    """A sample, and how many of those that can be read say the same, where a key says which."""
    keys = [_key(state, each) for each in found]
    counted = sum(key is not None for key in keys)
    votes = keys.count(keys[number]) if keys[number] is not None else 0
    return Picked(number, found, votes, counted, is_tied, is_valid)


def _no_more(state: Sampling) -> Sequence[Request]:
    return ()


def _scorers_questions(state: Sampling) -> Sequence[Request]:
    """What a scorer may ask about every sample."""
    scorer, settings = state.task.picker.scorer, state.task.settings
    assert scorer is not None
    asked, _ = judges_requests([scorer], state.example, longest_answer(settings), settings.tools)
    return state.solve.n * asked


def _judges_questions(state: Sampling) -> Sequence[Request]:
    """What a judge may be asked: each sample but the first against the best so far."""
    scorer, settings = state.task.picker.scorer, state.task.settings
    assert scorer is not None
    return (state.solve.n - 1) * preference_requests(scorer, state.example, settings, settings)


class PickWay(Struct, frozen=True):
    """A way to pick: the generator, and what it may ask beside the samples."""

    pick: Callable[[Sampling], Asking[Picked]]
    most: Callable[[Sampling], Sequence[Request]] = _no_more


PICKS: Mapping[PickKind, PickWay] = {
    "vote": PickWay(_vote),
    "first_valid": PickWay(_first_valid),
    "best": PickWay(_best, _scorers_questions),
    "judge": PickWay(_judge, _judges_questions),
}
