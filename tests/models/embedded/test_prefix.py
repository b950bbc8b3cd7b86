"""How prompts are read: the turns before the last once, and always cut at the same places."""

from collections.abc import Callable, Mapping

import pytest

from promptci.errors import ModelError
from promptci.models.embedded.prefix import SYSTEM, PrefixServer, shared_prefix
from promptci.specs.message import Message


class Reader:
    """A server that counts words as tokens and writes down what it had to read."""

    def __init__(self, *, room: int = 100, template: Callable[[str], str] = lambda text: text):
        self.known: list[str] = []
        self.read: list[str] = []
        self._room, self._template = room, template

    def _take(self, prompt: str, *, reuse: object) -> int:
        words = prompt.split()
        same = 0
        while reuse and same < min(len(words) - 1, len(self.known)):
            if words[same] != self.known[same]:
                break
            same += 1
        self.read.append(" ".join(words[same:]))
        self.known = words
        return same

    def handle_completions(self, body: Mapping[str, object]) -> object:
        assert body["n_predict"] == 0
        prompt = str(body["prompt"])
        if len(prompt.split()) > self._room:
            return {"error": {"message": "too long", "type": "exceed_context_size_error"}}
        self._take(prompt, reuse=body["cache_prompt"])
        usage = {"prompt_tokens": len(prompt.split()), "completion_tokens": 1}
        return {"choices": [{"finish_reason": "length"}], "usage": usage}

    def handle_chat_completions(self, body: Mapping[str, object], keep: Callable[..., bool]):
        same = self._take(self._template(str(body["messages"])), reuse=body["cache_prompt"])
        usage = {"prompt_tokens": len(self.known), "completion_tokens": 1}
        ending = {"delta": {"content": "fine"}, "finish_reason": "stop"}
        keep({"choices": [ending], "usage": usage, "timings": {"cache_n": same}})


def asked(server: PrefixServer, prompt: str, prefix: str) -> str:
    return server.ask({"messages": prompt}, prefix, is_unwanted=lambda: False).text


def test_a_prefix_is_read_once_and_its_last_token_every_time():
    reader = Reader()
    server = PrefixServer(reader)
    assert asked(server, "be kind and say yes", "be kind") == "fine"
    assert reader.read == ["be kind", "kind", "and say yes"]
    asked(server, "be kind and say yes", "be kind")
    asked(server, "be kind and say no", "be kind")
    assert reader.read[3:] == ["kind", "and say yes", "kind", "and say no"]
    assert server.prefix == "be kind"


def test_another_prefix_is_read_from_its_beginning_however_alike_it_is():
    reader = Reader()
    server = PrefixServer(reader)
    asked(server, "be kind and say yes", "be kind")
    asked(server, "be kind and say yes", "be kind and say")
    assert reader.read[3:] == ["be kind and say", "say", "yes"]


@pytest.mark.parametrize(
    ("reader", "prefix"),
    [
        (Reader(), ""),
        (Reader(room=1), "be kind"),
        (Reader(template=lambda text: f"always {text}"), "be kind"),
    ],
    ids=["no turn before", "too long", "the template writes it otherwise"],
)
def test_where_nothing_can_be_reused_all_is_read_at_once_every_time(reader, prefix):
    server = PrefixServer(reader)
    for _ in range(2):
        assert asked(server, "be kind and say yes", prefix) == "fine"
        assert reader.read[-1].endswith("be kind and say yes")
        assert server.prefix == ""


def test_who_wants_no_answer_any_more_is_not_asked():
    reader = Reader()
    with pytest.raises(ModelError, match="stopped before it had answered"):
        PrefixServer(reader).ask({"messages": "a b"}, "a", is_unwanted=lambda: True)
    assert reader.read == ["a"]


def test_the_template_adds_a_system_turn_where_there_is_none():
    user, model = Message("user", "Hi"), Message("assistant", "Hello")
    assert shared_prefix([user]) == f"<|im_start|>system\n{SYSTEM}<|im_end|>\n"
    assert shared_prefix([Message("system", "Be kind."), user, model, user]) == (
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\nHello<|im_end|>\n"
    )
    assert shared_prefix([Message("system", "Be kind.")]) == ""
