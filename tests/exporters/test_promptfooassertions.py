"""What promptfoo's assertions have no place for is said."""

from promptci.exporters.exported import Exported
from promptci.exporters.promptfooassertions import promptfoo_assertion
from tables import every_row


@every_row(
    ("scorer", "made", "words"),
    [
        ({"contains": {"value": "a", "ignore_case": True}}, "icontains", ""),
        ({"equals": {"ignore_case": True}}, "javascript", ""),
        ({"equals": {"normalise": True}}, "equals", "`normalise` of `equals`"),
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


@every_row(
    ("scorer", "expected", "made"),
    [
        ({"length": {"min": 2, "max": 9}}, "x", "output.length >= 2 && output.length <= 9"),
        ({"equals": {"ignore_case": True}}, "Yes", 'output.toLowerCase() === "yes"'),
        ("equals", ["a", 'b"c'], '["a", "b\\"c"].includes(output)'),
        ({"equals": {"not": True, "ignore_case": True}}, "no", '!(output.toLowerCase() === "no")'),
        ("ends_with", "{{expected}}", "output.endsWith(context.vars.expected)"),
        ({"regex": {"pattern": "a/b", "ignore_case": True}}, "x", r"/a\/b/i.test(output)"),
        (
            {"any_of": ["equals", {"contains": {"value": "x", "not": True}}]},
            "y",
            'output === "y" || !(output.includes("x"))',
        ),
    ],
)
def test_short_scripts_say_what_promptfoo_has_no_assertion_for(scorer, expected, made) -> None:
    found = Exported()
    assertion = promptfoo_assertion(scorer, found=found, expected=expected)
    assert assertion == {"type": "javascript", "value": made}
    assert found.remarks == []


def test_sets_and_several_texts() -> None:
    found = Exported()

    def made(scorer, expected="x"):
        return promptfoo_assertion(scorer, found=found, expected=expected)

    parts = {"scorers": [{"contains": "a"}, "is_json"], "threshold": 0.5}
    inner = [{"type": "contains", "value": "a"}, {"type": "is-json"}]
    assert made({"all_of": parts}) == {"type": "assert-set", "assert": inner, "threshold": 0.5}
    assert found.remarks == []
    assert made("contains", ["a", "b"]) == {"type": "contains-any", "value": ["a", "b"]}
    assert made({"any_of": parts["scorers"]})["threshold"] == 0.5
    assert "scores the mean" in found.remarks[0]
    assert made({"any_of": ["numeric", "equals"]}) is None
    assert made({"not": {"length": {"max": 3}}}) is None
    assert made({"equals": {"ignore_case": True, "value": "ß"}})["type"] == "equals"
    assert "left out" in found.remarks[2]
    assert "`ignore_case` of `equals` has no counterpart" in found.remarks[-1]
