"""Spans whose messages are attributes one by one: OpenInference 1.x and OpenLLMetry's earlier."""

from promptci.importers.logged.flatspans import flat_turns
from tables import every_row

OPEN_INFERENCE = {
    "llm.input_messages.10.message.role": "user",
    "llm.input_messages.10.message.content": "Third",
    "llm.input_messages.0.message.role": "system",
    "llm.input_messages.0.message.content": "Route it.",
    "llm.input_messages.2.message.role": "user",
    "llm.input_messages.2.message.contents.0.message_content.type": "text",
    "llm.input_messages.2.message.contents.0.message_content.text": "Ticket: ",
    "llm.input_messages.2.message.contents.1.message_content.text": "card",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "billing",
    "llm.token_count.prompt": None,
}
OPEN_LLMETRY = {
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "Route it.",
    "gen_ai.prompt.2.content": "Ticket: card",
    "gen_ai.prompt.10.content": "Third",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "billing",
    "gen_ai.completion.0.finish_reason": "stop",
}


@every_row("attributes", [OPEN_INFERENCE, OPEN_LLMETRY])
def test_turns_come_in_their_order(attributes) -> None:
    sent, said = flat_turns(attributes)
    assert sent == [
        {"role": "system", "content": "Route it."},
        {"role": "user", "content": "Ticket: card"},
        {"role": "user", "content": "Third"},
    ]
    assert said == [{"role": "assistant", "content": "billing"}]


def test_other_attributes_are_no_turns() -> None:
    assert flat_turns({"gen_ai.prompt": "x", "llm.input_messages.x.message.role": "y"}) == ([], [])
