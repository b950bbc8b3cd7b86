"""Draws `docs/screens/*.svg`: what commands print on terminals of several widths.

    python docs/picture.py

The repository is that of `tests/demonstration.py`, the commands are run in it for real, and a test
says where a picture is no longer what is printed.
"""

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
SCREENS = ROOT / "docs/screens"
sys.path.insert(0, str(ROOT / "tests"))

from demonstration import FLAKY, LABELS, LOST, QUEUES, Demonstration, build  # noqa: E402
from fakes import Asked, FakeAPI  # noqa: E402
from gitrepo import USER_CONFIG, GitRepo  # noqa: E402
from promptci.commands.main import main  # noqa: E402

ROWS = 38
"""Lines of a terminal: the rest is below."""

WIDTHS = (80, 100, 140)


def shorten(demo: Demonstration) -> None:
    """The prompt has just been shortened, and was not committed yet."""
    demo.repo.git("checkout", "-q", demo.commits["shorter"])
    demo.repo.git("reset", "-q", "--soft", demo.commits["better"])


def _committed(demo: Demonstration) -> None:
    """The shorter prompt was committed, and v2 is tagged."""
    demo.repo.git("checkout", "-qf", demo.commits["shorter"])
    demo.repo.git("tag", "v2", demo.commits["better"])


def _wavering(demo: Demonstration) -> None:
    """The prompt asks with a temperature, one example at a time: which answer wavers is known."""
    demo.repo.git("checkout", "-qf", demo.commits["undone"])
    config = demo.repo.path / "promptci.yaml"
    config.write_text(f"{config.read_text()}defaults: {{concurrency: 1}}\n")
    _edit(demo, "max_tokens: 8", "max_tokens: 8, temperature: 1")
    demo.api.answers(Wavering())


def _drifted(demo: Demonstration) -> None:
    """The model behind the name is another one by now."""
    _edit(demo, ", temperature: 1", "")
    demo.api.answers(
        lambda asked: _sentence(asked) if _label(asked) == "delivery" else _label(asked)
    )


def _elsewhere(demo: Demonstration) -> None:
    """Outputs that another program obtained."""
    said = {"account-2": "This is about an account.", "account-4": "Account, I think."}
    rows = (
        {"id": f"{queue}-{number}", "output": said.get(f"{queue}-{number}", queue)}
        for queue, texts in QUEUES.items()
        for number, _ in enumerate(texts, 1)
    )
    demo.repo.write({"outputs.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})


def _labelled(demo: Demonstration) -> None:
    """Replies that people have judged, and a judge that likes the words of a promise."""
    rows = "".join(
        f"  - {{id: {id_}, output: {text}, label: {label}}}\n" for id_, text, label in REPLIES
    )
    judge = "scorer: {rubric: {criteria: The reply names the next step., model: large}}\n"
    gate = "gate: {min_agreement: 0.9}\n"
    demo.repo.write({"evals/judges/next-step.yaml": f"{judge}examples:\n{rows}{gate}"})
    demo.api.answers(_judgement)


def _faulty(demo: Demonstration) -> None:
    """Slips of the pen in three files."""
    _edit(demo, "{{ ticket }}", "{{ tickt }}")
    gate = demo.repo.path / "evals/triage.yaml"
    gate.write_text(gate.read_text().replace("billing-1", "billing-8"))
    demo.repo.write({"evals/replies.yaml": "prompt: reply\nexamples: []\nscorers: [equal]\n"})


SHOWN = (
    (shorten, "run", "promptci run"),
    (shorten, "check", "promptci check --base HEAD"),
    (shorten, "compare", "promptci compare HEAD prompts/triage.yaml"),
    (shorten, "diff", "promptci diff"),
    (shorten, "why", "promptci why triage"),
    (shorten, "show", "promptci show triage delivery-1"),
    (shorten, "log", "promptci log triage"),
    (_committed, "bisect", "promptci bisect triage --good v2"),
    (_wavering, "noise", "promptci noise triage"),
    (_drifted, "drift", "promptci drift"),
    (_elsewhere, "score", "promptci score triage --outputs outputs.jsonl"),
    (_labelled, "judge", "promptci judge next-step"),
    (_faulty, "lint", "promptci lint"),
)
"""What was done before, names of pictures, and what is typed."""

REPLIES = (
    ("resend", "We send a new one today.", "pass"),
    ("wait", "Please wait.", "fail"),
    ("return", "Bring it back to the shop.", "pass"),
    ("sorry", "We promise that it will not happen again.", "fail"),
    ("refund", "Your money is on its way.", "pass"),
    ("blame", "That is not our fault.", "fail"),
    ("reset", "Click on Reset and sign in.", "pass"),
    ("soon", "We promise to look at it soon.", "fail"),
)
"""Ids, replies, and what people said of each."""

_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""They would be fetched from afar."""

_SECONDS = re.compile(r"\d+\.\d+s\b")
_LATENCIES = re.compile(r">p(?:50|95)&[^<]*%[^<]*<")
"""A row of latencies, with how much they differ."""


class Terminal(StringIO):
    """What is printed on a terminal, colours included."""

    def isatty(self) -> bool:
        return True


class Wavering:
    """A model that answers some questions otherwise every third time."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def __call__(self, asked: Asked) -> str:
        self.seen[ticket := _ticket(asked)] += 1
        wavers = ticket in (FLAKY, LOST) and self.seen[ticket] % 3 == 0
        return _sentence(asked) if wavers else _label(asked)


def pictures(demo: Demonstration, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """The name of each file, and what belongs into it."""
    before = None
    for prepare, name, command in SHOWN:
        if prepare is not before:
            prepare(demo)
        before = prepare
        for width in WIDTHS:
            monkeypatch.setenv("COLUMNS", str(width))
            monkeypatch.setenv("TERM", "xterm-256color")
            yield f"{name}-{width}.svg", drawn(command, printed(command), width)


def _ticket(asked: Asked) -> str:
    return str(asked.body["messages"][-1]["content"])


def _label(asked: Asked) -> str:
    return LABELS[_ticket(asked)]


def _sentence(asked: Asked) -> str:
    return f"The queue is {_label(asked)}."


def _judgement(asked: Asked) -> str:
    """It takes a promise for a step, and sees none in a refund."""
    [id_] = [id_ for id_, text, _ in REPLIES if text in _ticket(asked)]
    passes = id_ in ("resend", "return", "sorry", "reset", "soon")
    reason = "It says what comes next." if passes else "It says nothing of a step."
    return json.dumps({"reason": reason, "score": float(passes), "pass": passes})


def _edit(demo: Demonstration, before: str, after: str) -> None:
    prompt = demo.repo.path / "prompts/triage.yaml"
    prompt.write_text(prompt.read_text().replace(before, after))


def printed(command: str) -> str:
    """What a command prints on a terminal."""
    with redirect_stdout(Terminal()) as out, redirect_stderr(StringIO()):
        main(command.split()[1:])
    return out.getvalue()


def drawn(command: str, text: str, width: int) -> str:
    """A screen as SVG, its first lines as far as they fit."""
    lines = text.rstrip("\n").split("\n")
    shown = lines if len(lines) < ROWS else [*lines[: ROWS - 1], "…"]
    console = Console(record=True, width=width, file=StringIO(), color_system="standard")
    console.print(Text.from_ansi("\n".join([f"$ {command}", *shown])))
    return _FONTS.sub("", console.export_svg(title=command, unique_id="screen"))


def stable(svg: str) -> str:
    """A picture without latencies, which differ from run to run."""
    return _SECONDS.sub("0.00s", _LATENCIES.sub(">latencies<", svg))


def _draw_all() -> None:
    with TemporaryDirectory() as name, FakeAPI() as api, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        (folder / ".gitconfig").write_text(USER_CONFIG)
        for key, value in {"HOME": name, "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC"}.items():
            patch.setenv(key, value)
        repo = GitRepo(folder / "project")
        patch.chdir(repo.path)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            demo = build(repo, api, patch)
        for file, svg in pictures(demo, patch):
            SCREENS.mkdir(exist_ok=True)
            (SCREENS / file).write_text(svg, "utf-8")
        os.chdir(ROOT)


if __name__ == "__main__":
    _draw_all()
