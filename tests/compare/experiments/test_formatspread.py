"""Result files of FormatSpread: the accuracies of formats, and what they differ in."""

import json
from io import BytesIO
from itertools import product
from statistics import fmean

import pytest

from promptci.compare.experiments.formatscores import FormatTable, read_format_scores
from promptci.compare.experiments.formatspread import spread_rows
from promptci.errors import SpecError
from promptci.render.terminal.experiments.sensitivity import report
from promptci.render.terminal.look import Look
from tables import every_row

SEPARATORS, CASES = (": ", " - ", "\n"), ("as written", "upper")
OWN = "Passage: {}\nAnswer: {}"


def written(*, untried=0):
    """A file as its `save` writes it: capitals cost 20 points, some formats were never drawn."""
    accuracies, chosen = {OWN: [0.9, 0.1, 1000]}, {OWN: [None]}
    for number, (separator, case) in enumerate(product(SEPARATORS, CASES)):
        text = f"P{separator}{{}} {case} {number}"
        right = 0.7 - 0.2 * (case == "upper") + 0.01 * SEPARATORS.index(separator)
        accuracies[text], chosen[text] = [right, 1 - right, 1000], [[separator, case], ["", ""]]
    for number in range(untried):
        accuracies[f"U{number}"], chosen[f"U{number}"] = [0, 0, 0], [[": ", "upper"]]
    metadata = {"bit_representations": chosen, "nodes": {OWN: [{"answer": "x"}]}}
    order = {text: number for number, text in enumerate(accuracies)}
    key = "all_structured_prompt_formats_accuracies"
    return {"generation_order": order, "edges": [], key: accuracies, "metadata": metadata}


def read(document):
    file = BytesIO(json.dumps(document).encode())
    [found] = read_format_scores(FormatTable(file, "task.json"))
    return found


@every_row("untried", [0, 5])
def test_the_spread_is_that_of_the_formats_that_were_tried(untried):
    found = read(written(untried=untried))
    scores = [0.9, *(0.7 - 0.2 * upper + 0.01 * n for n in range(3) for upper in (0, 1))]
    assert len(found.formats) == 7
    assert found.spread == pytest.approx(max(scores) - min(scores))
    assert found.mean == pytest.approx(fmean(scores))


def test_axes_are_told_by_what_was_chosen_and_the_own_format_tells_nothing_of_them():
    found = read(written())
    assert [axis.name for axis in found.axes] == ["axis 2", "axis 1"]
    case, separator = found.axes
    assert case.range == pytest.approx(0.2)
    assert separator.range == pytest.approx(0.02)
    assert set(case.scores) == {*CASES}
    assert "Passage: {}\\nAnswer: {}" in report([found], Look(width=200))


def test_one_format_that_was_tried_is_no_spread():
    document = written(untried=3)
    key = "all_structured_prompt_formats_accuracies"
    document[key] = {t: a for t, a in document[key].items() if t == OWN or t[0] == "U"}
    with pytest.raises(SpecError, match="there is one format alone"):
        read(document)


@every_row(
    "text",
    [
        '{"accuracy": 1, "note": "all_structured_prompt_formats_accuracies"}',
        '{"all_structured_prompt_formats_accuracies": {"a": "b"}}',
        '{"all_structured_prompt_formats_accuracies": [1]}',
        '{"all_structured_prompt_formats_accuracies": {"a": [1, 2',
    ],
)
def test_other_files_are_none_of_these(text):
    assert spread_rows(text.encode()) is None
