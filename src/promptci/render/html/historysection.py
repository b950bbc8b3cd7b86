"""The past: scores over commits, heat maps, and what changed at each commit, from git alone."""

from collections.abc import Iterator, Sequence

from promptci.render.html import figures
from promptci.render.html.markup import Child, Markup, element, worded
from promptci.render.html.pictures.drawing import HEAD, NOW
from promptci.render.html.pictures.heatmaps import eval_map, example_map
from promptci.render.html.pictures.scores import score_figure
from promptci.render.html.whatchanged import line_diff
from promptci.render.json.page.page import PageV1
from promptci.render.json.page.parts import PastCommitV1, PastPromptV1, PastScoreV1

MOST_CURVES = 8
MOST_MAPS = 8
MOST_IDS = 20


def history_section(page: PageV1) -> Markup:
    """How it came about."""
    return element(
        "section",
        element("h2", "History"),
        element("p", worded(_missing(page)), class_="note") if _missing(page) else None,
        element("div", list(_pictures(page)), class_="figures"),
        element("h3", "What changed at each commit") if page.commits else None,
        (_commit(each) for each in reversed(page.commits)),
        id="history",
        aria_label="History",
    )


def _missing(page: PageV1) -> str:
    """What the history lacks."""
    said = []
    if not page.commits:
        said.append("No commit has recorded scores yet: run `promptci run` and commit the records.")
    elif len(page.commits) == 1:
        said.append("Only one commit has recorded scores so far.")
    if page.shallow:
        said.append("This clone is shallow, so the history is cut short: `git fetch --unshallow`.")
    elif page.history_cut:
        said.append(
            f"The last {len(page.commits)} commits that recorded scores; `--commits N` shows more."
        )
    return " ".join((*said, *page.history_notes))


def _pictures(page: PageV1) -> Iterator[Markup]:
    order = [(each.eval, each.model) for each in page.evals]
    moved = [(each.eval, each.model) for each in page.evals if each.moved]
    single = frozenset(page.single)
    now = {(each.eval, "" if each.eval in single else each.model): each for each in page.evals}
    named = [(name, "" if name in single else model) for name, model in moved or order]
    chosen = list(dict.fromkeys(named))[:MOST_CURVES]
    called = HEAD if page.elsewhere else NOW
    drawn = [score_figure(*name, page.commits, now.get(name), called) for name in chosen]
    yield from filter(None, drawn)
    if len(page.commits) > 1:
        found = eval_map(page.commits, order, single, now, called=called)
        if found is not None:
            yield found
        places = {name: place for place, name in enumerate(now)}
        fates = sorted(page.fates, key=lambda f: places.get((f.eval, f.model), len(places)))
        letters = _letters(page, single)
        maps = (
            example_map(each, page.commits, letters.get((each.eval, each.model)), called=called)
            for each in fates[: 2 * MOST_MAPS]
        )
        yield from [each for each in maps if each is not None][:MOST_MAPS]


def _letters(page: PageV1, single: frozenset[str]) -> dict[tuple[str, str], dict[str, str]]:
    """How the head's examples came out, in the letters of `fates`, by eval and model."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for each in page.examples:
        if each.head is not None:
            name = each.eval, "" if each.eval in single else each.model
            found.setdefault(name, {})[each.id] = each.head.fate[0]
    return found


def _commit(commit: PastCommitV1) -> Markup:
    short = commit.commit[:7]
    moves = sum(len(each.lost) for each in commit.scores), sum(len(e.won) for e in commit.scores)
    said = [f"{n:,} {word}" for n, word in zip(moves, ("lost", "won"), strict=True) if n]
    said += ["stale record"] * any(each.stale for each in commit.scores)
    return element(
        "details",
        element(
            "summary",
            element("code", short),
            f" {commit.subject} ",
            element(
                "small",
                f"{commit.date[:10]} · {commit.author}{''.join(f' · {each}' for each in said)}",
            ),
        ),
        element(
            "div",
            (_score(each) for each in commit.scores),
            (element("p", element("b", name), ": removed") for name in commit.removed),
            (_prompt(each) for each in commit.prompts),
            element("p", element("code", f"git show {short}"), class_="commands"),
            id=f"commit-{short}",
        ),
        class_="commit",
    )


def _score(each: PastScoreV1) -> Markup:
    """One record at a commit."""
    if each.damage:
        damaged = f"{each.eval}: the record is damaged and cannot be read ({each.damage})"
        return element("p", damaged, class_="gone")
    return element(
        "div",
        element(
            "p",
            element("b", f"{each.eval} on {each.model}: "),
            f"{figures.percent(each.score)}, {each.passed:,} of {each.total:,} passed",
        ),
        element("ul", (element("li", line) for line in _lines(each))),
    )


def _lines(each: PastScoreV1) -> Iterator[Child]:
    if each.stale:
        yield f"stale: other {' and '.join(each.stale)} than the files of this commit"
    if not each.changed and not each.model_before:
        yield "first record of this eval"
    if each.was:
        yield f"renamed, was {each.was}"
    if each.model_before and each.model_before != each.model_id:
        yield f"model: {_model_swap(each)}"
    others = [part for part in each.changed if part != "model"]
    if others:
        yield f"changed: {', '.join(others)}"
    for word, ids in (("lost", each.lost), ("won", each.won)):
        if ids:
            yield f"{word}: {_listed(ids)}"
    for id_, why in each.accepted.items():
        yield f"accepted {id_}: {why}"


def _model_swap(each: PastScoreV1) -> str:
    """Both models, their endpoint once where it is the same."""
    place, _, model = each.model_id.rpartition(" ")
    before = each.model_before
    is_same = bool(place) and before.startswith(f"{place} ")
    return f"{before} → {model if is_same else each.model_id}"


def _listed(ids: Sequence[str]) -> str:
    left = len(ids) - MOST_IDS
    return ", ".join(ids[:MOST_IDS]) + (f" and {left:,} more" if left > 0 else "")


def _prompt(each: PastPromptV1) -> Markup:
    return element("div", element("p", element("code", each.path)), line_diff(each.diff[2:]))
