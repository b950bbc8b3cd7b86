"""Pictures that a page of one eval does not have."""

from msgspec.structs import replace

from promptci.judges.agreement import Agreement, Judged
from promptci.judges.humanlabels import Human
from promptci.judges.judgeresult import JudgeResult
from promptci.judges.judgeset import Floors
from promptci.records.record import Score
from promptci.render.html.pictures.costs import cost_figure
from promptci.render.html.pictures.matrices import matrix_figures
from promptci.render.html.pictures.reliability import reliability_figure
from promptci.render.json.measures import ClassesV1
from promptci.render.json.page.past import judges
from render.html.pages import Read, page_of


def test_a_judge_s_scores_are_drawn_against_people_s():
    said = [(0.9, 1.0), (1.0, 1.0), (0.95, 0.0), (0.1, 0.0), (None, 1.0)]
    outputs = tuple(
        Judged(
            str(index),
            Human("pass" if human else "fail", human),
            None if score is None else Score(score, score >= 0.5),
        )
        for index, (score, human) in enumerate(said)
    )
    agreement = Agreement(("pass", "fail"), outputs, Floors())
    [judge] = judges(JudgeResult((("tone", agreement),)))
    assert (judge.outputs, judge.judged, judge.agreed) == (5, 4, 3)
    assert [(each.n, round(each.people, 2)) for each in judge.bins] == [(1, 0.0), (3, 0.67)]
    read = Read(reliability_figure(judge))
    assert [name for name, _ in read.elements].count("circle") == 2
    assert "Agrees with people on 3 of 4 outputs. 1 have no stored verdict." in read.words


def _sorted(count):
    """Figures of so many classes; each was taken for the first, as often as its number says."""
    labels = [f"class-{number}" for number in range(count)]
    matrix = [
        [number if not column else 0 for column in range(count + 1)] for number in range(count)
    ]
    found = ClassesV1(accuracy=0.5, macro_f1=0.5, labels=labels, per_class=[], matrix=matrix)
    return {"equals": found}


def test_of_very_many_classes_those_mixed_up_are_listed():
    [found] = page_of().evals
    [figure] = matrix_figures(replace(found, head=replace(found.head, classes=_sorted(300))))
    read = Read(figure)
    assert "pairs mixed up most often, 279 others left out" in read.words
    assert "class-299 class-0 299" in read.words
    assert [name for name, _ in read.elements].count("tr") == 21


def test_labels_of_variants_lie_side_by_side_or_are_left_out():
    [found] = page_of().evals
    side = replace(found.head, cost="0.1", total=20, score=0.9)
    evals = [replace(found, eval=f"e{number}", base=None, head=side) for number in range(9)]
    read = Read(cost_figure(evals))
    places = [(e["x"], e["y"]) for name, e in read.elements if name == "text"]
    assert len(places) == len(set(places))
