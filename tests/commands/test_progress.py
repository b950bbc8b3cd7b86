"""The line that says how far a run is."""

import sys
import threading
from io import StringIO
from math import nan

import pytest

from promptci.commands.display import folded
from promptci.commands.observing import TerminalObserver
from promptci.commands.progress import EvalTable, Pace, line
from promptci.commands.refusing import GOES_ON, STARTS_OVER, how_interrupted
from promptci.spending.limits import EvalProgress, Progress


def progress(**more):
    return Progress(**{"total": 1200, "done": 300, "asked": 200, "cached": 100} | more)


def test_the_line_says_how_far_how_fast_how_long_and_how_much():
    from_the_start = "300/1,200  12.5/s  72s left  200 asked, 100 cached  $0"
    assert line(progress(), 12.5) == from_the_start


@pytest.mark.parametrize(
    ("more", "rate", "said"),
    [
        ({}, 0.0, "300/1,200  0.0/s  200 asked, 100 cached  $0"),
        ({}, 2000.0, "300/1,200  2,000/s  0s left  200 asked, 100 cached  $0"),
        ({"has_unknown_cost": True}, 0.0, "300/1,200  0.0/s  200 asked, 100 cached  cost unknown"),
        (
            {"errors": 3},
            0.0,
            "300/1,200  0.0/s  200 asked, 100 cached  $0  3 without answer",
        ),
        (
            {"elsewhere": 8},
            0.0,
            "300/1,200  0.0/s  200 asked, 100 cached  $0  waiting for 8 that another run asks",
        ),
    ],
)
def test_only_what_is_known_is_said(more, rate, said):
    assert line(progress(**more), rate) == said


def test_the_pace_is_that_of_the_last_seconds():
    pace = Pace()
    assert pace.rate(0.0, 0) == 0
    assert pace.rate(1.0, 5000) == 5000  # answers from the cache
    for second in range(2, 30):
        rate = pace.rate(float(second), 5000 + 10 * second)
    assert rate == 10
    assert len(pace.seen) < 15


def test_evals_that_are_done_are_told_in_a_table_before_that_of_all():
    done = [EvalProgress("mood", "small", 22, 24, 0.925), EvalProgress("sql", "small", 0, 1, nan)]
    table = EvalTable([("mood", "small"), ("sql", "small"), ("summary", "small")])
    assert list(table.rows([])) == []
    assert list(table.rows(done[:1])) == [
        "eval     model       passed   score",
        "mood     small        22/24   92.5%",
    ]
    assert list(table.rows(done)) == ["sql      small          0/1"]
    assert list(table.rows(done)) == []
    assert list(table.rows(done * 4))[5:] == ["… 1 more eval"]
    assert len(list(table.rows(done * 7))) == 6
    assert list(table.rows(done * 9)) == []  # so many are not told one by one


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--refresh"], STARTS_OVER),
        (["drift"], STARTS_OVER),
        (["run", "--refresh-judges"], GOES_ON),
        (["check"], GOES_ON),
    ],
)
def test_an_interrupt_says_whether_the_same_command_goes_on(arguments, said):
    assert how_interrupted(arguments) == said


class Terminal(StringIO):
    def isatty(self):
        return True


def test_sentences_are_folded_between_words_on_a_terminal_alone(monkeypatch):
    monkeypatch.setenv("COLUMNS", "24")
    said = "asking up to 152 requests\n  at most about $0.0167"
    assert folded(said, StringIO()) == said
    assert folded(said, Terminal()) == "asking up to 152\nrequests\n  at most about $0.0167"


def test_a_remark_takes_the_place_of_the_live_line_in_one_write(monkeypatch):
    written = []

    class Screen(Terminal):
        def write(self, text):
            written.append(text)
            return super().write(text)

    for name in ("CI", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", Screen())
    TerminalObserver().remark("asking up to 3 requests")
    [shown] = filter(None, written)  # before a second one a redrawn line could come
    assert shown == "\r\x1b[Kasking up to 3 requests\n"


def test_what_shows_the_result_is_loaded_while_answers_are_awaited(monkeypatch, tmp_path, capsys):
    for name in ("shows_the_result", "shows_more"):
        (tmp_path / f"{name}.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    observer = TerminalObserver()
    observer.expecting("shows_the_result", "is_not_installed", "shows_more")
    assert "shows_the_result" not in sys.modules
    observer.asking([])
    [loader] = (each for each in threading.enumerate() if isinstance(each, threading.Timer))
    loader.join()
    assert "shows_the_result" in sys.modules
    assert "shows_more" not in sys.modules  # whoever needs the one before says what is wrong
    assert capsys.readouterr().err.startswith("asking up to 0 requests")
