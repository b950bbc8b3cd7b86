"""Pictures that a page of one eval does not have."""

import re

from msgspec.structs import replace

from promptci.judges.agreement import Agreement, Judged
from promptci.judges.humanlabels import Human
from promptci.judges.judgeresult import JudgeResult
from promptci.judges.judgeset import Floors
from promptci.records.record import Score
from promptci.render.html.headline import headline
from promptci.render.html.pictures.costs import cost_figure
from promptci.render.html.pictures.drawing import HEAD
from promptci.render.html.pictures.heatmaps import eval_map, example_map
from promptci.render.html.pictures.matrices import matrix_figures
from promptci.render.html.pictures.reliability import reliability_figure
from promptci.render.html.pictures.scores import score_figure
from promptci.render.json.measures import ClassesV1
from promptci.render.json.page.parts import (
    PageEvalJudgeV1,
    PastCommitV1,
    PastFatesV1,
    PastScoreV1,
)
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
    asked = PageEvalJudgeV1(scorer="rubric", golden="tone", judged=4, agreed=3)
    evals = [replace(each, judges=[asked]) for each in page_of().evals]
    [judge] = judges(JudgeResult((("tone", agreement),)), evals)
    assert judge.evals == ["router"]
    assert (judge.outputs, judge.judged, judge.agreed) == (5, 4, 3)
    assert [(each.n, round(each.people, 2)) for each in judge.bins] == [(1, 0.0), (3, 0.67)]
    read = Read(reliability_figure(judge))
    assert [name for name, _ in read.elements].count("circle") == 2
    assert "Agrees with people on 3 of 4 outputs. 1 have no stored verdict." in read.words
    shown = headline(replace(page_of(), judges=[judge]))
    said = "Judges against people: tone (asked by router) says of 3 of 4 outputs what they say."
    assert said in Read(shown).words
    links = [each["href"] for name, each in Read(shown).elements if name == "a"]
    assert links == ["#judge-tone"]
    assert dict(read.elements)["figure"]["id"] == "judge-tone"


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


def test_a_map_says_which_never_passed_and_which_come_and_go():
    days = [commit_at(number) for number in range(6)]
    rows = {"hard": "ffffff", "moody": "pfpfpf", "odd/one": "ppffpp", "broken": "pppppf"}
    rows["gone"] = "ff    "
    found = PastFatesV1(eval="router", model="", examples=rows, always=2, left_out=0)
    shown = str(example_map(found, days))
    assert (
        "2 examples always passed. 2 never passed: hard, gone. "
        "2 came and went: moody (5 changes), odd/one (2 changes)."
    ) in shown
    assert 'href="#router/odd%2Fone"' in shown
    assert 'href="#router/gone"' not in shown, "the last commit does not have it"


def test_a_map_has_a_column_for_what_no_commit_holds_yet():
    days = [commit_at(number) for number in range(2)]
    rows = {"hard": "ff", "moody": "pf"}
    found = PastFatesV1(eval="router", model="", examples=rows, always=2, left_out=0)
    shown = str(example_map(found, days, {"hard": "f", "moody": "p", "easy": "f", "sure": "p"}))
    assert "moody now: passed" in shown
    assert "1 fails now and did at no commit: easy." in shown
    shown = str(example_map(found, days, {"hard": "f", "moody": "f", "sure": "p"}))
    assert "now" not in shown, "the last commit says the same"
    shown = str(example_map(found, days, {"moody": "p", "easy": "f"}, called=HEAD))
    assert "moody at the head: passed" in shown
    assert "1 fails at the head and did at no commit: easy." in shown
    assert "now" not in shown, "the files have changed"


def test_a_map_of_scores_has_a_column_for_what_no_commit_holds_yet():
    [found] = page_of().evals
    days = [replace(commit_at(n), scores=[score_at(0.5)]) for n in range(2)]
    none = [replace(commit_at(n), scores=[score_at(0.0)]) for n in range(2)]
    name, new = ("router", "small"), ("new", "small")

    def shown(days=days, **scores):
        heads = {(each, "small"): at(found, score) for each, score in scores.items()}
        return str(eval_map(days, [name, new], frozenset(), heads))

    assert 'href="#evals"' not in shown(none, router=0.0)

    assert 'href="#evals"' not in shown(router=0.5), "the last commit says the same"
    moved = shown(router=0.25)
    assert 'href="#evals"' in moved
    assert re.findall(r'class="cell"[^>]*>(\d+)<', moved) == ["50", "50", "25"]
    assert re.findall(r'class="cell"[^>]*>(\d+)<', shown(router=0.5, new=1.0))[-1] == "100"
    assert re.findall(r'class="cell"[^>]*>(\d+)<', shown(new=0.0)) == ["50", "50", "0"]


def at(found, score):
    return replace(found, head=replace(found.head, score=score))


def test_names_of_rows_stay_where_they_are_and_a_wide_map_has_the_page():
    found = PastFatesV1(eval="e", model="", examples={"hard": "f" * 30}, always=0, left_out=0)
    wide = str(example_map(found, [commit_at(n % 10) for n in range(30)]))
    assert '<figure class="wide">' in wide
    rows, moved = wide.index('class="rows"'), wide.index('class="picture"')
    assert rows < wide.index(">hard<") < moved
    assert "The cells move sideways" in wide
    narrow = replace(found, examples={"hard": "ff"})
    shown = str(example_map(narrow, [commit_at(n) for n in range(2)]))
    assert "wide" not in shown
    assert "sideways" not in shown


def test_costs_of_an_eval_on_two_models_name_them():
    [found] = page_of().evals
    sides = [
        replace(found.head, model=m, cost="0.1", total=20, score=0.9) for m in ("big", "small")
    ]
    evals = [replace(found, eval="e", base=None, head=side) for side in sides]
    assert "1 big head" in str(cost_figure(evals))
    assert "1 e big head" in str(cost_figure([*evals, replace(evals[0], eval="other")]))


def test_of_several_models_the_best_and_the_cheapest_are_told():
    [found] = page_of().evals

    def said(**models):
        evals = [
            replace(found, eval="e", head=replace(found.head, model=m, cost=c, total=20, score=s))
            for m, (c, s) in models.items()
        ]
        return Read(cost_figure(evals)).words

    alike = said(big=("2", 0.9), small=("0.2", 0.9))
    assert "Of 2 models of e , small scores best: 90.0% for $10.00 per 1,000" in alike
    assert "and none costs less." in alike
    apart = said(big=("2", 0.9), small=("0.2", 0.8))
    assert "big scores best: 90.0% for $100.00" in apart
    assert "small costs least: 80.0% for $10.00" in apart
    assert "promptci compare big small says whether" in apart


def test_both_matrices_of_a_few_classes_are_side_by_side():
    [found] = page_of().evals
    for count, is_wide in ((3, False), (9, True)):
        side = replace(found.head, classes=_sorted(count))
        [figure] = matrix_figures(replace(found, base=side, head=side))
        assert ('class="wide"' in figure) == is_wide


def test_costs_are_on_round_figures():
    [found] = page_of().evals
    for cost in ("0.0000123", "0.0047", "0.34", "17"):
        side = replace(found.head, cost=cost, total=20, score=0.9)
        evals = [replace(found, eval=name, base=None, head=side) for name in "ab"]
        ends = re.findall(r">\$([0-9.e-]+)</text>", str(cost_figure(evals)))
        assert 4 <= len(ends) <= 8
        assert {f"{float(end):.0e}"[0] for end in ends[1:2]} <= {"1", "2", "5"}


def test_the_last_point_of_a_score_has_its_name():
    scored = [replace(commit_at(n), scores=[score_at(0.9 + n / 100)]) for n in range(7)]
    shown = str(score_figure("router", "", scored, None))
    assert f">{scored[-1].commit[:7]}</text>" in shown


def commit_at(number):
    return PastCommitV1(
        commit=f"{number}" * 40,
        date="2026-11-29",
        author="Ada",
        subject="s",
        scores=[],
        prompts=[],
        removed=[],
    )


def score_at(score):
    return PastScoreV1(
        eval="router",
        model="small",
        score=score,
        interval=None,
        passed=19,
        total=20,
        version="",
        changed=[],
        model_id="small",
        model_before="small",
        lost=[],
        won=[],
        accepted={},
        was="",
        stale=[],
        damage="",
    )
