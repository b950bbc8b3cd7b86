"""The report of a search, and of its ledger."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType

from promptci.promptsearch.searchresult import GateLook, SearchResult, TriedLook, TriedSearch
from promptci.promptsearch.trials import SAME, Trial
from promptci.render import figures
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, labelled, table, text

_LONGEST = 60
_COLUMNS = {"": "right", "train": "right", "select": "right", "text": "left"}


def report(found: SearchResult, look: Look) -> str:
    """The outcome of a search, as text."""
    return draw(_parts(found), look)


def _parts(found: SearchResult) -> Iterator[RenderableType]:
    made = f"{_tried(found)} by {found.by}, written by {found.writer}"
    yield text(f"{_named(found)} on {found.model}: {_came_to(found)}", "bold")
    yield text(made)
    yield from _table(found.trials)
    if found.stopped:
        left = f" ({figures.counted(found.left, 'text')} not written)" if found.left else ""
        yield text(f"{found.stopped}{left}")
    yield ""
    yield from _gate(found)
    yield text(figures.taken(found.taken))


def _named(found: SearchResult) -> str:
    return f"{found.eval}, step {found.step}," if found.step else found.eval


def _came_to(found: SearchResult) -> str:
    """Whether a better text was found, in a few words."""
    if found.accepted:
        best = found.accepted[0]  # looked at before the others, and the branch's last commit
        scores = f"{_share(best.base_score)} → {_share(best.head_score)}"
        return f"text {best.trial} is better, {scores}, on branch {found.branch}"
    if not found.looks:
        return "the search was stopped" if found.stopped else "no text is better"
    is_open = any(each.verdict == "undecided" for each in found.looks)
    return "it is open whether a text is better" if is_open else "no text is shown to be better"


def _tried(found: SearchResult) -> str:
    return figures.counted(len(found.trials) - 1, "text")


def _table(trials: Iterable[Trial]) -> Iterator[RenderableType]:
    """The texts that are new; of the others only how many there were."""
    rows, repeated = table(_COLUMNS), 0
    for each in trials:
        if each.fault.startswith(SAME):
            repeated += 1
            continue
        shown = f"({each.fault}) {each.text}" if each.fault else each.text
        cells = (str(each.number), _share(each.train), _share(each.select), _short(shown))
        rows.add_row(*map(text, cells))
    yield rows
    if repeated:
        yield text(f"{figures.counted(repeated, 'text')} written that had been tried before")


def _gate(found: SearchResult) -> Iterator[RenderableType]:
    """How the best fared on examples that the search had not seen, and where it is."""
    if not found.looks:
        yield text("no text is better on the examples to choose by: the gate was not asked")
        return
    for each in found.looks:
        yield text(f"text {each.trial}: {_verdict(each)}", "bold")
        if each.examples:
            yield text(
                f"gate: {_share(each.base_score)} at present, {_share(each.head_score)} with it, "
                f"on {each.examples} examples ({each.won} won, {each.lost} lost); {_level(each)}"
            )
        yield labelled([("text", found.trials[each.trial].text)])
    if found.branch:
        commits = figures.counted(len(found.accepted), "commit")
        yield text(f"branch {found.branch}: {commits}; `git diff HEAD {found.branch}` shows it")


def _verdict(each: GateLook | TriedLook) -> str:
    return f"{each.verdict or 'not ended'}{f': {each.why}' if each.why else ''}"


def _level(each: GateLook) -> str:
    p = "no test" if each.p is None else f"p {figures.p_value(each.p)}"
    return f"{p}, level {each.level:.2g} at look {each.number}"


def ledger(found: Sequence[TriedSearch], look: Look) -> str:
    """All that was tried so far, as text."""
    return draw((part for each in found for part in _search(each)), look)


def _search(found: TriedSearch) -> Iterator[RenderableType]:
    of = f" of step {found.step}" if found.step else ""
    said = f"search {found.search}{of}: {found.by}, seed {found.seed}"
    yield text(f"{said}, for {found.model}, written by {found.writer}", "bold")
    yield from _table(found.trials)
    for each in found.looks:
        where = f", branch {each.branch}" if each.branch else ""
        level = f"look {each.number}, level {each.level:.2g}{where}"
        yield text(f"text {each.trial}: {_verdict(each)} ({level})")
    yield ""


def _share(value: float | None) -> str:
    return "-" if value is None else figures.share(value)


def _short(shown: str) -> str:
    line = " ".join(shown.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
