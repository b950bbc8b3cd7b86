"""Small projects for tests: files that fit together, with what a test wants to vary."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, Literal

from promptci.run.planning.plan import Plan, make_plan
from promptci.run.planning.selection import Selection
from promptci.scorers.base.reach import Code
from promptci.suite.loading import load_suite

TICKETS = (
    ("card", "My card was charged twice", "billing"),
    ("refund", "I want my money back", "billing"),
    ("parcel", "Where is my parcel?", "shipping"),
    ("broken", "It came broken", "shipping"),
    ("login", "I cannot log in", "account"),
    ("hello", "Hello there", "other"),
)
"""Ids, tickets and their queues."""


def route(ticket: str) -> str:
    """The right queue of each ticket, for a model that knows."""
    return next((queue for _, text, queue in TICKETS if text in ticket), "other")


REWORDED = ("route support", "route all support")
"""An edit of the prompt that makes it another one: what to replace by what."""


def before_and_after(before: Callable[[Any], Any], after: Callable[[Any], Any]) -> Any:
    """A model's rule that answers one way until the prompt is `REWORDED`, and another way then."""

    def rule(asked: Any) -> Any:
        is_reworded = REWORDED[1] in asked.body["messages"][0]["content"]
        return (after if is_reworded else before)(asked)

    return rule


class AnyCode:
    """Own code of whatever name, with no file, so that it cannot be run."""

    is_used = False

    def __init__(self) -> None:
        self.differing: set[str] = set()

    def module(self, target: str, more: Sequence[str]) -> tuple[str, Code]:
        return f"{target}.py", Code({}, {})

    def program(self, argv: Sequence[str], more: Sequence[str]) -> tuple[tuple[str, ...], Code]:
        return tuple(argv), Code({}, {})


def example(id_: str, ticket: str, expected: Any = None, **more: Any) -> dict[str, Any]:
    """One golden example."""
    row = {"id": id_, "vars": {"ticket": ticket}, **more}
    return row if expected is None else {**row, "expected": expected}


def jsonl(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as a JSONL file."""
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def config(url: str, more: str = "") -> str:
    """A configuration with the models `small` and `large` of the endpoint `lab`."""
    return f"""\
endpoints:
  lab: {{base_url: {url}}}
models:
  small: {{endpoint: lab, model: small-1}}
  large: {{endpoint: lab, model: large-1}}
prices:
  small-1: {{input: 1, output: 2}}
defaults: {{model: small}}
{more}"""


PROMPT = """\
description: Route a support ticket to one queue.
version: v1
parameters: {max_tokens: 8}
messages:
  - {role: system, content: You route support tickets.}
  - {role: user, content: "{{ ticket }}"}
"""

JUDGE = (
    "choice_judge: {model: large, prompt: '{{ tone }} {{ output }}', "
    "choices: [{choice: good, score: 1}, {choice: bad, score: 0}]}"
)
"""A scorer that asks a model, and a variable that it needs."""

EVAL = """\
examples: router.jsonl
scorers:
  - equals
"""


def router(url: str, **files: str) -> dict[str, str]:
    """The project `router`: one prompt, one eval, six tickets. `files` replace single ones:
    `config`, `prompt`, `eval`, `examples`."""
    rows = jsonl(example(*ticket, tags=[ticket[2]]) for ticket in TICKETS)
    return {
        ".gitignore": ".promptci/\n",
        "promptci.yaml": files.get("config", config(url)),
        "prompts/router.yaml": files.get("prompt", PROMPT),
        "evals/router.yaml": files.get("eval", EVAL),
        "evals/router.jsonl": files.get("examples", rows),
    }


@dataclass(frozen=True)
class MemoryTree:
    """A project's files in memory."""

    content: Mapping[str, str | bytes]
    name: str = "memory"

    def files(self, folder: str) -> list[str]:
        return sorted(path for path in self.content if path.startswith(f"{folder}/"))

    def prompt_ymls(self) -> list[str]:
        endings = (".prompt.yml", ".prompt.yaml")
        return sorted(path for path in self.content if path.endswith(endings))

    def exists(self, path: str) -> bool:
        return path in self.content

    def strays(self, folder: str) -> list[str]:
        return []

    def kind(self, path: str) -> Literal["file"] | None:
        return "file" if self.exists(path) else None

    def open(self, path: str) -> BinaryIO:
        content = self.content[path]
        return BytesIO(content.encode() if isinstance(content, str) else content)


def planned(files: Mapping[str, str | bytes], **selected: Any) -> Plan:
    """What is to be asked of a project in memory."""
    suite = load_suite(MemoryTree(files))
    return make_plan(suite, Selection(**selected), lambda model: "")
