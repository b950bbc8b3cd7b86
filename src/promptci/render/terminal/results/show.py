"""Everything stored of a result, for people and for programs."""

from collections.abc import Iterator, Sequence
from math import isnan
from shlex import quote

from rich.console import RenderableType

from promptci.render import figures
from promptci.render.stepstext import steps_text
from promptci.render.steptrace import step_turns
from promptci.render.stored import Listed, Shown
from promptci.render.terminal.look import Look
from promptci.render.terminal.results.judgements import judgement_parts
from promptci.render.terminal.screen import draw, labelled, table, text
from promptci.run.logged.logformat import Line
from promptci.run.logged.runlog import Unfinished
from promptci.run.solving.turntext import calls_text
from promptci.secrets.safetext import on_one_line
from promptci.specs.request import Request
from promptci.templates.template import as_text

MOST_PASSED = 20
"""Passed examples that are listed; of more only the number is said."""

_NAMES = ("eval", "model")
_ROOM = 24
"""Characters of an eval's and a model's name for which the table has room."""
_STYLES = {"pass": "green", "fail": "red", "error": "yellow"}
_COLUMNS = {"eval": "left", "model": "left", "example": "left", "result": "left", "score": "right"}


def listing(
    listed: Sequence[Listed], cut: Unfinished | None, look: Look, older: Sequence[str] = ()
) -> str:
    """A line per example; `cut` is the last run if it was cut short.

    `older` says which records are older than the files.
    """
    return draw(_listing(listed, cut, older, look.width // 3), look)


def next_step(listed: Sequence[Listed], models: Sequence[str] = ()) -> str:
    """How to see all of one example: of the first that fails, else of the first.

    `models` are those that were named, and are named again.
    """
    lines = [each.line for each in listed]
    line = next((each for each in lines if each.fate != "pass"), lines[0])
    named = "".join(f" --model {quote(model)}" for model in models)
    command = f"promptci show {quote(line.eval)} {quote(line.example)}{named}"
    return f"`{command}` shows what was asked and answered"


def details(shown: Sequence[Shown], look: Look, *, with_thoughts: bool = False) -> str:
    """All that is known of an example, on each model; thoughts are folded unless asked for."""
    parts = (part for each in shown for part in _details(each, with_thoughts=with_thoughts))
    return draw(parts, look)


def _listing(
    listed: Sequence[Listed], cut: Unfinished | None, older: Sequence[str], most: int
) -> Iterator[RenderableType]:
    """The table; ids are folded after so many columns, so that there is room for reasons."""
    heading = [text(each, "yellow") for each in _state(listed, cut, older)]
    yield from heading
    if heading:
        yield ""
    names = {(each.line.eval, each.line.model) for each in listed}
    is_bare = len(names) == 1 and any(len(name) + len(model) > _ROOM for name, model in names)
    if is_bare:
        [(name, model)] = names
        yield text(f"{name} on {model}", "bold")
    passed = [each for each in listed if each.line.fate == "pass"]
    folds = len(passed) > MOST_PASSED
    made = table(
        {title: side for title, side in _COLUMNS.items() if not is_bare or title not in _NAMES}
    )
    made.expand = True
    made.columns[0 if is_bare else len(_NAMES)].max_width = most
    made.add_column("why", overflow="fold", ratio=1)
    for each in listed:
        if not folds or each.line.fate != "pass":
            made.add_row(*_cells(each.line, is_bare=is_bare))
    if made.row_count:
        yield made
    if folds:
        yield text(f"{figures.counted(len(passed), 'example')} passed: --json lists them")


def _cells(line: Line, *, is_bare: bool) -> Iterator[RenderableType]:
    if not is_bare:
        yield from (text(line.eval), text(line.model))
    yield text(line.example)
    yield text(line.fate, _STYLES.get(line.fate, ""))
    yield "" if line.fate == "error" else figures.share(line.score)
    yield text(_why(line))


def _state(listed: Sequence[Listed], cut: Unfinished | None, older: Sequence[str]) -> Iterator[str]:
    """What of the results is not of the files as they are."""
    old = sum(not each.is_current for each in listed)
    if old:
        were = "was" if old == 1 else "were"
        number = figures.counted(old, "answer")
        of = f" of {len(listed):,}" if old < len(listed) else ""
        yield f"{number}{of} {were} given to an earlier prompt: run again"
    yield from (each for each in older if not old or "not been run yet" in each)
    if cut is not None:
        done = f"{cut.done:,} of {figures.counted(cut.total, 'example')} done"
        again = "its scores are recorded nowhere: run again"
        yield f"the run begun at {cut.began} is incomplete, {done}; {again}"


def _why(line: Line) -> str:
    failed = [f"{label}: {why}" if why else label for label, _, ok, why in line.scores if not ok]
    return on_one_line("; ".join(failed) or line.why, 300)


def _details(shown: Shown, *, with_thoughts: bool) -> Iterator[RenderableType]:
    yield text(f"{shown.eval} / {shown.example.id} on {shown.model}", "bold")
    yield text(f"{shown.example.mark.path}:{shown.example.mark.line}", "dim")
    if not shown.is_current:
        yield text("the stored answer is to an earlier prompt; this is the prompt now", "yellow")
    if shown.request is None:
        for title, said in step_turns(shown.steps):
            yield from _part(title, said)
    else:
        yield from _asked(shown, shown.request)
    yield from _answer(shown, with_thoughts=with_thoughts)
    if shown.example.has_expected:
        yield from _part("expected", as_text(shown.example.expected))
    yield from _scores(shown.line)
    yield from _repeats(shown)
    yield from _taken(shown)
    yield from judgement_parts(shown.judgements)
    yield ""


def _asked(shown: Shown, request: Request) -> Iterator[RenderableType]:
    """The prompt as it was sent, and what else was asked for the answer."""
    for message in request.messages:
        yield from _part(message.role, message.shown)
    steps = steps_text(shown.steps, shown.picked, shown.completion)
    if steps:
        is_talk = bool(shown.completion and shown.completion.conversation)
        yield from _part("conversation" if is_talk else "steps", steps)


def _part(title: str, content: str) -> Iterator[RenderableType]:
    yield text(f"\n{title}", "cyan")
    yield text(content)


def _thoughts(thoughts: str, *, is_open: bool) -> Iterator[RenderableType]:
    """What the model thought, folded into a line that says how much it is."""
    if is_open:
        yield from _part("thoughts", thoughts)
        return
    size = figures.counted(len(thoughts), "character")
    yield text(f"\nthoughts ({size}; --thoughts prints them)", "dim")


def _answer(shown: Shown, *, with_thoughts: bool) -> Iterator[RenderableType]:
    done = shown.completion
    if done is None:
        ask = f"promptci run {quote(shown.eval)} --example {quote(shown.example.id)}"
        yield text(f"\nno answer is stored: `{ask}` asks", "yellow")
        return
    if done.thoughts:
        yield from _thoughts(done.thoughts, is_open=with_thoughts)
    if done.text or not done.tool_calls or done.outcome != "ok":
        title = "answer" if done.outcome == "ok" else f"answer ({done.outcome})"
        yield from _part(title, done.text)
    if done.tool_calls:
        yield from _part("tool calls", calls_text(done.tool_calls))


def _scores(line: Line | None) -> Iterator[RenderableType]:
    if line is None:
        return
    yield text(f"\n{line.fate}", _STYLES.get(line.fate, ""))
    if line.why:
        yield text(on_one_line(line.why, 400))
    yield labelled((label, _score(value, why)) for label, value, _, why in line.scores)


def _score(value: float, why: str) -> str:
    return f"{figures.share(value):>6}  {on_one_line(why, 300)}".rstrip()


def _repeats(shown: Shown) -> Iterator[RenderableType]:
    if shown.repeats:
        yield text("\nasked again", "cyan")
        answers = ((line.fate, done.text if done else line.why) for line, done in shown.repeats)
        yield labelled((fate, on_one_line(said, 200)) for fate, said in answers)


def _taken(shown: Shown) -> Iterator[RenderableType]:
    """How it was asked, what the answer took and who gave it."""
    parameters = {} if shown.request is None else shown.request.settings.parameters
    told = ", ".join(f"{k} {as_text(v)}" for k, v in parameters.items())
    yield text(f"\n{told}" if told else "", "dim")
    done = shown.completion
    if done is None:
        return
    cost = "an unknown cost" if done.cost is None else figures.money(done.cost)
    usage = f"{done.usage.input_tokens}+{done.usage.output_tokens} tokens"
    if done.usage.thought_tokens:
        usage += f" ({done.usage.thought_tokens} of them thoughts)"
    build = f" ({done.system_fingerprint})" if done.system_fingerprint else ""
    served = f", served by {done.served_model}{build}" if done.served_model else ""
    time = "" if isnan(done.latency) else f", {figures.seconds(done.latency)}"
    taken = f"{done.sampling}, {usage}, {cost}{time}{served}"
    yield text(taken, "dim")
