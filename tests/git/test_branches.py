"""Every commit is on one line, which the oldest merge that brought it in gives its name."""

from promptci.git.branches import HistoryLine, _name, find_lines
from tables import every_row

# main: m5 m4 m3 m2 m1; m3 merges b2 (b2 b1 m1); m5 merges c1, which forked from b2 and merged d1
GRAPH = {
    "m5": ("m4", "c1"),
    "m4": ("m3",),
    "m3": ("m2", "b2"),
    "m2": ("m1",),
    "m1": (),
    "b2": ("b1",),
    "b1": ("m1",),
    "c1": ("b2", "d1"),
    "d1": ("m1",),
}


def test_lines_and_their_order():
    lines = find_lines(GRAPH, "m5")
    assert [(line.commits, line.merge, line.fork, line.depth) for line in lines.all] == [
        (("m5", "m4", "m3", "m2", "m1"), "", "", 0),
        (("b2", "b1"), "m3", "m1", 1),
        (("c1",), "m5", "b2", 1),
        (("d1",), "c1", "m1", 2),
    ]
    assert list(lines.in_order()) == ["m5", "c1", "d1", "m4", "m3", "b2", "b1", "m2", "m1"]
    assert list(lines.before("c1")) == ["b2", "b1", "m1"]
    assert list(lines.before("m1")) == []


def test_a_history_that_is_cut_short():
    lines = find_lines({"b": ("a",)}, "b")
    assert list(lines.in_order()) == ["b"]
    assert list(lines.before("b")) == []


@every_row(
    ("subject", "side", "name"),
    [
        ("Merge branch 'topic'", 1, "topic"),
        ("Merge branch 'topic' into 'main'", 1, "topic"),
        ("Merge remote-tracking branch 'origin/x'", 1, "origin/x"),
        ("Merge branches 'a', 'b' and 'c'", 2, "b"),
        ("Merge pull request #12 from ada/fix/router", 1, "fix/router"),
        ("Merged in feature/y (pull request #3)", 1, "feature/y"),
        ("Merged PR 77: words", 1, "PR 77"),
        ("Ship it", 1, "abcdef1^2"),
        ("Merge branch 'topic'", 2, "abcdef1^3"),
    ],
)
def test_what_a_merge_calls_a_branch(subject, side, name):
    assert _name(subject, HistoryLine((), "abcdef1234", side)) == name
