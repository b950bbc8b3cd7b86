"""The steps that an answer took, as titles and texts: question, answer, and what it took."""

from collections.abc import Iterable, Iterator
from math import isnan

from promptci.render import figures
from promptci.run.solved import StepAnswer
from promptci.run.solving.flows.query import query_in_words
from promptci.specs.completion import Completion


def step_turns(trace: Iterable[StepAnswer]) -> Iterator[tuple[str, str]]:
    """Two pairs of a title and a text for each step: its question, and its answer."""
    for each in trace:
        yield f"step {each.step}: {_who(each)}", step_input(each)
        said = each.completion.text or each.completion.tool_calls
        took = taken_text(each.completion) if each.request.asks_model else ""
        yield f"step {each.step}: output{took}", said


def step_input(each: StepAnswer) -> str:
    """What a step was asked: the last message of its prompt, or its query with its parameters."""
    if not each.request.asks_model:
        return query_in_words(each.request)
    return each.request.messages[-1].shown if each.request.messages else ""


def _who(each: StepAnswer) -> str:
    model = each.request.settings.model.name
    return f"asked of {model}" if each.request.asks_model else "queried"


def taken_text(done: Completion) -> str:
    """Tokens, cost and time of one answer, in brackets, and how it ended if otherwise than well."""
    cost = "an unknown cost" if done.cost is None else figures.money(done.cost)
    parts = [f"{done.usage.input_tokens}+{done.usage.output_tokens} tokens", cost]
    parts += [] if isnan(done.latency) else [figures.seconds(done.latency)]
    parts += [] if done.outcome == "ok" else [done.outcome]
    return f" ({', '.join(parts)})"
