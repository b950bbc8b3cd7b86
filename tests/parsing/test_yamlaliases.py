"""Aliases of a YAML file: what they name, how many there may be, and what is wrong with them."""

from promptci.parsing.source import Mark, Node
from promptci.parsing.yamlaliases import MAX_ALIASES, Anchors

VALUE = Node("x", Mark("a.yaml", 1, 1))


def test_an_alias_names_the_last_value_of_its_name():
    anchors, later = Anchors(), Node("y", Mark("a.yaml", 2, 1))
    anchors.add("a", VALUE)
    assert anchors.named("a").node is VALUE
    anchors.add("a", later, size=7, height=2)
    found = anchors.named("a")
    assert (found.node, found.size, found.height) == (later, 7, 2)


def test_what_is_not_there_or_not_whole_is_told():
    anchors = Anchors()
    anchors.begin("whole")
    assert anchors.named("whole").startswith("`*whole` refers to the value it is part of")
    assert anchors.named("none").startswith("`*none` refers to nothing: define `&none` above")


def test_no_more_than_so_many_are_followed():
    anchors = Anchors()
    anchors.add("a", VALUE)
    assert all(anchors.named("a").node is VALUE for _ in range(MAX_ALIASES))
    assert anchors.named("a") == f"more than {MAX_ALIASES} aliases: write the values out"
