"""One text changed inside a YAML file, all else as it was."""

import pytest
import yaml

from promptci.errors import RequestError
from promptci.parsing.yamledit import with_text
from tables import every_row

PLACE = ("messages", 0, "content")

FORMS = {
    "plain": "messages:\n  - role: system\n    content: Sort it.  # why\n    name: x\n",
    "quoted": 'messages:\n  - {role: system, content: "Sort, it", name: x}\n# end\n',
    "folded": "messages:\n  - role: system\n    content: >-\n      Sort\n      it.\n    name: x\n",
    "literal": "messages:\n- content: |\n    Sort\n    it.\n\n  role: system\n  name: x\n",
    "last": "# top\nmessages:\n  - role: system\n    name: x\n    content: Sort it.\n",
}


TEXTS = (
    "Name it.",
    "yes",
    "a: b # c",
    'Say "x"',
    "Two\nlines",
    "# no comment\n\n  deeper",
    "ä\\n{{ x }}",
)


@every_row("form", FORMS)
@every_row(
    "text",
    [
        "Name it.",
        "yes",
        "a: b # c",
        'Say "x"',
        "Two\nlines",
        "# no comment\n\n  deeper",
        "ä\\n{{ x }}",
    ],
)
def test_only_the_text_changes(form, text):
    source = FORMS[form]
    made = with_text(source, "p.yaml", PLACE, text)
    before, after = (yaml.safe_load(each)["messages"][0] for each in (source, made))
    assert after == {**before, "content": text}
    assert [c for c in ("# why", "# end", "# top") if c in source] == [
        c for c in ("# why", "# end", "# top") if c in made
    ]


def test_several_lines_are_a_block_and_one_is_plain():
    assert with_text(FORMS["plain"], "p.yaml", PLACE, "Name it.").splitlines()[2] == (
        "    content: Name it.  # why"
    )
    made = with_text(FORMS["last"], "p.yaml", PLACE, "One\n\nTwo")
    assert made.endswith("    content: |-\n      One\n\n      Two\n")


@every_row("place", [("messages", 1, "content"), ("messages",), ("x", "y")])
def test_a_place_without_a_text_is_refused(place):
    with pytest.raises(RequestError, match="cannot be changed in place"):
        with_text(FORMS["plain"], "p.yaml", place, "x")
