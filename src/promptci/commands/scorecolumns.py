"""What `--scores` is given of a table: its columns, and the largest score."""

from typing import Any, BinaryIO, TypeVar

import click

from promptci.commands.display import say
from promptci.commands.options import giving
from promptci.compare.experiments.scoretable import ScoreTable
from promptci.parsing.headerline import LEFT_OUT, leaves_out_numbers
from promptci.parsing.source import Mark

T = TypeVar("T", bound=ScoreTable)

score_column_options = giving(
    click.option(
        "--score-column",
        multiple=True,
        metavar="COLUMN",
        help="A column of scores, `*` being any part of its name.  [repeatable; default: score, "
        "accuracy or reward, else all whose names have that at an end, as `llama_acc`]",
    ),
    click.option(
        "--by",
        multiple=True,
        metavar="COLUMN",
        help="Report on each value of this column by itself.  [repeatable; default: model]",
    ),
    click.option(
        "--out-of",
        type=click.FloatRange(0, min_open=True),
        default=1.0,
        metavar="N",
        help="The largest score that there may be: 100 for percent.  [default: 1]",
    ),
)
"""The options of commands that take a table of scores."""


def score_table(
    kind: type[T], file: BinaryIO, path: str, options: dict[str, Any], **further: Any
) -> T:
    """The table that these options describe; says on stderr which column of it is left out."""
    begins = file.readline(1 << 20).decode("utf-8", "replace")
    if leaves_out_numbers(begins):
        say(str(Mark(path, 1, 1).warning(LEFT_OUT)))
    return kind(
        file=file,
        path=path,
        score=options["score_column"],
        by=options["by"],
        out_of=options["out_of"],
        label=options["name"] or "",
        **further,
    )
