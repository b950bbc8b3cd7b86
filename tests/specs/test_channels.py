"""The channels of gpt-oss, where a server lets their marks through."""

from promptci.specs.channels import by_channel
from tables import every_row

CALL = '<|channel|>commentary to=functions.find <|constrain|>json<|message|>{"a": 1}<|call|>'


@every_row(
    ("text", "thoughts", "answer"),
    [
        ("plain text", "", "plain text"),
        ("<|channel|>analysis<|message|>Hm.<|end|>Yes", "Hm.", "Yes"),
        (
            "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes",
            "Hm.",
            "Yes",
        ),
        ("<|channel|>commentary<|message|>I look.<|end|>" + CALL, "I look.", CALL),
        ("<|channel|>final<|message|>Yes<|return|>", "", "Yes"),
        ("<|channel|>other<|message|>Yes", "", "<|channel|>other<|message|>Yes"),
    ],
)
def test_the_final_channel_and_calls_are_the_answer(text, thoughts, answer):
    found = by_channel(text)
    assert tuple(map("".join, found)) == (thoughts, answer)
