"""Heat maps over commits: scores of evals, and fates of the examples of one eval."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from promptci.render.figures import verb_of
from promptci.render.html.labels import link_of
from promptci.render.html.markup import Markup, element
from promptci.render.html.pictures.drawing import drawing, rectangle, shorten, text
from promptci.render.html.tables import figure, table
from promptci.render.idlist import named
from promptci.render.json.page.parts import PastCommitV1, PastFatesV1

MOST_EVALS = 60
MOST_EXAMPLES = 40
MOST_NAMED = 3
"""Examples that the text beneath a map names."""
_LEFT, _TOP, _ROW, _LETTER = 230, 64, 20, 8
_SIGNS = {"p": "", "f": "✗", "e": "!"}
_WORDS = {"p": "passed", "f": "failed", "e": "no answer"}


def eval_map(
    commits: Sequence[PastCommitV1], first: Sequence[tuple[str, str]], single: frozenset[str]
) -> Markup | None:
    """Evals by commits; `first` are those that come before others, `single` have one model."""
    rows = _score_rows(commits, single)
    if not rows:
        return None
    named = [(name, "" if name in single else model) for name, model in first]
    known = [name for name in named if name in rows]
    order = list(dict.fromkeys((*known, *sorted(rows))))
    shown = order[:MOST_EVALS]
    title = "Scores of evals over commits"
    cut = _unused([_title(name) for name in shown])
    picture = drawing(
        _width(commits, 34) - cut,
        _TOP + _ROW * len(shown) + 8,
        f"{title}: {len(shown)} evals, {len(commits)} commits",
        _heads(commits, 34),
        [_score_row(name, rows[name], index) for index, name in enumerate(shown)],
        has_links=True,
        kind="map",
        left=cut,
    )
    heads = ("Eval", *(commit.commit[:7] for commit in commits))
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
    note = "Framed cells are of commits that wrote the record; in others it stood."
    note += f" {left:,} more evals are left out." if left else ""
    return figure(title, picture, numbers, note=note)


def example_map(
    found: PastFatesV1, commits: Sequence[PastCommitV1], now: Mapping[str, str] | None = None
) -> Markup | None:
    """The examples of one eval by commits: which always fail, which flap.

    `now` are the letters of the head's examples, by their ids: a column of its own where they are
    not those of the last commit.
    """
    rows, now = found.examples, now or {}
    is_other = bool(now) and any(now.get(id_, " ") != row[-1] for id_, row in rows.items())
    if is_other:
        rows = {id_: row + now.get(id_, " ") for id_, row in rows.items()}
    shown = list(rows.items())[:MOST_EXAMPLES]
    if not shown:
        return None
    names = [*(commit.commit[:7] for commit in commits), *(["now"] if is_other else [])]
    title = f"{_title((found.eval, found.model))}: examples over commits"
    cut = _unused([id_ for id_, _ in shown])
    picture = drawing(
        _width(names, 24) - cut,
        _TOP + _ROW * len(shown) + 8,
        f"{title}: {len(shown)} examples that did not always pass",
        _heads(commits, 24),
        _label(len(commits), 24, "now") if is_other else None,
        [_fate_row((found.eval, id_), row, names, index) for index, (id_, row) in enumerate(shown)],
        has_links=True,
        kind="map",
        left=cut,
    )
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
    said += [*_flapping(rows), *(_failing_now(found, now))]
    said += [f"{left:,} more that did not are left out."] if left else []
    return figure(title, picture, numbers, note=" ".join(said))


def _failing_now(found: PastFatesV1, now: Mapping[str, str]) -> Iterator[str]:
    """Which fail now and did at no commit, where all that ever failed are known."""
    names = [id_ for id_, letter in now.items() if letter != "p" and id_ not in found.examples]
    if names and not found.left_out:
        listed = named([shorten(id_) for id_ in names], MOST_NAMED)
        verb = verb_of(names, "fails", "fail")
        yield f"{len(names):,} {verb} now and did at no commit: {listed}."


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


def _width(columns: Sequence[object], size: int) -> float:
    return _LEFT + size * len(columns) + 40


def _unused(names: Sequence[str]) -> int:
    """The room for names of rows that these leave, in pixels."""
    return max(0, _LEFT - 16 - _LETTER * max(len(shorten(name)) for name in names))


def _heads(commits: Sequence[PastCommitV1], size: int) -> list[Markup]:
    """The ids of commits, slanted, each leading to what changed there."""
    found = []
    for column, commit in enumerate(commits):
        short = commit.commit[:7]
        label = _label(column, size, short, commit.subject)
        found.append(element("a", label, href=f"#commit-{short}"))
    return found


def _label(column: int, size: int, name: str, title: str | None = None) -> Markup:
    """The slanted name of a column."""
    x, y = _LEFT + size * (column + 0.5), _TOP - 8
    return element(
        "text",
        element("title", title) if title else None,
        name,
        x=x,
        y=y,
        class_="axis",
        transform=f"rotate(-55 {x:.0f} {y})",
    )


def _title(name: tuple[str, str]) -> str:
    return " · ".join(filter(None, name))


def _score_row(
    name: tuple[str, str], row: Sequence[tuple[float | None, bool]], index: int
) -> list[Markup]:
    y = _TOP + _ROW * index
    cells = [text(_LEFT - 8, y + 14, shorten(_title(name)), kind="axis", anchor="end")]
    for column, (value, is_written) in enumerate(row):
        if value is None:
            continue
        x = _LEFT + 34 * column
        kind = f"heat h{min(4, int(5 * value))}{' written' if is_written else ''}"
        cells.append(rectangle(x + 1, y + 1, 32, _ROW - 2, kind))
        cells.append(text(x + 17, y + 14, f"{100 * value:.0f}", kind="cell", anchor="middle"))
    return cells


def _fate_row(name: tuple[str, str], row: str, columns: Sequence[str], index: int) -> list[Markup]:
    """The row of an example; its id leads to it, where the last column has it."""
    y, id_ = _TOP + _ROW * index, name[1]
    label = text(_LEFT - 8, y + 14, shorten(id_), kind="axis", anchor="end")
    cells = [label if row[-1] == " " else element("a", label, href=f"#{link_of(*name)}")]
    for column, letter in enumerate(row):
        if letter == " ":
            continue
        x = _LEFT + 24 * column
        said = f"{id_} at {columns[column]}: {_WORDS[letter]}"
        cells.append(rectangle(x + 1, y + 1, 22, _ROW - 2, f"heat fate-{letter}", said))
        if _SIGNS[letter]:
            cells.append(text(x + 12, y + 14, _SIGNS[letter], kind="cell", anchor="middle"))
    return cells
