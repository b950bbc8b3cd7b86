"""What promptfoo's assertions have no place for is said."""

import pytest

from promptci.exporters.exported import Exported
from promptci.exporters.promptfooassertions import promptfoo_assertion


@pytest.mark.parametrize(
    ("scorer", "made", "words"),
    [
        ({"contains": {"value": "a", "ignore_case": True}}, "icontains", ""),
        ({"equals": {"ignore_case": True}}, "equals", "`ignore_case` of `equals`"),
        ({"equals": {"extract": {"json": "a"}}}, "equals", "`extract` of `equals`"),
        ({"equals": {"ignore_case": False}}, "equals", ""),
        ({"regex": r"(?<=a)b"}, "regex", ""),
        ({"regex": r"(?i)b"}, "regex", "JavaScript reads the pattern"),
        ({"regex": r"\p{L}"}, "regex", "JavaScript reads the pattern"),
        ({"rubric": {"criteria": "c", "model": "smollm2"}}, "llm-rubric", "cannot ask `smollm2`"),
    ],
)
def test_options_without_a_place_are_named(scorer, made, words):
    found = Exported()
    assertion = promptfoo_assertion(scorer, found=found)
    assert assertion is not None
    assert assertion["type"] == made
    assert words in "\n".join(found.remarks)
    assert bool(found.remarks) is bool(words)


def test_a_judge_is_carried():
    scorer = {"rubric": {"criteria": "c", "model": "openai/gpt-6-luna"}}
    assertion = promptfoo_assertion(scorer, found=Exported())
    assert assertion is not None
    assert assertion["provider"] == "openai:chat:gpt-6-luna"
