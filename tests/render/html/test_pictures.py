"""Pictures that a page of one eval does not have."""

from promptci.judges.agreement import Agreement, Judged
from promptci.judges.humanlabels import Human
from promptci.judges.judgeresult import JudgeResult
from promptci.judges.judgeset import Floors
from promptci.records.record import Score
from promptci.render.html.pictures.reliability import reliability_figure
from promptci.render.json.page.past import judges
from render.html.pages import Read


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
