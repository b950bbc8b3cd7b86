"""What a measurement of drift found, in sentences."""

from collections.abc import Iterable, Iterator, Sequence

from promptci.compare.outcomes.failurereasons import reason_of
from promptci.history.drift import Drift, DriftResult
from promptci.render.figures import counted, p_value, points, share
from promptci.render.idlist import named
from promptci.secrets.safetext import on_one_line

MOST_REASONS = 3
"""Reasons for lost examples that are named, of one eval."""

NEXT = (
    "Nothing in the repository changed. If the new answers are to be kept, run "
    "`promptci run --refresh` and commit the records; else pin the model or take another."
)
"""What to do where a model got worse."""


def drift_sentence(result: DriftResult) -> str:
    """All of it in a sentence."""
    worse = [each for each in result.found if each.is_worse]
    total = _evals(result.found)
    if worse:
        names = ", ".join(_on_models(worse, is_told=len(result.found) > len(_names(result.found))))
        said = f"{len(_names(worse))} of {total}"
        return f"{said} got worse though nothing was changed: {names}."
    open_ = _names(each for each in result.found if _is_open(each))
    if result.stopped is not None:
        return _stopped(result, str(result.stopped).partition(";")[0], len(open_))
    if open_:
        return f"No verdict on {len(open_)} of {total}: answers are missing."
    return f"No drift in {total}."


def _stopped(result: DriftResult, why: str, undecided: int) -> str:
    """What a ceiling ended, where nothing got worse so far."""
    cure = "raise it, or measure fewer evals at a time"
    if not result.found:
        return f"Nothing is measured: {why}; {cure}."
    steady = [each for each in result.found if not _is_open(each)]
    said = [f"no drift in {_evals(steady)}"] if steady else []
    said += [f"no verdict on {counted(undecided, 'eval')}"] if undecided else []
    first, *others = said
    found = " and ".join((first.capitalize(), *others))
    return f"{found} so far, then {why}: {cure}."


def _is_open(found: Drift) -> bool:
    """Whether nothing is known: answers are missing, or failed ones could not be asked again."""
    return found.is_undecided or bool(found.unconfirmed)


def _names(found: Iterable[Drift]) -> dict[str, list[str]]:
    """The evals, each with its models."""
    names: dict[str, list[str]] = {}
    for each in found:
        names.setdefault(each.now.eval, []).append(each.now.model)
    return names


def _evals(found: Sequence[Drift]) -> str:
    """How many evals were measured, each counted once, and on how many models if on several."""
    names, models = _names(found), {each.now.model for each in found}
    on = f" on {counted(len(models), 'model')}" if len(found) > len(names) else ""
    return f"{counted(len(names), 'eval')}{on}"


def _on_models(found: Sequence[Drift], *, is_told: bool) -> Iterator[str]:
    """The names of evals, with the models if these are to be named."""
    for name, models in _names(found).items():
        yield f"{name} on {', '.join(models)}" if is_told else name


def drift_lines(found: Drift) -> Iterator[str]:
    """What is to be said of one eval on one model."""
    if found.lost:
        number = counted(len(found.lost), "example")
        yield f"lost {number}, each time asked: {named(found.lost)}"
        yield from _reasons(found)
    if found.shift is not None:
        point, since = found.shift.point, counted(found.shift.since, "measurement")
        moved = f"from {share(point.before)} to {share(point.after)}"
        sure = f"{points(point.after - point.before)} points, {since}, p {p_value(point.p)}"
        dates = f"between {found.shift.last_before} and {found.shift.first_after}"
        yield f"the score moved {moved} {dates} ({sure})"
    if found.served is not None:
        before, now = (", ".join(each) for each in (found.served.before, found.served.now))
        yield f"another model answers since {found.served.since}: {now}, before {before}"
    if found.wavering:
        yield f"failed, but not each time: {named(found.wavering)}"
    if found.unconfirmed:
        yield f"failed, and could not be asked again: {named(found.unconfirmed)}"
    if found.flaky:
        yield f"fail, which they are known to do at times: {named(found.flaky)}"
    if found.errors:
        why = f": {on_one_line(found.why_missing, 200)}" if found.why_missing else ""
        yield f"no answer to {counted(found.errors, 'example')}{why}"


def _reasons(found: Drift) -> Iterator[str]:
    """Why examples are lost, the most frequent reasons first, and the first example of each."""
    groups: dict[str, list[str]] = {}
    for id_, why in found.whys.items():
        groups.setdefault(reason_of(why), []).append(id_)
    order = sorted(groups.values(), key=len, reverse=True)
    for ids in order[:MOST_REASONS]:
        alike = f" ({len(ids) - 1:,} more alike)" if len(ids) > 1 else ""
        yield f"{on_one_line(ids[0], 60)}: {on_one_line(found.whys[ids[0]], 200)}{alike}"


def drift_mark(found: Drift) -> str:
    """What became of it, in a word."""
    if found.is_worse:
        return "worse"
    return "no verdict" if _is_open(found) else "steady"
