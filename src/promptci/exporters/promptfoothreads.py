"""Conversations for promptfoo: a chat that repeats `_conversation`, and a test for each turn."""

import json
from collections.abc import Iterator, Mapping, Sequence

from promptci.exporters.exported import ExportedEval
from promptci.parsing.source import Plain
from promptci.specs.answerer import plain_prompt
from promptci.specs.evalspec import Example

TURN = "turn"
"""The variable that holds what the user says."""
_REPEATED = """\
{% for completion in _conversation %}
 {"role": "user", "content": {{ completion.input | dump }}},
 {"role": "assistant", "content": {{ completion.output | dump }}},
{% endfor %}
 {"role": "user", "content": {{ turn | dump }}}
]"""


def why_not_held(each: ExportedEval) -> str:
    """Why promptfoo cannot hold an eval's conversations; empty where it can."""
    talk = each.task.talk
    if talk is None or not (talk.user is not None or talk.written.tools):
        return ""
    what = "tools that the eval answers" if talk.written.tools else "a user that a model plays"
    return f"`{each.name}` has {what}, for which promptfoo has no place: left out"


def thread_prompt(messages: Sequence[Plain]) -> str:
    """The chat: what precedes the first turn, what was said since, and the turn."""
    opening = messages[:-1] if _is_asked(messages) else messages
    lines = [f" {json.dumps(each, ensure_ascii=False)},\n" for each in opening]
    return f"[\n{''.join(lines)}{_REPEATED}"


def _is_asked(messages: Sequence[Plain]) -> bool:
    last = messages[-1] if messages else None
    return isinstance(last, dict) and last.get("role") == "user"


def thread_tests(
    each: ExportedEval, example: Example, test: Mapping[str, Plain]
) -> Iterator[dict[str, Plain]]:
    """A test for each turn of an example; the last is the example's own, with its assertions."""
    talk, prompt = each.task.talk, plain_prompt(each.task.prompt, "this form")
    assert talk is not None
    said = talk.written.spoken(example.vars)
    last = prompt.turns[-1] if prompt.turns else None
    if last is not None and last.role == "user":
        said = [last.content.render(example.vars), *said]
    given = test["vars"]
    assert isinstance(given, dict)
    metadata = test.get("metadata", {})
    assert isinstance(metadata, dict)
    for number, text in enumerate(said, 1):
        about: dict[str, Plain] = {**metadata, "conversationId": example.id}
        made: dict[str, Plain] = {"vars": {**given, TURN: text}, "metadata": about}
        if "options" in test:
            made["options"] = test["options"]
        if number == len(said):
            yield {**test, **made}
        else:
            yield {"description": f"{example.id}, turn {number}", **made}
