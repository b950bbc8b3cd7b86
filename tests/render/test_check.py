"""What `check` prints, as a person reads it."""

import re
import shlex

import pytest
from msgspec.structs import replace

from promptci.check.check import Checked
from promptci.render.acceptance import accept_commands, copied_lines
from promptci.render.markdown.report import comment
from promptci.render.terminal.compare.check import report
from promptci.render.terminal.look import Look
from render import stories
from render.values import BASE, EVAL, compared, files, pair, pairs
from tables import every_row


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("story", ["regression", "stale", "quiet"])
def test_a_check_reads_well(golden, story, width):
    text = report(getattr(stories, story)(), Look(width))
    golden(f"check-{story}-{width}.txt", text)
    assert max(map(len, text.splitlines())) <= width


def test_accepted_losses_that_came_back_are_told():
    one = replace(pair(), accepted=frozenset({"t-05"}))
    text = report(Checked(BASE, compared=(compared({}, {}, of=one),)), Look(80))
    assert "accepted but not lost\n  router / t-05\n" in text
    before = replace(one, known=one.accepted)
    for head, ids in (({}, ("t-05",)), ({"t-05": "other"}, ())):
        found = compared({"t-05": "other"}, head, of=before)
        assert (found.stale_accepted, found.confirmed.comparison.ids("lost")) == (ids, ())


def test_the_command_to_accept_names_what_may_be_accepted():
    one = replace(pair(), accepted=frozenset({"t-01"}))
    found = compared({}, {f"t-{i:02}": "other" for i in range(4)}, of=one)
    assert accept_commands([found]) == ["promptci accept router t-00 t-02 t-03 -m WHY"]
    many = compared({}, {f"t-{i:02}": "other" for i in range(11)})
    assert accept_commands([many]) == ["promptci accept router EXAMPLE -m WHY"]
    assert accept_commands([compared()]) == []


@every_row("id_", ["$(reboot)", "a b", "it's", "; ls", "-x", "--force"])
def test_an_id_is_no_shell_code_and_no_option(id_):
    rows = files(20)["evals/router.jsonl"].replace('"t-03"', f'"{id_}"')
    found = compared({}, {id_: "other"}, of=pair(files(20, **{"evals/router.jsonl": rows})))
    [command] = accept_commands([found])
    words = shlex.split(command)
    assert words[:2] == ["promptci", "accept"]
    assert id_ in words
    if id_.startswith("-"):
        assert words.index("--") < words.index(id_)


@every_row("width", [30, 40, 78])
def test_a_long_command_is_one_command_where_it_is_copied(width):
    command = f"promptci accept router {' '.join(f'ticket-{n:04}' for n in range(9))} 'a b' -m WHY"
    lines = copied_lines(command, width)
    assert shlex.split("\n".join(lines).replace("\\\n", "")) == shlex.split(command)
    assert all(line.endswith(" \\") for line in lines[:-1])
    assert max(map(len, lines)) <= width + 2
    assert copied_lines("promptci accept router a -m WHY", 78) == [
        "promptci accept router a -m WHY"
    ]


def test_more_lost_examples_are_seen_on_the_model_that_lost_them():
    lost = {f"t-{n:02}": "x" for n in range(9)}
    text = report(Checked(BASE, compared=(compared({}, lost),)), Look(100))
    assert "`promptci show router` lists what fails" in text
    tree = files(**{"evals/router.yaml": EVAL + "models: [fake/small, fake/big]\n"})
    found = tuple(compared({}, lost, of=each) for each in pairs(tree, tree))
    text = report(Checked(BASE, compared=found), Look(100))
    for model in ("fake/small", "fake/big"):
        assert f"`promptci show router --model {model}`" in text


def test_evals_are_worst_first_as_in_the_comment():
    checked = stories.regression()
    orders = []
    for compared_ in (checked.compared, checked.compared[::-1]):
        found = replace(checked, compared=compared_)
        screen, page = report(found, Look(200)), comment(found)
        rows = re.findall(r"^✗  (\w+) .*\d  ", screen, re.MULTILINE)
        told = re.findall(r"^(\w+) on fake/\w+: ", screen, re.MULTILINE)
        assert rows == told == sorted(rows, key=page.index)
        orders.append(rows)
    assert orders[0] == orders[1] == ["router", "greet"]


def test_missing_answers_say_why():
    found = compared({}, {"t-00": None, "t-01": None})
    text = report(Checked(BASE, compared=(found,)), Look(100))
    assert "No verdict: the head has no answer to 2 of 20 examples." in text
    assert "router on fake/small: 2 examples: the endpoint gave no answer in 120 s" in text
