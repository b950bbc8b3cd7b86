"""A row per eval and model: both scores, what was lost and won, the verdict."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from promptci.compare.compared import Compared
from promptci.render import figures
from promptci.render.figures import counted
from promptci.render.named import model_names
from promptci.render.sentences import verdict_sentence
from promptci.render.terminal.lines import Line, Part, Rows

if TYPE_CHECKING:
    from promptci.compare.outcomes.outcome import EvalOutcome

MOST_BRIEF = 30
"""Evals of which what blocks is said, beside those that are shown whole."""

MOST_ROWS = 20
"""Evals that all have a row; of more those in which anything moved."""

_COLUMNS = {
    "": "left",
    "eval": "left",
    "model": "left",
    "base": "right",
    "head": "right",
    "change": "right",
    "lost": "right",
    "won": "right",
    "flaky": "right",
    "verdict": "left",
}
VERDICTS = {
    "regressed": "bold red",
    "blocked": "bold red",
    "improved": "bold green",
    "no verdict": "bold yellow",
}
"""What a verdict looks like; others are plain."""

_COLOURS = {"lost": "red", "won": "green", "flaky": "yellow"}


def changes_parts(found: Sequence[Compared], fresh: "Sequence[EvalOutcome]" = ()) -> Iterator[Part]:
    """The table, worst first, and of many evals how many are left out as nothing moved in them."""
    is_long = len(found) + len(fresh) > MOST_ROWS
    shown = [each for each in worst_first(found) if not is_long or not _is_still(each)]
    if shown or fresh:
        yield changes_table(shown, fresh)
        if len(shown) < len(found):
            rest = counted(len(found) - len(shown), "more eval")
            yield Line(f"… {rest}: nothing lost, nothing won")


def _is_still(found: Compared) -> bool:
    """Whether nothing at all moved, and nothing is open but whether there are enough examples."""
    is_quiet = found.judgement.verdict in ("no worse", "underpowered") and not found.is_undecided
    ids = found.confirmed.comparison.ids
    moved = any(ids(fate) for fate in ("lost", "won", "flaky", "error"))
    return is_quiet and not found.blocks and not moved and not found.judgement.delta


def changes_table(found: Sequence[Compared], fresh: "Sequence[EvalOutcome]" = ()) -> Rows:
    """The evals that were compared, then the new ones; columns that tell nothing are left out."""
    rows = [
        dict(zip(_COLUMNS, cells, strict=True))
        for cells in (*map(compared_cells, found), *map(fresh_cells, fresh))
    ]
    columns = {title: side for title, side in _COLUMNS.items() if _tells(title, rows)}
    return Rows(
        columns, [[(row[title], _style(title, row[title])) for title in columns] for row in rows]
    )


def compared_cells(found: Compared) -> tuple[str, ...]:
    """One comparison as cells, the first a mark; a score that is not known is `-`."""
    scores, ids = found.judgement.scores, found.confirmed.comparison.ids
    is_known = found.judgement.n > 0
    return (
        "✗" if found.blocks else "",
        found.title,
        model_names(found),
        figures.share(scores.base) if is_known else "-",
        figures.share(scores.head) if is_known else "-",
        figures.points(scores.delta) if is_known else "-",
        str(len(ids("lost"))),
        str(len(ids("won"))),
        str(len(ids("flaky"))),
        _outcome(found),
    )


def fresh_cells(outcome: "EvalOutcome") -> tuple[str, ...]:
    """An eval that the base does not have."""
    record = outcome.record
    score = figures.share(record.score) if record.total > record.errors else "-"
    mark, word = ("✗", "blocked") if outcome.failures else ("", "new")
    word = "no verdict" if outcome.is_undecided else word
    return mark, record.eval, record.model, "-", score, "new", "", "", "", word


def worst_first(found: Sequence[Compared]) -> list[Compared]:
    """Comparisons by weight: what must pass and is lost, what regressed, what is open, the rest."""

    def place(each: Compared) -> tuple[bool, bool, bool, bool, float]:
        rules = {block.rule for block in each.blocks}
        return (
            "must_pass" not in rules,
            "regressed" not in rules,
            not rules,
            not each.is_undecided,
            each.judgement.delta if each.judgement.n else 0.0,
        )

    return sorted(found, key=place)


def in_brief(found: Sequence[Compared], see: str) -> Iterator[Line]:
    """Comparisons of which only is said what blocks; `see` says how to see all of one."""
    for each in found[:MOST_BRIEF]:
        whys = [block.why for block in each.blocks] or [verdict_sentence(each)]
        mark, style = ("✗ ", "red") if each.blocks else ("", "")
        yield Line(f"{mark}{each.title} on {model_names(each)}: {'; '.join(whys)}", style)
    if len(found) > MOST_BRIEF:
        yield Line(f"… {counted(len(found) - MOST_BRIEF, 'more eval')} like these")
    if found:
        yield Line(see)


def blocked(reasons: Iterable[str]) -> Iterator[Line]:
    """A line per reason why a change may not pass."""
    return (Line(f"✗ {why}", "red") for why in reasons)


def claim(found: Compared) -> str:
    """The verdict in a word or two."""
    lacks = found.base.is_undecided or found.head.is_undecided
    if lacks or found.open_loss:
        return "no verdict"
    return figures.verdict_word(found.judgement.verdict, is_untouched=found.is_untouched)


def _outcome(found: Compared) -> str:
    """The claim, or that it blocks for another reason, which is what a reader must know first."""
    word = claim(found)
    return "blocked" if found.blocks and word not in ("regressed", "no verdict") else word


def _tells(title: str, rows: Sequence[Mapping[str, str]]) -> bool:
    cells = {row[title] for row in rows}
    if title == "model":
        return len(cells) > 1
    return title not in ("", "flaky") or not cells <= {"", "0"}


def _style(title: str, cell: str) -> str:
    """Colour only where something happened."""
    if title == "verdict":
        return VERDICTS.get(cell, "")
    if title == "":
        return "bold red"
    return _COLOURS.get(title, "") if cell not in ("", "0") else ""
