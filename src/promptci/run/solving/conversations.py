"""An answer that takes several turns: a user and a prompt that talk, tools that answer between."""

import json
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.run.planning.boundconversation import GREETING, USER_PROMPT, Talk
from promptci.run.planning.task import Task
from promptci.run.planning.toolcode import MOST_SAID
from promptci.run.solved import CALL_LIMIT, TURN_LIMIT, Solved
from promptci.run.solving.judgeestimate import longest_answer
from promptci.run.solving.toolanswers import ConversationTools
from promptci.run.solving.tracing import Trace
from promptci.run.solving.turntext import turn_text
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.message import Message
from promptci.specs.noanswer import why_no_answer
from promptci.specs.request import Asking, Request
from promptci.specs.thoughts import separate_thoughts
from promptci.specs.tokenprice import Usage
from promptci.templates.template import as_text


class _Conversation(Struct):
    """One conversation as it goes on."""

    task: Task
    talk: Talk
    example: Example
    attempt: int
    messages: list[Message]
    tools: ConversationTools
    first: int
    trace: Trace = field(default_factory=Trace)
    said: list[Completion] = field(default_factory=list)
    turns: int = 0
    limit: str = ""

    @property
    def awaits_answer(self) -> bool:
        """Whether the last word is the user's, or a tool's."""
        return bool(self.messages) and self.messages[-1].role in ("user", "tool")


def conversed(task: Task, talk: Talk, example: Example, attempt: int) -> Asking[Solved]:
    """The end of a conversation, with all that was said on the way. Raises `NoVerdict`."""
    messages = list(task.single.render(example.vars, example.files))
    tools = ConversationTools(talk, example)
    state = _Conversation(task, talk, example, attempt, messages, tools, len(messages))
    is_mute = bool(talk.written.turns) and not talk.written.spoken(example.vars)
    if is_mute and not state.awaits_answer:
        yield ()  # whoever drives it expects to be asked once
        raise NoVerdict("there is nothing to say: the conversation has no turn")
    while True:
        if state.awaits_answer or not (talk.written.turns or talk.user):
            goes_on = yield from _reply(state)
            if not goes_on:
                break
        said = yield from _user(state)
        if said is None:
            break
        state.messages.append(Message("user", said))
    return Solved(_ending(state), None, tuple(state.trace.steps), latency=state.trace.latency)


def conversed_at_most(
    task: Task, talk: Talk, example: Example, attempt: int
) -> tuple[Request, ...]:
    """All that a conversation may ask: every turn, every call, and each as long as it may get."""
    opening = tuple(task.single.render(example.vars, example.files))
    written = talk.written
    spoken = written.spoken(example.vars)
    turns = len(spoken) if written.user is None else written.user.at_most
    begins = bool(opening) and opening[-1].role in ("user", "tool")
    replies = turns + begins + (written.most_calls if written.tools else 0)
    words = Message("assistant", longest_answer(task.settings).text)
    heard = [Message("user", _longest_told(talk, example))] * 2
    asked: list[Request] = []
    said = list(opening)
    for _ in range(replies):
        said += heard
        asked.append(Request(task.settings, tuple(said), attempt))
        said.append(words)
    if talk.user is not None:
        told = Message("system", USER_PROMPT + _filled_in(talk, example))
        rest = (told, *said[len(opening) :])
        asked += [Request(talk.user, rest, attempt)] * turns
    return tuple(asked)


def _longest_told(talk: Talk, example: Example) -> str:
    """As long a text as a user or a tool may answer with."""
    tools = talk.written.tools.values()
    said = [as_text(a.say) for tool in tools for a in tool.answers]
    said += [as_text(tool.otherwise) for tool in tools]
    said += talk.written.spoken(example.vars)
    said += ["word " * (MOST_SAID // 5)] if talk.code else []
    if talk.user is not None:
        said.append(longest_answer(talk.user).text)
    return max(said, key=len, default="")


def _filled_in(talk: Talk, example: Example) -> str:
    user = talk.written.user
    assert user is not None
    return user.goal.render(example.vars) + user.knows.render(example.vars)


def _reply(state: _Conversation) -> Asking[bool]:
    """What the prompt says, after as many calls of tools as it makes; whether it goes on."""
    while True:
        number = len(state.said) + 1
        request = Request(
            state.task.settings, tuple(state.messages), state.attempt, step=f"reply {number}"
        )
        answer = yield from state.trace.one(request)
        said = separate_thoughts(answer, state.task.single.thoughts)
        state.said.append(said)
        if why_no_answer(state.task.settings, said, state.task.spec.scored):
            return False
        if not said.tool_calls:
            state.messages.append(Message("assistant", said.text))
            return True
        if not state.talk.written.tools:
            return False
        if not state.tools.has_room(said.tool_calls):
            state.limit = CALL_LIMIT
            return False
        calls, told = yield from state.tools.answers(said.tool_calls)
        more = f'{{"tool_calls": {calls}}}' if calls else ""
        state.messages += [Message("assistant", said.text, more), *told]


def _user(state: _Conversation) -> Asking[str | None]:
    """What the user says next; None at the end.

    Raises `NoVerdict` where its model says nothing, or stops before the prompt was asked.
    """
    written, number = state.talk.written, state.turns
    if written.user is None:
        spoken = written.spoken(state.example.vars)
        if number >= len(spoken):
            return None
        state.turns += 1
        return spoken[number]
    if number >= written.user.at_most:
        state.limit = TURN_LIMIT
        return None
    assert state.talk.user is not None
    state.turns += 1
    messages = (Message("system", _told(state)), *_seen_by_user(state))
    request = Request(state.talk.user, messages, state.attempt, step=f"user {state.turns}")
    answer = yield from state.trace.one(request)
    said = separate_thoughts(answer, "apart")
    why = why_no_answer(state.talk.user, said)
    if why:
        raise NoVerdict(f"user {state.turns}: {why}")
    if written.user.stop not in said.text:
        return said.text
    if not state.said:
        raise NoVerdict(f"user {state.turns}: it stopped before anything was answered")
    return None


def _told(state: _Conversation) -> str:
    """What the model that plays the user is told."""
    user = state.talk.written.user
    assert user is not None
    goal, knows = (text.render(state.example.vars) for text in (user.goal, user.knows))
    filled = {"goal": goal, "knows": knows or "Nothing but what it wants.", "stop": user.stop}
    return USER_PROMPT.format_map(filled)


def _seen_by_user(state: _Conversation) -> Iterator[Message]:
    """The conversation as the user's model sees it: the roles changed round, tools unseen."""
    spoken = [m for m in state.messages if m.role in ("user", "assistant") and m.content]
    if not spoken or spoken[0].role == "user":
        yield Message("user", GREETING)
    for message in spoken:
        role = "assistant" if message.role == "user" else "user"
        yield Message(role, message.content)  # type: ignore[arg-type]  # one of the two


def _ending(state: _Conversation) -> Completion:
    """The last answer, with all calls, what all answers took, and the whole conversation."""
    if not state.said:
        return Completion("", outcome="empty", conversation=_text(state))
    last = state.said[-1]
    costs = [each.cost for each in state.said]
    usage = [each.usage for each in state.said]
    known = [cost for cost in costs if cost is not None]
    made = Usage(sum(u.input_tokens for u in usage), sum(u.output_tokens for u in usage))
    return replace(
        last,
        usage=made,
        cost=sum(known, Decimal(0)) if len(known) == len(costs) else None,
        latency=state.trace.latency,
        finish_reason=state.limit or last.finish_reason,
        tool_calls=json.dumps(state.tools.calls, ensure_ascii=False) if state.tools.calls else "",
        conversation=_text(state),
        state=state.tools.state,
    )


def _text(state: _Conversation) -> str:
    """All that was said after the prompt's own words, for people and judges to read."""
    start = max(0, state.first - 1)
    spoken = [m for m in state.messages[start:] if m.role != "system"]
    return "\n\n".join(map(turn_text, spoken))
