"""Heat maps over commits: scores of evals, and fates of the examples of one eval."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from promptci.render.figures import verb_of
from promptci.render.html.labels import link_of
from promptci.render.html.markup import Markup
from promptci.render.html.pictures.drawing import HEAD, NOW, rectangle, shorten, text
from promptci.render.html.pictures.mapparts import ROW, TOP, column_names, map_figure, map_picture
from promptci.render.html.tables import table
from promptci.render.idlist import named
from promptci.render.json.page.parts import PageEvalV1, PastCommitV1, PastFatesV1

MOST_EVALS = 60
MOST_EXAMPLES = 40
MOST_NAMED = 3
"""Examples that the text beneath a map names."""
_SCORE, _FATE = 34, 24
"""Widths of a column."""

_SAME = 1e-9
_SIGNS = {"p": "", "f": "✗", "e": "!"}
_WORDS = {"p": "passed", "f": "failed", "e": "no answer"}


def eval_map(
    commits: Sequence[PastCommitV1],
    first: Sequence[tuple[str, str]],
    single: frozenset[str],
    now: Mapping[tuple[str, str], PageEvalV1] | None = None,
    *,
    called: str = NOW,
) -> Markup | None:
    """Evals by commits; `first` are those that come before others, `single` have one model.

    `now` are the head's: a column of its own, so `called`, where a score is not that of the last
    commit.
    """
    rows = _score_rows(commits, single)
    head = called if _add_now(rows, now or {}) else ""
    if not rows:
        return None
    named = [(name, "" if name in single else model) for name, model in first]
    known = [name for name in named if name in rows]
    order = list(dict.fromkeys((*known, *sorted(rows))))
    shown = order[:MOST_EVALS]
    title = "Scores of evals over commits"
    columns = [*(commit.commit[:7] for commit in commits), *([head] if head else [])]
    picture = map_picture(
        f"{title}: {len(shown)} evals, {len(commits)} commits",
        column_names(commits, _SCORE, head=head),
        [_score_row(rows[name], index) for index, name in enumerate(shown)],
        _SCORE * len(columns),
    )
    names = [(shorten(_title(name)), None) for name in shown]
    heads = ("Eval", *columns)
    numbers = table(
        title,
        heads,
        [
            (_title(name), *("" if v is None else f"{100 * v:.1f}%" for v, _ in rows[name]))
            for name in shown
        ],
        name="scores-by-commit",
    )
    left = len(order) - len(shown)
    note = "Framed cells are of commits that wrote the record; others left it as it was."
    note += f" {left:,} more evals are left out." if left else ""
    if now and any(each.flaky for each in now.values()):
        note += " In a record flaky examples keep the verdict that they had."
    return map_figure(title, picture, numbers, note, names, _SCORE * len(columns))


def _add_now(
    rows: dict[tuple[str, str], list[tuple[float | None, bool]]],
    now: Mapping[tuple[str, str], PageEvalV1],
) -> bool:
    """Give each row the head's score, if one of them is not that of the last commit."""
    scores = {name: each.head.score for name, each in now.items()}
    last = {name: row[-1][0] for name, row in rows.items()}
    is_other = any(
        score is not None and not _is_same(score, last.get(name)) for name, score in scores.items()
    )
    if is_other:
        size = max(map(len, rows.values()), default=0)
        for name in scores.keys() - rows.keys():
            rows[name] = [(None, False)] * size
        for name, row in rows.items():
            row.append((scores.get(name), False))
    return is_other


def _is_same(score: float, other: float | None) -> bool:
    return other is not None and abs(score - other) < _SAME


def example_map(
    found: PastFatesV1,
    commits: Sequence[PastCommitV1],
    now: Mapping[str, str] | None = None,
    *,
    called: str = NOW,
) -> Markup | None:
    """The examples of one eval by commits: which always fail, which flap.

    `now` are the letters of the head's examples, by their ids: a column of its own, so `called`,
    where they are not those of the last commit.
    """
    rows, now = found.examples, now or {}
    is_other = bool(now) and any(now.get(id_, " ") != row[-1] for id_, row in rows.items())
    head = called if is_other else ""
    if head:
        rows = {id_: row + now.get(id_, " ") for id_, row in rows.items()}
    shown = list(rows.items())[:MOST_EXAMPLES]
    if not shown:
        return None
    names = [*(commit.commit[:7] for commit in commits), *([head] if head else [])]
    title = f"{_title((found.eval, found.model))}: examples over commits"
    picture = map_picture(
        f"{title}: {len(shown)} examples that did not always pass",
        column_names(commits, _FATE, head=head),
        [_fate_row(id_, row, names, index) for index, (id_, row) in enumerate(shown)],
        _FATE * len(names),
    )
    labels = [
        (shorten(id_), None if row[-1] == " " else link_of(found.eval, id_)) for id_, row in shown
    ]
    numbers = table(
        title,
        ("Example", "Failed", "Of", "Flips", *names),
        [
            (id_, *map(str, _counts(row)), *(_WORDS.get(letter, "") for letter in row))
            for id_, row in shown
        ],
        name=f"{found.eval}-{found.model}-examples",
    )
    left = len(found.examples) - len(shown) + found.left_out
    said = [f"{found.always:,} examples always passed."] if found.always else []
    said += [*_flapping(rows), *(_failing_now(found, now, called))]
    said += [f"{left:,} more that did not are left out."] if left else []
    return map_figure(title, picture, numbers, " ".join(said), labels, _FATE * len(names))


def _failing_now(found: PastFatesV1, now: Mapping[str, str], called: str) -> Iterator[str]:
    """Which fail at the head and did at no commit, where all that ever failed are known."""
    names = [id_ for id_, letter in now.items() if letter != "p" and id_ not in found.examples]
    if names and not found.left_out:
        listed = named([shorten(id_) for id_ in names], MOST_NAMED)
        verb = verb_of(names, "fails", "fail")
        yield f"{len(names):,} {verb} {_when(called)} and did at no commit: {listed}."


def _when(column: str) -> str:
    """A column in a sentence."""
    return {NOW: NOW, HEAD: f"at the {HEAD}"}.get(column, f"at {column}")


def _flapping(rows: Mapping[str, str]) -> Iterator[str]:
    """Which never passed, and which came and went."""
    flips = {id_: _counts(row)[2] for id_, row in rows.items()}
    never = [id_ for id_, row in rows.items() if "p" not in row]
    flapping = sorted((id_ for id_ in flips if flips[id_] > 1), key=lambda id_: -flips[id_])
    if never:
        yield f"{len(never):,} never passed: {named([shorten(id_) for id_ in never], MOST_NAMED)}."
    if flapping:
        names = [f"{shorten(id_)} ({flips[id_]} changes)" for id_ in flapping]
        yield f"{len(flapping):,} came and went: {named(names, MOST_NAMED)}."


def _counts(row: str) -> tuple[int, int, int]:
    """How often it failed, of how many commits, and how often that changed."""
    there = row.replace(" ", "")
    flips = sum(one != other for one, other in itertools.pairwise(there))
    return sum(map(row.count, "fe")), len(there), flips


def _score_rows(
    commits: Sequence[PastCommitV1], single: frozenset[str]
) -> dict[tuple[str, str], list[tuple[float | None, bool]]]:
    """For each eval and model its score at each commit, and whether it was written there."""
    rows: dict[tuple[str, str], list[tuple[float | None, bool]]] = {}
    for column, commit in enumerate(commits):
        for (eval_name, _), row in rows.items():
            row.append((None if eval_name in commit.removed else row[-1][0], False))
        for each in commit.scores:
            if each.model:
                name = each.eval, "" if each.eval in single else each.model
                row = rows.setdefault(name, [(None, False)] * (column + 1))
                row[column] = each.score, True
    return rows


def _title(name: tuple[str, str]) -> str:
    return " · ".join(filter(None, name))


def _score_row(row: Sequence[tuple[float | None, bool]], index: int) -> list[Markup]:
    y, cells = TOP + ROW * index, []
    for column, (value, is_written) in enumerate(row):
        if value is None:
            continue
        x = _SCORE * column
        kind = f"heat h{min(4, int(5 * value))}{' written' if is_written else ''}"
        cells.append(rectangle(x + 1, y + 1, _SCORE - 2, ROW - 2, kind))
        cells.append(text(x + 17, y + 14, f"{100 * value:.0f}", kind="cell", anchor="middle"))
    return cells


def _fate_row(id_: str, row: str, columns: Sequence[str], index: int) -> list[Markup]:
    """The row of an example."""
    y, cells = TOP + ROW * index, []
    for column, letter in enumerate(row):
        if letter == " ":
            continue
        x = _FATE * column
        said = f"{id_} {_when(columns[column])}: {_WORDS[letter]}"
        cells.append(rectangle(x + 1, y + 1, _FATE - 2, ROW - 2, f"heat fate-{letter}", said))
        if _SIGNS[letter]:
            cells.append(text(x + 12, y + 14, _SIGNS[letter], kind="cell", anchor="middle"))
    return cells
