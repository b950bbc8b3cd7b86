"""Annotations on the lines of files: few, the worst first, and none that a text smuggles in."""

import re

from hypothesis import example, given
from msgspec.structs import replace

from promptci.check.check import Checked
from promptci.check.verification import Stale
from promptci.render.annotations import report
from properties import usually
from render import stories
from render.hostile import HOSTILE, TEXTS
from render.test_markdown import laced
from render.values import BASE, EVAL, compared, files, fresh, pair, pairs
from tables import every_row

LOST = compared({}, {"t-00": "other"})


def commands(text):
    """What the runner reads: kind, properties and message of each line that is a command."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        match = re.match(r"\s*::([^:]*)::(.*)$", line)
        if match:
            kind, _, properties = match[1].partition(" ")
            found.append((kind, properties, match[2]))
        assert match or "##[" not in line
    return found


def test_a_check_reads_well(golden):
    golden("annotations.txt", report(stories.regression()))


def test_a_quiet_check_says_nothing():
    assert report(stories.quiet()) == ""


def test_a_loss_is_put_where_the_change_is():
    edited = pair(files(**{"prompts/router.yaml": stories.PROMPT_V2}), files())
    [(_, where, text)] = commands(
        report(Checked(BASE, compared=(compared({}, {"t-00": "x"}, of=edited),)))
    )
    assert where == "file=prompts/router.yaml,line=1,title=router%3A net_loss"
    assert text == "Lost 1 and won 0 of 20, more than the tolerance of 2.0%25. Lost: t-00."
    [(_, where, _)] = commands(report(Checked(BASE, compared=(LOST,))))
    assert where.startswith("file=evals/router.yaml,line=1,")


def test_an_eval_on_several_models_is_told_with_its_model():
    tree = files(**{"evals/router.yaml": EVAL + "models: [fake/small, fake/big]\n"})
    found = tuple(compared({}, {"t-00": "x"}, of=each) for each in pairs(tree, tree))
    titles = [
        where.rpartition("title=")[2]
        for _, where, _ in commands(report(Checked(BASE, compared=found)))
    ]
    assert titles == ["router on fake/small%3A net_loss", "router on fake/big%3A net_loss"]


def test_a_missed_floor_is_put_on_the_gate():
    tree = files(**{"evals/router.yaml": EVAL + "gate:\n  min_score: 0.99\n  tolerance: 0.5\n"})
    found = compared({}, {"t-00": "other"}, of=pairs(tree, tree)[0])
    [(kind, where, _)] = commands(report(Checked(BASE, compared=(found,))))
    assert kind == "error"
    assert re.match(r"file=evals/router.yaml,line=[45],", where)


def test_a_project_below_the_top_is_put_in_its_folder():
    [(_, where, _)] = commands(report(stories.stale(), "services/bot/"))
    assert where.startswith("file=services/bot/evals/router.scores.yaml,line=1,")


def test_flaky_examples_are_only_noticed():
    found = compared({}, {"t-00": "other"}, flaky=["t-00"])
    checked = Checked(BASE, compared=(replace(found, blocks=()),))
    [(kind, _, text)] = commands(report(checked))
    assert (kind, text) == ("notice", "`t-00` flipped, but not each time it was asked")


@every_row(("count", "shown"), [(9, 9), (10, 10), (11, 10), (500, 10)])
def test_ten_of_a_kind_are_shown_and_the_last_counts_the_rest(count, shown):
    stale = tuple(Stale(f"{i}", "m", "why", "cure") for i in range(count))
    flaky = tuple(("router", "m", f"t-{i}") for i in range(count))
    found = commands(report(Checked(BASE, stale=stale, flaky=flaky)))
    assert [kind for kind, _, _ in found] == ["error"] * shown + ["notice"] * shown
    if count > shown:
        assert found[shown - 1][2] == f"and {count - 9} more"


def test_the_worst_comes_first():
    checked = Checked(
        BASE,
        compared=(LOST, compared({}, {f"t-{i:02}": "x" for i in range(9)})),
        stale=(Stale("a", "m", "why", "cure"),),
        notes=("a note",),
        flaky=(("router", "m", "t-01"),),
    )
    found = commands(report(checked))
    assert [kind for kind, _, _ in found] == ["error"] * 4 + ["warning", "notice"]
    assert "regressed" in found[0][1]
    assert "stale" in found[3][1]


def test_a_missing_answer_is_an_error_too():
    checked = Checked(
        BASE,
        compared=(compared({}, {"t-00": None}),),
        fresh=(fresh(answers={"t-00": None}),),
        unknown=(("greet", "m"),),
    )
    texts = [text for _, _, text in commands(report(checked))]
    assert "No verdict: the head has no answer to 1 of 20 examples." in texts
    assert "brand-new on fake/small: no answer to 1 of 4 examples" in texts


@usually(40)
@given(TEXTS)
@example("\n".join(HOSTILE))
def test_no_text_adds_a_command_or_a_property(text):
    found, plain = commands(report(laced(text))), commands(report(laced("plain")))
    assert [kind for kind, _, _ in found] == [kind for kind, _, _ in plain]
    for _, properties, message in found:
        assert set(re.findall(r"(?:^|,)(\w+)=", properties)) <= {"file", "line", "title"}
        assert "::" not in message
        assert "##[" not in message
